import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ClassDevice } from "../../denoiser/ui/components/device_class/class_device.js";

/** A lab without workers: it notes what it is asked for. A training's worker comes when told. */
class Lab {
  constructor({ canTrain = true } = {}) {
    /** @type {string[]} */
    this.asked = [];
    /** @type {Map<string, any>} */
    this.records = new Map();
    /** @type {Map<string, any>} */
    this.followers = new Map();
    /** @type {Set<string>} */
    this.withWorker = new Set();
    this.workers = { canTrain: async () => canTrain };
  }

  /** @param {any} task @param {string} name */
  start(task, name) {
    const id = `${name}-${this.records.size}`;
    const record = { id, task, status: "running", losses: [], history: [] };
    this.records.set(id, record);
    this.asked.push(`start ${id}`);
    return id;
  }

  /** @param {string} id */
  async open(id) {
    return this.records.get(id);
  }

  /** @param {string} id @param {(followed: any) => void} follower */
  follow(id, follower) {
    this.followers.set(id, follower);
    this.tell(id);
    return () => this.followers.delete(id);
  }

  /** @param {string} id */
  tell(id) {
    const run = this.withWorker.has(id) ? {} : undefined;
    this.followers.get(id)?.({ record: this.records.get(id), run });
  }

  /** @param {string} id */
  beginWork(id) {
    this.withWorker.add(id);
    this.tell(id);
  }

  /** @param {string} id */
  pause(id) {
    this.asked.push(`pause ${id}`);
    if (this.withWorker.has(id)) this.records.get(id).status = "paused";
  }

  /** @param {string} id */
  async resume(id) {
    this.asked.push(`resume ${id}`);
    this.records.get(id).status = "running";
  }
}

function memory() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
  };
}

/** @param {any} lab @param {any} [kept] */
function device(lab, kept = memory()) {
  return new ClassDevice(lab, kept);
}

const TASK = packed({ count: 64, config: { epochs: 4, batch_size: 32 } });

/** As Python packs a task. @param {unknown} task */
function packed(task) {
  return gzipSync(JSON.stringify(task)).toString("base64");
}

/** @param {Record<string, any>} changes @returns {any} */
function wishes(changes = {}) {
  const share = { label: "latent 4", name: "own", about: "", task: TASK };
  const received = { number: 1, reports: 0, x: 0, epoch: 0, status: "" };
  return { code: "ABCDEF", number: 1, wish: "running", share, received, ...changes };
}

test("what the class trains begins once, however often it is said", async () => {
  const lab = new Lab();
  const here = device(lab);
  for (let i = 0; i < 3; i++) await here.hear(wishes());
  assert.deepEqual(lab.asked, ["start own-0"]);
  await here.hear(wishes({ share: { ...wishes().share, task: "" } }));
  assert.deepEqual(lab.asked, ["start own-0"]);
});

test("after a reload it is found again and goes on", async () => {
  const [lab, kept] = [new Lab(), memory()];
  await device(lab, kept).hear(wishes());
  lab.records.get("own-0").status = "paused"; // as a training is that was left
  const again = device(lab, kept);
  await again.hear(wishes());
  assert.deepEqual(lab.asked, ["start own-0", "resume own-0"]);
  assert.equal(again.id, "own-0");
});

test("what was lost with the page begins again, and another class's is none of it", async () => {
  const kept = memory();
  await device(new Lab(), kept).hear(wishes());
  const emptied = new Lab();
  await device(emptied, kept).hear(wishes());
  assert.deepEqual(emptied.asked, ["start own-0"]);
  const full = new Lab();
  full.start({}, "own");
  await device(full, kept).hear(wishes({ code: "GHJKMN" }));
  assert.deepEqual(full.asked.slice(1), ["start own-1"]);
});

