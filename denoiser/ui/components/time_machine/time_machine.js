// The time machine: a slider over epochs, in the browser alone.
import { deviceLab } from "../../../web/device_lab.js";
import { find, findAll, findOf } from "../../../web/elements.js";
import { mount } from "../../../web/mount.js";
import { contextOf, PIXELS, SIDE } from "../../../web/picture.js";
import { parse } from "../../../web/safetensors.js";
import { deviceFrames, sentFrames } from "./frames.js";
/** @import { DeviceRecord } from "../../../web/device_store.js" */
/** @import { TimeMachineContent } from "../types.js" */
/** @import { Shown } from "./frames.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const PLAY_MS = 450; // an epoch, while playing

/** @param {Streamlit<Uint8Array>} streamlit */
export default function timeMachine(streamlit) {
  return mount(streamlit, (parent) => new TimeMachine(find(parent, ".machine")));
}

class TimeMachine {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.slider = findOf(HTMLInputElement, root, "[data-slider]");
    this.playButton = findOf(HTMLButtonElement, root, "[data-play]");
    this.newest = findOf(HTMLButtonElement, root, "[data-newest]");
    this.link = findOf(HTMLAnchorElement, root, "[data-try]");
    /** @type {TimeMachineContent} */
    this.content = { epochs: [], text: {}, device: "", link: "" };
    /** @type {Shown} */
    this.digits = { noisy: new Uint8Array(), clean: new Uint8Array(), frames: [] };
    /** @type {(() => void)[]} */
    this.followed = [];
    this.shown = 0;
    this.follows = true; // shows each new epoch, until the visitor chooses one
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
    this.slider.addEventListener("input", () => this.choose(this.slider.valueAsNumber));
    this.playButton.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
    this.newest.addEventListener("click", () => this.choose(this.last));
  }

  get last() {
    return this.digits.frames.length - 1;
  }

  /** @param {Uint8Array} bytes */
  receive(bytes) {
    const { metadata, tensors } = parse(bytes);
    this.content = JSON.parse(metadata.panel);
    this.showTexts();
    if (this.content.device) this.followDevice(this.content.device);
    else this.take(sentFrames(this.content, tensors));
  }

  /** Shows a training on this device as it goes on. @param {string} id */
  followDevice(id) {
    this.stopFollowing();
    this.root.hidden = this.digits.frames.length === 0; // until there is something to show
    /** @type {Uint8Array | null} */
    let now = null;
    const show = (/** @type {DeviceRecord} */ record) => {
      const digits = deviceFrames(this.content, record, record.status === "ended" ? null : now);
      if (digits) this.take(digits);
    };
    this.followed = [
      deviceLab().follow(id, (followed) => followed && show(followed.record)),
      deviceLab().followWeights(id, ({ samples }, record) => {
        now = samples;
        show(record);
      }),
    ];
  }

  stopFollowing() {
    for (const stop of this.followed.splice(0)) stop();
  }

  /** @param {Shown} digits */
  take(digits) {
    this.digits = digits;
    this.root.hidden = false;
    this.slider.max = String(this.last);
    const willBeMore = this.last > 0 || digits.frames[0].link || this.content.device;
    find(this.root, ".controls").hidden = !willBeMore;
    this.draw("noisy", digits.noisy);
    this.draw("clean", digits.clean);
    this.show(this.follows && !this.timer ? this.last : Math.min(this.shown, this.last));
  }

  showTexts() {
    const { text } = this.content;
    for (const element of findAll(HTMLElement, this.root, "[data-text]")) {
      element.textContent = text[element.dataset.text ?? ""];
    }
    for (const canvas of findAll(HTMLCanvasElement, this.root, "canvas")) {
      canvas.setAttribute("aria-label", text[`${canvas.dataset.row}_picture`]);
    }
    this.slider.setAttribute("aria-label", text.slider);
    this.newest.textContent = text.newest;
    this.link.textContent = text.try;
    this.labelPlay();
  }

  stop() {
    this.stopFollowing();
    this.pause();
  }

  /** @param {number} index - Of an epoch. */
  choose(index) {
    this.pause();
    this.follows = index === this.last;
    this.show(index);
  }

  /** @param {number} index */
  show(index) {
    this.shown = index;
    const { label, link, digits } = this.digits.frames[index];
    this.draw("denoised", digits);
    this.slider.value = String(index);
    this.slider.setAttribute("aria-valuetext", label);
    find(this.root, "[data-epoch]").textContent = label;
    this.newest.disabled = index === this.last;
    this.link.hidden = !link;
    if (link) this.link.href = link;
  }

  play() {
    this.follows = true;
    this.show(this.shown === this.last ? 0 : this.shown);
    this.timer = setInterval(() => {
      if (this.shown < this.last) this.show(this.shown + 1);
      if (this.shown === this.last) this.pause();
    }, PLAY_MS);
    this.labelPlay();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.labelPlay();
  }

  labelPlay() {
    const { text } = this.content;
    this.playButton.textContent = this.timer ? "❚❚" : "▶";
    this.playButton.setAttribute("aria-label", this.timer ? text.pause : text.play);
  }

  /**
   * Draws digits side by side, one pixel between them.
   * @param {string} row
   * @param {Uint8Array} pictures - 28x28 pixels each.
   */
  draw(row, pictures) {
    const canvas = findOf(HTMLCanvasElement, this.root, `canvas[data-row=${row}]`);
    const width = (pictures.length / PIXELS) * (SIDE + 1) - 1;
    if (canvas.width !== width) Object.assign(canvas, { width, height: SIDE });
    const context = contextOf(canvas);
    const image = context.createImageData(width, SIDE);
    pictures.forEach((pixel, i) => {
      const [digit, y] = [Math.floor(i / PIXELS), Math.floor(i / SIDE) % SIDE];
      const at = 4 * (y * width + digit * (SIDE + 1) + (i % SIDE));
      image.data.fill(pixel, at, at + 3);
      image.data[at + 3] = 255;
    });
    context.putImageData(image, 0, 0);
  }
}
