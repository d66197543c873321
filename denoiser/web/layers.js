// The kinds of layers that the browser can run, each as Keras computes it.
//
// They are those of OPS in denoiser/models/layers.py. A picture is (height, width, channels),
// row by row, channels last. Weights are float32, all else is in Float64Array, as JavaScript's
// numbers are doubles. Each op checks all that it is given: what it does not know, it refuses.
import { filterOf, insist, isSame, numberOf, pairOf, pictureOf, shapeOf, sizeOf } from "./graph.js";
import { multiply, roundUp, transposed } from "./matrix.js";
/** @import { Tensor } from "./types.js" */
/** @import { Layer, Op, Volume } from "./graph.js" */
/** @import { Kernel } from "./kernel.js" */

/** @type {Record<string, Op>} */
export const OPS = {
  input: { options: [], inputs: 0, build: ({ shape }) => ({ shape, prepare: () => () => {} }) },
  conv2d: { options: ["strides", "padding"], required: ["kernel"], optional: ["bias"], build: conv2d },
  conv2d_transpose: {
    options: ["strides", "padding"],
    required: ["kernel"],
    optional: ["bias"],
    build: conv2dTranspose,
  },
  dense: { options: [], required: ["kernel"], optional: ["bias"], build: dense },
  batch_normalization: {
    options: ["epsilon"],
    required: ["gamma", "beta", "moving_mean", "moving_variance"],
    build: batchNormalization,
  },
  leaky_relu: {
    options: ["negative_slope"],
    build: ({ negative_slope: slope }, [x]) => leakyRelu(x, numberOf(slope, "negative_slope")),
  },
  relu: { options: [], build: (_, [x]) => leakyRelu(x, 0) },
  sigmoid: { options: [], build: (_, [x]) => sigmoid(x) },
  softmax: { options: [], build: (_, [x]) => softmax(x) },
  max_pooling2d: { options: ["pool_size", "strides", "padding"], build: maxPooling2d },
  reshape: { options: [], build: reshape },
  concatenate: { options: [], inputs: "many", build: (_, inputs) => concatenate(inputs) },
  add: { options: [], inputs: "many", build: (_, inputs) => add(inputs) },
};

// A convolution is a matrix product of patches: one row a pixel of the output.
/** @type {Op["build"]} */
function conv2d({ strides, padding }, [x], { kernel: filter, bias }) {
  const [rows, columns, depth] = pictureOf(x);
  const [kernelHeight, kernelWidth, , channels] = filterOf(filter, 2, depth, bias);
  const [down, across] = pairOf(strides, "strides");
  const vertical = slide(rows, kernelHeight, down, padding);
  const horizontal = slide(columns, kernelWidth, across, padding);
  const prepare = (/** @type {Float64Array} */ y, /** @type {Kernel} */ kernel) => {
    const padded = paddedCopy(x, vertical, horizontal);
    const line = horizontal.padded * depth;
    const product = multiply(kernel, {
      source: padded.data,
      starts: gridOf(vertical.count, horizontal.count, down * line, across * depth),
      runs: kernelHeight, // a patch is kernelHeight runs of neighbours
      runLength: kernelWidth * depth,
      runStride: line,
      matrix: filter.data,
      columns: channels,
    });
    return () => {
      padded.fill();
      copyWithBias(product(), y, channels, bias);
    };
  };
  return { shape: [vertical.count, horizontal.count, channels], prepare };
}

/**
 * @typedef {object} Slide - How a window slides along one axis.
 * @property {number} count - At how many places it stops.
 * @property {number} padded - How long the axis is with what "same" adds.
 * @property {number} before - How much of that comes before the first number.
 */

/**
 * @param {number} length
 * @param {number} window
 * @param {number} stride
 * @param {unknown} padding
 * @returns {Slide}
 */
function slide(length, window, stride, padding) {
  if (isSame(padding)) {
    const count = Math.ceil(length / stride);
    const padded = Math.max((count - 1) * stride + window, length);
    return { count, padded, before: (padded - length) >> 1 };
  }
  insist(window <= length, `a window of ${window} does not fit on ${length}`);
  return { count: Math.floor((length - window) / stride) + 1, padded: length, before: 0 };
}

/**
 * Returns room around a picture so that no patch hangs over its edge, the way Keras pads "same".
 *
 * @param {Volume} x
 * @param {Slide} vertical
 * @param {Slide} horizontal
 */
function paddedCopy({ shape: [rows, columns, depth], data: source }, vertical, horizontal) {
  if (vertical.padded === rows && horizontal.padded === columns) return { data: source, fill: () => {} };
  const data = new Float64Array(vertical.padded * horizontal.padded * depth);
  const line = columns * depth;
  const fill = () => {
    for (let row = 0; row < rows; row++) {
      const to = ((row + vertical.before) * horizontal.padded + horizontal.before) * depth;
      data.set(source.subarray(row * line, (row + 1) * line), to);
    }
  };
  return { data, fill };
}

