// The trainings of this tab, the same ones for all components on all pages.
//
// Each component's script is a module of its own, so the lab lies where all of them find it: on
// globalThis. It knows which trainings there are, lets one of them train at a time, and tells whoever
// follows one. Knows nothing of what is drawn.
import { DeviceRun, leftOff } from "./device_run.js";
import { openDeviceStore } from "./device_store.js";
import { bestEpoch, newId, summaryOf, withDigits } from "./device_records.js";
import { DeviceTabs } from "./device_tabs.js";
import { DeviceWorkers } from "./device_workers.js";
/** @import { DeviceRecord, DeviceStore, DeviceTask, Tensors } from "./device_store.js" */
/** @import { Summary } from "./device_records.js" */

const KEY = "denoisingLab";
const TELL_MS = 60; // followers hear of changes as often
const LIVE_MS = 60; // weights rest between two asks, beside the time that an answer takes

/**
 * @typedef {{ record: DeviceRecord, run: DeviceRun | undefined, isElsewhere: boolean }} Followed - `run`
 *   where it has had a worker since the page was opened; `isElsewhere` where another tab has it.
 * @typedef {(followed: Followed | null) => void} Follower - null where there is no such training.
 * @typedef {{ tensors: Tensors, samples: Uint8Array | null }} Given - `samples` while it has a worker.
 * @typedef {(given: Given, record: DeviceRecord) => void} WeightsFollower
 */

/** @returns {DeviceLab} */
export function deviceLab() {
  const shared = /** @type {Record<string, unknown>} */ (globalThis);
  return /** @type {DeviceLab} */ (shared[KEY] ??= new DeviceLab());
}

export class DeviceLab {
  /** @param {Promise<DeviceStore>} store */
  constructor(store = openDeviceStore()) {
    this.store = store;
    this.workers = new DeviceWorkers();
    this.tabs = new DeviceTabs({
      isMine: (id) => this.opening.has(id) || (this.runs.get(id)?.isOpen ?? false),
      changed: (id) => void this.renew(id),
      kept: (id) => void this.renew(id),
      removed: (id) => this.forget(id),
    });
    /** @type {Map<string, DeviceRecord>} */
    this.records = new Map(); // that are open
    /** @type {Map<string, Summary>} */
    this.summaries = new Map();
    /** @type {Promise<void> | undefined} */
    this.loaded = undefined;
    /** @type {Map<string, Promise<DeviceRun>>} */
    this.opening = new Map(); // that get a worker now
    /** @type {Map<string, DeviceRun>} */
    this.runs = new Map(); // that have had a worker since the page was opened
    /** @type {Map<string, Set<Follower>>} */
    this.followers = new Map();
    /** @type {Map<string, Set<WeightsFollower>>} */
    this.weightsFollowers = new Map();
    /** @type {Set<() => void>} */
    this.listFollowers = new Set();
    /** @type {Map<string, number>} */
    this.toldAt = new Map();
    /** @type {Set<string>} */
    this.telling = new Set();
    /** @type {Map<string, boolean>} */
    this.feeding = new Map(); // true where there is something new meanwhile
    addEventListener("pagehide", () => {
      for (const [id, run] of this.runs) if (run.isOpen) this.tabs.tell("free", id);
    });
  }

  /**
   * Begins a training; another one that runs waits from now on.
   *
   * @param {DeviceTask} task
   * @param {string} name
   * @param {string} about - Its settings in words.
   * @returns {string} Its id.
   */
  start(task, name, about) {
    const id = newId();
    /** @type {DeviceRecord} */
    const record = {
      ...{ id, name, about, task, begun: Date.now(), status: "running", reason: null, state: null },
      ...{ history: [], times: [], losses: [], shown: null, samples: [], run: "" },
    };
    this.records.set(id, record);
    this.train(record);
    return id;
  }