test("it waits and goes on as the teacher wishes, once for each wish", async () => {
  const lab = new Lab();
  const here = device(lab);
  await here.hear(wishes());
  lab.beginWork("own-0");
  for (const wish of ["stopped", "stopped", "running", "running"]) await here.hear(wishes({ wish }));
  assert.deepEqual(lab.asked.slice(1), ["pause own-0", "resume own-0"]);
});

test("a visitor's own pause is left alone", async () => {
  const lab = new Lab();
  const here = device(lab);
  await here.hear(wishes());
  lab.beginWork("own-0");
  lab.pause("own-0");
  lab.tell("own-0");
  await here.hear(wishes());
  assert.deepEqual(lab.asked.slice(1), ["pause own-0"]);
});

test("a stop that comes before there is a worker stops it once there is one", async () => {
  const lab = new Lab();
  const here = device(lab);
  await here.hear(wishes());
  await here.hear(wishes({ wish: "stopped" }));
  assert.deepEqual(lab.asked, ["start own-0"]);
  lab.beginWork("own-0");
  assert.deepEqual(lab.asked, ["start own-0", "pause own-0"]);
});

test("whoever comes while the class waits begins only when it goes on", async () => {
  const lab = new Lab();
  const here = device(lab);
  await here.hear(wishes({ wish: "stopped" }));
  assert.deepEqual(lab.asked, []);
  await here.hear(wishes());
  assert.deepEqual(lab.asked, ["start own-0"]);
});

test("a new training of the class begins in place of the old one; of several, the newest", async () => {
  const lab = new Lab();
  const here = device(lab);
  await here.hear(wishes());
  await Promise.all([here.hear(wishes({ number: 2 })), here.hear(wishes({ number: 3 }))]);
  assert.deepEqual(lab.asked, ["start own-0", "start own-1"]);
  assert.equal(here.number, 3);
});

test("what is over waits, and is not reported", async () => {
  const lab = new Lab();
  const here = device(lab);
  await here.hear(wishes());
  lab.beginWork("own-0");
  await here.hear(wishes({ number: 0, share: null }));
  assert.deepEqual(lab.asked.slice(1), ["pause own-0"]);
  lab.records.get("own-0").losses = [0.1];
  assert.equal(here.report(10_000), null);
});

test("it reports at most once a second, and waits for an answer", async () => {
  const lab = new Lab();
  const here = device(lab);
  await here.hear(wishes());
  const record = lab.records.get("own-0");
  const reported = (/** @type {number} */ now) => here.report(now) !== null;
  record.losses = [0.1];
  assert.ok(reported(5000));
  record.losses = [0.1, 0.1];
  assert.ok(!reported(5900));
  assert.ok(!reported(6100)); // nobody has answered
  await here.hear(wishes({ received: { number: 1, reports: 1, x: 0.5, epoch: 0, status: "running" } }));
  assert.ok(reported(6200));
  assert.ok(!reported(9100));
  assert.ok(reported(9300)); // again
  await here.hear(wishes({ received: { number: 1, reports: 2, x: 1, epoch: 0, status: "running" } }));
  assert.ok(!reported(20_000)); // nothing is new
});

test("an answer to another training's report counts for nothing", async () => {
  const lab = new Lab();
  const here = device(lab);
  await here.hear(wishes());
  lab.records.get("own-0").losses = [0.1, 0.1];
  const other = { number: 9, reports: 5, x: 1, epoch: 1, status: "running" };
  await here.hear(wishes({ received: other }));
  assert.equal(here.report(5000)?.points.length, 2);
});

test("a browser that cannot train says so, once", async () => {
  const lab = new Lab({ canTrain: false });
  const here = device(lab);
  await here.hear(wishes());
  assert.deepEqual(lab.asked, []);
  assert.deepEqual(here.report(5000), { number: 1, points: [], losses: [], status: "failed" });
  await here.hear(wishes({ received: { number: 1, reports: 1, x: 0, epoch: 0, status: "failed" } }));
  assert.equal(here.report(9000), null);
});
