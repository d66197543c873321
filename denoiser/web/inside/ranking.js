// Which maps matter: those without which the error rises most, and least, on many digits.
//
// A measurer does the work; results stay until the network or the noise is another, and say so then.
import { create, find, findOf } from "../elements.js";
import { fill } from "../fill.js";
import { largestOf } from "./painting.js";
import { countOf, isVector } from "./stages.js";
import { channelOf } from "./terms.js";
import { Thinning } from "./thinning.js";
import { Thumb } from "./thumb.js";
/** @import { Listen } from "../types.js" */
/** @import { Scores } from "./measure.js" */
/** @import { Answer } from "./measure_loop.js" */
/** @import { Measurer } from "./measurer.js" */
/** @import { Stage } from "./stages.js" */
/** @import { Strip } from "./strip.js" */

const ENDS = 10; // maps that are shown of those that matter most, and least
const SIDE = 56;

/**
 * @typedef {object} Ranked
 * @property {string} stage
 * @property {number} map
 * @property {number} rise - Of the MSE, when this map is off.
 */

export class Ranking {
  /**
   * @param {HTMLElement} root
   * @param {{ listen: Listen, strip: Strip, measurer: Measurer }} hands
   */
  constructor(root, { listen, strip, measurer }) {
    this.root = root;
    this.listen = listen;
    this.strip = strip;
    this.measurer = measurer;
    this.thinning = new Thinning(find(root, "[data-thinning]"), { listen, strip, measurer });
    /** @type {Record<string, string>} */
    this.text = {};
    this.graph = ""; // that results are of
    /** @type {Map<string, Scores[]>} */
    this.scores = new Map(); // by stage: without each of its maps, and with all
    this.madeFor = ""; // what results are of
    /** @type {string[]} */
    this.asked = []; // stages that are measured, or were last
    this.id = 0; // of the question that is open; 0 when none is
    /** @type {{ thumb: Thumb, stage: Stage, map: number }[]} */
    this.shown = [];
    listen(find(root, '[data-rank="layer"]'), "click", () => this.start([this.layer]));
    listen(find(root, '[data-rank="all"]'), "click", () => this.start(this.inner.map(({ name }) => name)));
    listen(find(root, "[data-rank-again]"), "click", () => this.start(this.asked));
    listen(find(root, "[data-rank-cancel]"), "click", () => this.cancel());
  }

  /** Stages that have maps to rank. */
  get inner() {
    return this.strip.stages.slice(1, -1).filter((stage) => countOf(stage) > 1);
  }

  /** The stage of the chosen map; "" where it has none to rank. */
  get layer() {
    const name = this.strip.choice?.stage;
    return this.inner.find((stage) => stage.name === name)?.name ?? "";
  }

  /** @param {Record<string, string>} text */
  take(text) {
    const graph = JSON.stringify(this.strip.stages.map(({ name, shape }) => [name, shape]));
    const isOther = graph !== this.graph;
    const isSaidAnew = text !== this.text;
    Object.assign(this, { graph, text });
    if (isOther) {
      this.end();
      this.scores.clear();
      this.asked = [];
      this.thinning.clear();
    }
    if (isOther || isSaidAnew) this.build();
  }

  /** The choice, the noise or the network may be another. */
  update() {
    const { root, measurer, strip } = this;
    find(root, '[data-rank="layer"]').hidden = !this.layer;
    const isOld = this.scores.size > 0 && this.madeFor !== measurer.key;
    if (this.id && !measurer.open.has("rank")) this.end(); // the noise changed meanwhile
    find(root, "[data-rank-old]").hidden = !isOld || this.id > 0;
    root.classList.toggle("old", isOld);
    const stage = this.scores.has(this.layer) ? this.layer : this.asked[0];
    const scores = this.scores.get(stage ?? "");
    if (stage && scores && strip.stages.some(({ name }) => name === stage))
      this.thinning.open(strip.stage(stage), this.orderOf(stage), this.madeFor, isOld, this.text);
    else this.thinning.root.hidden = true;
  }

  // --- measured ---

  /** @param {string[]} stages */
  start(stages) {
    if (stages.length === 0 || !stages[0]) return;
    this.asked = stages;
    const layers = stages.map((name) => this.strip.stage(name).output);
    this.id = this.measurer.ask({ ask: "rank", layers });
    this.progress(0);
    find(this.root, "[data-rank-progress]").hidden = false;
    find(this.root, "[data-rank-old]").hidden = true;
    find(this.root, "[data-rank-cancel]").focus();
  }

  cancel() {
    this.measurer.cancel("rank");
    this.end();
    const name = this.layer ? "layer" : "all";
    find(this.root, `[data-rank="${name}"]`).focus();
  }

  end() {
    this.id = 0;
    find(this.root, "[data-rank-progress]").hidden = true;
  }

  /** @param {number} share */
  progress(share) {
    findOf(HTMLProgressElement, this.root, "progress").value = share;
    find(this.root, "[data-rank-share]").textContent = `${Math.floor(100 * share)}%`;
  }

