// What the classifier says of a picture: a digit or none, and ten bars that show how sure it is.
import { create } from "../../../web/elements.js";
/** @import { Reading } from "../../../web/reading.js" */

const DIGITS = 10;
const SPOKEN = 0.01; // a share below is not worth a word

/**
 * Returns the digits that are likely at all, the likeliest first, as words: "7 98%, 1 2%".
 * @param {number[]} shares
 */
export function spoken(shares) {
  const digits = shares.map((share, digit) => ({ share, digit })).filter(({ share }) => share >= SPOKEN);
  digits.sort((a, b) => b.share - a.share);
  return digits.map(({ share, digit }) => `${digit} ${Math.floor(100 * share)}%`).join(", ");
}

export class Bars {
  /** @param {HTMLElement} root - The chart; it becomes ten bars with their digits below. */
  constructor(root) {
    this.root = root;
    this.bars = Array.from({ length: DIGITS }, () => create("i"));
    this.columns = this.bars.map((bar, digit) => {
      const [column, track] = [create("span"), create("b")];
      track.append(bar);
      column.append(track, String(digit));
      return column;
    });
    this.shown = "";
    root.replaceChildren(...this.columns);
  }

  /**
   * Shows a reading, or empty bars for null.
   * @param {Reading | null} reading
   * @param {string} title - What the bars show, for who cannot see them.
   */
  show(reading, title) {
    const heights = this.bars.map((_, digit) => (reading?.shares[digit] ?? 0).toFixed(2));
    const shown = `${title} ${heights}`;
    if (shown === this.shown) return; // styles cost time
    this.shown = shown;
    heights.forEach((height, digit) => {
      this.bars[digit].style.transform = `scaleY(${height})`;
      this.columns[digit].classList.toggle("first", digit === reading?.digit);
    });
    this.root.ariaLabel = `${title}: ${(reading && spoken(reading.shares)) || "–"}`;
  }
}
