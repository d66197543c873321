// One training on the device, step by step: a config and digits in, losses and weights out.
//
// It can be left after any step and taken up again with the same bits. Knows nothing of pages, workers
// or where anything is kept.
import { learningRate, TrainingBatches, validationBatch } from "./batches.js";
import { Network } from "./network.js";
import { PIXELS } from "./picture.js";
import { drawnWeights, Trainer } from "./training.js";
/** @import { Batch, TrainConfig } from "./batches.js" */
/** @import { LayerNode } from "./graph.js" */
/** @import { NoiseKind, Tensor } from "./types.js" */

// As in denoiser/nn/training.py.
const [SHORT_STEPS, SHORT_MOMENTUM, LONG_MOMENTUM] = [1000, 0.9, 0.99];
const VALIDATED_AT_ONCE = 16;

/**
 * @typedef {object} Task - What is to be trained.
 * @property {LayerNode[]} graph
 * @property {Record<string, number[]>} shapes - Of its tensors, by name.
 * @property {TrainConfig} config
 * @property {{ train: Uint8Array, validation: Uint8Array }} digits - 28x28 pixels each.
 * @property {NoiseKind[]} kinds
 * @property {number[]} [shown] - Places of a few validation digits: what it makes of them is shown.
 */

/**
 * @typedef {object} StepChange - What one step changed.
 * @property {number} loss - Of its batch, as it trains, before the step.
 * @property {number} errorBefore - MSE on its batch as it denoises, before the step.
 * @property {number} errorAfter - The same after it.
 * @property {[layer: string, share: number][]} moved - How far each layer's weights moved, as a share
 *   of how large they are.
 */

export class DeviceTraining {
  /** @param {Task} task */
  constructor({ graph, shapes, config, digits, kinds, shown = [] }) {
    this.config = config;
    this.batches = new TrainingBatches(config, digits.train, kinds);
    this.steps = this.batches.length * config.epochs;
    this.done = 0; // steps
    const momentum = this.steps < SHORT_STEPS ? SHORT_MOMENTUM : LONG_MOMENTUM;
    const { optimizer, batch_size: batchSize } = config;
    const weights = drawnWeights(graph, shapes, config.seed);
    this.trainer = new Trainer(graph, weights, { batchSize, optimizer, loss: "mse", momentum });
    this.network = new Network(graph, weights, VALIDATED_AT_ONCE);
    this.validation = validationBatch(config, digits.validation, kinds);
    this.shown = { noisy: picked(this.validation.noisy, shown), clean: picked(this.validation.clean, shown) };
  }

  /** Which epoch the next step belongs to, from 0. */
  get epoch() {
    return Math.floor(this.done / this.batches.length);
  }

  /** Digits of the epoch that are still to be trained on; all of them between two epochs. */
  get leftInEpoch() {
    return this.batches.count - (this.done % this.batches.length) * this.config.batch_size;
  }

  get hasEnded() {
    return this.done >= this.steps;
  }

  /** Takes the next step; returns the loss of its batch before it. */
  step() {
    return this.take(this.nextBatch());
  }

  /** @param {Batch} batch - The next one. */
  take({ noisy, clean }) {
    const rate = learningRate(this.config, this.done, this.steps);
    this.done += 1;
    return this.trainer.step(noisy, clean, rate);
  }

  nextBatch() {
    return this.batches.batch(this.epoch, this.done % this.batches.length);
  }

  /**
   * Takes the next step, and looks at what it changed.
   *
   * @returns {StepChange}
   */
  stepInDetail() {
    const [batch, before] = [this.nextBatch(), this.trainer.tensors()];
    const loss = this.take(batch);
    const after = this.trainer.tensors();
    // As it denoises, both times: while it learns, batches are normalized otherwise.
    const [errorBefore, errorAfter] = [before, after].map((tensors) => {
      this.network.load(tensors);
      return this.error(batch);
    });
    return { loss, errorBefore, errorAfter, moved: movedShares(before, after) };
  }

  /** Returns the MSE on the validation digits with the weights of now. */
  validate() {
    this.network.load(this.trainer.tensors());
    return this.error(this.validation);
  }

  /** Returns what the network makes of the digits that are shown, 28x28 grey levels each. */
  samples() {
    this.network.load(this.trainer.tensors());
    const samples = new Uint8Array(this.shown.noisy.length);
    this.inParts(this.shown.noisy, (answers, from) => samples.set(greys(answers), from));
    return samples;
  }

  /** @param {Batch} batch - @returns {number} Its MSE, with the weights that the network was given last. */
  error({ noisy, clean }) {
    let total = 0;
    this.inParts(noisy, (answers, from) =>
      answers.forEach((answer, i) => (total += (answer - clean[from + i]) ** 2)),
    );
    return total / noisy.length;
  }

  /** @param {Float32Array} noisy @param {(answers: Float32Array, from: number) => void} take */
  inParts(noisy, take) {
    const atOnce = VALIDATED_AT_ONCE * this.network.plan.input.size;
    for (let from = 0; from < noisy.length; from += atOnce)
      take(this.network.run(noisy.subarray(from, from + atOnce)), from);
  }

  /** Returns all that changes while it trains. */
  state() {
    return { done: this.done, trainer: this.trainer.state() };
  }

  /** @param {ReturnType<DeviceTraining["state"]>} state */
  restore({ done, trainer }) {
    this.done = done;
    this.trainer.restore(trainer);
  }
}

/** @param {Float32Array} pictures @param {number[]} places */
function picked(pictures, places) {
  const found = new Float32Array(places.length * PIXELS);
  places.forEach((place, i) =>
    found.set(pictures.subarray(place * PIXELS, (place + 1) * PIXELS), i * PIXELS),
  );
  return found;
}

/** Returns pictures in [0, 1] as grey levels. @param {Float32Array} pictures */
export function greys(pictures) {
  const rounded = Uint8ClampedArray.from(pictures, (pixel) => pixel * 255); // such an array rounds
  return new Uint8Array(rounded.buffer);
}

/**
 * @param {Record<string, Tensor<Float32Array>>} before
 * @param {Record<string, Tensor<Float32Array>>} after
 * @returns {StepChange["moved"]}
 */
function movedShares(before, after) {
  const kernels = Object.keys(before).filter((name) => name.endsWith(".kernel"));
  return kernels.map((name) => {
    const [old, now] = [before[name].data, after[name].data];
    const distance = old.reduce((sum, weight, i) => sum + (now[i] - weight) ** 2, 0);
    const size = old.reduce((sum, weight) => sum + weight ** 2, 0);
    return [name.slice(0, -".kernel".length), Math.sqrt(distance / size)];
  });
}
