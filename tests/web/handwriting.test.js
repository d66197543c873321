// What the pad makes of sheets; tests/web/test_pad_twin.py compares it with Python.
import assert from "node:assert/strict";
import { test } from "node:test";
import { digitOf, weights } from "../../denoiser/web/handwriting.js";
import { SIDE } from "../../denoiser/web/picture.js";

const WIDTH = 280;
const BOTH = { fit: true, center: true };
const NEITHER = { fit: false, center: false };

/**
 * Draws a rectangle of ink.
 * @param {number} left @param {number} top @param {number} width @param {number} height
 */
function sheetWith(left, top, width, height, ink = 255) {
  const sheet = new Uint8Array(WIDTH * WIDTH);
  for (let y = top; y < top + height; y++) sheet.fill(ink, y * WIDTH + left, y * WIDTH + left + width);
  return sheet;
}

/** Returns the rows and columns where ink begins and ends. @param {Uint8Array} digit */
function extent(digit) {
  const inked = [...digit.keys()].filter((i) => digit[i] > 0);
  const [rows, columns] = [inked.map((i) => Math.floor(i / SIDE)), inked.map((i) => i % SIDE)];
  return [Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)];
}

test("a sheet without ink is a digit without ink", () => {
  const blank = new Uint8Array(WIDTH * WIDTH);
  for (const steps of [BOTH, NEITHER]) assert.equal(Math.max(...digitOf(blank, WIDTH, steps)), 0);
});

test("a drawing is scaled to 20 pixels and centred, wherever and however large it was", () => {
  for (const [left, top, size] of [
    [10, 20, 40],
    [100, 150, 100],
  ]) {
    const digit = digitOf(sheetWith(left, top, size / 2, size), WIDTH, BOTH);
    assert.deepEqual(extent(digit), [4, 23, 10, 19]);
    assert.equal(Math.max(...digit), 255);
  }
});

test("faint ink becomes as bright as any", () => {
  const [faint, strong] = [100, 255].map((ink) => digitOf(sheetWith(50, 50, 60, 90, ink), WIDTH, BOTH));
  assert.deepEqual(faint, strong);
});

test("what is fainter than the edge of a stroke is no ink", () => {
  const sheet = sheetWith(100, 100, 40, 80);
  const clean = digitOf(sheet, WIDTH, BOTH);
  sheet[0] = 25;
  assert.deepEqual(digitOf(sheet, WIDTH, BOTH), clean);
});

test("without its steps a drawing stays where it is, ten times smaller", () => {
  const digit = digitOf(sheetWith(20, 40, 50, 100), WIDTH, NEITHER);
  const [top, bottom, left, right] = extent(digit);
  // The filter is two parts wide: an edge reaches a pixel farther.
  assert.ok(top >= 3 && top <= 4 && bottom >= 13 && bottom <= 14);
  assert.ok(left >= 1 && left <= 2 && right >= 6 && right <= 7);
});

test("centring loses no ink, however uneven a drawing is", () => {
  const sheet = sheetWith(0, 0, WIDTH, 12);
  for (let y = 0; y < WIDTH; y++) sheet.fill(255, y * WIDTH, y * WIDTH + (y < 200 ? 3 : 60));
  const [centered, asDrawn] = [true, false].map((center) => digitOf(sheet, WIDTH, { fit: true, center }));
  const sum = (/** @type {Uint8Array} */ digit) => digit.reduce((a, b) => a + b, 0);
  assert.equal(sum(centered), sum(asDrawn));
});

/** Returns what each new pixel takes of every old one. @param {number} length @param {number} count */
function allWeights(length, count) {
  return weights(length, count).map(({ first, shares }) => {
    const all = new Array(length).fill(0);
    shares.forEach((share, i) => (all[first + i] = share));
    return all;
  });
}

test("what a new pixel takes of the old ones adds up to all, and is even on both sides", () => {
  for (const [length, count] of [
    [280, 28],
    [57, 20],
    [7, 20],
    [20, 20],
  ]) {
    const parts = allWeights(length, count);
    for (const part of parts) assert.ok(Math.abs(part.reduce((a, b) => a + b, 0) - 1) < 1e-12);
    const mirrored = parts.map((part) => [...part].reverse()).reverse();
    const differences = parts.flatMap((part, i) => part.map((share, j) => Math.abs(share - mirrored[i][j])));
    assert.ok(Math.max(...differences) < 1e-9);
  }
});
