// The curves of a training on this device, as it goes on.
import { fill } from "../../../web/fill.js";
import { trainingLines } from "../../../web/training_lines.js";
/** @import { DeviceRecord } from "../../../web/device_store.js" */
/** @import { CurvesData } from "../types.js" */

/** @param {CurvesData} data - Its lines are empty. @param {DeviceRecord} record @returns {CurvesData} */
export function withLines(data, { task, losses, history }) {
  const { epochs, batch_size: batchSize } = task.config;
  const perEpoch = Math.ceil(task.count / batchSize);
  const last = history.at(-1);
  return {
    ...data,
    total: epochs,
    lines: trainingLines(losses, history, perEpoch, epochs),
    summary: last
      ? fill(data.text.learned, { loss: last.val_loss.toFixed(4), epoch: history.length, total: epochs })
      : data.summary,
  };
}
