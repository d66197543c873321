"""The Train page in a browser: its form, and runs whose folders grow by the test's own hand.

There is no engine: the page says so, and everything else works.
"""

import re
import time
from dataclasses import replace

import numpy as np
import pytest
from app_server import running_app
from axe import expect_no_faults
from panel import PATIENCE, Drag
from playwright.sync_api import expect

from denoiser.config import RECIPES
from denoiser.errors import RunError
from denoiser.models import store as models
from denoiser.runs.history import Epoch, Step
from denoiser.runs.run import SAMPLES
from denoiser.runs.store import HOME_VARIABLE, RunStore

LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
STEPS = 10  # an epoch
POLLS = 3

# Counts what is drawn anew from now on: changes of the page, also inside of components.
WATCH = """() => {
  const inner = (node) => [...node.querySelectorAll("*")].flatMap((e) =>
    e.shadowRoot ? [e.shadowRoot, ...inner(e.shadowRoot)] : []);
  window.redrawn = 0;
  const main = document.querySelector(".stMain");
  for (const root of [main, ...inner(main)]) {
    new MutationObserver((changes) => (window.redrawn += changes.length))
      .observe(root, { childList: true, subtree: true, characterData: true });
  }
  const { putImageData } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.putImageData = function (...picture) {
    window.redrawn++;
    return putImageData.apply(this, picture);
  };
}"""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def server(store):
    nowhere = {"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:9"}
    with running_app(**{HOME_VARIABLE: str(store.folder)}, **nowhere) as server:
        yield server


@pytest.fixture(scope="module")
def context(chromium):
    """A visitor's cookies and cache, of their own."""
    with chromium.browser.new_context(
        viewport=LAPTOP, permissions=["clipboard-read", "clipboard-write"]
    ) as context:
        yield context


@pytest.fixture
def visitor(context):
    """A tab that may log errors: Streamlit does on direct visits to a page's link."""
    with context.new_page() as page:
        yield page


@pytest.fixture
def form(visitor, server):
    visitor.goto(f"{server.url}/Train")
    expect(visitor.get_by_role("button", name="Start training")).to_be_enabled(timeout=PATIENCE)
    expect(visitor.get_by_label("Mean", exact=True)).to_be_visible()
    return visitor


@pytest.fixture
def run(store):
    """A run in the middle of its training."""
    config = replace(RECIPES["quick"], network="tutorial", epochs=4)
    run = store.create(config, owner="somebody")
    run.update(state="running", steps_per_epoch=STEPS, digits=320)
    pictures = np.random.default_rng(0).integers(0, 256, (SAMPLES, 28, 28)).astype(np.uint8)
    run.save_samples(pictures, 255 - pictures)
    run.save_snapshot(0, models.load("tutorial"), pictures)
    learn(run)
    yield run
    run.delete()


def learn(run):
    """Do what a trainer does in an epoch."""
    epoch = len(run.history().epochs) + 1
    start = time.time()
    for step in range(1, STEPS + 1):
        done = (epoch - 1) * STEPS + step
        run.append(Step(done, epoch, 0.2 / done, start + step / 100))
    run.append(Epoch(epoch, 0.1 / epoch, 0.08 / epoch, start + 1))
    run.save_snapshot(
        epoch, models.load("tutorial"), np.full((SAMPLES, 28, 28), 40 * epoch, np.uint8)
    )


def watched(page, server, run):
    page.goto(f"{server.url}/Train?run={run.id}")
    expect(page.get_by_role("slider", name="Epoch shown")).to_be_visible(timeout=PATIENCE)
    return page


def shown_epoch(page):
    return page.get_by_role("slider", name="Epoch shown")


def brightness(page):
    """Of the first denoised digit, which tells the epoch."""
    read = "(c) => c.getContext('2d').getImageData(5, 5, 1, 1).data[0]"
    return page.locator("canvas[data-row=denoised]").evaluate(read)


# The form


def test_everything_to_start_with_is_in_the_first_view(form):
    for element in (
        form.get_by_label("Mean", exact=True),
        form.get_by_role("spinbutton", name="Epochs"),
        form.get_by_role("button", name="Start training"),
    ):
        expect(element).to_be_in_viewport(ratio=1)
    form.get_by_role("radio", name="Tutorial").click()
    expect(form.get_by_text("178,769")).to_be_in_viewport(ratio=1)
    expect(form.get_by_role("button", name="Start training")).to_be_in_viewport(ratio=1)


