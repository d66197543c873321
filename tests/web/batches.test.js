// What a device trains on is drawn from the seed alone, and is what the settings say.
import assert from "node:assert/strict";
import test from "node:test";
import { TrainingBatches, validationBatch } from "../../denoiser/web/batches.js";

const PIXELS = 784;
const COUNT = 10;
const DIGITS = Uint8Array.from(
  { length: COUNT * PIXELS },
  (_, i) => (Math.floor(i / PIXELS) * 25 + (i % 7)) % 256,
);
/** @type {import("../../denoiser/web/batches.js").TrainConfig} */
const CONFIG = {
  epochs: 4,
  batch_size: 4,
  seed: 5,
  noise: "gaussian",
  noise_parameters: { mean: 0.5, std: 0.5 },
  fresh_noise: true,
  growing_noise: false,
  optimizer: "adam",
  learning_rate: 1e-3,
  schedule: "constant",
};

/** @param {Partial<import("../../denoiser/web/batches.js").TrainConfig>} [settings] */
function batches(settings) {
  return new TrainingBatches({ ...CONFIG, ...settings }, DIGITS, []);
}

/** Returns each digit's noisy picture in an epoch, by what it is without noise. */
function pictures(/** @type {TrainingBatches} */ all, /** @type {number} */ epoch) {
  const found = new Map();
  for (let step = 0; step < all.length; step++) {
    const { noisy, clean } = all.batch(epoch, step);
    for (let at = 0; at < clean.length; at += PIXELS)
      found.set(String(clean.subarray(at, at + PIXELS)), noisy.subarray(at, at + PIXELS));
  }
  return found;
}

test("an epoch has each digit once, in an order of its own", () => {
  const all = batches();
  assert.equal(all.length, 3);
  assert.equal(pictures(all, 0).size, COUNT);
  assert.equal(all.batch(0, 2).clean.length, 2 * PIXELS);
  assert.notDeepEqual(all.batch(0, 0).clean, all.batch(1, 0).clean);
});

test("a batch does not depend on what was drawn before, but on the seed", () => {
  const all = batches();
  const before = all.batch(2, 1);
  for (let epoch = 0; epoch < 4; epoch++) pictures(all, epoch);
  assert.deepEqual(all.batch(2, 1), before);
  assert.deepEqual(batches().batch(2, 1), before);
  assert.notDeepEqual(batches({ seed: 6 }).batch(2, 1), before);
});

test("fixed noise stays at its digit, fresh noise does not", () => {
  const [fixed, fresh] = [batches({ fresh_noise: false }), batches()];
  for (const [clean, noisy] of pictures(fixed, 0)) assert.deepEqual(pictures(fixed, 3).get(clean), noisy);
  for (const [clean, noisy] of pictures(fresh, 0)) assert.notDeepEqual(pictures(fresh, 1).get(clean), noisy);
});

test("growing noise begins with three tenths and is whole from the middle on", () => {
  const [growing, whole] = [batches({ growing_noise: true }), batches()];
  assert.equal(growing.grown(0, 0), 0.3);
  assert.equal(growing.grown(2, 0), 1);
  const [few, all] = [growing.batch(0, 0), whole.batch(0, 0)];
  const at = all.noisy.findIndex((noisy, i) => Math.abs(noisy - all.clean[i]) > 0.2);
  assert.ok(Math.abs(few.noisy[at] - (all.clean[at] + 0.3 * (all.noisy[at] - all.clean[at]))) < 1e-6);
  assert.deepEqual(growing.batch(3, 1), whole.batch(3, 1));
});

test("validation has all digits in their order, under noise that no training sees", () => {
  const { noisy, clean } = validationBatch(CONFIG, DIGITS, []);
  assert.deepEqual(
    Array.from(clean),
    Array.from(DIGITS, (pixel) => Math.fround(pixel / 255)),
  );
  assert.deepEqual(validationBatch(CONFIG, DIGITS, []).noisy, noisy);
  const trained = pictures(batches({ fresh_noise: false }), 0);
  assert.notDeepEqual(trained.get(String(clean.subarray(0, PIXELS))), noisy.subarray(0, PIXELS));
});
