// Maps that are off, measured on many digits: a line of what that costs, solo, and what is opened from it.
//
// It composes the line, the ranking and the digits that excite a map. The strip knows which maps are
// off; a measurer answers what that does.
import { find } from "../elements.js";
import { fill } from "../fill.js";
import { Exciting } from "./exciting.js";
import { Measurer } from "./measurer.js";
import { Ranking } from "./ranking.js";
import { ratioOf } from "./ratio.js";
/** @import { Listen, NoiseKind } from "../types.js" */
/** @import { Model, Off, Scores } from "./measure.js" */
/** @import { Answer } from "./measure_loop.js" */
/** @import { Noise } from "./noisy_digits.js" */
/** @import { OpenNetwork } from "./open_network.js" */
/** @import { Strip } from "./strip.js" */

const CALM_MS = 700; // without a change, after which the line is spoken

/**
 * @typedef {object} Content - What the panel shows, as far as it is measured.
 * @property {OpenNetwork | null} network
 * @property {Record<string, string>} text
 * @property {string} model - Its name.
 * @property {Uint8Array} digits - 28x28 pixels each.
 * @property {Uint8Array} [labels]
 * @property {NoiseKind[]} kinds
 * @property {Model} reader - The classifier.
 * @property {number} least_digit
 */

export class Mute {
  /**
   * @param {HTMLElement} root - The strip's.
   * @param {object} hands
   * @param {Listen} hands.listen
   * @param {Strip} hands.strip
   * @param {(digit: number) => void} hands.chooseDigit
   */
  constructor(root, { listen, strip, chooseDigit }) {
    this.root = root;
    this.strip = strip;
    this.measurer = new Measurer((answer) => this.hear(answer));
    this.solo = find(root, "[data-detail-solo]");
    this.exciting = new Exciting(find(root, "[data-excites]"), { listen, choose: chooseDigit });
    this.ranking = new Ranking(find(root, "[data-ranking]"), { listen, strip, measurer: this.measurer });
    /** @type {Content | null} */
    this.content = null;
    /** @type {Uint8Array | null} */
    this.digits = null; // that are known to be measured
    /** @type {OpenNetwork | null} */
    this.network = null; // the same
    this.loads = 0; // of it, whose weights are known
    /** @type {Map<string, Set<number>>} */
    this.before = new Map(); // by stage: what was off before a solo
    this.asked = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.calm = undefined;
    listen(this.solo, "click", () => {
      const { choice } = strip;
      if (choice) this.soloOf(choice.stage, choice.map);
    });
  }

  stop() {
    clearTimeout(this.calm);
    this.measurer.stop();
  }

  /** @param {Content} content */
  take(content) {
    this.content = content;
    if (content.network) this.ranking.take(content.text);
  }

  /** Says what is measured, where that is another; only once somebody looks. @param {Content} content */
  know({ network, model, digits, labels, kinds, reader, least_digit: least }) {
    const { measurer } = this;
    if (!network) return;
    measurer.know("reader", "reader", () => ({ tell: "reader", model: reader, least }));
    if (digits !== this.digits)
      measurer.know("digits", `${digits.length} ${fingerprint(digits)}`, () => ({
        tell: "digits",
        digits,
        labels: labels ?? null,
        kinds,
      }));
    this.digits = digits;
    if (network === this.network && network.loads === this.loads) return;
    Object.assign(this, { network, loads: network.loads });
    const tensors = network.tensors();
    const sum = Object.values(tensors).reduce((all, { data }) => all + fingerprint(data), 0);
    measurer.know("model", `${model} ${sum}`, () => ({
      tell: "model",
      model: { graph: network.graph, tensors },
    }));
  }

  /** The noise or the weights may be others, and the network has run. @param {Noise} settings */
  draw({ noise, parameters, seed }) {
    const { content } = this;
    if (!content) return;
    this.know(content);
    const settings = { noise, parameters: { ...parameters }, seed };
    this.measurer.know("noise", JSON.stringify(settings), () => ({ tell: "noise", noise: settings }));
    this.exciting.under(settings, content.kinds, content.digits);
    this.update();
    this.ranking.draw();
  }

  // --- solo ---

  /** Leaves only one map of its stage on; the second time, what was on before. @param {string} stage @param {number} map */
  soloOf(stage, map) {
    const { strip, before } = this;
    const off = strip.off.get(stage) ?? new Set();
    if (this.isSolo(stage, map)) strip.switchOff(stage, before.get(stage) ?? new Set());
    else {
      if (!before.has(stage) || !isAlone(off, this.countOf(stage))) before.set(stage, off);
      strip.switchOff(stage, new Set(this.mapsOf(stage).filter((other) => other !== map)));
      return;
    }
    before.delete(stage);
  }

  /** @param {string} stage @param {number} map */
  isSolo(stage, map) {
    const off = this.strip.off.get(stage);
    return Boolean(off && isAlone(off, this.countOf(stage)) && !off.has(map));
  }

