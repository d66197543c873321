import assert from "node:assert/strict";
import { test } from "node:test";
import { paintMaps, largestOf, limitsOf } from "../../denoiser/web/inside/painting.js";
import { cellAt, cornerOf, laidOut, sheetOf, widthOf } from "../../denoiser/web/inside/strip_layout.js";

/** @param {number[]} shape @returns {any} */
const stage = (shape) => ({ shape, layers: [], name: "", output: "", from: [], added: [] });
const SHAPES = [
  [28, 28, 1],
  [14, 14, 32],
  [7, 7, 64],
  [16],
  [7, 7, 64],
  [14, 14, 64],
  [28, 28, 32],
  [28, 28, 1],
];

test("the tutorial's network fits a laptop's page, each map whole", () => {
  const stages = SHAPES.map(stage);
  const sheets = laidOut(stages, 1152, 240, 28);
  assert.ok(widthOf(sheets) + 7 * 28 <= 1152);
  for (const { height, scale } of sheets) assert.ok(height * scale <= 240);
  sheets.forEach(({ rows, columns }, i) => assert.ok(rows * columns >= SHAPES[i][SHAPES[i].length - 1]));
});

test("a place on a canvas is the cell that is drawn there, for every map", () => {
  for (const shape of SHAPES.filter(({ length }) => length === 3)) {
    const sheet = sheetOf(stage(shape), 1, 240);
    for (let map = 0; map < shape[2]; map++) {
      const { left, top } = cornerOf(sheet, map);
      assert.deepEqual(cellAt(sheet, left + 2.5, top + 5.5, shape[2]), { map, column: 2, row: 5 });
    }
    const { left, top } = cornerOf(sheet, 0);
    assert.equal(cellAt(sheet, left + sheet.side + 0.5, top, shape[2]), null);
  }
});

test("zero is black, the largest white, what is below zero violet; a map of zeros stays black", () => {
  const shape = [2, 2, 3];
  const sheet = sheetOf(stage(shape), 1, 240);
  const numbers = Float32Array.from([0, 5, 0, 2, -5, 0, -2, 0, 0, 1, 0, 0]);
  const largest = largestOf(numbers, 3);
  assert.deepEqual([...largest], [2, 5, 0]);
  const pixels = new Uint32Array(sheet.width * sheet.height);
  paintMaps(pixels, sheet, numbers, limitsOf("map", largest, 9), false);
  const colour = (/** @type {number} */ map, /** @type {number} */ row, /** @type {number} */ column) => {
    const { left, top } = cornerOf(sheet, map);
    return [...new Uint8Array(pixels.buffer, 4 * ((top + row) * sheet.width + left + column), 3)];
  };
  assert.deepEqual(
    [colour(0, 0, 0), colour(0, 0, 1), colour(0, 1, 0)],
    [
      [0, 0, 0],
      [255, 255, 255],
      [168, 130, 255],
    ],
  );
  assert.deepEqual(
    [colour(1, 0, 0), colour(2, 1, 1)],
    [
      [255, 255, 255],
      [0, 0, 0],
    ],
  );
  assert.deepEqual([...limitsOf("layer", largest, 9)], [5, 5, 5]);
  assert.deepEqual([...limitsOf("network", largest, 9)], [9, 9, 9]);
});
