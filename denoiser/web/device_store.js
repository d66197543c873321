// Trainings kept in the browser (IndexedDB), so that a reload or a closed lid loses at most an epoch.
//
// A browser may refuse to keep anything, in a private window or for want of room: then trainings are
// kept in memory while the page is open, and `isKept` says so.
/** @import { Task } from "./device_training.js" */
/** @import { Reason } from "./divergence.js" */
/** @import { Epoch, LoopState } from "./training_loop.js" */
/** @import { Tensor } from "./types.js" */

const NAME = "denoising-lab";
const VERSION = 1;
const PATIENCE_MS = 3000;
const [RUNS, SNAPSHOTS] = ["runs", "snapshots"];

/**
 * @typedef {Omit<Task, "digits"> & { count: number }} DeviceTask - `count` bundled digits to train on.
 *
 * @typedef {object} DeviceRecord - A training on this device.
 * @property {string} id
 * @property {string} name
 * @property {string} about - Its settings in words.
 * @property {number} begun - Milliseconds since 1970.
 * @property {DeviceTask} task
 * @property {"running" | "paused" | "ended" | "diverged" | "failed"} status
 * @property {Reason | null} reason - Why it diverged.
 * @property {Epoch[]} history
 * @property {number[]} times - When each epoch ended, in seconds since 1970.
 * @property {number[]} losses - Of each step.
 * @property {{ noisy: Uint8Array, clean: Uint8Array } | null} shown - The digits that are shown; null
 *   before it has begun.
 * @property {(Uint8Array | null)[]} samples - What the network made of them before the first epoch and
 *   after each; null for epochs that are not kept.
 * @property {string} run - The id of its run on the lab's computer; "" while it is not kept there.
 * @property {LoopState | null} state - Where it is; null before its first epoch has ended.
 *
 * @typedef {Record<string, Tensor<Float32Array>>} Tensors
 *
 * @typedef {object} DeviceStore - Where trainings are kept.
 * @property {boolean} isKept - Also when the page is closed.
 * @property {() => Promise<DeviceRecord[]>} all - The newest first.
 * @property {(id: string) => Promise<DeviceRecord | undefined>} find
 * @property {(record: DeviceRecord) => Promise<void>} keep
 * @property {(id: string, number: number, tensors: Tensors) => Promise<void>} keepSnapshot - Weights
 *   after an epoch, its number from 1.
 * @property {(id: string, number: number) => Promise<Tensors | undefined>} snapshot
 * @property {(id: string, number: number) => Promise<void>} removeSnapshot
 * @property {(id: string) => Promise<void>} remove
 */

/**
 * Opens the trainings of this browser.
 *
 * @returns {Promise<DeviceStore>}
 */
export async function openDeviceStore() {
  const none = new Promise((/** @type {(none: null) => void} */ resolve) => {
    setTimeout(() => resolve(null), PATIENCE_MS);
  });
  try {
    const database = await Promise.race([opened(), none]); // some browsers never answer
    return database ? new KeptStore(database) : new PassingStore();
  } catch {
    return new PassingStore();
  }
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  const asked = indexedDB.open(NAME, VERSION);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore(RUNS, { keyPath: "id" });
    asked.result.createObjectStore(SNAPSHOTS);
  };
  return answerOf(asked);
}

/**
 * @template T
 * @param {IDBRequest<T>} asked
 * @returns {Promise<T>}
 */
function answerOf(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("the browser keeps nothing"));
  });
}

/** @implements {DeviceStore} */
class KeptStore {
  isKept = true;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  async all() {
    const store = this.database.transaction(RUNS).objectStore(RUNS);
    return newestFirst(await answerOf(store.getAll()));
  }

  /** @param {string} id */
  find(id) {
    return answerOf(this.database.transaction(RUNS).objectStore(RUNS).get(id));
  }

  /** @param {DeviceRecord} record */
  keep(record) {
    return this.write((runs) => runs.put(record));
  }

  /** @param {string} id @param {number} number @param {Tensors} tensors */
  keepSnapshot(id, number, tensors) {
    return this.write((_, snapshots) => snapshots.put(tensors, [id, number]));
  }

  /** @param {string} id @param {number} number */
  snapshot(id, number) {
    return answerOf(this.database.transaction(SNAPSHOTS).objectStore(SNAPSHOTS).get([id, number]));
  }

  /** @param {string} id @param {number} number */
  removeSnapshot(id, number) {
    return this.write((_, snapshots) => snapshots.delete([id, number]));
  }

  /** @param {string} id */
  remove(id) {
    return this.write((runs, snapshots) => {
      runs.delete(id);
      snapshots.delete(IDBKeyRange.bound([id], [id, []]));
    });
  }

  /**
   * Changes both stores as one: all of it is kept, or nothing.
   *
   * @param {(runs: IDBObjectStore, snapshots: IDBObjectStore) => void} change
   * @returns {Promise<void>}
   */
  write(change) {
    const transaction = this.database.transaction([RUNS, SNAPSHOTS], "readwrite");
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("there is no room to keep it"));
      try {
        change(transaction.objectStore(RUNS), transaction.objectStore(SNAPSHOTS));
      } catch (error) {
        transaction.abort();
        reject(error);
      }
    });
  }
}

/** @implements {DeviceStore} */
class PassingStore {
  isKept = false;
  /** @type {Map<string, DeviceRecord>} */
  records = new Map();
  /** @type {Map<string, Tensors>} */
  snapshots = new Map();

  async all() {
    return newestFirst([...this.records.values()]);
  }

  /** @param {string} id */
  async find(id) {
    return this.records.get(id);
  }

  /** @param {DeviceRecord} record */
  async keep(record) {
    this.records.set(record.id, structuredClone(record));
  }

  /** @param {string} id @param {number} number @param {Tensors} tensors */
  async keepSnapshot(id, number, tensors) {
    this.snapshots.set(`${id} ${number}`, tensors);
  }

  /** @param {string} id @param {number} number */
  async snapshot(id, number) {
    return this.snapshots.get(`${id} ${number}`);
  }

  /** @param {string} id @param {number} number */
  async removeSnapshot(id, number) {
    this.snapshots.delete(`${id} ${number}`);
  }

  /** @param {string} id */
  async remove(id) {
    this.records.delete(id);
    for (const key of [...this.snapshots.keys()]) if (key.startsWith(`${id} `)) this.snapshots.delete(key);
  }
}

/** @param {DeviceRecord[]} records */
function newestFirst(records) {
  return records.sort((one, other) => other.begun - one.begun);
}
