// Runs a network, given as a graph of layers and its weights, one picture at a time.
//
// A picture is a Float64Array, row by row, channels last, as Keras has it. Every
// buffer is allocated when the network is built, so running makes no garbage.
// Knows nothing of digits, noise or pages.
//
// The time goes into one routine, `multiply`: all layers with weights are matrix
// products, which a kernel (kernel.js) does over 4x4 tiles. All else is in
// Float64Array, as JavaScript's numbers are doubles.
import { fastestKernel } from "./kernel.js";

const TILE = 4;

// graph: layers in topological order, the last one the output (see networks.graph in Python).
// tensors: {name: {shape, data: Float32Array}}. Returns picture -> output, which is
// overwritten by the next call.
export function buildNetwork(graph, tensors, kernel = fastestKernel()) {
  const outputs = new Map();
  const steps = [];
  for (const layer of graph) {
    const output = new Float64Array(size(layer.shape));
    const inputs = layer.inputs.map((name) => outputs.get(name));
    outputs.set(layer.name, { data: output, shape: layer.shape });
    if (!(layer.op in LAYERS)) throw new Error(`Unknown layer: ${layer.op}`);
    steps.push(LAYERS[layer.op](layer, inputs, output, weightsOf(layer, tensors), kernel));
  }
  const [first, last] = [graph[0], graph[graph.length - 1]];
  const entry = outputs.get(first.name).data;
  const result = outputs.get(last.name).data;
  return (picture) => {
    entry.set(picture);
    for (const step of steps) step();
    return result;
  };
}

function size(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

function weightsOf(layer, tensors) {
  const named = Object.entries(layer.weights ?? {});
  return Object.fromEntries(named.map(([weight, name]) => [weight, tensors[name]]));
}

// op -> (layer, inputs, output, weights, kernel) -> step that fills output from inputs.
const LAYERS = {
  input: () => () => {},
  conv2d,
  conv2d_transpose: conv2dTranspose,
  dense,
  batch_normalization: batchNormalization,
  leaky_relu: (layer, [x], y) => leakyRelu(x.data, y, layer.negative_slope),
  relu: (_, [x], y) => leakyRelu(x.data, y, 0),
  sigmoid: (_, [x], y) => () => {
    for (let i = 0; i < y.length; i++) y[i] = 1 / (1 + Math.exp(-x.data[i]));
  },
  softmax: (_, [x], y) => () => softmax(x.data, y),
  max_pooling2d: (layer, [x], y) => maxPooling2d(layer.shape, x, y),
  reshape: (_, [x], y) => () => y.set(x.data),
  concatenate: (layer, inputs, y) => concatenate(layer.shape, inputs, y),
  add: (_, inputs, y) => () => {
    y.set(inputs[0].data);
    for (const { data } of inputs.slice(1)) for (let i = 0; i < y.length; i++) y[i] += data[i];
  },
};

// A convolution is a matrix product of patches: one row a pixel of the output.
function conv2d({ shape: [height, width, channels], strides }, [x], y, { kernel: filter, bias }, kernel) {
  const [kernelHeight, kernelWidth, depth] = filter.shape;
  const padded = paddedCopy(x, height, width, strides, kernelHeight, kernelWidth);
  const product = multiply(kernel, {
    source: padded.data,
    starts: pixelStarts(height, width, strides * padded.width * depth, strides * depth),
    runs: kernelHeight, // a patch is kernelHeight runs of neighbours
    runLength: kernelWidth * depth,
    runStride: padded.width * depth,
    matrix: filter.data,
    columns: channels,
  });
  return () => {
    padded.fill();
    copyWithBias(product(), y, channels, bias);
  };
}

// Room around a picture so that no patch hangs over its edge, the way Keras pads "same".
function paddedCopy(x, height, width, strides, kernelHeight, kernelWidth) {
  const [rows, columns, depth] = x.shape;
  const paddedHeight = Math.max((height - 1) * strides + kernelHeight, rows);
  const paddedWidth = Math.max((width - 1) * strides + kernelWidth, columns);
  const top = (paddedHeight - rows) >> 1;
  const left = (paddedWidth - columns) >> 1;
  const data = new Float64Array(paddedHeight * paddedWidth * depth);
  const line = columns * depth;
  const fill = () => {
    for (let row = 0; row < rows; row++) {
      const to = ((row + top) * paddedWidth + left) * depth;
      data.set(x.data.subarray(row * line, (row + 1) * line), to);
    }
  };
  return { data, width: paddedWidth, fill };
}

// A transposed convolution: each input pixel becomes a patch; patches are summed where they overlap.
function conv2dTranspose({ shape: [height, width, channels], strides }, [x], y, { kernel: filter, bias }, kernel) {
  const [kernelHeight, kernelWidth, , depth] = filter.shape;
  const [rows, columns] = x.shape;
  const patch = kernelHeight * kernelWidth * channels;
  const product = multiply(kernel, {
    source: x.data,
    starts: pixelStarts(rows, columns, columns * depth, depth),
    runs: 1,
    runLength: depth,
    runStride: 0,
    matrix: transposed(filter.data, patch, depth),
    columns: patch,
  });
  const stride = roundUp(patch);
  const top = Math.max(kernelHeight - strides, 0) >> 1;
  const left = Math.max(kernelWidth - strides, 0) >> 1;
  return () => {
    const patches = product();
    fillWithBias(y, channels, bias);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const from = (row * columns + column) * stride;
        for (let i = 0; i < kernelHeight; i++) {
          const outRow = row * strides + i - top;
          if (outRow < 0 || outRow >= height) continue;
          for (let j = 0; j < kernelWidth; j++) {
            const outColumn = column * strides + j - left;
            if (outColumn < 0 || outColumn >= width) continue;
            const source = from + (i * kernelWidth + j) * channels;
            const target = (outRow * width + outColumn) * channels;
            for (let c = 0; c < channels; c++) y[target + c] += patches[source + c];
          }
        }
      }
    }
  };
}

