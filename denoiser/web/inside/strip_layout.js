// How large the maps of each stage are drawn, and in how many rows, so that a network fits beside itself.
//
// All in CSS pixels. Knows no elements.
import { countOf, isVector } from "./stages.js";
/** @import { Stage } from "./stages.js" */

export const FADERS = 32; // a vector of at most so many numbers is drawn as faders
const PICTURE = 84; // the side of what goes in and what comes out
const FADER = 64; // across
const BETWEEN = 1; // between maps, in their own pixels
const LARGEST = 56; // the side of a map among many
const CELL = 6; // the side of a number that has no fader

/**
 * @typedef {object} Sheet - How the maps of a stage lie on its canvas.
 * @property {number} rows
 * @property {number} columns
 * @property {number} side - Of one map, in its own pixels.
 * @property {number} width - Of the canvas, in its own pixels.
 * @property {number} height - The same.
 * @property {number} scale - CSS pixels for each of those.
 * @property {"picture" | "maps" | "faders" | "cells"} kind
 */

/**
 * Lays stages out side by side, the smallest maps made larger as long as all fit; maps of as many
 * numbers are as large in all stages.
 *
 * @param {Stage[]} stages
 * @param {number} width - That there is for all, in CSS pixels.
 * @param {number} height - That each may have.
 * @param {number} gap - Between them.
 * @returns {Sheet[]} One a stage. With the smallest maps they may still be wider than there is room.
 */
export function laidOut(stages, width, height, gap) {
  const room = width - gap * (stages.length - 1);
  let sheets = stages.map((stage) => sheetOf(stage, 1, height));
  let growing = [...new Set(sheets.filter(({ kind }) => kind === "maps").map(({ side }) => side))];
  const scales = new Map(growing.map((side) => [side, 1]));
  const shown = (/** @type {number} */ side) => side * (scales.get(side) ?? 1);
  while (growing.length > 0) {
    const side = growing.reduce((least, other) => (shown(other) < shown(least) ? other : least));
    const scale = (scales.get(side) ?? 1) + 1;
    const larger = sheets.map((sheet, i) =>
      sheet.side === side ? sheetOf(stages[i], scale, height) : sheet,
    );
    const isLow = larger.every((sheet) => sheet.height * sheet.scale <= height);
    if (isLow && widthOf(larger) <= room && side * scale <= LARGEST) {
      scales.set(side, scale);
      sheets = larger;
    } else growing = growing.filter((other) => other !== side);
  }
  return sheets;
}

/** @param {Sheet[]} sheets @returns {number} Of all, in CSS pixels. */
export function widthOf(sheets) {
  return sheets.reduce((sum, { width, scale }) => sum + width * scale, 0);
}

/**
 * @param {Stage} stage
 * @param {number} scale - Of its maps, where it has many.
 * @param {number} height
 * @returns {Sheet}
 */
export function sheetOf(stage, scale, height) {
  const count = countOf(stage);
  if (isVector(stage)) return count <= FADERS ? faders(count, height) : cells(count, height);
  const [own] = stage.shape;
  if (count === 1) return { ...grid(1, 1, own), scale: PICTURE / own, kind: "picture" };
  const rows = Math.max(1, Math.floor((height / scale + BETWEEN) / (own + BETWEEN)));
  return { ...balanced(count, rows, own), scale, kind: "maps" };
}

/** @param {number} count @param {number} height @returns {Sheet} */
function faders(count, height) {
  return { rows: count, columns: 1, side: 1, width: FADER, height, scale: 1, kind: "faders" };
}

/** @param {number} count @param {number} height @returns {Sheet} */
function cells(count, height) {
  return { ...balanced(count, Math.floor(height / (CELL + BETWEEN) / 2), CELL), scale: 1, kind: "cells" };
}

/** Spreads maps over as few columns as hold them, each as full as the others. */
function balanced(/** @type {number} */ count, /** @type {number} */ most, /** @type {number} */ side) {
  const columns = Math.ceil(count / most);
  return grid(Math.ceil(count / columns), columns, side);
}

/** @param {number} rows @param {number} columns @param {number} side */
function grid(rows, columns, side) {
  const [height, width] = [rows, columns].map((n) => n * (side + BETWEEN) - BETWEEN);
  return { rows, columns, side, width, height };
}

/**
 * @param {Sheet} sheet
 * @param {number} map - Its number.
 * @returns {{ left: number, top: number }} Its corner, in the canvas' own pixels.
 */
export function cornerOf({ rows, side }, map) {
  return { left: Math.floor(map / rows) * (side + BETWEEN), top: (map % rows) * (side + BETWEEN) };
}

/**
 * @param {Sheet} sheet
 * @param {number} x - In the canvas' own pixels.
 * @param {number} y
 * @param {number} count - Of maps.
 * @returns {{ map: number, column: number, row: number } | null} Which map is there, and which of its
 *   cells; null where there is none.
 */
export function cellAt({ rows, columns, side }, x, y, count) {
  const [across, down] = [x, y].map((place) => Math.floor(place / (side + BETWEEN)));
  if (across < 0 || down < 0 || across >= columns || down >= rows) return null;
  const map = across * rows + down;
  const [column, row] = [Math.floor(x) - across * (side + BETWEEN), Math.floor(y) - down * (side + BETWEEN)];
  return map < count && column < side && row < side ? { map, column, row } : null;
}
