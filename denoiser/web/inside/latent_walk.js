// The walk between two digits: from one, to another, and a slider for the straight line between.
//
// Knows digits by their places in a map, and no code.
import { create } from "../elements.js";
import { fill } from "../fill.js";
import { SIDE } from "../picture.js";
/** @import { Listen } from "../types.js" */
/** @import { DigitPictures } from "./latent_pictures.js" */

const WALK_STEP = 0.01;
const WALK_ENDS = /** @type {const} */ (["from", "to"]);

/**
 * @typedef {object} WalkOptions
 * @property {Uint8Array} labels - Of the map's digits.
 * @property {DigitPictures} pictures
 * @property {Record<string, string>} text
 * @property {Listen} listen
 * @property {() => void} walk - Called with each step, and when an end is chosen or taken away.
 */

export class DigitWalk {
  /** @param {HTMLElement} root - What it is built in. @param {WalkOptions} options */
  constructor(root, options) {
    this.options = options;
    /** @type {Record<typeof WALK_ENDS[number], number>} */
    this.ends = { from: -1, to: -1 };
    /** @type {typeof WALK_ENDS[number]} */
    this.next = "from"; // the end that the next digit becomes
    this.slots = { from: this.buildSlot("from"), to: this.buildSlot("to") };
    const { text, listen } = options;
    this.slider = create("input", {
      type: "range",
      min: "0",
      max: "1",
      step: String(WALK_STEP),
      value: "0",
      ariaLabel: text.way,
    });
    this.told = create("output");
    this.clearButton = create("button", { type: "button", textContent: text.clear_walk });
    const random = create("button", { type: "button", textContent: text.random_walk });
    const title = create("h4", { textContent: text.walk });
    const way = create("div", { className: "latent-way" });
    way.append(this.slider, this.told);
    const line = create("div", { className: "latent-slots" });
    line.append(this.slots.from.button, way, this.slots.to.button);
    const buttons = create("div", { className: "latent-buttons" });
    buttons.append(random, this.clearButton);
    const head = create("div", { className: "latent-head" });
    head.append(title, buttons);
    root.append(head, line);
    listen(this.slider, "input", () => this.walked());
    listen(random, "click", () => this.chooseRandom());
    listen(this.clearButton, "click", () => this.clear());
    this.show();
  }

  /** @param {typeof WALK_ENDS[number]} end */
  buildSlot(end) {
    const canvas = create("canvas", { width: SIDE, height: SIDE, ariaHidden: "true" });
    const label = create("small");
    const button = create("button", { type: "button", className: "latent-slot" });
    button.append(canvas, label);
    this.options.listen(button, "click", () => {
      this.next = end;
      this.show();
    });
    return { button, canvas, label };
  }

  /** The digits from and to which one walks; null before both are chosen. */
  get pair() {
    const { from, to } = this.ends;
    return from >= 0 && to >= 0 ? { from, to } : null;
  }

  /** The part of the way, from 0 to 1. */
  get share() {
    return this.slider.valueAsNumber;
  }

  /** The one digit that is chosen so far; -1 for none or two. */
  get only() {
    const { from, to } = this.ends;
    return this.pair ? -1 : Math.max(from, to);
  }

  /** Takes a digit for the end that is next. @param {number} digit - Its place in the map. */
  pick(digit) {
    const end = this.next;
    this.ends[end] = digit;
    this.next = end === "from" ? "to" : "from";
    this.slider.value = "0";
    this.show();
    this.options.walk();
  }

  chooseRandom() {
    const { labels } = this.options;
    const from = Math.floor(Math.random() * labels.length);
    const others = Array.from(labels, (_, digit) => digit).filter((digit) => labels[digit] !== labels[from]);
    this.ends = { from, to: others[Math.floor(Math.random() * others.length)] };
    this.next = "from";
    this.slider.value = "0";
    this.show();
    this.options.walk();
    this.slider.focus();
  }

  clear() {
    this.ends = { from: -1, to: -1 };
    this.next = "from";
    this.slider.value = "0";
    this.show();
    this.options.walk();
    this.slots.from.button.focus(); // the button that was pressed is off now
  }

  walked() {
    this.showShare();
    this.options.walk();
  }

  show() {
    const { labels, pictures, text } = this.options;
    for (const end of WALK_ENDS) {
      const { button, canvas, label } = this.slots[end];
      const digit = this.ends[end];
      const name = text[end];
      button.classList.toggle("is-empty", digit < 0);
      button.ariaPressed = String(this.next === end);
      if (digit >= 0) pictures.draw(canvas, digit);
      label.textContent = digit < 0 ? name : fill(text.end, { end: name, label: labels[digit] });
      button.ariaLabel = fill(digit < 0 ? text.empty_end : text.full_end, {
        end: name,
        label: labels[digit],
      });
    }
    this.slider.disabled = !this.pair;
    this.clearButton.disabled = this.ends.from < 0 && this.ends.to < 0;
    this.showShare();
  }

  showShare() {
    const { labels, text } = this.options;
    const { pair, share } = this;
    const percent = Math.round(100 * share);
    this.slider.style.setProperty("--filled", `${percent}%`);
    this.told.textContent = pair
      ? fill(text.on_the_way, { percent, from: labels[pair.from], to: labels[pair.to] })
      : text.choose_ends;
    this.slider.setAttribute("aria-valuetext", this.told.textContent);
  }
}