function dense({ shape: [columns] }, [x], y, { kernel: filter, bias }, kernel) {
  const product = multiply(kernel, {
    source: x.data,
    starts: Int32Array.of(0),
    runs: 1,
    runLength: x.data.length,
    runStride: 0,
    matrix: filter.data,
    columns,
  });
  return () => copyWithBias(product(), y, columns, bias);
}

function batchNormalization({ epsilon }, [x], y, weights) {
  const { gamma, beta, moving_mean: mean, moving_variance: variance } = weights;
  const channels = gamma.data.length;
  const scale = Float64Array.from(gamma.data, (g, c) => g / Math.sqrt(variance.data[c] + epsilon));
  const shift = Float64Array.from(beta.data, (b, c) => b - mean.data[c] * scale[c]);
  const source = x.data;
  return () => {
    for (let i = 0; i < y.length; i += channels) {
      for (let c = 0; c < channels; c++) y[i + c] = source[i + c] * scale[c] + shift[c];
    }
  };
}

function leakyRelu(x, y, slope) {
  return () => {
    for (let i = 0; i < y.length; i++) y[i] = x[i] > 0 ? x[i] : x[i] * slope;
  };
}

function softmax(x, y) {
  const highest = x.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += y[i] = Math.exp(x[i] - highest);
  for (let i = 0; i < y.length; i++) y[i] /= sum;
}

function maxPooling2d([height, width, channels], x, y) {
  const line = x.shape[1] * channels;
  const source = x.data;
  return () => {
    let at = 0;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const corner = 2 * row * line + 2 * column * channels;
        for (let i = corner; i < corner + channels; i++) {
          const upper = Math.max(source[i], source[i + channels]);
          y[at++] = Math.max(upper, source[i + line], source[i + line + channels]);
        }
      }
    }
  };
}

function concatenate(shape, inputs, y) {
  const channels = shape[shape.length - 1];
  return () => {
    let offset = 0;
    for (const { data, shape } of inputs) {
      const depth = shape[shape.length - 1];
      for (let from = 0, to = offset; from < data.length; from += depth, to += channels) {
        for (let c = 0; c < depth; c++) y[to + c] = data[from + c];
      }
      offset += depth;
    }
  };
}

function copyWithBias(product, y, channels, bias) {
  const stride = roundUp(channels);
  fillWithBias(y, channels, bias);
  for (let from = 0, to = 0; to < y.length; from += stride, to += channels) {
    for (let c = 0; c < channels; c++) y[to + c] += product[from + c];
  }
}

function fillWithBias(y, channels, bias) {
  if (!bias) return y.fill(0);
  for (let i = 0; i < y.length; i += channels) y.set(bias.data, i);
}

function pixelStarts(height, width, rowStride, columnStride) {
  const start = (_, i) => Math.floor(i / width) * rowStride + (i % width) * columnStride;
  return Int32Array.from({ length: height * width }, start);
}

// (rows, columns) -> (columns, rows)
function transposed(matrix, rows, columns) {
  return Float64Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
}

function roundUp(length) {
  return Math.ceil(length / TILE) * TILE;
}

// Prepare a matrix product: rows gathered from `source`, times `matrix` (depth x columns).
//
// Row r consists of `runs` stretches of `runLength` numbers, the first at starts[r], each
// `runStride` after the one before. The product is row by row, `columns` rounded up to a tile.
function multiply(kernel, { source, starts, runs, runLength, runStride, matrix, columns }) {
  const depth = runs * runLength;
  const stride = roundUp(columns);
  const rows = roundUp(starts.length);
  const rowStarts = new Int32Array(rows); // a tile's missing rows repeat row 0 of the source
  rowStarts.set(starts);
  const panels = kernel.reserve(depth * stride);
  const panel = kernel.reserve(depth * TILE);
  const product = kernel.reserve(rows * stride);
  packColumns(matrix, depth, columns, kernel.numbers, panels);
  return () => {
    const { numbers } = kernel;
    for (let row = 0; row < rows; row += TILE) {
      packRows(source, rowStarts, row, runs, runLength, runStride, numbers, panel);
      kernel.multiply(panel, depth, panels, stride, product + row * stride);
    }
    return numbers.subarray(product, product + rows * stride);
  };
}

// Four columns side by side, so that a tile reads them in order.
function packColumns(matrix, depth, columns, numbers, panels) {
  for (let k = 0; k < depth; k++) {
    for (let c = 0; c < columns; c++) {
      const place = (c - (c % TILE)) * depth + k * TILE + (c % TILE);
      numbers[panels + place] = matrix[k * columns + c];
    }
  }
}

function packRows(source, starts, row, runs, runLength, runStride, numbers, at) {
  let [a, b, c, d] = [starts[row], starts[row + 1], starts[row + 2], starts[row + 3]];
  for (let run = 0; run < runs; run++) {
    for (let i = 0; i < runLength; i++) {
      numbers[at] = source[a + i];
      numbers[at + 1] = source[b + i];
      numbers[at + 2] = source[c + i];
      numbers[at + 3] = source[d + i];
      at += TILE;
    }
    a += runStride;
    b += runStride;
    c += runStride;
    d += runStride;
  }
}
