import assert from "node:assert/strict";
import { test } from "node:test";
import { apart, middle } from "../../denoiser/ui/components/class_curves/labels.js";

test("labels that have room stay where they are", () => {
  assert.deepEqual(apart([10, 50, 90], 20, [0, 100]), [10, 50, 90]);
});

test("labels move apart, inside their bounds, and keep their order", () => {
  for (const levels of [[50, 50, 50], [99, 100, 98], [0, 1, 2], [5], [], [70, 10, 71, 12, 11]]) {
    const placed = apart(levels, 15, [0, 100]);
    const order = (/** @type {number[]} */ values) =>
      values.map((_, i) => i).sort((one, other) => values[one] - values[other]);
    const sorted = [...placed].sort((one, other) => one - other);
    assert.equal(placed.length, levels.length);
    for (let i = 1; i < sorted.length; i++) assert.ok(sorted[i] - sorted[i - 1] >= 15 - 1e-9, `${placed}`);
    assert.ok(sorted.every((level) => level >= 0 && level <= 100));
    if (new Set(levels).size === levels.length) assert.deepEqual(order(placed), order(levels));
  }
});

test("more labels than have room share what there is", () => {
  const placed = apart(Array(11).fill(50), 20, [0, 100]);
  assert.deepEqual(placed, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
});

test("the middle of an even number is one of them", () => {
  assert.equal(middle([3, 1, 2]), 2);
  assert.equal(middle([4, 1, 2, 3]), 2);
  assert.ok(Number.isNaN(middle([])));
});
