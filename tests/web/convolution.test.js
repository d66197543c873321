// Convolutions by tiles answer as those without do, and are taken where they are faster.
import assert from "node:assert/strict";
import test from "node:test";
import { goesByTiles, sumsByTiles, tilesScratch } from "../../denoiser/web/convolution.js";
import { PlainKernel, SimdKernel } from "../../denoiser/web/kernel.js";
import { Network } from "../../denoiser/web/network.js";
import { uniforms } from "../../denoiser/web/random.js";
import { drawnWeights, Trainer } from "../../denoiser/web/training.js";
/** @import { Kernel } from "../../denoiser/web/kernel.js" */
/** @import { Window } from "../../denoiser/web/room.js" */

const TOLERANCE = 1e-5; // of the largest number
const GUARD = 64; // numbers behind the scratch that have to stay as they are
/** @type {[number, number, number, number, number][]} Pictures, height, width, channels, units. */
const CASES = [
  [1, 1, 1, 1, 1],
  [3, 1, 9, 5, 6],
  [2, 9, 1, 4, 3],
  [2, 2, 2, 8, 8],
  [5, 3, 3, 9, 17],
  [33, 4, 5, 7, 9],
  [2, 28, 28, 16, 8],
  [3, 27, 14, 2, 33],
  [4, 7, 7, 64, 64],
  ...Array.from({ length: 30 }, (_, seed) => drawnCase(seed)),
];

/**
 * @param {number} seed
 * @returns {[number, number, number, number, number]}
 */
function drawnCase(seed) {
  const next = uniforms(seed, 5);
  const whole = (/** @type {number} */ most) => 1 + Math.floor(next() * most);
  return [whole(6), whole(11), whole(11), whole(19), whole(19)];
}

/**
 * @param {number[]} axes - Height, width, channels, units.
 * @param {number} before - Rows and columns that hang over.
 * @returns {Window}
 */
function windowOf([height, width, channels, units], before) {
  return {
    size: [height, width],
    channels,
    kernel: [3, 3],
    strides: [1, 1],
    before: [before, before],
    count: [height - 2 + 2 * before, width - 2 + 2 * before],
    units,
  };
}

/**
 * Answers and gradients by the filter, by tiles and without.
 *
 * @param {Kernel} kernel
 * @param {number} pictures
 * @param {Window} window
 */
function bothWays(kernel, pictures, window) {
  const { size, channels, kernel: sides, strides, before, count, units } = window;
  const [pixels, places] = [size, count].map(([height, width]) => pictures * height * width);
  const of = { x: pixels * channels, filter: 9 * channels * units, bias: units, y: places * units };
  const [at, x, filter, bias, dy] = [13, of.x, of.filter, of.bias, of.y].map((n) => kernel.reserve(n));
  const [slid, tiled] = [0, 1].map(() => ({ y: kernel.reserve(of.y), filter: kernel.reserve(of.filter) }));
  const columns = Math.ceil(units / 8) * 8;
  const [packed, packedTiles] = [9, 16].map((n) => kernel.reserve(n * channels * columns));
  const scratch = kernel.reserve(1_000_000);
  const tight = kernel.reserve(tilesScratch(window));
  const guard = kernel.reserve(GUARD);
  kernel.start();
  const numbers = [pictures, ...size, channels, ...sides, ...strides, ...before, ...count, units];
  kernel.integers.set(numbers, at / 4);
  for (const [i, [address, n]] of [
    [x, of.x],
    [filter, of.filter],
    [bias, units],
    [dy, of.y],
  ].entries()) {
    const next = uniforms(11, i);
    kernel.floats(address, n).set(Float32Array.from({ length: n }, () => 2 * next() - 1));
  }
  kernel.floats(tight, tilesScratch(window)).fill(NaN); // that it may find there
  kernel.floats(guard, GUARD).fill(7);
  const { run } = kernel;
  run.pack(9 * channels, units, filter, units, 1, packed);
  run.convolve(at, x, packed, bias, 0, slid.y, scratch);
  run.convolve(at, x, packed, slid.y, units, slid.y, scratch);
  run.correlate(at, x, dy, slid.filter, scratch);
  run.winograd_filter(channels, units, filter, packedTiles, tight);
  run.winograd_convolve(at, x, packedTiles, bias, 0, tiled.y, tight);
  run.winograd_convolve(at, x, packedTiles, tiled.y, units, tiled.y, tight);
  run.winograd_correlate(at, x, dy, tiled.filter, tight);
  assert.ok(kernel.floats(guard, GUARD).every((number) => number === 7));
  return [slid, tiled].map((found) => ({
    y: kernel.floats(found.y, of.y).slice(),
    filter: kernel.floats(found.filter, of.filter).slice(),
  }));
}

