// The gradient of what a network gives by its input.
import assert from "node:assert/strict";
import test from "node:test";
import { InkNetwork } from "../../denoiser/web/inside/ink.js";
import { OpenNetwork } from "../../denoiser/web/inside/open_network.js";
import { PlainKernel, SimdKernel } from "../../denoiser/web/kernel.js";
import { uniforms } from "../../denoiser/web/random.js";
import { drawnWeights } from "../../denoiser/web/training.js";
/** @import { LayerNode } from "../../denoiser/web/graph.js" */

const SAME = { strides: 1, padding: "same" };
/** @type {LayerNode[]} A skip connection of each kind, both normalizations, a softmax at the end. */
const GRAPH = [
  { name: "picture", op: "input", inputs: [], shape: [5, 4, 1] },
  {
    name: "conv",
    op: "conv2d",
    inputs: ["picture"],
    shape: [5, 4, 6],
    weights: { kernel: "conv.kernel" },
    ...SAME,
  },
  { name: "relu", op: "leaky_relu", inputs: ["conv"], shape: [5, 4, 6], negative_slope: 0.2 },
  normalization("norm", "relu", [5, 4, 6]),
  normalization("other", "relu", [5, 4, 6]), // a second way back to the same layer
  { name: "sum", op: "add", inputs: ["norm", "other", "relu"], shape: [5, 4, 6] },
  { name: "both", op: "concatenate", inputs: ["sum", "picture"], shape: [5, 4, 7] },
  { name: "attention", op: "softmax", inputs: ["both"], shape: [5, 4, 7] },
  { name: "flat", op: "reshape", inputs: ["attention"], shape: [140] },
  { name: "dense", op: "dense", inputs: ["flat"], shape: [3], weights: { kernel: "dense.kernel" } },
  { name: "classes", op: "softmax", inputs: ["dense"], shape: [3] },
];
const TENSORS = drawnWeights(
  GRAPH,
  { "conv.kernel": [3, 3, 1, 6], "dense.kernel": [140, 3], ...statistics("norm"), ...statistics("other") },
  3,
);
numbersOf("norm.moving_mean").set(drawn(6, 21));
numbersOf("other.beta").set(drawn(6, 22));
numbersOf("other.gamma").set(drawn(6, 23));
numbersOf("dense.kernel").set(drawn(420, 24)); // large ones: differences of float32 are small enough
const PICTURE = drawn(20, 1);
const WEIGHTS = drawn(3, 2);
/** @type {Record<string, (network: InkNetwork) => void>} */
const CHANGES = {
  "nothing is changed": () => {},
  "channels are off": (network) => network.switchOff("relu", [0, 4]),
  "numbers of a normalization are held": (network) => network.hold("norm", [[7, 0.5]]),
  "channels of a softmax are off, numbers held": (network) => {
    network.switchOff("attention", [2]);
    network.hold("attention", [
      [3, 0.25],
      [40, 0.1],
    ]);
  },
};

/** @param {string} name @param {string} from @param {number[]} shape @returns {LayerNode} */
function normalization(name, from, shape) {
  const kinds = ["gamma", "beta", "moving_mean", "moving_variance"];
  const weights = Object.fromEntries(kinds.map((kind) => [kind, `${name}.${kind}`]));
  return { name, op: "batch_normalization", inputs: [from], shape, epsilon: 0.001, weights };
}

/** @param {string} name */
function statistics(name) {
  return Object.fromEntries(
    Object.values(normalization(name, "", []).weights ?? {}).map((key) => [key, [6]]),
  );
}

/** @param {string} name */
function numbersOf(name) {
  return TENSORS[name].data;
}

/** @param {number} count @param {number} stream */
function drawn(count, stream) {
  const next = uniforms(5, stream);
  return Float32Array.from({ length: count }, () => 2 * next() - 1);
}

/** @param {ArrayLike<number>} one @param {ArrayLike<number>} other */
function product(one, other) {
  return Array.from(one).reduce((sum, number, i) => sum + number * other[i], 0);
}

/**
 * The gradient by differences.
 *
 * @param {InkNetwork} network
 * @param {"logits" | "answers"} of
 */
function byDifferences(network, of) {
  const STEP = 3e-4; // so that hardly a ReLU turns
  return Array.from(PICTURE, (_, i) => {
    const sums = [STEP, -STEP].map((step) => {
      const answers = network.run(PICTURE.map((number, k) => (k === i ? number + step : number)));
      return product(WEIGHTS, of === "logits" ? network.logits() : answers);
    });
    return (sums[0] - sums[1]) / (2 * STEP);
  });
}