def test_digits_follow_the_noise_while_it_is_dragged(form):
    pixels = "(c) => c.toDataURL()"
    digit = form.locator(".digits canvas").first
    before = digit.evaluate(pixels)
    slider = form.get_by_label("Std", exact=True)
    drag = Drag(form, slider)
    drag.move(0.9)
    form.wait_for_function("() => new Promise(requestAnimationFrame)")
    assert digit.evaluate(pixels) != before
    drag.release()
    expect(form.get_by_text("changed: noise and its strength")).to_be_visible()
    form.get_by_role("button", name="Undo changes").click()
    expect(slider).to_have_value("0.5")
    expect(form.get_by_text("changed:")).to_have_count(0)
    assert digit.evaluate(pixels) == before


def test_noise_can_be_set_to_the_same_again_after_it_was_undone(form):
    slider = form.get_by_label("Mean", exact=True)
    for _ in range(2):
        slider.fill("0.2")
        expect(form.get_by_text("changed: noise and its strength")).to_be_visible()
        form.get_by_role("button", name="Undo changes").click()
        expect(slider).to_have_value("0.5")


def test_a_slider_goes_back_when_it_was_let_go_just_before_undo(form):
    field = form.get_by_role("spinbutton", name="Epochs")
    field.fill("9")
    field.press("Enter")
    undo = form.get_by_role("button", name="Undo changes")
    expect(undo).to_be_visible()
    slider = form.get_by_label("Std", exact=True)
    slider.evaluate(
        """(slider, undo) => {
            slider.value = 0.9;
            for (const type of ["input", "change"]) {
                slider.dispatchEvent(new Event(type, { bubbles: true }));
            }
            undo.click();
        }""",
        undo.element_handle(),
    )
    expect(form.get_by_text("changed:")).to_have_count(0)
    expect(slider).to_have_value("0.5")


def test_impossible_number_is_refused_below_its_field(form):
    field = form.get_by_role("spinbutton", name="Epochs")
    field.fill("5000")
    field.press("Enter")
    message = form.get_by_text("1 to 1,000 is possible")
    expect(message).to_be_visible()
    expect(form.get_by_role("button", name="Start training")).to_be_disabled()
    box, below = field.bounding_box(), message.bounding_box()
    assert 0 < below["y"] - box["y"] < 80
    assert abs(below["x"] - box["x"]) < 40


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_form_and_run_do_not_scroll_sideways(form, server, run, size):
    width = "document.querySelector('.stMain').scrollWidth"
    form.set_viewport_size(size)
    assert form.evaluate(width) <= size["width"]
    watched(form, server, run)
    assert form.evaluate(width) <= size["width"]


# Watching


def test_curves_and_digits_are_in_the_first_view(visitor, server, run):
    watched(visitor, server, run)
    for row in ("noisy", "denoised", "clean"):
        expect(visitor.locator(f"canvas[data-row={row}]")).to_be_in_viewport(ratio=1)
    expect(visitor.get_by_role("img", name=re.compile("val loss"))).to_be_in_viewport(ratio=1)


def test_a_run_is_accessible(visitor, server, run):
    expect_no_faults(watched(visitor, server, run))


def test_page_follows_the_training_and_leaves_alone_what_the_visitor_chose(visitor, server, run):
    slider = shown_epoch(watched(visitor, server, run))
    expect(slider).to_have_attribute("aria-valuetext", re.compile("epoch 1"))
    learn(run)
    expect(slider).to_have_attribute("aria-valuetext", re.compile("epoch 2"), timeout=PATIENCE)
    assert brightness(visitor) == 80
    expect(visitor.get_by_text("2 / 4")).to_be_visible()

    slider.focus()
    visitor.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("epoch 1"))
    learn(run)
    expect(slider).to_have_attribute("max", "3", timeout=PATIENCE)
    expect(slider).to_have_attribute("aria-valuetext", re.compile("epoch 1"))
    assert brightness(visitor) == 40

    visitor.get_by_role("button", name="Newest").click()
    assert brightness(visitor) == 120
    learn(run)
    expect(slider).to_have_attribute("aria-valuetext", re.compile("epoch 4"), timeout=PATIENCE)


