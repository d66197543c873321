// A training on the device tells what happens, waits where it is told to, and goes on with the same bits.
import assert from "node:assert/strict";
import test from "node:test";
import { TrainingLoop } from "../../denoiser/web/training_loop.js";

const COUNT = 10;
const TASK = {
  graph: [
    { name: "picture", op: "input", inputs: [], shape: [28, 28, 1] },
    {
      ...{ name: "conv", op: "conv2d", inputs: ["picture"], shape: [28, 28, 1], strides: 1, padding: "same" },
      weights: { kernel: "conv.kernel", bias: "conv.bias" },
    },
    { name: "out", op: "sigmoid", inputs: ["conv"], shape: [28, 28, 1] },
  ],
  shapes: { "conv.kernel": [3, 3, 1, 1], "conv.bias": [1] },
  config: {
    epochs: 3,
    batch_size: 4,
    seed: 5,
    noise: "gaussian",
    noise_parameters: { mean: 0.2, std: 0.2 },
    fresh_noise: true,
    growing_noise: false,
    optimizer: /** @type {const} */ ("adam"),
    learning_rate: 1e-2,
    schedule: /** @type {const} */ ("constant"),
  },
  digits: {
    train: Uint8Array.from({ length: COUNT * 784 }, (_, i) => (i * 37) % 256),
    validation: Uint8Array.from({ length: 20 * 784 }, (_, i) => (i * 53) % 256),
  },
  kinds: [],
};

/**
 * @param {import("../../denoiser/web/training_loop.js").LoopState} [state]
 * @param {object} [settings]
 */
function started(state, settings = {}) {
  /** @type {any[]} */
  const told = [];
  const task = { ...TASK, config: { ...TASK.config, ...settings } };
  const loop = new TrainingLoop(task, (event) => told.push(structuredClone(event)), state);
  return { loop, told, losses: () => told.flatMap((event) => event.losses ?? []) };
}

/** @param {TrainingLoop} loop */
function toTheEnd(loop) {
  while (loop.isRunning) loop.slice(1);
}

test("each step's loss is told once, each epoch with its means and weights, and the end", () => {
  const { loop, told, losses } = started();
  toTheEnd(loop);
  assert.equal(losses().length, 9);
  const epochs = told.filter(({ event }) => event === "epoch");
  assert.deepEqual(
    epochs.map(({ number }) => number),
    [1, 2, 3],
  );
  const [first] = epochs;
  const [a, b, c] = losses();
  assert.ok(Math.abs(first.epoch.loss - (4 * a + 4 * b + 2 * c) / 10) < 1e-7); // the last batch has two
  assert.ok(first.epoch.val_loss > 0);
  assert.deepEqual(Object.keys(first.tensors), ["conv.kernel", "conv.bias"]);
  assert.equal(told.at(-1).event, "ended");
  assert.deepEqual(told.filter(({ event }) => event === "steps").at(-1).done, 9);
  loop.step();
  assert.equal(losses().length, 9);
});

test("it waits while it is paused, and takes single steps", () => {
  const { loop, losses } = started();
  loop.isPaused = true;
  assert.equal(loop.isRunning, false);
  loop.step();
  loop.step();
  assert.equal(losses().length, 2);
  loop.isPaused = false;
  toTheEnd(loop);
  assert.equal(losses().length, 9);
});

test("it goes on with the same bits from wherever it was left", () => {
  const whole = started();
  toTheEnd(whole.loop);
  for (const steps of [1, 3, 4, 8]) {
    const before = started();
    before.loop.isPaused = true;
    for (let i = 0; i < steps; i++) before.loop.step();
    const after = started(structuredClone(before.loop.state()));
    toTheEnd(after.loop);
    assert.deepEqual([...before.losses(), ...after.losses()], whole.losses());
    assert.deepEqual(after.loop.state(), whole.loop.state());
  }
  const { loop, told } = started(structuredClone(whole.loop.state()));
  assert.equal(loop.isRunning, false);
  assert.deepEqual(told, []);
});

test("a loss that is no number ends it", () => {
  const { loop, told } = started(undefined, { learning_rate: NaN });
  toTheEnd(loop);
  assert.deepEqual(told.at(-1), { event: "diverged", done: 2, reason: { code: "no_number" } });
  assert.equal(loop.isRunning, false);
});
