// A network of this device through time: its weights after each epoch, put into what is shown.
//
// The browser keeps them; see device_store.js. Knows nothing of what is drawn.
import { deviceLab } from "../device_lab.js";
import { deviceModel } from "../device_names.js";
import { find, findOf } from "../elements.js";
import { fill } from "../fill.js";
/** @import { DeviceRecord, Tensors } from "../device_store.js" */
/** @import { Listen } from "../types.js" */
/** @import { OpenNetwork } from "./open_network.js" */

const PLAY_MS = 450; // an epoch, as in the time machine

export class Replay {
  /**
   * @param {HTMLElement} root
   * @param {object} hands
   * @param {Listen} hands.listen
   * @param {() => void} hands.change - The network is to run again, with other weights.
   */
  constructor(root, hands) {
    this.root = root;
    this.hands = hands;
    this.slider = findOf(HTMLInputElement, root, "input");
    this.playButton = findOf(HTMLButtonElement, root, "button");
    /** @type {{ network: OpenNetwork, id: string, text: Record<string, string> } | null} */
    this.subject = null;
    /** @type {number[]} */
    this.epochs = [];
    /** @type {Map<number, Tensors>} */
    this.known = new Map();
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
    hands.listen(this.slider, "input", () => {
      this.play(false);
      this.show(this.slider.valueAsNumber);
    });
    hands.listen(this.playButton, "click", () => this.play(!this.timer));
  }

  stop() {
    clearInterval(this.timer);
  }

  /**
   * @param {OpenNetwork | null} network
   * @param {string} model - Its name.
   * @param {Record<string, string>} text
   */
  async take(network, model, text) {
    const wanted = deviceModel(model);
    if (!network || !wanted || wanted.epoch !== null) {
      this.subject = null;
      this.hide();
      return;
    }
    if (this.subject?.network !== network) this.known.clear();
    this.subject = { network, id: wanted.id, text };
    const record = await deviceLab().open(wanted.id);
    if (this.subject?.network !== network || !record) return;
    const epochs = kept(record);
    if (String(epochs) === String(this.epochs)) return;
    this.epochs = epochs;
    this.slider.max = String(epochs.length - 1);
    this.slider.value = this.slider.max;
    this.root.hidden = epochs.length < 2;
    this.tell();
  }

  hide() {
    this.play(false);
    this.epochs = [];
    this.root.hidden = true;
  }

  /** @param {number} place - Among the epochs that are kept. */
  async show(place) {
    const { subject } = this;
    const epoch = this.epochs[place];
    if (!subject || !epoch) return;
    this.slider.value = String(place);
    this.tell();
    const tensors = this.known.get(epoch) ?? (await deviceLab().snapshot(subject.id, epoch));
    if (!tensors || this.subject !== subject || this.slider.valueAsNumber !== place) return;
    this.known.set(epoch, tensors);
    subject.network.load(tensors);
    this.hands.change();
  }

  /** @param {boolean} isOn */
  play(isOn) {
    clearInterval(this.timer);
    this.timer = isOn ? setInterval(() => this.step(), PLAY_MS) : undefined;
    if (isOn && this.slider.valueAsNumber === this.epochs.length - 1) this.show(0);
    this.tell();
  }

  step() {
    const next = this.slider.valueAsNumber + 1;
    if (next < this.epochs.length) this.show(next);
    else this.play(false);
  }

  tell() {
    const { text } = this.subject ?? { text: /** @type {Record<string, string>} */ ({}) };
    const epoch = this.epochs[this.slider.valueAsNumber] ?? 0;
    const said = fill(text.replay_epoch ?? "", { epoch });
    find(this.root, "[data-replay-epoch]").textContent = said;
    this.slider.setAttribute("aria-valuetext", said);
    this.slider.ariaLabel = text.replay ?? "";
    this.slider.style.setProperty(
      "--filled",
      `${(100 * this.slider.valueAsNumber) / Math.max(1, this.epochs.length - 1)}%`,
    );
    this.playButton.textContent = this.timer ? "❚❚" : "▶";
    this.playButton.ariaLabel = (this.timer ? text.replay_pause : text.replay_play) ?? "";
  }
}

/** Returns the epochs whose weights are kept; none while it learns. @param {DeviceRecord} record */
function kept({ samples, status }) {
  if (status === "running") return [];
  return samples.flatMap((sample, epoch) => (sample && epoch ? [epoch] : []));
}
