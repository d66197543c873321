// How good a small network is while maps are off: by every way that leads there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Bench, MEASURED, Reader } from "../../denoiser/web/inside/measure.js";
import { MeasureLoop } from "../../denoiser/web/inside/measure_loop.js";
import { NoisyDigits } from "../../denoiser/web/inside/noisy_digits.js";
import { OpenNetwork } from "../../denoiser/web/inside/open_network.js";
import { ratioOf } from "../../denoiser/web/inside/ratio.js";
import { spared } from "../../denoiser/web/inside/thinning.js";
import { meanSquaredError, PIXELS } from "../../denoiser/web/picture.js";
import { uniforms } from "../../denoiser/web/random.js";
import { drawnWeights } from "../../denoiser/web/training.js";
/** @import { LayerNode } from "../../denoiser/web/graph.js" */
/** @import { Answer, Question } from "../../denoiser/web/inside/measure_loop.js" */
/** @import { Off } from "../../denoiser/web/inside/measure.js" */

const SAME = { strides: 1, padding: "same" };
/** @param {string} name @param {string} input @param {number} depth */
const conv = (name, input, depth) => ({
  name,
  op: "conv2d",
  inputs: [input],
  shape: [28, 28, depth],
  weights: { kernel: `${name}.kernel` },
  ...SAME,
});
/** @param {string} name @param {string} input @param {number} depth */
const relu = (name, input, depth) => ({ name, op: "relu", inputs: [input], shape: [28, 28, depth] });
/** @type {LayerNode[]} A skip connection over the second layer. */
const GRAPH = [
  { name: "picture", op: "input", inputs: [], shape: [28, 28, 1] },
  conv("a", "picture", 4),
  relu("a_relu", "a", 4),
  conv("b", "a_relu", 5),
  relu("b_relu", "b", 5),
  { name: "both", op: "concatenate", inputs: ["a_relu", "b_relu"], shape: [28, 28, 9] },
  conv("c", "both", 3),
  relu("c_relu", "c", 3),
  conv("out", "c_relu", 1),
  { name: "denoised", op: "sigmoid", inputs: ["out"], shape: [28, 28, 1] },
];
const SHAPES = {
  "a.kernel": [3, 3, 1, 4],
  "b.kernel": [3, 3, 4, 5],
  "c.kernel": [3, 3, 9, 3],
  "out.kernel": [3, 3, 3, 1],
};
const MODEL = { graph: GRAPH, tensors: drawnWeights(GRAPH, SHAPES, 1) };
/** @type {LayerNode[]} */
const READER_GRAPH = [
  { name: "picture", op: "input", inputs: [], shape: [28, 28, 1] },
  { name: "flat", op: "reshape", inputs: ["picture"], shape: [784] },
  { name: "dense", op: "dense", inputs: ["flat"], shape: [11], weights: { kernel: "dense.kernel" } },
  { name: "classes", op: "softmax", inputs: ["dense"], shape: [11] },
];
const READER = { graph: READER_GRAPH, tensors: drawnWeights(READER_GRAPH, { "dense.kernel": [784, 11] }, 2) };
const NOISE = { noise: "gaussian", parameters: { mean: 0, std: 0.5 }, seed: 3 };
const COUNT = 110; // digits, of which 100 are measured

function noisyDigits(count = COUNT) {
  const next = uniforms(1, 1);
  const pixels = Uint8Array.from({ length: count * PIXELS }, () => 255 * next());
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const digits = new NoisyDigits(pixels, labels, []);
  digits.take(NOISE);
  return digits;
}

function bench() {
  return new Bench(MODEL, new Reader(READER, 0.3), noisyDigits());
}

/** @template T @param {Generator<number, T>} work @returns {T} */
function done(work) {
  let step = work.next();
  for (; !step.done; step = work.next());
  return step.value;
}

/** The MSE of one run after another, each of one digit. @param {Off} off */
function bruteForce(off) {
  const network = new OpenNetwork(GRAPH, MODEL.tensors);
  const digits = noisyDigits();
  for (const [layer, channels] of Object.entries(off)) network.switchOff(layer, channels);
  let sum = 0;
  for (let i = 0; i < MEASURED; i++)
    sum += meanSquaredError(digits.clean(i), network.run(digits.some(i, i + 1)));
  return sum / MEASURED;
}

test("what is computed behind the layer that changed is what a whole run gives", () => {
  const one = bench();
  /** @type {Off[]} */
  const questions = [
    { b_relu: [1] },
    { b_relu: [1, 3] },
    { b_relu: [] },
    { b_relu: [2], c_relu: [0] },
    { a_relu: [0], c_relu: [0] },
    { a_relu: [0], c_relu: [1] },
    { a_relu: [0], c_relu: [1, 2] },
    { a_relu: [0], b_relu: [4], c_relu: [1, 2] },
    {},
    { a_relu: [3] },
  ];
  for (const off of questions) {
    const { mse, read, psnr, count } = done(one.scores(off));
    assert.ok(Math.abs(mse - bruteForce(off)) < 1e-9, JSON.stringify(off));
    const { read: anew, psnr: decibels } = done(bench().scores(off));
    assert.equal(read, anew);
    assert.ok(Math.abs(psnr - decibels) < 1e-9);
    assert.equal(count, MEASURED);
  }
});

