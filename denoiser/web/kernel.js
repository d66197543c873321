// The inner part of every layer: four rows times a matrix, sixteen sums at a time.
//
// With SIMD, in WebAssembly (multiply.wat), it is several times as fast as in JavaScript, which
// stands in where a browser has no SIMD. Either has one memory, `numbers`, in which places
// are reserved before a network runs. Knows nothing of layers.

// npx wat2wasm multiply.wat -o multiply.wasm && base64 -w0 multiply.wasm
const WASM =
  "AGFzbQEAAAABCgFgBn9/f39/fwACDgECanMGbWVtb3J5AgABAwIBAAcMAQhtdWx0aXBseQAACp0CAZoCAgR/BXsgACAB" +
  "aiEHIAQgA2ohCANAIAAhBv0MAAAAAAAAAAAAAAAAAAAAACEL/QwAAAAAAAAAAAAAAAAAAAAAIQz9DAAAAAAAAAAAAAAA" +
  "AAAAAAAhDf0MAAAAAAAAAAAAAAAAAAAAACEOA0AgAv0ABAAhCiALIAb9CQIAIAr95gH95AEhCyAMIAb9CQIEIAr95gH9" +
  "5AEhDCANIAb9CQIIIAr95gH95AEhDSAOIAb9CQIMIAr95gH95AEhDiACQRBqIQIgBkEQaiEGIAYgB0kNAAsgBCEJIAkg" +
  "C/0LBAAgCSAFaiEJIAkgDP0LBAAgCSAFaiEJIAkgDf0LBAAgCSAFaiEJIAkgDv0LBAAgBEEQaiEEIAQgCEkNAAsL";
const PAGE = 65536; // bytes

// The fastest kernel that this browser has.
export function fastestKernel() {
  const bytes = Uint8Array.from(atob(WASM), (character) => character.charCodeAt(0));
  return globalThis.WebAssembly?.validate(bytes) ? new SimdKernel(bytes) : new PlainKernel();
}

class SimdKernel {
  constructor(bytes) {
    this.memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(bytes);
    const instance = new WebAssembly.Instance(module, { js: { memory: this.memory } });
    this.assembled = instance.exports.multiply;
    this.numbers = new Float32Array(this.memory.buffer);
    this.end = 0;
  }

  // Returns where `count` numbers, for now 0, have their place.
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

  // product (4 x columns) = panel (4 x depth, column by column) times panels (depth x columns, in
  // stretches of four columns). Places are indices into `numbers`; columns is a multiple of 4.
  multiply(panel, depth, panels, columns, product) {
    this.assembled(panel * 4, depth * 16, panels * 4, columns * 4, product * 4, columns * 4);
  }
}

class PlainKernel {
  constructor() {
    this.numbers = new Float64Array(PAGE); // JavaScript's numbers are doubles: singles are slower
    this.end = 0;
  }

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

  multiply(panel, depth, panels, columns, product) {
    for (let column = 0; column < columns; column += 4) {
      multiplyTile(this.numbers, panel, panels + column * depth, depth, product + column, columns);
    }
  }
}

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
