// A curve that is drawn in one sweep or moved point by point, and the true one over it.
import { countTicks, passed, pathOf, scale } from "../../../web/charts.js";
import { createSvg, find, findOf, listening, setAttributes } from "../../../web/elements.js";
import { legendItem } from "../../../web/legend.js";
import { mount } from "../../../web/mount.js";
/** @import { SketchData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const BOX = { left: 46, right: 426, top: 26, bottom: 228 };
const TICKS = 4;
/** @type {Record<string, number>} */
const STEPS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 8, PageDown: -8 };
const STEPS_IN_ALL = 80;

/** @param {Streamlit<SketchData>} streamlit */
export default function sketch(streamlit) {
  return mount(streamlit, (parent) => new Sketch(find(parent, ".sketch"), streamlit));
}

class Sketch {
  /** @param {HTMLElement} root @param {Streamlit<SketchData>} streamlit */
  constructor(root, { data, setStateValue }) {
    this.root = root;
    this.data = data;
    this.values = data.drawn;
    this.sent = "";
    this.setStateValue = setStateValue;
    this.svg = findOf(SVGSVGElement, root, "svg");
    /** @type {SVGElement[]} */
    this.points = [];
    /** @type {{ place: number, value: number } | null} */
    this.last = null; // where the pen was
    this.listeners = listening();
    const { listen } = this.listeners;
    listen(this.svg, "pointerdown", (event) => this.begin(event));
    listen(this.svg, "pointermove", (event) => this.sweep(event));
    listen(this.svg, "pointerup", () => this.lift());
    listen(this.svg, "pointercancel", () => this.lift());
    listen(this.svg, "keydown", (event) => this.step(event));
  }

  /** @param {string} selector */
  part(selector) {
    return findOf(SVGElement, this.root, selector);
  }

  stop() {
    this.listeners.stop();
  }

  /** @param {SketchData} data @param {Streamlit<SketchData>} streamlit */
  receive(data, { setStateValue }) {
    this.setStateValue = setStateValue;
    const sent = JSON.stringify(data);
    if (sent === this.sent) return;
    Object.assign(this, { sent, data });
    this.values ??= data.drawn;
    this.root.classList.toggle("open", data.open);
    this.build();
    this.show();
  }

  get scales() {
    const { count, high } = this.data;
    const [across, up] = [
      [BOX.left, BOX.right],
      [BOX.bottom, BOX.top],
    ];
    return {
      x: scale([0, count - 1], across),
      y: scale([0, high], up),
      placeAt: scale(across, [0, count - 1]),
      valueAt: scale(up, [0, high]),
    };
  }

  build() {
    const { count, colors, open, others, start, text, truth } = this.data;
    const { x, y } = this.scales;
    setAttributes(this.svg, { "aria-label": text.chart, role: "group" });
    this.part("[data-grid]").replaceChildren(...this.grid());
    find(this.root, "[data-hint]").textContent = open ? text.hint : "";
    this.part("[data-drawn]").setAttribute("stroke", colors.drawn);
    const lines = others.map((values) => this.line(values)).join("");
    setAttributes(this.part("[data-others]"), { stroke: colors.drawn, d: lines });
    setAttributes(this.part("[data-truth]"), { stroke: colors.truth, d: truth ? this.line(truth) : "" });
    this.place(this.part("[data-start]"), 0, start);
    const label = setAttributes(this.part("[data-start-text]"), { x: x(0) + 10, y: y(start) + 22 });
    label.textContent = open ? text.start : "";
    const drawn = legendItem("drawn", text.drawn, colors.drawn);
    const legend = truth ? [drawn, legendItem("truth", text.truth, colors.truth)] : [drawn];
    find(this.root, "[data-legend]").replaceChildren(...legend);
    this.points = open ? Array.from({ length: count - 1 }, (_, i) => this.point(i + 1)) : [];
    this.part("[data-points]").replaceChildren(...this.points);
  }

