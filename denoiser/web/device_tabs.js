// What tabs of one browser tell each other of the trainings that they share.
//
// Only the tab in which a training has its worker changes it; others show what is kept, and hear when
// that is newer, gone, or free again. Where browsers have no such channel, each tab is alone.

const CHANNEL = "denoising-lab";
const ANSWER_MS = 150; // for another tab
const AGAIN_MS = 3000; // a tab that was killed does not say that what it had is free

/**
 * @typedef {{ about: "who" | "mine" | "free" | "kept" | "removed", id: string, token?: number }} Word -
 *   `token` of "who" is drawn: where two tabs ask at once, the one with the higher has it.
 * @typedef {{ token: number, answered: (isThere: boolean) => void, answer: Promise<boolean> }} Asked
 *
 * @typedef {object} Ears
 * @property {(id: string) => boolean} isMine - Whether a training has a worker in this tab.
 * @property {(id: string) => void} changed - Another tab has a training now, or has it no more.
 * @property {(id: string) => void} kept - Another tab has kept a training as it stands.
 * @property {(id: string) => void} removed
 */

export class DeviceTabs {
  /** @param {Ears} ears */
  constructor(ears) {
    this.ears = ears;
    /** @type {Set<string>} */
    this.elsewhere = new Set(); // trainings that have their worker in another tab
    /** @type {Map<string, Asked>} */
    this.asked = new Map();
    this.channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null;
    if (!this.channel) return;
    this.channel.onmessage = ({ data }) => this.hear(data);
    setInterval(() => this.elsewhere.forEach((id) => void this.find(id)), AGAIN_MS);
  }

  /** @param {Word["about"]} about @param {string} id @param {number} [token] */
  tell(about, id, token) {
    this.channel?.postMessage({ about, id, token });
  }

  /** Whether another tab has a training, as far as is known. @param {string} id */
  have(id) {
    return this.elsewhere.has(id) && !this.ears.isMine(id);
  }

  /**
   * Asks whether a training has its worker in another tab, or is about to.
   *
   * @param {string} id
   * @returns {Promise<boolean>}
   */
  async find(id) {
    if (!this.channel) return false;
    const isThere = await (this.asked.get(id) ?? this.ask(id)).answer;
    this.note(id, isThere);
    return isThere;
  }

  /** @param {string} id */
  ask(id) {
    const token = Math.random();
    /** @type {Asked} */
    const asked = { token, answered: () => {}, answer: Promise.resolve(false) };
    asked.answer = new Promise((resolve) => {
      asked.answered = resolve;
      setTimeout(() => resolve(false), ANSWER_MS);
    });
    this.asked.set(id, asked);
    asked.answer.then(() => this.asked.delete(id));
    this.tell("who", id, token);
    return asked;
  }

  /** @param {string} id @param {boolean} isElsewhere */
  note(id, isElsewhere) {
    if (this.elsewhere.has(id) === isElsewhere) return;
    if (isElsewhere) this.elsewhere.add(id);
    else this.elsewhere.delete(id);
    this.ears.changed(id);
  }

  /** @param {Word} word */
  hear({ about, id, token = 0 }) {
    const asked = this.asked.get(id);
    if (about === "who" && (this.ears.isMine(id) || (asked && asked.token > token))) this.tell("mine", id);
    if (about === "mine") asked?.answered(true);
    if (about === "free") this.note(id, false);
    if (about === "kept") this.ears.kept(id);
    if (about === "removed") {
      this.elsewhere.delete(id);
      this.ears.removed(id);
    }
  }
}
