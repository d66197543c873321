// One map opened into the arithmetic that made it: what comes in, kernels, products, and what follows.
//
// It follows the network's last run. Knows nothing of digits or noise.
import { create, find, findOf, setAttributes } from "../elements.js";
import { fill } from "../fill.js";
import { Glossary } from "./glossary.js";
import { afterLines, inBrackets, pairsOf, sumLine, told } from "./formula.js";
import { arithmeticOf } from "./terms.js";
import { countOf, isVector } from "./stages.js";
import { Thumb } from "./thumb.js";
/** @import { Listen } from "../types.js" */
/** @import { OpenNetwork } from "./open_network.js" */
/** @import { Arithmetic, Picture, Term } from "./terms.js" */
/** @import { Stage } from "./stages.js" */
/** @import { Choice } from "./strip.js" */

const FEW = 5; // terms that are shown at first
const SLIDE_MS = 90; // for each place of the window
const SIDES = { incoming: 56, kernel: 42, result: 112 };

/** @typedef {{ stage: string, map: number, place: number }} Cell - Row by row; a vector's numbers are cells. */

/** @typedef {{ term: Term, incoming: Thumb, kernel: Thumb, product: Thumb, share: HTMLElement }} Row */

export class Detail {
  /**
   * @param {HTMLElement} root
   * @param {object} hands
   * @param {Listen} hands.listen
   * @param {(stage: string, map: number) => void} hands.choose - Another map is to be looked at.
   * @param {(stage: string, map: number) => void} hands.turn - A map is to be switched off, or on.
   * @param {(cell: Cell | null) => void} hands.point - A cell is looked at; null when none is.
   */
  constructor(root, hands) {
    this.root = root;
    this.hands = hands;
    this.key = "";
    this.place = 0;
    this.isWhole = false; // whether all terms are shown
    this.isStale = true; // another map was opened, and is to be built in the next frame
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Thumb[]} */
    this.results = [];
    /** @type {Arithmetic | null} */
    this.arithmetic = null;
    /** @type {{ network: OpenNetwork, stages: Stage[], stage: Stage, map: number, text: Record<string, string> } | null} */
    this.subject = null;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.sliding = undefined;
    this.glossary = new Glossary(root, hands.listen);
    this.listen();
  }

  listen() {
    const { listen, turn } = this.hands;
    listen(find(this.root, "[data-detail-off]"), "click", () => {
      if (this.subject) turn(this.subject.stage.name, this.subject.map);
    });
    listen(find(this.root, "[data-detail-more]"), "click", () => {
      this.isWhole = !this.isWhole;
      this.build();
      this.show();
    });
    listen(find(this.root, "[data-detail-slide]"), "click", () => this.slide(!this.sliding));
  }

  stop() {
    clearInterval(this.sliding);
  }

  /**
   * @param {OpenNetwork} network
   * @param {Stage[]} stages
   * @param {Choice | null} choice - What is opened; null closes.
   * @param {Record<string, string>} text
   * @param {boolean} isOff - Whether that map is switched off.
   */
  open(network, stages, choice, text, isOff) {
    const stage = stages.find(({ name }) => name === choice?.stage);
    this.root.hidden = !stage || !choice;
    if (!stage || !choice) return;
    const { subject } = this;
    const isSame =
      subject?.network === network &&
      subject.text === text &&
      subject.stage === stage &&
      subject.map === choice.map;
    const key = isSame ? this.key : JSON.stringify([choice, network.graph, text]);
    const isOther = key !== this.key;
    Object.assign(this, { key, subject: { network, stages, stage, map: choice.map, text } });
    const button = find(this.root, "[data-detail-off]");
    button.textContent = isOff ? text.detail_on : text.detail_off;
    button.ariaPressed = String(isOff);
    button.hidden = stage.from.length === 0 || stage === stages[stages.length - 1];
    if (!isOther) return;
    this.slide(false);
    this.isWhole = false;
    this.isStale = true;
  }

  /** Reads the numbers that the network has now. */
  read() {
    if (!this.subject) return;
    const { network, stages, stage, map } = this.subject;
    this.arithmetic = arithmeticOf(network, stages, stage, map);
  }

  /** The place of the largest number. */
  brightest() {
    const numbers = [...(this.arithmetic?.sum.numbers ?? [0])];
    return numbers.reduce((most, number, i) => (Math.abs(number) > Math.abs(numbers[most]) ? i : most), 0);
  }

  // --- built when another map is opened ---

  build() {
    const { arithmetic, subject } = this;
    if (!subject) return;
    const { stage, map, text } = subject;
    const title = isVector(stage) ? text.detail_number : text.detail_map;
    find(this.root, "[data-detail-title]").textContent = fill(title, {
      number: map + 1,
      count: countOf(stage),
    });
    find(this.root, "[data-detail-way]").textContent = arithmetic
      ? fill(text[`detail_way_${arithmetic.way}`], {
          rows: arithmetic.links?.window[0],
          columns: arithmetic.links?.window[1],
          count: arithmetic.terms.length,
        })
      : text.detail_way_input;
    const strongest = [...(arithmetic?.terms ?? [])].sort((a, b) => b.size - a.size);
    const shown = this.isWhole ? strongest : strongest.slice(0, FEW);
    this.rows = shown.map((term) => this.buildRow(term));
    const more = findOf(HTMLButtonElement, this.root, "[data-detail-more]");
    more.hidden = strongest.length <= FEW;
    more.textContent = this.isWhole
      ? text.detail_fewer
      : fill(text.detail_more, { count: strongest.length - shown.length });
    this.buildResults();
    find(this.root, "[data-detail-slide]").hidden = !arithmetic?.links;
  }

  /** @param {Term} term @returns {Row} */
  buildRow(term) {
    const incoming = new Thumb(term.incoming.size[0], SIDES.incoming, "incoming");
    const kernel = new Thumb(term.kernel.size[0], SIDES.kernel, "kernel");
    const product = new Thumb(term.product.size[0], SIDES.incoming, "product");
    const share = create("small");
    return { term, incoming, kernel, product, share };
  }

  buildResults() {
    const { arithmetic, subject } = this;
    if (!subject) return;
    const { text } = subject;
    const list = this.rows.map(({ term, incoming, kernel, product, share }) => {
      const item = create("li");
      const name = create("button", {
        type: "button",
        className: "from-map",
        textContent: this.nameOf(term),
      });
      this.hands.listen(name, "click", () => this.hands.choose(term.stage, term.map));
      this.pointed(product);
      item.append(incoming.root, sign("×"), kernel.root, sign("="), product.root, name, share);
      return item;
    });
    find(this.root, "[data-detail-terms]").replaceChildren(...list);
    const steps = arithmetic ? stepsOf(arithmetic, text) : [];
    const way = { name: arithmetic?.way ?? "", title: text[`glossary_${arithmetic?.way}_title`] ?? "" };
    const bias = { name: "bias", title: text.detail_bias };
    this.glossary.take(arithmetic ? [way, bias, ...steps] : [], text);
    this.results = steps.map(({ picture }) => new Thumb(picture.size[0], SIDES.result, "result"));
    const results = steps.map((step, i) => {
      const item = create("li");
      this.pointed(this.results[i]);
      if (i === steps.length - 1 && step.picture.numbers.length > 1)
        this.steered(this.results[i], step.title);
      item.append(this.results[i].root, this.glossary.link(step));
      return item;
    });
    find(this.root, "[data-detail-results]").replaceChildren(...results);
  }

  /** @param {Term} term */
  nameOf({ stage, map }) {
    const { stages, text } = /** @type {NonNullable<typeof this.subject>} */ (this.subject);
    const source = stages.find(({ name }) => name === stage);
    if (source === stages[0]) return text.noisy;
    return fill(source && isVector(source) ? text.detail_from_number : text.detail_from_map, {
      number: map + 1,
    });
  }

  /** Looks at the cell that somebody points at. @param {Thumb} thumb */
  pointed(thumb) {
    const { listen, point } = this.hands;
    const look = (/** @type {PointerEvent} */ event) => {
      this.slide(false);
      this.lookAt(thumb.placeAt(event));
    };
    listen(thumb.root, "pointerdown", look); // a finger does not hover
    listen(thumb.root, "pointermove", look);
    listen(thumb.root, "pointerleave", () => point(null));
  }

  /** Looks at the cells around by arrow keys. @param {Thumb} thumb @param {string} label */
  steered(thumb, label) {
    const { listen, point } = this.hands;
    thumb.root.tabIndex = 0;
    setAttributes(thumb.root, { role: "slider", "aria-label": label, "aria-valuemin": 1 });
    listen(thumb.root, "keydown", (event) => {
      const step = stepOf(event.key, thumb.own);
      if (!step) return;
      event.preventDefault();
      this.slide(false);
      this.lookAt(this.place + step);
    });
    listen(thumb.root, "blur", () => point(null));
  }

  // --- the cell that is looked at ---

  /** @param {number} place */
  lookAt(place) {
    const count = this.arithmetic?.sum.numbers.length ?? 1;
    if (place === this.place || place < 0 || place >= count) return;
    this.place = place;
    this.showCell();
    const { stage, map } = /** @type {NonNullable<typeof this.subject>} */ (this.subject);
    this.hands.point({ stage: stage.name, map, place: isVector(stage) ? map : place });
  }

  /** @param {boolean} isOn */
  slide(isOn) {
    clearInterval(this.sliding);
    if (this.sliding && !isOn) this.hands.point(null);
    this.sliding = isOn ? setInterval(() => this.step(), SLIDE_MS) : undefined;
    const button = find(this.root, "[data-detail-slide]");
    const { text } = this.subject ?? { text: /** @type {Record<string, string>} */ ({}) };
    button.textContent = (isOn ? text.detail_stop : text.detail_slide) ?? "";
    button.ariaPressed = String(isOn);
  }

  step() {
    const count = this.arithmetic?.sum.numbers.length ?? 1;
    this.lookAt((this.place + 1) % count);
  }

  // --- drawn whenever the network has run ---

  draw() {
    if (this.root.hidden || !this.subject) return;
    this.read();
    if (this.isStale) {
      this.place = this.brightest();
      this.build();
      this.isStale = false;
    }
    this.show();
  }

  show() {
    const { arithmetic } = this;
    if (!arithmetic) return;
    const all = arithmetic.terms.reduce((sum, { size }) => sum + size, 0) || 1;
    const terms = new Map(arithmetic.terms.map((term) => [`${term.stage} ${term.map}`, term]));
    const shown = this.rows.map((row) => terms.get(`${row.term.stage} ${row.term.map}`) ?? row.term);
    const most = Math.max(...shown.flatMap(({ product }) => [...product.numbers].map(Math.abs)));
    const heaviest = Math.max(...shown.flatMap(({ kernel }) => [...kernel.numbers].map(Math.abs)));
    this.rows.forEach((row, i) => {
      row.term = shown[i];
      row.incoming.draw(row.term.incoming);
      row.kernel.draw(row.term.kernel, heaviest);
      row.product.draw(row.term.product, most);
      row.share.textContent = `${Math.round((100 * row.term.size) / all)}%`;
    });
    [arithmetic.sum, ...arithmetic.after.map(({ picture }) => picture)].forEach((picture, i) =>
      this.results[i]?.draw(picture),
    );
    this.showCell();
  }

  showCell() {
    const { arithmetic, place, subject } = this;
    if (!arithmetic || !subject) return;
    const { text } = subject;
    const isPicture = arithmetic.sum.numbers.length > 1;
    for (const thumb of this.results) thumb.frame(isPicture ? [place] : []);
    const cell = this.cellText();
    this.results.at(-1)?.tell(place + 1, arithmetic.sum.numbers.length, cell);
    for (const row of this.rows) {
      const pairs = pairsOf(arithmetic, row.term, place);
      row.incoming.frame(pairs.map((pair) => pair.place));
      row.product.frame(isPicture ? [place] : []);
    }
    find(this.root, "[data-detail-cell]").textContent = cell;
    const lines = [
      this.windowLine(),
      sumLine(arithmetic, place, text, (term) => this.nameOf(term)),
      ...afterLines(arithmetic, place, text),
    ];
    find(this.root, "[data-detail-formula]").replaceChildren(...lines.filter((line) => line !== null));
  }

  /** Where the cell is that is looked at; "" for a number. */
  cellText() {
    const { arithmetic, place, subject } = this;
    if (!arithmetic || !subject || arithmetic.sum.numbers.length === 1) return "";
    const [, width] = arithmetic.sum.size;
    return fill(subject.text.detail_cell, {
      row: Math.floor(place / width) + 1,
      column: (place % width) + 1,
    });
  }

  /** The window of the strongest term, number by number; null where there is none. */
  windowLine() {
    const { arithmetic, place, rows, subject } = this;
    const term = rows[0]?.term;
    if (!arithmetic?.links || !term || !subject) return null;
    const pairs = pairsOf(arithmetic, term, place);
    const line = create("p", { className: "formula-line window-line" });
    line.append(create("b", { textContent: this.nameOf(term) }));
    pairs.forEach(({ number, weight }, i) => {
      const product = `${told(number)} × ${inBrackets(weight)}`;
      line.append(create("span", { textContent: `${i ? "+ " : ""}${product}` }));
    });
    const sum = pairs.reduce((total, { number, weight }) => total + number * weight, 0);
    line.append(create("span", { textContent: `= ${told(sum)}` }));
    return line;
  }
}

/**
 * Returns what there is to see of a map: the sum, and each step after it.
 *
 * @param {Arithmetic} arithmetic
 * @param {Record<string, string>} text
 * @returns {{ name: string, title: string, picture: Picture }[]}
 */
function stepsOf({ way, sum, after }, text) {
  const rest = after.map(({ op, picture }) => ({ name: op, title: text[`detail_${op}`] ?? op, picture }));
  return [{ name: way, title: text.detail_sum, picture: sum }, ...rest];
}

/**
 * Returns how many places a key goes on, in a picture of so many cells across.
 *
 * @param {string} key
 * @param {number} width
 */
function stepOf(key, width) {
  /** @type {Record<string, number>} */
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width };
  return steps[key] ?? 0;
}

/** @param {string} textContent */
function sign(textContent) {
  return create("span", { className: "sign", textContent, ariaHidden: "true" });
}
