// When a component may tell Python something of its own accord.
//
// What is told while the visitor goes to another page belongs to the page before; Streamlit, as of 1.67,
// then runs that page's part on the new page, and clears it. So a component holds its tongue from each
// press on, and while a script runs; and a press waits until what was told just before it is on its way.
// Knows nothing of what is told.

const AFTER_PRESS_MS = 1000; // by then the server has said that it runs
const AFTER_LINK_MS = 5000; // by then the component is another page's
const APP = '[data-testid="stApp"]';

export class Calm {
  /**
   * @param {EventTarget} view - The window.
   * @param {ParentNode} page - Its document.
   * @param {() => number} now - Milliseconds.
   */
  constructor(view, page, now = () => performance.now()) {
    this.page = page;
    this.now = now;
    this.until = -Infinity;
    this.isTelling = false; // Streamlit sends what it is told a moment later
    /** @type {HTMLElement | null} */
    this.postponed = null; // what was pressed meanwhile
    this.controller = new AbortController();
    // Before all others hear of it, for some of them keep it to themselves.
    const options = { capture: true, signal: this.controller.signal };
    view.addEventListener("click", (event) => this.postpone(event), options);
    for (const type of ["pointerdown", "click", "keydown"])
      view.addEventListener(
        type,
        (event) => this.wait(partOf(event, ["A"]) ? AFTER_LINK_MS : AFTER_PRESS_MS),
        options,
      );
    view.addEventListener("popstate", () => this.wait(AFTER_LINK_MS), options);
  }

  stop() {
    this.controller.abort();
  }

  /** @param {number} milliseconds */
  wait(milliseconds) {
    this.until = Math.max(this.until, this.now() + milliseconds);
  }

  /** Whether the page is at rest. */
  get isThere() {
    const state = this.page.querySelector(APP)?.getAttribute("data-test-script-state") ?? "notRunning";
    return state === "notRunning" && this.now() >= this.until;
  }

  /** Notes that Streamlit was told something now. */
  tells() {
    this.isTelling = true;
    // Comes after the one in which Streamlit sends it, which was asked for before.
    setTimeout(() => {
      const pressed = this.postponed;
      Object.assign(this, { isTelling: false, postponed: null });
      pressed?.click();
    });
  }

  /** @param {Event} event - A click. */
  postpone(event) {
    const element = partOf(event, ["A", "BUTTON"]);
    if (!this.isTelling || !element) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.postponed = element;
  }
}

/**
 * Returns what was pressed, if that is of a kind or in one that is.
 *
 * @param {Event} event
 * @param {string[]} kinds - Names of tags.
 */
function partOf(event, kinds) {
  const found = event
    .composedPath()
    .find((part) => "tagName" in part && kinds.includes(String(part.tagName)));
  return /** @type {HTMLElement | undefined} */ (found);
}
