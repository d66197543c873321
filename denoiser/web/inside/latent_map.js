// The map of codes: a dot for each digit, and a point that is moved by a finger, a mouse or keys.
//
// Knows the plane alone: which code a place stands for, and what a network makes of it, it is told.
import { create, createSvg, findAll, setAttributes } from "../elements.js";
import { fill } from "../fill.js";
import { painter, SIDE } from "../picture.js";
import {
  classCentres,
  cleared,
  drawDots,
  fitOf,
  fromPixels,
  hatchOutside,
  movedApart,
  nearestPlace,
  toPixels,
} from "./latent_view.js";
/** @import { Listen } from "../types.js" */
/** @import { DigitPictures } from "./latent_pictures.js" */
/** @import { LatentMap } from "./latent_space.js" */

const CLASSES = 10;
const NUMERAL_ROOM = 19; // pixels from one numeral to the next
const REACH = 14; // pixels from a dot at which it is meant
const DRAGGED = 4; // pixels after which a press is no click
const KEY_STEPS = { small: 1 / 60, large: 1 / 12 }; // of the chart's width, with a key
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {[x: number, y: number]} PlanePoint */

/**
 * @typedef {object} MapOptions
 * @property {LatentMap} map
 * @property {Float32Array} places - Of its digits, x and y of each.
 * @property {DigitPictures} pictures
 * @property {Record<string, string>} text
 * @property {Listen} listen
 * @property {(place: PlanePoint) => void} walk - Called with each place that the point is moved to.
 * @property {(digit: number) => void} pick - Called with a digit that was clicked.
 *
 * @typedef {object} MapState
 * @property {PlanePoint} place - Of the point.
 * @property {{ x: number, y: number, radius: number }[]} circles - Where something was taught.
 * @property {PlanePoint[]} way - The ends of the line that is walked; [] without one.
 */

