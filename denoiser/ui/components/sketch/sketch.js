// A curve that is drawn in one sweep or moved point by point, and the true one over it.
import { mount } from "../../../web/mount.js";
import { createSvg } from "../../../web/elements.js";
import { legendItem } from "../../../web/legend.js";

const BOX = { left: 46, right: 426, top: 26, bottom: 228 };
const TICKS = 4;
const STEPS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 8, PageDown: -8 };
const STEPS_IN_ALL = 80;

export default function sketch(streamlit) {
  return mount(streamlit, (parent) => new Sketch(parent.querySelector(".sketch")));
}

class Sketch {
  constructor(root) {
    this.root = root;
    this.svg = root.querySelector("svg");
    this.listeners = new AbortController();
    const listen = (type, act) => this.svg.addEventListener(type, act, { signal: this.listeners.signal });
    listen("pointerdown", (event) => this.begin(event));
    listen("pointermove", (event) => this.last && this.sweep(event));
    for (const type of ["pointerup", "pointercancel"]) listen(type, () => this.lift());
    listen("keydown", (event) => this.step(event));
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  stop() {
    this.listeners.abort();
  }

  receive(data, { setStateValue }) {
    this.send = () => setStateValue("drawn", this.values);
    const sent = JSON.stringify(data);
    if (sent === this.sent) return;
    Object.assign(this, { sent, data });
    this.values ||= data.drawn;
    this.root.classList.toggle("open", data.open);
    this.build();
    this.show();
  }

  x(index) {
    return BOX.left + (index / (this.data.count - 1)) * (BOX.right - BOX.left);
  }

  y(value) {
    return BOX.bottom - (value / this.data.high) * (BOX.bottom - BOX.top);
  }

  build() {
    const { count, colors, open, others, start, text, truth } = this.data;
    this.svg.setAttribute("aria-label", text.chart);
    this.svg.setAttribute("role", "group");
    this.find("[data-grid]").replaceChildren(...this.grid());
    this.find("[data-hint]").textContent = open ? text.hint : "";
    this.find("[data-drawn]").setAttribute("stroke", colors.drawn);
    this.find("[data-others]").setAttribute("stroke", colors.drawn);
    this.find("[data-others]").setAttribute("d", others.map((values) => this.line(values)).join(""));
    this.find("[data-truth]").setAttribute("stroke", colors.truth);
    this.find("[data-truth]").setAttribute("d", truth ? this.line(truth) : "");
    this.place(this.find("[data-start]"), 0, start);
    const label = this.find("[data-start-text]");
    label.textContent = open ? text.start : "";
    label.setAttribute("x", this.x(0) + 10);
    label.setAttribute("y", this.y(start) + 22);
    const names = truth ? ["drawn", "truth"] : ["drawn"];
    this.find("[data-legend]").replaceChildren(...names.map((name) => legendItem(name, text[name], colors[name])));
    this.points = open ? Array.from({ length: count - 1 }, (_, i) => this.point(i + 1)) : [];
    this.find("[data-points]").replaceChildren(...this.points);
  }

  point(index) {
    const { colors, high, text } = this.data;
    const label = text.point.replace("{epoch}", index + 1);
    return createSvg("circle", {
      r: 7, fill: colors.drawn, role: "slider", tabindex: 0, "data-index": index,
      "aria-label": label, "aria-valuemin": 0, "aria-valuemax": high, "aria-orientation": "vertical",
    });
  }

  grid() {
    const { count, high, text } = this.data;
    const parts = [];
    for (let i = 0; i <= TICKS; i++) {
      const y = this.y((high * i) / TICKS);
      parts.push(createSvg("line", { class: "grid", x1: BOX.left, x2: BOX.right, y1: y, y2: y }));
      parts.push(createSvg("text", { x: BOX.left - 6, y: y + 4, "text-anchor": "end" }, ((high * i) / TICKS).toFixed(2)));
    }
    for (let i = 0; i < count; i++)
      parts.push(createSvg("text", { x: this.x(i), y: BOX.bottom + 18, "text-anchor": "middle" }, i + 1));
    parts.push(createSvg("text", { x: BOX.right, y: BOX.bottom + 36, "text-anchor": "end" }, text.x));
    parts.push(createSvg("text", { x: BOX.left, y: BOX.top - 12 }, text.y));
    return parts;
  }

  show() {
    const values = this.values || this.level();
    this.find("[data-drawn]").setAttribute("d", this.values ? this.line(values) : "");
    this.points.forEach((point, i) => {
      this.place(point, i + 1, values[i + 1]);
      point.setAttribute("fill-opacity", this.values ? 1 : 0.35);
      point.setAttribute("aria-valuenow", values[i + 1].toFixed(4));
    });
  }

  // What is shown before anything is drawn.
  level() {
    return Array(this.data.count).fill(this.data.start);
  }

  place(circle, index, value) {
    circle.setAttribute("cx", this.x(index));
    circle.setAttribute("cy", this.y(value));
  }

  line(values) {
    return `M${values.map((value, i) => `${this.x(i)} ${this.y(value)}`).join("L")}`;
  }

  // Where the pen is: the place of a point, not rounded, and a value.
  where(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    const { count, high } = this.data;
    const index = ((at.x - BOX.left) / (BOX.right - BOX.left)) * (count - 1);
    const value = ((BOX.bottom - at.y) / (BOX.bottom - BOX.top)) * high;
    return { index, value };
  }

  begin(event) {
    if (!this.data.open || event.button > 0) return;
    this.svg.setPointerCapture(event.pointerId);
    this.values ||= this.level();
    this.last = this.where(event);
    this.set(Math.round(this.last.index), this.last.value);
  }

  // Every point that the pen passed since its last place, however fast it was.
  sweep(event) {
    const from = this.last;
    const to = (this.last = this.where(event));
    const [low, high] = [from.index, to.index].sort((a, b) => a - b);
    for (let i = Math.ceil(low); i <= high; i++)
      this.set(i, from.value + ((i - from.index) / (to.index - from.index)) * (to.value - from.value));
    this.set(Math.round(to.index), to.value);
  }

  lift() {
    if (!this.last) return;
    this.last = null;
    this.send();
  }

  step(event) {
    const steps = STEPS[event.key];
    if (!steps || !event.target.dataset.index) return;
    event.preventDefault();
    this.values ||= this.level();
    const index = Number(event.target.dataset.index);
    this.set(index, this.values[index] + (steps * this.data.high) / STEPS_IN_ALL);
    this.send();
  }

  set(index, value) {
    const { count, high } = this.data;
    if (index < 1 || index >= count) return;
    this.values[index] = Math.min(Math.max(value, 0), high);
    this.show();
  }
}
