// The latent desk: the numbers of a code in the visitor's hands, as faders and as a point on a map.
//
// Knows no network: it is shown the code that an encoder gives, says which code is to be decoded,
// and is shown what became of it. `latent_texts` in denoiser/ui/components/live gives its texts.
import { create } from "../elements.js";
import { fill } from "../fill.js";
import { Faders } from "./latent_faders.js";
import { NowSection } from "./latent_now.js";
import { MapSection } from "./latent_section.js";
import { rangesAround, rangesOf } from "./latent_space.js";
/** @import { Listen } from "../types.js" */
/** @import { Code, LatentMap, NumberRange } from "./latent_space.js" */

const SPOKEN_AFTER = 500; // milliseconds without a change

/**
 * @typedef {object} DeskOptions
 * @property {LatentMap | null} map - null where the model has none: then there are only faders.
 * @property {Record<string, string>} text
 * @property {Listen} listen
 * @property {(code: Float32Array) => void} change - Called with each code that the visitor makes;
 *   who is called shows the desk what is decoded from it (`showDecoded`), at once or later.
 * @property {(code: Code) => ArrayLike<number>} decode - Returns the picture, 28x28 numbers
 *   from 0 to 1, that a code becomes; nothing of it is to be seen elsewhere.
 */

export class LatentDesk {
  /** @param {HTMLElement} root - What it is built in. @param {DeskOptions} options */
  constructor(root, options) {
    const { map, text, listen, decode } = options;
    this.options = options;
    this.given = new Float32Array();
    this.code = new Float32Array();
    /** Numbers that are what the visitor made them. @type {Map<number, number>} */
    this.heldNumbers = new Map();
    /** @type {NumberRange[]} */
    this.ranges = map ? rangesOf(map) : [];
    this.timer = 0;
    const [mapPart, now, numbers] = [
      create("section", { className: "latent-map" }),
      create("section", { className: "latent-now" }),
      create("section", { className: "latent-numbers" }),
    ];
    this.spoken = create("p", { className: "spoken" });
    this.spoken.setAttribute("role", "status");
    const desk = create("div", { className: "latent" });
    desk.append(...(map ? [mapPart] : []), now, numbers, this.spoken);
    const room = create("div", { className: "latent-desk" });
    room.append(desk);
    root.replaceChildren(room);
    this.section = map
      ? new MapSection(mapPart, {
          map,
          text,
          listen,
          decode,
          take: (code) => this.take(code),
          clear: () => this.follow(),
        })
      : null;
    const spacing = this.section?.spacing;
    this.now = new NowSection(now, text, spacing ? spacing.limit / spacing.usual : null);
    this.title = create("h3");
    const list = create("ol", { className: "latent-faders" });
    const help = map ? text.numbers_help : text.numbers_help_unknown;
    const why = map ? text.no_generator : text.no_map;
    numbers.append(this.title, create("p", { className: "latent-help", textContent: help }), list);
    numbers.append(create("p", { className: "latent-why latent-last", textContent: why }));
    this.faders = new Faders(list, {
      text,
      listen,
      move: (number, value) => this.hold(number, value),
      free: (number) => this.free(number),
      picture: (number, value) => decode(this.code.map((old, i) => (i === number ? value : old))),
    });
    listen(this.now.back, "click", () => {
      this.release();
      this.faders.focus(); // the button that was pressed is off now
    });
  }

  // --- for the host ---

  /**
   * Takes what the encoder gives. Numbers that the visitor holds stay as they are.
   *
   * @param {Code} given - As many numbers as the map has.
   * @returns {Float32Array} The code that is to be decoded.
   */
  show(given) {
    const { map, text } = this.options;
    this.faders.endSweep();
    if (given.length !== this.given.length) this.heldNumbers.clear();
    this.given = Float32Array.from(given);
    if (!map) this.ranges = rangesAround(given, this.ranges);
    this.faders.build(this.ranges);
    this.title.textContent = fill(text.numbers, { count: given.length });
    this.follow();
    return this.code;
  }

  /** Shows what the code became. @param {ArrayLike<number>} picture - 28x28 numbers from 0 to 1. */
  showDecoded(picture) {
    this.now.paint(picture);
    this.section?.showDecoded(picture);
  }

  /** The numbers that are not what the encoder gives, by their places: for `OpenNetwork.hold`. */
  get held() {
    return [...this.heldNumbers];
  }

  /** All numbers are what the encoder gives again, as for another digit. */
  release() {
    this.faders.endSweep();
    this.heldNumbers.clear();
    this.changed();
  }

  /** Ends all that would go on by itself. */
  stop() {
    clearTimeout(this.timer);
    this.faders.stop();
    this.section?.stop();
  }

  // --- what the visitor does ---

  /** @param {number} number - Its place in the code. @param {number} value */
  hold(number, value) {
    this.heldNumbers.set(number, value);
    this.changed();
  }

  /** @param {number} number - Its place in the code. */
  free(number) {
    this.heldNumbers.delete(number);
    this.changed();
  }

  /** Holds all numbers of a code. @param {Code} code */
  take(code) {
    this.faders.endSweep();
    this.heldNumbers = new Map(Array.from(code, (value, number) => [number, value]));
    this.changed();
  }

  changed() {
    this.follow();
    this.options.change(this.code);
  }

  // --- what is shown ---

  follow() {
    this.code = this.given.map((value, number) => this.heldNumbers.get(number) ?? value);
    this.faders.show(this.code, this.given, (number) => this.heldNumbers.has(number));
    this.now.back.disabled = this.heldNumbers.size === 0;
    if (!this.section || !this.now.meter) return;
    const { times, label } = this.section.show(this.code);
    const told = this.now.meter.show(times, label);
    if (this.heldNumbers.size > 0) this.speak(told);
  }

  /** Says it once nothing changes for a while. @param {string} told */
  speak(told) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.spoken.textContent = told;
    }, SPOKEN_AFTER);
  }
}