export class CodeMap {
  /** @param {HTMLElement} root - What it is built in. @param {MapOptions} options */
  constructor(root, options) {
    this.options = options;
    this.fit = { left: 0, top: 0, scale: 1 };
    this.size = { width: 0, height: 0 };
    /** @type {MapState} */
    this.state = { place: [0, 0], circles: [], way: [] };
    this.only = -1;
    this.hovered = -1;
    this.pinned = -1; // the class that a press on its button keeps in front
    this.isMoved = false; // by the visitor, right now
    /** @type {{ x: number, y: number, isDrag: boolean } | null} */
    this.pressed = null;
    this.frame = 0;
    const { text, map, places } = options;
    this.far = create("canvas", { className: "latent-far", ariaHidden: "true" });
    this.dots = create("canvas", { className: "latent-dots", ariaHidden: "true" });
    this.overlay = createSvg("svg", { class: "latent-overlay", "aria-hidden": "true" });
    this.line = createSvg("line", { class: "latent-line" });
    this.ring = createSvg("circle", { class: "latent-ring", r: 7 });
    this.numerals = classCentres(places, map.labels).map((centre) => ({
      ...centre,
      element: createSvg("text", { class: "latent-numeral" }, centre.label),
    }));
    this.overlay.append(this.line, ...this.numerals.map(({ element }) => element), this.ring);
    this.handle = create("div", { className: "latent-point", tabIndex: 0, ariaLabel: text.point });
    // It takes the arrow keys for itself, which screen readers otherwise keep.
    setAttributes(this.handle, { role: "application", "aria-roledescription": text.point_role });
    this.tipCanvas = create("canvas", { width: SIDE, height: SIDE });
    this.tipText = create("b");
    this.tip = create("div", { className: "latent-tip", hidden: true, ariaHidden: "true" });
    this.tip.append(this.tipCanvas, this.tipText);
    this.chart = create("div", { className: "latent-chart" });
    this.chart.append(this.far, this.dots, this.overlay, this.handle, this.tip);
    this.legend = create("div", { className: "latent-classes", ariaLabel: text.classes });
    this.legend.setAttribute("role", "group");
    this.legend.append(...Array.from({ length: CLASSES }, (_, label) => this.buildClass(label)));
    root.append(this.chart, this.legend);
    this.paintDecoded = painter(this.tipCanvas);
    this.listen();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.chart);
  }

  stop() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  // --- built once ---

  /** @param {number} label */
  buildClass(label) {
    const { text } = this.options;
    const button = create("button", {
      type: "button",
      ariaPressed: "false",
      ariaLabel: fill(text.only_class, { label }),
    });
    button.dataset.class = String(label);
    const dot = create("i");
    dot.style.color = `var(--latent-${label})`;
    button.append(dot, String(label));
    return button;
  }

  listen() {
    const { listen } = this.options;
    listen(this.chart, "pointerdown", (event) => this.press(event));
    listen(this.chart, "pointermove", (event) => this.move(event));
    listen(this.chart, "pointerup", (event) => this.release(event));
    listen(this.chart, "pointercancel", () => this.endPress());
    listen(this.chart, "pointerleave", () => this.hover(-1));
    listen(this.handle, "keydown", (event) => this.key(event));
    listen(this.handle, "focus", () => this.showAtPoint());
    listen(this.handle, "blur", () => this.hideTip());
    for (const button of findAll(HTMLButtonElement, this.legend, "button")) {
      const label = Number(button.dataset.class);
      listen(button, "click", () => this.pin(label));
      listen(button, "pointerenter", () => this.showOnly(label));
      listen(button, "pointerleave", () => this.showOnly(this.pinned));
    }
    // Canvases do not follow the theme by themselves; this transition ends whenever it changes.
    listen(this.chart, "transitionend", () => this.redraw());
  }

  // --- what the visitor does ---

  /** @param {PointerEvent} event */
  press(event) {
    if (!event.isPrimary || event.button > 0) return;
    const [x, y] = this.pointOf(event);
    this.pressed = { x, y, isDrag: false };
    // A finger that begins on the point drags it; elsewhere it scrolls the page or taps a digit.
    const mayDrag = event.pointerType !== "touch" || event.target === this.handle;
    if (mayDrag) this.chart.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const [x, y] = this.pointOf(event);
    const { pressed } = this;
    if (!pressed) {
      if (event.pointerType !== "touch") this.hoverAt(x, y);
      return;
    }
    if (!this.chart.hasPointerCapture(event.pointerId)) return;
    pressed.isDrag ||= Math.hypot(x - pressed.x, y - pressed.y) > DRAGGED;
    if (pressed.isDrag) this.walkTo(x, y);
  }

  /** @param {PointerEvent} event */
  release(event) {
    const { pressed } = this;
    this.endPress();
    if (!pressed || pressed.isDrag) return;
    const [x, y] = this.pointOf(event);
    const { place, distance } = this.nearest(x, y);
    if (distance <= REACH) this.options.pick(place);
    else this.walkTo(x, y);
    this.endPress();
  }

  endPress() {
    this.pressed = null;
    if (this.isMoved && document.activeElement !== this.handle) this.hideTip();
    this.isMoved = false;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const [x, y] = this.pixels;
    const arrow = ARROWS[event.key];
    const picks = event.key === "Enter" || event.key === " ";
    if (!arrow && !picks) return;
    event.preventDefault();
    if (picks) {
      const { place } = this.nearest(x, y);
      if (place >= 0) this.options.pick(place);
      return;
    }
    const step = this.size.width * (event.shiftKey ? KEY_STEPS.large : KEY_STEPS.small);
    this.walkTo(x + step * arrow[0], y + step * arrow[1]);
  }

  /** @param {number} x @param {number} y - Pixels; what is outside of the chart becomes its edge. */
  walkTo(x, y) {
    const { width, height } = this.size;
    const within = /** @type {const} */ ([Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))]);
    this.isMoved = true;
    this.hovered = -1;
    this.options.walk(fromPixels(this.fit, ...within));
  }

  /** @param {number} label */
  pin(label) {
    this.pinned = this.pinned === label ? -1 : label;
    for (const button of findAll(HTMLButtonElement, this.legend, "button"))
      button.ariaPressed = String(Number(button.dataset.class) === this.pinned);
    this.showOnly(this.pinned);
  }

  /** @param {number} label - The class whose dots are in front; -1 for all. */
  showOnly(label) {
    if (label === this.only) return;
    this.only = label;
    this.redraw();
  }

  // --- the digit under the mouse, and the picture at the point ---

  /** @param {number} x @param {number} y */
  hoverAt(x, y) {
    const { place, distance } = this.nearest(x, y);
    this.hover(distance <= REACH ? place : -1);
  }

  /** @param {number} digit - Its place in the map; -1 for none. */
  hover(digit) {
    if (digit === this.hovered || this.pressed?.isDrag) return;
    this.hovered = digit;
    this.chart.classList.toggle("over-digit", digit >= 0);
    if (digit < 0) {
      this.hideTip();
      return;
    }
    const { map, places, pictures } = this.options;
    pictures.draw(this.tipCanvas, digit);
    this.tipText.textContent = String(map.labels[digit]);
    this.placeTip(toPixels(this.fit, places[2 * digit], places[2 * digit + 1]));
  }

  showAtPoint() {
    if (this.hovered < 0) this.placeTip(this.pixels);
  }

  /**
   * Shows at the point what the network makes of its code, while the point is moved.
   *
   * @param {ArrayLike<number>} picture @param {string} told
   */
  showDecoded(picture, told) {
    if (this.hovered >= 0) return;
    this.paintDecoded(picture);
    this.tipText.textContent = told;
    if (this.isMoved || document.activeElement === this.handle) this.placeTip(this.pixels);
  }

  /** @param {[number, number]} point - Beside which it stands. */
  placeTip([x, y]) {
    const { width, height } = this.size;
    this.tip.hidden = false;
    this.tip.dataset.side = `${y > height / 2 ? "above" : "below"} ${x > width / 2 ? "left" : "right"}`;
    this.tip.style.translate = `${x}px ${y}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  // --- what is shown ---

  /** @param {MapState} state */
  show(state) {
    this.state = state;
    this.frame ||= requestAnimationFrame(() => this.drawState());
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.chart;
    if (!width || !height) return; // it is not shown
    this.size = { width, height };
    this.fit = fitOf(this.options.places, width, height);
    this.redraw();
  }

  redraw() {
    const { width, height } = this.size;
    if (!width) return;
    const { map, places } = this.options;
    const dots = findAll(HTMLElement, this.legend, "i");
    const colors = dots.map((dot) => getComputedStyle(dot).color);
    drawDots(cleared(this.dots, width, height), places, this.fit, map.labels, colors, this.only);
    setAttributes(this.overlay, { viewBox: `0 0 ${width} ${height}` });
    const centres = this.numerals.map(({ x, y }) => toPixels(this.fit, x, y));
    for (const [i, [x, y]] of movedApart(centres, NUMERAL_ROOM).entries()) {
      const { label, element } = this.numerals[i];
      setAttributes(element, { x, y });
      element.classList.toggle("is-faint", this.only >= 0 && this.only !== label);
    }
    this.drawState();
  }

  drawState() {
    this.frame = 0;
    const { width, height } = this.size;
    if (!width) return;
    const { circles, way } = this.state;
    const { color } = getComputedStyle(this.far);
    hatchOutside(cleared(this.far, width, height), width, height, circles, this.fit, color);
    const [x, y] = this.pixels;
    setAttributes(this.ring, { cx: x, cy: y });
    this.handle.style.translate = `${x}px ${y}px`;
    this.line.classList.toggle("is-shown", way.length === 2);
    if (way.length === 2) {
      const [from, to] = way.map((end) => toPixels(this.fit, ...end));
      setAttributes(this.line, { x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
    }
  }

  /** Where the point is drawn: on the edge, where it lies outside. @returns {[number, number]} */
  get pixels() {
    const { width, height } = this.size;
    const [x, y] = toPixels(this.fit, ...this.state.place);
    return [Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))];
  }

  /** @param {number} x @param {number} y */
  nearest(x, y) {
    const { places, map } = this.options;
    const counts = (/** @type {number} */ digit) => this.only < 0 || map.labels[digit] === this.only;
    return nearestPlace(places, this.fit, x, y, counts);
  }

  /** @param {MouseEvent} event @returns {[number, number]} */
  pointOf({ clientX, clientY }) {
    const { left, top } = this.chart.getBoundingClientRect();
    return [clientX - left - this.chart.clientLeft, clientY - top - this.chart.clientTop];
  }
}
