import assert from "node:assert/strict";
import { test } from "node:test";
import { meanSquaredError, PIXELS, psnr } from "../../denoiser/web/picture.js";

test("the mean squared error is the mean of squared differences", () => {
  assert.equal(meanSquaredError([0, 1, 0.5, 0], [0.5, 1, 0, 0]), 0.125);
  const [black, white] = [0, 1].map((grey) => new Float64Array(PIXELS).fill(grey));
  assert.equal(meanSquaredError(black, white), 1);
  assert.equal(meanSquaredError(white, white), 0);
});

test("PSNR rises by 10 dB where the error is a tenth", () => {
  assert.equal(psnr(1), -0);
  assert.equal(psnr(0.1), 10);
  assert.ok(Math.abs(psnr(0.0123) - psnr(0.123) - 10) < 1e-12);
  assert.equal(psnr(0), Infinity);
});
