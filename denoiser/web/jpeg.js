// What a JPEG file makes of a picture of 28x28: packing it loses nothing, so there is none here.
//
// Like libjpeg, which Pillow uses, it computes in whole numbers ("islow": after Loeffler, Ligtenberg and
// Moschytz, 1989, doi:10.1109/ICASSP.1989.266596). So each grey level is the one that Pillow gives.
import { PIXELS, SIDE } from "./picture.js";

const BLOCK = 8;
const BITS = 13; // after the point, of constants
const EXTRA = 2; // bits that are kept between rows and columns
// The standard's table for brightness (ITU-T T.81, table K.1).
const STEPS = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

const block = new Int32Array(BLOCK * BLOCK);
const odd = new Int32Array(4);

/**
 * Saves a picture with a quality, and opens it again.
 * @param {ArrayLike<number>} levels - Its grey levels, whole numbers from 0 to 255.
 * @param {number} quality - From 1 to 100.
 * @param {Float64Array} opened - Is filled with the grey levels of the file.
 */
export function throughJpeg(levels, quality, opened) {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  const steps = STEPS.map((step) => Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))));
  for (let top = 0; top < SIDE; top += BLOCK) {
    for (let left = 0; left < SIDE; left += BLOCK) {
      for (let i = 0; i < block.length; i++) block[i] = levels[pixelOf(top, left, i, true)] - 128;
      for (let i = 0; i < BLOCK; i++) toWaves(i * BLOCK, 1, -EXTRA, BITS - EXTRA);
      for (let i = 0; i < BLOCK; i++) toWaves(i, BLOCK, EXTRA, BITS + EXTRA);
      for (let i = 0; i < block.length; i++) block[i] = wholeSteps(block[i], 8 * steps[i]) * steps[i];
      for (let i = 0; i < BLOCK; i++) fromWaves(i, BLOCK, BITS - EXTRA);
      for (let i = 0; i < BLOCK; i++) fromWaves(i * BLOCK, 1, BITS + EXTRA + 3);
      for (let i = 0; i < block.length; i++) {
        opened[pixelOf(top, left, i, false)] = Math.min(255, Math.max(0, block[i] + 128));
      }
    }
  }
}

/**
 * Where a block's number lies in the picture. Beyond the edge its last row and column go on when a
 * block is filled; what comes back from there has no place.
 * @param {number} top @param {number} left @param {number} i @param {boolean} goesOn
 */
function pixelOf(top, left, i, goesOn) {
  const [row, column] = [top + (i >> 3), left + (i & 7)];
  if (goesOn) return Math.min(row, SIDE - 1) * SIDE + Math.min(column, SIDE - 1);
  return row < SIDE && column < SIDE ? row * SIDE + column : PIXELS;
}

/** The nearest number of steps; half of one is rounded away from 0. @param {number} wave @param {number} step */
function wholeSteps(wave, step) {
  const count = Math.floor((Math.abs(wave) + (step >> 1)) / step);
  return wave < 0 ? -count : count;
}

/**
 * Shifts bits out to the right, and rounds; to the left where `bits` are fewer than none.
 * @param {number} value @param {number} bits
 */
function shifted(value, bits) {
  return bits < 0 ? value << -bits : (value + (1 << (bits - 1))) >> bits;
}

/**
 * Turns eight numbers of the block into waves (discrete cosine transform).
 * @param {number} at - Where the first of them is.
 * @param {number} next - How far it is from one to the next.
 * @param {number} evenBits - Shifted out of the sums without products.
 * @param {number} bits - Shifted out of the others.
 */
function toWaves(at, next, evenBits, bits) {
  const [a, b, c, d, e, f, g, h] = eight(at, next);
  const [outer, inner] = [a + h + (d + e), b + g + (c + f)];
  const [low, high] = turned(a + h - (d + e), b + g - (c + f));
  turnOdd(d - e, c - f, b - g, a - h);
  block[at] = shifted(outer + inner, evenBits);
  block[at + next] = shifted(odd[3], bits);
  block[at + 2 * next] = shifted(low, bits);
  block[at + 3 * next] = shifted(odd[2], bits);
  block[at + 4 * next] = shifted(outer - inner, evenBits);
  block[at + 5 * next] = shifted(odd[1], bits);
  block[at + 6 * next] = shifted(high, bits);
  block[at + 7 * next] = shifted(odd[0], bits);
}

/**
 * Turns eight waves of the block into numbers again.
 * @param {number} at - Where the first of them is.
 * @param {number} next - How far it is from one to the next.
 * @param {number} bits - Shifted out.
 */
function fromWaves(at, next, bits) {
  const [a, b, c, d, e, f, g, h] = eight(at, next);
  const [sum, difference] = [(a + e) << BITS, (a - e) << BITS];
  const [low, high] = turned(c, g);
  turnOdd(h, f, d, b);
  const evens = [sum + low, difference + high, difference - high, sum - low];
  for (let i = 0; i < 4; i++) {
    block[at + i * next] = shifted(evens[i] + odd[3 - i], bits);
    block[at + (7 - i) * next] = shifted(evens[i] - odd[3 - i], bits);
  }
}

/** @param {number} at @param {number} next */
function eight(at, next) {
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => block[at + i * next]);
}

// Constants: sums of square roots of 2 and of cosines of multiples of pi / 16, times 2 ** 13.

/** Turns two numbers by 3/8 pi. @param {number} a @param {number} b */
function turned(a, b) {
  const both = (a + b) * 4433;
  return [both + a * 6270, both - b * 15137];
}

/**
 * The odd half of the transform, the same in both directions. Its answer lies in `odd`.
 * @param {number} a @param {number} b @param {number} c @param {number} d
 */
function turnOdd(a, b, c, d) {
  const all = (a + c + (b + d)) * 9633;
  const [ac, bd] = [all - (a + c) * 16069, all - (b + d) * 3196];
  const [ad, bc] = [-(a + d) * 7373, -(b + c) * 20995];
  odd[0] = a * 2446 + ad + ac;
  odd[1] = b * 16819 + bc + bd;
  odd[2] = c * 25172 + bc + ac;
  odd[3] = d * 12299 + ad + bd;
}
