// Who measures, as the page sees it: a worker, or the page itself where there is none.
//
// What answers are of is told once it is another and somebody asks. Knows nothing of what is asked.
import { MeasureLoop } from "./measure_loop.js";
/** @import { Answer, Cancel, Question, State } from "./measure_loop.js" */

const SLICE_MS = 6; // of a frame, where the page works itself
const STATES = /** @type {const} */ (["reader", "digits", "model", "noise"]); // in the order in which they are told

/** @typedef {{ key: string, make: () => State, isTold: boolean }} Known */

export class Measurer {
  /** @param {(answer: Answer) => void} hear */
  constructor(hear) {
    this.hear = hear;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {MeasureLoop | null} */
    this.loop = null;
    /** @type {Map<State["tell"], Known>} */
    this.known = new Map();
    /** @type {Map<Question["ask"], Question>} */
    this.open = new Map(); // what is not answered yet
    this.asked = 0;
  }

  stop() {
    this.worker?.terminate();
    this.worker = null;
    this.hear = () => {};
    this.loop?.jobs.clear();
  }

  /**
   * Says what answers are of from the next question on.
   *
   * @param {State["tell"]} kind
   * @param {string} key - Another for another state.
   * @param {() => State} make
   */
  know(kind, key, make) {
    if (this.known.get(kind)?.key === key) return;
    this.known.set(kind, { key, make, isTold: false });
    if (kind === "digits") this.untold("noise"); // new digits have none
    for (const asked of [...this.open.keys()]) this.cancel(asked); // nobody waits for these any more
  }

  /** @param {State["tell"]} kind */
  untold(kind) {
    const known = this.known.get(kind);
    if (known) known.isTold = false;
  }

  /** What answers are of, all in one. */
  get key() {
    return STATES.map((kind) => this.known.get(kind)?.key).join(" ");
  }

  /**
   * Asks; an older question of the same kind is not answered any more.
   *
   * @template {Question} Q
   * @param {Q extends Question ? Omit<Q, "id"> : never} question
   * @returns {number} The id that its answer has.
   */
  ask(question) {
    const id = ++this.asked;
    const whole = /** @type {Question} */ (/** @type {unknown} */ ({ ...question, id }));
    this.start();
    this.tellStates();
    this.open.set(whole.ask, whole);
    this.send(whole);
    return id;
  }

  /** @param {Question["ask"]} kind */
  cancel(kind) {
    if (this.open.delete(kind)) this.send({ ask: "cancel", kind });
  }

  tellStates() {
    for (const kind of STATES) {
      const known = this.known.get(kind);
      if (!known || known.isTold) continue;
      known.isTold = true;
      this.send(known.make());
    }
  }

  /** @param {State | Question | Cancel} message */
  send(message) {
    if (this.worker) this.worker.postMessage(message);
    else this.loop?.hear(message);
  }

  start() {
    if (this.worker || this.loop) return;
    try {
      this.worker = new Worker(new URL("./measure_worker.js", import.meta.url), { type: "module" });
      this.worker.onmessage = ({ data }) => this.take(data);
      this.worker.onerror = () => this.workHere();
    } catch {
      this.workHere();
    }
  }

  /** The page works itself, from where it was. */
  workHere() {
    this.worker?.terminate();
    this.worker = null;
    this.loop = new MeasureLoop((answer) => this.take(answer), SLICE_MS);
    for (const kind of STATES) this.untold(kind);
    if (this.open.size === 0) return;
    this.tellStates();
    for (const question of this.open.values()) this.send(question);
  }

  /** @param {Answer} answer */
  take(answer) {
    const { answer: kind } = answer;
    if (kind === "failed") {
      this.open.clear();
      this.hear(answer);
      return;
    }
    const open = [...this.open.values()].find(({ id }) => id === answer.id);
    if (!open) return; // newer ones were asked since
    if (kind !== "progress") this.open.delete(open.ask);
    this.hear(answer);
  }
}
