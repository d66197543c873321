// The arithmetic of one map, with the numbers that it has now: what came in, weighed, summed, bent.
//
// Everything is read from the network's last run. Knows no elements.
import { linksOf } from "./links.js";
import { windowOf } from "./reach.js";
import { countOf } from "./stages.js";
/** @import { LayerNode } from "../graph.js" */
/** @import { OpenNetwork } from "./open_network.js" */
/** @import { Links } from "./links.js" */
/** @import { Stage } from "./stages.js" */

/**
 * @typedef {object} Picture - Numbers as a picture, row by row.
 * @property {number[]} size - Height and width.
 * @property {Float32Array} numbers
 *
 * @typedef {object} Term - What one map that came in adds.
 * @property {string} stage - That it is from.
 * @property {number} map - Its number there.
 * @property {Picture} incoming
 * @property {Picture} kernel - What it is weighed by.
 * @property {Picture} product - What it adds, before the sum over all.
 * @property {number} size - The sum of the sizes of what it adds.
 *
 * @typedef {object} After - What was done to the sum.
 * @property {string} layer
 * @property {string} op
 * @property {Picture} picture - What came of it.
 * @property {(place: number) => Record<string, number>} values - That the formula has at a place: slope;
 *   scale and shift.
 * @property {string[]} added - Names of stages whose map was added.
 *
 * @typedef {object} Arithmetic
 * @property {"slides" | "stamps" | "weighs" | "spreads"} way - How what comes in is weighed: by a window
 *   that slides, by stamps, each number by its own weight to one sum, or one number to a whole map.
 * @property {Links | null} links - Of a window or stamps.
 * @property {Term[]} terms - In the order of the maps that come in.
 * @property {(place: number) => number} bias - At a place.
 * @property {Picture} sum - Of all terms, with the bias.
 * @property {After[]} after - In their order; the last is what the strip shows.
 */

/**
 * Returns how a map came about.
 *
 * @param {OpenNetwork} network
 * @param {Stage[]} stages
 * @param {Stage} stage - One with weights.
 * @param {number} map
 * @returns {Arithmetic | null} Null for what has no weights: the input, a pooling.
 */
export function arithmeticOf(network, stages, stage, map) {
  const [first, ...others] = stage.layers;
  const kernel = network.learned(first.name, "kernel");
  if (!kernel) return null;
  const depth = countOf(stage);
  const size = stage.shape.length > 1 ? stage.shape.slice(0, 2) : [1, 1];
  const sources = stage.from.flatMap((name) => {
    const source = /** @type {Stage} */ (stages.find((other) => other.name === name));
    return Array.from({ length: countOf(source) }, (_, i) => ({ source, map: i }));
  });
  const input = network.maps(first.inputs[0]);
  const reader = readerOf(network, stage, sources[0].source, kernel, map, size);
  const terms = sources.map(({ source, map: from }, channel) => {
    const incoming = channelOf(input, channel, sources.length, sizeOfMap(source));
    const { kernel: weights, product } = reader.weigh(incoming, channel, sources.length);
    const total = sumOf(product.numbers, Math.abs);
    return { stage: source.name, map: from, incoming, kernel: weights, product, size: total };
  });
  const bias = network.learned(first.name, "bias")?.data;
  return {
    way: reader.way,
    links: reader.links,
    terms,
    bias: (place) => (bias ? numberOf(bias, place, map, depth) : 0),
    sum: channelOf(network.maps(first.name), map, depth, size),
    after: others
      .filter(({ op }) => op !== "reshape")
      .map((node) => afterOf(network, stage, node, map, depth, size)),
  };
}

/** @param {Stage} stage */
function sizeOfMap({ shape }) {
  return shape.length > 1 ? shape.slice(0, 2) : [1, 1];
}

/**
 * Returns one channel of numbers that lie channels last.
 *
 * @param {Float32Array} numbers
 * @param {number} channel
 * @param {number} depth - Channels.
 * @param {number[]} size - Height and width.
 * @returns {Picture}
 */
export function channelOf(numbers, channel, depth, size) {
  const picture = new Float32Array(size[0] * size[1]);
  for (let i = 0; i < picture.length; i++) picture[i] = numbers[i * depth + channel];
  return { size, numbers: picture };
}

