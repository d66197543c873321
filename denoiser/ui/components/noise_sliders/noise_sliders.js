// A kind of noise and its sliders, and digits whose noise follows them frame by frame.
//
// While a slider moves everything happens here; Python is told where it was let go.
import { create, find, listening } from "../../../web/elements.js";
import { mount } from "../../../web/mount.js";
import { NoiseControls } from "../../../web/noise_controls.js";
import { NoisyDigit, pixelsOf } from "../../../web/noisy_digit.js";
import { PIXELS, SIDE } from "../../../web/picture.js";
import { bytesOf, parse } from "../../../web/safetensors.js";
/** @import { NoiseSlidersContent } from "../types.js" */
/** @import { NoiseChoice, Streamlit } from "../../../web/types.js" */

/** @param {Streamlit<Uint8Array>} streamlit */
export default function noiseSliders(streamlit) {
  return mount(streamlit, (parent) => new NoiseSliders(find(parent, ".panel"), streamlit));
}

class NoiseSliders {
  /** @param {HTMLElement} root @param {Streamlit<Uint8Array>} streamlit */
  constructor(root, { data, setTriggerValue }) {
    this.root = root;
    this.setTriggerValue = setTriggerValue;
    this.listeners = listening();
    this.data = data;
    this.content = unpackSliders(data);
    this.values = this.content.values;
    this.moving = false;
    this.frameRequest = 0;
    this.pictures = this.buildPictures(this.content.digits.length / PIXELS);
    this.controls = this.buildControls();
    this.show();
  }

  /** @param {Uint8Array} data @param {Streamlit<Uint8Array>} streamlit */
  receive(data, { setTriggerValue }) {
    this.setTriggerValue = setTriggerValue;
    if (data === this.data) return;
    this.data = data;
    const before = this.content;
    this.content = unpackSliders(data);
    if (before.text.noise !== this.content.text.noise) this.controls = this.buildControls(); // another language
    if (!this.moving) this.values = this.content.values; // else the hand on the slider is newer
    this.show();
  }

  stop() {
    cancelAnimationFrame(this.frameRequest);
    this.listeners.stop();
  }

  buildControls() {
    const { kinds, text } = this.content;
    find(this.root, "[data-digits]").ariaLabel = text.picture;
    return new NoiseControls(find(this.root, "[data-noise]"), {
      kinds,
      label: text.noise,
      listen: this.listeners.listen,
      change: (values) => this.change(values),
      settle: () => this.settle(),
    });
  }

  /** @param {number} count */
  buildPictures(count) {
    const canvases = Array.from({ length: count }, () => create("canvas", { width: SIDE, height: SIDE }));
    find(this.root, "[data-digits]").replaceChildren(...canvases);
    return canvases.map((canvas) => new NoisyDigit(canvas));
  }

  /** @param {NoiseChoice} values */
  change(values) {
    this.moving = true;
    this.values = values;
    this.show();
  }

  settle() {
    this.moving = false;
    this.setTriggerValue("noise", { ...this.values, filled: this.content.filled });
  }

  show() {
    this.controls.show(this.values);
    this.frameRequest ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frameRequest = 0;
    const { digits, kinds, seed } = this.content;
    const { noise, parameters } = this.values;
    this.pictures.forEach((picture, stream) => {
      picture.hold({ pixels: pixelsOf(digits, stream), stream }, kinds, { noise, seed });
      picture.addNoise(parameters);
    });
  }
}

/** @param {Uint8Array} bytes @returns {NoiseSlidersContent} */
function unpackSliders(bytes) {
  const { metadata, tensors } = parse(bytes);
  return { ...JSON.parse(metadata.panel), digits: bytesOf(tensors.digits) };
}
