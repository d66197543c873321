"""Trainings on the device in a real browser: its worker, what is kept, what a browser refuses."""

import json

import pytest
from device_tasks import task

from denoiser import web
from denoiser.config import TrainConfig
from denoiser.models import architectures, layers

CONFIG = TrainConfig(
    network="unet-small", limit=48, fresh_noise=True, epochs=3, batch_size=4, optimizer="muon",
    learning_rate=2e-2, schedule="one-cycle",
)  # fmt: skip
STEPS = 36
PAGES = [web.bundle(web.FOLDER / name) for name in ("device_run.js", "device_store.js")]
WORKER = web.bundle(web.FOLDER / "training_worker.js")

# Loads the page's modules and prepares `begin`, which trains until the record is `over`.
SET_UP = """async ([pages, worker, task]) => {
  const type = "text/javascript";
  const urls = pages.map((page) => URL.createObjectURL(new Blob([page], { type })));
  const { DeviceRun, leftOff, openDeviceStore, secondsOnThisDevice, workerOf } =
    Object.assign({}, ...(await Promise.all(urls.map((url) => import(url)))));
  const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  task.digits = { train: bytes(task.train), validation: bytes(task.validation) };
  const store = await openDeviceStore();
  window.lab = { store };
  lab.seconds = (source, changes = {}) =>
    secondsOnThisDevice(workerOf(source ?? worker), { ...task, ...changes });
  lab.begin = (over, left, source = worker, changes = {}) => new Promise((resolve) => {
    const { digits, ...kept } = task;
    const record = left ? leftOff(left) : { id: "one", name: "One", about: "", begun: Date.now(),
      task: kept, status: "running", reason: null, state: null, history: [], times: [], losses: [],
      shown: null, samples: [], run: "" };
    lab.run = new DeviceRun(workerOf(source), { ...task, ...changes }, record, store, (run) => {
      if (over(run.record)) resolve(run.record);
    });
    if (left) lab.run.resume();
  });
  lab.ended = ({ status }) => !["running", "paused"].includes(status);
  lab.told = ({ status, history, losses }) => ({ status, history, losses });
}"""


@pytest.fixture
def lab(chromium, quiet):
    """A page of the lab's origin that shows nothing, in a browser that keeps nothing yet."""
    context = chromium.browser.new_context()
    page = context.new_page()
    set_up(page, quiet.url)
    yield page
    context.close()


def set_up(page, url):
    page.goto(f"{url}/_stcore/health")
    page.evaluate(SET_UP, [PAGES, WORKER, task(CONFIG, validation=50)])


def trained(page, source="undefined"):
    found = page.evaluate(f"lab.begin(lab.ended, null, {source}).then(lab.told)")
    page.evaluate("lab.run.kept")
    return found


def test_it_trains_and_what_it_learned_is_kept(lab, quiet):
    found = trained(lab)
    assert found["status"] == "ended"
    assert len(found["losses"]) == STEPS
    assert found["losses"][-1] < found["losses"][0] / 2
    set_up(lab, quiet.url)
    kept = lab.evaluate("lab.store.all()")
    assert [(r["id"], r["status"], r["history"]) for r in kept] == [
        ("one", "ended", found["history"])
    ]
    sizes = lab.evaluate(
        "Promise.all([0, 1, 3, 4].map((n) => lab.store.snapshot('one', n)))"
        ".then((all) => all.map((tensors) => Object.keys(tensors ?? {}).length))"
    )
    count = len(layers.weights(architectures.layers_of(CONFIG)))
    assert sizes == [0, count, count, 0]
    lab.evaluate("lab.store.remove('one')")
    assert lab.evaluate("lab.store.all()") == []
    assert lab.evaluate("lab.store.snapshot('one', 1).then((found) => found === undefined)")


def test_after_a_reload_it_goes_on_with_the_same_bits(lab, quiet):
    expected = trained(lab)
    lab.evaluate("lab.store.remove('one')")
    lab.evaluate(
        "lab.begin(({ history }) => history.length === 1 && (lab.run.close(), true))"
        ".then(() => lab.run.kept)"
    )
    set_up(lab, quiet.url)
    found = lab.evaluate(
        "lab.store.all().then(([left]) => lab.begin(lab.ended, left)).then(lab.told)"
    )
    assert found == expected


def test_it_waits_takes_a_step_and_shows_its_weights(lab):
    lab.evaluate("lab.begin(({ losses }) => losses.length > 0).then(() => lab.run.pause())")
    lab.evaluate("lab.run.weights()")  # heard after the pause: nothing is on its way any more
    before = lab.evaluate("lab.run.record.losses.length")
    assert 0 < before < STEPS
    lab.evaluate("lab.run.step()")
    changed = lab.evaluate(
        "lab.run.weights().then(({ tensors }) => Object.values(tensors)[0].data.length)"
    )
    assert changed > 0
    assert lab.evaluate("lab.run.record.losses.length") == before + 1


@pytest.mark.parametrize("without", ["WebAssembly", "SIMD"])
def test_without_a_fast_kernel_it_learns_the_same(lab, without):
    expected = trained(lab)
    missing = {
        "WebAssembly": "self.WebAssembly = undefined;",
        "SIMD": "WebAssembly.Module = function () { throw new WebAssembly.CompileError('simd'); };",
    }[without]
    source = json.dumps(f"{missing}\n{WORKER}")
    lab.evaluate("lab.store.remove('one')")
    assert trained(lab, source) == expected


def test_a_browser_that_keeps_nothing_trains_all_the_same(lab, quiet):
    lab.add_init_script("indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); }")
    set_up(lab, quiet.url)
    assert trained(lab)["status"] == "ended"
    assert lab.evaluate("[lab.store.isKept, lab.run.isKept]") == [False, False]
    assert len(lab.evaluate("lab.store.all()")) == 1  # while the page is open


def test_where_there_is_no_room_it_goes_on_and_says_so(lab):
    lab.evaluate(
        "void (IDBObjectStore.prototype.put = () => {"
        " throw new DOMException('full', 'QuotaExceededError'); })"
    )
    assert trained(lab)["status"] == "ended"
    assert lab.evaluate("[lab.store.isKept, lab.run.isKept]") == [True, False]


@pytest.mark.parametrize(
    ("source", "changes", "problem"),
    [
        ("this is no program", "{}", "did not start"),
        (WORKER, "{ graph: [] }", "expected an input"),
        ("addEventListener('message', () => { throw new Error('crashed'); })", "{}", "crashed"),
    ],
    ids=["syntax", "network", "crash"],
)
def test_a_worker_that_fails_says_why(lab, source, changes, problem):
    found = lab.evaluate(
        f"lab.begin(lab.ended, null, {json.dumps(source)}, {changes})"
        ".then(({ status }) => [status, lab.run.problem])"
    )
    assert found[0] == "failed"
    assert problem in found[1]


def test_a_trial_tells_how_long_it_would_take(lab):
    assert 0 < lab.evaluate("lab.seconds()") < 30
    refused = "lab.seconds(null, { graph: [] }).catch((error) => error.message)"
    assert "expected an input" in lab.evaluate(refused)
    assert "did not start" in lab.evaluate("lab.seconds('no program').catch((e) => e.message)")
