// Where a training is to be done, what it takes on this device, and Start for this device.
import { deviceLab } from "../../../web/device_lab.js";
import { durationText } from "../../../web/durations.js";
import { find, findAll, findOf, listening } from "../../../web/elements.js";
import { fill } from "../../../web/fill.js";
import { mount } from "../../../web/mount.js";
/** @import { DeviceStartData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const TWICE_MS = 1000; // a second press within it is a double click
const LED_ON_MS = 20_000; // Python has led on to what was started by then, also on a slow connection
const WANTED_MS = 5000; // Python has heard of a choice by then
const REST_MS = 300; // without a change, before a trial begins

/** @param {Streamlit<DeviceStartData>} streamlit */
export default function deviceStart(streamlit) {
  return mount(streamlit, (parent) => new DeviceStart(find(parent, ".start"), streamlit));
}

/** @type {Map<string, number>} */
const tried = new Map(); // seconds, by the task

class DeviceStart {
  /** @param {HTMLElement} root @param {Streamlit<DeviceStartData>} streamlit */
  constructor(root, { data, setTriggerValue }) {
    this.root = root;
    this.data = data;
    this.setTriggerValue = setTriggerValue;
    this.trying = ""; // the task
    this.wanted = ""; // the place that the visitor chose, until Python has heard of it
    this.wantedAt = -Infinity;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.button = findOf(HTMLButtonElement, root, "[data-start]");
    this.told = find(root, "[data-device]");
    this.listeners = listening();
    this.started = ""; // the training that was started last
    this.startedAt = -Infinity;
    /** @type {unknown} */
    this.startedTask = null;
    this.listeners.listen(this.button, "click", () => this.start());
    this.listeners.listen(find(root, "[data-watch]"), "click", () => this.lead(this.running?.id ?? ""));
    this.stopFollowing = deviceLab().followList(() => this.showRunning());
    this.showRunning();
    for (const radio of this.radios)
      this.listeners.listen(radio, "change", () => this.choose(radio.value, true));
  }

  get radios() {
    return findAll(HTMLInputElement, this.root, "[name=where]");
  }

  /** @param {DeviceStartData} data @param {Streamlit<DeviceStartData>} streamlit */
  receive(data, { setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    if (data.where === this.wanted || performance.now() - this.wantedAt > WANTED_MS) this.wanted = "";
    for (const element of findAll(HTMLElement, this.root, "[data-text]"))
      element.textContent = data.text[element.dataset.text ?? ""];
    this.root.classList.toggle("alone", data.isAlone);
    for (const radio of this.radios) {
      radio.checked = radio.value === (this.wanted || data.where);
      radio.disabled = radio.value === "device" && !data.task;
    }
    this.button.hidden = data.where !== "device";
    this.button.disabled = !data.task;
    this.estimate();
  }

  stop() {
    clearTimeout(this.timer);
    this.stopFollowing();
    this.listeners.stop();
  }

  /** The training that goes on here now. */
  get running() {
    return [...deviceLab().records.values()].find(({ status }) => status === "running");
  }

  /** Says what trains here already, and leads to it. */
  showRunning() {
    const { running } = this;
    find(this.root, "[data-running]").hidden = !running || running.id === this.started;
    find(this.root, "[data-running-name]").textContent = running?.name ?? "";
  }

  /** Has Python show a training. @param {string} id */
  lead(id) {
    if (id) this.setTriggerValue("started", id);
  }

  start() {
    const { task, name, about } = this.data;
    if (!task) return;
    this.button.disabled = true; // twice would be two trainings
    setTimeout(() => {
      this.button.disabled = !this.data.task;
    }, TWICE_MS);
    const isUnderWay = performance.now() - this.startedAt < LED_ON_MS && this.startedTask === task;
    if (!isUnderWay) {
      this.started = deviceLab().start(task, name, about);
      Object.assign(this, { startedAt: performance.now(), startedTask: task });
    }
    this.lead(this.started);
  }

  estimate() {
    const { task, whyNot, text } = this.data;
    clearTimeout(this.timer);
    this.trying = JSON.stringify(task);
    const seconds = tried.get(this.trying);
    if (!task) this.told.textContent = whyNot;
    else if (seconds === undefined) {
      this.told.textContent = text.measuring;
      this.timer = setTimeout(() => this.try(this.trying), REST_MS);
    } else this.show(seconds);
  }

  /** @param {string} key - The task. */
  async try(key) {
    const { task, text } = this.data;
    if (!task) return;
    try {
      const seconds = await deviceLab().workers.seconds(task);
      tried.set(key, seconds);
      if (key === this.trying) this.show(seconds);
    } catch {
      if (key !== this.trying) return;
      const canTrain = await deviceLab().workers.canTrain();
      this.told.textContent = canTrain ? text.too_large : text.too_old;
      this.button.disabled = true;
      this.giveWay();
    }
  }

  /** @param {number} seconds */
  show(seconds) {
    const { text, patience } = this.data;
    this.told.textContent = fill(text.about, { time: durationText(seconds, text) });
    if (seconds > patience) this.giveWay();
  }

  /** Chooses the lab's computer, unless the visitor has chosen. */
  giveWay() {
    const { isAutomatic, where } = this.data;
    if (isAutomatic && where === "device") this.choose("lab", false);
  }

  /** @param {string} place @param {boolean} isByHand */
  choose(place, isByHand) {
    if (isByHand) Object.assign(this, { wanted: place, wantedAt: performance.now() });
    this.setTriggerValue("where", { place, isByHand });
  }
}