  /** @param {string} stage */
  countOf(stage) {
    return this.strip.stage(stage).shape.at(-1) ?? 1;
  }

  /** @param {string} stage */
  mapsOf(stage) {
    return Array.from({ length: this.countOf(stage) }, (_, map) => map);
  }

  showSolo() {
    const { choice, text, stages } = this.strip;
    const isInner = choice && choice.stage !== stages[0].name && choice.stage !== stages.at(-1)?.name;
    this.solo.hidden = !choice || !isInner || this.countOf(choice.stage) < 2;
    if (!choice || this.solo.hidden) return;
    const isOn = this.isSolo(choice.stage, choice.map);
    this.solo.textContent = isOn ? text.mute_solo_undo : text.mute_solo;
    this.solo.ariaPressed = String(isOn);
  }

  // --- the line ---

  /** What is off, chosen or shown may be another. */
  update() {
    const { strip, measurer, content } = this;
    if (!content || !strip.network || !strip.isOpen || !measurer.known.has("noise")) return;
    this.showSolo();
    this.ranking.update();
    this.askExciting();
    const off = this.off;
    const isAny = Object.keys(off).length > 0;
    if (!isAny) {
      this.showLine(false);
      this.asked = "";
      this.say("");
      measurer.cancel("scores");
      return;
    }
    const asked = `${measurer.key} ${JSON.stringify(off)}`;
    if (asked === this.asked) return;
    this.asked = asked;
    measurer.ask({ ask: "scores", off });
  }

  /** Channels that are off, by layer. @returns {Off} */
  get off() {
    const { strip } = this;
    const inner = strip.stages.slice(1).filter(({ name }) => strip.off.get(name)?.size);
    return Object.fromEntries(inner.map(({ name, output }) => [output, [...(strip.off.get(name) ?? [])]]));
  }

  askExciting() {
    const { strip, measurer, exciting, content } = this;
    const { choice, stages } = strip;
    const isInner = choice && choice.stage !== stages[0].name;
    exciting.root.hidden = !isInner;
    if (!choice || !isInner || !content) return;
    const { output } = strip.stage(choice.stage);
    const isNew = exciting.open(`${measurer.key} ${output}`, choice.map, content.text);
    if (isNew) measurer.ask({ ask: "excite", layer: output });
  }

  /** @param {Answer} answer */
  hear(answer) {
    if (answer.answer === "scores") this.show(answer.before, answer.after);
    else if (answer.answer === "excite") this.exciting.take(answer.excited);
    else if (answer.answer === "failed") {
      console.warn(answer.problem);
      this.ranking.end();
    } else this.ranking.hear(answer);
  }

  /** Shows the line in the place of the hint, once there is something to tell. @param {boolean} isShown */
  showLine(isShown) {
    find(this.root, "[data-strip-hint]").hidden = isShown;
    find(this.root, "[data-mute]").hidden = !isShown;
  }

  /** @param {Scores} before @param {Scores} after */
  show(before, after) {
    const { text } = this.strip;
    const line = find(this.root, "[data-mute]");
    this.showLine(true);
    const put = (/** @type {string} */ name, /** @type {string} */ told) => {
      find(line, `[data-mute-${name}]`).textContent = told;
    };
    put("count", fill(text.mute_on, { count: after.count }));
    put("mse", `${before.mse.toFixed(4)} → ${after.mse.toFixed(4)}`);
    put("ratio", `(${ratioOf(before.mse, after.mse, text)})`);
    put("psnr", `${before.psnr.toFixed(1)} → ${after.psnr.toFixed(1)} dB`);
    find(line, "[data-mute-reading]").hidden = after.read === null;
    put(
      "read",
      fill(text.mute_read, { before: before.read ?? 0, after: after.read ?? 0, count: after.count }),
    );
    const most = Math.max(before.mse, after.mse) || 1;
    for (const [name, { mse }] of Object.entries({ before, after }))
      find(line, `[data-mute-bar="${name}"]`).style.width = `${Math.max(2, (100 * mse) / most)}%`;
    this.say(
      [...line.children].map(({ textContent }) => textContent?.replace(/\s+/g, " ").trim()).join(", "),
    );
  }

  /** Tells who does not see it, once it is calm. @param {string} told */
  say(told) {
    clearTimeout(this.calm);
    this.calm = setTimeout(() => {
      find(this.root, "[data-mute-spoken]").textContent = told;
    }, CALM_MS);
  }
}

/** Whether all maps but one are off. @param {Set<number>} off @param {number} count */
function isAlone(off, count) {
  return count > 1 && off.size === count - 1;
}

/** A number that is another for other numbers. @param {ArrayLike<number>} numbers */
function fingerprint(numbers) {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i] * ((i % 97) + 1);
  return sum;
}
