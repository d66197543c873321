import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesIn, nextReport, spread } from "../../denoiser/ui/components/device_class/reports.js";

const NOTHING = { x: 0, epoch: 0, status: "" };

/** @param {number} seed @returns {() => number} Numbers in [0, 1). */
function chance(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** @param {number} count @param {number} batchSize @param {number} epochs @returns {any} */
function begun(count, batchSize, epochs) {
  const task = { count, config: { batch_size: batchSize, epochs } };
  return { task, losses: [], history: [], status: "running" };
}

/** @param {any} record @param {number} steps @param {(step: number) => number} lossAt */
function learn(record, steps, lossAt) {
  const perEpoch = Math.ceil(record.task.count / record.task.config.batch_size);
  const total = perEpoch * record.task.config.epochs;
  for (let i = 0; i < steps && record.losses.length < total; i++) {
    record.losses.push(lossAt(record.losses.length));
    const done = record.losses.length;
    if (done % perEpoch === 0) record.history.push({ loss: lossAt(done), val_loss: lossAt(done) });
    if (done === total) record.status = "ended";
  }
}

/** @param {any} known @param {any} report */
function after(known, { points, losses, status }) {
  return { x: points.at(-1)?.[0] ?? known.x, epoch: losses.at(-1)?.[0] ?? known.epoch, status };
}

/**
 * Trains to the end, and reports after each part of it; returns all reports.
 * @param {any} record @param {number} stepsAtOnce @param {(step: number) => number} lossAt
 */
function allReports(record, stepsAtOnce, lossAt) {
  const reports = [];
  let known = NOTHING;
  while (true) {
    learn(record, stepsAtOnce, lossAt);
    const report = nextReport(7, record, known);
    if (!report) {
      if (record.status === "ended") return reports;
      continue;
    }
    reports.push(report);
    known = after(known, report);
  }
}

const LOSSES = {
  smooth: (/** @type {number} */ step) => 0.25 / (1 + step / 20),
  "with all its digits": (/** @type {number} */ step) => 0.0123456789 + step * 1.23456789e-5,
  "tiny and huge": (/** @type {number} */ step) => (step % 2 ? 1.23456e-12 : 9.87654e12),
  "no numbers at times": (/** @type {number} */ step) => (step % 3 ? 0.1234567 : NaN),
};
const SIZES = [
  [1500, 32, 4],
  [1500, 8, 4],
  [4500, 32, 25],
  [1500, 8, 100],
  [64, 32, 1],
  [32, 32, 100],
  [97, 10, 3],
];

for (const [name, lossAt] of Object.entries(LOSSES)) {
  test(`a training is reported in few points and small reports: ${name}`, () => {
    const random = chance(name.length + 1);
    for (const [count, batchSize, epochs] of SIZES)
      for (const share of [0.004, 0.03, 0.3, 1]) {
        const record = begun(count, batchSize, epochs);
        const steps = Math.ceil(count / batchSize) * epochs;
        const reports = allReports(record, Math.ceil(random() * share * steps), lossAt);
        const points = reports.flatMap((report) => report.points);
        const losses = reports.flatMap((report) => report.losses);
        for (const report of reports) assert.ok(bytesIn(report) <= 200, JSON.stringify(report));
        assert.ok(points.length <= 121, `${points.length} points`);
        points.forEach(([x, loss], i) => {
          assert.ok(x > (points[i - 1]?.[0] ?? 0) && x <= epochs);
          assert.ok(loss >= 1e-6 && loss <= 10);
        });
        const numbers = record.history.findIndex((/** @type {any} */ e) => !Number.isFinite(e.val_loss));
        const expected = numbers === -1 ? record.history.length : numbers;
        assert.deepEqual(
          losses.map(([epoch]) => epoch),
          Array.from({ length: expected }, (_, i) => i + 1),
        );
        assert.equal(reports.at(-1)?.status, "ended");
      }
  });
}

test("the end of a curve is reported, and points are rounded", () => {
  const reports = allReports(begun(1500, 32, 4), 10, LOSSES.smooth);
  const points = reports.flatMap((report) => report.points);
  assert.equal(points.at(-1)?.[0], 4);
  for (const [x, loss] of points) {
    assert.equal(Number(x.toFixed(3)), x);
    assert.equal(Number(loss.toPrecision(4)), loss);
  }
});

test("who hears each second gets the whole curve, who hears at the end its outline", () => {
  const often = allReports(begun(1500, 32, 4), 4, LOSSES.smooth).flatMap(({ points }) => points);
  const once = allReports(begun(1500, 32, 4), 1000, LOSSES.smooth)[0].points;
  assert.ok(often.length > 100);
  assert.ok(once.length > 3);
  const gaps = once.map(([x], i) => x - (once[i - 1]?.[0] ?? 0));
  assert.ok(Math.max(...gaps) < 2 * Math.min(...gaps), `${gaps}`);
});

test("nothing new is nothing to report, and another state is", () => {
  const record = begun(1500, 32, 4);
  learn(record, 20, LOSSES.smooth);
  const first = nextReport(7, record, NOTHING);
  assert.ok(first);
  const known = after(NOTHING, first);
  assert.equal(nextReport(7, record, known), null);
  record.status = "paused";
  assert.deepEqual(nextReport(7, record, known), { number: 7, points: [], losses: [], status: "paused" });
});

test("what nobody has answered is reported again, with what is new", () => {
  const record = begun(1500, 32, 4);
  learn(record, 60, LOSSES.smooth);
  const first = nextReport(7, record, NOTHING);
  learn(record, 10, LOSSES.smooth);
  const again = nextReport(7, record, NOTHING);
  assert.deepEqual(again?.losses, first?.losses);
  assert.ok((again?.points.at(-1)?.[0] ?? 0) > (first?.points.at(-1)?.[0] ?? 9));
});

test("points are spread evenly, the last one among them", () => {
  const points = Array.from({ length: 10 }, (_, i) => /** @type {[number, number]} */ ([i, i]));
  for (let count = 1; count <= 10; count++) {
    const found = spread(points, count);
    assert.equal(new Set(found).size, count);
    assert.equal(found.at(-1), points[9]);
  }
  assert.deepEqual(spread(points, 0), []);
});
