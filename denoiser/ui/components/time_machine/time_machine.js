// The time machine: a slider over epochs, in the browser alone.
import { mount } from "../../../web/mount.js";
import { parse } from "../../../web/safetensors.js";

const SIDE = 28;
const PLAY_MS = 450; // an epoch, while playing

export default function timeMachine(streamlit) {
  return mount(streamlit, (parent) => new TimeMachine(parent.querySelector(".machine")));
}

class TimeMachine {
  constructor(root) {
    this.root = root;
    this.follows = true; // shows each new epoch, until the visitor chooses one
    this.find("[data-slider]").addEventListener("input", (event) => this.choose(event.target.valueAsNumber));
    this.find("[data-play]").addEventListener("click", () => (this.timer ? this.pause() : this.play()));
    this.find("[data-newest]").addEventListener("click", () => this.choose(this.last));
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  get last() {
    return this.epochs.length - 1;
  }

  receive(bytes) {
    const { metadata, tensors } = parse(bytes);
    const { epochs, text } = JSON.parse(metadata.panel);
    Object.assign(this, { epochs, text, samples: tensors.samples });
    for (const element of this.root.querySelectorAll("[data-text]")) {
      element.textContent = text[element.dataset.text];
    }
    for (const canvas of this.root.querySelectorAll("canvas")) {
      canvas.setAttribute("aria-label", text[`${canvas.dataset.row}_picture`]);
    }
    const slider = this.find("[data-slider]");
    slider.max = this.last;
    this.find(".controls").hidden = !this.last && !epochs[0].link; // nor will there be more
    slider.setAttribute("aria-label", text.slider);
    this.find("[data-newest]").textContent = text.newest;
    this.find("[data-try]").textContent = text.try;
    this.draw("noisy", tensors.noisy.data);
    this.draw("clean", tensors.clean.data);
    this.labelPlay();
    this.show(this.follows && !this.timer ? this.last : Math.min(this.shown, this.last));
  }

  stop() {
    this.pause();
  }

  choose(index) {
    this.pause();
    this.follows = index === this.last;
    this.show(index);
  }

  show(index) {
    this.shown = index;
    const size = this.samples.data.length / this.epochs.length;
    this.draw("denoised", this.samples.data.subarray(index * size, (index + 1) * size));
    const { label, link } = this.epochs[index];
    const slider = this.find("[data-slider]");
    slider.value = index;
    slider.setAttribute("aria-valuetext", label);
    this.find("[data-epoch]").textContent = label;
    this.find("[data-newest]").disabled = index === this.last;
    this.find("[data-try]").hidden = !link;
    if (link) this.find("[data-try]").href = link;
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
    this.timer = null;
    if (this.text) this.labelPlay();
  }

  labelPlay() {
    const button = this.find("[data-play]");
    button.textContent = this.timer ? "❚❚" : "▶";
    button.setAttribute("aria-label", this.timer ? this.text.pause : this.text.play);
  }

  // Digits side by side, one pixel between them.
  draw(row, pictures) {
    const canvas = this.find(`canvas[data-row=${row}]`);
    const count = pictures.length / SIDE / SIDE;
    const width = count * (SIDE + 1) - 1;
    if (canvas.width !== width) Object.assign(canvas, { width, height: SIDE });
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, SIDE);
    for (let i = 0; i < pictures.length; i++) {
      const digit = Math.floor(i / SIDE / SIDE);
      const y = Math.floor(i / SIDE) % SIDE;
      const at = 4 * (y * width + digit * (SIDE + 1) + (i % SIDE));
      image.data.fill(pictures[i], at, at + 3);
      image.data[at + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }
}
