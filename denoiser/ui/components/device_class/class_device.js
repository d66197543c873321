// What this tab trains for its class: begun, stopped and taken up again as the teacher wishes.
//
// There is one for the whole tab, as there is one lab, so that it goes on while pages change. Which
// training of the class is which one on this device it remembers in the tab, so that a reload finds it
// again and nothing begins twice. Knows nothing of what is drawn, nor how reports are sent.
import { deviceLab } from "../../../web/device_lab.js";
import { decompressed } from "../../../web/device_records.js";
import { nextReport } from "./reports.js";
/** @import { DeviceLab, Followed } from "../../../web/device_lab.js" */
/** @import { DeviceTask } from "../../../web/device_store.js" */
/** @import { ClassNewsData } from "../types.js" */
/** @import { Report } from "./reports.js" */

const LAB_KEY = "denoisingLabOfClass";
const MEMORY_KEY = "denoising-lab-class";
const EVERY_MS = 1000; // at most one report
const PATIENCE_MS = 3000; // before one that nobody has answered is made again
const NOTHING = { number: 0, reports: 0, x: 0, epoch: 0, status: "" };

/**
 * @typedef {Pick<ClassNewsData, "code" | "number" | "wish" | "share" | "received">} Wishes
 * @typedef {Pick<Storage, "getItem" | "setItem">} Memory
 */

/** @returns {ClassDevice} */
export function classDevice() {
  const shared = /** @type {Record<string, unknown>} */ (globalThis);
  return /** @type {ClassDevice} */ (shared[LAB_KEY] ??= new ClassDevice(deviceLab(), tabMemory()));
}

export class ClassDevice {
  /** @param {DeviceLab} lab @param {Memory} memory - Of this tab. */
  constructor(lab, memory) {
    this.lab = lab;
    this.memory = memory;
    this.code = "";
    this.number = 0; // of the class's training; 0 for none
    this.id = ""; // of the training on this device; "" before it has begun
    this.wish = "";
    this.isDue = false; // whether the wish is still to be fulfilled
    this.hasSupplies = false;
    this.isUnable = false;
    /** @type {Followed | null} */
    this.followed = null;
    this.stopFollowing = () => {};
    this.received = NOTHING;
    this.isAwaited = false; // the answer to a report
    this.sentAt = -Infinity;
    this.announced = ""; // to a screen reader: once, though pages change
    /** @type {Wishes | null} */
    this.newest = null;
    this.turn = this.lookAround();
  }

  /** Finds out whether this browser can train, once it has what that needs. */
  async lookAround() {
    this.isUnable = !(await this.lab.workers.canTrain());
    this.hasSupplies = true;
  }

  /** Takes what the teacher wishes, and what has come of the reports. @param {Wishes} wishes */
  hear(wishes) {
    const { received } = wishes;
    this.newest = wishes;
    if (received.number === this.number) {
      if (received.reports !== this.received.reports) this.isAwaited = false;
      this.received = received;
    }
    this.turn = this.turn.then(() => this.take(wishes)).catch(() => {});
    return this.turn;
  }

  /** @param {Wishes} wishes */
  async take(wishes) {
    if (wishes !== this.newest) return; // meanwhile there are others
    const { code, number, share, wish } = wishes;
    if (number && (number !== this.number || code !== this.code)) await this.change(code, number);
    const now = number ? wish : "stopped"; // what is over waits, and stays the visitor's
    this.number = number;
    if (now === "running" && !this.id && share?.task && !this.isUnable) await this.begin(share);
    if (now !== this.wish) Object.assign(this, { wish: now, isDue: true });
    this.fulfil();
  }

  /** Turns to another training of the class. @param {string} code @param {number} number */
  async change(code, number) {
    this.stopFollowing();
    Object.assign(this, { code, number, id: "", wish: "", isDue: false, followed: null });
    Object.assign(this, { received: { ...NOTHING, number }, isAwaited: false });
    const known = remembered(this.memory, code, number);
    if (known && (await this.lab.open(known))) this.follow(known);
  }

  /** @param {NonNullable<ClassNewsData["share"]>} share */
  async begin({ task, name, about }) {
    const id = this.lab.start(await unpacked(task), name, about);
    remember(this.memory, { code: this.code, number: this.number, id });
    this.wish = "running";
    this.follow(id);
  }

  /** @param {string} id */
  follow(id) {
    this.id = id;
    this.stopFollowing = this.lab.follow(id, (followed) => {
      this.followed = followed;
      this.fulfil();
    });
  }

  /** Does what the teacher wishes, once it can be done: a training that begins has no worker yet. */
  fulfil() {
    const { followed, id, isDue, lab, wish } = this;
    if (!isDue || !followed) return;
    const { record, run } = followed;
    if (wish === "stopped" && record.status === "running" && !run) return;
    this.isDue = false;
    if (wish === "stopped") lab.pause(id);
    else if (record.status === "paused") lab.resume(id);
  }

  /**
   * Returns what is to be reported now; null for nothing.
   *
   * @param {number} now - Milliseconds.
   * @returns {Report | null}
   */
  report(now) {
    const { followed, isAwaited, number, received, sentAt } = this;
    if (!number || now - sentAt < (isAwaited ? PATIENCE_MS : EVERY_MS)) return null;
    const found = this.isUnable
      ? unable(number, received.status)
      : followed && nextReport(number, followed.record, received);
    if (found) Object.assign(this, { sentAt: now, isAwaited: true });
    return found;
  }
}

/** @param {string} task - As denoiser/ui/components/class_news packs it. @returns {Promise<DeviceTask>} */
async function unpacked(task) {
  const bytes = Uint8Array.from(atob(task), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(await decompressed(bytes)));
}

/** @param {number} number @param {string} known - The status that is known already. */
function unable(number, known) {
  return known === "failed" ? null : { number, points: [], losses: [], status: "failed" };
}

/** @param {Memory} memory @param {string} code @param {number} number @returns {string} "" for none. */
function remembered(memory, code, number) {
  const kept = JSON.parse(memory.getItem(MEMORY_KEY) ?? "null");
  return kept?.code === code && kept.number === number ? kept.id : "";
}

/** @param {Memory} memory @param {{ code: string, number: number, id: string }} part */
function remember(memory, part) {
  memory.setItem(MEMORY_KEY, JSON.stringify(part));
}

/** Returns this tab's memory; where the browser has none, one that a reload empties. @returns {Memory} */
function tabMemory() {
  try {
    sessionStorage.setItem(`${MEMORY_KEY}-test`, "");
    sessionStorage.removeItem(`${MEMORY_KEY}-test`);
    return sessionStorage;
  } catch {
    /** @type {Map<string, string>} */
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
    };
  }
}