// A transposed convolution: each input pixel becomes a patch; patches are summed where they overlap.
/** @type {Op["build"]} */
function conv2dTranspose({ strides, padding }, [x], { kernel: filter, bias }) {
  const [rows, columns, depth] = pictureOf(x);
  const [kernelHeight, kernelWidth, channels] = filterOf(filter, 3, depth, bias);
  const [down, across] = pairOf(strides, "strides");
  const vertical = spread(rows, kernelHeight, down, padding);
  const horizontal = spread(columns, kernelWidth, across, padding);
  const [height, width] = [vertical.count, horizontal.count];
  const patch = kernelHeight * kernelWidth * channels;
  const stride = roundUp(patch);
  const prepare = (/** @type {Float64Array} */ y, /** @type {Kernel} */ kernel) => {
    const product = multiply(kernel, {
      source: x.data,
      starts: gridOf(rows, columns, columns * depth, depth),
      runs: 1,
      runLength: depth,
      runStride: 0,
      matrix: transposed(filter.data, patch, depth),
      columns: patch,
    });
    return () => {
      const patches = product();
      fillWithBias(y, channels, bias);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const from = (row * columns + column) * stride;
          for (let i = 0; i < kernelHeight; i++) {
            const outRow = row * down + i - vertical.before;
            if (outRow < 0 || outRow >= height) continue;
            for (let j = 0; j < kernelWidth; j++) {
              const outColumn = column * across + j - horizontal.before;
              if (outColumn < 0 || outColumn >= width) continue;
              const source = from + (i * kernelWidth + j) * channels;
              const target = (outRow * width + outColumn) * channels;
              for (let c = 0; c < channels; c++) y[target + c] += patches[source + c];
            }
          }
        }
      }
    };
  };
  return { shape: [height, width, channels], prepare };
}

/**
 * Returns how long an axis becomes when each of its numbers gives a window, and where that begins.
 *
 * @param {number} length
 * @param {number} window
 * @param {number} stride
 * @param {unknown} padding
 */
function spread(length, window, stride, padding) {
  const over = Math.max(window - stride, 0);
  if (isSame(padding)) return { count: length * stride, before: over >> 1 };
  return { count: length * stride + over, before: 0 };
}

/** @type {Op["build"]} */
function dense(_, [x], { kernel: filter, bias }) {
  const depth = x.shape[x.shape.length - 1];
  const [, columns] = shapeOf(filter, [depth, filter.shape[1]]);
  if (bias) shapeOf(bias, [columns]);
  const prepare = (/** @type {Float64Array} */ y, /** @type {Kernel} */ kernel) => {
    const product = multiply(kernel, {
      source: x.data,
      starts: gridOf(1, x.data.length / depth, 0, depth),
      runs: 1,
      runLength: depth,
      runStride: 0,
      matrix: filter.data,
      columns,
    });
    return () => copyWithBias(product(), y, columns, bias);
  };
  return { shape: [...x.shape.slice(0, -1), columns], prepare };
}

/** @type {Op["build"]} */
function batchNormalization({ epsilon }, [x], weights) {
  const channels = x.shape[x.shape.length - 1];
  for (const weight of Object.values(weights)) shapeOf(weight, [channels]);
  const { gamma, beta, moving_mean: mean, moving_variance: variance } = weights;
  const added = numberOf(epsilon, "epsilon");
  const scale = Float64Array.from(gamma.data, (g, c) => g / Math.sqrt(variance.data[c] + added));
  const shift = Float64Array.from(beta.data, (b, c) => b - mean.data[c] * scale[c]);
  const source = x.data;
  return alike(x, (y) => () => {
    for (let i = 0; i < y.length; i += channels) {
      for (let c = 0; c < channels; c++) y[i + c] = source[i + c] * scale[c] + shift[c];
    }
  });
}

/**
 * @param {Volume} x
 * @param {number} slope
 */
function leakyRelu(x, slope) {
  const source = x.data;
  return alike(x, (y) => () => {
    for (let i = 0; i < y.length; i++) y[i] = source[i] > 0 ? source[i] : source[i] * slope;
  });
}

/** @param {Volume} x */
function sigmoid(x) {
  const source = x.data;
  return alike(x, (y) => () => {
    for (let i = 0; i < y.length; i++) y[i] = 1 / (1 + Math.exp(-source[i]));
  });
}

/** @param {Volume} x */
function softmax(x) {
  const channels = x.shape[x.shape.length - 1];
  const source = x.data;
  return alike(x, (y) => () => {
    for (let start = 0; start < y.length; start += channels) {
      let [highest, sum] = [-Infinity, 0];
      for (let i = start; i < start + channels; i++) highest = Math.max(highest, source[i]);
      for (let i = start; i < start + channels; i++) sum += y[i] = Math.exp(source[i] - highest);
      for (let i = start; i < start + channels; i++) y[i] /= sum;
    }
  });
}

