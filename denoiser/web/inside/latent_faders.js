// A fader for each number of a code: moved by hand, or swept to see what it does.
//
// Knows neither the network nor the map: it is told how the numbers spread and which are held.
import { create, createSvg } from "../elements.js";
import { fill } from "../fill.js";
import { painter, SIDE } from "../picture.js";
import { decimalsOf, sweepAt, sweepInSteps } from "./latent_space.js";
/** @import { Listen } from "../types.js" */
/** @import { Code, NumberRange } from "./latent_space.js" */

const SWEEP_MS = 2000;
const MANY = 20; // then they stand side by side below the map
const FADER_STEPS = 400; // of a fader, from end to end
const FADER_ICONS = {
  sweep: "M1.5 8h13M4.5 4.5 1.5 8l3 3.5M11.5 4.5l3 3.5-3 3.5",
  stop: "M4.5 4.5h7v7h-7z",
  back: "M6 3 2.5 6.5 6 10M2.5 6.5H10a3.5 3.5 0 0 1 0 7H6.5",
};

/**
 * @typedef {object} FadersOptions
 * @property {Record<string, string>} text
 * @property {Listen} listen
 * @property {(number: number, value: number) => void} move - Called while one is moved or swept.
 * @property {(number: number) => void} free - Called when one is to be what the encoder gives.
 * @property {(number: number, value: number) => ArrayLike<number>} picture - With this value.
 */

export class Faders {
  /** @param {HTMLElement} root - What they are built in. @param {FadersOptions} options */
  constructor(root, options) {
    this.root = root;
    this.options = options;
    /** @type {NumberRange[]} */
    this.ranges = [];
    /** @type {ReturnType<Faders["buildFader"]>[]} */
    this.faders = [];
    /** @type {{ number: number, before: () => void } | null} */
    this.sweep = null;
    this.frame = 0;
    /** @type {Code} */
    this.code = [];
  }

  stop() {
    cancelAnimationFrame(this.frame);
  }

  /** The first fader gets the keys. */
  focus() {
    this.faders[0]?.slider.focus();
  }

  // --- built where the ranges are others ---

  /** @param {NumberRange[]} ranges */
  build(ranges) {
    if (ranges === this.ranges) return;
    this.endSweep();
    this.ranges = ranges;
    this.faders = ranges.map((range, number) => this.buildFader(range, number));
    this.root.classList.toggle("is-many", ranges.length > MANY);
    this.root.replaceChildren(...this.faders.map(({ row }) => row));
  }

  /** @param {NumberRange} range @param {number} number */
  buildFader(range, number) {
    const { text, listen } = this.options;
    const name = number + 1;
    const { low, high, typical, mean } = range;
    const slider = create("input", {
      type: "range",
      min: String(low),
      max: String(high),
      step: String((high - low) / FADER_STEPS),
      ariaLabel: fill(text.number, { number: name }),
    });
    const track = create("div", { className: "latent-track" });
    track.append(slider);
    const shareOf = (/** @type {number} */ value) => (value - low) / (high - low);
    const percent = (/** @type {number} */ value) => `${100 * shareOf(value)}%`;
    if (typical && mean !== undefined) {
      track.classList.add("is-known");
      track.style.setProperty("--from", percent(typical[0]));
      track.style.setProperty("--to", percent(typical[1]));
      track.style.setProperty("--mean", percent(mean));
    }
    const value = create("output");
    const sweep = iconButton("sweep", fill(text.sweep, { number: name }));
    const back = iconButton("back", fill(text.back_one, { number: name }));
    const row = create("li", { className: "latent-fader" });
    row.append(create("b", { textContent: String(name), ariaHidden: "true" }), track, value, sweep, back);
    listen(slider, "input", () => this.moved(number, slider.valueAsNumber));
    listen(slider, "dblclick", () => this.options.free(number));
    listen(sweep, "click", () => this.toggleSweep(number));
    listen(back, "click", () => {
      this.options.free(number);
      slider.focus(); // the button that was pressed is off now
    });
    return { row, track, slider, value, sweep, back, shareOf, decimals: decimalsOf(range) };
  }

