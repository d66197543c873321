// One training on the device as a page has it: its worker, its record, and where that is kept.
//
// The record is what a page shows; it changes while the worker tells what happens. It is kept after
// each epoch, when the page is hidden, and when the training waits or ends.
/** @import { DeviceRecord, DeviceStore } from "./device_store.js" */
/** @import { StepChange, Task } from "./device_training.js" */
/** @import { EpochEnded, Steps } from "./training_loop.js" */
/** @import { Ask, Start, Told, Weights } from "./training_worker.js" */

const NOT_STARTED = "the worker did not start";
const KEPT_SNAPSHOTS = 50; // as on the lab's computer
const RECENT_MS = 2000; // that the speed is measured over

export class DeviceRun {
  /**
   * @param {Worker} worker - It trains nothing else.
   * @param {Task} task
   * @param {DeviceRecord} record - A new one, or one that was left.
   * @param {DeviceStore} store
   * @param {(run: DeviceRun) => void} changed - Called whenever the record is another.
   */
  constructor(worker, task, record, store, changed) {
    this.record = record;
    this.store = store;
    this.changed = changed;
    this.whenKept = () => {};
    this.isKept = store.isKept; // false from the first time that it could not be kept
    this.kept = Promise.resolve(); // once all is kept that was to be kept
    this.problem = ""; // why it failed
    this.isOpen = true; // while it has its worker
    this.digitsASecond = 0; // lately
    /** @type {{ at: number, done: number }[]} */
    this.recent = [];
    /** @type {StepChange | null} */
    this.change = null; // what the last step changed, where that was looked at
    /** @type {((weights: Weights | null) => void)[]} */
    this.awaiting = [];
    this.worker = worker;
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = ({ message }) => this.fail(message ?? NOT_STARTED);
    this.hiding = () => document.hidden && this.ask("state");
    document.addEventListener("visibilitychange", this.hiding);
    const isPaused = record.status === "paused";
    this.send({ ask: "start", task, state: record.state ?? undefined, isPaused });
  }

  /** @param {Start | Ask} message */
  send(message) {
    this.worker.postMessage(message);
  }

  /** @param {Ask["ask"]} ask */
  ask(ask) {
    this.send({ ask });
  }

  pause() {
    if (this.record.status !== "running") return;
    this.record.status = "paused";
    this.ask("pause");
    this.ask("state");
    this.changed(this);
  }

  resume() {
    if (this.record.status !== "paused") return;
    this.record.status = "running";
    this.recent = [];
    this.change = null;
    this.ask("resume");
    this.changed(this);
  }

  /** Takes one step while it waits, and keeps where it is then. */
  step() {
    if (this.record.status !== "paused") return;
    this.ask("step");
    this.ask("state");
  }

  /**
   * Returns the weights of now; null once it has ended.
   *
   * @returns {Promise<Weights | null>}
   */
  weights() {
    if (!this.isOpen) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.awaiting.push(resolve);
      this.ask("weights");
    });
  }

  /** Lets go of the worker; what was kept stays. */
  close() {
    this.isOpen = false;
    document.removeEventListener("visibilitychange", this.hiding);
    this.worker.terminate();
    for (const resolve of this.awaiting.splice(0)) resolve(null);
  }

  /** @param {Told} told */
  hear(told) {
    const { record } = this;
    switch (told.event) {
      case "began":
        record.shown = told.shown;
        record.samples = [told.samples];
        break;
      case "steps":
        this.hearSteps(told);
        break;
      case "epoch":
        record.history.push(told.epoch);
        record.run = ""; // what was kept is not the newest any more
        record.times.push(Date.now() / 1000);
        record.samples.push(told.samples);
        record.state = told.state;
        this.keep(() => this.keepSnapshot(told));
        break;
      case "state":
        record.state = told.state;
        this.keep();
        return;
      case "weights":
        for (const resolve of this.awaiting.splice(0)) resolve(told);
        return;
      case "failed":
        this.fail(told.problem);
        return;
      default:
        record.status = told.event;
        record.reason = told.event === "diverged" ? told.reason : null;
        this.keep();
        this.close();
    }
    this.changed(this);
  }

  /** @param {Steps} told */
  hearSteps({ losses, done, change }) {
    const [at, { record, recent }] = [performance.now(), this];
    this.change = change ?? null;
    record.losses.push(...losses);
    recent.push({ at, done });
    while (at - recent[0].at > RECENT_MS) recent.shift();
    const took = (at - recent[0].at) / 1000;
    const steps = done - recent[0].done;
    this.digitsASecond = took > 0 ? (steps * record.task.config.batch_size) / took : 0;
  }

  /** @param {string} problem */
  fail(problem) {
    this.record.status = "failed";
    this.problem = problem;
    this.keep();
    this.close();
    this.changed(this);
  }

  /**
   * Keeps an epoch's weights; of a long training some, evenly spread, the best and the newest.
   *
   * @param {EpochEnded} told
   */
  async keepSnapshot({ number, tensors }) {
    const { id, task, history, samples } = this.record;
    await this.store.keepSnapshot(id, number, tensors);
    const stride = Math.ceil(task.config.epochs / KEPT_SNAPSHOTS);
    const best = Math.min(...history.map((epoch) => epoch.val_loss));
    for (let other = 1; other < number; other++) {
      if (!samples[other] || other % stride === 0 || history[other - 1].val_loss === best) continue;
      samples[other] = null;
      await this.store.removeSnapshot(id, other);
    }
  }

  /**
   * Keeps the record, after what else there is to be kept, and after all that was to be kept before.
   *
   * @param {() => Promise<void>} [first]
   */
  keep(first) {
    const record = { ...this.record };
    this.kept = this.kept
      .then(() => first?.())
      .then(() => this.store.keep(record))
      .then(() => this.whenKept())
      .catch(() => {
        this.isKept = false;
        this.changed(this);
      });
  }
}

/**
 * Tries how long a training would take on this device.
 *
 * @param {Worker} worker - It trains nothing yet; it can be used for a training afterwards.
 * @param {Task} task
 * @returns {Promise<number>} Seconds.
 */
export function secondsOnThisDevice(worker, task) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) =>
      data.event === "trial" ? resolve(data.seconds) : reject(new Error(data.problem));
    worker.onerror = ({ message }) => reject(new Error(message ?? NOT_STARTED));
    worker.postMessage({ ask: "trial", task });
  });
}

/**
 * Starts a worker.
 *
 * @param {string} source - A module's JavaScript: training_worker.js and all that it imports.
 */
export function workerOf(source) {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  URL.revokeObjectURL(url);
  return worker;
}

/**
 * Cuts a record back to where its training goes on after the page was closed in the middle of an epoch.
 *
 * @param {DeviceRecord} record
 * @returns {DeviceRecord}
 */
export function leftOff(record) {
  const { state, losses, history, samples, times, status } = record;
  const [done, epochs] = [state?.training.done ?? 0, state?.history.length ?? 0];
  const wasTraining = status === "running" || status === "paused";
  return {
    ...record,
    losses: losses.slice(0, done),
    history: history.slice(0, epochs),
    times: times.slice(0, epochs),
    samples: samples.slice(0, epochs + 1),
    status: wasTraining ? "paused" : status,
  };
}
