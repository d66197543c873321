// Boxes on a picture: x, y, width and height, all in one unit.
/** @import { Box } from "../types.js" */

const STEPS = 9; // of the grid on which a point is looked for
const MARGIN = 0.08; // around paper, of its size

/** @param {Box} box */
export function areaOf([, , width, height]) {
  return width * height;
}

/** @param {Box} box @param {[x: number, y: number]} point */
export function contains([left, top, width, height], [x, y]) {
  return x >= left && x < left + width && y >= top && y < top + height;
}

/**
 * Returns the part of a picture that is worth showing: the paper and what was found, with a little
 * around them, or all.
 * @param {[x: number, y: number][] | null} corners - Of the paper.
 * @param {Box[]} boxes - Of what was found. @param {[width: number, height: number]} size @returns {Box}
 */
export function viewOf(corners, boxes, size) {
  if (!corners) return [0, 0, ...size];
  const [[left, right], [top, bottom]] = [0, 1].map((axis) => {
    const ends = boxes.flatMap((box) => [box[axis], box[axis] + box[axis + 2]]);
    const along = [...corners.map((corner) => corner[axis]), ...ends];
    const [low, high] = [Math.min(...along), Math.max(...along)];
    const margin = MARGIN * (high - low);
    return [Math.max(0, low - margin), Math.min(size[axis], high + margin)];
  });
  return [left, top, right - left, bottom - top];
}

/** @param {Box} a @param {Box} b */
export function overlap(a, b) {
  const along = (/** @type {number} */ i) =>
    Math.min(a[i] + a[i + 2], b[i] + b[i + 2]) - Math.max(a[i], b[i]);
  return along(0) > 0 && along(1) > 0;
}

/**
 * Returns the point of a box that is nearest to its centre and in no smaller one: a tap there means this
 * box. Where all of it is covered, its centre.
 * @param {Box} box @param {Box[]} others @returns {[x: number, y: number]}
 */
export function ownPoint(box, others) {
  const [left, top, width, height] = box;
  const smaller = others.filter((other) => areaOf(other) < areaOf(box));
  const shares = Array.from({ length: STEPS }, (_, i) => (i + 0.5) / STEPS);
  /** @type {[number, number][]} */
  const points = shares.flatMap((x) =>
    shares.map((y) => /** @type {[number, number]} */ ([left + x * width, top + y * height])),
  );
  const fromCenter = (/** @type {[number, number]} */ [x, y]) =>
    Math.hypot((x - left) / width - 0.5, (y - top) / height - 0.5);
  points.sort((a, b) => fromCenter(a) - fromCenter(b));
  return points.find((point) => !smaller.some((other) => contains(other, point))) ?? points[0];
}

/**
 * Returns the index of the box that a point is in, the smallest; where it is in none, the nearest.
 * @param {Box[]} boxes @param {[x: number, y: number]} point
 */
export function indexAt(boxes, [x, y]) {
  const distances = boxes.map((box) => {
    const [left, top, width, height] = box;
    if (contains(box, [x, y])) return -1 / areaOf(box);
    return Math.hypot(x - left - width / 2, y - top - height / 2);
  });
  return distances.indexOf(Math.min(...distances));
}

/**
 * Chooses which labels are shown: those that lie over no other and over no frame but their own.
 * @param {{ label: Box, frame: number }[]} labels - The first are the first to be shown.
 * @param {Box[]} frames @returns {boolean[]}
 */
export function readable(labels, frames) {
  /** @type {Box[]} */
  const taken = [];
  return labels.map(({ label, frame }) => {
    const covers = frames.some((other, i) => i !== frame && overlap(label, other));
    if (covers || taken.some((other) => overlap(label, other))) return false;
    taken.push(label);
    return true;
  });
}
