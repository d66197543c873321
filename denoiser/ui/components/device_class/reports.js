// What a device reports of its curve: what is new of it, in few points and few bytes.
//
// Points are thinned twice: a whole training has no more than PARTS of them, and where more are new
// than a report holds, those that are evenly spread. Knows nothing of pages, classes or time.
import { trainingLines } from "../../../web/training_lines.js";
/** @import { DeviceRecord } from "../../../web/device_store.js" */

export const PARTS = 120; // of a training, each with a point at most, and its last point
export const MOST_BYTES = 200; // of a report, as JSON
const MOST_POINTS = 12; // of a report: more do not fit in any case
const MOST_LOSSES = 4;
const [LEAST_LOSS, MOST_LOSS] = [1e-6, 10]; // as in denoiser/classroom/trainings.py

/**
 * @typedef {[x: number, loss: number]} Point - Epochs done and the train loss there; or an epoch, from 1,
 *   and its val loss.
 * @typedef {{ number: number, points: Point[], losses: Point[], status: string }} Report - `number` of the
 *   class's training.
 * @typedef {{ x: number, epoch: number, status: string }} Reported - The end of what is known already.
 */

/**
 * Returns what is new of a training since the last report; null for nothing.
 *
 * @param {number} number - Of the class's training.
 * @param {Pick<DeviceRecord, "task" | "losses" | "history" | "status">} record
 * @param {Reported} reported
 * @returns {Report | null}
 */
export function nextReport(number, { task, losses, history, status }, reported) {
  const news = newLosses(history, reported.epoch);
  const points = newPoints(task, losses, history, reported.x);
  if (!points.length && !news.length && status === reported.status) return null;
  for (let count = Math.min(points.length, MOST_POINTS); ; count--) {
    const report = { number, points: spread(points, count), losses: news, status };
    if (count === 0 || bytesIn(report) <= MOST_BYTES) return report;
  }
}

/** @param {Report} report */
export function bytesIn(report) {
  return new TextEncoder().encode(JSON.stringify(report)).length;
}

/**
 * @param {DeviceRecord["history"]} history @param {number} known - Epochs.
 * @returns {Point[]} The next ones; none after one that is no number.
 */
function newLosses(history, known) {
  /** @type {Point[]} */
  const found = [];
  for (const { val_loss: loss } of history.slice(known, known + MOST_LOSSES)) {
    if (!Number.isFinite(loss)) break;
    found.push([known + found.length + 1, shortened(loss)]);
  }
  return found;
}

/**
 * @param {DeviceRecord["task"]} task @param {number[]} losses @param {DeviceRecord["history"]} history
 * @param {number} known - Where the last known point lies.
 * @returns {Point[]} The first one in each part of the training that has none yet.
 */
function newPoints({ config, count }, losses, history, known) {
  const { epochs, batch_size: batchSize } = config;
  const [places, levels] = trainingLines(losses, history, Math.ceil(count / batchSize), epochs).step;
  const partOf = (/** @type {number} */ x) => Math.floor((x * PARTS) / epochs);
  let newest = known > 0 ? partOf(known) : -1;
  return places.flatMap((place, i) => {
    const [x, loss] = [Number(place.toFixed(3)), levels[i]];
    if (loss === null || partOf(x) <= newest || x <= known) return [];
    newest = partOf(x);
    return [/** @type {Point} */ ([x, shortened(loss)])];
  });
}

/** @param {number} loss */
function shortened(loss) {
  return Math.min(Math.max(Number(loss.toPrecision(4)), LEAST_LOSS), MOST_LOSS);
}

/**
 * Returns `count` of the points, evenly spread, the last one among them.
 *
 * @param {Point[]} points @param {number} count
 */
export function spread(points, count) {
  return Array.from({ length: count }, (_, i) => points[Math.round(((i + 1) * points.length) / count) - 1]);
}
