// What a graph says of its layers, and checks of it: each throws an error that tells what it should say.
/** @import { Tensor } from "./types.js" */
/** @import { Kernel } from "./kernel.js" */

/**
 * @typedef {object} LayerNode - A layer as `graph` in denoiser/models/layers.py describes it.
 * @property {string} name
 * @property {string} op
 * @property {string[]} inputs - Names of layers.
 * @property {number[]} shape - Of its output.
 * @property {Record<string, string>} [weights] - Names of tensors by weight.
 * @property {unknown} [strides] - One number for both axes, or [down, across].
 * @property {unknown} [pool_size] - Like `strides`.
 * @property {unknown} [padding] - "same" or "valid".
 * @property {unknown} [epsilon]
 * @property {unknown} [negative_slope]
 *
 * @typedef {object} Volume - What a layer gives.
 * @property {number[]} shape
 * @property {Float64Array} data - Overwritten each time that the network runs.
 *
 * @typedef {object} Layer - A layer that is understood.
 * @property {number[]} shape - Of its output.
 * @property {(y: Float64Array, kernel: Kernel) => () => void} prepare - Makes what fills `y`.
 *
 * @typedef {object} Op - A kind of layer.
 * @property {string[]} options - What a node may say beside that which all say.
 * @property {string[]} [required] - Weights.
 * @property {string[]} [optional] - More weights.
 * @property {number | "many"} [inputs] - How many it takes; 1 unless it says otherwise.
 * @property {(node: LayerNode, inputs: Volume[], weights: Record<string, Tensor>) => Layer} build
 */

/**
 * Returns how many numbers a shape holds.
 *
 * @param {number[]} shape
 */
export function sizeOf(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * @param {boolean} condition
 * @param {string} problem
 */
export function insist(condition, problem) {
  if (!condition) throw new Error(problem);
}

/** @param {Volume} x */
export function pictureOf({ shape }) {
  insist(shape.length === 3, `expected a picture with channels, got ${shape}`);
  return shape;
}

/**
 * @param {Tensor} tensor
 * @param {number[]} shape - That it has to have.
 */
export function shapeOf(tensor, shape) {
  insist(String(tensor.shape) === String(shape), `expected weights of ${shape}, got ${tensor.shape}`);
  return shape;
}

/**
 * @param {Tensor} filter
 * @param {number} inputAxis - Which of its four axes, 2 or 3, belongs to the input's channels.
 * @param {number} depth - How many these are.
 * @param {Tensor | undefined} bias
 */
export function filterOf(filter, inputAxis, depth, bias) {
  insist(filter.shape.length === 4, `expected weights of four axes, got ${filter.shape}`);
  const shape = shapeOf(
    filter,
    filter.shape.map((n, axis) => (axis === inputAxis ? depth : n)),
  );
  if (bias) shapeOf(bias, [shape[5 - inputAxis]]);
  return shape;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
export function pairOf(value, name) {
  const pair = Array.isArray(value) ? value : [value, value];
  const isPair = pair.length === 2 && pair.every((n) => Number.isInteger(n) && n > 0);
  insist(isPair, `${name}: expected one or two whole numbers above zero, got ${value}`);
  return pair;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
export function numberOf(value, name) {
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new Error(`${name}: expected a number, got ${value}`);
  return value;
}

/** @param {unknown} padding */
export function isSame(padding) {
  insist(padding === "same" || padding === "valid", `padding: expected same or valid, got ${padding}`);
  return padding === "same";
}
