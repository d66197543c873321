// Codes of digits as points of a space: places in a plane, distances, and the ways between them.
//
// Knows neither pages nor networks. A code is what an encoder makes of a digit; see
// denoiser/models/latent_map.py.
import { bytesOf } from "../safetensors.js";
/** @import { Tensor } from "../types.js" */

const ROOM = 0.4; // of a fader beyond both ends of a sweep, as a part of the sweep
const SWEPT = [0.02, 0.98];
const TYPICAL = [0.05, 0.95];
const MOST_USUAL = 0.99; // of the distances between neighbours: beyond it nothing was taught
const PICTURES_IN_A_ROW = 5;

/** @typedef {ArrayLike<number>} Code */

/**
 * @typedef {object} LatentMap - Codes of digits, and the plane in which they are drawn.
 * @property {number} size - Numbers of a code.
 * @property {Float32Array} codes - One after another.
 * @property {Uint8Array} labels - Which digits they are.
 * @property {Float32Array} mean - Of the codes.
 * @property {Float32Array} components - The plane's two directions, one after the other.
 * @property {Float32Array} shares - Which part of the variance lies along each of them.
 * @property {Uint8Array} [sheet] - The digits' pictures: a PNG, as many in each row as fit.
 *
 * @typedef {object} NumberRange - How one number of a code spreads over the digits.
 * @property {number} low - Where its fader begins.
 * @property {number} high - Where its fader ends.
 * @property {[low: number, high: number]} swept - From where to where a sweep takes it.
 * @property {[low: number, high: number]} [typical] - What nine in ten digits have; not known
 *   without a map, and neither is the mean.
 * @property {number} [mean]
 *
 * @typedef {object} Spacing - How far it is from a digit's code to the nearest other one.
 * @property {number} usual - The median.
 * @property {number} limit - Farther than 99 in 100 digits have it.
 */

/**
 * Returns the map in a container; null where it has none.
 *
 * @param {Record<string, Tensor>} tensors - `latent_tensors` of denoiser/ui/components/live names them.
 * @returns {LatentMap | null}
 */
export function latentMapOf(tensors) {
  if (!tensors["map/codes"]) return null;
  const [codes, mean, components, shares] = ["codes", "mean", "components", "shares"].map(
    (name) => /** @type {Float32Array} */ (tensors[`map/${name}`].data),
  );
  const labels = bytesOf(tensors["map/labels"]);
  const sheet = tensors["map/sheet"] && bytesOf(tensors["map/sheet"]);
  return { size: mean.length, codes, labels, mean, components, shares, sheet };
}

/** @param {LatentMap} map @param {number} digit - Its place in the map. */
export function codeOfDigit({ codes, size }, digit) {
  return codes.subarray(digit * size, (digit + 1) * size);
}

/**
 * Returns the number below which a share of all numbers lies, between two of them by a straight line.
 *
 * @param {ArrayLike<number>} sorted - From the smallest to the largest; at least one.
 * @param {number} share - From 0 to 1.
 */
