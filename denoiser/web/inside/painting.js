// Numbers as colours: zero is black, more is white, less is violet.
//
// Knows how maps lie on a sheet, nothing of networks or elements.
import { cornerOf } from "./strip_layout.js";
/** @import { Sheet } from "./strip_layout.js" */

const BELOW = [168, 130, 255]; // the colour of -1
const STEPS = 255; // shades on each side of zero
const [GREYS, SIGNED] = [shades(true), shades(false)];

/** @typedef {"map" | "layer" | "network"} Scale - What the brightest is the largest number of. */

/**
 * Returns colours from -1 to 1 as an ImageData's bytes hold them, four at a time.
 *
 * @param {boolean} isGrey - Whether what is below zero is as black as zero.
 */
function shades(isGrey) {
  const colours = new Uint8ClampedArray(4 * (2 * STEPS + 1)).fill(255);
  for (let i = -STEPS; i <= STEPS; i++) {
    const share = Math.abs(i) / STEPS;
    const full = i < 0 ? BELOW : [255, 255, 255];
    const colour = i < 0 && isGrey ? [0, 0, 0] : full.map((channel) => channel * share);
    colours.set(colour, 4 * (i + STEPS));
  }
  return new Uint32Array(colours.buffer);
}

/**
 * Returns the largest size of a number in each map.
 *
 * @param {Float32Array} numbers - Of one picture, maps last.
 * @param {number} count - Of maps.
 */
export function largestOf(numbers, count) {
  const largest = new Float32Array(count);
  for (let i = 0, map = 0; i < numbers.length; i++, map = map + 1 === count ? 0 : map + 1) {
    const size = Math.abs(numbers[i]);
    if (size > largest[map]) largest[map] = size;
  }
  return largest;
}

/**
 * Paints the maps of a stage, or its numbers, each as a square of one colour.
 *
 * @param {Uint32Array} pixels - Of a canvas as large as the sheet.
 * @param {Sheet} sheet
 * @param {Float32Array} numbers - Of one picture, maps last.
 * @param {ArrayLike<number>} limits - By map: what is white. Zero makes it black.
 * @param {boolean} isGrey - Whether nothing is below zero, as in pictures.
 */
export function paintMaps(pixels, sheet, numbers, limits, isGrey) {
  const { side, width } = sheet;
  const colours = isGrey ? GREYS : SIGNED;
  const count = limits.length;
  const next = numbers.length === count ? 0 : count;
  for (let map = 0; map < count; map++) {
    const { left, top } = cornerOf(sheet, map);
    const factor = limits[map] > 0 ? STEPS / limits[map] : 0;
    for (let row = 0, from = map; row < side; row++) {
      let to = (top + row) * width + left;
      for (let column = 0; column < side; column++, from += next, to++) {
        const shade = Math.round(numbers[from] * factor);
        pixels[to] = colours[STEPS + Math.max(-STEPS, Math.min(STEPS, shade))];
      }
    }
  }
}

/**
 * Returns what is white in each map, by a scale.
 *
 * @param {Scale} scale
 * @param {Float32Array} largest - By map.
 * @param {number} ofNetwork - The largest of all.
 */
export function limitsOf(scale, largest, ofNetwork) {
  if (scale === "map") return largest;
  return largest.map(
    scale === "layer"
      ? (
          (limit) => () =>
            limit
        )(Math.max(...largest))
      : () => ofNetwork,
  );
}
