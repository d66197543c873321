// The large digit, noisy, denoised and clean: its pictures, their scores, what the classifier reads.
import { create, find, findAll, findOf } from "../../../web/elements.js";
import { fill } from "../../../web/fill.js";
import { NoisyDigit } from "../../../web/noisy_digit.js";
import { meanSquaredError, painter, psnr } from "../../../web/picture.js";
import { isFeatureless, readingOf } from "../../../web/reading.js";
import { Bars } from "./bars.js";
import { sameNumbers } from "./content.js";
/** @import { Digit } from "../../../web/noisy_digit.js" */
/** @import { PanelContent, Settings } from "../types.js" */
/** @import { Reading } from "../../../web/reading.js" */

const UNKNOWN = "–"; // in place of a score
const SAME = 99; // decibels: one pixel that is off by one grey level makes 77

/** @typedef {"noisy" | "denoised" | "clean"} Tile */

export class Hero {
  /** @param {HTMLElement} root - Of the panel. */
  constructor(root) {
    this.root = root;
    this.picture = new NoisyDigit(this.canvas("noisy"));
    this.drawDenoised = painter(this.canvas("denoised"));
    this.drawClean = painter(this.canvas("clean"));
    this.updates = 0;
    this.bars = {
      noisy: this.barsOf("noisy"),
      denoised: this.barsOf("denoised"),
      clean: this.barsOf("clean"),
    };
    /** @type {{ clean: Float64Array, reading: Reading | null } | null} */
    this.known = null;
  }

  /** @param {Tile} tile @returns {HTMLCanvasElement} */
  canvas(tile) {
    return findOf(HTMLCanvasElement, this.root, `[data-testid="live-${tile}"]`);
  }

  /** @param {Tile} tile */
  barsOf(tile) {
    return new Bars(find(this.root, `[data-bars="${tile}"]`));
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
    if (settings.model !== content.model || !content.network) {
      this.showWaiting(content);
      return;
    }
    const denoised = content.network.run(noisy);
    this.drawDenoised(denoised);
    this.showScores("denoised", denoised, content);
    this.canvas("denoised").dataset.updates = String(++this.updates);
  }

  /**
   * Returns what the classifier says of the clean digit, which is as it was while a slider moves.
   * @param {PanelContent} content
   */
  readClean(content) {
    const { clean } = this.picture;
    if (!this.known || !sameNumbers(this.known.clean, clean)) {
      this.known = { clean: clean.slice(), reading: this.read(clean, content) };
    }
    return this.known.reading;
  }

  /**
   * Returns what the classifier says of a picture; null where there is nothing that could be read.
   * @param {ArrayLike<number>} picture @param {PanelContent} content
   */
  read(picture, { classify, least_digit }) {
    const { clean } = this.picture;
    if (isFeatureless(clean) || isFeatureless(picture)) return null;
    return readingOf(classify(picture), least_digit);
  }

  /** @param {PanelContent} content */
  showWaiting({ text }) {
    find(this.root, '[data-reading="denoised"]').textContent = text.loading;
    this.bars.denoised.show(null, text.sure);
    const unknown = '[data-score^="denoised"]';
    for (const element of findAll(HTMLElement, this.root, unknown)) element.textContent = "…";
  }

  /** @param {"noisy" | "denoised"} tile @param {ArrayLike<number>} picture @param {PanelContent} content */
  showScores(tile, picture, content) {
    const mse = meanSquaredError(this.picture.clean, picture);
    const [isScored, decibels] = [!isFeatureless(this.picture.clean), psnr(mse)];
    find(this.root, `[data-score="${tile}-mse"]`).textContent = isScored ? mse.toFixed(4) : UNKNOWN;
    find(this.root, `[data-score="${tile}-psnr"]`).textContent =
      isScored && decibels < SAME ? `${decibels.toFixed(1)} dB` : UNKNOWN;
    this.showReading(tile, this.read(picture, content), content);
  }

  /**
   * Shows what the classifier takes a picture for, and how sure it is.
   * @param {Tile} tile @param {Reading | null} reading @param {PanelContent} content
   */
  showReading(tile, reading, { text }) {
    const { label } = this.picture;
    const element = find(this.root, `[data-reading="${tile}"]`);
    const digit = reading?.digit ?? null;
    const isWrong = digit !== null && label !== undefined && digit !== label;
    if (digit === null) {
      element.textContent = reading ? text.no_digit : text.nothing_to_read;
    } else {
      element.replaceChildren(`${text.reads} `, create("b", { textContent: String(digit) }));
      if (label !== undefined) element.append(" ", mark(!isWrong, text));
    }
    element.classList.toggle("wrong", isWrong);
    element.classList.toggle("unread", digit === null);
    element.dataset.digit = String(digit ?? "");
    this.bars[tile].show(reading, text.sure);
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
      clean: this.reading("clean") || text.unread,
      noisy: this.reading("noisy") || text.unread,
      denoised: this.reading("denoised") || text.unread,
      label,
    });
  }

  /** @param {Tile} tile */
  reading(tile) {
    return find(this.root, `[data-reading="${tile}"]`).dataset.digit;
  }
}

/** @param {boolean} isRight @param {PanelContent["text"]} text */
function mark(isRight, text) {
  const ariaLabel = isRight ? text.right : text.wrong;
  return create("span", { role: "img", ariaLabel, textContent: isRight ? "✓" : "✗" });
}
