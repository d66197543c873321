// Trains in a worker of its own, so that the page stays alive: it is told what to do, and tells what
// happens. Any failure is told, too: a worker that dies says nothing by itself.
import { TrainingLoop } from "./training_loop.js";
import { secondsFor } from "./trial.js";
/** @import { Task } from "./device_training.js" */
/** @import { Began, Ended, EpochEnded, LoopState, Steps } from "./training_loop.js" */
/** @import { Tensor } from "./types.js" */

const SLICE_MS = 40; // it hears the page as soon

/**
 * @typedef {{ ask: "start", task: Task, state?: LoopState, isPaused?: boolean }} Start
 * @typedef {{ ask: "trial", task: Task }} Try
 * @typedef {{ ask: "pause" | "resume" | "step" | "weights" | "state" }} Ask
 * @typedef {{ event: "weights", done: number, tensors: Record<string, Tensor<Float32Array>>,
 *   samples: Uint8Array }} Weights
 * @typedef {{ event: "state", state: LoopState }} Kept
 * @typedef {{ event: "trial", seconds: number }} Tried
 * @typedef {{ event: "failed", problem: string }} Failed
 * @typedef {Began | Steps | EpochEnded | Ended | Weights | Kept | Failed} Told
 */

/** @type {TrainingLoop | undefined} */
let loop;
let isGoing = false;

/** @param {Told | Tried} told */
function tell(told) {
  postMessage(told);
}

/** Trains slice after slice, and hears messages in between. */
function goOn() {
  if (isGoing) return;
  isGoing = true;
  const { port1, port2 } = new MessageChannel(); // timers wait longer, the more so in a hidden tab
  port1.onmessage = () =>
    guarded(() => {
      if (!loop?.isRunning) {
        isGoing = false;
        port1.close();
        return;
      }
      loop.slice(SLICE_MS);
      port2.postMessage(null);
    });
  port2.postMessage(null);
}

/** @param {Start | Try | Ask} message */
function hear(message) {
  if (message.ask === "trial") {
    tell({ event: "trial", seconds: secondsFor(message.task) });
    return;
  }
  if (message.ask === "start") {
    loop = new TrainingLoop(message.task, tell, message.state);
    loop.isPaused = message.isPaused ?? false;
  }
  if (!loop) return;
  if (message.ask === "pause" || message.ask === "resume") loop.isPaused = message.ask === "pause";
  if (message.ask === "step") loop.step();
  if (message.ask === "weights") {
    const { training } = loop;
    const { done, trainer } = training;
    tell({ event: "weights", done, tensors: trainer.tensors(), samples: training.samples() });
  }
  if (message.ask === "state") tell({ event: "state", state: loop.state() });
  goOn();
}

/** @param {() => void} work */
function guarded(work) {
  try {
    work();
  } catch (error) {
    loop = undefined;
    tell({ event: "failed", problem: error instanceof Error ? error.message : String(error) });
  }
}

addEventListener("message", ({ data }) => guarded(() => hear(data)));
