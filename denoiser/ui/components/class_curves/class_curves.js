// The curves of a class: SVG whose elements stay while devices and their points become more.
import { axis, countTicks, logTicks, pathOf, pointsOf, scale, tenth } from "../../../web/charts.js";
import { createSvg, find, findOf, setAttributes } from "../../../web/elements.js";
import { legendItem } from "../../../web/legend.js";
import { mount } from "../../../web/mount.js";
import { apart, middle } from "./labels.js";
/** @import { ClassCurvesData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const MARGIN = { left: 4, right: 0.75, top: 0.75, bottom: 3 }; // in rem
const LABEL_LETTER = 0.52; // the width of one, in rem, about
const MOST_LABEL = 0.3; // of the chart's width
const MAX_TICKS = 12;
const SHOWN = [0.001, 1]; // losses; what somebody made up beyond them squeezes nobody's curve
const AT_FIRST = [0.01, 0.3];

/** @param {Streamlit<ClassCurvesData>} streamlit */
export default function classCurves(streamlit) {
  return mount(streamlit, (parent) => new ClassCurves(find(parent, ".class-curves"), streamlit.data));
}

class ClassCurves {
  /** @param {HTMLElement} root @param {ClassCurvesData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.sent = "";
    this.plot = find(root, ".plot");
    this.svg = findOf(SVGSVGElement, root, ".plot > svg");
    /** @type {SVGElement[]} */
    this.paths = [];
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.plot);
  }

  /** @param {ClassCurvesData} data */
  receive(data) {
    const sent = JSON.stringify(data);
    if (sent === this.sent) return;
    Object.assign(this, { sent, data });
    this.svg.setAttribute("aria-label", data.summary);
    this.draw();
  }

  stop() {
    this.resized.disconnect();
  }

  /** @param {string} selector */
  part(selector) {
    return findOf(SVGElement, this.root, selector);
  }

  draw() {
    const { width, height } = this.plot.getBoundingClientRect();
    if (!width || !height) return;
    const layout = this.layoutFor(width, height);
    this.drawLegend(layout.hasLabels);
    this.drawGrid(layout);
    this.drawLines(layout);
    this.drawLabels(layout);
    const empty = this.data.lines.some(({ points }) => points[0].length) ? "" : this.data.text.empty;
    const place = { x: (layout.left + layout.right) / 2, y: (layout.top + layout.bottom) / 2 };
    setAttributes(this.part("[data-empty]"), { ...place, "text-anchor": "middle" }).textContent = empty;
  }

  /** @param {number} width - Of the plot. @param {number} height */
  layoutFor(width, height) {
    const { labels, lines, reference, total } = this.data;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const room = (Math.max(...labels.map((label) => label.length)) * LABEL_LETTER + 0.75) * rem;
    const hasLabels = labels.length > 1 && room <= MOST_LABEL * width;
    const [left, right] = [MARGIN.left * rem, width - (hasLabels ? room : MARGIN.right * rem)];
    const [top, bottom] = [MARGIN.top * rem, height - MARGIN.bottom * rem];
    const losses = lines.flatMap(({ points }) => pointsOf(points).map(([, loss]) => within(loss)));
    const range = axis([reference, ...(losses.length ? losses : AT_FIRST)], true);
    const [across, up] = [scale([0, total], [left, right]), scale(range, [bottom, top], true)];
    return {
      ...{ bottom, hasLabels, height, left, rem, right, top },
      ticks: logTicks(range[0], range[1]),
      x: (/** @type {number} */ epoch) => tenth(across(epoch)),
      y: (/** @type {number} */ loss) => tenth(up(within(loss))),
    };
  }

  /** @param {boolean} hasLabels - Whether lines have labels: shares need not be in the legend, then. */
  drawLegend(hasLabels) {
    const { best, colors, labels, lines, text } = this.data;
    const shares = hasLabels ? [] : labels.map((label, i) => legendItem("share", label, colors[i]));
    const each = legendItem("each", text.each, "currentColor");
    const median = legendItem("median", text.median, "currentColor");
    const bests = best === null ? [] : [legendItem("best", text.best, colors[lines[best].share])];
    find(this.root, "[data-legend]").replaceChildren(...shares, each, median, ...bests);
  }

  /** @param {ReturnType<ClassCurves["layoutFor"]>} layout */
  drawGrid({ bottom, height, left, rem, right, ticks, top, x, y }) {
    const { reference, text, total } = this.data;
    const [centre, lower] = [{ "text-anchor": "middle" }, 0.3 * rem];
    const parts = ticks.flatMap((loss) => [
      createSvg("line", { class: "grid", x1: left, x2: right, y1: y(loss), y2: y(loss) }),
      createSvg(
        "text",
        { x: left - 0.5 * rem, y: y(loss) + lower, "text-anchor": "end" },
        Number(loss.toPrecision(3)),
      ),
    ]);
    for (const epoch of countTicks(total, MAX_TICKS))
      parts.push(createSvg("text", { x: x(epoch), y: bottom + 1.25 * rem, ...centre }, epoch));
    const turned = `translate(${0.75 * rem} ${(bottom + top) / 2}) rotate(-90)`;
    parts.push(createSvg("text", { x: (left + right) / 2, y: height - 0.375 * rem, ...centre }, text.x));
    parts.push(createSvg("text", { transform: turned, ...centre }, text.y));
    this.part("[data-grid]").replaceChildren(...parts);
    const level = y(reference);
    setAttributes(this.part("[data-reference]"), { x1: left, x2: right, y1: level, y2: level });
    const place = { x: left + 0.375 * rem, y: level - 0.375 * rem };
    setAttributes(this.part("[data-reference-text]"), place).textContent = text.reference;
  }

  /** @param {ReturnType<ClassCurves["layoutFor"]>} layout */
  drawLines({ x, y }) {
    const { best, colors, lines, median } = this.data;
    const parent = this.part("[data-lines]");
    while (this.paths.length > lines.length) this.paths.pop()?.remove();
    while (this.paths.length < lines.length) {
      this.paths.push(createSvg("path", {}));
      parent.append(this.paths[this.paths.length - 1]);
    }
    const places = [...lines.map(({ points }) => points), median].map((line) =>
      pathOf(pointsOf(line).map(([epoch, loss]) => [x(epoch), y(loss)])),
    );
    lines.forEach(({ share, points }, i) =>
      setAttributes(this.paths[i], { d: places[i], stroke: colors[share], "data-points": points[0].length }),
    );
    setAttributes(this.part("[data-median]"), { d: places[lines.length] });
    const [d, stroke] = best === null ? ["", ""] : [places[best], colors[lines[best].share]];
    setAttributes(this.part("[data-best-halo]"), { d });
    setAttributes(this.part("[data-best]"), { d, stroke });
  }

  /** Names each share beside the ends of its lines. @param {ReturnType<ClassCurves["layoutFor"]>} layout */
  drawLabels({ bottom, hasLabels, rem, right, top, y }) {
    const { colors, labels, lines } = this.data;
    const ends = labels.map((_, share) =>
      middle(
        lines.flatMap((line) => (line.share === share ? pointsOf(line.points).slice(-1) : [])).map(last),
      ),
    );
    const shown = hasLabels ? labels.map((_, i) => i).filter((i) => Number.isFinite(ends[i])) : [];
    const levels = apart(
      shown.map((i) => y(ends[i])),
      1.25 * rem,
      [top, bottom],
    );
    const parts = shown.flatMap((share, i) => [
      createSvg("circle", { cx: right + 0.375 * rem, cy: levels[i], r: 0.25 * rem, fill: colors[share] }),
      createSvg("text", { class: "share", x: right + 0.75 * rem, y: levels[i] + 0.3 * rem }, labels[share]),
    ]);
    this.part("[data-labels]").replaceChildren(...parts);
  }
}

/** @param {[x: number, y: number]} point */
function last([, loss]) {
  return loss;
}

/** @param {number} loss */
function within(loss) {
  return Math.min(Math.max(loss, SHOWN[0]), SHOWN[1]);
}
