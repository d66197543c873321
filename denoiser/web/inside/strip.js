// The strip: a network opened below its pictures, every map of every stage as it is now.
//
// It shows what the network gave in its last run and changes what the visitor switches off. Knows
// nothing of digits, noise or where the network comes from.
import { create, createSvg, find, findAll, findOf } from "../elements.js";
import { fill } from "../fill.js";
import { ARCH, drawCables } from "./cables.js";
import { largestOf } from "./painting.js";
import { StageView } from "./stage_view.js";
import { countOf, isVector, stagesOf } from "./stages.js";
import { laidOut, sheetOf } from "./strip_layout.js";
/** @import { Listen } from "../types.js" */
/** @import { OpenNetwork } from "./open_network.js" */
/** @import { Point } from "./stage_view.js" */
/** @import { Scale } from "./painting.js" */
/** @import { Stage } from "./stages.js" */

const HEIGHT = 240; // of the maps of a stage, in CSS pixels
const NARROW_HEIGHT = 360; // where one stage is shown at a time
const EDGE = 6; // of the first picture and the last
const TIGHT = 5.25; // times the type's size: below it a stage has no room for words
const GAP = 26; // between stages: an arrow
const NARROW = 640; // below it one stage is shown at a time
const KINDS = { input: "noisy", conv2d: "convolution", conv2d_transpose: "transposed", dense: "dense" };

/**
 * Returns how a stage lies where it is shown alone: as large as there is room.
 *
 * @param {Stage} stage
 * @param {number} width
 */
function narrowSheet(stage, width) {
  const sheets = [6, 5, 4, 3, 2, 1].map((scale) => sheetOf(stage, scale, NARROW_HEIGHT));
  const fitting = sheets.find(
    (sheet) => sheet.width * sheet.scale <= width - 12 && sheet.height * sheet.scale <= NARROW_HEIGHT,
  );
  return fitting ?? sheets[sheets.length - 1];
}

/**
 * @typedef {object} Opened - What the strip is handed whenever that changes.
 * @property {OpenNetwork | null} network - Null while its weights are awaited.
 * @property {Record<string, string>} text
 *
 * @typedef {object} Choice - The map that is looked at.
 * @property {string} stage
 * @property {number} map
 */

export class Strip {
  /**
   * @param {HTMLElement} root
   * @param {object} hands
   * @param {Listen} hands.listen
   * @param {() => void} hands.change - The network is to run again: maps were switched off, or on.
   * @param {() => void} hands.look - Another map is chosen.
   * @param {(stage: string, map: number) => void} hands.solo - Only one map is to be on, or all as before.
   * @param {(point: Point | null) => void} hands.point - Somebody points at a cell; null when nobody does.
   */
  constructor(root, hands) {
    this.root = root;
    this.hands = hands;
    this.body = find(root, "[data-strip-body]");
    this.opener = findOf(HTMLButtonElement, root, "[data-strip-open]");
    this.scroller = find(root, "[data-strip-scroll]");
    /** @type {Stage[]} */
    this.stages = [];
    /** @type {Map<string, StageView>} */
    this.views = new Map();
    /** @type {OpenNetwork | null} */
    this.network = null;
    /** @type {Record<string, string>} */
    this.text = {};
    /** @type {Scale} */
    this.scale = "map";
    /** @type {Choice | null} */
    this.choice = null;
    /** @type {Map<string, Set<number>>} */
    this.off = new Map(); // maps that are switched off, by stage
    this.key = "";
    this.width = 0; // for which the stages are laid out
    this.listen();
  }

  get isOpen() {
    return !this.body.hidden;
  }

  listen() {
    const { listen } = this.hands;
    listen(this.opener, "click", () => this.open(!this.isOpen));
    for (const input of findAll(HTMLInputElement, this.root, "[name=scale]"))
      listen(input, "change", () => {
        this.scale = /** @type {Scale} */ (input.value);
        this.hands.change();
      });
    listen(find(this.root, "[data-strip-on]"), "click", () => this.allOn());
    for (const button of findAll(HTMLButtonElement, this.root, "[data-strip-step]"))
      listen(button, "click", () => this.scrollBy(Number(button.dataset.stripStep)));
    listen(this.scroller, "scroll", () => this.showPlace());
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(this.root);
  }

  stop() {
    this.watcher?.disconnect();
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    this.body.hidden = !isOpen;
    this.opener.ariaExpanded = String(isOpen);
    if (!isOpen) return;
    this.fit();
    this.hands.change();
  }

