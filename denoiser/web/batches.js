// What a training on the device is fed with: batches of noisy and clean digits, and the rate of each step.
//
// As TrainingBatches and learning_rate in denoiser/nn/training.py. All that is random comes from the
// seed, the epoch and the digit, never from what was drawn before: a training that was left goes on
// with the same bits. Knows nothing of networks.
import { drawNoise } from "./noise.js";
import { PIXELS } from "./picture.js";
import { uniforms } from "./random.js";
/** @import { NoiseKind } from "./types.js" */

const GROWN_FROM = 0.3;
const GROWN_AFTER = 0.5;
const WARM_UP = 0.25;
const PURPOSES = ["train", "validation", "order"]; // each has random numbers of its own

/**
 * @typedef {object} TrainConfig - Those of TrainConfig in denoiser/config.py that a device heeds.
 * @property {number} epochs
 * @property {number} batch_size
 * @property {number} seed
 * @property {string} noise
 * @property {Record<string, number>} noise_parameters
 * @property {boolean} fresh_noise
 * @property {boolean} growing_noise
 * @property {"adam" | "muon"} optimizer
 * @property {number} learning_rate
 * @property {"constant" | "one-cycle"} schedule
 */

/**
 * @typedef {object} Batch
 * @property {Float32Array} noisy - Pictures, one after another.
 * @property {Float32Array} clean
 */

/** Batches of digits in an order of their own each epoch. */
export class TrainingBatches {
  /**
   * @param {TrainConfig} config
   * @param {Uint8Array} digits - 28x28 pixels each.
   * @param {NoiseKind[]} kinds - All there are.
   */
  constructor(config, digits, kinds) {
    this.config = config;
    this.digits = digits;
    this.kinds = kinds;
    this.count = digits.length / PIXELS;
    this.ordered = { epoch: -1, order: new Uint32Array(0) };
  }

  /** How many there are in an epoch. */
  get length() {
    return Math.ceil(this.count / this.config.batch_size);
  }

  /**
   * Makes one batch.
   *
   * @param {number} epoch - From 0.
   * @param {number} step - Batches of the epoch that come before.
   * @returns {Batch}
   */
  batch(epoch, step) {
    const { batch_size: size, fresh_noise: isFresh, growing_noise: grows } = this.config;
    const chosen = this.order(epoch).subarray(step * size, (step + 1) * size);
    const batch = noisyDigits(this, chosen, "train", isFresh ? epoch : 0);
    if (grows) {
      const share = this.grown(epoch, step);
      for (let i = 0; i < batch.noisy.length; i++)
        batch.noisy[i] = batch.clean[i] + share * (batch.noisy[i] - batch.clean[i]);
    }
    return batch;
  }

  /** How much of the noise a batch gets, from 0 to 1. @param {number} epoch @param {number} step */
  grown(epoch, step) {
    const done = (epoch + step / this.length) / this.config.epochs;
    return Math.min(1, GROWN_FROM + ((1 - GROWN_FROM) * done) / GROWN_AFTER);
  }

  /** The digits' places in the order of an epoch. @param {number} epoch */
  order(epoch) {
    if (this.ordered.epoch !== epoch) {
      const order = Uint32Array.from({ length: this.count }, (_, i) => i);
      const next = uniforms(this.config.seed, streamOf("order", epoch));
      for (let last = order.length - 1; last > 0; last--) {
        const other = Math.floor(next() * (last + 1));
        [order[last], order[other]] = [order[other], order[last]];
      }
      this.ordered = { epoch, order };
    }
    return this.ordered.order;
  }
}

/**
 * Returns digits under the noise that a validation loss is measured with.
 *
 * @param {TrainConfig} config
 * @param {Uint8Array} digits
 * @param {NoiseKind[]} kinds
 */
export function validationBatch(config, digits, kinds) {
  const all = Uint32Array.from({ length: digits.length / PIXELS }, (_, i) => i);
  return noisyDigits({ config, digits, kinds, count: all.length }, all, "validation", 0);
}

/**
 * @param {{ config: TrainConfig, digits: Uint8Array, kinds: NoiseKind[], count: number }} source
 * @param {Uint32Array} chosen - Places of digits.
 * @param {string} purpose
 * @param {number} epoch
 * @returns {Batch}
 */
function noisyDigits({ config, digits, kinds, count }, chosen, purpose, epoch) {
  const clean = new Float32Array(chosen.length * PIXELS);
  const noisy = new Float32Array(clean.length);
  const one = new Float64Array(PIXELS);
  chosen.forEach((digit, i) => {
    const place = clean.subarray(i * PIXELS, (i + 1) * PIXELS);
    for (let pixel = 0; pixel < PIXELS; pixel++) place[pixel] = digits[digit * PIXELS + pixel] / 255;
    const stream = streamOf(purpose, epoch * count + digit);
    drawNoise(config.noise, kinds, config.seed, stream)(place, config.noise_parameters, one);
    noisy.set(one, i * PIXELS);
  });
  return { noisy, clean };
}

/** @param {string} purpose @param {number} number */
function streamOf(purpose, number) {
  return PURPOSES.indexOf(purpose) + PURPOSES.length * number;
}

/**
 * Returns the learning rate of a step: "one-cycle" rises over the first quarter and falls along a cosine.
 *
 * @param {TrainConfig} config
 * @param {number} step - Of all, from 0.
 * @param {number} steps - All there are.
 */
export function learningRate({ learning_rate: peak, schedule }, step, steps) {
  if (schedule === "constant") return peak;
  const warmUp = Math.max(1, Math.round(WARM_UP * steps));
  if (step < warmUp) return peak / 25 + (peak - peak / 25) * (step / warmUp);
  const done = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp));
  return (peak * (1 + Math.cos(Math.PI * done))) / 2;
}