  // --- what is shown ---

  /**
   * @param {Code} code - Its numbers. @param {Code} given - What the encoder gives.
   * @param {(number: number) => boolean} isHeld
   */
  show(code, given, isHeld) {
    this.code = code;
    this.faders.forEach(({ row, track, slider, value, back, shareOf, decimals }, number) => {
      const told = toldNumber(code[number], decimals);
      const held = isHeld(number);
      slider.value = String(code[number]);
      slider.setAttribute(
        "aria-valuetext",
        held
          ? fill(this.options.text.held_value, { value: told, given: toldNumber(given[number], decimals) })
          : told,
      );
      value.textContent = told;
      row.classList.toggle("is-held", held);
      back.disabled = !held;
      track.style.setProperty("--given-share", String(shareOf(given[number])));
    });
  }

  /** @param {number} number @param {number} value */
  moved(number, value) {
    this.endSweep();
    this.options.move(number, value);
  }

  // --- what a number does ---

  /** @param {number} number */
  toggleSweep(number) {
    const wasOn = this.sweep?.number === number;
    this.endSweep();
    if (wasOn) return;
    const { row, sweep, back } = this.faders[number];
    const [value, wasHeld] = [this.code[number], !back.disabled];
    row.classList.add("is-swept");
    showIcon(sweep, "stop", fill(this.options.text.stop_sweep, { number: number + 1 }));
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      row.append(this.buildRow(number));
      this.sweep = { number, before: () => {} };
      return;
    }
    const before = () => (wasHeld ? this.options.move(number, value) : this.options.free(number));
    this.sweep = { number, before };
    const start = performance.now();
    const step = () => {
      const share = (performance.now() - start) / SWEEP_MS;
      if (share >= 1) {
        this.endSweep();
        return;
      }
      this.options.move(number, sweepAt(this.ranges[number].swept, share));
      this.frame = requestAnimationFrame(step);
    };
    step();
  }

  /** Puts a number that is swept back to what it was. */
  endSweep() {
    const { sweep } = this;
    if (!sweep) return;
    this.sweep = null;
    cancelAnimationFrame(this.frame);
    const { row, sweep: button } = this.faders[sweep.number];
    row.classList.remove("is-swept");
    row.querySelector(".latent-five")?.remove();
    showIcon(button, "sweep", fill(this.options.text.sweep, { number: sweep.number + 1 }));
    sweep.before();
  }

  /** Five pictures in place of what moves. @param {number} number */
  buildRow(number) {
    const { decimals } = this.faders[number];
    const row = create("ol", { className: "latent-five" });
    row.ariaLabel = fill(this.options.text.five, { number: number + 1 });
    row.append(
      ...sweepInSteps(this.ranges[number].swept).map((value) => {
        const canvas = create("canvas", { width: SIDE, height: SIDE, ariaHidden: "true" });
        painter(canvas)(this.options.picture(number, value));
        const item = create("li");
        item.append(canvas, create("small", { textContent: toldNumber(value, decimals) }));
        return item;
      }),
    );
    return row;
  }
}

/** @param {number} value @param {number} decimals */
function toldNumber(value, decimals) {
  const told = value.toFixed(decimals);
  return (Number(told) === 0 ? told.replace("-", "") : told).replace("-", "−");
}

/** @param {keyof typeof FADER_ICONS} icon @param {string} label */
function iconButton(icon, label) {
  const button = create("button", { type: "button", className: `latent-icon latent-${icon}` });
  showIcon(button, icon, label);
  return button;
}

/** @param {HTMLButtonElement} button @param {keyof typeof FADER_ICONS} icon @param {string} label */
function showIcon(button, icon, label) {
  const drawing = createSvg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
  drawing.append(createSvg("path", { d: FADER_ICONS[icon] }));
  button.replaceChildren(drawing);
  Object.assign(button, { ariaLabel: label, title: label });
}
