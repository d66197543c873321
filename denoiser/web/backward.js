// The way back through a layer.
/** @import { Volume } from "./graph.js" */
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
  if (x.place.isInput) return () => {};
  const adds = Number(room.claim(x.place, x.size));
  const [dx, dy] = [x.place.gradient, y.place.gradient];
  return () => step(dy, dx, adds);
}
