// Many digits under one noise, each as the panel's gallery draws it.
//
// A digit's random numbers are drawn once for a kind and a seed; its picture, once for a noise.
import { drawNoise } from "../noise.js";
import { PIXELS } from "../picture.js";
/** @import { NoiseChoice, NoiseKind } from "../types.js" */

/** @typedef {NoiseChoice & { seed: number }} Noise */

export class NoisyDigits {
  /**
   * @param {Uint8Array} digits - 28x28 pixels each.
   * @param {Uint8Array | null} labels - Null where they are not known.
   * @param {NoiseKind[]} kinds
   */
  constructor(digits, labels, kinds) {
    this.labels = labels;
    this.kinds = kinds;
    this.count = digits.length / PIXELS;
    this.drawnFor = "";
    /** @type {(ReturnType<typeof drawNoise> | undefined)[]} */
    this.drawn = [];
    this.cleans = new Float64Array(digits.length);
    for (let i = 0; i < digits.length; i++) this.cleans[i] = digits[i] / 255;
    this.pictures = new Float32Array(digits.length);
    this.isMade = new Uint8Array(this.count);
    this.noisy = new Float64Array(PIXELS);
    /** @type {Noise | null} */
    this.noise = null;
  }

  /** @param {Noise} noise */
  take(noise) {
    const drawnFor = `${noise.noise} ${noise.seed}`;
    if (drawnFor !== this.drawnFor) this.drawn = [];
    this.drawnFor = drawnFor;
    this.noise = noise;
    this.isMade.fill(0);
  }

  /** Returns one without noise, in [0, 1]. @param {number} number */
  clean(number) {
    return this.cleans.subarray(number * PIXELS, (number + 1) * PIXELS);
  }

  /**
   * Returns noisy digits, one after another.
   *
   * @param {number} from - The first one's number.
   * @param {number} to - The number after the last one's.
   */
  some(from, to) {
    for (let number = from; number < to; number++) if (!this.isMade[number]) this.make(number);
    return this.pictures.subarray(from * PIXELS, to * PIXELS);
  }

  /** @param {number} number */
  make(number) {
    if (!this.noise) throw new Error("digits: there is no noise yet");
    const { noise, seed, parameters } = this.noise;
    this.drawn[number] ??= drawNoise(noise, this.kinds, seed, number);
    this.drawn[number](this.clean(number), parameters, this.noisy);
    this.pictures.set(this.noisy, number * PIXELS);
    this.isMade[number] = 1;
  }
}
