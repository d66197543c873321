// The kernel that stands in is taken where it has to be, and gives the same bits as the fast one.
import assert from "node:assert/strict";
import test from "node:test";
import { PlainKernel, SimdKernel } from "../../denoiser/web/kernel.js";
import { uniforms } from "../../denoiser/web/random.js";
import { drawnWeights, Trainer } from "../../denoiser/web/training.js";

/** @type {Record<string, number[]>} Of the tensors, by name. */
const SHAPES = {
  "conv.kernel": [3, 3, 2, 17],
  "conv.bias": [17],
  "norm.gamma": [17],
  "norm.beta": [17],
  "norm.moving_mean": [17],
  "norm.moving_variance": [17],
  "mix.kernel": [1, 1, 17, 18],
  "up.kernel": [3, 3, 3, 18],
  "up.bias": [3],
};
const SAME = { strides: 2, padding: "same" };
const GRAPH = [
  { name: "picture", op: "input", inputs: [], shape: [7, 6, 2] },
  layer("conv", "conv2d", "picture", [4, 3, 17], SAME),
  layer("relu", "leaky_relu", "conv", [4, 3, 17], { negative_slope: 0.2 }),
  layer("norm", "batch_normalization", "relu", [4, 3, 17], { epsilon: 1e-3 }),
  layer("mix", "conv2d", "norm", [4, 3, 18], { strides: 1, padding: "valid" }),
  layer("up", "conv2d_transpose", "mix", [8, 6, 3], SAME),
  layer("out", "sigmoid", "up", [8, 6, 3]),
];

/**
 * @param {string} name @param {string} op @param {string} input @param {number[]} shape
 * @param {object} [options]
 */
function layer(name, op, input, shape, options = {}) {
  const own = Object.keys(SHAPES).filter((tensor) => tensor.startsWith(`${name}.`));
  const weights = Object.fromEntries(own.map((tensor) => [tensor.split(".")[1], tensor]));
  return { name, op, inputs: [input], shape, ...(own.length > 0 ? { weights } : {}), ...options };
}

/**
 * @param {import("../../denoiser/web/kernel.js").Kernel} kernel
 * @param {"adam" | "muon"} [optimizer]
 */
function trainer(kernel, optimizer = "muon") {
  const weights = drawnWeights(GRAPH, SHAPES, 3);
  return new Trainer(GRAPH, weights, { batchSize: 5, optimizer, loss: "mse", momentum: 0.9 }, kernel);
}

/**
 * Takes steps, each with numbers of its own, some with fewer pictures.
 * @param {Trainer} trained @param {number} from @param {number} to
 */
function train(trained, from, to) {
  const losses = [];
  for (let step = from; step < to; step++) {
    const next = uniforms(9, step);
    const count = step % 3 === 2 ? 2 : 5;
    const inputs = Float32Array.from({ length: count * 84 }, next);
    losses.push(trained.step(inputs, Float32Array.from({ length: count * 144 }, next), 0.02));
  }
  return losses;
}

test("a loss falls while a network learns by heart", () => {
  for (const optimizer of /** @type {const} */ (["adam", "muon"])) {
    const trained = trainer(new SimdKernel(), optimizer);
    const inputs = Float32Array.from({ length: 5 * 84 }, uniforms(1, 0));
    const targets = Float32Array.from({ length: 5 * 144 }, uniforms(1, 1));
    const losses = Array.from({ length: 200 }, () => trained.step(inputs, targets, 0.02));
    assert.ok(losses[199] < losses[0] / 4, `${losses[0]} ${losses[199]}`);
  }
});

test("the same steps give the same bits, also in plain JavaScript, and after a break", () => {
  const [once, again, plain] = [new SimdKernel(), new SimdKernel(), new PlainKernel()].map((kernel) =>
    trainer(kernel),
  );
  const losses = train(once, 0, 12);
  assert.ok(losses.every(Number.isFinite));
  assert.deepEqual(train(plain, 0, 12), losses);
  assert.deepEqual(plain.state(), once.state());
  train(again, 0, 5);
  const resumed = trainer(new SimdKernel());
  resumed.restore(structuredClone(again.state()));
  assert.deepEqual(train(resumed, 5, 12), losses.slice(5));
  assert.deepEqual(resumed.state(), once.state());
});

test("a network that is too large for a page is refused", () => {
  const shape = [4000, 4000, 16];
  const graph = [
    { name: "picture", op: "input", inputs: [], shape },
    layer("relu", "relu", "picture", shape),
  ];
  const settings = /** @type {const} */ ({ batchSize: 1, optimizer: "adam", loss: "mse", momentum: 0.9 });
  assert.throws(() => new Trainer(graph, {}, settings), /too large/);
});

function forbidden() {
  throw new Error("Refused to compile or instantiate WebAssembly module");
}

for (const [reason, without] of Object.entries({
  "a browser without WebAssembly": undefined,
  "a policy that forbids to compile it": { Module: forbidden },
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
