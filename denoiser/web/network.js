// Runs a network in the browser, as its graph describes it, and plans it for those who go back through it.
//
// What the graph does not say in words that this engine knows, it refuses. Knows nothing of digits,
// noise or pages.
import { plannedBackward } from "./backward.js";
import { namedWeights, sizeOf } from "./graph.js";
import { fastestKernel } from "./kernel.js";
import { OPS } from "./layers.js";
import { Room } from "./room.js";
/** @import { Tensor } from "./types.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { StepBack } from "./backward.js" */
/** @import { Layer, LayerNode, Op, Steps, Volume, Weight } from "./graph.js" */
/** @import { Purpose } from "./room.js" */

const STATISTICS = ["moving_mean", "moving_variance"]; // no gradient changes them
const COMMON = ["name", "op", "inputs", "shape", "weights"];

/**
 * @typedef {object} Plan - A network that lies in a kernel's memory.
 * @property {Volume} input
 * @property {Volume} output
 * @property {Map<string, Volume>} volumes - What each layer gives, by its name.
 * @property {Step[]} steps - Of its layers, in their order; those that only name numbers anew have none.
 *
 * @typedef {Steps & { name: string, y: Volume }} Step
 */

/**
 * Builds a network.
 *
 * @param {LayerNode[]} graph - Each layer after those that feed it; the first is the input, the
 *   last the output. See `graph` in denoiser/models/layers.py.
 * @param {Record<string, Tensor>} tensors - Weights as the graph names them.
 * @param {Kernel} [kernel] - Does the work; it serves one network.
 * @returns {(picture: ArrayLike<number>) => Float32Array} Runs it; the next call writes over
 *   what it returned.
 * @throws {Error} The graph or its weights are not understood; the message names the layer.
 */
export function buildNetwork(graph, tensors, kernel = fastestKernel()) {
  const network = new Network(graph, tensors, 1, kernel);
  return (picture) => network.run(picture);
}

/** A network that answers, several pictures at a time. */
export class Network {
  /**
   * @param {LayerNode[]} graph
   * @param {Record<string, Tensor>} tensors
   * @param {number} most - Pictures at a time.
   * @param {Kernel} [kernel]
   * @param {Exclude<Purpose, "train">} [purpose]
   */
  constructor(graph, tensors, most, kernel = fastestKernel(), purpose = "answer") {
    this.loads = 0; // how often it got weights: another number, others
    this.room = new Room(kernel, most, purpose, 0);
    this.weights = placedWeights(graph, tensors, this.room);
    this.plan = planned(graph, this.weights, this.room);
    /** @type {StepBack[]} */
    this.backward = this.room.goesBack ? plannedBackward(this.room, this.plan) : [];
    this.room.close();
    kernel.start();
    this.load(tensors);
  }

  /**
   * Takes other weights.
   *
   * @param {Record<string, Tensor>} tensors - As many numbers of the same names as before.
   */
  load(tensors) {
    this.loads += 1;
    loadWeights(this.weights, tensors, this.room);
    for (const { refresh } of this.plan.steps) refresh?.();
  }

  /** Returns copies of its weights, by the names of their tensors. */
  tensors() {
    return copiedTensors(this.weights, this.room.kernel, (weight) => weight.address);
  }

  /**
   * @param {ArrayLike<number>} pictures - One after another.
   * @returns {Float32Array} The answers; the next call writes over them.
   */
  run(pictures) {
    const { room } = this;
    const { input, steps } = this.plan;
    const count = pictures.length / input.size;
    if (!Number.isInteger(count) || count < 1 || count > room.most)
      throw new Error(`network: expected ${input.size} numbers, got ${pictures.length}`);
    room.resize(count);
    room.kernel.floats(input.place.address, pictures.length).set(pictures);
    this.take(steps);
    return this.numbers(this.plan.output);
  }

  /** @param {Step[]} steps */
  take(steps) {
    for (const { forward } of steps) forward();
  }

  /**
   * Returns the numbers of a volume, picture after picture; the next run writes over them.
   *
   * @param {Volume} volume
   */
  numbers({ place, size }) {
    return this.room.kernel.floats(place.address, this.room.count * size);
  }
}

/**
 * Gives each weight a place, and one for its gradient if it trains there. A missing one gets none:
 * the layer that needs it says so.
 *
 * @param {LayerNode[]} graph
 * @param {Record<string, Tensor>} tensors
 * @param {Room} room
 * @returns {Record<string, Weight>} By the names of their tensors, in the graph's order.
 */
export function placedWeights(graph, tensors, { kernel, trains }) {
  const known = namedWeights(graph).filter(([, name]) => tensors[name]);
  return Object.fromEntries(
    known.map(([weight, name]) => {
      const tensor = /** @type {Tensor<Float32Array>} */ (tensors[name]);
      const { length } = tensor.data;
      const address = kernel.reserve(length);
      const gradient = trains && !STATISTICS.includes(weight) ? kernel.reserve(length) : 0;
      return [name, { tensor, address, gradient }];
    }),
  );
}

