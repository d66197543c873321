import assert from "node:assert/strict";
import { test } from "node:test";
import * as charts from "../../denoiser/web/charts.js";

/** @param {number[]} actual @param {number[]} expected */
function assertClose(actual, expected) {
  assert.equal(actual.length, expected.length, `${actual} against ${expected}`);
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-9, `${actual}`));
}

test("a scale maps its ends to the ends, and back", () => {
  const across = charts.scale([0, 25], [52, 300]);
  const back = charts.scale([52, 300], [0, 25]);
  assertClose([across(0), across(25), across(12.5)], [52, 300, 176]);
  assertClose([back(across(7))], [7]);
});

test("a logarithmic scale gives each power of ten the same room", () => {
  const up = charts.scale([0.01, 1], [200, 0], true);
  assertClose([up(0.01), up(0.1), up(1)], [200, 100, 0]);
});

test("an axis holds every value that is above 0", () => {
  for (const log of [false, true]) {
    const [low, high] = charts.axis([0.02, 0.5, 0], log);
    assert.ok(low < 0.02 && high > 0.5);
    assert.equal(low === 0, !log);
  }
});

test("linear ticks are round and inside", () => {
  assertClose(charts.linearTicks(0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assertClose(charts.linearTicks(0, 0.0315), [0, 0.01, 0.02, 0.03]);
  assertClose(charts.linearTicks(0.93, 3.1), [1, 1.5, 2, 2.5, 3]);
});

test("logarithmic ticks are 1, 2 and 5 times powers of ten", () => {
  assertClose(charts.logTicks(0.008, 0.3), [0.01, 0.02, 0.05, 0.1, 0.2]);
  // Between 0.021 and 0.049 there is none of them.
  assertClose(charts.logTicks(0.021, 0.049), [0.03, 0.04]);
});

test("whole numbers are counted in steps that fit", () => {
  assert.deepEqual(charts.countTicks(4, 12), [0, 1, 2, 3, 4]);
  assert.deepEqual(charts.countTicks(25, 12), [0, 3, 6, 9, 12, 15, 18, 21, 24]);
});

/** @type {import("../../denoiser/web/charts.js").Line} */
const LINE = [
  [0.5, 1, 2, 3],
  [0.9, null, 0.4, 0.3],
];

test("points without a value are left out", () => {
  assert.deepEqual(charts.pointsOf(LINE), [
    [0.5, 0.9],
    [2, 0.4],
    [3, 0.3],
  ]);
});

test("the nearest point has a value, and is the later one of two", () => {
  assert.deepEqual(charts.nearest(LINE, 1), [0.5, 0.9]);
  assert.deepEqual(charts.nearest(LINE, 2.5), [3, 0.3]);
  assert.deepEqual(charts.nearest(LINE, -7), [0.5, 0.9]);
  assert.equal(charts.nearest([[1], [null]], 1), null);
});

test("a path of one point is a dot, of none is empty", () => {
  assert.equal(charts.pathOf([]), "");
  assert.equal(charts.pathOf([[1, 2]]), "M1,2L1,2");
  assert.equal(
    charts.pathOf([
      [1, 2],
      [3, 4],
    ]),
    "M1,2L1,2L3,4",
  );
});

test("a fast pen passes every place between, in both directions", () => {
  const [left, right] = [
    { place: 1.5, value: 0.1 },
    { place: 4.2, value: 0.64 },
  ];
  const [places, values] = [0, 1].map((i) => charts.passed(left, right).map((point) => point[i]));
  assert.deepEqual(places, [2, 3, 4, 4]);
  assertClose(values, [0.2, 0.4, 0.6, 0.64]);
  const backward = charts.passed(right, left);
  assertClose(
    backward.map(([, value]) => value),
    [0.2, 0.4, 0.6, 0.1],
  );
});

test("a pen that moves up and down only sets where it is", () => {
  assert.deepEqual(charts.passed({ place: 2, value: 0.1 }, { place: 2, value: 0.7 }), [[2, 0.7]]);
  assert.deepEqual(charts.passed({ place: 2.1, value: 0 }, { place: 2.4, value: 1 }), [[2, 1]]);
});

test("places are rounded to a tenth", () => {
  assert.equal(charts.tenth(12.3456), 12.3);
});
