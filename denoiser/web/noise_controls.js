// The choice of a kind of noise, and a slider for each of its parameters.
import { create, findOf, find } from "./elements.js";
/** @import { Listen, NoiseChoice, NoiseKind, NoiseParameter } from "./types.js" */

/**
 * What the controls need.
 * @typedef {object} NoiseControlsOptions
 * @property {NoiseKind[]} kinds - All there are.
 * @property {string} label - Of the choice of a kind.
 * @property {Listen} listen
 * @property {(choice: NoiseChoice) => void} change - Called while a slider moves.
 * @property {() => void} settle - Called once it was let go.
 */

export class NoiseControls {
  /** @param {Element} root - What the controls are built in. @param {NoiseControlsOptions} options */
  constructor(root, options) {
    this.options = options;
    this.kind = options.kinds[0];
    /** @type {Record<string, number>} */
    this.parameters = {};
    /** @type {Map<string, Record<string, number>>} */
    this.left = new Map(); // where the sliders of each kind were left
    this.select = create("select", { id: "noise-kind", name: "noise" });
    this.select.append(
      ...options.kinds.map(({ name, title }) => create("option", { value: name, textContent: title })),
    );
    this.summary = create("small", { id: "noise-summary" });
    this.select.setAttribute("aria-describedby", this.summary.id);
    this.sliders = create("div", { className: "sliders" });
    const row = create("div", { className: "kind" });
    const label = create("label", { htmlFor: this.select.id, textContent: options.label });
    row.append(label, this.select, this.summary);
    root.replaceChildren(row, this.sliders);
    this.build();
    options.listen(this.select, "change", () => this.choose(this.select.value));
  }

  get defaults() {
    return defaultsOf(this.kind);
  }

  /** @param {string} name */
  choose(name) {
    const parameters = this.left.get(name) ?? defaultsOf(kindOf(this.options.kinds, name));
    this.options.change({ noise: name, parameters });
    this.options.settle();
  }

  /** @param {NoiseChoice} choice */
  show({ noise, parameters }) {
    if (noise !== this.kind.name) {
      this.kind = kindOf(this.options.kinds, noise);
      this.build();
    }
    this.left.set(noise, parameters);
    this.parameters = parameters;
    for (const parameter of this.kind.parameters) this.showValue(parameter, parameters[parameter.name]);
  }

  /** @param {NoiseParameter} parameter @param {number} value */
  showValue(parameter, value) {
    const slider = findOf(HTMLInputElement, this.sliders, `#noise-${parameter.name}`);
    slider.value = String(value);
    slider.style.setProperty("--filled", `${filledPercent(parameter, value)}%`);
    const text = valueText(parameter, value);
    find(this.sliders, `[data-value="${parameter.name}"]`).textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }

  build() {
    this.select.value = this.kind.name;
    this.summary.textContent = this.kind.summary;
    this.sliders.replaceChildren(...this.kind.parameters.map((parameter) => this.buildSlider(parameter)));
  }

  /** @param {NoiseParameter} parameter */
  buildSlider({ name, title, minimum, maximum, step, help }) {
    const [id, helpId] = [`noise-${name}`, `noise-${name}-help`];
    const [min, max] = [String(minimum), String(maximum)];
    const slider = create("input", { id, type: "range", min, max, step: String(step) });
    slider.setAttribute("aria-describedby", helpId);
    const value = create("output");
    value.htmlFor.add(id);
    value.dataset.value = name;
    const box = create("div", { className: "slider" });
    box.append(
      create("label", { htmlFor: id, textContent: title }),
      value,
      slider,
      create("small", { id: helpId, textContent: help }),
    );
    const { listen, change, settle } = this.options;
    listen(slider, "input", () =>
      change({ noise: this.kind.name, parameters: { ...this.parameters, [name]: slider.valueAsNumber } }),
    );
    listen(slider, "change", () => settle());
    return box;
  }
}

/** @param {NoiseKind[]} kinds @param {string} name @throws {Error} No kind has that name. */
export function kindOf(kinds, name) {
  const found = kinds.find((kind) => kind.name === name);
  if (!found) throw new Error(`unknown kind of noise: ${name}`);
  return found;
}

/** @param {NoiseKind} kind */
export function defaultsOf(kind) {
  return Object.fromEntries(kind.parameters.map((parameter) => [parameter.name, parameter.default]));
}

/**
 * Returns how much of a slider is left of its thumb.
 * @param {NoiseParameter} parameter @param {number} value
 */
export function filledPercent({ minimum, maximum }, value) {
  return (100 * (value - minimum)) / (maximum - minimum);
}

/** @param {NoiseParameter} parameter @param {number} value */
export function valueText({ decimals, unit }, value) {
  return `${value.toFixed(decimals)} ${unit}`.trim();
}
