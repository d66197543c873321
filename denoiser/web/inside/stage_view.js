// A stage of the network on the page: its maps on one canvas, and which of them is pointed at or chosen.
//
// Knows nothing of networks but what they gave.
import { create, setAttributes } from "../elements.js";
import { fill } from "../fill.js";
import { contextOf } from "../picture.js";
import { largestOf, limitsOf, paintMaps } from "./painting.js";
import { countOf } from "./stages.js";
import { cellAt, cornerOf } from "./strip_layout.js";
/** @import { Listen } from "../types.js" */
/** @import { Scale } from "./painting.js" */
/** @import { Stage } from "./stages.js" */
/** @import { Sheet } from "./strip_layout.js" */

const BAR = { above: "#fff", below: "#a882ff", line: "#555" };
const KEYS = /** @type {Record<string, [across: number, down: number]>} */ ({
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
});

/**
 * @typedef {object} Point - A place in a network: a cell of a map, or a number.
 * @property {string} stage - By its name.
 * @property {number} map
 * @property {number} row
 * @property {number} column
 *
 * @typedef {object} Hands - What the strip does when a stage is touched.
 * @property {Listen} listen
 * @property {(point: Point | null) => void} point - Somebody points at it; null when nobody does.
 * @property {(stage: string, map: number) => void} choose
 * @property {(stage: string, across: number) => void} leave - To the stage beside it, by a key.
 * @property {(stage: string, map: number) => void} turn - Switches a map off, or on.
 * @property {(stage: string, map: number) => void} solo - Leaves only this one on, or what was on before.
 */

export class StageView {
  /**
   * @param {Stage} stage
   * @param {Sheet} sheet
   * @param {{ title: string, details: string[], label: string }} words - `label` is of a map: "{number}".
   * @param {Hands} hands
   */
  constructor(stage, sheet, words, hands) {
    this.stage = stage;
    this.sheet = sheet;
    this.words = words;
    this.hands = hands;
    this.count = countOf(stage);
    this.chosen = 0;
    this.canvas = create("canvas", { width: sheet.width, height: sheet.height, tabIndex: 0 });
    this.context = contextOf(this.canvas, { alpha: false });
    this.image = this.context.createImageData(sheet.width, sheet.height);
    this.pixels = new Uint32Array(this.image.data.buffer).fill(0xff000000);
    this.pointed = create("i", { className: "mark pointed", hidden: true });
    this.mark = create("i", { className: "mark chosen", hidden: true });
    this.lit = create("canvas", { className: "lit", width: sheet.width, height: sheet.height, hidden: true });
    this.crosses = create("div", { className: "crosses" });
    this.root = this.build();
    this.listen();
    this.tell();
  }

  build() {
    const { sheet, words } = this;
    const root = create("li", { className: `stage ${sheet.kind}` });
    root.dataset.stage = this.stage.name;
    const frame = create("div", { className: "frame" });
    frame.style.width = `${sheet.width * sheet.scale}px`;
    frame.style.height = `${sheet.height * sheet.scale}px`;
    frame.append(this.canvas, this.lit, this.crosses, this.pointed, this.mark);
    const title = create("p", { className: "stage-title" });
    const details = words.details.map((textContent) => create("small", { textContent }));
    const short = create("b", {
      className: "short",
      textContent: sheet.kind === "picture" ? words.title : String(this.count),
      ariaHidden: "true",
    });
    title.append(create("b", { textContent: words.title }), short, ...details);
    root.title = [words.title, ...words.details].join(" · ");
    root.append(frame, title);
    return root;
  }

  listen() {
    const { canvas } = this;
    const { listen, point, choose } = this.hands;
    listen(canvas, "pointermove", (event) => point(this.pointAt(event)));
    listen(canvas, "pointerleave", () => point(null));
    listen(canvas, "click", (event) => {
      const found = this.pointAt(event);
      if (found) choose(this.stage.name, found.map);
    });
    listen(canvas, "keydown", (event) => this.press(event));
    listen(canvas, "focus", () => choose(this.stage.name, this.chosen));
  }

