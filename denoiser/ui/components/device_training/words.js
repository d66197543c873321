// What is said of a training on this device.
import { durationText } from "../../../web/durations.js";
import { fill } from "../../../web/fill.js";
/** @import { Followed } from "../../../web/device_lab.js" */
/** @import { DeviceRun } from "../../../web/device_run.js" */
/** @import { DeviceRecord } from "../../../web/device_store.js" */
/** @import { StepChange } from "../../../web/device_training.js" */

const DECIMALS = 5; // a step changes little

/** @typedef {Record<string, string>} Text */

/** @param {DeviceRecord} record */
function stepsOf({ task }) {
  return Math.ceil(task.count / task.config.batch_size) * task.config.epochs;
}

/** Returns how much of it is done, from 0 to 1. @param {DeviceRecord} record */
export function shareDone(record) {
  return Math.min(1, record.losses.length / stepsOf(record));
}

/** @param {DeviceRecord} record @param {Text} text */
export function stateOf({ status }, text) {
  return text[`is_${status}`];
}

/**
 * Returns what is measured, each with its name.
 *
 * @param {DeviceRecord} record @param {DeviceRun | undefined} run @param {Text} text
 * @returns {[name: string, value: string][]}
 */
export function factsOf(record, run, text) {
  const { task, history, losses, status } = record;
  const { epochs, batch_size: size } = task.config;
  const last = history.at(-1);
  const isRunning = status === "running";
  const epoch = Math.min(epochs, history.length + (status === "ended" ? 0 : 1));
  /** @type {[string, string][]} */
  const facts = [
    [text.epoch, `${epoch} / ${epochs}`],
    [text.step_number, `${losses.length.toLocaleString()} / ${stepsOf(record).toLocaleString()}`],
    [text.val_loss, last ? last.val_loss.toFixed(4) : "–"],
  ];
  if (!isRunning) return facts;
  const rate = run?.digitsASecond ?? 0;
  const left = ((stepsOf(record) - losses.length) * size) / rate;
  facts.push([text.rate, rate ? Math.round(rate).toLocaleString() : "…"]);
  facts.push([text.left, rate ? durationText(left, text) : "…"]);
  return facts;
}

/**
 * Returns what a visitor has to know; "" for nothing.
 *
 * @param {Followed} followed @param {Text} text
 */
export function noticeOf({ record: { status, reason, losses }, run, isElsewhere }, text) {
  if (isElsewhere) return text.elsewhere;
  if (status === "diverged" && reason) {
    const { high = 0, low = 0 } = reason.code === "rose" ? reason : {};
    return fill(text[reason.code], { high: high.toFixed(3), low: low.toFixed(3) });
  }
  if (status === "failed") return fill(text.failed, { problem: run?.problem ?? "" });
  if (status === "paused" && !run) return losses.length > 0 ? text.left_off : text.begin_again;
  if (run && !run.isKept) return text.not_kept;
  return "";
}

/** Compares two errors as they are shown. @param {number} before @param {number} after */
function comparison(before, after) {
  if (before.toFixed(DECIMALS) === after.toFixed(DECIMALS)) return "none";
  return after < before ? "better" : "worse";
}

/** @param {StepChange} change @param {DeviceRecord} record @param {Text} text */
export function aboutStep({ errorBefore, errorAfter, moved }, { losses }, text) {
  const most = Math.max(...moved.map(([, share]) => share));
  return {
    title: fill(text.change_title, { step: losses.length }),
    loss: fill(text[`change_${comparison(errorBefore, errorAfter)}`], {
      before: errorBefore.toFixed(DECIMALS),
      after: errorAfter.toFixed(DECIMALS),
    }),
    moved: moved.map(([layer, share]) => ({
      layer,
      share: most > 0 ? share / most : 0,
      text: `${(100 * share).toPrecision(2)}%`,
    })),
  };
}