def test_chart_grows_where_it_is(visitor, server, run):
    chart = watched(visitor, server, run).get_by_role("img", name=re.compile("val loss"))
    chart.evaluate("(svg) => (svg.isTheSame = true)")
    before = chart.inner_html()
    learn(run)
    expect(chart).to_have_accessible_name(re.compile("after epoch 2"), timeout=PATIENCE)
    assert chart.inner_html() != before
    assert chart.evaluate("(svg) => svg.isTheSame")


def test_nothing_is_drawn_again_while_nothing_changes(visitor, server, run):
    polls = []
    visitor.on("websocket", lambda socket: socket.on("framereceived", lambda _: polls.append(1)))
    watched(visitor, server, run)
    expect(visitor.get_by_text("1 / 4")).to_be_visible()
    visitor.wait_for_function("() => document.fonts.status === 'loaded'")
    seen = len(polls)
    wait_until(visitor, lambda: len(polls) > seen + POLLS)  # it has settled
    visitor.evaluate(WATCH)
    seen = len(polls)
    wait_until(visitor, lambda: len(polls) > seen + 3 * POLLS)
    assert visitor.evaluate("window.redrawn") == 0
    learn(run)
    visitor.wait_for_function("() => window.redrawn > 0", timeout=PATIENCE)


def wait_until(page, is_so):
    deadline = time.monotonic() + PATIENCE / 1000
    while not is_so():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)  # lets the browser's events in


_RECORD = """(slider) => {
  slider.dataset.said = "";
  const record = () => (slider.dataset.said += `${slider.ariaValueText} `);
  new MutationObserver(record).observe(slider, { attributeFilter: ["aria-valuetext"] });
}"""


def test_play_goes_through_the_epochs_and_ends_with_the_newest(visitor, server, run):
    learn(run)
    run.update(state="stopped", reason=RunError("Stopped by request."))
    slider = shown_epoch(watched(visitor, server, run))
    expect(slider).to_have_attribute("max", "2")
    slider.evaluate(_RECORD)  # each epoch is shown for less time than a busy machine looks away
    visitor.get_by_role("button", name="Play", exact=True).click()
    expect(slider).to_have_attribute("data-said", re.compile("before training.*epoch 1.*epoch 2"))
    expect(visitor.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_end_of_a_run_is_seen_by_everybody_who_watches(visitor, chromium, server, run):
    watched(visitor, server, run)
    other = watched(chromium.browser.new_context(viewport=PHONE).new_page(), server, run)
    expect(visitor.get_by_text("in training")).to_be_visible()
    run.update(state="failed", reason=RunError("diverged: too high."), fix={"learning_rate": 1e-4})
    for page in (visitor, other):
        expect(page.get_by_text("diverged: too high.")).to_be_visible(timeout=PATIENCE)
        fix = page.get_by_role("button", name="Start again with learning rate 0.0001")
        expect(fix).to_be_visible()
    other.context.close()


@pytest.mark.parametrize("has_clipboard", [True, False], ids=["https", "http"])
def test_link_is_copied(visitor, server, run, has_clipboard):
    if not has_clipboard:
        hide = "Object.defineProperty(navigator, 'clipboard', { get: () => undefined })"
        visitor.add_init_script(f"window.paste = navigator.clipboard; {hide}")
    watched(visitor, server, run)
    visitor.get_by_role("button", name="Copy link").click()
    expect(visitor.get_by_role("button", name="Link copied")).to_be_visible()
    pasted = visitor.evaluate("(window.paste ?? navigator.clipboard).readText()")
    assert pasted == f"{server.url}/Train?run={run.id}"


def test_link_to_no_run_leads_back_to_the_form(visitor, server):
    visitor.goto(f"{server.url}/Train?run=aaaaaaaaaaaa")
    expect(visitor.get_by_text("it was deleted")).to_be_visible(timeout=PATIENCE)
    visitor.get_by_role("button", name="To all trainings").click()
    expect(visitor.get_by_role("button", name="Start training")).to_be_visible()
    assert "run=" not in visitor.url