/** @param {Float32Array} numbers */
function largestOf(numbers) {
  return numbers.reduce((largest, number) => Math.max(largest, Math.abs(number)), 0);
}

for (const [padding, before] of Object.entries({ valid: 0, same: 1, "all that overlaps": 2 })) {
  test(`tiles give what patches give, padding: ${padding}`, () => {
    for (const [pictures, ...axes] of CASES) {
      const window = windowOf(axes, before);
      if (Math.min(...window.count) < 1) continue;
      const [slid, tiled] = bothWays(new SimdKernel(), pictures, window);
      const [, plain] = bothWays(new PlainKernel(), pictures, window);
      assert.deepEqual(plain, tiled);
      for (const name of /** @type {const} */ (["y", "filter"])) {
        const off = largestOf(slid[name].map((number, i) => number - tiled[name][i]));
        assert.ok(off <= TOLERANCE * largestOf(slid[name]), `${[pictures, ...axes]} ${name}: ${off}`);
      }
    }
  });
}

test("tiles are taken where they are faster", () => {
  const taken = (/** @type {number[]} */ ...axes) => {
    const window = windowOf(axes, 1);
    return [goesByTiles(window), sumsByTiles(window)];
  };
  for (const axes of [
    [28, 28, 32, 16],
    [14, 14, 16, 16],
    [7, 7, 64, 64],
    [28, 28, 8, 8],
  ])
    assert.deepEqual(taken(...axes), [true, true], String(axes));
  assert.deepEqual(taken(28, 28, 16, 1), [false, true]); // few units
  assert.deepEqual(taken(28, 28, 1, 16), [false, false]); // few channels
  assert.deepEqual(taken(1, 28, 32, 32), [false, false]); // half of each tile is not there
  const window = windowOf([28, 28, 32, 32], 1);
  assert.ok(!goesByTiles({ ...window, strides: [2, 2] }));
  assert.ok(!sumsByTiles({ ...window, kernel: [3, 2] }));
});

const SHAPES = {
  "conv.kernel": [3, 3, 9, 10],
  "conv.bias": [10],
  "up.kernel": [3, 3, 8, 10],
  "up.bias": [8],
};
const NEXT = { strides: 1, padding: "same" };
const GRAPH = [
  { name: "picture", op: "input", inputs: [], shape: [7, 6, 9] },
  {
    ...{ name: "conv", op: "conv2d", inputs: ["picture"], shape: [7, 6, 10], ...NEXT },
    weights: { kernel: "conv.kernel", bias: "conv.bias" },
  },
  {
    ...{ name: "up", op: "conv2d_transpose", inputs: ["conv"], shape: [7, 6, 8], ...NEXT },
    weights: { kernel: "up.kernel", bias: "up.bias" },
  },
];
const PICTURES = Float32Array.from({ length: 5 * 7 * 6 * 9 }, uniforms(4, 0));
const TARGETS = Float32Array.from({ length: 5 * 7 * 6 * 8 }, uniforms(4, 1));

test("a network learns by tiles, there and back, with the same bits in plain JavaScript", () => {
  const settings = /** @type {const} */ ({ batchSize: 5, optimizer: "adam", loss: "mse", momentum: 0.9 });
  const [fast, plain] = [new SimdKernel(), new PlainKernel()].map((kernel) => {
    const trained = new Trainer(GRAPH, drawnWeights(GRAPH, SHAPES, 2), settings, kernel);
    const calls = /** @type {string[]} */ ([]);
    const watched = Object.entries(kernel.run).map(([name, call]) => [
      name,
      (/** @type {number[]} */ ...numbers) => (calls.push(name), call(...numbers)),
    ]);
    kernel.run = Object.fromEntries(watched);
    const losses = Array.from({ length: 40 }, () => trained.step(PICTURES, TARGETS, 0.01));
    const counts = ["winograd_convolve", "winograd_correlate", "convolve", "correlate", "stamp"].map(
      (name) => calls.filter((called) => called === name).length / 40,
    );
    assert.deepEqual(counts, [3, 2, 0, 0, 0]); // nobody asks for the gradient of the picture
    assert.ok(losses[39] < losses[0] / 2, `${losses[0]} ${losses[39]}`);
    return { losses, state: trained.state() };
  });
  assert.deepEqual(plain, fast);
});

test("an answer has the same bits, however many pictures are asked for at a time", () => {
  const network = new Network(GRAPH, drawnWeights(GRAPH, SHAPES, 2), 5);
  const all = network.run(PICTURES).slice();
  const one = PICTURES.length / 5;
  for (let i = 0; i < 5; i++)
    assert.deepEqual(
      network.run(PICTURES.subarray(i * one, (i + 1) * one)).slice(),
      all.slice((i * all.length) / 5, ((i + 1) * all.length) / 5),
    );
});