  /** Takes a network, or other texts. @param {Opened} opened */
  take({ network, text }) {
    if (network && network === this.network && text === this.text) return; // it has other weights at most
    const key = JSON.stringify([network?.graph, text]);
    const isSame = key === this.key;
    Object.assign(this, { network, text, key });
    this.root.classList.toggle("awaited", !network);
    if (!network) return;
    if (!isSame) this.begin(network);
    for (const [name, off] of this.off) network.switchOff(this.stage(name).output, off);
  }

  /** @param {OpenNetwork} network - Of another architecture than before. */
  begin(network) {
    this.stages = stagesOf(network.graph);
    const names = this.stages.map(({ name }) => name);
    this.off = new Map([...this.off].filter(([name]) => names.includes(name)));
    if (!this.choice || !names.includes(this.choice.stage)) this.choice = null;
    this.describe(network);
    this.width = 0;
    this.fit();
  }

  /** @param {string} name */
  stage(name) {
    return /** @type {Stage} */ (this.stages.find((stage) => stage.name === name));
  }

  /** Says in the quiet row what is inside. @param {OpenNetwork} network */
  describe({ weights }) {
    const maps = this.stages.filter((stage) => !isVector(stage) && stage.from.length > 0);
    const learnt = Object.values(weights).reduce((sum, { tensor }) => sum + tensor.data.length, 0);
    find(this.root, "[data-strip-about]").textContent = fill(this.text.strip_about, {
      stages: this.stages.length - 1,
      maps: maps.reduce((sum, stage) => sum + countOf(stage), 0),
      numbers: learnt.toLocaleString(document.documentElement.lang || "en"),
    });
  }

  // --- how it lies on the page ---

  /** Lays the stages out for the width that there is. */
  fit() {
    const width = Math.floor(this.root.getBoundingClientRect().width);
    if (!this.isOpen || !this.stages.length || !width || width === this.width) return;
    this.width = width;
    const isNarrow = width < NARROW;
    this.root.classList.toggle("narrow", isNarrow);
    const sheets = isNarrow
      ? this.stages.map((stage) => narrowSheet(stage, width))
      : laidOut(this.stages, width - EDGE, HEIGHT * (width > 1500 ? 1.5 : 1), GAP);
    const hands = {
      listen: this.hands.listen,
      point: (/** @type {Point | null} */ point) => this.point(point),
      choose: (/** @type {string} */ stage, /** @type {number} */ map) => this.choose(stage, map),
      leave: (/** @type {string} */ stage, /** @type {number} */ across) => this.leave(stage, across),
      turn: (/** @type {string} */ stage, /** @type {number} */ map) => this.turn(stage, map),
      solo: this.hands.solo,
    };
    const views = this.stages.map((stage, i) => new StageView(stage, sheets[i], this.words(stage), hands));
    this.views = new Map(views.map((view) => [view.stage.name, view]));
    this.lay(views, isNarrow ? 0 : this.freeGap(sheets, width - EDGE));
    for (const [name, off] of this.off) this.views.get(name)?.showOff(off);
    if (this.choice) this.showChosen();
    this.showPlace();
    this.hands.change();
  }

  /** Spreads stages that would leave room. @param {import("./strip_layout.js").Sheet[]} sheets @param {number} width */
  freeGap(sheets, width) {
    const taken = sheets.reduce((sum, sheet) => sum + sheet.width * sheet.scale, 0);
    return Math.max(GAP, Math.min(64, (width - taken) / (sheets.length - 1)));
  }

  /** @param {StageView[]} views @param {number} gap - 0 where one is shown at a time. */
  lay(views, gap) {
    const list = create("ol", { className: "stages" });
    list.style.columnGap = `${gap}px`;
    list.append(...views.map(({ root }) => root));
    const cables = createSvg("svg", { class: "cables", "aria-hidden": "true" });
    this.scroller.replaceChildren(cables, list);
    if (!gap) return;
    const tight = TIGHT * parseFloat(getComputedStyle(this.root).fontSize);
    let left = 0;
    const spans = views.map(({ sheet, root }) => {
      const span = { left, width: sheet.width * sheet.scale };
      root.classList.toggle("tight", span.width + gap < tight);
      left += span.width + gap;
      return span;
    });
    const tallest = Math.max(...views.map(({ sheet }) => sheet.height * sheet.scale));
    list.style.paddingTop = `${ARCH}px`;
    list.style.setProperty("--tallest", `${tallest}px`);
    drawCables(/** @type {SVGElement} */ (cables), this.stages, spans, tallest / 2);
  }

