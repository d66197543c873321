// The workers in which trainings of this device are done, and the digits that they train on.
//
// Python sends both once. Knows no trainings.
import { secondsOnThisDevice, workerOf } from "./device_run.js";
import { decompressed, withDigits } from "./device_records.js";
import { bytesOf, parse } from "./safetensors.js";
/** @import { DeviceTask } from "./device_store.js" */
/** @import { Task } from "./device_training.js" */

/**
 * @typedef {{ worker: string, digits: Task["digits"] }} Supplies - The worker's source, and all bundled
 *   digits.
 */

export class DeviceWorkers {
  constructor() {
    /** @type {Worker | null} */
    this.spare = null; // one that trains nothing and is warm
    /** @type {(supplies: Supplies) => void} */
    this.resolveSupplies = () => {};
    /** @type {(reason: unknown) => void} */
    this.rejectSupplies = () => {};
    /** @type {Promise<Supplies>} */
    this.supplies = new Promise((resolve, reject) => {
      Object.assign(this, { resolveSupplies: resolve, rejectSupplies: reject });
    });
    this.supplies.catch(() => {}); // who needs them hears of it
  }

  /**
   * Takes what trainings need: the worker's source and the digits, as Python sends them.
   *
   * @param {Uint8Array} bytes - A container; its digits are compressed by gzip.
   */
  async supply(bytes) {
    try {
      const { metadata, tensors } = parse(bytes);
      const [train, validation] = await Promise.all(
        ["train", "validation"].map((name) => decompressed(bytesOf(tensors[name]))),
      );
      this.resolveSupplies({ worker: metadata.worker, digits: { train, validation } });
    } catch (error) {
      this.rejectSupplies(error);
    }
  }

  /** Whether this browser can train at all: one may have no workers, and not read the digits. */
  async canTrain() {
    return this.take().then(
      (worker) => {
        this.spare ??= worker;
        if (this.spare !== worker) worker.terminate();
        return true;
      },
      () => false,
    );
  }

  /**
   * Tries how long a training would take here.
   *
   * @param {DeviceTask} task
   * @returns {Promise<number>} Seconds.
   */
  async seconds(task) {
    const { digits } = await this.supplies;
    const worker = await this.take();
    try {
      const seconds = await secondsOnThisDevice(worker, withDigits(task, digits));
      this.spare?.terminate();
      this.spare = worker; // a training begins sooner with it
      return seconds;
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  /** @returns {Promise<Worker>} One that trains nothing. */
  async take() {
    const { worker: source } = await this.supplies;
    const { spare } = this;
    this.spare = null;
    return spare ?? workerOf(source);
  }
}
