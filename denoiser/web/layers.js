// The kinds of layers that the browser can run, each as Keras computes it.
//
// They are those of OPS in denoiser/models/layers.py. A picture is (height, width, channels),
// row by row, channels last. Weights are float32, all else is in Float64Array, as JavaScript's
// numbers are doubles. Each op checks all that it is given: what it does not know, it refuses.
import { multiply, roundUp, transposed } from "./matrix.js";
/** @import { Tensor } from "./types.js" */
/** @import { Kernel } from "./kernel.js" */

/**
 * @typedef {object} LayerNode - A layer as `graph` in denoiser/models/layers.py describes it.
 * @property {string} name
 * @property {string} op
 * @property {string[]} inputs - Names of layers.
 * @property {number[]} shape - Of its output.
 * @property {Record<string, string>} [weights] - Names of tensors by weight.
 * @property {unknown} [strides] - One number for both axes, or [down, across].
 * @property {unknown} [pool_size] - Like `strides`.
 * @property {unknown} [padding] - "same" or "valid".
 * @property {unknown} [epsilon]
 * @property {unknown} [negative_slope]
 *
 * @typedef {object} Volume - What a layer gives.
 * @property {number[]} shape
 * @property {Float64Array} data - Overwritten each time that the network runs.
 *
 * @typedef {object} Layer - A layer that is understood.
 * @property {number[]} shape - Of its output.
 * @property {(y: Float64Array, kernel: Kernel) => () => void} prepare - Makes what fills `y`.
 *
 * @typedef {object} Op - A kind of layer.
 * @property {string[]} options - What a node may say beside that which all say.
 * @property {string[]} [required] - Weights.
 * @property {string[]} [optional] - More weights.
 * @property {number | "many"} [inputs] - How many it takes; 1 unless it says otherwise.
 * @property {(node: LayerNode, inputs: Volume[], weights: Record<string, Tensor>) => Layer} build
 */

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

/**
 * Returns how many numbers a shape holds.
 *
 * @param {number[]} shape
 */
export function sizeOf(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

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
  const source = x.data;
  const prepare = (/** @type {Float64Array} */ y) => () => {
    y.fill(-Infinity);
    for (let row = 0, at = 0; row < vertical.count; row++) {
      const top = row * down - vertical.before;
      for (let column = 0; column < horizontal.count; column++, at += channels) {
        const left = column * across - horizontal.before;
        for (let i = Math.max(top, 0); i < Math.min(top + windowHeight, rows); i++) {
          for (let j = Math.max(left, 0); j < Math.min(left + windowWidth, columns); j++) {
            const from = (i * columns + j) * channels;
            for (let c = 0; c < channels; c++) y[at + c] = Math.max(y[at + c], source[from + c]);
          }
        }
      }
    }
  };
  return { shape: [vertical.count, horizontal.count, channels], prepare };
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

// What nodes say, or an error that says what they should

/**
 * @param {boolean} condition
 * @param {string} problem
 */
function insist(condition, problem) {
  if (!condition) throw new Error(problem);
}

/** @param {Volume} x */
function pictureOf({ shape }) {
  insist(shape.length === 3, `expected a picture with channels, got ${shape}`);
  return shape;
}

/**
 * @param {Tensor} tensor
 * @param {number[]} shape - That it has to have.
 */
function shapeOf(tensor, shape) {
  insist(String(tensor.shape) === String(shape), `expected weights of ${shape}, got ${tensor.shape}`);
  return shape;
}

/**
 * @param {Tensor} filter
 * @param {number} inputAxis - Which of its four axes, 2 or 3, belongs to the input's channels.
 * @param {number} depth - How many these are.
 * @param {Tensor | undefined} bias
 */
function filterOf(filter, inputAxis, depth, bias) {
  insist(filter.shape.length === 4, `expected weights of four axes, got ${filter.shape}`);
  const shape = shapeOf(filter, filter.shape.with(inputAxis, depth));
  if (bias) shapeOf(bias, [shape[5 - inputAxis]]);
  return shape;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function pairOf(value, name) {
  const pair = Array.isArray(value) ? value : [value, value];
  const isPair = pair.length === 2 && pair.every((n) => Number.isInteger(n) && n > 0);
  insist(isPair, `${name}: expected one or two whole numbers above zero, got ${value}`);
  return pair;
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function numberOf(value, name) {
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new Error(`${name}: expected a number, got ${value}`);
  return value;
}

/** @param {unknown} padding */
function isSame(padding) {
  insist(padding === "same" || padding === "valid", `padding: expected same or valid, got ${padding}`);
  return padding === "same";
}
