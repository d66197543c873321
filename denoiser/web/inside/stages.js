// A network as it is looked at: stages, each a layer with weights and what is done to its output.
//
// Knows the graph alone. See `graph` in denoiser/models/layers.py.
/** @import { LayerNode } from "../graph.js" */

const BEGINS = ["input", "conv2d", "conv2d_transpose", "dense", "max_pooling2d"]; // a stage of its own
const PASSES = "concatenate"; // is no stage: who comes after has several before it

/**
 * @typedef {object} Stage
 * @property {LayerNode[]} layers - In their order; the first gives the stage its name.
 * @property {string} name - Of its first layer.
 * @property {string} output - Name of its last layer: what is shown of it.
 * @property {number[]} shape - Of what is shown: (height, width, maps), or (numbers).
 * @property {string[]} from - Names of the stages that its first layer reads, in the order of channels.
 * @property {string[]} added - Names of the stages whose output is added to its own.
 */

/**
 * Returns the stages of a network, each after those that feed it.
 *
 * @param {LayerNode[]} graph
 * @returns {Stage[]}
 */
export function stagesOf(graph) {
  /** @type {Stage[]} */
  const stages = [];
  /** @type {Map<string, string[]>} */
  const holders = new Map(); // by layer: the stages that hold its output, in the order of channels
  for (const node of graph) {
    const before = node.inputs.flatMap((name) => holders.get(name) ?? []);
    if (node.op === PASSES) {
      holders.set(node.name, before);
      continue;
    }
    const last = stages.at(-1);
    const continues = last && !BEGINS.includes(node.op) && before.includes(last.name);
    const stage = continues ? last : begun(node, before, stages);
    if (continues) lengthen(stage, node, before);
    holders.set(node.name, [stage.name]);
  }
  return stages;
}

/**
 * @param {LayerNode} node
 * @param {string[]} from
 * @param {Stage[]} stages - Takes the new one.
 */
function begun(node, from, stages) {
  const { name, shape } = node;
  const stage = { layers: [node], name, output: name, shape, from, added: [] };
  stages.push(stage);
  return stage;
}

/**
 * @param {Stage} stage
 * @param {LayerNode} node
 * @param {string[]} before
 */
function lengthen(stage, node, before) {
  stage.layers.push(node);
  if (before.length > 1) stage.added.push(...before.filter((name) => name !== stage.name));
  const isFlattened = node.op === "reshape" && node.shape.length < stage.shape.length;
  if (isFlattened) return; // the same numbers, and they are looked at as maps
  stage.output = node.name;
  stage.shape = node.shape;
}

/** How many maps, or numbers, a stage has. @param {Stage} stage */
export function countOf({ shape }) {
  return shape[shape.length - 1];
}

/** @param {Stage} stage */
export function isVector({ shape }) {
  return shape.length === 1;
}
