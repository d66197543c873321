// A trained network through time: its weights after each epoch, put into what is shown.
//
// Of trainings on this device the browser keeps them (device_store.js); those of a run are asked for.
// Knows nothing of what is drawn.
import { deviceLab } from "../device_lab.js";
import { deviceModel } from "../device_names.js";
import { find, findOf } from "../elements.js";
import { fill } from "../fill.js";
/** @import { DeviceRecord, Tensors } from "../device_store.js" */
/** @import { Listen } from "../types.js" */
/** @import { OpenNetwork } from "./open_network.js" */

const PLAY_MS = 450; // an epoch, as in the time machine

/**
 * @typedef {{ network: OpenNetwork, id: string, text: Record<string, string>, isHere: boolean }} Subject -
 *   `isHere`: it was trained on this device.
 */

export class Replay {
  /**
   * @param {HTMLElement} root
   * @param {object} hands
   * @param {Listen} hands.listen
   * @param {() => void} hands.change - The network is to run again, with other weights.
   * @param {(model: string) => void} hands.ask - The model of another epoch is wanted, by its name.
   */
  constructor(root, hands) {
    this.root = root;
    this.hands = hands;
    this.slider = findOf(HTMLInputElement, root, "input");
    this.playButton = findOf(HTMLButtonElement, root, "button");
    /** @type {Subject | null} */
    this.subject = null;
    /** @type {number[]} */
    this.epochs = [];
    /** @type {Map<number, Tensors>} */
    this.known = new Map();
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
    hands.listen(this.slider, "input", () => {
      this.play(false);
      if (this.subject?.isHere) this.show(this.slider.valueAsNumber);
      else this.tell();
    });
    hands.listen(this.slider, "change", () => {
      if (!this.subject?.isHere) this.show(this.slider.valueAsNumber);
    });
    hands.listen(this.playButton, "click", () => this.play(!this.timer));
  }

  stop() {
    clearInterval(this.timer);
  }

  /**
   * @param {OpenNetwork | null} network
   * @param {string} model - Its name.
   * @param {number[]} epochs - Of the run that made it, those whose weights are kept.
   * @param {Record<string, string>} text
   */
  async take(network, model, epochs, text) {
    const wanted = deviceModel(model);
    const isHere = wanted !== null && wanted.epoch === null;
    if (!network || !(isHere || epochs.length > 1)) {
      this.subject = null;
      this.hide();
      return;
    }
    if (this.subject?.network !== network) this.known.clear();
    const [id, epoch] = model.split("@");
    const subject = { network, id: wanted?.id ?? id, text, isHere };
    this.subject = subject;
    const record = isHere ? await deviceLab().open(subject.id) : undefined;
    if (this.subject !== subject) return;
    this.list(record ? kept(record) : epochs, isHere || !epoch ? null : Number(epoch));
  }

  /** Takes the epochs that there are. @param {number[]} epochs @param {number | null} shown - The last for null. */
  list(epochs, shown) {
    if (String(epochs) !== String(this.epochs)) {
      this.epochs = epochs;
      this.slider.max = String(epochs.length - 1);
      this.slider.value = this.slider.max;
      this.root.hidden = epochs.length < 2;
    }
    if (shown !== null && !this.timer) this.slider.value = String(epochs.indexOf(shown));
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
    if (!subject || epoch === undefined) return;
    this.slider.value = String(place);
    this.tell();
    if (!subject.isHere) {
      this.hands.ask(`${subject.id}@${epoch}`);
      return;
    }
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
