// What a number of a network comes from, stage by stage: which cells it has seen.
//
// Knows layers as the graph tells them, no weights and no numbers.
import { sizeOf } from "../graph.js";
import { linksOf } from "./links.js";
/** @import { LayerNode } from "../graph.js" */
/** @import { OpenNetwork } from "./open_network.js" */
/** @import { Stage } from "./stages.js" */

const MIXES = ["dense", "reshape", "softmax"]; // each number may come from all of what was before

/**
 * Returns which cells a cell comes from.
 *
 * @param {OpenNetwork} network
 * @param {string} layer - Whose output it is in.
 * @param {number} place - Of the cell, row by row, whatever the map.
 * @returns {Map<string, Uint8Array>} By layer, for those it comes from: 1 for each cell of a map that
 *   it has seen, row by row; a vector has one for each number.
 */
export function reachOf(network, layer, place) {
  const cells = (/** @type {LayerNode} */ { shape }) => (shape.length > 1 ? shape[0] * shape[1] : shape[0]);
  const nodes = new Map(network.graph.map((node) => [node.name, node]));
  /** @type {Map<string, Uint8Array>} */
  const seen = new Map();
  const start = /** @type {LayerNode} */ (nodes.get(layer));
  seen.set(layer, new Uint8Array(cells(start)));
  /** @type {Uint8Array} */ (seen.get(layer))[place] = 1;
  for (const node of [...network.graph].reverse()) {
    const here = seen.get(node.name);
    if (!here) continue;
    for (const name of node.inputs) {
      const before = /** @type {LayerNode} */ (nodes.get(name));
      const there = seen.get(name) ?? new Uint8Array(cells(before));
      seen.set(name, there);
      lead(network, node, before, here, there);
    }
  }
  return seen;
}

/**
 * Marks what cells of a layer come from.
 *
 * @param {OpenNetwork} network
 * @param {LayerNode} node
 * @param {LayerNode} before - What it reads.
 * @param {Uint8Array} here - Its cells that are marked.
 * @param {Uint8Array} there - Of what it reads.
 */
function lead(network, node, before, here, there) {
  if (!here.includes(1)) return;
  const window = windowOf(network, node);
  if (window) {
    const { starts, places } = linksOf(node, before.shape.slice(0, 2), window);
    here.forEach((isSeen, place) => {
      if (isSeen) for (let i = starts[place]; i < starts[place + 1]; i++) there[places[i]] = 1;
    });
  } else if (MIXES.includes(node.op)) there.fill(1);
  else here.forEach((isSeen, place) => (there[place] ||= isSeen));
}

/**
 * Returns the rows and columns of a layer's window; null for one that has none.
 *
 * @param {OpenNetwork} network
 * @param {LayerNode} node
 */
export function windowOf(network, node) {
  if (node.op.startsWith("conv2d")) return network.learned(node.name, "kernel")?.shape.slice(0, 2) ?? null;
  if (node.op !== "max_pooling2d") return null;
  return Array.isArray(node.pool_size) ? node.pool_size : [node.pool_size, node.pool_size];
}

/**
 * Returns what a cell of a stage comes from in the other stages.
 *
 * @param {OpenNetwork} network
 * @param {Stage[]} stages
 * @param {string} stage - Its name.
 * @param {number} place - Of the cell in a map; of the number in a vector.
 * @returns {Map<string, Uint8Array>} By stage, as `reachOf` gives it by layer.
 */
export function stagesReached(network, stages, stage, place) {
  const { output } = /** @type {Stage} */ (stages.find(({ name }) => name === stage));
  const seen = reachOf(network, output, place);
  const reached = stages.filter((other) => seen.has(other.output));
  return new Map(
    reached.map((other) => {
      const cells = /** @type {Uint8Array} */ (seen.get(other.output));
      const size = other.shape.length > 1 ? other.shape[0] * other.shape[1] : sizeOf(other.shape);
      return [other.name, cells.length === size ? cells : new Uint8Array(size).fill(1)];
    }),
  );
}
