// Trainings kept in the browser (IndexedDB), so that a reload or a closed lid loses at most an epoch.
//
// A browser may refuse to keep anything, in a private window or for want of room: then trainings are
// kept in memory while the page is open, and `isKept` says so.
/** @import { Epoch, LoopState } from "./training_loop.js" */
/** @import { TrainConfig } from "./batches.js" */
/** @import { Tensor } from "./types.js" */

const NAME = "denoising-lab";
const VERSION = 1;
const [RUNS, SNAPSHOTS] = ["runs", "snapshots"];

/**
 * @typedef {object} DeviceRecord - A training on this device.
 * @property {string} id
 * @property {string} name
 * @property {number} begun - Milliseconds since 1970.
 * @property {TrainConfig} config
 * @property {"running" | "paused" | "ended" | "diverged" | "failed"} status
 * @property {Epoch[]} history
 * @property {number[]} losses - Of each step.
 * @property {LoopState | null} state - Where it is; null before its first epoch has ended.
 *
 * @typedef {Record<string, Tensor<Float32Array>>} Tensors
 *
 * @typedef {object} DeviceStore - Where trainings are kept.
 * @property {boolean} isKept - Also when the page is closed.
 * @property {() => Promise<DeviceRecord[]>} all - The newest first.
 * @property {(record: DeviceRecord) => Promise<void>} keep
 * @property {(id: string, number: number, tensors: Tensors) => Promise<void>} keepSnapshot - Weights
 *   after an epoch, its number from 1.
 * @property {(id: string, number: number) => Promise<Tensors | undefined>} snapshot
 * @property {(id: string) => Promise<void>} remove
 */

/**
 * Opens the trainings of this browser.
 *
 * @returns {Promise<DeviceStore>}
 */
export async function openDeviceStore() {
  try {
    return new KeptStore(await opened());
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