test("a question goes on from what was kept, and not from what another noise left", () => {
  const one = bench();
  done(one.scores({ b_relu: [1] }));
  let runs = 0;
  const run = one.network.run.bind(one.network);
  one.network.run = (pictures) => {
    runs++;
    return run(pictures);
  };
  done(one.scores({ b_relu: [1, 2] }));
  assert.equal(runs, 0);
  one.digits.take({ ...NOISE, seed: 4 });
  one.renew();
  const { mse } = done(one.scores({ b_relu: [1, 2] }));
  assert.ok(runs > 0);
  assert.ok(Math.abs(mse - bruteForce({ b_relu: [1, 2] })) > 1e-6);
});

test("the ranking is that of brute force, also where questions come between", () => {
  const one = bench();
  const ranking = one.rank("b_relu");
  let step = ranking.next();
  for (let i = 0; !step.done; step = ranking.next(), i++)
    if (i % 7 === 3) done(one.scores({ a_relu: [i % 4] }));
  const expected = [0, 1, 2, 3, 4].map((map) => bruteForce({ b_relu: [map] }));
  const found = step.value.map(({ mse }) => mse);
  [...expected, bruteForce({})].forEach((mse, i) => assert.ok(Math.abs(found[i] - mse) < 1e-9, String(i)));
});

test("the curve is that of brute force", () => {
  const order = [3, 0, 4, 1, 2];
  const found = done(bench().thin("b_relu", order)).map(({ mse }) => mse);
  const expected = [0, 1, 2, 3, 4, 5].map((k) => bruteForce({ b_relu: order.slice(0, k) }));
  expected.forEach((mse, k) => assert.ok(Math.abs(found[k] - mse) < 1e-9, String(k)));
});

test("the digits that excite a map most have the largest mean of what is above zero", () => {
  const one = bench();
  const excited = done(one.excite("c"));
  const network = new OpenNetwork(GRAPH, MODEL.tensors);
  const digits = noisyDigits();
  const means = Array.from({ length: COUNT }, (_, i) => {
    network.run(digits.some(i, i + 1));
    const map = network.maps("c").filter((_number, place) => place % 3 === 1);
    return map.reduce((sum, number) => sum + Math.max(0, number), 0) / map.length;
  });
  const order = means.map((_, i) => i).sort((a, b) => means[b] - means[a]);
  const [first] = excited[1];
  assert.deepEqual(
    excited[1].map(({ digit }) => digit),
    order.slice(0, 9),
  );
  assert.ok(Math.abs(first.strength - means[order[0]]) < 1e-6);
});

// --- the loop ---

function begun() {
  /** @type {Answer[]} */
  const answers = [];
  const loop = new MeasureLoop((answer) => answers.push(answer), 1);
  const { cleans, labels, kinds } = noisyDigits();
  const digits = Uint8Array.from(cleans, (pixel) => Math.round(255 * pixel));
  loop.hear({ tell: "reader", model: READER, least: 0.3 });
  loop.hear({ tell: "digits", digits, labels, kinds });
  loop.hear({ tell: "model", model: MODEL });
  loop.hear({ tell: "noise", noise: NOISE });
  return { loop, answers };
}

/** @param {MeasureLoop} loop */
async function idle(loop) {
  while (loop.isGoing) await setTimeout(5);
}

/** @param {Answer[]} answers */
const kept = (answers) => answers.filter(({ answer }) => answer !== "progress");

test("of many questions only the newest is answered, and before a ranking that goes on", async () => {
  const { loop, answers } = begun();
  loop.hear({ ask: "rank", id: 1, layers: ["a_relu", "c_relu"] });
  for (let id = 2; id < 30; id++) loop.hear({ ask: "scores", id, off: { a_relu: [id % 4] } });
  await idle(loop);
  const [scores, rank, ...others] = kept(answers);
  assert.deepEqual(others, []);
  assert.ok(scores.answer === "scores" && scores.id === 29);
  assert.ok(Math.abs(scores.after.mse - bruteForce({ a_relu: [1] })) < 1e-9);
  assert.ok(Math.abs(scores.before.mse - bruteForce({})) < 1e-9);
  assert.ok(rank.answer === "rank" && rank.scores.c_relu.length === 4);
});

test("a ranking that is cancelled, or whose noise is another, gives no answer", async () => {
  const { loop, answers } = begun();
  loop.hear({ ask: "rank", id: 1, layers: ["a_relu"] });
  loop.hear({ ask: "cancel", kind: "rank" });
  loop.hear({ ask: "rank", id: 2, layers: ["a_relu"] });
  loop.hear({ tell: "noise", noise: { ...NOISE, seed: 9 } });
  await idle(loop);
  assert.deepEqual(kept(answers), []);
});

test("what goes wrong is told", async () => {
  const { loop, answers } = begun();
  loop.hear(/** @type {Question} */ ({ ask: "rank", id: 1, layers: ["none"] }));
  await idle(loop);
  assert.deepEqual(answers, [{ answer: "failed", problem: "network: there is no layer none" }]);
});

// --- words ---

test("ratios are said in words", () => {
  const text = {
    mute_same: "same",
    mute_times: "{times}x",
    mute_more: "+{percent}",
    mute_less: "-{percent}",
  };
  /** @param {number} before @param {number} after */
  const told = (before, after) => ratioOf(before, after, text);
  assert.deepEqual(
    [told(1, 1.001), told(1, 3), told(1, 20), told(1, 1.5), told(1, 0.5), told(0, 0)],
    ["same", "3.0x", "20x", "+50", "-50", "same"],
  );
});

test("maps can go as long as the error is not a tenth larger", () => {
  const scores = [1, 1.05, 1.09, 1.2, 1.05].map((mse) => ({ mse, psnr: 0, read: null, count: 1 }));
  assert.equal(spared(scores), 2);
  assert.equal(spared(scores.slice(0, 2)), 1);
});