/**
 * @typedef {object} Reader
 * @property {Arithmetic["way"]} way
 * @property {Links | null} links
 * @property {(incoming: Picture, channel: number, channels: number) => { kernel: Picture, product: Picture }} weigh
 */

/**
 * @param {OpenNetwork} network
 * @param {Stage} stage
 * @param {Stage} source - That its first map comes from.
 * @param {{ shape: number[], data: Float32Array }} kernel
 * @param {number} map
 * @param {number[]} size - Of its maps.
 * @returns {Reader}
 */
function readerOf(network, stage, source, kernel, map, size) {
  const [first] = stage.layers;
  const window = windowOf(network, first);
  if (window) return windowReader(linksOf(first, sizeOfMap(source), window), kernel, map);
  const { data, shape } = kernel;
  const units = shape[1];
  const depth = countOf(stage);
  if (stage.shape.length > 1)
    return {
      way: "spreads",
      links: null,
      weigh: ({ numbers: [number] }, channel) => {
        const weights = channelOf(data.subarray(channel * units, (channel + 1) * units), map, depth, size);
        return {
          kernel: weights,
          product: { size, numbers: Float32Array.from(weights.numbers, (w) => w * number) },
        };
      },
    };
  return {
    way: "weighs",
    links: null,
    weigh: (incoming, channel, channels) => {
      const weights = Float32Array.from(
        incoming.numbers,
        (_, i) => data[(i * channels + channel) * units + map],
      );
      const products = weights.map((weight, i) => weight * incoming.numbers[i]);
      return {
        kernel: { size: incoming.size, numbers: weights },
        product: { size: incoming.size, numbers: products },
      };
    },
  };
}

/**
 * @param {Links} links
 * @param {{ shape: number[], data: Float32Array }} kernel - (rows, columns, in, out); out before in where
 *   it stamps.
 * @param {number} map
 * @returns {Reader}
 */
function windowReader(links, { shape, data }, map) {
  const { isStamp, window, starts, places, taps, to } = links;
  const weigh = (/** @type {Picture} */ incoming, /** @type {number} */ channel) => {
    const [row, column] = isStamp ? [map, channel] : [channel, map];
    const weights = channelOf(data, row * shape[3] + column, shape[2] * shape[3], window);
    const product = new Float32Array(to[0] * to[1]);
    for (let place = 0; place < product.length; place++)
      for (let i = starts[place]; i < starts[place + 1]; i++)
        product[place] += incoming.numbers[places[i]] * weights.numbers[taps[i]];
    return { kernel: weights, product: { size: to, numbers: product } };
  };
  return { way: isStamp ? "stamps" : "slides", links, weigh };
}

/**
 * @param {OpenNetwork} network
 * @param {Stage} stage
 * @param {LayerNode} node
 * @param {number} map
 * @param {number} depth
 * @param {number[]} size
 * @returns {After}
 */
function afterOf(network, stage, node, map, depth, size) {
  return {
    layer: node.name,
    op: node.op,
    picture: channelOf(network.maps(node.name), map, depth, size),
    values: (place) => valuesOf(network, node, (numbers) => numberOf(numbers, place, map, depth)),
    added: node.op === "add" ? stage.added : [],
  };
}

/**
 * Returns a weight that a layer has for each map, or for each number.
 *
 * @param {Float32Array} weights
 * @param {number} place
 * @param {number} map
 * @param {number} depth
 */
function numberOf(weights, place, map, depth) {
  return weights[weights.length === depth ? map : place * depth + map];
}

/**
 * @param {OpenNetwork} network
 * @param {LayerNode} node
 * @param {(weights: Float32Array) => number} one - Picks that of a place.
 * @returns {Record<string, number>}
 */
function valuesOf(network, { name, op, negative_slope: slope, epsilon }, one) {
  if (op === "leaky_relu") return { slope: Number(slope) };
  if (op !== "batch_normalization") return {};
  const [gamma, beta, mean, variance] = ["gamma", "beta", "moving_mean", "moving_variance"].map((weight) => {
    const found = network.learned(name, weight);
    return found ? one(found.data) : 0;
  });
  const scale = gamma / Math.sqrt(variance + Number(epsilon));
  return { scale, shift: beta - mean * scale };
}

/** @param {ArrayLike<number>} numbers @param {(number: number) => number} [of] */
export function sumOf(numbers, of = (number) => number) {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += of(numbers[i]);
  return sum;
}
