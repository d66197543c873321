// What the live panel works out: which digits it shows, what it says of a reading.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, galleryDigits, sameNumbers } from "../../denoiser/ui/components/live/content.js";
import { likeliest, percent } from "../../denoiser/ui/components/live/hero.js";
import { PIXELS } from "../../denoiser/web/picture.js";

test("the gallery shows each class twice, in order, as far as there are two", () => {
  const labels = Uint8Array.from([...Array(10).keys(), 3, 3, 0]);
  const digits = new Uint8Array(labels.length * PIXELS);
  assert.deepEqual(galleryDigits({ digits, labels }), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10]);
});

test("the gallery shows all digits whose classes are not known", () => {
  assert.deepEqual(galleryDigits({ digits: new Uint8Array(3 * PIXELS) }), [0, 1, 2]);
});

test("the likeliest digits come first, the smaller one of two that are as likely", () => {
  const probabilities = [0.1, 0.2, 0, 0.2, 0.5, 0, 0, 0, 0, 0];
  assert.deepEqual(
    likeliest(probabilities, 3).map(({ digit }) => digit),
    [4, 1, 3],
  );
});

test("per cents are rounded down: 100% is certain, and no share is 0%", () => {
  assert.deepEqual([1, 0.999, 0.5, 0.0099, 0].map(percent), ["100%", "99%", "50%", "<1%", "<1%"]);
});

test("texts take their values by name", () => {
  assert.equal(fill("{a} then {b}, {a}", { a: 1, b: "two" }), "1 then two, 1");
});

test("numbers are the same only if all are", () => {
  assert.ok(sameNumbers([1, 2], Uint8Array.of(1, 2)));
  assert.ok(!sameNumbers([1, 2], [1, 3]));
  assert.ok(!sameNumbers([1, 2], [1, 2, 3]));
});
