// What the time machine shows: digits under noise, and what the network made of them, frame by frame.
import { modelName } from "../../../web/device_names.js";
import { fill } from "../../../web/fill.js";
import { bytesOf } from "../../../web/safetensors.js";
/** @import { DeviceRecord } from "../../../web/device_store.js" */
/** @import { Tensor } from "../../../web/types.js" */
/** @import { TimeMachineContent } from "../types.js" */

/**
 * @typedef {{ label: string, link: string | null, digits: Uint8Array }} Frame
 * @typedef {{ noisy: Uint8Array, clean: Uint8Array, frames: Frame[] }} Shown - 28x28 pixels each.
 */

/**
 * Returns what Python sent.
 *
 * @param {TimeMachineContent} content @param {Record<string, Tensor>} tensors
 * @returns {Shown}
 */
export function sentFrames({ epochs }, tensors) {
  const samples = bytesOf(tensors.samples);
  const size = samples.length / epochs.length;
  const frames = epochs.map((epoch, i) => ({ ...epoch, digits: samples.subarray(i * size, (i + 1) * size) }));
  return { noisy: bytesOf(tensors.noisy), clean: bytesOf(tensors.clean), frames };
}

/**
 * Returns what a training on this device made; null before it has begun.
 *
 * @param {TimeMachineContent} content
 * @param {DeviceRecord} record
 * @param {Uint8Array | null} now - What it makes of the digits while it learns; null when it does not.
 * @returns {Shown | null}
 */
export function deviceFrames({ text, link }, record, now) {
  const { id, shown, samples, history, losses } = record;
  if (!shown) return null;
  const frames = samples.flatMap((digits, epoch) => {
    if (!digits) return [];
    const loss = history[epoch - 1]?.val_loss.toFixed(4);
    const label = epoch === 0 ? text.before : fill(text.epoch, { epoch, loss });
    return [{ label, link: epoch === 0 ? null : fill(link, { model: modelName(id, epoch) }), digits }];
  });
  const isBetweenEpochs = losses.length > history.length * stepsPerEpoch(record);
  if (now && isBetweenEpochs)
    frames.push({ label: fill(text.now, { step: losses.length }), link: null, digits: now });
  return { ...shown, frames };
}

/** @param {DeviceRecord} record */
function stepsPerEpoch({ task }) {
  return Math.ceil(task.count / task.config.batch_size);
}
