// One picture of numbers on a small canvas, with a frame that marks some of its cells.
//
// Knows nothing of where the numbers come from.
import { create, setAttributes } from "../elements.js";
import { contextOf } from "../picture.js";
import { largestOf, paintMaps } from "./painting.js";
/** @import { Picture } from "./terms.js" */
/** @import { Sheet } from "./strip_layout.js" */

export class Thumb {
  /**
   * @param {number} own - Cells across and down.
   * @param {number} side - CSS pixels.
   * @param {string} name - For its class.
   */
  constructor(own, side, name = "") {
    this.own = own;
    /** @type {Sheet} */
    this.sheet = { rows: 1, columns: 1, side: own, width: own, height: own, scale: side / own, kind: "maps" };
    this.canvas = create("canvas", { width: own, height: own });
    this.context = contextOf(this.canvas, { alpha: false });
    this.image = this.context.createImageData(own, own);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.mark = create("i", { className: "window", hidden: true });
    this.root = create("span", { className: `thumb ${name}` });
    this.root.style.setProperty("--side", `${side}px`);
    this.root.append(this.canvas, this.mark);
  }

  /**
   * @param {Picture} picture
   * @param {number} [limit] - What is white; the largest of its numbers where nothing is said.
   * @param {boolean} [isGrey]
   */
  draw({ numbers }, limit = largestOf(numbers, 1)[0], isGrey = false) {
    paintMaps(this.pixels, this.sheet, numbers, [limit], isGrey);
    this.context.putImageData(this.image, 0, 0);
  }

  /** Marks the smallest frame around cells; none where there are none. @param {number[]} places */
  frame(places) {
    this.mark.hidden = places.length === 0;
    if (this.mark.hidden) return;
    const rows = places.map((place) => Math.floor(place / this.own));
    const columns = places.map((place) => place % this.own);
    const share = (/** @type {number} */ cells) => `${(100 * cells) / this.own}%`;
    const [top, left] = [Math.min(...rows), Math.min(...columns)];
    Object.assign(this.mark.style, {
      top: share(top),
      left: share(left),
      height: share(Math.max(...rows) - top + 1),
      width: share(Math.max(...columns) - left + 1),
    });
  }

  /** Says which cell is looked at, where it can be steered. @param {number} now @param {number} count @param {string} text */
  tell(now, count, text) {
    if (this.root.tabIndex < 0) return;
    setAttributes(this.root, { "aria-valuemax": count, "aria-valuenow": now, "aria-valuetext": text });
  }

  /** @param {MouseEvent} event @returns {number} The place of the cell under the pointer. */
  placeAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const at = (/** @type {number} */ share) =>
      Math.max(0, Math.min(this.own - 1, Math.floor(share * this.own)));
    const row = at((event.clientY - box.top) / box.height);
    return row * this.own + at((event.clientX - box.left) / box.width);
  }
}
