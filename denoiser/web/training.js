// Trains a network in the browser, as its graph describes it: a step is a batch, there and back.
//
// Knows nothing of digits, noise or pages, nor when to stop.
import { plannedBackward } from "./backward.js";
import { namedWeights, sizeOf } from "./graph.js";
import { fastestKernel, roundUp } from "./kernel.js";
import { copiedTensors, loadWeights, placedWeights, planned } from "./network.js";
import { Optimizer } from "./optimizers.js";
import { uniforms } from "./random.js";
import { Room } from "./room.js";
/** @import { Tensor } from "./types.js" */
/** @import { LayerNode, Weight } from "./graph.js" */
/** @import { Kernel } from "./kernel.js" */
/** @import { Parameter } from "./optimizers.js" */

const ONES = ["gamma", "moving_variance"];
const LEAST = 1e-7; // of a probability, as in Keras

/**
 * @typedef {object} Settings - How a network is trained.
 * @property {number} batchSize - Pictures that a step has at most.
 * @property {"adam" | "muon"} optimizer
 * @property {"mse" | "cross_entropy"} loss
 * @property {number} momentum - Of moving statistics: how much of them stays at each step.
 */

/** A network while it learns. */
export class Trainer {
  /**
   * @param {LayerNode[]} graph - As in `buildNetwork`.
   * @param {Record<string, Tensor>} tensors - Its weights to begin with.
   * @param {Settings} settings
   * @param {Kernel} [kernel]
   */
  constructor(graph, tensors, { batchSize, optimizer, loss, momentum }, kernel = fastestKernel()) {
    this.kernel = kernel;
    this.isClassifier = loss === "cross_entropy";
    this.room = new Room(kernel, batchSize, "train", momentum);
    this.weights = placedWeights(graph, tensors, this.room);
    this.plan = planned(graph, this.weights, this.room);
    this.targets = this.room.perPicture(this.plan.output.size);
    this.backward = plannedBackward(this.room, this.plan);
    this.optimizer = new Optimizer(optimizer, parametersOf(this.weights), kernel);
    this.room.needScratch(this.optimizer.needed);
    this.room.close();
    kernel.start();
    loadWeights(this.weights, tensors, this.room);
  }

  /**
   * Takes a step.
   *
   * @param {ArrayLike<number>} inputs - Pictures, one after another.
   * @param {ArrayLike<number>} targets - What the network should answer, or the classes, one a picture.
   * @param {number} rate
   * @returns {number} The loss before the step, a mean over the batch.
   */
  step(inputs, targets, rate) {
    const loss = this.gradients(inputs, targets);
    this.optimizer.step(rate, this.room.scratch);
    return loss;
  }

  /**
   * Works out the loss and the gradient of each weight, and changes none; moving statistics follow.
   *
   * @param {ArrayLike<number>} inputs
   * @param {ArrayLike<number>} targets
   */
  gradients(inputs, targets) {
    const { input, steps } = this.plan;
    this.room.resize(inputs.length / input.size);
    this.kernel.floats(input.place.address, inputs.length).set(inputs);
    for (const { refresh, forward } of steps) {
      refresh?.();
      forward();
    }
    const loss = this.isClassifier ? this.crossEntropy(targets) : this.meanSquaredError(targets);
    for (const { run } of this.backward) run();
    return loss;
  }

  /** @param {ArrayLike<number>} targets */
  meanSquaredError(targets) {
    const { address, gradient } = this.plan.output.place;
    this.kernel.floats(this.targets, targets.length).set(targets);
    return this.kernel.run.mean_squared_error(targets.length, address, this.targets, gradient);
  }

  /** @param {ArrayLike<number>} classes */
  crossEntropy(classes) {
    const { size, place } = this.plan.output;
    const count = classes.length;
    const answers = this.kernel.floats(place.address, count * size);
    const gradient = this.kernel.floats(place.gradient, count * size).fill(0);
    let total = 0;
    for (let i = 0; i < count; i++) {
      const at = i * size + classes[i];
      const probability = Math.min(Math.max(answers[at], LEAST), 1 - LEAST);
      total -= Math.log(probability);
      gradient[at] = -1 / (probability * count);
    }
    return total / count;
  }

  /** Returns copies of its weights, by the names of their tensors. */
  tensors() {
    return copiedTensors(this.weights, this.kernel, (weight) => weight.address);
  }

  /** Returns copies of what `gradients` worked out last, by the names of the tensors that train. */
  lastGradients() {
    return copiedTensors(this.weights, this.kernel, (weight) => weight.gradient);
  }

  /**
   * Returns all that changes while it trains, to go on from there with the same bits.
   *
   * @returns {{ tensors: Record<string, Tensor<Float32Array>>, moments: Float32Array[], steps: number }}
   */
  state() {
    const moments = this.optimizer.places().map(({ at, count }) => this.kernel.floats(at, count).slice());
    return { tensors: this.tensors(), moments, steps: this.optimizer.steps };
  }

  /** @param {ReturnType<Trainer["state"]>} state */
  restore({ tensors, moments, steps }) {
    loadWeights(this.weights, tensors, this.room);
    this.optimizer.places().forEach(({ at, count }, i) => this.kernel.floats(at, count).set(moments[i]));
    this.optimizer.steps = steps;
  }
}

/**
 * @param {Record<string, Weight>} weights
 * @returns {Parameter[]}
 */
function parametersOf(weights) {
  return Object.values(weights)
    .filter(({ gradient }) => gradient)
    .map(({ tensor: { shape, data }, address, gradient }) => ({
      shape,
      count: roundUp(data.length),
      address,
      gradient,
    }));
}

/**
 * Draws weights to begin with, as Keras does: kernels by Glorot and Bengio (2010), all else zeros or ones.
 *
 * @param {LayerNode[]} graph
 * @param {Record<string, number[]>} shapes - Of its tensors, by name.
 * @param {number} seed
 * @returns {Record<string, Tensor<Float32Array>>}
 */
export function drawnWeights(graph, shapes, seed) {
  return Object.fromEntries(
    namedWeights(graph).map(([weight, name], stream) => {
      const shape = shapes[name];
      const data = new Float32Array(sizeOf(shape));
      if (ONES.includes(weight)) data.fill(1);
      if (weight === "kernel") {
        const next = uniforms(seed, stream);
        const field = sizeOf(shape.slice(0, -2));
        const limit = Math.sqrt(6 / (field * (shape[shape.length - 1] + shape[shape.length - 2])));
        for (let i = 0; i < data.length; i++) data[i] = (2 * next() - 1) * limit;
      }
      return [name, { shape, data }];
    }),
  );
}
