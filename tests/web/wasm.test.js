// The WebAssembly in the repository is what its source says, byte for byte, and multiplies.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { PlainKernel, SimdKernel } from "../../denoiser/web/kernel.js";
import { multiply, roundUp } from "../../denoiser/web/matrix.js";

const hasAssembler = existsSync(new URL("../../node_modules/wabt", import.meta.url));

// The gate installs the assembler, so there this is never left out.
test("multiply.js is built from multiply.wat", { skip: !hasAssembler && !process.env.CI }, async () => {
  const { MODULE, build } = await import("./wasm.js");
  assert.equal(readFileSync(MODULE, "utf8"), await build(), "make it anew with: npm run build:wasm");
});

for (const Kernel of [SimdKernel, PlainKernel]) {
  test(`${Kernel.name} multiplies matrices of any size`, () => {
    for (const [rows, depth, columns] of [
      [1, 1, 1],
      [4, 3, 4],
      [5, 7, 6],
      [9, 2, 13],
      [300, 300, 300],
    ]) {
      const left = Float64Array.from({ length: rows * depth }, (_, i) => ((i * 7) % 11) - 5);
      const right = Float64Array.from({ length: depth * columns }, (_, i) => ((i * 5) % 13) - 6);
      const starts = Int32Array.from({ length: rows }, (_, row) => row * depth);
      const shape = { starts, runs: 1, runLength: depth, runStride: 0, columns };
      const product = multiply(new Kernel(), { source: left, matrix: right, ...shape })();
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) sum += left[row * depth + k] * right[k * columns + column];
          assert.equal(product[row * roundUp(columns) + column], sum);
        }
      }
    }
  });
}

function forbidden() {
  throw new Error("Refused to compile or instantiate WebAssembly module");
}

for (const [reason, without] of Object.entries({
  "a browser without WebAssembly": undefined,
  "a policy that forbids to compile it": { validate: () => true, Module: forbidden },
})) {
  test(`${reason} gets the kernel in JavaScript`, async () => {
    const own = globalThis.WebAssembly;
    globalThis.WebAssembly = /** @type {any} */ (without);
    try {
      const { fastestKernel } = await import(`../../denoiser/web/kernel.js?${encodeURIComponent(reason)}`);
      assert.equal(fastestKernel().constructor.name, "PlainKernel");
    } finally {
      globalThis.WebAssembly = own;
    }
  });
}
