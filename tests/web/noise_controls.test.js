import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultsOf, filledPercent, kindOf, valueText } from "../../denoiser/web/noise_controls.js";

const MEAN = { name: "mean", title: "Mean", help: "", unit: "", decimals: 2 };
const BOUNDS = { default: 0.5, minimum: 0, maximum: 2, step: 0.01 };
const STOPS = { name: "stops", title: "Darkness", help: "", unit: "stops", decimals: 1 };
const OF_STOPS = { default: 4, minimum: 1, maximum: 9, step: 0.1 };
const GAUSSIAN = {
  name: "gaussian",
  title: "Gaussian",
  summary: "",
  is_random: true,
  share: 1,
  parameters: [
    { ...MEAN, ...BOUNDS },
    { ...STOPS, ...OF_STOPS },
  ],
};

test("a kind of noise is found by its name", () => {
  assert.equal(kindOf([GAUSSIAN], "gaussian"), GAUSSIAN);
  assert.throws(() => kindOf([GAUSSIAN], "snow"), /snow/);
});

test("defaults are by name", () => {
  assert.deepEqual(defaultsOf(GAUSSIAN), { mean: 0.5, stops: 4 });
});

test("a slider is filled up to its thumb", () => {
  const [mean, stops] = GAUSSIAN.parameters;
  assert.deepEqual(
    [0, 0.5, 2].map((value) => filledPercent(mean, value)),
    [0, 25, 100],
  );
  assert.equal(filledPercent(stops, 5), 50);
});

test("a value is shown with its digits and its unit", () => {
  const [mean, stops] = GAUSSIAN.parameters;
  assert.equal(valueText(mean, 0.5), "0.50");
  assert.equal(valueText(stops, 4), "4.0 stops");
});
