import assert from "node:assert/strict";
import { test } from "node:test";
import * as space from "../../denoiser/web/inside/latent_space.js";
/** @import { LatentMap } from "../../denoiser/web/inside/latent_space.js" */

/**
 * A map of made-up codes. Its plane is turned, so that no axis of the space is one of the plane.
 * @param {number} size @param {number} count @returns {LatentMap}
 */
function madeUp(size, count) {
  let state = 7;
  const next = () => (state = (state * 16807) % 2147483647) / 2147483647 - 0.5;
  const codes = Float32Array.from({ length: size * count }, () => 100 * next());
  const mean = Float32Array.from({ length: size }, (_, i) => 3 * i);
  const components = new Float32Array(2 * size);
  [components[0], components[1]] = [0.6, 0.8];
  [components[size], components[size + 1]] = [-0.8, 0.6];
  const labels = Uint8Array.from({ length: count }, (_, digit) => digit % 10);
  return { size, codes, labels, mean, components, shares: Float32Array.of(0.3, 0.1) };
}

/** @param {ArrayLike<number>} found @param {ArrayLike<number>} expected */
function near(found, expected, tolerance = 1e-3) {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++)
    assert.ok(Math.abs(found[i] - expected[i]) <= tolerance, `${found[i]} is not ${expected[i]}`);
}

test("a share of all numbers lies below a percentile", () => {
  assert.equal(space.percentileOf([1, 2, 3, 4, 5], 0.5), 3);
  assert.equal(space.percentileOf([1, 2], 0.25), 1.25);
  assert.equal(space.percentileOf([7], 0.98), 7);
  assert.equal(space.percentileOf([0, 10, 20], 1), 20);
});

for (const size of [2, 16, 64]) {
  test(`a code of ${size} numbers moves in the plane and nowhere else`, () => {
    const map = madeUp(size, 30);
    const code = space.codeOfDigit(map, 4);
    const moved = space.movedTo(map, code, [12, -5]);
    near(space.planeOf(map, moved), [12, -5]);
    near(moved.slice(2), code.slice(2));
    near(space.planeOf(map, map.mean), [0, 0]);
    near(space.movedTo(map, code, space.planeOf(map, code)), code);
  });

  test(`circles of ${size} numbers tell what the distance tells`, () => {
    const map = madeUp(size, 40);
    const places = space.placesOf(map);
    const { limit } = space.spacingOf(map);
    const code = space.codeOfDigit(map, 9);
    const circles = space.taughtCircles(map, code, limit, places);
    for (const [x, y] of /** @type {[number, number][]} */ ([
      [0, 0],
      [30, 0],
      [-60, 45],
      [400, 1],
    ])) {
      const isNear = space.nearestDigit(map, space.movedTo(map, code, [x, y])).distance < limit;
      const isInside = circles.some((circle) => Math.hypot(circle.x - x, circle.y - y) < circle.radius);
      assert.equal(isInside, isNear, `${x}, ${y}`);
    }
  });
}

test("the nearest digit is found, and one can be left out", () => {
  const map = madeUp(3, 20);
  const code = space.codeOfDigit(map, 11);
  assert.deepEqual(space.nearestDigit(map, code), { digit: 11, distance: 0 });
  const other = space.nearestDigit(map, code, 11);
  assert.notEqual(other.digit, 11);
  assert.ok(other.distance > 0);
  assert.equal(space.distanceOf([0, 0], [3, 4]), 5);
});

test("the usual distance is the median between neighbours, the limit lies above it", () => {
  const map = { ...madeUp(2, 4), codes: Float32Array.of(0, 0, 1, 0, 0, 3, 10, 0) };
  const { usual, limit } = space.spacingOf(map);
  assert.equal(usual, 2); // of 1, 1, 3, 9
  assert.ok(limit > 8.5 && limit <= 9);
});

test("a fader has what is usual in its middle", () => {
  const map = madeUp(5, 200);
  const ranges = space.rangesOf(map);
  assert.equal(ranges.length, 5);
  ranges.forEach(({ low, high, swept, typical, mean }, i) => {
    assert.ok(typical && mean === map.mean[i]);
    const inOrder = [low, swept[0], typical[0], typical[1], swept[1], high];
    assert.deepEqual(
      inOrder,
      [...inOrder].sort((one, other) => one - other),
    );
    const numbers = map.codes.filter((_, at) => at % 5 === i);
    const below = numbers.filter((number) => number < typical[0]).length;
    assert.ok(Math.abs(below - 10) <= 1, `${below} of 200`);
  });
});

test("a number that is the same for all digits still has a fader", () => {
  const map = madeUp(2, 10);
  const [range] = space.rangesOf({ ...map, codes: new Float32Array(20) });
  assert.ok(range.high > range.low);
});

test("without a map a fader is as wide as codes ask for, and is not built again for each", () => {
  const first = space.rangesAround([3, -7], []);
  assert.equal(first[0].high, 20);
  assert.equal(first[0].typical, undefined);
  assert.equal(space.rangesAround([1, 19], first), first);
  assert.equal(space.rangesAround([1, 21], first)[0].high, 50);
  assert.equal(space.rangesAround([1, 2, 3], first).length, 3);
  assert.equal(space.rangesAround([0, 0], [])[0].high, 1);
});

test("large numbers need no decimals", () => {
  const decimals = (/** @type {number} */ high) => space.decimalsOf({ low: -high, high, swept: [0, 0] });
  assert.deepEqual([1000, 100, 50, 5, 0.5].map(decimals), [0, 0, 1, 2, 3]);
});

test("a walk begins at one code, ends at the other, and is straight", () => {
  const [from, to] = [
    [1, -2, 3],
    [5, 2, 3],
  ];
  near(space.codeBetween(from, to, 0), from);
  near(space.codeBetween(from, to, 1), to);
  near(space.codeBetween(from, to, 0.25), [2, -1, 3]);
});

test("a sweep goes from the low end to the high one and back", () => {
  const ends = /** @type {[number, number]} */ ([-4, 6]);
  near(
    [0, 0.25, 0.5, 0.75, 1].map((share) => space.sweepAt(ends, share)),
    [-4, 1, 6, 1, -4],
  );
  assert.deepEqual(space.sweepInSteps(ends), [-4, -1.5, 1, 3.5, 6]);
});

test("a container without a map has none", () => {
  assert.equal(space.latentMapOf({}), null);
});

test("a container's map is understood, also without pictures", () => {
  const { codes, labels, mean, components, shares } = madeUp(2, 3);
  const tensor = (/** @type {Float32Array | Uint8Array} */ data) => ({ shape: [data.length], data });
  const entries = Object.entries({ codes, labels, mean, components, shares });
  const tensors = Object.fromEntries(entries.map(([name, data]) => [`map/${name}`, tensor(data)]));
  const found = space.latentMapOf(tensors);
  assert.equal(found?.size, 2);
  assert.equal(found.sheet, undefined);
  assert.deepEqual([...found.labels], [0, 1, 2]);
  const withSheet = space.latentMapOf({ ...tensors, "map/sheet": tensor(Uint8Array.of(1)) });
  assert.deepEqual([...(withSheet?.sheet ?? [])], [1]);
});
