// Trainings on the device as records: what is read from one, and what makes one.
import { ALPHABET, ID_LENGTH } from "./device_names.js";
import { PIXELS } from "./picture.js";
/** @import { DeviceRecord, DeviceTask } from "./device_store.js" */
/** @import { Task } from "./device_training.js" */

/**
 * @typedef {Pick<DeviceRecord, "id" | "name" | "status" | "begun"> & { epoch: number, epochs: number,
 *   valLoss: number | null, picture: Uint8Array | null }} Summary - `picture`: a digit as it denoises it.
 */

/** @param {DeviceRecord} record @returns {Summary} */
export function summaryOf({ id, name, status, begun, task, history, shown, samples }) {
  const newest = [...samples].reverse().find(Boolean) ?? shown?.noisy;
  return {
    ...{ id, name, status, begun, epoch: history.length, epochs: task.config.epochs },
    ...{ valLoss: history.at(-1)?.val_loss ?? null, picture: newest?.slice(0, PIXELS) ?? null },
  };
}

/** Returns the epoch with the lowest val_loss, from 1; 0 for none. @param {DeviceRecord} record */
export function bestEpoch({ history }) {
  const losses = history.map(({ val_loss: loss }) => (Number.isFinite(loss) ? loss : Infinity));
  if (losses.every((loss) => loss === Infinity)) return 0;
  return losses.indexOf(Math.min(...losses)) + 1;
}

/** @param {DeviceTask} task @param {Task["digits"]} digits @returns {Task} */
export function withDigits(task, { train, validation }) {
  return { ...task, digits: { train: train.subarray(0, task.count * PIXELS), validation } };
}

/** @param {Uint8Array} bytes */
export async function decompressed(bytes) {
  const stream = new Blob([/** @type {BlobPart} */ (bytes)]).stream();
  const raw = stream.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(raw).arrayBuffer());
}

/** Returns an id as runs on the lab's computer have them. */
export function newId() {
  const numbers = crypto.getRandomValues(new Uint32Array(ID_LENGTH));
  return Array.from(numbers, (number) => ALPHABET[number % ALPHABET.length]).join("");
}
