// What this device trains for its class, in a line; what it does about it is in class_device.js.
import { find } from "../../../web/elements.js";
import { fill } from "../../../web/fill.js";
import { mount } from "../../../web/mount.js";
import { Calm } from "./calm.js";
import { classDevice } from "./class_device.js";
/** @import { DeviceClassData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const LOOK_MS = 200;
const ANSWER_MS = 3000; // before what was told is told again, such as to a server that was restarted

/** @param {Streamlit<DeviceClassData>} streamlit */
export default function deviceClass(streamlit) {
  return mount(streamlit, (parent) => new ClassPart(find(parent, ".part"), streamlit));
}

class ClassPart {
  /** @param {HTMLElement} root @param {Streamlit<DeviceClassData>} streamlit */
  constructor(root, { data, setTriggerValue }) {
    this.root = root;
    this.data = data;
    this.setTriggerValue = setTriggerValue;
    this.device = classDevice();
    this.calm = new Calm(window, document);
    this.toldAt = -Infinity;
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** @param {DeviceClassData} data @param {Streamlit<DeviceClassData>} streamlit */
  receive(data, { setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    this.device.hear(data).then(() => this.look());
    this.show();
  }

  stop() {
    clearInterval(this.timer);
    this.calm.stop();
  }

  /** Shows, tells and reports what is new. */
  look() {
    this.show();
    if (!this.calm.isThere) return;
    this.tell();
    const report = this.device.report(performance.now());
    if (report) this.send("report", report);
  }

  /** Tells Python which training it is, and that this device has what trainings need. */
  tell() {
    const { data, device } = this;
    const { hasSupplies, id, number } = device;
    if (!number || number !== data.number) return;
    if (id === data.id && hasSupplies === data.hasSupplies) {
      this.toldAt = -Infinity;
      return;
    }
    const now = performance.now();
    if (now - this.toldAt < ANSWER_MS) return;
    this.toldAt = now;
    this.send("told", { number, id, hasSupplies });
  }

  /** @param {string} name @param {unknown} value */
  send(name, value) {
    this.setTriggerValue(name, value);
    this.calm.tells();
  }

  show() {
    const { data, root } = this;
    root.hidden = !data.share;
    if (!data.share) return;
    const phase = this.phase();
    const said = fill(data.text[phase], { setting: data.share.label });
    put(find(root, "[data-said]"), said);
    put(find(root, "[data-numbers]"), this.numbers());
    if (said === this.device.announced) return;
    this.device.announced = said;
    put(find(root, "[data-status]"), said);
  }

  get record() {
    const { data, device } = this;
    return device.number === data.number ? device.followed?.record : undefined;
  }

  /** Returns how it stands, as a name in the texts. */
  phase() {
    const { data, device, record } = this;
    if (device.isUnable) return "unable";
    if (record && !["running", "paused"].includes(record.status)) return record.status;
    if (data.wish === "stopped") return "stopped";
    return record?.status ?? "begins";
  }

  numbers() {
    const { data, record } = this;
    if (!record?.losses.length) return "";
    const { text } = data;
    const total = record.task.config.epochs;
    const epoch = Math.min(record.history.length + 1, total);
    const parts = [fill(text.epoch, { epoch, total })];
    const loss = record.history.at(-1)?.val_loss;
    if (loss !== undefined) parts.push(fill(text.val_loss, { loss: loss.toFixed(4) }));
    return parts.map((part) => ` · ${part}`).join("");
  }
}

/** Writes a text where it is another. @param {HTMLElement} element @param {string} text */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
