// The kinds of layers that the browser can run and train, each as Keras computes it.
//
// They are those of OPS in denoiser/models/layers.py. A picture is (height, width, channels), row by
// row, channels last; all numbers are float32 in a kernel's memory, and kernel/ does the work. Each
// op checks all that it is given: what it does not know, it refuses.
import { backwardTo } from "./backward.js";
import { insist, numberOf, shapeOf, sizeOf } from "./graph.js";
import { conv2d, conv2dTranspose, dense, maxPooling2d } from "./windows.js";
/** @import { Layer, Op, Steps, Volume, Weight } from "./graph.js" */
/** @import { Room } from "./room.js" */

/** @type {Record<string, Op>} */
export const OPS = {
  input: { options: [], inputs: 0, build: ({ shape }) => ({ shape }) },
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

/** @type {Op["build"]} */
function batchNormalization({ epsilon }, [x], weights) {
  const channels = x.shape[x.shape.length - 1];
  for (const weight of Object.values(weights)) shapeOf(weight, [channels]);
  const added = numberOf(epsilon, "epsilon");
  const plan = { x, channels, epsilon: added, weights };
  return alike(x, (room, y) => (room.trains ? normalizedByBatch(room, plan, y) : normalized(room, plan, y)));
}

/**
 * @typedef {object} Normalization
 * @property {Volume} x
 * @property {number} channels
 * @property {number} epsilon
 * @property {Record<string, Weight>} weights
 */

/**
 * Plans a normalization by the moving statistics: one number times another, plus a third.
 *
 * @param {Room} room
 * @param {Normalization} plan
 * @param {Volume} y
 * @returns {Steps}
 */
function normalized(room, { x, channels, epsilon, weights }, y) {
  const [scale, shift] = [room.kernel.reserve(channels), room.kernel.reserve(channels)];
  const refresh = () => {
    const {
      gamma,
      beta,
      moving_mean: mean,
      moving_variance: variance,
    } = Object.fromEntries(
      Object.entries(weights).map(([name, { address }]) => [name, room.kernel.floats(address, channels)]),
    );
    const [scales, shifts] = [room.kernel.floats(scale, channels), room.kernel.floats(shift, channels)];
    for (let c = 0; c < channels; c++) {
      const factor = gamma[c] / Math.sqrt(variance[c] + epsilon);
      scales[c] = factor;
      shifts[c] = beta[c] - mean[c] * factor;
    }
  };
  const forward = () => {
    const rows = (room.count * x.size) / channels;
    room.run.scale_channels(rows, channels, x.place.address, scale, shift, y.place.address);
  };
  // A number times its channel's scale: so the way back is the way forward without a shift.
  const backward = () => {
    const unshifted = room.kernel.reserve(channels); // zeros, as nobody writes there
    room.needScratch(room.most * x.size);
    return backwardTo(room, x, y, (dy, dx, adds) => {
      const count = room.count * x.size;
      room.run.scale_channels(count / channels, channels, dy, scale, unshifted, adds ? room.scratch : dx);
      if (adds) room.run.move(1, count, room.scratch, 0, dx, 0, adds);
    });
  };
  return { forward, backward, refresh };
}

/**
 * @param {Room} room
 * @param {Normalization} plan
 * @param {Volume} y
 * @returns {Steps}
 */
function normalizedByBatch(room, { x, channels, epsilon, weights }, y) {
  const { gamma, beta, moving_mean: mean, moving_variance: variance } = weights;
  const kept = room.kernel.reserve(2 * channels);
  room.needScratch(8 * channels);
  const rows = () => (room.count * x.size) / channels;
  const statistics = [gamma, beta, mean, variance].map((weight) => weight.address);
  const forward = () =>
    room.run.normalize(
      ...[rows(), channels, x.place.address, ...statistics, room.momentum, epsilon, kept],
      ...[y.place.address, room.scratch],
    );
  const backward = () => {
    const adds = x.place.needsGradient && room.claim(x.place, x.size);
    const dx = x.place.needsGradient ? x.place.gradient : room.perPicture(x.size);
    const dy = y.place.gradient;
    return () =>
      room.run.normalize_backward(
        ...[rows(), channels, x.place.address, dy, gamma.address, kept, gamma.gradient, beta.gradient],
        ...[dx, Number(adds), room.scratch],
      );
  };
  return { forward, backward };
}

/**
 * @param {Volume} x
 * @param {number} slope
 */
function leakyRelu(x, slope) {
  return alike(x, (room, y) => ({
    forward: () => room.run.leaky_relu(room.count * x.size, x.place.address, slope, y.place.address),
    backward: () =>
      backwardTo(room, x, y, (dy, dx, adds) =>
        room.run.leaky_relu_backward(room.count * x.size, x.place.address, dy, slope, dx, adds),
      ),
  }));
}

/** @param {Volume} x */
function sigmoid(x) {
  return alike(x, (room, y) => ({
    forward: () => room.run.sigmoid(room.count * x.size, x.place.address, y.place.address),
    backward: () =>
      backwardTo(room, x, y, (dy, dx, adds) =>
        room.run.sigmoid_backward(room.count * x.size, y.place.address, dy, dx, adds),
      ),
  }));
}

/** @param {Volume} x */
function softmax(x) {
  const channels = x.shape[x.shape.length - 1];
  return alike(x, (room, y) => {
    const rows = () => (room.count * x.size) / channels;
    return {
      forward: () => room.run.softmax(rows(), channels, x.place.address, y.place.address),
      backward: () =>
        backwardTo(room, x, y, (dy, dx, adds) =>
          room.run.softmax_backward(rows(), channels, y.place.address, dy, dx, adds),
        ),
    };
  });
}

/** @type {Op["build"]} */
function reshape({ shape }, [x]) {
  insist(sizeOf(shape) === x.size, `${x.shape} does not become ${shape}`);
  return { shape, same: x.place };
}

/** @param {Volume[]} inputs */
function concatenate(inputs) {
  const [first, ...others] = inputs.map(({ shape }) => shape.slice(0, -1));
  for (const shape of others) insist(String(shape) === String(first), `${first} is not as large as ${shape}`);
  const depths = inputs.map(({ shape }) => shape[shape.length - 1]);
  const channels = depths.reduce((sum, depth) => sum + depth, 0);
  const offsets = depths.map((_, i) => 4 * depths.slice(0, i).reduce((sum, depth) => sum + depth, 0));
  const prepare = (/** @type {Room} */ room, /** @type {Volume} */ y) => {
    const rows = () => (room.count * y.size) / channels;
    const forward = () =>
      inputs.forEach(({ place }, i) =>
        room.run.move(rows(), depths[i], place.address, depths[i], y.place.address + offsets[i], channels, 0),
      );
    const backward = () => {
      const steps = inputs.map((x, i) =>
        backwardTo(room, x, y, (dy, dx, adds) =>
          room.run.move(rows(), depths[i], dy + offsets[i], channels, dx, depths[i], adds),
        ),
      );
      return () => steps.forEach((step) => step());
    };
    return { forward, backward };
  };
  return { shape: [...first, channels], prepare };
}

/** @param {Volume[]} inputs */
function add(inputs) {
  const [first, ...others] = inputs;
  for (const { shape } of others)
    insist(String(shape) === String(first.shape), `${first.shape} is not as large as ${shape}`);
  return alike(first, (room, y) => {
    const count = () => room.count * y.size;
    const forward = () =>
      inputs.forEach(({ place }, i) =>
        room.run.move(1, count(), place.address, 0, y.place.address, 0, Number(i > 0)),
      );
    const backward = () => {
      const steps = inputs.map((x) =>
        backwardTo(room, x, y, (dy, dx, adds) => room.run.move(1, count(), dy, 0, dx, 0, adds)),
      );
      return () => steps.forEach((step) => step());
    };
    return { forward, backward };
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
