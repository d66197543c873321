// Boxes on a picture: what a point means, and which words can be read.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  indexAt,
  ownPoint,
  overlap,
  readable,
  viewOf,
} from "../../denoiser/ui/components/marked_picture/places.js";
/** @import { Box } from "../../denoiser/ui/components/types.js" */

/** @type {Box} */
const RING = [0, 0, 100, 100];
/** @type {Box} */
const DIGIT = [30, 30, 40, 40];

test("a box has its centre for its own point, a ring one beside the digit in it", () => {
  assert.deepEqual(ownPoint(DIGIT, [RING, DIGIT]), [50, 50]);
  const [x, y] = ownPoint(RING, [RING, DIGIT]);
  assert.ok(x < 30 || x > 70 || y < 30 || y > 70);
  assert.equal(indexAt([RING, DIGIT], [x, y]), 0);
  assert.equal(indexAt([RING, DIGIT], [50, 50]), 1);
});

test("a box that is covered has a point all the same", () => {
  assert.equal(
    ownPoint(
      [0, 0, 10, 10],
      [
        [0, 0, 10, 9.99],
        [0, 0, 9.99, 10],
      ],
    ).length,
    2,
  );
});

test("a point beside all boxes is that of the nearest", () => {
  assert.equal(indexAt([RING, [200, 0, 10, 10]], [190, 5]), 1);
});

test("of a note on a table the note is shown with little around it, else all of the picture", () => {
  assert.deepEqual(viewOf(null, [], [400, 300]), [0, 0, 400, 300]);
  /** @type {[number, number][]} */
  const corners = [
    [100, 0],
    [200, 0],
    [200, 100],
    [100, 100],
  ];
  assert.deepEqual(viewOf(corners, [DIGIT], [400, 300]), [16.4, 0, 197.2, 108]);
});

test("boxes that only touch do not overlap", () => {
  assert.ok(overlap(RING, DIGIT));
  assert.ok(!overlap([0, 0, 10, 10], [10, 0, 10, 10]));
});

test("a word is shown that covers no other frame and no word before it", () => {
  /** @type {{ label: Box, frame: number }[]} */
  const labels = [
    { label: [0, 100, 50, 10], frame: 0 },
    { label: [40, 100, 50, 10], frame: 1 },
    { label: [35, 65, 20, 10], frame: 0 },
  ];
  assert.deepEqual(readable(labels, [RING, DIGIT]), [true, false, false]);
});
