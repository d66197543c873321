// Where a network's numbers lie in a kernel's memory, for a number of pictures at a time.
//
// Layers are planned once, forward and, where somebody asks for gradients, backward. Gradients share places:
// one that was used on the way back gives its place to one that comes later. Knows no kind of layer.
import { roundUp } from "./kernel.js";
/** @import { Kernel } from "./kernel.js" */
/** @import { Place } from "./graph.js" */

const WINDOW = 13; // integers; see Window in kernel/
export const CHUNK = 32768; // as there: numbers of patches that are laid out at a time

/**
 * @typedef {"answer" | "train" | "explain"} Purpose - What a network is planned for: to answer; to
 *   train, where layers normalize by the batch, and go back to the weights; or to answer, and to go
 *   back from there to its input.
 */

/**
 * @typedef {object} Window - How a window slides over pictures, as kernel/ has it.
 * @property {number} [repeats] - Pictures that it sees in one of the network's.
 * @property {[number, number]} size - Height and width of the pictures.
 * @property {number} channels
 * @property {[number, number]} kernel - Rows and columns.
 * @property {[number, number]} strides
 * @property {[number, number]} before - Rows and columns that "same" adds above and left.
 * @property {[number, number]} count - Places down and across.
 * @property {number} units - Numbers that it gives at each place.
 */

export class Room {
  /**
   * @param {Kernel} kernel
   * @param {number} most - Pictures that it has room for.
   * @param {Purpose} purpose
   * @param {number} momentum - Of moving statistics.
   */
  constructor(kernel, most, purpose, momentum) {
    this.kernel = kernel;
    this.most = most;
    this.trains = purpose === "train";
    this.explains = purpose === "explain";
    this.goesBack = this.trains || this.explains;
    this.momentum = momentum;
    this.count = most; // pictures now
    /** @type {{ address: number, repeats: number }[]} */
    this.windows = [];
    /** @typedef {{ address: number, count: number }} Free */
    /** @type {Free[]} */
    this.free = [];
    /** @type {Map<Place, Free>} */
    this.claimed = new Map();
    this.needed = 0; // of scratch, in numbers
    this.scratch = 0;
  }

  /** Of kernel/; only once the kernel has started. */
  get run() {
    return this.kernel.run;
  }

  /** @param {number} size - Numbers of one picture. */
  perPicture(size) {
    return this.kernel.reserve(this.most * size);
  }

  /**
   * Asks for room that all layers share while they work.
   *
   * @param {number} count
   */
  needScratch(count) {
    this.needed = Math.max(this.needed, count);
  }

  /** Reserves what layers asked for, once all are planned. */
  close() {
    this.scratch = this.kernel.reserve(this.needed);
  }

  /**
   * Writes a window to the memory, and keeps it up with the number of pictures.
   *
   * @param {Window} window
   * @returns {number} Its address.
   */
  window({ repeats = 1, size, channels, kernel, strides, before, count, units }) {
    const address = this.kernel.reserve(WINDOW);
    const numbers = [
      this.count * repeats,
      ...size,
      channels,
      ...kernel,
      ...strides,
      ...before,
      ...count,
      units,
    ];
    this.kernel.onStart(() => this.kernel.integers.set(numbers, address / 4));
    this.windows.push({ address, repeats });
    this.needScratch(windowScratch({ channels, kernel, strides, count, units }));
    return address;
  }

  /** @param {number} count - Pictures from now on, at most as many as there is room for. */
  resize(count) {
    if (count === this.count) return;
    this.count = count;
    for (const { address, repeats } of this.windows) this.kernel.integers[address / 4] = count * repeats;
  }

  /**
   * Finds room for the gradient by a volume, or that which it has.
   *
   * @param {Place} place
   * @param {number} size - Numbers of one picture.
   * @returns {boolean} Whether something is there already, to be added to.
   */
  claim(place, size) {
    if (place.gradient) return true;
    const count = roundUp(this.most * size);
    const fitting = this.free.filter((other) => other.count >= count).sort((a, b) => a.count - b.count);
    const found = fitting[0] ?? { address: this.kernel.reserve(count), count };
    this.free = this.free.filter((other) => other !== found);
    this.claimed.set(place, found);
    place.gradient = found.address;
    return false;
  }

  /**
   * Gives the room of a gradient that is not needed any more to others.
   *
   * @param {Place} place
   */
  release(place) {
    const found = this.claimed.get(place);
    if (found) this.free.push(found);
  }
}

/**
 * Returns how many numbers the products of a window need for their work, as windows.c lays them out.
 *
 * @param {Pick<Window, "channels" | "kernel" | "strides" | "count" | "units">} window
 */
function windowScratch({ channels, kernel, strides, count, units }) {
  const [height, width] = [0, 1].map((axis) => (count[axis] - 1) * strides[axis] + kernel[axis]);
  const length = kernel[0] * kernel[1] * channels;
  const most = Math.max(4, Math.floor(CHUNK / (length + units)));
  const pictures = Math.max(1, Math.floor(most / (count[0] * count[1])));
  return pictures * height * width * channels + (most + 8) * (length + units + 8);
}
