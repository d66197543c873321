// Which numbers of a layer's input each number of its output comes from, whatever the channel.
//
// Knows how windows slide and stamp; no weights, no elements.
import { pairOf } from "../graph.js";
import { slide, spread } from "../windows.js";
/** @import { LayerNode } from "../graph.js" */

/**
 * @typedef {object} Links - For each place of the output, row by row, those it comes from. The links of
 *   place `i` are the entries from `starts[i]` to `starts[i + 1]`.
 * @property {number[]} from - Height and width of the input.
 * @property {number[]} to - Of the output.
 * @property {number[]} window - Rows and columns of the kernel.
 * @property {boolean} isStamp - Whether input places stamp the kernel, as transposed convolutions do.
 * @property {Uint32Array} starts
 * @property {Uint16Array} places - Of the input, row by row.
 * @property {Uint16Array} taps - Which number of the kernel it is weighed by, row by row.
 */

/** @type {WeakMap<LayerNode, Links>} */
const known = new WeakMap();

/**
 * @param {LayerNode} node - A convolution, a transposed one or a pooling.
 * @param {number[]} from - Height and width of its input.
 * @param {number[]} window - Rows and columns of its kernel.
 * @returns {Links}
 */
export function linksOf(node, from, window) {
  const links = known.get(node) ?? found(node, from, window);
  known.set(node, links);
  return links;
}

/**
 * @param {LayerNode} node
 * @param {number[]} from
 * @param {number[]} window
 * @returns {Links}
 */
function found(node, from, window) {
  const isStamp = node.op === "conv2d_transpose";
  const strides = pairOf(node.strides ?? window, "strides");
  const way = isStamp ? stampsOn : windowAt;
  const axes = [0, 1].map((axis) => way(from[axis], window[axis], strides[axis], node.padding));
  const to = axes.map(({ length }) => length);
  const starts = new Uint32Array(to[0] * to[1] + 1);
  /** @type {number[]} */
  const places = [];
  /** @type {number[]} */
  const taps = [];
  let place = 0;
  for (const down of axes[0])
    for (const across of axes[1]) {
      for (const [row, u] of down)
        for (const [column, v] of across) {
          places.push(row * from[1] + column);
          taps.push(u * window[1] + v);
        }
      starts[++place] = places.length;
    }
  return {
    from,
    to,
    window,
    isStamp,
    starts,
    places: Uint16Array.from(places),
    taps: Uint16Array.from(taps),
  };
}

/** @typedef {[place: number, tap: number][]} Line - Of one place of the output, along one axis. */

/**
 * @param {number} length
 * @param {number} window
 * @param {number} stride
 * @param {unknown} padding
 * @returns {Line[]}
 */
function windowAt(length, window, stride, padding) {
  const { count, before } = slide(length, window, stride, padding);
  return lines(count, window, (to, tap) => to * stride - before + tap, length);
}

/**
 * @param {number} length
 * @param {number} window
 * @param {number} stride
 * @param {unknown} padding
 * @returns {Line[]}
 */
function stampsOn(length, window, stride, padding) {
  const { length: count, before } = spread(length, window, stride, padding);
  return lines(count, window, (to, tap) => (to + before - tap) / stride, length);
}

/**
 * @param {number} count - Places of the output.
 * @param {number} window
 * @param {(to: number, tap: number) => number} placeOf - In the input; none where it is no whole number of it.
 * @param {number} length - Of the input.
 * @returns {Line[]}
 */
function lines(count, window, placeOf, length) {
  return Array.from({ length: count }, (_, to) =>
    Array.from(
      { length: window },
      (__, tap) => /** @type {[number, number]} */ ([placeOf(to, tap), tap]),
    ).filter(([place]) => Number.isInteger(place) && place >= 0 && place < length),
  );
}
