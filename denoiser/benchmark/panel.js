/**
 * Times the live panel's network: `node panel.js RUNS WEIGHTS` prints the median of the
 * milliseconds that a digit takes. Knows nothing of browsers.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { buildNetwork } from "../web/network.js";
import { parse } from "../web/safetensors.js";

const [runs, path] = process.argv.slice(2);
const { metadata, tensors } = parse(new Uint8Array(readFileSync(path)));
const network = buildNetwork(JSON.parse(metadata.graph), tensors);
const picture = Float64Array.from({ length: 28 * 28 }, (_, i) => (i % 7) / 7);
const times = Array.from({ length: Number(runs) }, () => {
  const start = performance.now();
  network(picture);
  return performance.now() - start;
});
console.log(times.sort((a, b) => a - b)[times.length >> 1]);
