// The inner part of every layer: four rows times a matrix, sixteen sums at a time.
//
// With SIMD, in WebAssembly (multiply.wat), it is several times as fast as in JavaScript, which
// stands in where there is none. Either has one memory, `numbers`, in which places
// are reserved before a network runs. Knows nothing of layers.
import { MULTIPLY } from "./multiply.js";

const PAGE = 65536; // bytes

/** @typedef {SimdKernel | PlainKernel} Kernel */

/** @type {WebAssembly.Module | null | undefined} */
let assembly; // compiled once; null where that is not to be had

/**
 * Returns the fastest kernel that this browser has.
 *
 * @returns {Kernel}
 */
export function fastestKernel() {
  if (assembly === undefined) assembly = compiledIfAllowed();
  return assembly ? new SimdKernel(assembly) : new PlainKernel();
}

/** A browser may have no SIMD or no WebAssembly, and a page's policy may forbid to compile any. */
function compiledIfAllowed() {
  try {
    return compiled();
  } catch {
    return null;
  }
}

function compiled() {
  return new WebAssembly.Module(Uint8Array.from(atob(MULTIPLY), (character) => character.charCodeAt(0)));
}

export class SimdKernel {
  constructor(module = compiled()) {
    this.memory = new WebAssembly.Memory({ initial: 1 });
    const instance = new WebAssembly.Instance(module, { js: { memory: this.memory } });
    this.assembled = /** @type {(...places: number[]) => void} */ (instance.exports.multiply);
    this.numbers = new Float32Array(this.memory.buffer);
    this.end = 0;
  }

  /**
   * Returns where `count` numbers, for now 0, have their place.
   *
   * @param {number} count
   */
  reserve(count) {
    const at = this.end;
    this.end += Math.ceil(count / 4) * 4; // keeps vectors aligned
    const missing = this.end * 4 - this.memory.buffer.byteLength;
    if (missing > 0) {
      this.memory.grow(Math.ceil(missing / PAGE));
      this.numbers = new Float32Array(this.memory.buffer); // growing detached the old one
    }
    return at;
  }

  /**
   * Computes product (4 x columns) = panel (4 x depth) times panels (depth x columns).
   *
   * All are places in `numbers`.
   *
   * @param {number} panel - Column by column.
   * @param {number} depth
   * @param {number} panels - In stretches of four columns.
   * @param {number} columns - A multiple of 4.
   * @param {number} product - Row by row.
   */
  multiply(panel, depth, panels, columns, product) {
    this.assembled(panel * 4, depth * 16, panels * 4, columns * 4, product * 4, columns * 4);
  }
}

/** The same without WebAssembly. */
export class PlainKernel {
  constructor() {
    this.numbers = new Float64Array(PAGE); // JavaScript's numbers are doubles: singles are slower
    this.end = 0;
  }

  /** @param {number} count */
  reserve(count) {
    const at = this.end;
    this.end += count;
    if (this.end > this.numbers.length) {
      const larger = new Float64Array(2 * this.end);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    return at;
  }

  /**
   * @param {number} panel
   * @param {number} depth
   * @param {number} panels
   * @param {number} columns
   * @param {number} product
   */
  multiply(panel, depth, panels, columns, product) {
    for (let column = 0; column < columns; column += 4) {
      multiplyTile(this.numbers, panel, panels + column * depth, depth, product + column, columns);
    }
  }
}

// Sixteen sums in variables of their own, one line a row of the tile.
/**
 * @param {Float64Array} n
 * @param {number} panel
 * @param {number} panels
 * @param {number} depth
 * @param {number} product
 * @param {number} stride
 */
// prettier-ignore
function multiplyTile(n, panel, panels, depth, product, stride) {
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0;
  let s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0;
  let s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  const end = panel + depth * 4;
  for (let i = panel, j = panels; i < end; i += 4, j += 4) {
    const a0 = n[i], a1 = n[i + 1], a2 = n[i + 2], a3 = n[i + 3];
    const b0 = n[j], b1 = n[j + 1], b2 = n[j + 2], b3 = n[j + 3];
    s00 += a0 * b0; s01 += a0 * b1; s02 += a0 * b2; s03 += a0 * b3;
    s10 += a1 * b0; s11 += a1 * b1; s12 += a1 * b2; s13 += a1 * b3;
    s20 += a2 * b0; s21 += a2 * b1; s22 += a2 * b2; s23 += a2 * b3;
    s30 += a3 * b0; s31 += a3 * b1; s32 += a3 * b2; s33 += a3 * b3;
  }
  n[product] = s00; n[product + 1] = s01; n[product + 2] = s02; n[product + 3] = s03;
  product += stride;
  n[product] = s10; n[product + 1] = s11; n[product + 2] = s12; n[product + 3] = s13;
  product += stride;
  n[product] = s20; n[product + 1] = s21; n[product + 2] = s22; n[product + 3] = s23;
  product += stride;
  n[product] = s30; n[product + 1] = s31; n[product + 2] = s32; n[product + 3] = s33;
}
