// What tabs of one browser tell each other of the trainings that they share.
//
// Only the tab in which a training has its worker changes it; others show what is kept, and hear when
// that is newer or gone. Where browsers have no such channel, each tab is alone.

const CHANNEL = "denoising-lab";
const TABS_ANSWER_MS = 150; // for the answer of another tab

/**
 * @typedef {{ about: "who" | "mine" | "kept" | "removed", id: string }} Word
 * @typedef {object} Ears
 * @property {(id: string) => boolean} isMine - Whether a training has a worker in this tab.
 * @property {(id: string) => void} kept - Another tab has kept a training as it stands.
 * @property {(id: string) => void} removed
 */

export class DeviceTabs {
  /** @param {Ears} ears */
  constructor(ears) {
    this.ears = ears;
    /** @type {Map<string, () => void>} */
    this.asked = new Map();
    this.channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null;
    if (this.channel) this.channel.onmessage = ({ data }) => this.hear(data);
  }

  /** @param {Word["about"]} about @param {string} id */
  tell(about, id) {
    this.channel?.postMessage({ about, id });
  }

  /** Whether a training has a worker in another tab. @param {string} id @returns {Promise<boolean>} */
  isElsewhere(id) {
    if (!this.channel) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => answered(false), TABS_ANSWER_MS);
      const answered = (/** @type {boolean} */ isThere) => {
        clearTimeout(timer);
        this.asked.delete(id);
        resolve(isThere);
      };
      this.asked.set(id, () => answered(true));
      this.tell("who", id);
    });
  }

  /** @param {Word} word */
  hear({ about, id }) {
    if (about === "who" && this.ears.isMine(id)) this.tell("mine", id);
    if (about === "mine") this.asked.get(id)?.();
    if (about === "kept") this.ears.kept(id);
    if (about === "removed") this.ears.removed(id);
  }
}
