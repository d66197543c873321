// How many maps of a layer can go: a slider that switches off the least important ones, and the curve
// of the error against their number.
import { axis, linearTicks, countTicks, pathOf, scale, tenth } from "../charts.js";
import { createSvg, find, findOf } from "../elements.js";
import { fill } from "../fill.js";
/** @import { Listen } from "../types.js" */
/** @import { Scores } from "./measure.js" */
/** @import { Measurer } from "./measurer.js" */
/** @import { Stage } from "./stages.js" */
/** @import { Strip } from "./strip.js" */

const SIZE = { height: 160, left: 46, right: 8, top: 8, bottom: 22 };
const NOTICED = 1.1; // times the MSE with all maps on

/** Returns how many maps can go before the error is a tenth larger. @param {Scores[]} scores */
export function spared(scores) {
  const first = scores.findIndex(({ mse }) => mse > NOTICED * scores[0].mse);
  return first < 0 ? scores.length - 1 : first - 1;
}

export class Thinning {
  /**
   * @param {HTMLElement} root
   * @param {{ listen: Listen, strip: Strip, measurer: Measurer }} hands
   */
  constructor(root, { listen, strip, measurer }) {
    this.root = root;
    this.strip = strip;
    this.measurer = measurer;
    this.input = findOf(HTMLInputElement, root, "input");
    this.svg = findOf(SVGElement, root, "svg");
    this.width = 0; // of the curve, in CSS pixels
    this.key = "";
    this.askedFor = ""; // the key of what is measured, or was last
    /** @type {Stage | null} */
    this.stage = null;
    /** @type {number[]} */
    this.order = []; // the least important first
    /** @type {Record<string, string>} */
    this.text = {};
    /** @type {Map<string, Scores[]>} */
    this.known = new Map(); // by key
    listen(this.input, "input", () => this.slide(Number(this.input.value)));
  }

  clear() {
    this.known.clear();
    this.key = "";
    this.root.hidden = true;
  }

  /**
   * @param {Stage} stage
   * @param {number[]} order - Its maps, the least important first.
   * @param {string} madeFor - What the order is of.
   * @param {boolean} isOld - Whether that is over.
   * @param {Record<string, string>} text
   */
  open(stage, order, madeFor, isOld, text) {
    const key = `${stage.name} ${madeFor}`;
    const isOther = key !== this.key || text !== this.text;
    Object.assign(this, { stage, order, key, text });
    this.root.hidden = false;
    if (isOther) {
      const layer = this.strip.stages.indexOf(stage);
      find(this.root, "[data-thin-title]").textContent = fill(text.thin_title, { layer });
      this.input.max = String(order.length);
    }
    if (isOther || this.width !== this.svg.clientWidth) this.draw();
    const isAsked = this.askedFor === key && this.measurer.open.has("thin");
    if (!this.known.has(key) && !isOld && !isAsked) {
      this.askedFor = key;
      this.measurer.ask({ ask: "thin", layer: stage.output, order });
    }
    this.follow();
  }

  /** @param {Scores[]} scores - With 0, 1, 2 and so on off. */
  take(scores) {
    this.known.set(this.askedFor, scores);
    if (this.askedFor !== this.key) return;
    this.draw();
    this.follow();
  }

  /** @param {number} count */
  slide(count) {
    if (this.stage) this.strip.switchOff(this.stage.name, new Set(this.order.slice(0, count)));
    this.follow();
  }

  /** The slider stands where the strip does, if just the least important ones are off there. */
  follow() {
    const { stage, order, input, text } = this;
    if (!stage) return;
    const off = this.strip.off.get(stage.name) ?? new Set();
    const isThin = order.slice(0, off.size).every((map) => off.has(map));
    const count = isThin ? off.size : 0;
    if (Number(input.value) !== count) input.value = String(count);
    input.style.setProperty("--filled", `${(100 * count) / order.length}%`);
    const told = fill(text.thin_off, { count, all: order.length });
    input.ariaValueText = told;
    const scores = this.known.get(this.key);
    const here = scores?.[count];
    const read =
      here && here.read !== null ? fill(text.thin_read, { read: here.read, count: here.count }) : "";
    const parts = [told, here ? `MSE ${here.mse.toFixed(4)}` : "", read];
    find(this.root, "[data-thin-told]").textContent = parts.filter(Boolean).join(" · ");
    this.mark(count);
  }

  // --- the curve ---

  draw() {
    const scores = this.known.get(this.key);
    const { svg } = this;
    const told = find(this.root, "[data-thin-spared]");
    if (!this.stage) return;
    this.width = svg.clientWidth;
    if (!scores) {
      svg.replaceChildren();
      told.textContent = this.text.thin_measuring;
      return;
    }
    const count = spared(scores);
    const values = { count, all: this.order.length };
    told.textContent = fill(count ? this.text.thin_spared : this.text.thin_none, values);
    const { width } = this;
    const { left, right, top, bottom, height } = SIZE;
    const [low, high] = axis(
      scores.map(({ mse }) => mse),
      false,
    );
    const x = scale([0, this.order.length], [left, width - right]);
    const y = scale([low, high], [height - bottom, top]);
    this.placed = { x, y };
    const line = (/** @type {number[]} */ [x1, y1, x2, y2], /** @type {string} */ name) =>
      createSvg("line", { x1, y1, x2, y2, class: name });
    const limit = y(Math.min(high, NOTICED * scores[0].mse));
    const parts = [
      ...linearTicks(low, high).flatMap((tick) => [
        line([left, y(tick), width - right, y(tick)], "grid"),
        createSvg(
          "text",
          { x: left - 6, y: y(tick) + 4, "text-anchor": "end" },
          String(Number(tick.toFixed(4))),
        ),
      ]),
      ...countTicks(this.order.length, 8).map((tick) =>
        createSvg("text", { x: x(tick), y: height - 5, "text-anchor": "middle" }, tick),
      ),
      line([left, limit, width - right, limit], "limit"),
      createSvg("path", {
        d: pathOf(scores.map(({ mse }, i) => [tenth(x(i)), tenth(y(mse))])),
        class: "mse",
      }),
      line([x(count), top, x(count), height - bottom], "spared"),
      createSvg("circle", { r: 5, class: "here" }),
    ];
    svg.replaceChildren(...parts);
    svg.setAttribute("aria-label", `${this.text.thin_curve}. ${told.textContent}`);
  }

  /** @type {{ x: (n: number) => number, y: (n: number) => number } | null} */
  placed = null;

  /** @param {number} count */
  mark(count) {
    const scores = this.known.get(this.key);
    const circle = this.root.querySelector("circle");
    if (!scores || !circle || !this.placed) return;
    circle.setAttribute("cx", String(this.placed.x(count)));
    circle.setAttribute("cy", String(this.placed.y(scores[count].mse)));
  }
}
