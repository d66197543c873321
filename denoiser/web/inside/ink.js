// Which of its input's numbers a network's answer hangs on: the gradient by the input, exact for the
// network as it answers, with the channels that are off and the numbers that are held.
//
// Between its input and its logits, what comes before a final sigmoid or softmax, a network of
// convolutions and ReLUs is linear piece by piece. There the gradient of one number is the very filter
// that made it of this picture. Knows nothing of digits, noise or pages, nor how anything is drawn.
import { OpenNetwork } from "./open_network.js";
/** @import { StepBack } from "../backward.js" */
/** @import { LayerNode } from "../graph.js" */
/** @import { Kernel } from "../kernel.js" */
/** @import { Tensor } from "../types.js" */

const SQUASHES = ["sigmoid", "softmax"]; // ops that make logits the answer

/**
 * @typedef {"logits" | "answers"} Of - Whose gradient is asked for; a network that ends without a sigmoid
 *   or softmax has the same for both.
 */

export class InkNetwork extends OpenNetwork {
  /**
   * @param {LayerNode[]} graph
   * @param {Record<string, Tensor>} tensors
   * @param {number} [most] - Pictures at a time.
   * @param {Kernel} [kernel]
   */
  constructor(graph, tensors, most = 1, kernel = undefined) {
    super(graph, tensors, most, kernel, "explain");
    const [last] = this.backward;
    const node = last && graph.find(({ name }) => name === last.step.name);
    this.isSquashed = Boolean(node && SQUASHES.includes(node.op));
    this.logitsVolume = node && this.isSquashed ? this.volume(node.inputs[0]) : this.plan.output;
  }

  /** Returns what the last run gave before a final sigmoid or softmax; the next run writes over it. */
  logits() {
    return this.numbers(this.logitsVolume);
  }

  /**
   * Returns the gradient of a weighted sum of what the network gives, by each number of its input.
   *
   * @param {ArrayLike<number>} pictures - One after another; each has a gradient of its own.
   * @param {ArrayLike<number>} weights - Of each number that the network gives for each picture: a one
   *   among zeros asks for one pixel, 1/n at n of them for the mean of a region.
   * @param {Of} [of]
   */
  gradient(pictures, weights, of = "logits") {
    this.run(pictures);
    return this.gradientAgain(weights, of);
  }

  /**
   * The same for the pictures of the last run, which is not repeated.
   *
   * @param {ArrayLike<number>} weights
   * @param {Of} [of]
   * @returns {Float32Array} Picture after picture; a copy.
   */
  gradientAgain(weights, of = "logits") {
    const { input, output } = this.plan;
    const { count, kernel } = this.room;
    if (weights.length !== count * output.size)
      throw new Error(`network: expected ${count * output.size} weights, got ${weights.length}`);
    const skipsLast = of === "logits" && this.isSquashed;
    const from = skipsLast ? this.logitsVolume : output;
    kernel.floats(from.place.gradient, weights.length).set(weights);
    for (const back of skipsLast ? this.backward.slice(1) : this.backward) this.goBack(back);
    return kernel.floats(input.place.gradient, count * input.size).slice();
  }

  /**
   * Goes back through a layer. What it gave and what is fixed of that are not the same: no gradient
   * passes what is fixed, and some layers find their way back by what they gave.
   *
   * @param {StepBack} back
   */
  goBack({ step: { forward, y }, run }) {
    const fixed = this.fixed.get(y.place);
    if (!fixed) {
      run();
      return;
    }
    const zeros = new Map([...fixed.held.keys()].map((place) => [place, 0]));
    const gradient = this.room.kernel.floats(y.place.gradient, this.room.count * y.size);
    this.fix(gradient, y.size, { ...fixed, held: zeros });
    forward();
    run();
    this.fix(this.numbers(y), y.size, fixed);
  }
}
