// What the live panel works out: which digits it shows, what it says of a reading.
import assert from "node:assert/strict";
import { test } from "node:test";
import { spoken } from "../../denoiser/ui/components/live/bars.js";
import { galleryDigits, sameNumbers } from "../../denoiser/ui/components/live/content.js";
import { fill } from "../../denoiser/web/fill.js";
import { PIXELS } from "../../denoiser/web/picture.js";
import { isFeatureless, readingOf } from "../../denoiser/web/reading.js";

test("the gallery shows each class twice, in order, as far as there are two", () => {
  const labels = Uint8Array.from([...Array(10).keys(), 3, 3, 0]);
  const digits = new Uint8Array(labels.length * PIXELS);
  assert.deepEqual(galleryDigits({ digits, labels }), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10]);
});

test("the gallery shows all digits whose classes are not known", () => {
  assert.deepEqual(galleryDigits({ digits: new Uint8Array(3 * PIXELS) }), [0, 1, 2]);
});

test("a picture reads as its likeliest digit, the smaller one of two that are as likely", () => {
  assert.equal(readingOf([0.1, 0.2, 0, 0.2, 0.5, 0, 0, 0, 0, 0, 0], 0.5).digit, 4);
  assert.equal(readingOf([0, 0.4, 0, 0.4, 0, 0, 0, 0, 0, 0, 0.2], 0.5).digit, 1);
});

test("a picture that is more likely to be none reads as no digit, however likely one of the ten is", () => {
  const { digit, shares } = readingOf([0, 0, 0, 0, 0, 0.375, 0.125, 0, 0, 0, 0.5], 0.5);
  assert.equal(digit, 5);
  assert.equal(readingOf([0, 0, 0, 0, 0, 0.375, 0.0625, 0, 0, 0, 0.5625], 0.5).digit, null);
  assert.deepEqual(shares, [0, 0, 0, 0, 0, 0.375, 0.125, 0, 0, 0]);
});

test("per cents are rounded down, so that 100% is certain; what is less than one is not said", () => {
  assert.equal(spoken([0, 0.009, 0, 0.01, 0, 0, 0, 0.98, 0, 0]), "7 98%, 3 1%");
  assert.equal(spoken([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "0 100%");
  assert.equal(spoken([0, 0, 0, 0, 0, 0, 0, 0.999, 0, 0]), "7 99%");
  assert.equal(spoken(Array(10).fill(0)), "");
});

test("a picture of one brightness has nothing on it", () => {
  assert.ok(isFeatureless([0, 0, 0]) && isFeatureless(new Float64Array(PIXELS).fill(0.5)));
  assert.ok(!isFeatureless([0, 0, 0.004]));
});

test("texts take their values by name", () => {
  assert.equal(fill("{a} then {b}, {a}", { a: 1, b: "two" }), "1 then two, 1");
});

test("numbers are the same only if all are", () => {
  assert.ok(sameNumbers([1, 2], Uint8Array.of(1, 2)));
  assert.ok(!sameNumbers([1, 2], [1, 3]));
  assert.ok(!sameNumbers([1, 2], [1, 2, 3]));
});
