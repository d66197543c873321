// How local the filter is that made a pixel.
import assert from "node:assert/strict";
import test from "node:test";
import { InkNetwork } from "../../denoiser/web/inside/ink.js";
import { localFilter, meanFilter, sideHolding } from "../../denoiser/web/inside/local_filter.js";

test("a convolution that takes the mean has the gradient of a mean filter, also at the edge", () => {
  const picture = { name: "picture", op: "input", inputs: [], shape: [5, 4, 1] };
  const weights = { kernel: "conv.kernel" };
  const conv = { name: "conv", op: "conv2d", inputs: ["picture"], shape: [5, 4, 1], weights };
  const mean = { shape: [3, 3, 1, 1], data: new Float32Array(9).fill(1 / 9) };
  const graph = [picture, { ...conv, strides: 1, padding: "same" }];
  const network = new InkNetwork(graph, { "conv.kernel": mean });
  for (const place of [0, 9, 19]) {
    const one = Float32Array.from({ length: 20 }, (_, i) => Number(i === place));
    assert.deepEqual(network.gradient(new Float32Array(20), one), meanFilter(20, 4, place));
  }
});

test("a filter's shares are those of its absolute sum in growing windows", () => {
  const [size, width, place] = [49, 7, 24]; // the pixel in the middle
  const filter = new Float32Array(size);
  [filter[24], filter[16], filter[10], filter[6]] = [2, -1, 0.5, -0.5];
  const shares = localFilter(filter, width, place);
  assert.deepEqual(shares, [
    { side: 3, share: 0.75 },
    { side: 5, share: 0.875 },
    { side: 7, share: 1 },
  ]);
  assert.deepEqual([sideHolding(shares), sideHolding(shares, 0.8), sideHolding(shares, 1)], [3, 5, 7]);
});

test("windows grow until they hold the whole picture, from a corner too; zeros are nowhere", () => {
  const corner = localFilter(new Float32Array(28 * 28).fill(1), 28, 0);
  assert.deepEqual(
    [corner[0], corner.at(-1)?.side, corner.at(-1)?.share],
    [{ side: 3, share: 4 / 784 }, 55, 1],
  );
  assert.deepEqual(localFilter([5], 1, 0), [{ side: 3, share: 1 }]);
  const nowhere = localFilter(new Float32Array(9), 3, 4);
  assert.deepEqual(nowhere, [{ side: 3, share: 0 }]);
  assert.equal(sideHolding(nowhere), null);
});

test("the mean filter of 3x3 lies within its window; in a corner four ninths of it are left", () => {
  assert.deepEqual(localFilter(meanFilter(784, 28, 400), 28, 400)[0], { side: 3, share: 1 });
  const corner = meanFilter(784, 28, 0);
  assert.ok(Math.abs(corner.reduce((sum, number) => sum + number, 0) - 4 / 9) < 1e-6);
  assert.equal(meanFilter(784, 28, 400, 5).filter((number) => number > 0).length, 25);
});
