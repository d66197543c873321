// The inside of a network, on the page: the strip, and what is opened from it.
//
// It is told when the network or what it shows is another, and draws what it gave in its last run.
import { find, findOf } from "../elements.js";
import { CodeView } from "./code_view.js";
import { DeskPart } from "./desk_part.js";
import { Detail } from "./detail.js";
import { Mute } from "./mute.js";
import { Replay } from "./replay.js";
import { stagesReached } from "./reach.js";
import { Strip } from "./strip.js";
/** @import { Listen, Tensor } from "../types.js" */
/** @import { Cell } from "./detail.js" */
/** @import { Content as Measured } from "./mute.js" */
/** @import { Noise } from "./noisy_digits.js" */
/** @import { CodeLine } from "./code_view.js" */
/** @import { Point } from "./stage_view.js" */

/**
 * @typedef {object} Own - What the panel was sent for what is opened here.
 * @property {number[]} epochs - Of the run that made the model, those whose weights are kept.
 * @property {CodeLine[]} code - The network's lines; none where they are not known.
 * @property {Record<string, Tensor>} latentMap - Of its latent vector; no tensors where it has none.
 * @property {Record<string, string>} latentText - Empty where the page has no latent desk.
 *
 * @typedef {Own & Measured} Content
 */

export class Inside {
  /**
   * @param {HTMLElement} root - The strip's.
   * @param {object} hands
   * @param {Listen} hands.listen
   * @param {() => void} hands.change - The network is to run again.
   * @param {(model: string) => void} hands.ask - Another model is wanted, by its name.
   * @param {(digit: number) => void} hands.chooseDigit - Another digit is to be looked at.
   */
  constructor(root, { listen, change, ask, chooseDigit }) {
    this.change = change;
    this.strip = new Strip(root, {
      listen,
      change: () => this.changed(),
      look: () => this.changed(),
      solo: (stage, map) => this.mute.soloOf(stage, map),
      point: (point) => this.light(this.cellOf(point)),
    });
    this.detail = new Detail(find(root, "[data-detail]"), {
      listen,
      choose: (stage, map) => this.strip.choose(stage, map),
      turn: (stage, map) => this.strip.turn(stage, map),
      point: (cell) => this.light(cell),
    });
    this.code = new CodeView(find(root, "[data-program]"), {
      listen,
      choose: (stage) => this.strip.choose(stage, this.strip.views.get(stage)?.chosen ?? 0),
    });
    this.desk = new DeskPart(findOf(HTMLDetailsElement, root, "[data-desk]"), { listen, change });
    this.replay = new Replay(find(root, "[data-replay]"), { listen, change, ask });
    this.mute = new Mute(root, { listen, strip: this.strip, chooseDigit });
    this.lit = "";
  }

  stop() {
    this.strip.stop();
    this.detail.stop();
    this.desk.stop();
    this.replay.stop();
    this.mute.stop();
  }

  /**
   * Takes another network, or other texts.
   *
   * @param {Content} content
   */
  take(content) {
    const { network, model, epochs, text, code, latentMap, latentText } = content;
    this.strip.take(content);
    if (network) this.code.take(code, this.strip.stages);
    this.desk.take(network, latentMap, latentText);
    void this.replay.take(network, model, epochs, text);
    this.openDetail();
    this.mute.take(content);
  }

  changed() {
    this.openDetail();
    this.change();
  }

  openDetail() {
    const { network, stages, choice, text, off } = this.strip;
    if (!network) return;
    this.code.mark(choice?.stage ?? "");
    this.detail.open(
      network,
      stages,
      choice,
      text,
      Boolean(choice && off.get(choice.stage)?.has(choice.map)),
    );
  }

  /** Draws what the network gave in its last run. @param {Noise & { digit: number }} settings - Of what it was given. */
  draw(settings) {
    this.strip.draw();
    if (!this.strip.isOpen) return;
    this.detail.draw();
    this.desk.draw(String(settings.digit));
    this.mute.draw(settings);
  }

  /** @param {Point | null} point @returns {Cell | null} */
  cellOf(point) {
    if (!point) return null;
    const { stage, map, row, column } = point;
    const { shape } = this.strip.stage(stage);
    return { stage, map, place: shape.length > 1 ? row * shape[1] + column : map };
  }

  /** Lights what a cell comes from; null lights all. @param {Cell | null} cell */
  light(cell) {
    const { network, stages, views } = this.strip;
    const key = JSON.stringify(cell);
    if (key === this.lit || !network) return;
    this.lit = key;
    const reached = cell ? stagesReached(network, stages, cell.stage, cell.place) : new Map();
    for (const [name, view] of views)
      view.light(reached.get(name) ?? null, name === cell?.stage && cell ? cell.map : null);
  }
}
