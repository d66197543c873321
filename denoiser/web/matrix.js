// Matrix products of which one side is gathered from a picture. All layers with weights are such.
//
// A kernel (kernel.js) does the product over 4x4 tiles; here its operands are laid out so
// that it reads them in order. Knows nothing of layers.
/** @import { Kernel } from "./kernel.js" */

const TILE = 4;

/**
 * @typedef {object} Product - Rows gathered from `source`, times `matrix` (depth x columns).
 * @property {Float64Array} source
 * @property {Int32Array} starts - Where each row begins in `source`.
 * @property {number} runs - Of how many stretches a row consists.
 * @property {number} runLength - Numbers in a stretch; runs x runLength is the depth.
 * @property {number} runStride - From the start of a stretch to that of the next.
 * @property {ArrayLike<number>} matrix
 * @property {number} columns
 */

/**
 * Prepares a product; what it returns computes it.
 *
 * @param {Kernel} kernel
 * @param {Product} product
 * @returns {() => Float32Array | Float64Array} The product row by row, each `roundUp(columns)` long.
 */
export function multiply(kernel, { source, starts, runs, runLength, runStride, matrix, columns }) {
  const depth = runs * runLength;
  const stride = roundUp(columns);
  const rows = roundUp(starts.length);
  const rowStarts = new Int32Array(rows); // a tile's missing rows repeat row 0 of the source
  rowStarts.set(starts);
  const panels = kernel.reserve(depth * stride);
  const panel = kernel.reserve(depth * TILE);
  const product = kernel.reserve(rows * stride);
  packColumns(matrix, depth, columns, kernel.numbers, panels);
  return () => {
    const { numbers } = kernel;
    for (let row = 0; row < rows; row += TILE) {
      packRows(source, rowStarts, row, runs, runLength, runStride, numbers, panel);
      kernel.multiply(panel, depth, panels, stride, product + row * stride);
    }
    return numbers.subarray(product, product + rows * stride);
  };
}

/**
 * Lays four columns side by side, so that a tile reads them in order.
 *
 * @param {ArrayLike<number>} matrix
 * @param {number} depth
 * @param {number} columns
 * @param {Float32Array | Float64Array} numbers
 * @param {number} panels - Where in `numbers` they go.
 */
function packColumns(matrix, depth, columns, numbers, panels) {
  for (let k = 0; k < depth; k++) {
    for (let c = 0; c < columns; c++) {
      const place = (c - (c % TILE)) * depth + k * TILE + (c % TILE);
      numbers[panels + place] = matrix[k * columns + c];
    }
  }
}

/**
 * Lays four rows side by side.
 *
 * @param {Float64Array} source
 * @param {Int32Array} starts
 * @param {number} row - The first of the four.
 * @param {number} runs
 * @param {number} runLength
 * @param {number} runStride
 * @param {Float32Array | Float64Array} numbers
 * @param {number} at - Where in `numbers` they go.
 */
function packRows(source, starts, row, runs, runLength, runStride, numbers, at) {
  let [a, b, c, d] = [starts[row], starts[row + 1], starts[row + 2], starts[row + 3]];
  for (let run = 0; run < runs; run++) {
    for (let i = 0; i < runLength; i++) {
      numbers[at] = source[a + i];
      numbers[at + 1] = source[b + i];
      numbers[at + 2] = source[c + i];
      numbers[at + 3] = source[d + i];
      at += TILE;
    }
    a += runStride;
    b += runStride;
    c += runStride;
    d += runStride;
  }
}

/**
 * Returns a (rows x columns) matrix as (columns x rows).
 *
 * @param {ArrayLike<number>} matrix
 * @param {number} rows
 * @param {number} columns
 */
export function transposed(matrix, rows, columns) {
  return Float64Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
}

/**
 * Returns how far the rows of a product with so many columns lie apart.
 *
 * @param {number} columns
 */
export function roundUp(columns) {
  return Math.ceil(columns / TILE) * TILE;
}
