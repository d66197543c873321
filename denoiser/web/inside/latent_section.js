// All that the desk has of a map: the chart, its key, the walk between two digits, the distances.
//
// Knows which code each place of the chart stands for, and no network.
import { create } from "../elements.js";
import { fill } from "../fill.js";
import { CodeMap } from "./latent_map.js";
import { DigitPictures } from "./latent_pictures.js";
import {
  codeBetween,
  codeOfDigit,
  movedTo,
  nearestDigit,
  placesOf,
  planeOf,
  spacingOf,
  taughtCircles,
} from "./latent_space.js";
import { DigitWalk } from "./latent_walk.js";
/** @import { Listen } from "../types.js" */
/** @import { Code, LatentMap } from "./latent_space.js" */

/**
 * @typedef {object} SectionOptions
 * @property {LatentMap} map
 * @property {Record<string, string>} text
 * @property {Listen} listen
 * @property {(code: Code) => ArrayLike<number>} decode
 * @property {(code: Code) => void} take - Called with each code that the visitor walks to.
 * @property {() => void} clear - Called when a walk ends; the code stays.
 */

export class MapSection {
  /** @param {HTMLElement} root - What it is built in. @param {SectionOptions} options */
  constructor(root, options) {
    const { map, text, listen, decode, take } = options;
    this.options = options;
    /** @type {Code} */
    this.code = map.mean;
    this.nearest = "";
    this.places = placesOf(map);
    this.spacing = spacingOf(map);
    this.pictures = new DigitPictures(map, decode);
    const percent = Math.round(100 * (map.shares[0] + map.shares[1]));
    root.append(
      create("h3", { textContent: fill(text.map, { count: map.labels.length }) }),
      create("p", { className: "latent-help", textContent: fill(text.map_help, { percent }) }),
    );
    this.chart = new CodeMap(root, {
      map,
      places: this.places,
      pictures: this.pictures,
      text,
      listen,
      walk: (place) => take(movedTo(map, this.code, place)),
      pick: (digit) => this.walk.pick(digit),
    });
    const way = create("div", { className: "latent-walk" });
    this.walk = new DigitWalk(way, {
      labels: map.labels,
      pictures: this.pictures,
      text,
      listen,
      walk: () => this.walkOn(),
    });
    root.append(keyOf(text), way);
  }

  stop() {
    this.chart.stop();
    this.pictures.stop();
  }

  walkOn() {
    const { map, take, clear } = this.options;
    const { pair, only, share } = this.walk;
    if (pair) take(codeBetween(codeOfDigit(map, pair.from), codeOfDigit(map, pair.to), share));
    else if (only >= 0) take(codeOfDigit(map, only));
    else clear();
  }

  /**
   * Shows a code.
   *
   * @param {Code} code
   * @returns {{ times: number, label: number }} How far the nearest digit is, as a multiple of the
   *   usual distance, and which one it is.
   */
  show(code) {
    const { map, text } = this.options;
    const { places, spacing, walk } = this;
    this.code = code;
    const { digit, distance } = nearestDigit(map, code);
    const ends = walk.pair ? [walk.pair.from, walk.pair.to] : [];
    this.chart.show({
      place: planeOf(map, code),
      circles: taughtCircles(map, code, spacing.limit, places),
      way: ends.map((end) => planeOf(map, codeOfDigit(map, end))),
    });
    const label = map.labels[digit];
    this.nearest = fill(text.nearest, { label });
    return { times: distance / spacing.usual, label };
  }

  /** @param {ArrayLike<number>} picture */
  showDecoded(picture) {
    this.chart.showDecoded(picture, this.nearest);
  }
}

/** @param {Record<string, string>} text */
function keyOf(text) {
  const key = create("p", { className: "latent-key" });
  for (const [name, told] of Object.entries({ here: text.key_point, far: text.key_far })) {
    const item = create("span");
    item.append(create("i", { className: `latent-key-${name}` }), told);
    key.append(item);
  }
  return key;
}
