// When a training goes nowhere: as Divergence in denoiser/jobs/divergence.py. Knows no networks.

const WARM_UP_STEPS = 30; // steps before a rise counts
const MEMORY = 0.95; // of the smoothed loss, a step
const TIMES = 3; // the lowest smoothed loss: too high
const BLACK = 0.05 * 255; // the brightest pixel of a black picture
const BLACK_EPOCHS = 2; // a healthy network may begin with one

/**
 * @typedef {{ code: "no_number" | "black" } | { code: "rose", high: number, low: number }} Reason - Why
 *   a training should end.
 */

export class Divergence {
  count = 0;
  sum = 0;
  weight = 0;
  lowest = Infinity;
  black = 0;

  /**
   * Takes in a step's loss.
   *
   * @param {number} loss
   * @returns {Reason | null} null for none.
   */
  reason(loss) {
    if (!Number.isFinite(loss)) return { code: "no_number" };
    this.count += 1;
    this.sum = MEMORY * this.sum + (1 - MEMORY) * loss;
    this.weight = MEMORY * this.weight + (1 - MEMORY);
    const smoothed = this.sum / this.weight;
    if (this.count > WARM_UP_STEPS && smoothed > TIMES * this.lowest)
      return { code: "rose", high: smoothed, low: this.lowest };
    this.lowest = Math.min(this.lowest, smoothed);
    return null;
  }

  /**
   * Takes in what an epoch ended with.
   *
   * @param {number} valLoss
   * @param {Uint8Array} samples - Grey levels of what the network makes of the digits that are shown.
   * @returns {Reason | null} null for none.
   */
  reasonAfterEpoch(valLoss, samples) {
    if (!Number.isFinite(valLoss)) return { code: "no_number" };
    const isBlack = samples.length > 0 && samples.every((pixel) => pixel < BLACK);
    this.black = isBlack ? this.black + 1 : 0;
    return this.black < BLACK_EPOCHS ? null : { code: "black" };
  }
}
