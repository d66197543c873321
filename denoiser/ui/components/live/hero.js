// The large digit, noisy, denoised and clean: its pictures, their scores, what the classifier reads.
import { create, find, findAll, findOf } from "../../../web/elements.js";
import { NoisyDigit } from "../../../web/noisy_digit.js";
import { meanSquaredError, painter, psnr } from "../../../web/picture.js";
import { fill, sameNumbers } from "./content.js";
/** @import { Digit } from "../../../web/noisy_digit.js" */
/** @import { PanelContent, Settings } from "../types.js" */

const READINGS = 3; // of the classifier's ten, the likeliest

/** @typedef {"noisy" | "denoised" | "clean"} Tile */

export class Hero {
  /** @param {HTMLElement} root - Of the panel. */
  constructor(root) {
    this.root = root;
    this.picture = new NoisyDigit(this.canvas("noisy"));
    this.drawDenoised = painter(this.canvas("denoised"));
    this.drawClean = painter(this.canvas("clean"));
    this.updates = 0;
    /** @type {{ clean: Float64Array, probabilities: ArrayLike<number> } | null} */
    this.known = null;
  }

  /** @param {Tile} tile @returns {HTMLCanvasElement} */
  canvas(tile) {
    return findOf(HTMLCanvasElement, this.root, `[data-testid="live-${tile}"]`);
  }

  /**
   * Draws a digit; what the network makes of it too, unless its weights are awaited.
   * @param {Digit} digit @param {PanelContent} content @param {Settings} settings
   */
  draw(digit, content, settings) {
    this.picture.hold(digit, content.kinds, settings);
    const { clean, noisy } = this.picture;
    this.drawClean(clean);
    this.showReading("clean", this.readClean(content), content);
    this.picture.addNoise(settings.parameters);
    this.showScores("noisy", noisy, content);
    if (settings.model !== content.model) {
      this.showWaiting(content);
      return;
    }
    const denoised = content.denoise(noisy);
    this.drawDenoised(denoised);
    this.showScores("denoised", denoised, content);
    this.canvas("denoised").dataset.updates = String(++this.updates);
  }

  /**
   * Returns what the classifier says of the clean digit, which is as it was while a slider moves.
   * @param {PanelContent} content
   */
  readClean({ classify }) {
    const { clean } = this.picture;
    if (!this.known || !sameNumbers(this.known.clean, clean)) {
      this.known = { clean: clean.slice(), probabilities: Array.from(classify(clean)) };
    }
    return this.known.probabilities;
  }

  /** @param {PanelContent} content */
  showWaiting({ text }) {
    find(this.root, '[data-reading="denoised"]').textContent = text.loading;
    const unknown = '[data-score^="denoised"], [data-others="denoised"]';
    for (const element of findAll(HTMLElement, this.root, unknown)) element.textContent = "…";
  }

  /** @param {"noisy" | "denoised"} tile @param {Float64Array} picture @param {PanelContent} content */
  showScores(tile, picture, content) {
    const mse = meanSquaredError(this.picture.clean, picture);
    const decibels = psnr(mse);
    find(this.root, `[data-score="${tile}-mse"]`).textContent = mse.toFixed(4);
    find(this.root, `[data-score="${tile}-psnr"]`).textContent =
      `${Number.isFinite(decibels) ? decibels.toFixed(1) : "∞"} dB`;
    this.showReading(tile, content.classify(picture), content);
  }

  /**
   * Shows what the classifier takes a picture for, and what it would say next.
   * @param {Tile} tile @param {ArrayLike<number>} probabilities @param {PanelContent} content
   */
  showReading(tile, probabilities, { text }) {
    const [first, ...others] = likeliest(probabilities, READINGS);
    const { label } = this.picture;
    const element = find(this.root, `[data-reading="${tile}"]`);
    const digit = create("b", { textContent: String(first.digit) });
    element.replaceChildren(`${text.reads} `, digit, ` · ${percent(first.probability)}`);
    if (label !== undefined) element.append(" ", mark(first.digit === label, text));
    element.classList.toggle("wrong", label !== undefined && first.digit !== label);
    element.dataset.digit = String(first.digit);
    const next = others.map((other) => `${other.digit} ${percent(other.probability)}`).join(" · ");
    find(this.root, `[data-others="${tile}"]`).textContent = fill(text.others, { next });
  }

  /** Says where the digit comes from, and what it is where that is known. @param {string} source */
  showSource(source) {
    const { label } = this.picture;
    find(this.root, "[data-known]").hidden = label === undefined;
    find(this.root, "[data-label-of-hero]").textContent = String(label ?? "");
    find(this.root, "[data-source]").textContent = source;
  }

  /** Tells screen readers what is read now. @param {PanelContent} content @param {string} model - Its title. */
  announce({ text }, model) {
    const { label } = this.picture;
    const template = label === undefined ? text.summary_unknown : text.summary;
    find(this.root, "[data-summary]").textContent = fill(template, {
      model,
      clean: this.reading("clean"),
      noisy: this.reading("noisy"),
      denoised: this.reading("denoised"),
      label,
    });
  }

  /** @param {Tile} tile */
  reading(tile) {
    return find(this.root, `[data-reading="${tile}"]`).dataset.digit;
  }
}

/**
 * Returns the likeliest digits, the first of all first; of two that are as likely, the smaller one first.
 * @param {ArrayLike<number>} probabilities - Of the digits 0 to 9.
 * @param {number} count
 */
export function likeliest(probabilities, count) {
  const digits = Array.from(probabilities, (probability, digit) => ({ digit, probability }));
  return digits.sort((a, b) => b.probability - a.probability).slice(0, count);
}

/** Returns whole per cents, rounded down, so that 100% is certain. @param {number} share */
export function percent(share) {
  return `${Math.floor(100 * share) || "<1"}%`;
}

/** @param {boolean} isRight @param {PanelContent["text"]} text */
function mark(isRight, text) {
  const ariaLabel = isRight ? text.right : text.wrong;
  return create("span", { role: "img", ariaLabel, textContent: isRight ? "✓" : "✗" });
}
