// Runs a network, given as a graph of layers and its weights, one picture at a time.
//
// Every buffer is allocated when the network is built, so running makes no garbage. What is
// not understood to the last option is refused when the network is built, never computed
// in another way than Keras does. Knows nothing of digits, noise or pages.
import { sizeOf } from "./graph.js";
import { fastestKernel } from "./kernel.js";
import { OPS } from "./layers.js";
/** @import { Tensor } from "./types.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { Layer, LayerNode, Op, Volume } from "./graph.js" */

const COMMON = ["name", "op", "inputs", "shape", "weights"];

/**
 * Builds a network.
 *
 * @param {LayerNode[]} graph - Each layer after those that feed it; the first is the input, the
 *   last the output. See `graph` in denoiser/models/layers.py.
 * @param {Record<string, Tensor>} tensors - Weights as the graph names them.
 * @param {Kernel} [kernel] - Does the products; it serves one network.
 * @returns {(picture: ArrayLike<number>) => Float64Array} Runs it; the next call writes over
 *   what it returned.
 * @throws {Error} The graph or its weights are not understood; the message names the layer.
 */
export function buildNetwork(graph, tensors, kernel = fastestKernel()) {
  /** @type {Map<string, Volume>} */
  const outputs = new Map();
  const steps = graph.map((node) => {
    const { shape, prepare } = understood(node, outputs, tensors);
    const data = new Float64Array(sizeOf(shape));
    outputs.set(node.name, { shape, data });
    return prepare(data, kernel);
  });
  const [entry, ...others] = [...outputs.values()].map((output) => output.data);
  const result = others.at(-1);
  if (!result) throw new Error("network: expected an input and at least one other layer");
  return (picture) => {
    if (picture.length !== entry.length)
      throw new Error(`network: expected ${entry.length} numbers, got ${picture.length}`);
    entry.set(picture);
    for (const step of steps) step();
    return result;
  };
}

/**
 * @param {LayerNode} node
 * @param {Map<string, Volume>} outputs - Of the layers before it.
 * @param {Record<string, Tensor>} tensors
 * @returns {Layer}
 */
function understood(node, outputs, tensors) {
  try {
    if (!Object.hasOwn(OPS, node.op)) throw new Error("this op is unknown");
    const op = OPS[node.op];
    checkPlace(node, op, outputs);
    const inputs = node.inputs.map((name) => /** @type {Volume} */ (outputs.get(name)));
    const layer = op.build(node, inputs, weightsOf(node, op, tensors));
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
 * @param {Map<string, Volume>} outputs
 */
function checkPlace(node, op, outputs) {
  const unknown = Object.keys(node).filter((key) => !COMMON.includes(key) && !op.options.includes(key));
  if (unknown.length > 0) throw new Error(`these options are unknown: ${unknown}`);
  if (outputs.has(node.name)) throw new Error("a layer before it has the same name");
  const missing = node.inputs.filter((name) => !outputs.has(name));
  if (missing.length > 0) throw new Error(`no layers before it are called ${missing}`);
  if ((outputs.size === 0) !== (node.op === "input")) throw new Error("the first layer is the only input");
  const { inputs = 1 } = op;
  const count = node.inputs.length;
  if (inputs === "many" ? count === 0 : count !== inputs)
    throw new Error(`expected ${inputs === "many" ? "one or more" : inputs} inputs, got ${count}`);
}

/**
 * @param {LayerNode} node
 * @param {Op} op
 * @param {Record<string, Tensor>} tensors
 * @returns {Record<string, Tensor>} By weight: those that the op has to have, and may have.
 */
function weightsOf(node, op, tensors) {
  const { required = [], optional = [] } = op;
  const named = node.weights ?? {};
  const missing = required.filter((weight) => !(weight in named));
  const unknown = Object.keys(named).filter((weight) => ![...required, ...optional].includes(weight));
  if (missing.length > 0 || unknown.length > 0)
    throw new Error(`expected the weights ${required}, got ${Object.keys(named)}`);
  return Object.fromEntries(
    Object.entries(named).map(([weight, name]) => {
      const tensor = tensors[name];
      if (!tensor) throw new Error(`the tensor ${name} is missing`);
      if (!(tensor.data instanceof Float32Array) || tensor.data.length !== sizeOf(tensor.shape))
        throw new Error(`${name}: expected ${tensor.shape} numbers as float32`);
      return [weight, tensor];
    }),
  );
}
