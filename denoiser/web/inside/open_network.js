// A network that is looked into: what each layer gives, channels that are off, numbers that are held.
//
// Knows nothing of digits, noise or pages, nor how anything is drawn.
import { Network } from "../network.js";
/** @import { LayerNode, Place } from "../graph.js" */
/** @import { Kernel } from "../kernel.js" */
/** @import { Step } from "../network.js" */
/** @import { Purpose } from "../room.js" */
/** @import { Tensor } from "../types.js" */

/**
 * @typedef {object} Fixed - What does not come of the network's arithmetic.
 * @property {number} depth - Channels of the layer's output.
 * @property {Set<number>} off - Channels that are zero.
 * @property {Map<number, number>} held - Numbers by their place among one picture's.
 */

export class OpenNetwork extends Network {
  /**
   * @param {LayerNode[]} graph
   * @param {Record<string, Tensor>} tensors
   * @param {number} [most] - Pictures at a time.
   * @param {Kernel} [kernel]
   * @param {Exclude<Purpose, "train">} [purpose]
   */
  constructor(graph, tensors, most = 1, kernel = undefined, purpose = undefined) {
    super(graph, tensors, most, kernel, purpose);
    this.graph = graph;
    /** @type {Map<Place, Fixed>} */
    this.fixed = new Map();
  }

  /** @override @param {Step[]} steps */
  take(steps) {
    for (const { forward, y } of steps) {
      forward();
      const fixed = this.fixed.get(y.place);
      if (fixed) this.fix(this.numbers(y), y.size, fixed);
    }
  }

  /**
   * @param {Float32Array} numbers
   * @param {number} size - Of one picture's.
   * @param {Fixed} fixed
   */
  fix(numbers, size, { depth, off, held }) {
    for (const channel of off) for (let i = channel; i < numbers.length; i += depth) numbers[i] = 0;
    for (const [place, value] of held) for (let i = place; i < numbers.length; i += size) numbers[i] = value;
  }

  /**
   * Returns what a layer gave in the last run, (height, width, channels) or (numbers) of each picture;
   * the next run writes over it.
   *
   * @param {string} name - Of the layer.
   */
  maps(name) {
    return this.numbers(this.volume(name));
  }

  /** @param {string} name - Of a layer. */
  volume(name) {
    const volume = this.plan.volumes.get(name);
    if (!volume) throw new Error(`network: there is no layer ${name}`);
    return volume;
  }

  /**
   * Returns what a layer has learned, as it is now.
   *
   * @param {string} layer - Its name.
   * @param {string} weight - What it is to the layer, such as "kernel".
   * @returns {Tensor<Float32Array> | null} Null where the layer has none of that kind.
   */
  learned(layer, weight) {
    const node = this.graph.find(({ name }) => name === layer);
    const placed = this.weights[node?.weights?.[weight] ?? ""];
    if (!placed) return null;
    const { address, tensor } = placed;
    return { shape: tensor.shape, data: this.room.kernel.floats(address, tensor.data.length) };
  }

  /**
   * Switches channels of a layer off: they are zero from the next run on; all others are on.
   *
   * @param {string} name - Of the layer.
   * @param {Iterable<number>} channels
   */
  switchOff(name, channels) {
    this.fixedOf(name).off = new Set(channels);
  }

  /**
   * Holds numbers of a layer: they are what they are told to be from the next run on.
   *
   * @param {string} name - Of the layer.
   * @param {Iterable<[number, number]>} numbers - By their place among one picture's; all others are
   *   what the network makes of its input.
   */
  hold(name, numbers) {
    this.fixedOf(name).held = new Map(numbers);
  }

  /** @param {string} name - Of a layer. */
  fixedOf(name) {
    const { place, shape } = this.volume(name);
    const known = this.fixed.get(place) ?? { depth: 0, off: new Set(), held: new Map() };
    const depth = shape[shape.length - 1];
    if (known.depth !== depth) known.off = new Set(); // these numbers have other channels under this name
    this.fixed.set(place, Object.assign(known, { depth }));
    return known;
  }

  /** Everything comes of the network's arithmetic again. */
  freeAll() {
    this.fixed.clear();
  }

  /**
   * Runs again, on the pictures of the last run, what depends on a layer, and the layer itself.
   *
   * @param {string} name - Of the layer.
   * @returns {Float32Array} The answers, as `run` gives them.
   */
  runFrom(name) {
    const stale = this.stale(name);
    this.take(this.plan.steps.filter(({ y }) => stale.has(y.place)));
    return this.numbers(this.plan.output);
  }

  /** @param {string} name - Of a layer. @returns {Set<Place>} Of what depends on it, and its own. */
  stale(name) {
    const places = new Set([this.volume(name).place]);
    for (const node of this.graph)
      if (node.inputs.some((input) => places.has(this.volume(input).place)))
        places.add(this.volume(node.name).place);
    return places;
  }
}
