// The curves of a training: SVG whose elements stay while the points become more.
import {
  axis,
  countTicks,
  linearTicks,
  logTicks,
  nearest,
  pathOf,
  pointsOf,
  scale,
  tenth,
} from "../../../web/charts.js";
import { createSvg, find, findOf, listening, setAttributes } from "../../../web/elements.js";
import { legendItem } from "../../../web/legend.js";
import { deviceLab } from "../../../web/device_lab.js";
import { mount } from "../../../web/mount.js";
import { withLines } from "./followed.js";
/** @import { CurveName, CurvesData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const MARGIN = { left: 52, right: 12, top: 12, bottom: 40 };
const MAX_EPOCH_TICKS = 12;
const RADIUS = 3.5;
const CIRCLE = `a${RADIUS} ${RADIUS} 0 1 0 ${2 * RADIUS} 0a${RADIUS} ${RADIUS} 0 1 0 ${-2 * RADIUS} 0`;
const SQUARE = `h${2 * RADIUS}v${2 * RADIUS}h${-2 * RADIUS}z`;

/** @type {Partial<Record<CurveName, (x: number, y: number) => string>>} */
const MARKS = {
  loss: (x, y) => `M${x - RADIUS} ${y}${CIRCLE}`,
  val_loss: (x, y) => `M${x - RADIUS} ${y - RADIUS}${SQUARE}`,
};

/** @param {Streamlit<CurvesData>} streamlit */
export default function curves(streamlit) {
  return mount(streamlit, (parent) => new Curves(find(parent, ".curves"), streamlit.data));
}

