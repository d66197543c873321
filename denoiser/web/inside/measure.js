// How good a network is on many digits while channels of its layers are off: MSE, PSNR, what is read.
//
// All is done in pieces of a few digits: a generator gives way after each, and says how far it is. So
// others are heard in between, and the memory holds what one piece needs. Behind a layer that changes,
// only what depends on it is computed again. Knows no elements and no messages.
import { sizeOf } from "../graph.js";
import { Network } from "../network.js";
import { meanSquaredError, PIXELS, psnr } from "../picture.js";
import { isFeatureless, readingOf } from "../reading.js";
import { OpenNetwork } from "./open_network.js";
/** @import { LayerNode } from "../graph.js" */
/** @import { Tensor } from "../types.js" */
/** @import { NoisyDigits } from "./noisy_digits.js" */

export const MEASURED = 100; // digits that scores are of
export const EXCITING = 9; // digits that are told of each map
const PIECE = 20; // digits at a time
const MOST_BYTES = 24e6; // of what all layers give for a piece; and of what is kept of all pieces
const SAME_DB = 99; // of a digit that comes back exactly

/**
 * @typedef {{ graph: LayerNode[], tensors: Record<string, Tensor> }} Model
 * @typedef {Record<string, number[]>} Off - By layer: channels that are off.
 *
 * @typedef {object} Scores
 * @property {number} mse - The mean over all digits.
 * @property {number} psnr - In dB; the mean over all digits.
 * @property {number | null} read - Digits read rightly; null where nobody knows what they are.
 * @property {number} count - Digits.
 *
 * @typedef {object} Kept - What the layers behind one that changes start from, digit after digit.
 * @property {string} key - What it is true for.
 * @property {string} layer
 * @property {string[]} names - Of layers before it.
 * @property {(Float32Array[] | undefined)[]} pieces - By piece, by layer.
 *
 * @typedef {{ digit: number, strength: number }[]} Excited - The strongest first.
 */

/** Reads pictures: built once, for all networks. */
export class Reader {
  /** @param {Model} model @param {number} least - How likely it has to be that there is any digit. */
  constructor({ graph, tensors }, least) {
    this.network = new Network(graph, tensors, PIECE);
    this.least = least;
  }

  /** @param {Float32Array} pictures @returns {(number | null)[]} A digit each; null for none. */
  read(pictures) {
    const answers = this.network.run(pictures);
    const count = pictures.length / PIXELS;
    const size = answers.length / count;
    return Array.from({ length: count }, (_, i) => {
      if (isFeatureless(pictures.subarray(i * PIXELS, (i + 1) * PIXELS))) return null;
      return readingOf(answers.subarray(i * size, (i + 1) * size), this.least).digit;
    });
  }
}

export class Bench {
  /** @param {Model} model @param {Reader} reader @param {NoisyDigits} digits */
  constructor({ graph, tensors }, reader, digits) {
    const bytes = 4 * graph.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    this.piece = Math.max(1, Math.min(PIECE, Math.floor(MOST_BYTES / bytes)));
    this.network = new OpenNetwork(graph, tensors, this.piece);
    this.reader = reader;
    this.digits = digits;
    this.turn = {}; // whose numbers the network holds
    this.noises = 0;
    /** @type {Off} */
    this.last = {};
    /** @type {Kept | null} */
    this.kept = null;
  }

  /** Digits that scores are of. */
  get count() {
    return Math.min(MEASURED, this.digits.count);
  }

  /** The digits are under another noise. */
  renew() {
    this.kept = null;
    this.noises++;
    this.turn = {};
  }

  // --- scores with channels off, in any layers ---

  /**
   * @param {Off} off
   * @returns {Generator<number, Scores>} Gives way after each piece, with the share that is done.
   */
  *scores(off) {
    const kept = this.keptFor(off);
    const sums = blank();
    for (let at = 0; at < this.count; at += this.piece) {
      this.add(sums, at, this.answers(off, at, kept), true);
      yield Math.min(1, (at + this.piece) / this.count);
    }
    return this.meant(sums);
  }

  /**
   * Runs a piece; only what is behind the layer that changes, where what comes before it is kept.
   *
   * @param {Off} off
   * @param {number} at - Its first digit.
   * @param {Kept | null} kept
   */
  answers(off, at, kept) {
    const { network, digits } = this;
    this.turn = {};
    for (const name of this.layersOff()) network.switchOff(name, []);
    for (const [name, channels] of Object.entries(off)) network.switchOff(name, channels);
    const place = at / this.piece;
    const pictures = digits.some(at, Math.min(this.count, at + this.piece));
    const numbers = kept?.pieces[place];
    if (kept && numbers) {
      network.room.resize(pictures.length / PIXELS);
      kept.names.forEach((name, i) => network.maps(name).set(numbers[i]));
      return network.runFrom(kept.layer);
    }
    const answers = network.run(pictures);
    if (kept) kept.pieces[place] = kept.names.map((name) => network.maps(name).slice());
    return answers;
  }

  /** Names of layers that may have channels off. */
  layersOff() {
    const { network } = this;
    return network.graph
      .map(({ name }) => name)
      .filter((name) => network.fixed.has(network.volume(name).place));
  }

