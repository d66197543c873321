// The curves of a training: SVG whose elements stay while the points become more.
import { mount } from "../../../web/mount.js";
import { createSvg } from "../../../web/elements.js";
import { legendItem } from "../../../web/legend.js";

const MARGIN = { left: 52, right: 12, top: 12, bottom: 40 };
const MAX_EPOCH_TICKS = 12;
const LINEAR_TICKS = 5;
const RADIUS = 3.5;
const MARKS = {
  loss: (x, y) => `M${x - RADIUS} ${y}a${RADIUS} ${RADIUS} 0 1 0 ${2 * RADIUS} 0a${RADIUS} ${RADIUS} 0 1 0 ${-2 * RADIUS} 0`,
  val_loss: (x, y) => `M${x - RADIUS} ${y - RADIUS}h${2 * RADIUS}v${2 * RADIUS}h${-2 * RADIUS}z`,
};

export default function curves(streamlit) {
  return mount(streamlit, (parent) => new Curves(parent.querySelector(".curves")));
}

class Curves {
  constructor(root) {
    this.root = root;
    this.svg = this.find(".plot > svg");
    this.listeners = new AbortController();
    const listen = (type, act) => this.svg.addEventListener(type, act, { signal: this.listeners.signal });
    listen("pointermove", (event) => this.point(event.offsetX));
    listen("pointerleave", () => this.point(null));
    this.resized = new ResizeObserver(() => this.data && this.draw());
    this.resized.observe(this.find(".plot"));
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  stop() {
    this.resized.disconnect();
    this.listeners.abort();
  }

  receive(data) {
    const sent = JSON.stringify(data);
    if (sent === this.sent) return;
    Object.assign(this, { sent, data });
    if (!this.paths) this.build();
    this.svg.setAttribute("aria-label", data.summary);
    this.buildLegend();
    this.draw();
  }

  build() {
    const { lines, colors } = this.data;
    this.paths = {};
    for (const name of Object.keys(lines)) {
      const line = createSvg("path", { class: name, stroke: colors[name] });
      const marks = createSvg("path", { class: "marks", fill: colors[name] });
      this.paths[name] = { line, marks };
      this.find("[data-lines]").append(line, marks);
    }
  }

  buildLegend() {
    const { lines, colors, text } = this.data;
    const items = Object.keys(lines).map((name) => legendItem(name, text[name], colors[name], MARKS[name]));
    this.find("[data-legend]").replaceChildren(...items);
    this.find("[data-reference-text]").textContent = text.reference;
  }

  draw() {
    const { width, height } = this.find(".plot").getBoundingClientRect();
    if (!width || !height) return;
    this.scale(width, height);
    this.drawGrid(width, height);
    for (const [name, [x, y]] of Object.entries(this.data.lines)) {
      const points = x.flatMap((epoch, i) => (y[i] === null ? [] : [[this.x(epoch), this.y(y[i])]]));
      // A line to where it begins is a dot: the first point is seen at once.
      this.paths[name].line.setAttribute("d", points.length ? `M${points[0]}L${points.join("L")}` : "");
      this.paths[name].line.dataset.points = points.length;
      if (MARKS[name]) {
        this.paths[name].marks.setAttribute("d", points.map(([left, top]) => MARKS[name](left, top)).join(""));
      }
    }
    this.point(this.pointed ?? null);
  }

  scale(width, height) {
    const { lines, total, reference, log } = this.data;
    const losses = Object.values(lines).flatMap(([, y]) => y.filter((loss) => loss > 0));
    const low = Math.min(reference, ...losses);
    const high = Math.max(reference, ...losses);
    this.range = log ? [low * 0.85, high * 1.15] : [0, high * 1.05];
    const [from, to] = log ? this.range.map(Math.log) : this.range;
    const bottom = height - MARGIN.bottom;
    const inner = width - MARGIN.left - MARGIN.right;
    this.x = (epoch) => round(MARGIN.left + (epoch / total) * inner);
    this.epochAt = (x) => ((x - MARGIN.left) / inner) * total;
    this.y = (loss) => {
      const value = log ? Math.log(loss) : loss;
      return round(bottom - ((value - from) / (to - from)) * (bottom - MARGIN.top));
    };
  }

  drawGrid(width, height) {
    const { total, reference, log, text } = this.data;
    const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
    const parts = [];
    for (const loss of (log ? logTicks : linearTicks)(...this.range)) {
      const y = this.y(loss);
      parts.push(createSvg("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }));
      parts.push(createSvg("text", { x: left - 8, y: y + 4, "text-anchor": "end" }, String(Number(loss.toPrecision(3)))));
    }
    const stride = Math.ceil(total / MAX_EPOCH_TICKS);
    for (let epoch = 0; epoch <= total; epoch += stride) {
      parts.push(createSvg("text", { x: this.x(epoch), y: bottom + 18, "text-anchor": "middle" }, String(epoch)));
    }
    const middle = (bottom + MARGIN.top) / 2;
    parts.push(createSvg("text", { x: (left + right) / 2, y: height - 4, "text-anchor": "middle" }, text.x));
    parts.push(createSvg("text", { transform: `translate(12 ${middle}) rotate(-90)`, "text-anchor": "middle" }, text.y));
    this.find("[data-grid]").replaceChildren(...parts);
    const y = this.y(reference);
    set(this.find("[data-reference]"), { x1: left, x2: right, y1: y, y2: y });
    set(this.find("[data-reference-text]"), { x: right, y: y - 6, "text-anchor": "end" });
  }

  // Says what the curves are where the visitor points; null for nowhere.
  point(x) {
    this.pointed = x;
    const tip = this.find("[data-tip]");
    const step = x === null ? null : nearest(this.data.lines.step, this.epochAt(x));
    tip.hidden = !step;
    this.find("[data-cursor]").style.display = step ? "" : "none";
    if (!step) return;
    const { text, lines } = this.data;
    const said = [`${text.x} ${step[0].toFixed(2)}`, `${text.step}: ${step[1].toFixed(4)}`];
    for (const name of ["loss", "val_loss"]) {
      const found = nearest(lines[name], step[0]);
      if (found && Math.round(step[0]) === found[0]) said.push(`${text[name]}: ${found[1].toFixed(4)}`);
    }
    tip.textContent = said.join("\n");
    const left = this.x(step[0]);
    set(this.find("[data-cursor]"), { x1: left, x2: left, y1: MARGIN.top, y2: this.svg.clientHeight - MARGIN.bottom });
    const room = this.svg.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, left + 12 > room ? left - 12 - tip.offsetWidth : left + 12)}px`;
  }
}

function nearest([x, y], epoch) {
  let found = null;
  for (let i = 0; i < x.length; i++) {
    if (y[i] === null) continue;
    if (!found || Math.abs(x[i] - epoch) <= Math.abs(found[0] - epoch)) found = [x[i], y[i]];
  }
  return found;
}

function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    ticks.push(...[1, 2, 5].map((digit) => digit * 10 ** power));
  }
  const inside = ticks.filter((tick) => low <= tick && tick <= high);
  return inside.length > 1 ? inside : linearTicks(low, high);
}

function linearTicks(low, high) {
  const rough = (high - low) / LINEAR_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((digit) => digit * power >= rough);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step);
  return ticks;
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
