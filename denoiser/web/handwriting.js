// The digit that a drawing becomes, the MNIST way: scaled into 20x20 pixels, its centre of mass in the
// centre of 28x28 (LeCun et al., 1998). denoiser/data/handwriting.py does the same to any picture; here
// the sheet is clean and all that is drawn is one digit. A test holds that both give the same.
//
// Knows nothing of canvases.
import { PIXELS, SIDE } from "./picture.js";
import { rint } from "./rounding.js";

const BOX = 20;
const EDGE = 0.1; // of the ink's brightness: where a stroke ends
const VISIBLE = 0.5 / 255; // what is darker is rounded to black

/**
 * @typedef {object} Steps - The steps that a visitor can switch off.
 * @property {boolean} fit - Scale the drawing into 20x20 pixels; else the whole sheet into 28x28.
 * @property {boolean} center - Move the centre of mass to the centre; else it stays where it was drawn.
 */

/**
 * @typedef {object} Grey - A picture row by row, 0 for no ink.
 * @property {ArrayLike<number>} pixels
 * @property {number} width
 * @property {number} height
 */

/** @typedef {{ left: number, top: number, width: number, height: number }} Box */

/**
 * Returns the digit of a sheet.
 * @param {Uint8Array} sheet - 0 for black paper, 255 for white ink.
 * @param {number} width - Of the sheet; its height follows.
 * @param {Steps} steps @returns {Uint8Array} 28x28 numbers from 0 to 255; all 0 for a sheet without ink.
 */
export function digitOf(sheet, width, { fit, center }) {
  const digit = new Uint8Array(PIXELS);
  const whole = { pixels: sheet, width, height: sheet.length / width };
  const edge = fit ? inkLevel(sheet) * EDGE : 0;
  const drawn = boundsOf(whole, edge);
  if (!drawn) return digit;
  const box = fit ? drawn : { left: 0, top: 0, width, height: whole.height };
  const scaled = resized(cropped(whole, box, edge), fit ? sizeInBox(box) : { width: SIDE, height: SIDE });
  if (fit) brighten(scaled.pixels);
  placeOn(digit, scaled, center ? centering(scaled) : cornerOnSheet(scaled, box, whole));
  return digit;
}

/** The median of what is at least half as bright as the brightest ink. @param {Uint8Array} sheet */
function inkLevel(sheet) {
  const counts = new Uint32Array(256);
  let most = 0;
  for (let i = 0; i < sheet.length; i++) {
    counts[sheet[i]]++;
    most = Math.max(most, sheet[i]);
  }
  const bright = counts.fill(0, 0, Math.ceil(most / 2));
  const total = bright.reduce((sum, count) => sum + count, 0);
  return (ranked(bright, (total - 1) >> 1) + ranked(bright, total >> 1)) / 2;
}

/**
 * Returns the value that is at a place when all are sorted.
 * @param {Uint32Array} counts - How many there are of each value.
 * @param {number} rank - Its place, from 0.
 */
function ranked(counts, rank) {
  let below = 0;
  return counts.findIndex((count) => (below += count) > rank);
}

/**
 * Returns the box around all that is brighter than `edge`; null for none.
 * @param {Grey} picture @param {number} edge @returns {Box | null}
 */
function boundsOf({ pixels, width, height }, edge) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      if (pixels[i] <= edge) continue;
      left = Math.min(left, column);
      right = Math.max(right, column);
      top = Math.min(top, row);
      bottom = row;
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * Returns a part of a sheet in [0, 1], without what is no brighter than `edge`.
 * @param {Grey} sheet @param {Box} box @param {number} edge
 */
function cropped(sheet, { left, top, width, height }, edge) {
  const pixels = new Float32Array(width * height);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const ink = sheet.pixels[(top + row) * sheet.width + left + column];
      if (ink > edge) pixels[i] = ink / 255;
    }
  }
  return { pixels, width, height };
}

/** @param {Box} box */
function sizeInBox({ width, height }) {
  const scale = BOX / Math.max(width, height);
  return { width: Math.max(1, rint(width * scale)), height: Math.max(1, rint(height * scale)) };
}