  /**
   * Gives a training a worker, once.
   *
   * @param {DeviceRecord} record
   */
  train(record) {
    const { id } = record;
    const open = this.opening.get(id) ?? this.opened(record).finally(() => this.opening.delete(id));
    this.opening.set(id, open);
    return open;
  }

  /** @param {DeviceRecord} record - Not yet in training. */
  async opened(record) {
    const isFirst = record.losses.length === 0;
    const [store, { digits }, worker] = await Promise.all([
      this.store,
      this.workers.supplies,
      this.workers.take(),
      this.setAside(record.id),
    ]);
    const task = withDigits(record.task, digits);
    const run = new DeviceRun(worker, task, record, store, () => this.tell(record.id));
    run.whenKept = () => this.tabs.tell("kept", record.id);
    this.runs.set(record.id, run);
    if (isFirst) run.keep();
    this.tell(record.id);
    return run;
  }

  /** Lets all others wait, and keeps where they are. @param {string} id */
  async setAside(id) {
    const others = [...this.runs].filter(([other, run]) => other !== id && run.isOpen);
    await Promise.all(
      others.map(async ([other, run]) => {
        run.pause();
        await run.weights(); // heard after all that was told before
        await run.kept;
        run.close();
        this.runs.delete(other);
        this.tabs.tell("free", other);
        this.tell(other);
      }),
    );
  }

  /**
   * Opens a training that was left, or returns the one that is open.
   *
   * @param {string} id
   * @returns {Promise<DeviceRecord | undefined>}
   */
  async open(id) {
    const kept = this.records.get(id) ?? (await (await this.store).find(id));
    const open = this.records.get(id); // another component may have been faster
    if (open || !kept) return open;
    const isElsewhere = await this.tabs.find(id);
    const record = this.records.get(id) ?? (isElsewhere ? kept : leftOff(kept));
    this.records.set(id, record);
    return record;
  }

  /** Takes over how a training stands, where another tab has it or had it. @param {string} id */
  async renew(id) {
    if (this.runs.get(id)?.isOpen) return;
    const record = await (await this.store).find(id);
    if (!record || this.runs.get(id)?.isOpen) return;
    this.records.set(id, this.tabs.have(id) ? record : leftOff(record));
    this.tell(id);
  }

  /** Lets go of what another tab has removed. @param {string} id */
  forget(id) {
    const run = this.runs.get(id);
    run?.close();
    this.runs.delete(id);
    this.records.delete(id);
    this.summaries.delete(id);
    this.tell(id);
  }

  /** Returns all trainings as a list shows them, the newest first. */
  async all() {
    this.loaded ??= this.loadSummaries();
    await this.loaded;
    return [...this.summaries.values()].sort((one, other) => other.begun - one.begun);
  }

  async loadSummaries() {
    for (const record of await (await this.store).all())
      if (!this.summaries.has(record.id)) this.summaries.set(record.id, summaryOf(leftOff(record)));
  }

  // --- what a visitor does ---

  /** @param {string} id */
  async resume(id) {
    const run = await this.running(id);
    if (run) await this.setAside(id);
    run?.resume();
  }

  /** @param {string} id */
  pause(id) {
    this.runs.get(id)?.pause();
  }

  /** Takes one step of a training that waits. @param {string} id */
  async step(id) {
    (await this.running(id))?.step();
  }

  /**
   * Returns a training with its worker; undefined where another tab has it.
   *
   * @param {string} id
   * @returns {Promise<DeviceRun | undefined>}
   */
  async running(id) {
    const record = await this.open(id);
    const run = this.runs.get(id);
    if (run?.isOpen) return run;
    if (await this.tabs.find(id)) return undefined;
    return this.runs.get(id) ?? (record && this.train(this.records.get(id) ?? record));
  }

  /** @param {string} id @param {Partial<Pick<DeviceRecord, "name" | "about" | "run">>} changes */
  async change(id, changes) {
    const record = await this.open(id);
    if (!record) return;
    Object.assign(record, changes);
    const run = this.runs.get(id);
    if (run) run.keep();
    else {
      await (await this.store).keep(record).catch(() => {});
      this.tabs.tell("kept", id);
    }
    this.tell(id);
  }

