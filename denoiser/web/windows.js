// Layers that look at their input through a window that slides: convolutions, dense layers, pools.
//
// A convolution is a matrix product of patches, a transposed one the same the other way round, a dense
// layer one whose window sees all of a row at once.
import { backwardTo } from "./backward.js";
import { convolution, correlation, wayBack } from "./convolution.js";
import { filterOf, insist, isSame, pairOf, pictureOf, shapeOf } from "./graph.js";
/** @import { Op, Steps, Volume, Weight } from "./graph.js" */
/** @import { Room, Window } from "./room.js" */

// A convolution is a matrix product of patches: one row a place of the output.
/** @type {Op["build"]} */
export function conv2d({ strides, padding }, [x], { kernel: filter, bias }) {
  const [height, width, , units] = filterOf(filter, 2, pictureOf(x)[2], bias);
  const window = windowOver(x, [height, width], strides, padding, units);
  return {
    shape: [...window.count, units],
    prepare: (room, y) => slidden(room, window, x, y, filter, bias),
  };
}

/** @type {Op["build"]} */
export function dense(_, [x], { kernel: filter, bias }) {
  const depth = x.shape[x.shape.length - 1];
  const [, units] = shapeOf(filter, [depth, filter.tensor.shape[1]]);
  if (bias) shapeOf(bias, [units]);
  const one = { count: 1, before: 0 };
  const window = windowOf([1, 1], depth, [1, 1], [1, 1], [one, one], units);
  window.repeats = x.size / depth;
  return {
    shape: [...x.shape.slice(0, -1), units],
    prepare: (room, y) => slidden(room, window, x, y, filter, bias),
  };
}

/**
 * Plans a product of patches of `x` with a filter.
 *
 * @param {Room} room
 * @param {Window} window
 * @param {Volume} x
 * @param {Volume} y
 * @param {Weight} filter
 * @param {Weight | undefined} bias
 * @returns {Steps}
 */
function slidden(room, window, x, y, filter, bias) {
  const products = convolution(room, window);
  const way = room.goesBack && x.place.needsGradient ? wayBack(room, window) : null;
  const forward = () => products.step(x.place.address, bias?.address ?? 0, 0, y.place.address);
  const backward = () => {
    const backwardBias = biasBackward(room, y, window.units, bias);
    const backwardFilter = filterBackward(room, window, filter);
    const adds = way ? room.claim(x.place, x.size) : false;
    const [dx, dy] = [x.place.gradient, y.place.gradient];
    return () => {
      backwardFilter(x.place.address, dy);
      backwardBias();
      way?.step(dy, dx, adds);
    };
  };
  const refresh = () => {
    products.refresh(filter.address);
    way?.refresh(filter.address);
  };
  return { forward, backward, refresh };
}

// A transposed convolution is a convolution the other way round: each input pixel stamps its patch.
/** @type {Op["build"]} */
export function conv2dTranspose({ strides, padding }, [x], { kernel: filter, bias }) {
  const [rows, columns, units] = pictureOf(x);
  const [height, width, channels] = filterOf(filter, 3, units, bias);
  const pair = pairOf(strides, "strides");
  const spreads = [spread(rows, height, pair[0], padding), spread(columns, width, pair[1], padding)];
  const size = /** @type {[number, number]} */ (spreads.map(({ length }) => length));
  const slides = spreads.map(({ before }, axis) => ({ before, count: x.shape[axis] }));
  const window = windowOf(size, channels, [height, width], pair, slides, units);
  const prepare = (/** @type {Room} */ room, /** @type {Volume} */ y) => {
    const way = wayBack(room, window);
    const products = room.goesBack ? convolution(room, window) : null;
    const refresh = () => {
      way.refresh(filter.address);
      products?.refresh(filter.address);
    };
    const forward = () => {
      const pixels = room.count * size[0] * size[1];
      if (bias) room.run.move(pixels, channels, bias.address, 0, y.place.address, channels, 0);
      way.step(x.place.address, y.place.address, Boolean(bias));
    };
    const backward = () => {
      const backwardBias = biasBackward(room, y, channels, bias);
      const backwardFilter = filterBackward(room, window, filter);
      const adds = x.place.needsGradient && room.claim(x.place, x.size);
      const [dx, dy] = [x.place.gradient, y.place.gradient];
      return () => {
        backwardFilter(dy, x.place.address);
        backwardBias();
        if (x.place.needsGradient) products?.step(dy, adds ? dx : 0, adds ? units : 0, dx);
      };
    };
    return { forward, backward, refresh };
  };
  return { shape: [...size, channels], prepare };
}

