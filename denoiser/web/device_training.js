// One training on the device, step by step: a config and digits in, losses and weights out.
//
// It can be left after any step and taken up again with the same bits. Knows nothing of pages, workers
// or where anything is kept.
import { learningRate, TrainingBatches, validationBatch } from "./batches.js";
import { Network } from "./network.js";
import { drawnWeights, Trainer } from "./training.js";
/** @import { TrainConfig } from "./batches.js" */
/** @import { LayerNode } from "./graph.js" */
/** @import { NoiseKind } from "./types.js" */

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
 */

export class DeviceTraining {
  /** @param {Task} task */
  constructor({ graph, shapes, config, digits, kinds }) {
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
    const { noisy, clean } = this.batches.batch(this.epoch, this.done % this.batches.length);
    const rate = learningRate(this.config, this.done, this.steps);
    this.done += 1;
    return this.trainer.step(noisy, clean, rate);
  }

  /** Returns the MSE on the validation digits with the weights of now. */
  validate() {
    this.network.load(this.trainer.tensors());
    const { noisy, clean } = this.validation;
    const atOnce = VALIDATED_AT_ONCE * this.network.plan.input.size;
    let total = 0;
    for (let from = 0; from < noisy.length; from += atOnce) {
      const answers = this.network.run(noisy.subarray(from, from + atOnce));
      answers.forEach((answer, i) => (total += (answer - clean[from + i]) ** 2));
    }
    return total / noisy.length;
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
