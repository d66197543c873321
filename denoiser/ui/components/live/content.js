// What Python sends to the live panel; see denoiser/ui/components/live/__init__.py.
import { deviceModel } from "../../../web/device_names.js";
import { OpenNetwork } from "../../../web/inside/open_network.js";
import { buildNetwork } from "../../../web/network.js";
import { PIXELS } from "../../../web/picture.js";
import { bytesOf, parse } from "../../../web/safetensors.js";
/** @import { PanelContent } from "../types.js" */
/** @import { Tensor } from "../../../web/types.js" */

const GRID_ROUNDS = 2; // how often the gallery shows each of the ten digits

/** @param {Uint8Array} bytes @returns {PanelContent} */
export function unpack(bytes) {
  const { metadata, tensors } = parse(bytes);
  const panel = JSON.parse(metadata.panel);
  const reader = { graph: panel.classifier_graph, tensors: withPrefix(tensors, "classifier/") };
  return {
    ...panel,
    digits: bytesOf(tensors.digits),
    labels: tensors.labels && bytesOf(tensors.labels),
    network: deviceModel(panel.model)
      ? null // the browser has it
      : new OpenNetwork(panel.model_graph, withPrefix(tensors, "model/")),
    latentMap: Object.fromEntries(Object.entries(tensors).filter(([name]) => name.startsWith("map/"))),
    reader,
    classify: buildNetwork(reader.graph, reader.tensors),
  };
}

/** @param {Record<string, Tensor>} tensors @param {string} prefix */
function withPrefix(tensors, prefix) {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/**
 * Returns the first digits of each class, 0 to 9 and again; all where classes are not known.
 * @param {Pick<PanelContent, "digits" | "labels">} content
 */
export function galleryDigits({ digits, labels }) {
  if (!labels) return Array.from({ length: digits.length / PIXELS }, (_, digit) => digit);
  /** @type {number[][]} */
  const byClass = Array.from({ length: 10 }, () => []);
  labels.forEach((label, digit) => byClass[label].push(digit));
  const rounds = Array.from({ length: GRID_ROUNDS }, (_, round) => round);
  return rounds.flatMap((round) => byClass.flatMap((ofClass) => ofClass.slice(round, round + 1)));
}

/** @param {ArrayLike<number>} one @param {ArrayLike<number>} other */
export function sameNumbers(one, other) {
  return one.length === other.length && Array.prototype.every.call(one, (number, i) => number === other[i]);
}
