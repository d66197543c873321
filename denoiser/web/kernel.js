// The arithmetic of networks and its memory: WebAssembly with SIMD, or plain JavaScript.
//
// Both are built from kernel/ (tests/build_kernel.py) and give the same bits; the second, several
// times as slow, stands in where a browser has no SIMD or a page's policy forbids to compile. A kernel
// has one memory. What is kept there is reserved first; `start` makes it. Addresses are in bytes.
import { makePlainKernel } from "./kernel_plain.js";
import { SIMD_KERNEL } from "./kernel_simd.js";

const PAGE = 65536; // bytes; the first page is the compiler's own
const MOST = 512 * 1024 * 1024; // bytes: a phone has no more for a page

/**
 * @typedef {Record<string, (...numbers: number[]) => number>} Functions - What kernel/ exports.
 * @typedef {SimdKernel | PlainKernel} Kernel
 */

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
  return new WebAssembly.Module(Uint8Array.from(atob(SIMD_KERNEL), (char) => char.charCodeAt(0)));
}

class Memory {
  constructor() {
    this.size = PAGE;
    /** @type {(() => void)[]} */
    this.starts = [];
    this.numbers = new Float32Array(0);
    this.integers = new Int32Array(0);
    /** @type {Functions} */
    this.run = {};
  }

  /**
   * Reserves room for numbers, as many more as make their count a multiple of four.
   *
   * @param {number} count
   * @returns {number} Its address, a multiple of 16.
   */
  reserve(count) {
    const address = this.size;
    this.size += roundUp(count) * 4;
    if (this.size > MOST) throw new Error("network: too large for the memory of a page");
    return address;
  }

  /**
   * Calls a function once the memory is there, in the order in which these were given.
   *
   * @param {() => void} call
   */
  onStart(call) {
    this.starts.push(call);
  }

  /**
   * Returns the numbers at an address; what is written there is there for the kernel.
   *
   * @param {number} address
   * @param {number} count
   */
  floats(address, count) {
    return this.numbers.subarray(address / 4, address / 4 + count);
  }

  /**
   * @param {ArrayBuffer} buffer
   * @param {Functions} functions
   */
  begin(buffer, functions) {
    this.numbers = new Float32Array(buffer);
    this.integers = new Int32Array(buffer);
    this.run = functions;
    for (const call of this.starts) call();
  }
}

export class SimdKernel extends Memory {
  constructor(module = compiled()) {
    super();
    this.module = module;
  }

  start() {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(this.size / PAGE) });
    const { exports } = new WebAssembly.Instance(this.module, { env: { memory } });
    this.begin(memory.buffer, /** @type {Functions} */ (/** @type {unknown} */ (exports)));
  }
}

export class PlainKernel extends Memory {
  start() {
    const buffer = new ArrayBuffer(Math.ceil(this.size / PAGE) * PAGE);
    this.begin(buffer, makePlainKernel({ env: { memory: { buffer } } }));
  }
}

/** @param {number} count */
export function roundUp(count) {
  return Math.ceil(count / 4) * 4;
}