/**
 * Plans the gradient by a filter; nothing where it does not train.
 *
 * @param {Room} room
 * @param {Window} window
 * @param {Weight} filter
 * @returns {(x: number, dy: number) => void}
 */
function filterBackward(room, window, filter) {
  if (!filter.gradient) return () => {};
  const correlate = correlation(room, window);
  return (x, dy) => correlate(x, dy, filter.gradient);
}

/**
 * Plans the gradient by a bias; nothing where there is none, or it does not train.
 *
 * @param {Room} room
 * @param {Volume} y
 * @param {number} channels
 * @param {Weight | undefined} bias
 */
function biasBackward(room, y, channels, bias) {
  if (!bias?.gradient) return () => {};
  room.needScratch(2 * channels);
  const dy = y.place.gradient;
  return () =>
    room.run.sum_channels((room.count * y.size) / channels, channels, dy, bias.gradient, room.scratch);
}

// Files of earlier versions say no options: their pools are 2x2.
/** @type {Op["build"]} */
export function maxPooling2d({ pool_size: size = 2, strides = 2, padding = "valid" }, [x]) {
  const channels = pictureOf(x)[2];
  const [height, width] = pairOf(size, "pool_size");
  const window = windowOver(x, [height, width], strides, padding, channels);
  const prepare = (/** @type {Room} */ room, /** @type {Volume} */ y) => {
    const address = room.window(window);
    return {
      forward: () => room.run.max_pool(address, x.place.address, y.place.address),
      backward: () =>
        backwardTo(room, x, y, (dy, dx, adds) => {
          if (!adds) room.run.fill(room.count * x.size, 0, dx);
          room.run.max_pool_backward(address, x.place.address, y.place.address, dy, dx);
        }),
    };
  };
  return { shape: [...window.count, channels], prepare };
}

/**
 * @typedef {object} Slide - How a window slides along one axis.
 * @property {number} count - At how many places it stops.
 * @property {number} before - How far it hangs over at the first one.
 */

/**
 * @param {[number, number]} size
 * @param {number} channels
 * @param {[number, number]} kernel
 * @param {number[]} strides
 * @param {Slide[]} slides - Down and across.
 * @param {number} units
 * @returns {Window}
 */
function windowOf(size, channels, kernel, [down, across], [vertical, horizontal], units) {
  return {
    size,
    channels,
    kernel,
    strides: [down, across],
    before: [vertical.before, horizontal.before],
    count: [vertical.count, horizontal.count],
    units,
  };
}

/**
 * Returns the window that slides over a picture.
 *
 * @param {Volume} x
 * @param {[number, number]} kernel
 * @param {unknown} strides
 * @param {unknown} padding
 * @param {number} units
 */
function windowOver(x, kernel, strides, padding, units) {
  const [rows, columns, channels] = pictureOf(x);
  const [down, across] = pairOf(strides, "strides");
  const slides = [slide(rows, kernel[0], down, padding), slide(columns, kernel[1], across, padding)];
  return windowOf([rows, columns], channels, kernel, [down, across], slides, units);
}

/**
 * @param {number} length
 * @param {number} window
 * @param {number} stride
 * @param {unknown} padding
 * @returns {Slide}
 */
export function slide(length, window, stride, padding) {
  if (isSame(padding)) {
    const count = Math.ceil(length / stride);
    return { count, before: Math.max((count - 1) * stride + window - length, 0) >> 1 };
  }
  insist(window <= length, `a window of ${window} does not fit on ${length}`);
  return { count: Math.floor((length - window) / stride) + 1, before: 0 };
}

/**
 * Returns how long an axis becomes when each of its numbers gives a window, and where that begins.
 *
 * @param {number} length
 * @param {number} window
 * @param {number} stride
 * @param {unknown} padding
 */
export function spread(length, window, stride, padding) {
  const over = Math.max(window - stride, 0);
  if (isSame(padding)) return { length: length * stride, before: over >> 1 };
  return { length: length * stride + over, before: 0 };
}