  /** @param {MouseEvent} event @returns {Point | null} */
  pointAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.sheet.width;
    const y = ((event.clientY - box.top) / box.height) * this.sheet.height;
    const name = this.stage.name;
    if (this.sheet.kind === "faders") {
      const map = Math.max(0, Math.min(this.count - 1, Math.floor((y / this.sheet.height) * this.count)));
      return { stage: name, map, row: 0, column: 0 };
    }
    const found = cellAt(this.sheet, x, y, this.count);
    if (!found) return null;
    const isNumber = this.sheet.kind === "cells";
    return {
      stage: name,
      map: found.map,
      row: isNumber ? 0 : found.row,
      column: isNumber ? 0 : found.column,
    };
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { stage, chosen, sheet, count, hands } = this;
    const way = KEYS[event.key];
    if (event.key === "m" || event.key === "Delete") hands.turn(stage.name, chosen);
    else if (event.key === "s") hands.solo(stage.name, chosen);
    else if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    if (!way) return;
    const column = Math.floor(chosen / sheet.rows) + way[0];
    if (column < 0 || column >= sheet.columns) hands.leave(stage.name, way[0]);
    else hands.choose(stage.name, Math.max(0, Math.min(count - 1, chosen + way[1] + way[0] * sheet.rows)));
  }

  // --- what is shown ---

  /**
   * @param {Float32Array} numbers - Of one picture.
   * @param {Float32Array} largest - Of each map.
   * @param {Scale} scale
   * @param {number} ofNetwork - The largest number of all stages.
   */
  draw(numbers, largest, scale, ofNetwork) {
    if (this.sheet.kind === "faders") {
      this.drawBars(numbers);
      return;
    }
    const isPicture = this.sheet.kind === "picture";
    const own = this.sheet.kind === "cells" && scale === "map" ? "layer" : scale; // a number alone says nothing
    const limits = isPicture ? [1] : limitsOf(own, largest, ofNetwork);
    paintMaps(this.pixels, this.sheet, numbers, limits, isPicture);
    this.context.putImageData(this.image, 0, 0);
  }

  /** @param {Float32Array} numbers */
  drawBars(numbers) {
    const { context, count } = this;
    const { width, height } = this.sheet;
    const limit = Math.max(...largestOf(numbers, count)) || 1;
    const [middle, step] = [width / 2, height / count];
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    context.fillStyle = BAR.line;
    context.fillRect(middle - 0.5, 0, 1, height);
    numbers.forEach((number, i) => {
      context.fillStyle = number < 0 ? BAR.below : BAR.above;
      const length = (Math.abs(number) / limit) * (middle - 2);
      context.fillRect(number < 0 ? middle - length : middle, i * step + 1, length, Math.max(1, step - 2));
    });
  }

  /**
   * Darkens all cells but some; null makes all as bright as they are.
   *
   * @param {Uint8Array | null} cells - 1 for each cell of a map, row by row, or number, that stays bright.
   * @param {number | null} only - The one map of which they do.
   */
  light(cells, only) {
    this.lit.hidden = !cells;
    if (!cells) return;
    const { sheet, count } = this;
    const context = contextOf(this.lit);
    context.clearRect(0, 0, sheet.width, sheet.height);
    context.fillStyle = "rgb(0 0 0 / 72%)";
    context.fillRect(0, 0, sheet.width, sheet.height);
    const isVector = this.stage.shape.length === 1;
    for (let map = 0; map < count; map++) {
      if (only !== null && map !== only) continue;
      const { left, top, side, height } = this.box(map);
      if (isVector && cells[map]) context.clearRect(left, top, side, height);
      if (isVector) continue;
      for (let place = 0; place < cells.length; place++)
        if (cells[place]) context.clearRect(left + (place % side), top + Math.floor(place / side), 1, 1);
    }
  }

  /** Where a map lies, in the canvas' own pixels. @param {number} map */
  box(map) {
    const { width, height, side, rows, kind } = this.sheet;
    if (kind === "faders") return { left: 0, top: (map * height) / rows, side: width, height: height / rows };
    return { ...cornerOf(this.sheet, map), side, height: side };
  }

  /** Shows which map somebody points at. @param {number | null} map */
  showPointed(map) {
    this.pointed.hidden = map === null;
    if (map !== null) this.put(this.pointed, map);
  }

  /** @param {number} map @param {boolean} isHere - Whether the chosen one is in this stage. */
  showChosen(map, isHere) {
    this.chosen = map;
    this.mark.hidden = !isHere;
    if (isHere) this.put(this.mark, map);
    this.tell();
  }

  /** Shows which maps are off. @param {Set<number>} off */
  showOff(off) {
    this.crosses.replaceChildren(
      ...[...off].map((map) => this.put(create("i", { className: "cross" }), map)),
    );
    this.off = off;
    this.tell();
  }

  /** @type {Set<number>} */
  off = new Set();

  /** Lays an element over a map. @template {HTMLElement} E @param {E} element @param {number} map */
  put(element, map) {
    const { width, height } = this.sheet;
    const { left, top, side, height: down } = this.box(map);
    Object.assign(element.style, {
      left: `${(100 * left) / width}%`,
      top: `${(100 * top) / height}%`,
      width: `${(100 * side) / width}%`,
      height: `${(100 * down) / height}%`,
    });
    return element;
  }

  /** Says what is chosen to who does not see it. */
  tell() {
    const { canvas, chosen, count, words } = this;
    setAttributes(canvas, {
      role: "slider",
      "aria-orientation": "vertical",
      "aria-label": [words.title, ...words.details].join(", "),
      "aria-valuemin": 1,
      "aria-valuemax": count,
      "aria-valuenow": chosen + 1,
      "aria-valuetext": fill(words.label, { number: chosen + 1, count }) + (this.off.has(chosen) ? " ✕" : ""),
    });
  }
}