/** Scales so that the darkest ink is 1. @param {Float32Array} pixels */
function brighten(pixels) {
  const most = pixels.reduce((a, b) => Math.max(a, b), 1 / 255);
  for (let i = 0; i < pixels.length; i++) pixels[i] /= most;
}

// --- where it goes ---

/**
 * Returns the corner of a picture whose centre of mass is in the centre, as far as no ink leaves.
 * @param {Grey} picture
 */
function centering(picture) {
  const { pixels, width } = picture;
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) {
    mass += pixels[i];
    x += pixels[i] * (i % width);
    y += pixels[i] * Math.floor(i / width);
  }
  const ink = boundsOf(picture, VISIBLE);
  if (!ink) return { left: 0, top: 0 };
  return {
    left: clamp(rint(SIDE / 2 - x / mass), -ink.left, SIDE - ink.left - ink.width),
    top: clamp(rint(SIDE / 2 - y / mass), -ink.top, SIDE - ink.top - ink.height),
  };
}

/**
 * Returns the corner of a picture that lies in 28x28 pixels as its box lay on the sheet.
 * @param {Grey} picture @param {Box} box @param {Grey} sheet
 */
function cornerOnSheet({ width, height }, box, sheet) {
  return {
    left: rint(((SIDE - width) * box.left) / Math.max(1, sheet.width - box.width)),
    top: rint(((SIDE - height) * box.top) / Math.max(1, sheet.height - box.height)),
  };
}

/** @param {Uint8Array} digit @param {Grey} picture @param {{ left: number, top: number }} corner */
function placeOn(digit, { pixels, width }, { left, top }) {
  for (let i = 0; i < pixels.length; i++) {
    const [column, row] = [left + (i % width), top + Math.floor(i / width)];
    const isInside = column >= 0 && column < SIDE && row >= 0 && row < SIDE;
    if (isInside) digit[row * SIDE + column] = rint(255 * pixels[i]);
  }
}

// --- resampling, as Pillow does it with its Hamming filter ---

/** @param {Grey} picture @param {{ width: number, height: number }} size */
function resized(picture, size) {
  const { width, height } = size;
  const across = sums(picture.pixels, picture.width, width, picture.height, picture.width, 1);
  const pixels = sums(across, picture.height, height, width, 1, width);
  return { pixels: pixels.map((value) => clamp(value, 0, 1)), width, height };
}

/**
 * Resamples every line of a picture, rows or columns; the result has its rows as the picture has.
 * @param {ArrayLike<number>} pixels
 * @param {number} length - Of each line.
 * @param {number} count - Its new length.
 * @param {number} lines - How many there are.
 * @param {number} lineStride - From the start of one line to the next one's.
 * @param {number} stride - From one pixel of a line to the next.
 */
function sums(pixels, length, count, lines, lineStride, stride) {
  const result = new Float32Array(lines * count);
  const newLineStride = stride === 1 ? count : 1;
  weights(length, count).forEach(({ first, shares }, part) => {
    for (let line = 0; line < lines; line++) {
      let sum = 0;
      const start = line * lineStride + first * stride;
      for (let i = 0; i < shares.length; i++) sum += pixels[start + i * stride] * shares[i];
      result[line * newLineStride + part * stride] = sum;
    }
  });
  return result;
}

/**
 * Returns, for each of `count` parts of a line, its first pixel, and what it takes of that and the next.
 * @param {number} length @param {number} count
 */
export function weights(length, count) {
  const scale = length / count;
  const reach = Math.max(scale, 1); // of the filter, which is as wide as two parts
  return Array.from({ length: count }, (_, part) => {
    const center = (part + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(length, Math.trunc(center + reach + 0.5));
    const raw = Array.from({ length: end - first }, (__, i) => hamming((first + i - center + 0.5) / reach));
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, shares: raw.map((share) => share / sum) };
  });
}

/** @param {number} x */
function hamming(x) {
  if (x === 0) return 1;
  if (Math.abs(x) >= 1) return 0;
  const angle = x * Math.PI;
  return (Math.sin(angle) / angle) * (0.54 + 0.46 * Math.cos(angle));
}

// --- numbers ---

/** @param {number} value @param {number} low @param {number} high */
function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