// Files of earlier versions say no options: their pools are 2x2.
/** @type {Op["build"]} */
function maxPooling2d({ pool_size: size = 2, strides = 2, padding = "valid" }, [x]) {
  const [rows, columns, channels] = pictureOf(x);
  const [windowHeight, windowWidth] = pairOf(size, "pool_size");
  const [down, across] = pairOf(strides, "strides");
  const vertical = slide(rows, windowHeight, down, padding);
  const horizontal = slide(columns, windowWidth, across, padding);
  const pixels = (/** @type {number} */ row, /** @type {number} */ column) =>
    stops(row * down - vertical.before, windowHeight, rows).flatMap((i) =>
      stops(column * across - horizontal.before, windowWidth, columns).map((j) => i * columns + j),
    );
  const places = Array.from({ length: vertical.count * horizontal.count }, (_, i) =>
    pixels(Math.floor(i / horizontal.count), i % horizontal.count),
  );
  const count = roundUp(windowHeight * windowWidth); // four are compared at a time
  const starts = Int32Array.from(
    places.flatMap((place) => Array.from({ length: count }, (_, k) => (place[k] ?? place[0]) * channels)),
  );
  const source = x.data;
  const prepare = (/** @type {Float64Array} */ y) => () => {
    for (let place = 0, at = 0; place < starts.length; place += count) {
      for (let c = 0; c < channels; c++) {
        let highest = -Infinity;
        for (let k = place; k < place + count; k += 4) {
          const pair = Math.max(source[starts[k] + c], source[starts[k + 1] + c]);
          highest = Math.max(highest, pair, source[starts[k + 2] + c], source[starts[k + 3] + c]);
        }
        y[at++] = highest;
      }
    }
  };
  return { shape: [vertical.count, horizontal.count, channels], prepare };
}

/**
 * Returns which of `length` numbers a window sees that begins at `start`.
 *
 * @param {number} start
 * @param {number} window
 * @param {number} length
 */
function stops(start, window, length) {
  return Array.from({ length: window }, (_, i) => start + i).filter((i) => i >= 0 && i < length);
}

/** @type {Op["build"]} */
function reshape({ shape }, [x]) {
  insist(sizeOf(shape) === x.data.length, `${x.shape} does not become ${shape}`);
  return { shape, prepare: (y) => () => y.set(x.data) };
}

/** @param {Volume[]} inputs */
function concatenate(inputs) {
  const [first, ...others] = inputs.map(({ shape }) => shape.slice(0, -1));
  for (const shape of others) insist(String(shape) === String(first), `${first} is not as large as ${shape}`);
  const channels = inputs.reduce((sum, { shape }) => sum + shape[shape.length - 1], 0);
  const prepare = (/** @type {Float64Array} */ y) => () => {
    let offset = 0;
    for (const { data, shape } of inputs) {
      const depth = shape[shape.length - 1];
      for (let from = 0, to = offset; from < data.length; from += depth, to += channels) {
        for (let c = 0; c < depth; c++) y[to + c] = data[from + c];
      }
      offset += depth;
    }
  };
  return { shape: [...first, channels], prepare };
}

/** @param {Volume[]} inputs */
function add([first, ...others]) {
  for (const { shape } of others)
    insist(String(shape) === String(first.shape), `${first.shape} is not as large as ${shape}`);
  return alike(first, (y) => () => {
    y.set(first.data);
    for (const { data } of others) for (let i = 0; i < y.length; i++) y[i] += data[i];
  });
}

// Parts of them

/**
 * @param {Volume} x
 * @param {Layer["prepare"]} prepare
 * @returns {Layer} One that gives as many numbers as it gets.
 */
function alike(x, prepare) {
  return { shape: x.shape, prepare };
}

/**
 * @param {Float32Array | Float64Array} product
 * @param {Float64Array} y
 * @param {number} channels
 * @param {Tensor | undefined} bias
 */
function copyWithBias(product, y, channels, bias) {
  const stride = roundUp(channels);
  fillWithBias(y, channels, bias);
  for (let from = 0, to = 0; to < y.length; from += stride, to += channels) {
    for (let c = 0; c < channels; c++) y[to + c] += product[from + c];
  }
}

/**
 * @param {Float64Array} y
 * @param {number} channels
 * @param {Tensor | undefined} bias
 */
function fillWithBias(y, channels, bias) {
  if (!bias) y.fill(0);
  else for (let i = 0; i < y.length; i += channels) y.set(bias.data, i);
}

/**
 * @param {number} height
 * @param {number} width
 * @param {number} rowStride
 * @param {number} columnStride
 */
function gridOf(height, width, rowStride, columnStride) {
  const start = (/** @type {unknown} */ _, /** @type {number} */ i) =>
    Math.floor(i / width) * rowStride + (i % width) * columnStride;
  return Int32Array.from({ length: height * width }, start);
}
