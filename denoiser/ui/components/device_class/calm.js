// When a component may tell Python something of its own accord.
//
// What is told while the visitor goes to another page belongs to the page before; Streamlit, as of 1.67,
// then runs that page's part on the new page, and clears it. So a component holds its tongue from each
// press on, and while a script runs. Knows nothing of what is told.

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
    this.controller = new AbortController();
    // Before all others hear of it, for some of them keep it to themselves.
    const options = { capture: true, signal: this.controller.signal };
    for (const type of ["pointerdown", "click", "keydown"])
      view.addEventListener(
        type,
        (event) => this.wait(leadsAway(event) ? AFTER_LINK_MS : AFTER_PRESS_MS),
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
}

/** Whether something that was pressed is a link, or in one. @param {Event} event */
function leadsAway(event) {
  return event.composedPath().some((part) => "tagName" in part && part.tagName === "A");
}
