// More digits under the same noise, drawn in turns as time allows; one can be chosen.
import { create } from "../../../web/elements.js";
import { NoisyDigit } from "../../../web/noisy_digit.js";
import { painter, SIDE } from "../../../web/picture.js";
/** @import { Digit } from "../../../web/noisy_digit.js" */
/** @import { PanelContent, Settings } from "../types.js" */

const FRAME_BUDGET = 8; // milliseconds, of the 16.7 that a frame has at 60 Hz

/**
 * @typedef {object} Cell
 * @property {number} number - Of its digit.
 * @property {HTMLButtonElement} button
 * @property {NoisyDigit} picture
 * @property {(picture: ArrayLike<number>) => void} drawDenoised
 * @property {boolean} stale - Whether it is to be drawn again.
 */

export class Gallery {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Cell[]} */
    this.queue = []; // the one that was drawn longest ago first
    this.cellCost = 0; // milliseconds that the last one took
  }

  /**
   * Shows other digits.
   * @param {number[]} numbers
   * @param {(number: number) => string} label - What the button of each says.
   * @returns {HTMLButtonElement[]} The buttons, in order.
   */
  build(numbers, label) {
    this.queue = numbers.map((number) => buildCell(number, label(number)));
    const buttons = this.queue.map(({ button }) => button);
    this.root.replaceChildren(...buttons);
    return buttons;
  }

  /** @param {number} number - Of the digit that is large. */
  showChosen(number) {
    for (const cell of this.queue) cell.button.ariaPressed = String(cell.number === number);
  }

  /** All are to be drawn again. */
  refresh() {
    for (const cell of this.queue) cell.stale = true;
  }

  get isStale() {
    return this.queue.some(({ stale }) => stale);
  }

  /**
   * Draws as many cells as fit into the frame, at least one in a pause; each has its turn.
   * @param {number} start - When the frame began.
   * @param {boolean} paused - Whether nothing changes now.
   * @param {(number: number) => Digit} digit @param {PanelContent} content @param {Settings} settings
   */
  draw(start, paused, digit, content, settings) {
    for (let drawn = 0; drawn < this.queue.length; drawn++) {
      const cell = this.queue.find(({ stale }) => stale);
      const fits = performance.now() - start + this.cellCost < FRAME_BUDGET;
      if (!cell || !(fits || (paused && drawn === 0))) return;
      const before = performance.now();
      drawCell(cell, digit(cell.number), content, settings);
      this.cellCost = performance.now() - before;
      this.queue.push(...this.queue.splice(this.queue.indexOf(cell), 1));
    }
  }
}

/** @param {number} number @param {string} label @returns {Cell} */
function buildCell(number, label) {
  const noisy = create("canvas", { width: SIDE, height: SIDE });
  const denoised = create("canvas", { width: SIDE, height: SIDE });
  const button = create("button", { type: "button", className: "cell", ariaLabel: label });
  button.append(noisy, denoised);
  return { number, button, picture: new NoisyDigit(noisy), drawDenoised: painter(denoised), stale: true };
}

/** @param {Cell} cell @param {Digit} digit @param {PanelContent} content @param {Settings} settings */
function drawCell(cell, digit, content, settings) {
  cell.picture.hold(digit, content.kinds, settings);
  cell.picture.addNoise(settings.parameters);
  if (content.network) cell.drawDenoised(content.network.run(cell.picture.noisy));
  cell.stale = false;
}
