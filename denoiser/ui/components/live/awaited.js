// A model that was chosen and whose weights do not come: asked for again, given up, and said so.
import { find } from "../../../web/elements.js";
import { fill } from "../../../web/fill.js";

const PATIENCE = 2500; // milliseconds, after which awaited weights are asked for again
const MOST_ASKED = 4;

export class AwaitedModel {
  /**
   * @param {HTMLElement} notice - Says which one is missing, beside a button to try again.
   * @param {() => void} ask - Asks for the weights.
   * @param {() => void} giveUp
   */
  constructor(notice, ask, giveUp) {
    this.notice = notice;
    this.ask = ask;
    this.giveUp = giveUp;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.patience = undefined; // runs while weights are awaited
    this.missing = ""; // the model that was chosen and has not come
    this.mayCome = true;
  }

  start() {
    this.clear();
    this.stop();
    let asked = 1;
    this.patience = setInterval(() => {
      if (navigator.onLine && asked++ < MOST_ASKED) {
        this.ask(); // Streamlit drops what is sent while it connects
        return;
      }
      this.stop();
      this.giveUp();
    }, PATIENCE);
  }

  stop() {
    clearInterval(this.patience);
  }

  clear() {
    this.missing = "";
    this.notice.hidden = true;
    find(this.notice, "span").textContent = "";
  }

  /**
   * @param {string} name - Of the model that has not come.
   * @param {string} title - The same model's.
   * @param {string} text - What is said of it.
   * @param {boolean} mayCome - Whether it can be asked for again.
   */
  show(name, title, text, mayCome) {
    this.missing = name;
    this.mayCome = mayCome;
    this.notice.hidden = false;
    find(this.notice, "span").textContent = fill(text, { model: title });
    find(this.notice, "button").hidden = !mayCome;
  }
}
