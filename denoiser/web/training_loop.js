// A training on the device as it goes on: in slices, so that it hears what it is told in between.
//
// It tells what happens: each slice's losses, each epoch's losses with the weights after it, and how it
// ended. Knows nothing of workers or pages, nor where anything is kept.
import { DeviceTraining, greys } from "./device_training.js";
import { Divergence } from "./divergence.js";
/** @import { StepChange, Task } from "./device_training.js" */
/** @import { Reason } from "./divergence.js" */
/** @import { Tensor } from "./types.js" */

/**
 * @typedef {object} Epoch - What was measured in one.
 * @property {number} loss - Mean over its digits.
 * @property {number} val_loss
 *
 * @typedef {object} LoopState - All that is needed to go on from here with the same bits.
 * @property {ReturnType<DeviceTraining["state"]>} training
 * @property {Epoch[]} history
 * @property {{ sum: number, count: number }} epoch - Of the epoch that has begun.
 *
 * @typedef {{ event: "steps", done: number, steps: number, losses: number[],
 *   change?: StepChange }} Steps - Losses of the
 *   batches since the last time; of a single step also what it changed.
 * @typedef {{ event: "began", shown: { noisy: Uint8Array, clean: Uint8Array }, samples: Uint8Array }}
 *   Began - The digits that are shown, and what it makes of them at first.
 * @typedef {{ event: "epoch", number: number, epoch: Epoch, samples: Uint8Array,
 *   tensors: Record<string, Tensor<Float32Array>>, state: LoopState }} EpochEnded - `number` is from 1.
 * @typedef {{ event: "ended" } | { event: "diverged", done: number, reason: Reason }} Ended
 */

export class TrainingLoop {
  /**
   * @param {Task} task
   * @param {(event: Began | Steps | EpochEnded | Ended) => void} tell
   * @param {LoopState} [state] - Where it was left.
   */
  constructor(task, tell, state) {
    this.tell = tell;
    this.training = new DeviceTraining(task);
    /** @type {Epoch[]} */
    this.history = [];
    this.epoch = { sum: 0, count: 0 };
    this.divergence = new Divergence();
    this.isPaused = false;
    this.hasEnded = false;
    if (state) this.restore(state);
    else this.begin();
  }

  begin() {
    const { noisy, clean } = this.training.shown;
    const shown = { noisy: greys(noisy), clean: greys(clean) };
    this.tell({ event: "began", shown, samples: this.training.samples() });
  }

  /** Whether there is something to do now. */
  get isRunning() {
    return !this.isPaused && !this.hasEnded;
  }

  /**
   * Trains for a while, at least one step.
   *
   * @param {number} milliseconds
   */
  slice(milliseconds) {
    const until = performance.now() + milliseconds;
    /** @type {number[]} */
    const losses = [];
    do this.take(losses);
    while (this.isRunning && performance.now() < until);
    this.tellSteps(losses);
  }

  /** Takes a single step, also while it is paused. */
  step() {
    if (this.hasEnded) return;
    const digits = this.digitsOfNext;
    const change = this.training.stepInDetail();
    const { done, steps } = this.training;
    this.tell({ event: "steps", done, steps, losses: [change.loss], change });
    this.note(change.loss, digits, []);
  }

  get digitsOfNext() {
    return Math.min(this.training.config.batch_size, this.training.leftInEpoch);
  }

  /** @param {number[]} losses - Gets the loss of the step's batch. */
  take(losses) {
    const digits = this.digitsOfNext;
    const loss = this.training.step();
    losses.push(loss);
    this.note(loss, digits, losses);
  }

  /**
   * Notes what a step has brought.
   *
   * @param {number} loss
   * @param {number} digits - It was trained on.
   * @param {number[]} losses - That are to be told first.
   */
  note(loss, digits, losses) {
    const { training } = this;
    const reason = this.divergence.reason(loss);
    if (reason) {
      this.end(losses, { event: "diverged", done: training.done, reason });
      return;
    }
    this.epoch.sum += loss * digits;
    this.epoch.count += digits;
    if (training.leftInEpoch === training.batches.count) this.endEpoch(losses);
  }

  /** @param {number[]} losses */
  endEpoch(losses) {
    const epoch = { loss: this.epoch.sum / this.epoch.count, val_loss: this.training.validate() };
    this.history.push(epoch);
    this.epoch = { sum: 0, count: 0 };
    this.tellSteps(losses);
    const state = this.state();
    const { tensors } = state.training.trainer;
    const samples = this.training.samples();
    this.tell({ event: "epoch", number: this.history.length, epoch, samples, tensors, state });
    const reason = this.divergence.reasonAfterEpoch(epoch.val_loss, samples);
    if (reason) this.end(losses, { event: "diverged", done: this.training.done, reason });
    else if (this.training.hasEnded) this.end(losses, { event: "ended" });
  }

  /** @param {number[]} losses @param {Ended} ended */
  end(losses, ended) {
    this.tellSteps(losses);
    this.hasEnded = true;
    this.tell(ended);
  }

  /** @param {number[]} losses - Emptied. */
  tellSteps(losses) {
    if (losses.length === 0) return;
    const { done, steps } = this.training;
    this.tell({ event: "steps", done, steps, losses: losses.splice(0) });
  }

  /** @returns {LoopState} */
  state() {
    return { training: this.training.state(), history: [...this.history], epoch: { ...this.epoch } };
  }

  /** @param {LoopState} state */
  restore({ training, history, epoch }) {
    this.training.restore(training);
    this.history = [...history];
    this.epoch = { ...epoch };
    this.hasEnded = this.training.hasEnded;
  }
}
