// The way back through a layer, and through a network.
/** @import { Volume } from "./graph.js" */
/** @import { Plan, Step } from "./network.js" */
/** @import { Room } from "./room.js" */

/**
 * Plans the way back to one input.
 *
 * @param {Room} room
 * @param {Volume} x
 * @param {Volume} y
 * @param {(dy: number, dx: number, adds: number) => void} step - Fills the gradient at `dx`, or
 *   adds to it, from that at `dy`.
 */
export function backwardTo(room, x, y, step) {
  if (!x.place.needsGradient) return () => {};
  const adds = Number(room.claim(x.place, x.size));
  const [dx, dy] = [x.place.gradient, y.place.gradient];
  return () => step(dy, dx, adds);
}

/**
 * @typedef {object} StepBack
 * @property {Step} step - That it is the way back of.
 * @property {() => void} run - Fills the gradients of what the step reads from that of what it gives.
 */

/**
 * Plans the way back from a network's output, to be gone once the output's gradient is filled.
 *
 * @param {Room} room
 * @param {Plan} plan
 * @returns {StepBack[]} From the last step to the first; those that lead nowhere are left out.
 */
export function plannedBackward(room, { output, steps }) {
  room.claim(output.place, output.size);
  const way = [];
  for (const step of [...steps].reverse()) {
    const { backward, y } = step;
    if (y.place.gradient && backward) way.push({ step, run: backward() });
    room.release(y.place);
  }
  return way;
}
