// A training on this device as one container, as denoiser/jobs/device_run.py takes it.
import { bestEpoch } from "../../../web/device_records.js";
import { SIDE } from "../../../web/picture.js";
import { packed } from "../../../web/safetensors.js";
/** @import { DeviceLab } from "../../../web/device_lab.js" */
/** @import { DeviceRecord, Tensors } from "../../../web/device_store.js" */
/** @import { Tensor } from "../../../web/types.js" */

const MOST_STEPS = 2000; // losses that are sent; of more, means
const MOST_SNAPSHOTS = 4 * 2 ** 20; // bytes
const CHUNK = 0x8000; // as many numbers as a function takes

/**
 * Returns a training with the weights of its best epoch; undefined where there are none.
 *
 * @param {DeviceRecord} whole
 * @param {DeviceLab} lab
 * @param {boolean} isWhole - With its snapshots, as many as fit.
 * @returns {Promise<Uint8Array | undefined>}
 */
export async function handedOver(whole, lab, isWhole) {
  const record = withNumbers(whole);
  const best = bestEpoch(record);
  const model = await lab.snapshot(record.id, best);
  if (!model) return undefined;
  const snapshots = isWhole ? await snapshotsOf(record, lab, best) : [];
  const tensors = {
    ...named(model, "model"),
    ...samplesOf(record),
    ...Object.assign({}, ...snapshots.map(([epoch, weights]) => named(weights, `snapshot/${epoch}`))),
  };
  return packed(tensors, { device_run: JSON.stringify(described(record)) });
}

/**
 * Cuts a training that went astray back to where its losses were numbers: JSON has no others.
 *
 * @param {DeviceRecord} record
 * @returns {DeviceRecord}
 */
function withNumbers(record) {
  const { losses, history, times, samples } = record;
  const isNone = (/** @type {number} */ number) => !Number.isFinite(number);
  const before = (/** @type {number} */ found, /** @type {number} */ all) => (found < 0 ? all : found);
  const steps = before(losses.findIndex(isNone), losses.length);
  const epochs = before(
    history.findIndex(({ loss, val_loss: valLoss }) => isNone(loss) || isNone(valLoss)),
    history.length,
  );
  return {
    ...record,
    losses: losses.slice(0, steps),
    history: history.slice(0, epochs),
    times: times.slice(0, epochs),
    samples: samples.slice(0, epochs + 1),
  };
}

/** @param {DeviceRecord} record */
function described({ name, begun, status, task, losses, history, times }) {
  const { config, count } = task;
  return {
    ...{ config, name, history, times },
    begun: begun / 1000,
    has_ended: status === "ended",
    steps: thinnedSteps(losses),
    steps_per_epoch: Math.ceil(count / config.batch_size),
    digits: count,
  };
}

/** @param {number[]} losses @returns {[step: number, loss: number][]} */
function thinnedSteps(losses) {
  const stride = Math.ceil(losses.length / MOST_STEPS);
  /** @type {[number, number][]} */
  const steps = [];
  for (let from = 0; from < losses.length; from += stride) {
    const part = losses.slice(from, from + stride);
    steps.push([from + part.length, part.reduce((sum, loss) => sum + loss, 0) / part.length]);
  }
  return steps;
}

/** @param {DeviceRecord} record @returns {Record<string, Tensor>} */
function samplesOf({ shown, samples }) {
  /** @type {[string, Uint8Array | null][]} */
  const pictures = [...Object.entries(shown ?? {}), ...Object.entries(samples)];
  return Object.fromEntries(
    pictures.flatMap(([name, data]) =>
      data ? [[`samples/${name}`, { shape: [data.length / SIDE ** 2, SIDE, SIDE], data }]] : [],
    ),
  );
}

/**
 * @param {DeviceRecord} record @param {DeviceLab} lab @param {number} best - The epoch that comes first.
 * @returns {Promise<[epoch: number, tensors: Tensors][]>}
 */
async function snapshotsOf({ id, samples }, lab, best) {
  const epochs = samples.flatMap((digits, epoch) => (digits && epoch ? [epoch] : []));
  const ordered = [best, ...epochs.reverse().filter((epoch) => epoch !== best)];
  /** @type {[number, Tensors][]} */
  const found = [];
  let room = MOST_SNAPSHOTS;
  for (const epoch of ordered) {
    const tensors = await lab.snapshot(id, epoch);
    if (!tensors) continue;
    room -= Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
    if (room < 0) break;
    found.push([epoch, tensors]);
  }
  return found;
}

/** @param {Tensors} tensors @param {string} prefix @returns {Record<string, Tensor>} */
function named(tensors, prefix) {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
}

/** Returns weights as a file of their own. @param {Tensors} tensors */
export function weightsFile(tensors) {
  return packed(tensors);
}

/** @param {Uint8Array} bytes */
export function base64(bytes) {
  let text = "";
  for (let from = 0; from < bytes.length; from += CHUNK)
    text += String.fromCharCode(...bytes.subarray(from, from + CHUNK));
  return btoa(text);
}