export function percentileOf(sorted, share) {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/**
 * Returns how each number of a code spreads. Each fader has a scale of its own, so that what is
 * usual lies in its middle, and what is not catches the eye.
 *
 * @param {LatentMap} map
 * @returns {NumberRange[]}
 */
export function rangesOf({ codes, mean, size }) {
  return Array.from(mean, (average, i) => {
    const sorted = codes.filter((_, at) => at % size === i).sort();
    const [swept, typical] = [SWEPT, TYPICAL].map(
      (shares) => /** @type {[number, number]} */ (shares.map((share) => percentileOf(sorted, share))),
    );
    const room = ROOM * (swept[1] - swept[0]) || 1;
    return { low: swept[0] - room, high: swept[1] + room, swept, typical, mean: average };
  });
}

/**
 * Returns the ranges of faders where no map tells any: as wide as a code asks for, or wider.
 *
 * @param {Code} code - That has to fit in.
 * @param {NumberRange[]} before - What they were; [] at first.
 * @returns {NumberRange[]} `before` itself where the code fits in.
 */
export function rangesAround(code, before) {
  const farthest = Array.from(code).reduce((most, number) => Math.max(most, Math.abs(number)), 0);
  if (before.length === code.length && farthest <= before[0].high) return before;
  const high = roundedUp(1.5 * farthest || 1);
  return Array.from(code, () => ({ low: -high, high, swept: [-high, high] }));
}

/** Returns 1, 2 or 5 with zeros, at least as large. @param {number} number - Above zero. */
function roundedUp(number) {
  const power = 10 ** Math.floor(Math.log10(number));
  return power * /** @type {number} */ ([1, 2, 5, 10].find((step) => step * power >= number));
}

/** How many decimals a number of this range is told with. @param {NumberRange} range */
export function decimalsOf({ low, high }) {
  return Math.max(0, 2 - Math.floor(Math.log10((high - low) / 2)));
}

// --- the plane ---

/**
 * Returns where a code lies in the plane of a map.
 *
 * @param {LatentMap} map @param {Code} code
 * @returns {[x: number, y: number]}
 */
export function planeOf({ mean, components, size }, code) {
  let [x, y] = [0, 0];
  for (let i = 0; i < size; i++) {
    const part = code[i] - mean[i];
    x += part * components[i];
    y += part * components[size + i];
  }
  return [x, y];
}

/**
 * Returns a code moved along the two components until it lies somewhere else in the plane. In all
 * other directions it stays where it is.
 *
 * @param {LatentMap} map @param {Code} code
 * @param {[x: number, y: number]} place - Where it is to lie.
 */
export function movedTo(map, code, [x, y]) {
  const { components, size } = map;
  const [fromX, fromY] = planeOf(map, code);
  return Float32Array.from(
    { length: size },
    (_, i) => code[i] + (x - fromX) * components[i] + (y - fromY) * components[size + i],
  );
}

/** Returns the places of all digits of a map, x and y of each. @param {LatentMap} map */
export function placesOf(map) {
  const count = map.labels.length;
  return Float32Array.from(
    Array.from({ length: count }, (_, digit) => planeOf(map, codeOfDigit(map, digit))).flat(),
  );
}

// --- distances ---

/** The Euclidean distance. @param {Code} one @param {Code} other */
export function distanceOf(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] - other[i]) ** 2;
  return Math.sqrt(sum);
}

/**
 * Returns the digit whose code is nearest, and how far it is.
 *
 * @param {LatentMap} map @param {Code} code
 * @param {number} [except] - A digit that does not count.
 */
export function nearestDigit(map, code, except = -1) {
  let [digit, distance] = [-1, Infinity];
  for (let other = 0; other < map.labels.length; other++) {
    const found = other === except ? Infinity : distanceOf(code, codeOfDigit(map, other));
    if (found < distance) [digit, distance] = [other, found];
  }
  return { digit, distance };
}

/** @param {LatentMap} map @returns {Spacing} */
export function spacingOf(map) {
  const count = map.labels.length;
  const distances = Float64Array.from(
    { length: count },
    (_, digit) => nearestDigit(map, codeOfDigit(map, digit), digit).distance,
  ).sort();
  return { usual: percentileOf(distances, 0.5), limit: percentileOf(distances, MOST_USUAL) };
}

/**
 * Returns where in the plane one is near enough to some digit, walking from a code: circles, for
 * the way to a digit has one part in the plane and one out of it, and walking changes only the first.
 *
 * @param {LatentMap} map
 * @param {Code} code - From where one walks.
 * @param {number} limit - How near is near enough.
 * @param {ArrayLike<number>} places - Of the digits, as `placesOf` gives them.
 * @returns {{ x: number, y: number, radius: number }[]}
 */
export function taughtCircles(map, code, limit, places) {
  const [x, y] = planeOf(map, code);
  const circles = [];
  for (let digit = 0; digit < map.labels.length; digit++) {
    const [digitX, digitY] = [places[2 * digit], places[2 * digit + 1]];
    const inPlane = (digitX - x) ** 2 + (digitY - y) ** 2;
    const outOfPlane = distanceOf(code, codeOfDigit(map, digit)) ** 2 - inPlane;
    const left = limit ** 2 - outOfPlane;
    if (left > 0) circles.push({ x: digitX, y: digitY, radius: Math.sqrt(left) });
  }
  return circles;
}

// --- ways ---

/**
 * Returns the code on the straight line between two.
 *
 * @param {Code} from @param {Code} to @param {number} share - Of the way: from 0 to 1.
 */
export function codeBetween(from, to, share) {
  return Float32Array.from(from, (number, i) => number + share * (to[i] - number));
}

/**
 * Returns what a sweep gives a number: from the low end to the high one and back, without a jerk.
 *
 * @param {NumberRange["swept"]} ends @param {number} share - Of the sweep: from 0 to 1.
 */
export function sweepAt([low, high], share) {
  return low + ((high - low) * (1 - Math.cos(2 * Math.PI * share))) / 2;
}

/** Returns the numbers that stand for a sweep where nothing may move. @param {NumberRange["swept"]} ends */
export function sweepInSteps([low, high]) {
  const last = PICTURES_IN_A_ROW - 1;
  return Array.from({ length: PICTURES_IN_A_ROW }, (_, i) => low + ((high - low) * i) / last);
}