  /** @param {Stage} stage */
  words(stage) {
    const { text } = this;
    const [first, last] = [stage === this.stages[0], stage === this.stages.at(-1)];
    const [height, width] = stage.shape;
    const count = countOf(stage);
    const kind = KINDS[/** @type {keyof typeof KINDS} */ (stage.layers[0].op)] ?? "pooling";
    const title = first
      ? text.noisy
      : last
        ? text.denoised
        : fill(isVector(stage) ? text.strip_numbers : text.strip_maps, { count });
    const size = isVector(stage) ? "" : `${height}x${width}`;
    return {
      title,
      details: [size, first ? "" : text[`strip_${kind}`]].filter(Boolean),
      label: isVector(stage) ? text.strip_number : text.strip_map,
    };
  }

  /** Goes on to the stage beside the one that is shown. @param {number} step */
  scrollBy(step) {
    const width = this.scroller.clientWidth;
    this.scroller.scrollTo({ left: (this.place + step) * width, behavior: "smooth" });
  }

  /** The stage that is shown, where that is one at a time. */
  get place() {
    return Math.round(this.scroller.scrollLeft / Math.max(1, this.scroller.clientWidth));
  }

  showPlace() {
    const { place } = this;
    find(this.root, "[data-strip-place]").textContent = fill(this.text.strip_place ?? "", {
      number: place + 1,
      count: this.stages.length,
    });
    for (const button of findAll(HTMLButtonElement, this.root, "[data-strip-step]")) {
      const next = place + Number(button.dataset.stripStep);
      button.disabled = next < 0 || next >= this.stages.length;
    }
  }

  // --- what is looked at ---

  /** @param {Point | null} point */
  point(point) {
    for (const [name, view] of this.views) view.showPointed(point?.stage === name ? point.map : null);
    this.hands.point(point);
  }

  /** @param {string} stage @param {number} map */
  choose(stage, map) {
    if (this.choice?.stage === stage && this.choice.map === map) return;
    this.choice = { stage, map };
    this.showChosen();
    this.hands.look();
  }

  showChosen() {
    const { choice } = this;
    for (const [name, view] of this.views)
      view.showChosen(choice?.stage === name ? choice.map : view.chosen, choice?.stage === name);
  }

  /** @param {string} stage @param {number} across */
  leave(stage, across) {
    const places = this.stages.map(({ name }) => name);
    const next = this.views.get(places[places.indexOf(stage) + across]);
    next?.canvas.focus();
  }

  // --- what is switched off ---

  /** @param {string} stage @param {number} map */
  turn(stage, map) {
    const off = new Set(this.off.get(stage));
    if (!off.delete(map)) off.add(map);
    this.switchOff(stage, off);
  }

  /** @param {string} stage @param {Set<number>} off - Its maps that are off. */
  switchOff(stage, off) {
    this.off.set(stage, off);
    this.network?.switchOff(this.stage(stage).output, off);
    this.views.get(stage)?.showOff(off);
    this.showCount();
    this.hands.change();
  }

  allOn() {
    for (const stage of this.off.keys()) this.switchOff(stage, new Set());
    this.off.clear();
  }

  showCount() {
    const count = [...this.off.values()].reduce((sum, off) => sum + off.size, 0);
    const button = find(this.root, "[data-strip-on]");
    button.hidden = count === 0;
    button.textContent = fill(this.text.strip_all_on, { count });
  }

  /** Draws what the network gave in its last run. */
  draw() {
    const { network } = this;
    if (!this.isOpen || !network || !this.views.size) return;
    const drawn = [...this.views.values()].map((view) => {
      const numbers = network.maps(view.stage.output);
      return { view, numbers, largest: largestOf(numbers, view.count) };
    });
    const inner = drawn.filter(({ view }) => view.sheet.kind === "maps");
    const ofNetwork = Math.max(0, ...inner.map(({ largest }) => Math.max(...largest)));
    for (const { view, numbers, largest } of drawn) view.draw(numbers, largest, this.scale, ofNetwork);
    this.root.dataset.updates = String(Number(this.root.dataset.updates ?? 0) + 1);
  }
}
