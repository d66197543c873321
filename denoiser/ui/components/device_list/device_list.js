// The trainings that this browser keeps, each with a digit as it denoises it.
import { deviceLab } from "../../../web/device_lab.js";
import { create, find, findAll } from "../../../web/elements.js";
import { fill } from "../../../web/fill.js";
import { mount } from "../../../web/mount.js";
import { painter, SIDE } from "../../../web/picture.js";
/** @import { Summary } from "../../../web/device_records.js" */
/** @import { DeviceListData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

/** @param {Streamlit<DeviceListData>} streamlit */
export default function deviceList(streamlit) {
  return mount(streamlit, (parent) => new DeviceList(find(parent, ".list"), streamlit.data));
}

class DeviceList {
  /** @param {HTMLElement} root @param {DeviceListData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.shown = "";
    this.stopFollowing = deviceLab().followList(() => this.show());
  }

  /** @param {DeviceListData} data */
  receive(data) {
    this.data = data;
    for (const element of findAll(HTMLElement, this.root, "[data-text]"))
      element.textContent = data.text[element.dataset.text ?? ""];
    this.show();
  }

  stop() {
    this.stopFollowing();
  }

  async show() {
    const trainings = await deviceLab().all();
    const { text } = this.data;
    const shown = JSON.stringify([text, trainings.map((each) => [each.id, each.name, said(each, text)])]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.root.hidden = trainings.length === 0;
    find(this.root, "[data-rows]").replaceChildren(...trainings.map((each) => this.row(each)));
  }

  /** @param {Summary} training */
  row(training) {
    const { link, text } = this.data;
    const row = create("li");
    const words = create("div");
    words.append(
      create("a", {
        href: fill(link, { id: training.id }),
        target: "_self",
        textContent: training.name,
        translate: false, // somebody gave it, perhaps in another language
      }),
      create("small", { textContent: said(training, text) }),
    );
    row.append(thumbnail(training), words);
    return row;
  }
}

/** @param {Summary} training @param {Record<string, string>} text */
function said({ status, begun, epoch, epochs, valLoss }, text) {
  const when = new Date(begun).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const values = { state: `${when} · ${text[status]}`, epoch, total: epochs, loss: valLoss?.toFixed(4) };
  return fill(valLoss === null ? text.begun : text.about, values);
}

/** @param {Summary} training */
function thumbnail({ picture }) {
  const canvas = create("canvas", { width: SIDE, height: SIDE, ariaHidden: "true" });
  if (picture) painter(canvas)(Array.from(picture, (pixel) => pixel / 255));
  return canvas;
}
