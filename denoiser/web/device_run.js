// One training on the device as a page has it: its worker, its record, and where that is kept.
//
// The record is what a page shows; it changes while the worker tells what happens. It is kept after
// each epoch, when the page is hidden, and when the training waits or ends.
/** @import { DeviceRecord, DeviceStore, Tensors } from "./device_store.js" */
/** @import { Task } from "./device_training.js" */
/** @import { Ask, Start, Told } from "./training_worker.js" */

const NOT_STARTED = "the worker did not start";

export class DeviceRun {
  /**
   * @param {string} source - JavaScript of the worker: training_worker.js and all that it imports.
   * @param {Task} task
   * @param {DeviceRecord} record - A new one, or one that was left.
   * @param {DeviceStore} store
   * @param {(run: DeviceRun) => void} changed - Called whenever the record is another.
   */
  constructor(source, task, record, store, changed) {
    this.record = record;
    this.store = store;
    this.changed = changed;
    this.isKept = store.isKept; // false from the first time that it could not be kept
    this.kept = Promise.resolve(); // once all is kept that was to be kept
    this.problem = ""; // why it failed
    /** @type {((tensors: Tensors) => void)[]} */
    this.awaiting = [];
    this.worker = workerOf(source);
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
    this.ask("resume");
    this.changed(this);
  }

  /** Takes one step while it waits. */
  step() {
    if (this.record.status === "paused") this.ask("step");
  }

  /**
   * Returns the weights of now.
   *
   * @returns {Promise<Tensors>}
   */
  weights() {
    return new Promise((resolve) => {
      this.awaiting.push(resolve);
      this.ask("weights");
    });
  }

  /** Lets go of the worker; what was kept stays. */
  close() {
    document.removeEventListener("visibilitychange", this.hiding);
    this.worker.terminate();
  }

  /** @param {Told} told */
  hear(told) {
    const { record } = this;
    switch (told.event) {
      case "steps":
        record.losses.push(...told.losses);
        break;
      case "epoch":
        record.history.push(told.epoch);
        record.state = told.state;
        this.keep(() => this.store.keepSnapshot(record.id, told.number, told.tensors));
        break;
      case "state":
        record.state = told.state;
        this.keep();
        return;
      case "weights":
        for (const resolve of this.awaiting.splice(0)) resolve(told.tensors);
        return;
      case "failed":
        this.fail(told.problem);
        return;
      default:
        record.status = told.event;
        this.keep();
        this.close();
    }
    this.changed(this);
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
   * Keeps the record, after what else there is to be kept, and after all that was to be kept before.
   *
   * @param {() => Promise<void>} [first]
   */
  keep(first) {
    const record = { ...this.record };
    this.kept = this.kept
      .then(() => first?.())
      .then(() => this.store.keep(record))
      .catch(() => {
        this.isKept = false;
        this.changed(this);
      });
  }
}

/**
 * Tries how long a training would take on this device.
 *
 * @param {string} source - Of the worker.
 * @param {Task} task
 * @returns {Promise<number>} Seconds.
 */
export async function secondsOnThisDevice(source, task) {
  const worker = workerOf(source);
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) =>
        data.event === "trial" ? resolve(data.seconds) : reject(new Error(data.problem));
      worker.onerror = ({ message }) => reject(new Error(message ?? NOT_STARTED));
      worker.postMessage({ ask: "trial", task });
    });
  } finally {
    worker.terminate();
  }
}

/** @param {string} source - A module's JavaScript. */
function workerOf(source) {
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
  const { state, losses, history, status } = record;
  const done = state?.training.done ?? 0;
  const wasTraining = status === "running" || status === "paused";
  return {
    ...record,
    losses: losses.slice(0, done),
    history: state ? history.slice(0, state.history.length) : [],
    status: wasTraining ? "paused" : status,
  };
}
