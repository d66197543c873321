// The numbers behind a chart: scales, ticks, paths. Knows nothing of what is drawn with them.

const LINEAR_TICKS = 5;

/** @typedef {[x: number[], y: (number | null)[]]} Line - Places, and values; null where there is none. */

/**
 * Returns a function that maps [from, to] to [start, end], evenly or by logarithms.
 * @param {readonly number[]} domain - from, to; above 0 for logarithms.
 * @param {readonly number[]} range - start, end.
 * @param {boolean} log @returns {(value: number) => number}
 */
export function scale([from, to], [start, end], log = false) {
  const measure = log ? Math.log : Number;
  const [low, high] = [measure(from), measure(to)];
  return (value) => start + ((measure(value) - low) / (high - low)) * (end - start);
}

/**
 * Returns where an axis begins and ends so that it holds all values above 0, with some room.
 * @param {number[]} values @param {boolean} log
 */
export function axis(values, log) {
  const positive = values.filter((value) => value > 0);
  const high = Math.max(...positive);
  return log ? [Math.min(...positive) * 0.85, high * 1.15] : [0, high * 1.05];
}

/** Returns round values in [low, high], about five of them. @param {number} low @param {number} high */
export function linearTicks(low, high) {
  const rough = (high - low) / LINEAR_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step);
  return ticks;
}

/**
 * Returns 1, 2 and 5 times the powers of ten in [low, high]; evenly spaced ones where they are too few.
 * @param {number} low - Above 0.
 * @param {number} high
 */
export function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    ticks.push(...[1, 2, 5].map((digit) => digit * 10 ** power));
  }
  const inside = ticks.filter((tick) => low <= tick && tick <= high);
  return inside.length > 1 ? inside : linearTicks(low, high);
}

/**
 * Returns whole numbers from 0 to `total`, evenly spaced, in at most `most` steps.
 * @param {number} total @param {number} most
 */
export function countTicks(total, most) {
  const stride = Math.ceil(total / most);
  return Array.from({ length: Math.floor(total / stride) + 1 }, (_, i) => i * stride);
}

/** Returns the points of a line that have a value. @param {Line} line @returns {[x: number, y: number][]} */
export function pointsOf([x, y]) {
  return x.flatMap((place, i) => {
    const value = y[i];
    return value === null ? [] : [[place, value]];
  });
}

/**
 * Returns the point of a line that is nearest to a place, of two that are as near the later one.
 * @param {Line} line @param {number} place
 * @returns {[x: number, y: number] | null} null for a line without points.
 */
export function nearest(line, place) {
  let found = null;
  for (const point of pointsOf(line)) {
    if (!found || Math.abs(point[0] - place) <= Math.abs(found[0] - place)) found = point;
  }
  return found;
}

/**
 * Returns the path through points. One to where it begins is a dot: the first point is seen at once.
 * @param {(readonly number[])[]} points
 */
export function pathOf(points) {
  return points.length ? `M${points[0]}L${points.join("L")}` : "";
}

/**
 * Returns the whole places that a pen passed between two points, each with the value it had there.
 * @param {{ place: number, value: number }} from @param {{ place: number, value: number }} to
 * @returns {[place: number, value: number][]}
 */
export function passed(from, to) {
  const [low, high] = [from.place, to.place].sort((a, b) => a - b);
  const valueAt = scale([from.place, to.place], [from.value, to.value]);
  const first = Math.ceil(low);
  const count = Math.max(0, Math.floor(high) - first + 1);
  const places = Array.from({ length: count }, (_, i) => first + i);
  // A pen that has not moved has no values between; where it is counts in any case.
  const between = from.place === to.place ? [] : places;
  return [
    ...between.map((place) => /** @type {[number, number]} */ ([place, valueAt(place)])),
    [Math.round(to.place), to.value],
  ];
}

/** Rounds to a tenth of a pixel, which keeps paths short. @param {number} value */
export function tenth(value) {
  return Math.round(value * 10) / 10;
}