  /**
   * Returns what is kept for the layers behind the first one whose channels are others than before.
   *
   * @param {Off} off
   * @returns {Kept | null} Null where nothing is, and nothing is to be.
   */
  keptFor(off) {
    const { network, last } = this;
    const of = (/** @type {Off} */ all, /** @type {string} */ name) => String([...(all[name] ?? [])].sort());
    const names = network.graph.map(({ name }) => name);
    const changed = names.filter((name) => of(off, name) !== of(last, name));
    this.last = off;
    const layer = changed[0] ?? this.kept?.layer;
    if (!layer) return null;
    const stale = network.stale(layer);
    const isBefore = (/** @type {string} */ name) => !stale.has(network.volume(name).place);
    const key = JSON.stringify([layer, this.noises, names.filter(isBefore).map((name) => of(off, name))]);
    if (this.kept?.key === key) return this.kept;
    if (changed.some(isBefore)) return null;
    const read = network.graph.filter(({ name }) => !isBefore(name)).flatMap(({ inputs }) => inputs);
    const before = [...new Set(read.filter(isBefore))];
    const numbers = before.reduce((sum, name) => sum + network.volume(name).size, 0);
    this.kept = 4 * numbers * this.count > MOST_BYTES ? null : { key, layer, names: before, pieces: [] };
    return this.kept;
  }

  // --- one layer, many ways; all other layers are on ---

  /**
   * Returns the scores for each of several sets of channels of a layer.
   *
   * @param {string} layer
   * @param {number[][]} sets - Those that are off, each time.
   * @param {boolean} reads - Whether pictures are read.
   * @returns {Generator<number, Scores[]>} Gives way after each run, with the share that is done.
   */
  *sweep(layer, sets, reads) {
    const { network, digits, count } = this;
    const sums = sets.map(blank);
    const pieces = Math.ceil(count / this.piece);
    for (let piece = 0; piece < pieces; piece++) {
      const at = piece * this.piece;
      const turn = {};
      for (let i = 0; i < sets.length; i++) {
        if (this.turn !== turn) {
          network.freeAll();
          network.run(digits.some(at, Math.min(count, at + this.piece)));
          this.turn = turn; // whoever comes between takes it
        }
        network.switchOff(layer, sets[i]);
        this.add(sums[i], at, network.runFrom(layer), reads);
        yield (piece * sets.length + i + 1) / (pieces * sets.length);
      }
    }
    return sums.map((each) => this.meant(each, reads));
  }

  /**
   * Returns the scores without each channel of a layer, and after them those with all.
   *
   * @param {string} layer
   */
  *rank(layer) {
    const { shape } = this.network.volume(layer);
    const maps = Array.from({ length: shape[shape.length - 1] }, (_, map) => [map]);
    return yield* this.sweep(layer, [...maps, []], false);
  }

  /**
   * Returns the scores without the first 0, 1, 2 and so on of a layer's channels.
   *
   * @param {string} layer
   * @param {number[]} order - All its channels.
   */
  *thin(layer, order) {
    const sets = Array.from({ length: order.length + 1 }, (_, k) => order.slice(0, k));
    return yield* this.sweep(layer, sets, true);
  }

  /**
   * Returns the digits that excite each channel of a layer most, by the mean of its positive part.
   *
   * @param {string} layer
   * @returns {Generator<number, Excited[]>}
   */
  *excite(layer) {
    const { network, digits, piece } = this;
    const { size, shape } = network.volume(layer);
    const depth = shape[shape.length - 1];
    const strengths = Array.from({ length: depth }, () => new Float64Array(digits.count));
    for (let at = 0; at < digits.count; at += piece) {
      this.turn = {};
      network.freeAll();
      network.run(digits.some(at, Math.min(digits.count, at + piece)));
      network.maps(layer).forEach((number, i) => {
        if (number > 0) strengths[i % depth][at + Math.floor(i / size)] += (number * depth) / size;
      });
      yield Math.min(1, (at + piece) / digits.count);
    }
    return strengths.map(strongest);
  }

  // --- sums ---

  /**
   * @param {Sums} sums
   * @param {number} at - The first digit.
   * @param {Float32Array} answers
   * @param {boolean} reads
   */
  add(sums, at, answers, reads) {
    const { labels } = this.digits;
    const read = reads && labels ? this.reader.read(answers) : [];
    for (let i = 0; i < answers.length / PIXELS; i++) {
      const answer = answers.subarray(i * PIXELS, (i + 1) * PIXELS);
      const mse = meanSquaredError(this.digits.clean(at + i), answer);
      sums.mse += mse;
      sums.psnr += Math.min(SAME_DB, psnr(mse));
      if (labels && read[i] === labels[at + i]) sums.read++;
    }
  }

  /** @param {Sums} sums @param {boolean} [reads] @returns {Scores} */
  meant(sums, reads = true) {
    const { count } = this;
    const read = reads && this.digits.labels ? sums.read : null;
    return { mse: sums.mse / count, psnr: sums.psnr / count, read, count };
  }
}

/** @typedef {{ mse: number, psnr: number, read: number }} Sums */

/** @returns {Sums} */
function blank() {
  return { mse: 0, psnr: 0, read: 0 };
}

/** @param {Float64Array} strengths - By digit. @returns {Excited} */
function strongest(strengths) {
  const digits = Array.from(strengths, (strength, digit) => ({ digit, strength }));
  return digits
    .filter(({ strength }) => strength > 0)
    .sort((a, b) => b.strength - a.strength)
    .slice(0, EXCITING);
}
