// Measures a network in a worker, so that the page stays alive.
import { MeasureLoop } from "./measure_loop.js";

const SLICE_MS = 25; // a newer question is heard as soon

const loop = new MeasureLoop((answer) => postMessage(answer), SLICE_MS);
addEventListener("message", ({ data }) => loop.hear(data));
