// How long a training would take on this device: its first steps are tried, and what they took is told
// ahead. Knows nothing of workers or pages.
import { DeviceTraining } from "./device_training.js";
/** @import { Task } from "./device_training.js" */

const TRIED_MS = 300;
const FORWARD = 1 / 3; // of a step: there and twice back

/**
 * Returns the seconds that a training would take, with the validation after each epoch.
 *
 * @param {Task} task
 * @param {() => number} clock - Milliseconds.
 */
export function secondsFor(task, clock = () => performance.now()) {
  const training = new DeviceTraining(task);
  training.step(); // the first one waits for the browser to compile
  const started = clock();
  let [tried, now] = [0, started];
  while (!training.hasEnded && now - started < TRIED_MS) {
    training.step();
    tried += 1;
    now = clock();
  }
  const perStep = (now - started) / 1000 / Math.max(1, tried);
  const validated =
    (task.config.epochs * training.validation.clean.length) / training.network.plan.input.size;
  return perStep * (training.steps + (FORWARD * validated) / task.config.batch_size);
}
