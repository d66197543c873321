import assert from "node:assert/strict";
import { test } from "node:test";
import { stagesOf } from "../../denoiser/web/inside/stages.js";

/** @param {string} name @param {string} op @param {string[]} inputs @param {number[]} shape */
const layer = (name, op, inputs, shape) => ({ name, op, inputs, shape });

test("a convolution, its activation and its normalization are one stage", () => {
  const stages = stagesOf([
    layer("picture", "input", [], [28, 28, 1]),
    layer("conv", "conv2d", ["picture"], [14, 14, 8]),
    layer("act", "leaky_relu", ["conv"], [14, 14, 8]),
    layer("norm", "batch_normalization", ["act"], [14, 14, 8]),
    layer("flat", "reshape", ["norm"], [1568]),
    layer("latent", "dense", ["flat"], [16]),
    layer("wide", "dense", ["latent"], [1568]),
    layer("again", "reshape", ["wide"], [14, 14, 8]),
    layer("up", "conv2d_transpose", ["again"], [28, 28, 1]),
    layer("denoised", "sigmoid", ["up"], [28, 28, 1]),
  ]);
  assert.deepEqual(
    stages.map(({ name, output, shape, from }) => [name, output, shape, from]),
    [
      ["picture", "picture", [28, 28, 1], []],
      ["conv", "norm", [14, 14, 8], ["picture"]],
      ["latent", "latent", [16], ["conv"]],
      ["wide", "again", [14, 14, 8], ["latent"]],
      ["up", "denoised", [28, 28, 1], ["wide"]],
    ],
  );
});

test("what is added is shown as the sum, what is laid beside as cables to who reads both", () => {
  const stages = stagesOf([
    layer("picture", "input", [], [8, 8, 1]),
    layer("a", "conv2d", ["picture"], [8, 8, 4]),
    layer("b", "conv2d", ["a"], [4, 4, 4]),
    layer("c", "conv2d", ["b"], [4, 4, 4]),
    layer("sum", "add", ["b", "c"], [4, 4, 4]),
    layer("up", "conv2d_transpose", ["sum"], [8, 8, 4]),
    layer("both", "concatenate", ["a", "up"], [8, 8, 8]),
    layer("out", "conv2d", ["both"], [8, 8, 1]),
  ]);
  const byName = Object.fromEntries(stages.map((stage) => [stage.name, stage]));
  assert.deepEqual(Object.keys(byName), ["picture", "a", "b", "c", "up", "out"]);
  assert.deepEqual([byName.c.output, byName.c.added], ["sum", ["b"]]);
  assert.deepEqual(byName.up.from, ["c"]);
  assert.deepEqual(byName.out.from, ["a", "up"]);
});