for (const [title, change] of Object.entries(CHANGES))
  for (const of of /** @type {const} */ (["logits", "answers"]))
    test(`the gradient of ${of} is what differences say where ${title}`, () => {
      const network = new InkNetwork(GRAPH, TENSORS);
      change(network);
      const found = network.gradient(PICTURE, WEIGHTS, of);
      const expected = byDifferences(network, of);
      const largest = Math.max(...expected.map(Math.abs));
      const off = Math.max(...expected.map((number, i) => Math.abs(number - found[i])));
      assert.ok(largest > 0.01 && off <= 0.01 * largest, `${off} of ${largest}`);
    });

test("what is off changes the gradient, and is on again when it is freed", () => {
  const network = new InkNetwork(GRAPH, TENSORS);
  const before = network.gradient(PICTURE, WEIGHTS);
  network.switchOff("relu", [0, 4]);
  assert.notDeepEqual(network.gradient(PICTURE, WEIGHTS), before);
  network.freeAll();
  assert.deepEqual(network.gradient(PICTURE, WEIGHTS), before);
});

test("nothing passes what is held or off", () => {
  const network = new InkNetwork(GRAPH, TENSORS);
  network.switchOff("both", [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(network.gradient(PICTURE, WEIGHTS), new Float32Array(20));
  network.switchOff("both", []);
  network.hold("dense", [
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  assert.deepEqual(network.gradient(PICTURE, WEIGHTS), new Float32Array(20));
});

test("a gradient changes nothing of what is shown, nor of what is answered", () => {
  const ink = new InkNetwork(GRAPH, TENSORS);
  const open = new OpenNetwork(GRAPH, TENSORS);
  for (const network of [ink, open]) {
    network.switchOff("attention", [2]);
    network.run(PICTURE);
  }
  const again = ink.gradientAgain(WEIGHTS, "answers");
  for (const { name } of GRAPH) assert.deepEqual(ink.maps(name), open.maps(name), name);
  assert.deepEqual(ink.gradientAgain(WEIGHTS, "answers"), again);
  ink.switchOff("attention", []);
  assert.deepEqual(ink.runFrom("attention"), new OpenNetwork(GRAPH, TENSORS).run(PICTURE));
});

test("several pictures at a time have the gradients that each has by itself; both kernels agree", () => {
  const pictures = drawn(60, 6);
  const weights = drawn(9, 7);
  const network = new InkNetwork(GRAPH, TENSORS, 3, new SimdKernel());
  const together = network.gradient(pictures, weights);
  const single = new InkNetwork(GRAPH, TENSORS, 1, new PlainKernel());
  for (let i = 0; i < 3; i++) {
    const own = single.gradient(
      pictures.subarray(20 * i, 20 * (i + 1)),
      weights.subarray(3 * i, 3 * (i + 1)),
    );
    assert.deepEqual(together.subarray(20 * i, 20 * (i + 1)), own);
  }
});

test("other weights of the network are taken, a wrong number of weights of the sum is refused", () => {
  const network = new InkNetwork(GRAPH, TENSORS);
  const others = Object.fromEntries(
    Object.entries(TENSORS).map(([name, { shape, data }]) => [name, { shape, data: data.map((n) => n / 2) }]),
  );
  network.load(others);
  assert.deepEqual(
    network.gradient(PICTURE, WEIGHTS),
    new InkNetwork(GRAPH, others).gradient(PICTURE, WEIGHTS),
  );
  assert.throws(() => network.gradient(PICTURE, [1]), /expected 3 weights, got 1/);
});

test("a network with nothing to squash its answers has the same gradient for both", () => {
  const network = new InkNetwork(GRAPH.slice(0, -1), TENSORS);
  assert.deepEqual(network.run(PICTURE), network.logits());
  assert.deepEqual(
    network.gradient(PICTURE, WEIGHTS, "answers"),
    new InkNetwork(GRAPH, TENSORS).gradient(PICTURE, WEIGHTS, "logits"),
  );
});

test("a network that only names its input anew passes the weights on", () => {
  const graph = [GRAPH[0], { name: "flat", op: "reshape", inputs: ["picture"], shape: [20] }];
  assert.deepEqual(new InkNetwork(graph, {}).gradient(PICTURE, PICTURE), PICTURE);
});
