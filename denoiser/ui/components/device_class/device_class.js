// What this device trains for its class, in a line; what it does about it is in class_device.js.
import { classPost } from "../../../web/class_post.js";
import { find } from "../../../web/elements.js";
import { fill } from "../../../web/fill.js";
import { mount } from "../../../web/mount.js";
import { Calm } from "./calm.js";
import { classDevice } from "./class_device.js";
/** @import { ClassNewsData, DeviceClassData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const LOOK_MS = 200;
const ANSWER_MS = 3000; // before what was told is told again, such as to a server that was restarted

/** @param {Streamlit<DeviceClassData>} streamlit */
export default function deviceClass(streamlit) {
  return mount(streamlit, (parent) => new ClassPart(find(parent, ".part"), streamlit));
}

class ClassPart {
  /** @param {HTMLElement} root @param {Streamlit<DeviceClassData>} streamlit */
  constructor(root, { data }) {
    this.root = root;
    this.data = data;
    this.device = classDevice();
    this.calm = new Calm(window, document);
    this.toldAt = -Infinity;
    /** @type {ClassNewsData | null} */
    this.heard = null;
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** @param {DeviceClassData} data */
  receive(data) {
    this.data = data;
    this.look();
  }

  stop() {
    clearInterval(this.timer);
    this.calm.stop();
  }

  /** What the class told last; null where it has told nothing yet. */
  get news() {
    const { news } = classPost();
    return news?.code === this.data.code ? news : null;
  }

  /** Hears, shows, tells and reports what is new. */
  look() {
    const { device, news } = this;
    if (news && news !== this.heard) device.hear(news);
    this.heard = news;
    this.show();
    const { send } = classPost();
    if (!news || !send || !this.calm.isThere) return;
    const [name, value] = this.told(news) ?? ["report", device.report(performance.now())];
    if (!value) return;
    send(name, value);
    this.calm.tells();
  }

  /**
   * Returns which training it is, and that this device has what trainings need, where Python knows
   * otherwise; null where there is nothing to tell now.
   *
   * @param {ClassNewsData} news
   * @returns {[name: string, value: unknown] | null}
   */
  told(news) {
    const { hasSupplies, id, number } = this.device;
    if (!number || number !== news.number) return null;
    if (id === news.id && hasSupplies === news.hasSupplies) {
      this.toldAt = -Infinity;
      return null;
    }
    const now = performance.now();
    if (now - this.toldAt < ANSWER_MS) return null;
    this.toldAt = now;
    return ["told", { number, id, hasSupplies }];
  }

  show() {
    const { data, news, root } = this;
    root.hidden = !news?.share;
    if (!news?.share) return;
    const said = fill(data.text[this.phase(news)], { setting: news.share.label });
    put(find(root, "[data-said]"), said);
    put(find(root, "[data-numbers]"), this.numbers());
    if (said === this.device.announced) return;
    this.device.announced = said;
    put(find(root, "[data-status]"), said);
  }

  get record() {
    const { device, news } = this;
    return device.number === news?.number ? device.followed?.record : undefined;
  }

  /** Returns how it stands, as a name in the texts. @param {ClassNewsData} news */
  phase({ wish }) {
    const { device, record } = this;
    if (device.isUnable) return "unable";
    if (record && !["running", "paused"].includes(record.status)) return record.status;
    if (wish === "stopped") return "stopped";
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
