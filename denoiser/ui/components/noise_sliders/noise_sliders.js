// A kind of noise and its sliders, and digits whose noise follows them frame by frame.
//
// While a slider moves everything happens here; Python is told where it was let go.
import { mount } from "../../../web/mount.js";
import { parse } from "../../../web/safetensors.js";
import { painter, PIXELS, SIDE } from "../../../web/picture.js";
import { drawNoise } from "../../../web/noise.js";
import { create } from "../../../web/elements.js";
import { NoiseControls } from "../../../web/noise_controls.js";

export default function noiseSliders(streamlit) {
  return mount(streamlit, (parent) => new NoiseSliders(parent.querySelector(".panel")));
}

class NoiseSliders {
  constructor(root) {
    this.root = root;
    this.listeners = new AbortController();
  }

  receive(data, { setTriggerValue }) {
    this.send = (values) => setTriggerValue("noise", values);
    if (data === this.data) return;
    this.data = data;
    const { metadata, tensors } = parse(data);
    const before = this.content;
    this.content = JSON.parse(metadata.panel);
    if (before?.text.noise !== this.content.text.noise) this.buildControls(); // or in another language
    if (!this.pictures) this.buildPictures(tensors.digits);
    if (!this.moving) this.values = this.content.values; // else the hand on the slider is newer
    this.drawnKind = null;
    this.show();
  }

  stop() {
    cancelAnimationFrame(this.frameRequest);
    this.listeners.abort();
  }

  buildControls() {
    const { kinds, text } = this.content;
    this.controls = new NoiseControls(this.root.querySelector("[data-noise]"), {
      kinds,
      label: text.noise,
      listen: (element, type, listener) =>
        element.addEventListener(type, listener, { signal: this.listeners.signal }),
      change: (values) => this.change(values),
      settle: () => this.settle(),
    });
    this.root.querySelector("[data-digits]").ariaLabel = text.picture;
  }

  buildPictures(digits) {
    const grid = this.root.querySelector("[data-digits]");
    this.pictures = Array.from({ length: digits.shape[0] }, (_, i) => {
      const canvas = create("canvas", { width: SIDE, height: SIDE });
      grid.append(canvas);
      const bytes = digits.data.subarray(i * PIXELS, (i + 1) * PIXELS);
      const clean = Float64Array.from(bytes, (byte) => byte / 255);
      return { clean, noisy: new Float64Array(PIXELS), paint: painter(canvas) };
    });
  }

  change(values) {
    this.moving = true;
    this.values = values;
    this.show();
  }

  settle() {
    this.moving = false;
    this.send({ ...this.values, filled: this.content.filled });
  }

  show() {
    this.controls.show(this.values);
    this.frameRequest ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frameRequest = 0;
    const { kinds, seed } = this.content;
    const { noise, parameters } = this.values;
    this.pictures.forEach((picture, i) => {
      if (noise !== this.drawnKind) picture.addNoise = drawNoise(noise, kinds, seed, i);
      picture.addNoise(picture.clean, parameters, picture.noisy);
      picture.paint(picture.noisy);
    });
    this.drawnKind = noise;
  }
}
