// The digits that excite a map most: small pictures, noisy above and clean below, to be chosen.
//
// It is told which they are. Knows no network.
import { create, find } from "../elements.js";
import { fill } from "../fill.js";
import { NoisyDigit, pixelsOf } from "../noisy_digit.js";
import { painter, PIXELS, SIDE } from "../picture.js";
/** @import { Listen, NoiseKind } from "../types.js" */
/** @import { Excited } from "./measure.js" */
/** @import { Noise } from "./noisy_digits.js" */

export class Exciting {
  /**
   * @param {HTMLElement} root
   * @param {object} hands
   * @param {Listen} hands.listen
   * @param {(digit: number) => void} hands.choose
   */
  constructor(root, hands) {
    this.root = root;
    this.hands = hands;
    this.key = "";
    this.map = 0;
    /** @type {Record<string, string>} */
    this.text = {};
    /** @type {Excited[] | null} */
    this.excited = null; // by map of one layer
    /** @type {{ noise: Noise, kinds: NoiseKind[], digits: Uint8Array } | null} */
    this.shown = null;
  }

  /**
   * @param {string} key - Of all that the answer depends on, but the map.
   * @param {number} map
   * @param {Record<string, string>} text
   * @returns {boolean} Whether it has to be told which digits they are.
   */
  open(key, map, text) {
    const isNew = key !== this.key;
    const isOther = map !== this.map || text !== this.text;
    Object.assign(this, { key, map, text });
    if (isNew)
      this.root.ariaBusy = "true"; // the old ones stay until the new ones are there
    else if (isOther) this.build();
    return isNew;
  }

  /** What digits are shown under. @param {Noise} noise @param {NoiseKind[]} kinds @param {Uint8Array} digits */
  under(noise, kinds, digits) {
    this.shown = { noise, kinds, digits };
  }

  /** @param {Excited[]} excited */
  take(excited) {
    this.excited = excited;
    this.root.ariaBusy = "false";
    this.build();
  }

  build() {
    const { excited, map, shown, text } = this;
    if (!excited || !shown) return;
    const { noise, kinds, digits } = shown;
    const count = digits.length / PIXELS;
    const found = excited[map] ?? [];
    const how = found.length ? fill(text.excite_how, { count }) : text.excite_none;
    find(this.root, "[data-excite-how]").textContent = how;
    const most = found[0]?.strength ?? 1;
    const items = found.map(({ digit, strength }) => {
      const [canvas, clean] = [0, 1].map(() => create("canvas", { width: SIDE, height: SIDE }));
      const picture = new NoisyDigit(canvas);
      picture.hold({ pixels: pixelsOf(digits, digit), stream: digit }, kinds, noise);
      picture.addNoise(noise.parameters);
      painter(clean)(picture.clean);
      const share = Math.round((100 * strength) / most);
      const ariaLabel = fill(text.excite_choose, { digit, number: digit + 1, percent: share });
      const button = create("button", { type: "button", ariaLabel });
      const bar = create("i", { className: "share" });
      bar.style.width = `${share}%`;
      button.append(canvas, clean, bar);
      this.hands.listen(button, "click", () => this.hands.choose(digit));
      const item = create("li");
      item.append(button);
      return item;
    });
    find(this.root, "[data-excite-digits]").replaceChildren(...items);
  }
}
