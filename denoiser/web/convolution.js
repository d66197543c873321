// How the products of a window's patches and a filter are worked out, there and back.
//
// Convolutions of 3x3 go by tiles, as kernel/winograd.c has them, where that is faster. It depends on
// the window alone: a network answers the same bits, however many pictures it is given at a time.
import { CHUNK } from "./room.js";
/** @import { Room, Window } from "./room.js" */

const [PANEL, TILE, POINTS, LINE] = [8, 4, 16, 16]; // as in kernel/

// Where tiles are faster, as measured (tests/benchmarks/LOG.md, 2026-11-28).
const MOST_PRODUCTS = 3 / 4; // of those without tiles: odd pictures need some for places that are not there
const LEAST_CHANNELS = 8; // on both sides, else it takes longer to make tiles than to multiply them
const LEAST_SUMMED = 4; // channels, where products are summed over all tiles

/**
 * @typedef {object} Convolution
 * @property {(filter: number) => void} refresh - Takes the filter at an address.
 * @property {(x: number, start: number, startStride: number, y: number) => void} step - What fills
 *   `y`: products added to `start`, whose pixels are as far apart (0: one for all), or to nothing.
 */

/**
 * Plans products of patches and a filter.
 *
 * @param {Room} room
 * @param {Window} window
 * @returns {Convolution}
 */
export function convolution(room, window) {
  const { channels, units } = window;
  const address = room.window(window);
  if (goesByTiles(window)) {
    const packed = room.kernel.reserve(POINTS * channels * padded(units, PANEL));
    room.needScratch(tilesScratch(window));
    return {
      refresh: (filter) => room.run.winograd_filter(channels, units, filter, packed, room.scratch),
      step: (x, start, startStride, y) =>
        room.run.winograd_convolve(address, x, packed, start, startStride, y, room.scratch),
    };
  }
  const length = lengthOf(window);
  const packed = packedRoom(room, length, units);
  return {
    refresh: (filter) => room.run.pack(length, units, filter, units, 1, packed),
    step: (x, start, startStride, y) =>
      room.run.convolve(address, x, packed, start, startStride, y, room.scratch),
  };
}

/**
 * Plans the gradient by a filter.
 *
 * @param {Room} room
 * @param {Window} window
 * @returns {(x: number, dy: number, gradient: number) => void}
 */
export function correlation(room, window) {
  const address = room.window(window);
  const name = sumsByTiles(window) ? "winograd_correlate" : "correlate";
  if (sumsByTiles(window)) room.needScratch(tilesScratch(window));
  return (x, dy, gradient) => room.run[name](address, x, dy, gradient, room.scratch);
}

/**
 * @typedef {object} WayBack - From the gradient by what a convolution gives to that by its input.
 * @property {(filter: number) => void} refresh
 * @property {(dy: number, dx: number, adds: boolean) => void} step
 */

/**
 * Plans the way back to a convolution's input: with stride 1 a convolution with the filter turned
 * round, else, or to few channels, each place of the output stamps its patch.
 *
 * @param {Room} room
 * @param {Window} window
 * @returns {WayBack}
 */
export function wayBack(room, window) {
  const { kernel, channels, units, strides } = window;
  const places = kernel[0] * kernel[1];
  const isStamp = places === 1 || channels < LEAST_CHANNELS || strides.some((stride) => stride > 1);
  if (isStamp) return stamping(room, window);
  const before = /** @type {[number, number]} */ (kernel.map((size, axis) => size - 1 - window.before[axis]));
  const products = convolution(room, {
    ...window,
    size: window.count,
    count: window.size,
    before,
    channels: units,
    units: channels,
  });
  const turned = room.kernel.reserve(places * units * channels);
  return {
    refresh: (filter) => {
      room.run.turn_filter(places, channels, units, filter, turned);
      products.refresh(turned);
    },
    step: (dy, dx, adds) => products.step(dy, adds ? dx : 0, adds ? channels : 0, dx),
  };
}

/**
 * @param {Room} room
 * @param {Window} window
 * @returns {WayBack}
 */
function stamping(room, window) {
  const { repeats = 1, size, channels, units } = window;
  const address = room.window(window);
  const length = lengthOf(window);
  const packed = packedRoom(room, units, length);
  return {
    refresh: (filter) => room.run.pack(units, length, filter, 1, units, packed),
    step: (dy, dx, adds) => {
      if (!adds) room.run.fill(room.count * repeats * size[0] * size[1] * channels, 0, dx);
      room.run.stamp(address, dy, packed, dx, room.scratch);
    },
  };
}

/** How many numbers a window sees at once. @param {Window} window */
function lengthOf({ kernel: [height, width], channels }) {
  return height * width * channels;
}

/**
 * Reserves room for a matrix as products want it.
 *
 * @param {Room} room
 * @param {number} rows
 * @param {number} columns
 */
function packedRoom(room, rows, columns) {
  return room.kernel.reserve(rows * padded(columns, PANEL));
}

/** Whether a convolution goes by tiles. @param {Window} window */
export function goesByTiles(window) {
  return savesProducts(window) && Math.min(window.channels, window.units) >= LEAST_CHANNELS;
}

/** Whether the gradient by its filter does. @param {Window} window */
export function sumsByTiles(window) {
  return savesProducts(window) && window.channels >= LEAST_SUMMED;
}

/** @param {Window} window */
function savesProducts({ kernel, strides, count }) {
  const isFitting = kernel.every((side) => side === 3) && strides.every((stride) => stride === 1);
  return isFitting && POINTS * tilesOf(count) <= MOST_PRODUCTS * 9 * count[0] * count[1];
}

/** How many tiles of 2x2 places there are. @param {number[]} count */
function tilesOf([down, across]) {
  return Math.ceil(down / 2) * Math.ceil(across / 2);
}

/**
 * Returns how many numbers tiles need for their work, as winograd.c lays them out.
 *
 * @param {Window} window
 */
export function tilesScratch({ channels, count, units }) {
  const most = Math.max(TILE, Math.floor(CHUNK / (POINTS * (channels + units))));
  const pictures = Math.max(1, Math.floor(most / tilesOf(count)));
  const size = (padded(count[0], 2) + 2) * (padded(count[1], 2) + 2) * channels;
  const products = (most + TILE) * (padded(channels, PANEL) + padded(units, PANEL)) + channels * units;
  return pictures * size + POINTS * (products + 6 * LINE);
}

/**
 * @param {number} count
 * @param {number} to - What it becomes a multiple of.
 */
function padded(count, to) {
  return Math.ceil(count / to) * to;
}
