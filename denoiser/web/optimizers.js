// How weights change by their gradients: Adam and Muon, as Keras and denoiser/nn/muon.py have them.
//
// An optimizer knows where weights lie in a kernel's memory, and nothing of networks.
/** @import { Kernel } from "./kernel.js" */

const SMALLEST_SIDE = 16; // as in denoiser/nn/muon.py
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;
const MUON_BETA = 0.95;

/**
 * @typedef {object} Parameter - A weight that trains.
 * @property {number[]} shape
 * @property {number} count - Of its numbers, rounded up to four.
 * @property {number} address
 * @property {number} gradient - Address.
 */

/** One step after another, each with a rate of its own. */
export class Optimizer {
  /**
   * @param {"adam" | "muon"} name
   * @param {Parameter[]} parameters
   * @param {Kernel} kernel - Not started yet.
   */
  constructor(name, parameters, kernel) {
    this.kernel = kernel;
    this.steps = 0;
    const [matrices, others] = parted(parameters, ({ shape }) => name === "muon" && isMatrix(shape));
    this.needed = Math.max(0, ...matrices.map(({ shape }) => muonScratch(...matrixOf(shape))));
    this.matrices = matrices.map((parameter) => ({
      ...parameter,
      momentum: kernel.reserve(parameter.count),
    }));
    this.others = others.map((parameter) => ({
      ...parameter,
      first: kernel.reserve(parameter.count),
      second: kernel.reserve(parameter.count),
    }));
  }

  /**
   * Changes all weights.
   *
   * @param {number} rate
   * @param {number} scratch - Address of as many numbers as are `needed`.
   */
  step(rate, scratch) {
    const { run } = this.kernel;
    this.steps += 1;
    const corrected = (rate * Math.sqrt(1 - BETA_2 ** this.steps)) / (1 - BETA_1 ** this.steps);
    for (const { count, address, gradient, first, second } of this.others)
      run.adam(count, address, gradient, first, second, corrected, BETA_1, BETA_2, EPSILON);
    for (const { shape, address, gradient, momentum } of this.matrices)
      run.muon(...matrixOf(shape), address, gradient, momentum, rate, MUON_BETA, scratch);
  }

  /** Where all that it remembers lies: addresses and counts. */
  places() {
    const moments = this.others.flatMap(({ count, first, second }) =>
      [first, second].map((at) => ({ at, count })),
    );
    return [...moments, ...this.matrices.map(({ count, momentum }) => ({ at: momentum, count }))];
  }
}

/** @param {number[]} shape */
function isMatrix(shape) {
  const leading = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  return shape.length >= 2 && Math.min(leading, ...shape.slice(-2)) >= SMALLEST_SIDE;
}

/**
 * Returns the rows and columns of a kernel that is flattened to (rows x columns x in, out).
 *
 * @param {number[]} shape
 * @returns {[number, number]}
 */
function matrixOf(shape) {
  const columns = shape[shape.length - 1];
  return [shape.slice(0, -1).reduce((product, n) => product * n, 1), columns];
}

/**
 * Returns how many numbers `muon` in kernel/ needs for its work.
 *
 * @param {number} rows
 * @param {number} columns
 */
function muonScratch(rows, columns) {
  const side = Math.min(rows, columns);
  const longer = Math.max(rows, columns);
  return 2 * rows * columns + 4 * side * side + (longer + 8) * (side + 8) * 2 + 64;
}

/**
 * @template T
 * @param {T[]} values
 * @param {(value: T) => boolean} isFirst
 * @returns {[T[], T[]]}
 */
function parted(values, isFirst) {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}
