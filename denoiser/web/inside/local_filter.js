// How local the filter is that made a pixel: which share of it lies within small windows around it.
//
// Knows pictures of one channel, and nothing of networks or pages.

const LEAST_SIDE = 3;

/**
 * @typedef {object} WindowShare
 * @property {number} side - Of the window, in pixels; odd.
 * @property {number} share - Of the filter's absolute sum that lies within it, from 0 to 1. A filter
 *   of zeros has none anywhere.
 */

/**
 * Returns the shares of windows of 3x3, 5x5, 7x7 and so on, up to the first that holds the whole picture.
 * A window hangs over the edge where its pixel is close to it.
 *
 * @param {ArrayLike<number>} gradient - Of a pixel, by each pixel of the picture, row by row.
 * @param {number} width - Of the picture.
 * @param {number} place - Of the pixel, counted row by row.
 * @returns {WindowShare[]}
 */
export function localFilter(gradient, width, place) {
  const [height, row, column] = [gradient.length / width, Math.floor(place / width), place % width];
  const farthest = Math.max(row, height - 1 - row, column, width - 1 - column, (LEAST_SIDE - 1) / 2);
  const rings = new Float64Array(farthest + 1); // by how far they are from the pixel
  for (let i = 0; i < gradient.length; i++) rings[distanceOf(i, place, width)] += Math.abs(gradient[i]);
  const total = rings.reduce((sum, ring) => sum + ring, 0);
  let inside = 0;
  const shares = Array.from(rings, (ring, far) => {
    inside += ring;
    return { side: 2 * far + 1, share: total > 0 ? inside / total : 0 };
  });
  return shares.filter(({ side }) => side >= LEAST_SIDE);
}

/**
 * Returns the side of the smallest window that holds a share of a filter; null for a filter of zeros.
 *
 * @param {WindowShare[]} windows - As `localFilter` gives them.
 * @param {number} [share]
 */
export function sideHolding(windows, share = 1 / 2) {
  return windows.find((window) => window.share >= share)?.side ?? null;
}

/**
 * Returns the gradient that a pixel of a picture's moving average has, for comparison: the same for
 * every picture. Beyond the edge there is nothing, which adds zero to the mean.
 *
 * @param {number} size - Pixels of the picture.
 * @param {number} width
 * @param {number} place - Of the pixel, counted row by row.
 * @param {number} [side] - Of the window that the mean is taken over; odd.
 */
export function meanFilter(size, width, place, side = LEAST_SIDE) {
  return Float32Array.from({ length: size }, (_, i) =>
    distanceOf(i, place, width) <= (side - 1) / 2 ? 1 / side ** 2 : 0,
  );
}

/**
 * How many windows around one pixel it takes to reach another: the longer of the ways down and across.
 *
 * @param {number} one
 * @param {number} other
 * @param {number} width
 */
function distanceOf(one, other, width) {
  const down = Math.floor(one / width) - Math.floor(other / width);
  return Math.max(Math.abs(down), Math.abs((one % width) - (other % width)));
}