/**
 * Writes weights to their places.
 *
 * @param {Record<string, Weight>} weights
 * @param {Record<string, Tensor>} tensors - As many numbers of the same names.
 * @param {Room} room
 */
export function loadWeights(weights, tensors, { kernel }) {
  for (const [name, { address, tensor }] of Object.entries(weights))
    kernel.floats(address, tensor.data.length).set(tensors[name].data);
}

/**
 * Returns copies of what lies in a kernel's memory for each weight.
 *
 * @param {Record<string, Weight>} weights
 * @param {Kernel} kernel
 * @param {(weight: Weight) => number} addressOf - 0 for none.
 * @returns {Record<string, Tensor<Float32Array>>} By the names of their tensors.
 */
export function copiedTensors(weights, kernel, addressOf) {
  const found = Object.entries(weights).filter(([, weight]) => addressOf(weight));
  return Object.fromEntries(
    found.map(([name, weight]) => {
      const { shape, data } = weight.tensor;
      return [name, { shape, data: kernel.floats(addressOf(weight), data.length).slice() }];
    }),
  );
}

/**
 * Plans what a network does, forward.
 *
 * @param {LayerNode[]} graph
 * @param {Record<string, Weight>} weights - By the names of their tensors.
 * @param {Room} room
 * @returns {Plan}
 */
export function planned(graph, weights, room) {
  /** @type {Map<string, Volume>} */
  const volumes = new Map();
  /** @type {Plan["steps"]} */
  const steps = [];
  for (const node of graph) {
    const layer = understood(node, volumes, weights);
    const size = sizeOf(layer.shape);
    const needsGradient = node.op !== "input" || room.explains;
    const place = layer.same ?? { address: room.perPicture(size), gradient: 0, needsGradient };
    const y = { shape: layer.shape, size, place };
    volumes.set(node.name, y);
    if (layer.prepare) steps.push({ ...layer.prepare(room, y), name: node.name, y });
  }
  const [input, ...others] = volumes.values();
  const output = others.at(-1);
  if (!output) throw new Error("network: expected an input and at least one other layer");
  return { input, output, volumes, steps };
}

/**
 * @param {LayerNode} node
 * @param {Map<string, Volume>} volumes - Of the layers before it.
 * @param {Record<string, Weight>} weights
 * @returns {Layer}
 */
function understood(node, volumes, weights) {
  try {
    if (!Object.hasOwn(OPS, node.op)) throw new Error("this op is unknown");
    const op = OPS[node.op];
    checkPlace(node, op, volumes);
    const inputs = node.inputs.map((name) => /** @type {Volume} */ (volumes.get(name)));
    const layer = op.build(node, inputs, weightsOf(node, op, weights));
    if (String(layer.shape) !== String(node.shape))
      throw new Error(`expected the shape ${layer.shape}, got ${node.shape}`);
    return layer;
  } catch (error) {
    const problem = error instanceof Error ? error.message : error;
    throw new Error(`layer ${node.name} (${node.op}): ${problem}`, { cause: error });
  }
}

/**
 * @param {LayerNode} node
 * @param {Op} op
 * @param {Map<string, Volume>} volumes
 */
function checkPlace(node, op, volumes) {
  const unknown = Object.keys(node).filter((key) => !COMMON.includes(key) && !op.options.includes(key));
  if (unknown.length > 0) throw new Error(`these options are unknown: ${unknown}`);
  if (volumes.has(node.name)) throw new Error("a layer before it has the same name");
  const missing = node.inputs.filter((name) => !volumes.has(name));
  if (missing.length > 0) throw new Error(`no layers before it are called ${missing}`);
  if ((volumes.size === 0) !== (node.op === "input")) throw new Error("the first layer is the only input");
  const { inputs = 1 } = op;
  const count = node.inputs.length;
  if (inputs === "many" ? count === 0 : count !== inputs)
    throw new Error(`expected ${inputs === "many" ? "one or more" : inputs} inputs, got ${count}`);
}

/**
 * @param {LayerNode} node
 * @param {Op} op
 * @param {Record<string, Weight>} weights
 * @returns {Record<string, Weight>} By weight: those that the op has to have, and may have.
 */
function weightsOf(node, op, weights) {
  const { required = [], optional = [] } = op;
  const named = node.weights ?? {};
  const missing = required.filter((weight) => !(weight in named));
  const unknown = Object.keys(named).filter((weight) => ![...required, ...optional].includes(weight));
  if (missing.length > 0 || unknown.length > 0)
    throw new Error(`expected the weights ${required}, got ${Object.keys(named)}`);
  return Object.fromEntries(
    Object.entries(named).map(([weight, name]) => {
      const found = weights[name];
      if (!found) throw new Error(`the tensor ${name} is missing`);
      const { shape, data } = found.tensor;
      if (!(data instanceof Float32Array) || data.length !== sizeOf(shape))
        throw new Error(`${name}: expected ${shape} numbers as float32`);
      return [weight, found];
    }),
  );
}
