import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Calm } from "../../denoiser/ui/components/device_class/calm.js";

/** A window and its document, with a script that runs or does not, and a clock. */
function page() {
  const view = new EventTarget();
  const app = { state: "notRunning", getAttribute: () => app.state };
  const clock = { now: 0 };
  const document = /** @type {any} */ ({ querySelector: () => app });
  return { view, app, clock, calm: new Calm(view, document, () => clock.now) };
}

/** @param {string} type @param {string[]} tags - What is pressed, and what that is in. */
function press(type, tags = []) {
  const event = new Event(type);
  event.composedPath = () => /** @type {any} */ (tags.map((tagName) => ({ tagName })));
  return event;
}

test("a page at rest is calm, one whose script runs is not", () => {
  const { app, calm } = page();
  assert.ok(calm.isThere);
  app.state = "running";
  assert.ok(!calm.isThere);
});

test("after a press it is calm again in a second, after a link much later", () => {
  for (const type of ["pointerdown", "click", "keydown"])
    for (const [tags, rest] of /** @type {[string[], number][]} */ ([
      [["BUTTON", "DIV"], 1000],
      [["SPAN", "A", "DIV"], 5000],
    ])) {
      const { view, clock, calm } = page();
      view.dispatchEvent(press(type, tags));
      clock.now = rest - 1;
      assert.ok(!calm.isThere);
      clock.now = rest;
      assert.ok(calm.isThere);
    }
});

test("a press on something else takes nothing from a link's rest", () => {
  const { view, clock, calm } = page();
  view.dispatchEvent(press("click", ["A"]));
  clock.now = 100;
  view.dispatchEvent(press("click", ["BUTTON"]));
  clock.now = 4000;
  assert.ok(!calm.isThere);
});

test("going back is going away", () => {
  const { view, clock, calm } = page();
  view.dispatchEvent(new Event("popstate"));
  clock.now = 4000;
  assert.ok(!calm.isThere);
});

test("who has left the page hears nothing any more", () => {
  const { view, calm } = page();
  calm.stop();
  view.dispatchEvent(press("click", ["A"]));
  assert.ok(calm.isThere);
});

test("a click waits until what was told is sent, and comes then", async () => {
  const { view, calm } = page();
  /** @type {string[]} */
  const order = [];
  view.addEventListener("click", () => order.push("click"));
  const link = { tagName: "A", click: () => view.dispatchEvent(onLink()) };
  const onLink = () => {
    const event = new Event("click", { cancelable: true });
    event.composedPath = () => /** @type {any} */ ([{ tagName: "SPAN" }, link]);
    return event;
  };
  setTimeout(() => order.push("sent")); // as Streamlit does when it is told
  calm.tells();
  view.dispatchEvent(onLink());
  assert.deepEqual(order, []);
  await sleep(20);
  assert.deepEqual(order, ["sent", "click"]);
  view.dispatchEvent(onLink());
  assert.deepEqual(order, ["sent", "click", "click"]); // at once
});
