// The curves of a training in few points: as training_curves in denoiser/figures.py.
/** @import { Line } from "./charts.js" */
/** @import { Epoch } from "./training_loop.js" */

const SMOOTHING = 0.8;
const MAX_STEP_POINTS = 400;

/**
 * Returns the curves of a training that goes on, in few points, of which only the newest moves later.
 *
 * @param {number[]} losses - Of each step.
 * @param {Epoch[]} history
 * @param {number} perEpoch - Steps an epoch has.
 * @param {number} total - Epochs there will be.
 * @returns {{ step: Line, loss: Line, val_loss: Line }}
 */
export function trainingLines(losses, history, perEpoch, total) {
  const epochs = history.map((_, i) => i + 1);
  return {
    step: thinned(losses, perEpoch, total),
    loss: [epochs, history.map(({ loss }) => finite(loss))],
    val_loss: [epochs, history.map(({ val_loss: loss }) => finite(loss))],
  };
}

/** @param {number} value */
function finite(value) {
  return Number.isFinite(value) ? Number(value.toPrecision(5)) : null;
}

/**
 * Averages exponentially, without the start's bias towards zero, and keeps the first point in each of
 * `MAX_STEP_POINTS` parts, and the newest.
 *
 * @param {number[]} losses @param {number} perEpoch @param {number} total
 * @returns {Line}
 */
function thinned(losses, perEpoch, total) {
  /** @type {Line} */
  const line = [[], []];
  let [sum, weight, part] = [0, 0, -1];
  losses.forEach((loss, i) => {
    sum = SMOOTHING * sum + (1 - SMOOTHING) * loss;
    weight = SMOOTHING * weight + 1 - SMOOTHING;
    const x = (i + 1) / perEpoch;
    const here = Math.floor((x * MAX_STEP_POINTS) / total);
    if (here === part && i < losses.length - 1) return;
    part = here;
    line[0].push(Number(x.toFixed(4)));
    line[1].push(finite(sum / weight));
  });
  return line;
}
