import assert from "node:assert/strict";
import { test } from "node:test";
import {
  classCentres,
  fitOf,
  fromPixels,
  movedApart,
  nearestPlace,
  toPixels,
} from "../../denoiser/web/inside/latent_view.js";

const PLACES = [-10, -10, 30, -10, -10, 10, 30, 10]; // the corners of a rectangle of 40 by 20

test("all digits fit into the chart, with one scale for both axes", () => {
  const fit = fitOf(PLACES, 300, 400);
  for (let i = 0; i < PLACES.length; i += 2) {
    const [x, y] = toPixels(fit, PLACES[i], PLACES[i + 1]);
    assert.ok(x >= 0 && x <= 300 && y >= 0 && y <= 400, `${x}, ${y}`);
  }
  const [left, right] = [toPixels(fit, 0, 0), toPixels(fit, 10, 0)];
  const [bottom, top] = [toPixels(fit, 0, 0), toPixels(fit, 0, 10)];
  assert.ok(Math.abs(right[0] - left[0] - (bottom[1] - top[1])) < 1e-9);
  assert.deepEqual(toPixels(fit, 10, 0), [150, 200]); // the middle
});

test("a pixel is a place of the plane and back", () => {
  const fit = fitOf(PLACES, 590, 442);
  const [x, y] = fromPixels(fit, ...toPixels(fit, 7, -3));
  assert.ok(Math.abs(x - 7) < 1e-9 && Math.abs(y + 3) < 1e-9);
});

test("the nearest dot is found among those that count", () => {
  const fit = fitOf(PLACES, 440, 240);
  const [x, y] = toPixels(fit, 28, 9);
  assert.equal(nearestPlace(PLACES, fit, x, y).place, 3);
  assert.equal(nearestPlace(PLACES, fit, x, y, (place) => place !== 3).place, 1);
  assert.equal(nearestPlace(PLACES, fit, x, y, () => false).place, -1);
});

test("a class stands in the middle of its digits, far ones aside", () => {
  const places = [0, 0, 1, 1, 100, 2, 5, 5];
  assert.deepEqual(classCentres(places, [3, 3, 3, 1]), [
    { label: 1, x: 5, y: 5 },
    { label: 3, x: 1, y: 1 },
  ]);
});

test("numerals that would overlap move apart, others stay", () => {
  const [one, two, three, far] = movedApart(
    [
      [50, 50],
      [50, 50],
      [52, 51],
      [200, 9],
    ],
    19,
  );
  const distances = [one, two, three].map(([x, y], i, all) => {
    const [otherX, otherY] = all[(i + 1) % 3];
    return Math.hypot(x - otherX, y - otherY);
  });
  for (const distance of distances) assert.ok(distance > 18, `${distance}`);
  assert.deepEqual(far, [200, 9]);
});
