// A digit under noise, on a canvas.
import { drawNoise } from "./noise.js";
import { painter, PIXELS } from "./picture.js";
/** @import { NoiseKind } from "./types.js" */

/**
 * @typedef {object} Digit
 * @property {Uint8Array} pixels - 28x28 of them.
 * @property {number} [label] - What digit it is, where that is known.
 * @property {number} stream - Of random numbers: each has noise of its own.
 */

export class NoisyDigit {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.paint = painter(canvas);
    this.clean = new Float64Array(PIXELS);
    this.noisy = new Float64Array(PIXELS);
    /** @type {number | undefined} */
    this.label = undefined;
    this.drawnFor = "";
    /** @type {ReturnType<typeof drawNoise>} */
    this.apply = () => {};
  }

  /**
   * Takes a digit; its noise is drawn once for a kind, a seed and a stream of random numbers.
   * @param {Digit} digit @param {NoiseKind[]} kinds @param {{ noise: string, seed: number }} settings
   */
  hold({ pixels, label, stream }, kinds, { noise, seed }) {
    for (let i = 0; i < PIXELS; i++) this.clean[i] = pixels[i] / 255;
    this.label = label;
    const drawnFor = `${noise} ${seed} ${stream}`;
    if (drawnFor === this.drawnFor) return;
    this.apply = drawNoise(noise, kinds, seed, stream);
    this.drawnFor = drawnFor;
  }

  /** @param {Record<string, number>} parameters */
  addNoise(parameters) {
    this.apply(this.clean, parameters, this.noisy);
    this.paint(this.noisy);
  }
}

/** Returns one of many digits. @param {Uint8Array} digits - 28x28 pixels each. @param {number} number */
export function pixelsOf(digits, number) {
  return digits.subarray(number * PIXELS, (number + 1) * PIXELS);
}
