// Two sliders, and digits whose noise follows them frame by frame.
//
// While a slider moves everything happens here; Python is told where it was let go.
import { mount } from "../live/mount.js";
import { parse } from "../live/safetensors.js";
import { normals } from "../live/random.js";
import { addNoise, painter, PIXELS, SIDE } from "../live/picture.js";

export default function noiseSliders(streamlit) {
  return mount(streamlit, (parent) => new NoiseSliders(parent.querySelector(".sliders")));
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
    const { values, seed, noise, text } = JSON.parse(metadata.panel);
    if (!this.pictures) this.build(noise, text, tensors.digits);
    this.pictures.forEach((picture, i) => (picture.normals = normals(seed, i, PIXELS)));
    if (!this.moving) this.values = values; // else the hand on the slider is newer
    this.show();
  }

  stop() {
    cancelAnimationFrame(this.frameRequest);
    this.listeners.abort();
  }

  build(noise, text, digits) {
    this.noise = noise;
    for (const element of this.root.querySelectorAll("[data-text]")) {
      element.textContent = text[element.dataset.text];
    }
    for (const { name, minimum, maximum, step } of noise) {
      const slider = Object.assign(this.slider(name), { min: minimum, max: maximum, step });
      this.listen(slider, "input", () => this.move(name, slider.valueAsNumber));
      this.listen(slider, "change", () => this.settle());
    }
    const grid = this.root.querySelector("[data-digits]");
    grid.ariaLabel = text.picture;
    this.pictures = Array.from({ length: digits.shape[0] }, (_, i) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
      grid.append(canvas);
      const bytes = digits.data.subarray(i * PIXELS, (i + 1) * PIXELS);
      const clean = Float64Array.from(bytes, (byte) => byte / 255);
      return { clean, noisy: new Float64Array(PIXELS), draw: painter(canvas) };
    });
  }

  move(name, value) {
    this.moving = true;
    this.values = { ...this.values, [name]: value };
    this.show();
  }

  settle() {
    this.moving = false;
    this.send({ ...this.values });
  }

  show() {
    for (const { name, minimum, maximum } of this.noise) {
      const value = this.values[name];
      const slider = this.slider(name);
      slider.value = value;
      slider.style.setProperty("--filled", `${(100 * (value - minimum)) / (maximum - minimum)}%`);
      this.root.querySelector(`[data-value="${name}"]`).textContent = value.toFixed(2);
    }
    this.frameRequest ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frameRequest = 0;
    for (const { clean, normals, noisy, draw } of this.pictures) {
      addNoise(clean, normals, this.values.mean, this.values.std, noisy);
      draw(noisy);
    }
  }

  slider(name) {
    return this.root.querySelector(`input#${name}`);
  }

  listen(element, type, listener) {
    element.addEventListener(type, listener, { signal: this.listeners.signal });
  }
}
