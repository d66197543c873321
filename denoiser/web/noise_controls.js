// The choice of a kind of noise, and a slider for each of its parameters.
import { create } from "./elements.js";

// Builds the controls below `root`. `kinds` are all there are, as Python describes them. `change` is
// called with {noise, parameters} while a slider moves, `settle` once it was let go.
export class NoiseControls {
  constructor(root, { kinds, label, listen, change, settle }) {
    Object.assign(this, { kinds, listen, change, settle });
    this.select = create("select", { id: "noise-kind", name: "noise" });
    this.select.append(...kinds.map(({ name, title }) => create("option", { value: name, textContent: title })));
    this.summary = create("small", { id: "noise-summary" });
    this.select.setAttribute("aria-describedby", this.summary.id);
    this.sliders = create("div", { className: "sliders" });
    const row = create("div", { className: "kind" });
    row.append(create("label", { htmlFor: this.select.id, textContent: label }), this.select, this.summary);
    root.replaceChildren(row, this.sliders);
    this.left = new Map(); // where the sliders of each kind were left
    listen(this.select, "change", () => this.choose(this.select.value));
  }

  get kind() {
    return this.kinds.find(({ name }) => name === this.noise);
  }

  get defaults() {
    return defaultsOf(this.kind);
  }

  choose(name) {
    const kind = this.kinds.find((kind) => kind.name === name);
    this.change({ noise: name, parameters: this.left.get(name) ?? defaultsOf(kind) });
    this.settle();
  }

  show({ noise, parameters }) {
    if (noise !== this.noise) this.build(noise);
    this.left.set(noise, parameters);
    this.parameters = parameters;
    for (const { name, minimum, maximum, decimals, unit } of this.kind.parameters) {
      const value = parameters[name];
      const slider = this.sliders.querySelector(`#noise-${name}`);
      slider.value = value;
      slider.style.setProperty("--filled", `${(100 * (value - minimum)) / (maximum - minimum)}%`);
      const text = `${value.toFixed(decimals)} ${unit}`.trim();
      this.sliders.querySelector(`[data-value="${name}"]`).textContent = text;
      slider.setAttribute("aria-valuetext", text);
    }
  }

  build(noise) {
    this.noise = noise;
    this.select.value = noise;
    this.summary.textContent = this.kind.summary;
    this.sliders.replaceChildren(...this.kind.parameters.map((parameter) => this.buildSlider(parameter)));
  }

  buildSlider({ name, title, minimum, maximum, step, help }) {
    const [id, helpId] = [`noise-${name}`, `noise-${name}-help`];
    const slider = create("input", { id, type: "range", min: minimum, max: maximum, step });
    slider.setAttribute("aria-describedby", helpId);
    const value = create("output", {});
    value.htmlFor.add(id);
    value.dataset.value = name;
    const box = create("div", { className: "slider" });
    box.append(
      create("label", { htmlFor: id, textContent: title }),
      value,
      slider,
      create("small", { id: helpId, textContent: help }),
    );
    this.listen(slider, "input", () =>
      this.change({ noise: this.noise, parameters: { ...this.parameters, [name]: slider.valueAsNumber } }),
    );
    this.listen(slider, "change", () => this.settle());
    return box;
  }
}

function defaultsOf(kind) {
  return Object.fromEntries(kind.parameters.map((parameter) => [parameter.name, parameter.default]));
}