class Curves {
  /** @param {HTMLElement} root @param {CurvesData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.sent = "";
    this.plot = find(root, ".plot");
    this.svg = findOf(SVGSVGElement, root, ".plot > svg");
    this.tip = find(root, "[data-tip]");
    this.cursor = findOf(SVGElement, root, "[data-cursor]");
    /** @type {number | null} */
    this.pointed = null;
    this.stopFollowing = () => {};
    this.listeners = listening();
    this.listeners.listen(this.svg, "pointermove", (event) => this.point(event.offsetX));
    this.listeners.listen(this.svg, "pointerleave", () => this.point(null));
    this.paths = this.build();
    this.scales = this.scalesFor(0, 0);
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.plot);
  }

  /** @param {CurvesData} data */
  receive(data) {
    const sent = JSON.stringify(data);
    if (sent === this.sent) return;
    this.sent = sent;
    this.stopFollowing();
    if (data.device)
      this.stopFollowing = deviceLab().follow(
        data.device,
        (followed) => followed && this.show(withLines(data, followed.record)),
      );
    this.show(data);
  }

  /** @param {CurvesData} data */
  show(data) {
    this.data = data;
    this.svg.setAttribute("aria-label", data.summary);
    this.buildLegend();
    this.draw();
  }

  stop() {
    this.stopFollowing();
    this.resized.disconnect();
    this.listeners.stop();
  }

  get names() {
    return /** @type {CurveName[]} */ (Object.keys(this.data.lines));
  }

  build() {
    return this.names.map((name) => {
      const color = this.data.colors[name];
      const line = createSvg("path", { class: name, stroke: color });
      const marks = createSvg("path", { class: "marks", fill: color });
      findOf(SVGElement, this.root, "[data-lines]").append(line, marks);
      return { name, line, marks };
    });
  }

  buildLegend() {
    const { colors, text } = this.data;
    const items = this.names.map((name) => legendItem(name, text[name], colors[name], MARKS[name]));
    find(this.root, "[data-legend]").replaceChildren(...items);
    findOf(SVGElement, this.root, "[data-reference-text]").textContent = text.reference;
  }

  draw() {
    const { width, height } = this.plot.getBoundingClientRect();
    if (!width || !height) return;
    this.scales = this.scalesFor(width, height);
    this.drawGrid(width, height);
    const { x, y } = this.scales;
    for (const { name, line, marks } of this.paths) {
      const points = pointsOf(this.data.lines[name]).map(([epoch, loss]) => [x(epoch), y(loss)]);
      setAttributes(line, { d: pathOf(points), "data-points": points.length });
      const mark = MARKS[name];
      if (mark) marks.setAttribute("d", points.map(([left, top]) => mark(left, top)).join(""));
    }
    this.point(this.pointed);
  }

  /** @param {number} width - Of the plot. @param {number} height */
  scalesFor(width, height) {
    const { lines, total, reference, log } = this.data;
    const losses = Object.values(lines).flatMap((line) => pointsOf(line).map(([, loss]) => loss));
    const range = axis([reference, ...losses], log);
    const across = [MARGIN.left, width - MARGIN.right];
    const place = scale([0, total], across);
    const level = scale(range, [height - MARGIN.bottom, MARGIN.top], log);
    return {
      ticks: (log ? logTicks : linearTicks)(range[0], range[1]),
      x: (/** @type {number} */ epoch) => tenth(place(epoch)),
      y: (/** @type {number} */ loss) => tenth(level(loss)),
      epochAt: scale(across, [0, total]),
    };
  }

  /** @param {number} width @param {number} height */
  drawGrid(width, height) {
    const { total, reference, text } = this.data;
    const { ticks, x, y } = this.scales;
    const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
    const middle = { "text-anchor": "middle" };
    const parts = ticks.flatMap((loss) => [
      createSvg("line", { class: "grid", x1: left, x2: right, y1: y(loss), y2: y(loss) }),
      createSvg("text", { x: left - 8, y: y(loss) + 4, "text-anchor": "end" }, Number(loss.toPrecision(3))),
    ]);
    for (const epoch of countTicks(total, MAX_EPOCH_TICKS)) {
      parts.push(createSvg("text", { x: x(epoch), y: bottom + 18, ...middle }, epoch));
    }
    const turned = `translate(12 ${(bottom + MARGIN.top) / 2}) rotate(-90)`;
    parts.push(createSvg("text", { x: (left + right) / 2, y: height - 4, ...middle }, text.x));
    parts.push(createSvg("text", { transform: turned, ...middle }, text.y));
    findOf(SVGElement, this.root, "[data-grid]").replaceChildren(...parts);
    const level = y(reference);
    const [line, name] = ["[data-reference]", "[data-reference-text]"];
    setAttributes(findOf(SVGElement, this.root, line), { x1: left, x2: right, y1: level, y2: level });
    setAttributes(findOf(SVGElement, this.root, name), { x: right, y: level - 6, "text-anchor": "end" });
  }

  /** Says what the curves are where the visitor points. @param {number | null} x - null for nowhere. */
  point(x) {
    this.pointed = x;
    const step = x === null ? null : nearest(this.data.lines.step, this.scales.epochAt(x));
    this.tip.hidden = !step;
    this.cursor.style.display = step ? "" : "none";
    if (!step) return;
    this.tip.textContent = this.textAt(step);
    const left = this.scales.x(step[0]);
    const { clientHeight, clientWidth } = this.svg;
    setAttributes(this.cursor, { x1: left, x2: left, y1: MARGIN.top, y2: clientHeight - MARGIN.bottom });
    const { offsetWidth } = this.tip;
    const after = left + 12 <= clientWidth - offsetWidth;
    this.tip.style.left = `${Math.max(0, after ? left + 12 : left - 12 - offsetWidth)}px`;
  }

  /** @param {[epoch: number, loss: number]} step */
  textAt([epoch, stepLoss]) {
    const { text, lines } = this.data;
    const parts = [`${text.x} ${epoch.toFixed(2)}`, `${text.step}: ${stepLoss.toFixed(4)}`];
    for (const name of /** @type {CurveName[]} */ (["loss", "val_loss"])) {
      const found = nearest(lines[name], epoch);
      if (found && Math.round(epoch) === found[0]) parts.push(`${text[name]}: ${found[1].toFixed(4)}`);
    }
    return parts.join("\n");
  }
}
