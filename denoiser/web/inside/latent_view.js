// How a plane fits into a rectangle of a page, and what is drawn of a map on its canvases.
//
// Knows nothing of pointers, keys or codes: circles, points and colours are handed to it.
import { contextOf } from "../picture.js";

const MAP_MARGIN = 0.05; // around the outermost digits, as a part of the chart's width
const DOT_SHARE = 1 / 220; // a dot's radius, as a part of the chart's width
const DOT_SIZES = [1.8, 3]; // from and to which, in pixels of the page
const ROUNDS = 20; // in which points move apart
const HATCH_STEP = 7; // from line to line

/** @typedef {{ left: number, top: number, scale: number }} Fit - Pixels are left + x * scale, top - y * scale. */

/**
 * Fits points into a chart, with the same scale along both axes: distances stay what they are.
 *
 * @param {ArrayLike<number>} places - x and y of each.
 * @param {number} width @param {number} height - Of the chart.
 * @returns {Fit}
 */
export function fitOf(places, width, height) {
  const [xs, ys] = [0, 1].map((axis) => Array.from(places).filter((_, i) => i % 2 === axis));
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
  const margin = MAP_MARGIN * width;
  const scale = Math.min((width - 2 * margin) / (right - left), (height - 2 * margin) / (top - bottom));
  return {
    left: width / 2 - (scale * (left + right)) / 2,
    top: height / 2 + (scale * (bottom + top)) / 2,
    scale,
  };
}

/** @param {Fit} fit @param {number} x @param {number} y @returns {[number, number]} Pixels. */
export function toPixels({ left, top, scale }, x, y) {
  return [left + x * scale, top - y * scale];
}

/** @param {Fit} fit @param {number} across @param {number} down @returns {[number, number]} */
export function fromPixels({ left, top, scale }, across, down) {
  return [(across - left) / scale, (top - down) / scale];
}

/**
 * Returns the place that is nearest to a point of the chart.
 *
 * @param {ArrayLike<number>} places - x and y of each. @param {Fit} fit
 * @param {number} across @param {number} down - Of the point.
 * @param {(place: number) => boolean} counts - Whether a place does.
 * @returns {{ place: number, distance: number }} Its number, -1 where none counts, and the pixels to it.
 */
export function nearestPlace(places, fit, across, down, counts = () => true) {
  let [place, distance] = [-1, Infinity];
  for (let i = 0; 2 * i < places.length; i++) {
    const [x, y] = toPixels(fit, places[2 * i], places[2 * i + 1]);
    const found = counts(i) ? Math.hypot(x - across, y - down) : Infinity;
    if (found < distance) [place, distance] = [i, found];
  }
  return { place, distance };
}

/**
 * Makes a canvas as fine as the screen and clears it.
 *
 * @param {HTMLCanvasElement} canvas @param {number} width @param {number} height - In pixels of the page.
 */
export function cleared(canvas, width, height) {
  const density = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== across || canvas.height !== down)
    Object.assign(canvas, { width: across, height: down });
  const context = contextOf(canvas);
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} places - x and y of each. @param {Fit} fit
 * @param {ArrayLike<number>} labels - Of each.
 * @param {string[]} colors - By label.
 * @param {number} only - The label that is not faint; -1 for all.
 */
export function drawDots(context, places, fit, labels, colors, only) {
  const { width } = context.canvas.getBoundingClientRect();
  const radius = Math.min(DOT_SIZES[1], Math.max(DOT_SIZES[0], width * DOT_SHARE));
  const isFaint = (/** @type {number} */ i) => only >= 0 && labels[i] !== only;
  const numbers = Array.from(labels, (_, i) => i);
  for (const i of [...numbers.filter(isFaint), ...numbers.filter((each) => !isFaint(each))]) {
    const [x, y] = toPixels(fit, places[2 * i], places[2 * i + 1]);
    context.globalAlpha = isFaint(i) ? 0.13 : 0.85;
    context.fillStyle = colors[labels[i]];
    context.beginPath();
    context.arc(x, y, labels[i] === only ? radius * 1.2 : radius, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

/**
 * Hatches a chart, circles aside: a line is drawn around all of them together.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width @param {number} height - Of the chart.
 * @param {{ x: number, y: number, radius: number }[]} circles @param {Fit} fit
 * @param {string} color
 */
export function hatchOutside(context, width, height, circles, fit, color) {
  context.fillStyle = context.strokeStyle = color;
  context.globalAlpha = 0.1;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = 0.26;
  context.lineWidth = 1;
  context.beginPath();
  for (let start = -height; start < width; start += HATCH_STEP) {
    context.moveTo(start, height);
    context.lineTo(start + height, 0);
  }
  context.stroke();
  context.globalAlpha = 1;
  for (const [operation, more] of /** @type {[GlobalCompositeOperation, number][]} */ ([
    ["source-over", 1.25],
    ["destination-out", 0],
  ])) {
    context.globalCompositeOperation = operation;
    context.beginPath();
    for (const { x, y, radius } of circles) {
      const [across, down] = toPixels(fit, x, y);
      const wide = radius * fit.scale + more;
      context.moveTo(across + wide, down);
      context.arc(across, down, wide, 0, 2 * Math.PI);
    }
    context.fill();
  }
  context.globalCompositeOperation = "source-over";
}

/**
 * Returns where the numeral of each class stands: in the middle of its digits (the medians).
 *
 * @param {ArrayLike<number>} places - x and y of each. @param {ArrayLike<number>} labels
 * @returns {{ label: number, x: number, y: number }[]} Of the classes that there are.
 */
export function classCentres(places, labels) {
  const found = [...new Set(Array.from(labels))].sort((one, other) => one - other);
  return found.map((label) => {
    const own = Array.from(labels, (each, i) => (each === label ? i : -1)).filter((i) => i >= 0);
    const [x, y] = [0, 1].map((axis) => {
      const sorted = own.map((i) => places[2 * i + axis]).sort((one, other) => one - other);
      return sorted[sorted.length >> 1];
    });
    return { label, x, y };
  });
}

/**
 * Moves points apart that are too near to one another to be read, each as far as the other.
 *
 * @param {[x: number, y: number][]} points @param {number} least - The distance they get.
 * @returns {[x: number, y: number][]}
 */
export function movedApart(points, least) {
  const moved = points.map(([x, y]) => /** @type {[number, number]} */ ([x, y]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, one] of moved.entries()) {
      for (const other of moved.slice(i + 1)) {
        const [across, down] = [other[0] - one[0], other[1] - one[1]];
        const distance = Math.hypot(across, down);
        if (distance >= least) continue;
        const [x, y] = distance > 0 ? [across / distance, down / distance] : [0, 1];
        const push = (least - distance) / 2;
        one[0] -= x * push;
        one[1] -= y * push;
        other[0] += x * push;
        other[1] += y * push;
      }
    }
  }
  return moved;
}