  /** @param {string} id */
  async remove(id) {
    const run = this.runs.get(id);
    if (!run?.isOpen && (await this.tabs.find(id))) return; // it is the other tab's
    this.forget(id);
    await run?.kept;
    await (await this.store).remove(id);
    this.tabs.tell("removed", id);
  }

  // --- those who follow ---

  /**
   * Tells a follower how a training stands, now and whenever it changes.
   *
   * @param {string} id
   * @param {Follower} follower
   * @returns {() => void} Ends it.
   */
  follow(id, follower) {
    const stop = added(this.followers, id, follower);
    this.open(id).then(() => this.tell(id));
    return stop;
  }

  /**
   * Hands a follower a training's weights, now and, while it learns, again and again.
   *
   * @param {string} id
   * @param {WeightsFollower} follower
   * @returns {() => void} Ends it.
   */
  followWeights(id, follower) {
    const stop = added(this.weightsFollowers, id, follower);
    this.open(id).then(() => this.feed(id));
    return stop;
  }

  /** Tells a follower that the list of trainings is another. @param {() => void} follower */
  followList(follower) {
    this.listFollowers.add(follower);
    return () => this.listFollowers.delete(follower);
  }

  /** @param {string} id */
  tell(id) {
    if (this.telling.has(id)) return;
    this.telling.add(id);
    const rested = performance.now() - (this.toldAt.get(id) ?? -TELL_MS);
    setTimeout(
      () => {
        this.toldAt.set(id, performance.now());
        this.telling.delete(id);
        const record = this.records.get(id);
        if (record) this.summaries.set(id, summaryOf(record));
        const followed = record
          ? {
              record,
              run: this.runs.get(id),
              isElsewhere: this.tabs.have(id),
            }
          : null;
        for (const follower of this.followers.get(id) ?? []) follower(followed);
        for (const follower of this.listFollowers) follower();
        this.feed(id);
      },
      TELL_MS - Math.min(TELL_MS, rested),
    );
  }

  /** Hands out weights; the next ones only once these were taken. @param {string} id */
  async feed(id) {
    const followers = this.weightsFollowers.get(id);
    const record = this.records.get(id);
    if (!followers?.size || !record) return;
    if (this.feeding.has(id)) {
      this.feeding.set(id, true);
      return;
    }
    this.feeding.set(id, false);
    const given = await this.weights(record);
    if (given) for (const follower of followers) follower(given, record);
    setTimeout(() => {
      const isStale = this.feeding.get(id);
      this.feeding.delete(id);
      if (isStale) this.feed(id);
    }, LIVE_MS);
  }

  /**
   * Returns the newest weights of a training, those of the best epoch where it went astray since.
   *
   * @param {DeviceRecord} record
   * @returns {Promise<Given | undefined>}
   */
  async weights(record) {
    const run = this.runs.get(record.id);
    if (run && ["running", "paused"].includes(record.status)) {
      const weights = await run.weights();
      if (weights) return weights;
    }
    if (record.status !== "diverged" && record.state)
      return { tensors: record.state.training.trainer.tensors, samples: null };
    const tensors = await this.snapshot(record.id, bestEpoch(record));
    return tensors && { tensors, samples: null };
  }

  /**
   * @param {string} id
   * @param {number} epoch - From 1.
   * @returns {Promise<Tensors | undefined>} The weights after an epoch, where they are kept.
   */
  async snapshot(id, epoch) {
    return (await this.store).snapshot(id, epoch);
  }
}

/**
 * @template Listener @param {Map<string, Set<Listener>>} listeners @param {string} id
 * @param {Listener} listener
 */
function added(listeners, id, listener) {
  const those = listeners.get(id) ?? new Set();
  listeners.set(id, those.add(listener));
  return () => void those.delete(listener);
}