  /** @param {Answer} answer */
  hear(answer) {
    if (answer.answer === "progress" && answer.id === this.id) this.progress(answer.share);
    if (answer.answer === "thin") this.thinning.take(answer.scores);
    if (answer.answer !== "rank" || answer.id !== this.id) return;
    const hadFocus = this.root.contains(deepFocus(this.root));
    this.end();
    if (this.madeFor !== this.measurer.key) {
      this.scores.clear();
      this.thinning.clear();
    }
    this.madeFor = this.measurer.key;
    for (const stage of this.asked)
      this.scores.set(stage, answer.scores[this.strip.stage(stage).output] ?? []);
    this.build();
    this.update();
    if (hadFocus) find(this.root, "[data-rank-most] button").focus({ preventScroll: true });
  }

  // --- shown ---

  /** All maps that were last asked for, the most important first. @returns {Ranked[]} */
  get ranked() {
    const ranked = this.asked.flatMap((stage) => {
      const scores = this.scores.get(stage) ?? [];
      const { mse } = scores[scores.length - 1] ?? { mse: 0 };
      return scores.slice(0, -1).map((without, map) => ({ stage, map, rise: without.mse - mse }));
    });
    return ranked.sort((a, b) => b.rise - a.rise);
  }

  /** Maps of a stage, the least important first. @param {string} stage */
  orderOf(stage) {
    const scores = (this.scores.get(stage) ?? []).slice(0, -1);
    return scores
      .map(({ mse }, map) => ({ mse, map }))
      .sort((a, b) => a.mse - b.mse)
      .map(({ map }) => map);
  }

  build() {
    const { ranked, root, text } = this;
    find(root, "[data-rank-result]").hidden = ranked.length === 0;
    this.shown = [];
    if (ranked.length === 0) return;
    const count = Math.min(ENDS, Math.floor(ranked.length / 2));
    const scores = this.scores.get(this.asked[0])?.at(-1);
    const about = this.asked.length > 1 ? text.rank_of_all : text.rank_of_layer;
    find(root, "[data-rank-of]").textContent = fill(about, {
      count: ranked.length,
      digits: scores?.count,
      mse: scores?.mse.toFixed(4),
      layer: this.placeOf(this.asked[0]),
    });
    const most = Math.max(...ranked.map(({ rise }) => Math.abs(rise))) || 1;
    const lists = { most: ranked.slice(0, count), least: ranked.slice(-count).reverse() };
    for (const [name, maps] of Object.entries(lists))
      find(root, `[data-rank-${name}]`).replaceChildren(...maps.map((map) => this.item(map, most)));
    this.draw();
  }

  /** A layer's number, as they are counted from the left. @param {string} stage */
  placeOf(stage) {
    return this.strip.stages.findIndex(({ name }) => name === stage);
  }

  /** @param {Ranked} ranked @param {number} most */
  item({ stage: name, map, rise }, most) {
    const { text, strip } = this;
    const stage = strip.stage(name);
    const thumb = new Thumb(isVector(stage) ? 1 : stage.shape[0], SIDE);
    this.shown.push({ thumb, stage, map });
    const words = isVector(stage) ? text.rank_number : text.rank_map;
    const told = [fill(words, { number: map + 1 })];
    if (this.asked.length > 1) told.push(fill(text.rank_in_layer, { layer: this.placeOf(name) }));
    const button = create("button", { type: "button" });
    const bar = create("i", { className: "share" });
    bar.style.width = `${Math.max(2, (100 * Math.abs(rise)) / most)}%`;
    const rises = create("b", { textContent: signed(rise, most) });
    button.append(thumb.root, bar, rises, ...told.map((textContent) => create("small", { textContent })));
    this.listen(button, "click", () => {
      strip.choose(name, map);
      find(strip.root, "[data-detail]").scrollIntoView({ block: "nearest", behavior: "smooth" });
    });
    const item = create("li");
    item.append(button);
    return item;
  }

  /** Draws the maps as they are in the network's last run. */
  draw() {
    const { network } = this.strip;
    if (!network || this.shown.length === 0) return;
    for (const { thumb, stage, map } of this.shown) {
      const numbers = network.maps(stage.output);
      const size = isVector(stage) ? [1, 1] : stage.shape.slice(0, 2);
      thumb.root.classList.toggle("off", Boolean(this.strip.off.get(stage.name)?.has(map)));
      const limit = isVector(stage) ? Math.max(...largestOf(numbers, countOf(stage))) : undefined;
      thumb.draw(channelOf(numbers, map, countOf(stage), size), limit);
    }
  }
}

/** @param {number} rise @param {number} most - The largest of all. */
function signed(rise, most) {
  const decimals = most < 0.01 ? 5 : 4;
  const told = Math.abs(rise).toFixed(decimals);
  if (Number(told) === 0) return "±0";
  return rise < 0 ? `−${told}` : `+${told}`;
}

/** What has the focus, where that is in a shadow. @param {HTMLElement} root */
function deepFocus(root) {
  const tree = /** @type {Document | ShadowRoot} */ (root.getRootNode());
  return tree.activeElement;
}
