// Answers questions of how good a network is, slice after slice: in a worker, or on the page.
//
// Of each kind of question only the newest counts. The sooner an answer is missed, the sooner it is
// given: scores come before a ranking that goes on. Knows no elements.
import { Bench, Reader } from "./measure.js";
import { NoisyDigits } from "./noisy_digits.js";
/** @import { NoiseKind } from "../types.js" */
/** @import { Excited, Model, Off, Scores } from "./measure.js" */
/** @import { Noise } from "./noisy_digits.js" */

const ORDER = /** @type {const} */ (["scores", "excite", "thin", "rank"]); // those first that are missed first

/**
 * @typedef {{ tell: "reader", model: Model, least: number }} TellReader
 * @typedef {{ tell: "digits", digits: Uint8Array, labels: Uint8Array | null, kinds: NoiseKind[] }} TellDigits
 * @typedef {{ tell: "noise", noise: Noise }} TellNoise
 * @typedef {{ tell: "model", model: Model }} TellModel
 * @typedef {TellReader | TellDigits | TellNoise | TellModel} State - What all answers are of.
 *
 * @typedef {{ ask: "scores", id: number, off: Off }} AskScores
 * @typedef {{ ask: "excite", id: number, layer: string }} AskExcite
 * @typedef {{ ask: "thin", id: number, layer: string, order: number[] }} AskThin
 * @typedef {{ ask: "rank", id: number, layers: string[] }} AskRank
 * @typedef {AskScores | AskExcite | AskThin | AskRank} Question
 * @typedef {{ ask: "cancel", kind: Question["ask"] }} Cancel
 *
 * @typedef {{ answer: "scores", id: number, before: Scores, after: Scores }} AnswerScores
 * @typedef {{ answer: "excite", id: number, excited: Excited[] }} AnswerExcite
 * @typedef {{ answer: "thin", id: number, scores: Scores[] }} AnswerThin
 * @typedef {{ answer: "rank", id: number, scores: Record<string, Scores[]> }} AnswerRank
 * @typedef {{ answer: "progress", id: number, share: number }} Progress
 * @typedef {{ answer: "failed", problem: string }} Failed
 * @typedef {AnswerScores | AnswerExcite | AnswerThin | AnswerRank | Progress | Failed} Answer
 *
 * @typedef {{ id: number, work: Generator<number, Answer> }} Job
 */

export class MeasureLoop {
  /**
   * @param {(answer: Answer) => void} tell
   * @param {number} sliceMs - It hears others as soon.
   */
  constructor(tell, sliceMs) {
    this.tell = tell;
    this.sliceMs = sliceMs;
    /** @type {Map<Question["ask"], Job>} */
    this.jobs = new Map();
    /** @type {Reader | null} */
    this.reader = null;
    /** @type {NoisyDigits | null} */
    this.digits = null;
    /** @type {Model | null} */
    this.model = null;
    /** @type {Bench | null} */
    this.bench = null;
    /** @type {Scores | null} */
    this.before = null; // with all channels on
    this.isGoing = false;
  }

  /** @param {State | Question | Cancel} message */
  hear(message) {
    this.guarded(() => {
      if ("tell" in message) this.take(message);
      else if (message.ask === "cancel") this.jobs.delete(message.kind);
      else this.jobs.set(message.ask, { id: message.id, work: this.work(message) });
    });
    this.goOn();
  }

  /** Takes what answers are of; what was asked before is no longer answered. @param {State} state */
  take(state) {
    this.jobs.clear();
    this.before = null;
    if (state.tell === "noise") {
      this.digits?.take(state.noise);
      this.bench?.renew();
      return;
    }
    this.bench = null;
    if (state.tell === "reader") this.reader = new Reader(state.model, state.least);
    if (state.tell === "digits") this.digits = new NoisyDigits(state.digits, state.labels, state.kinds);
    if (state.tell === "model") this.model = state.model;
  }

  /** The network on its digits; built when it is first asked. */
  ready() {
    const { model, reader, digits } = this;
    if (!model || !reader || !digits) throw new Error("measure: there is no network yet");
    this.bench ??= new Bench(model, reader, digits);
    return this.bench;
  }

  /** @param {Question} question @returns {Generator<number, Answer>} */
  *work(question) {
    const bench = this.ready();
    const { id } = question;
    if (question.ask === "scores") {
      this.before ??= yield* bench.scores({});
      const after = yield* bench.scores(question.off);
      return { answer: "scores", id, before: this.before, after };
    }
    if (question.ask === "excite")
      return { answer: "excite", id, excited: yield* bench.excite(question.layer) };
    if (question.ask === "thin")
      return { answer: "thin", id, scores: yield* bench.thin(question.layer, question.order) };
    /** @type {Record<string, Scores[]>} */
    const scores = {};
    for (const [i, layer] of question.layers.entries()) {
      const ranking = bench.rank(layer);
      let step = ranking.next();
      for (; !step.done; step = ranking.next()) yield (i + step.value) / question.layers.length;
      scores[layer] = step.value;
    }
    return { answer: "rank", id, scores };
  }

  /** Works slice after slice, and hears messages in between. */
  goOn() {
    if (this.isGoing || this.jobs.size === 0) return;
    this.isGoing = true;
    const { port1, port2 } = new MessageChannel(); // timers wait longer
    port1.onmessage = () => {
      this.guarded(() => this.slice());
      if (this.jobs.size > 0) {
        port2.postMessage(null);
        return;
      }
      this.isGoing = false;
      port1.close();
    };
    port2.postMessage(null);
  }

  slice() {
    const end = performance.now() + this.sliceMs;
    const kind = ORDER.find((each) => this.jobs.has(each));
    const job = kind && this.jobs.get(kind);
    if (!job) return;
    let step = job.work.next();
    while (!step.done && performance.now() < end) step = job.work.next();
    if (step.done) this.jobs.delete(kind);
    this.tell(step.done ? step.value : { answer: "progress", id: job.id, share: step.value });
  }

  /** @param {() => void} work */
  guarded(work) {
    try {
      work();
    } catch (error) {
      this.jobs.clear();
      this.tell({ answer: "failed", problem: error instanceof Error ? error.message : String(error) });
    }
  }
}