  /** @param {number} index */
  point(index) {
    const { colors, high, text } = this.data;
    const label = text.point.replace("{epoch}", String(index + 1));
    const slider = { role: "slider", tabindex: 0, "aria-label": label, "aria-orientation": "vertical" };
    const range = { "aria-valuemin": 0, "aria-valuemax": high };
    return createSvg("circle", { r: 7, fill: colors.drawn, "data-index": index, ...slider, ...range });
  }

  grid() {
    const { count, high, text } = this.data;
    const { x, y } = this.scales;
    const [middle, end] = [{ "text-anchor": "middle" }, { "text-anchor": "end" }];
    const levels = countTicks(TICKS, TICKS).map((tick) => (high * tick) / TICKS);
    return [
      ...levels.flatMap((level) => [
        createSvg("line", { class: "grid", x1: BOX.left, x2: BOX.right, y1: y(level), y2: y(level) }),
        createSvg("text", { x: BOX.left - 6, y: y(level) + 4, ...end }, level.toFixed(2)),
      ]),
      ...countTicks(count - 1, count).map((i) =>
        createSvg("text", { x: x(i), y: BOX.bottom + 18, ...middle }, i + 1),
      ),
      createSvg("text", { x: BOX.right, y: BOX.bottom + 36, ...end }, text.x),
      createSvg("text", { x: BOX.left, y: BOX.top - 12 }, text.y),
    ];
  }

  show() {
    const values = this.values ?? this.level();
    this.part("[data-drawn]").setAttribute("d", this.values ? this.line(values) : "");
    this.points.forEach((point, i) => {
      this.place(point, i + 1, values[i + 1]);
      const opacity = this.values ? 1 : 0.35;
      setAttributes(point, { "fill-opacity": opacity, "aria-valuenow": values[i + 1].toFixed(4) });
    });
  }

  /** What is shown before anything is drawn. */
  level() {
    return Array.from({ length: this.data.count }, () => this.data.start);
  }

  /** @param {SVGElement} circle @param {number} index @param {number} value */
  place(circle, index, value) {
    setAttributes(circle, { cx: this.scales.x(index), cy: this.scales.y(value) });
  }

  /** @param {number[]} values */
  line(values) {
    const { x, y } = this.scales;
    return pathOf(values.map((value, i) => [x(i), y(value)]));
  }

  /** Returns where the pen is: the place of a point, not rounded, and a value. @param {PointerEvent} event */
  where({ clientX, clientY }) {
    const toSheet = this.svg.getScreenCTM()?.inverse();
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(toSheet);
    return { place: this.scales.placeAt(x), value: this.scales.valueAt(y) };
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (!this.data.open || event.button > 0) return;
    this.svg.setPointerCapture(event.pointerId);
    this.last = this.where(event);
    this.set([[Math.round(this.last.place), this.last.value]]);
  }

  /**
   * Sets every point that the pen passed since its last place, however fast it was.
   * @param {PointerEvent} event
   */
  sweep(event) {
    if (!this.last) return;
    const from = this.last;
    this.last = this.where(event);
    this.set(passed(from, this.last));
  }

  lift() {
    if (!this.last) return;
    this.last = null;
    this.send();
  }

  /** @param {KeyboardEvent} event */
  step(event) {
    const steps = STEPS[event.key];
    const index = Number(event.target instanceof SVGElement && event.target.dataset.index);
    if (!steps || !index) return;
    event.preventDefault();
    const value = (this.values ?? this.level())[index];
    this.set([[index, value + (steps * this.data.high) / STEPS_IN_ALL]]);
    this.send();
  }

  /** @param {[index: number, value: number][]} changes */
  set(changes) {
    const { count, high } = this.data;
    const values = this.values ?? this.level();
    for (const [index, value] of changes) {
      if (index > 0 && index < count) values[index] = Math.min(Math.max(value, 0), high);
    }
    this.values = values;
    this.show();
  }

  send() {
    this.setStateValue("drawn", this.values);
  }
}
