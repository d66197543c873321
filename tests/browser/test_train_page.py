"""A training from a visitor's chair, with the real engine: started, watched by two, stopped."""

import re

import pytest
from chart import curve, expect_point
from panel import PATIENCE
from playwright.sync_api import expect

from denoiser.models.store import SHIPPED
from denoiser.runs.store import default_store

TRAINS = 120_000  # milliseconds, with an engine to start and TensorFlow to load first
STRANGER = "Only who started this training"


@pytest.fixture(scope="module")
def store():
    return default_store()


@pytest.fixture(scope="module")
def context(chromium):
    """Somebody's cookies, which are not those of `stranger`."""
    with chromium.browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        yield context


@pytest.fixture
def visitor(context, server):
    """Somebody on the home page."""
    with context.new_page() as page:
        page.goto(server.url)
        yield page


@pytest.fixture
def stranger(chromium):
    """Somebody else."""
    with chromium.new_page() as page:
        yield page


def start(page, epochs, how_many):
    """Start a short training with the Train page and return its run's id."""
    page.get_by_role("link", name="Train").click()
    for label, value in (("How many", how_many), ("Epochs", epochs)):
        field = page.get_by_role("spinbutton", name=label)
        expect(field).to_be_visible(timeout=PATIENCE)
        field.fill(str(value))
        field.press("Enter")
    page.get_by_role("radio", name="The lab's computer").check()
    page.get_by_test_id("stMain").get_by_test_id("stBaseButton-primary").filter(
        has_text="Start training"
    ).click()
    page.wait_for_url(re.compile(r"run=[a-z0-9]{12}"), timeout=PATIENCE)
    return page.url[-12:]


def slider(page):
    return page.get_by_role("slider", name="Epoch shown")


def expect_button(page, name, timeout=PATIENCE):
    expect(page.get_by_role("button", name=name)).to_be_visible(timeout=timeout)


def test_a_training_is_started_watched_by_two_and_tried(visitor, stranger, server, store):
    run = store.run(start(visitor, epochs=2, how_many=320))
    expect_point(visitor, TRAINS)
    expect(visitor.locator("canvas[data-row=denoised]")).to_be_visible()
    stranger.goto(visitor.url)
    expect(stranger.get_by_text(STRANGER)).to_be_visible(timeout=PATIENCE)
    assert stranger.get_by_role("button", name="Stop").count() == 0
    for page in (visitor, stranger):
        expect(page.get_by_text("Small U-Net, trained")).to_be_visible(timeout=TRAINS)
        title = "Quick, small · 320 bundled digits · 2 epochs"
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(slider(page)).to_have_count(1)  # two while the page is drawn as of an ended run
        expect(slider(page)).to_have_attribute("max", "2")
        expect(curve(page, "val_loss")).to_have_attribute("data-points", "2")
    assert run.status().state == "finished"
    for name in ("step", "loss", "val_loss"):
        drawn = [curve(page, name).get_attribute("d") for page in (visitor, stranger)]
        assert drawn[0] == drawn[1]
    assert stranger.get_by_role("button", name="Delete").count() == 0

    slider(visitor).focus()
    visitor.keyboard.press("Home")
    expect(slider(visitor)).to_have_attribute("aria-valuetext", "before training")
    visitor.keyboard.press("ArrowRight")
    visitor.get_by_role("link", name="Try this snapshot").click()
    expect(visitor.locator(".panel")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
    expect(visitor).to_have_url(re.compile(rf"model={run.id}(@|%40)1"))
    expect(visitor.get_by_role("radio", name=f"{title}, after epoch 1")).to_be_checked()


def test_a_training_is_stopped_and_goes_on_to_its_end(visitor, store):
    run = store.run(start(visitor, epochs=5, how_many=320))
    expect_point(visitor, TRAINS)
    visitor.get_by_role("button", name="Stop").click()
    expect_button(visitor, "Resume")
    assert run.status().state == "stopped"
    done = len(run.history().steps)
    visitor.reload()
    expect_button(visitor, "Resume")
    visitor.get_by_role("button", name="Resume").click()
    expect_button(visitor, "Stop")
    expect_button(visitor, "Delete", timeout=TRAINS)
    assert run.status().state == "finished"
    steps = [step.step for step in run.history().steps]
    assert 0 < done < len(steps)
    assert steps == list(range(1, len(steps) + 1))
    assert [epoch.epoch for epoch in run.history().epochs] == [1, 2, 3, 4, 5]


def test_weights_from_a_file_become_the_panels_model(visitor, store):
    visitor.get_by_text("Load your own weights").click()
    visitor.locator("input[type=file]").set_input_files(SHIPPED / "unet.safetensors")
    expect(visitor.get_by_role("radio", name="From a file: U-Net")).to_be_checked(timeout=TRAINS)
    visitor.get_by_role("link", name="In the panel now").click()
    expect(visitor.get_by_role("heading", name="From a file: U-Net")).to_be_visible()
    expect_button(visitor, "Delete")
    assert store.run(visitor.url[-12:]).status().loaded
