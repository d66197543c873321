// What a graph says of its layers, and checks of it: each throws an error that tells what it should say.
/** @import { Tensor } from "./types.js" */
/** @import { Room } from "./room.js" */

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
 * @typedef {object} Volume - What a layer gives, or the network gets, for each picture.
 * @property {number[]} shape - Of one picture's.
 * @property {number} size - Numbers of one picture.
 * @property {Place} place
 *
 * @typedef {object} Place - Where a volume lies in the kernel's memory, picture after picture.
 * @property {number} address
 * @property {number} gradient - Where the gradient by it lies; 0 before a layer claims it.
 * @property {boolean} needsGradient - False for the network's input, unless that is where the way back leads.
 *
 * @typedef {object} Weight - One of a layer's weights.
 * @property {Tensor<Float32Array>} tensor
 * @property {number} address - In the kernel's memory.
 * @property {number} gradient - Where its gradient is; 0 where nothing trains.
 *
 * @typedef {object} Steps - What a layer does, each time that the network runs.
 * @property {() => void} forward - Fills its output from its inputs.
 * @property {() => () => void} [backward] - Plans the way back: claims the gradients of its inputs,
 *   and returns what fills them, and those of its weights that train, from that of its output.
 * @property {() => void} [refresh] - Called when weights have changed, where it keeps what it made
 *   of them.
 *
 * @typedef {object} Layer - A layer that is understood.
 * @property {number[]} shape - Of its output.
 * @property {Place} [same] - Its output lies here already.
 * @property {(room: Room, y: Volume) => Steps} [prepare] - Makes what fills `y`.
 *
 * @typedef {object} Op - A kind of layer.
 * @property {string[]} options - What a node may say beside that which all say.
 * @property {string[]} [required] - Weights.
 * @property {string[]} [optional] - More weights.
 * @property {number | "many"} [inputs] - How many it takes; 1 unless it says otherwise.
 * @property {(node: LayerNode, inputs: Volume[], weights: Record<string, Weight>) => Layer} build
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
 * @param {LayerNode[]} graph
 * @returns {[string, string][]} What each weight is to its layer, and the name of its tensor.
 */
export function namedWeights(graph) {
  return graph.flatMap((node) => Object.entries(node.weights ?? {}));
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
 * @param {Weight} weight
 * @param {number[]} shape - That it has to have.
 */
export function shapeOf({ tensor }, shape) {
  insist(String(tensor.shape) === String(shape), `expected weights of ${shape}, got ${tensor.shape}`);
  return shape;
}

/**
 * @param {Weight} filter
 * @param {number} inputAxis - Which of its four axes, 2 or 3, belongs to the input's channels.
 * @param {number} depth - How many these are.
 * @param {Weight | undefined} bias
 */
export function filterOf(filter, inputAxis, depth, bias) {
  const axes = filter.tensor.shape;
  insist(axes.length === 4, `expected weights of four axes, got ${axes}`);
  const shape = shapeOf(
    filter,
    axes.map((n, axis) => (axis === inputAxis ? depth : n)),
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
