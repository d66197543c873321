"""A training from a visitor's chair: started, watched by two, tried, stopped, resumed."""

import re

import pytest
from app_server import running_app
from panel import PATIENCE
from playwright.sync_api import expect

from denoiser.runs import HOME_VARIABLE, Home

TRAINS = 90_000  # milliseconds, with TensorFlow to load first


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def server(home):
    with running_app(**{HOME_VARIABLE: str(home.folder)}) as server:
        yield server


@pytest.fixture
def visitor(chromium, server):
    """A visitor of their own, with their own cookies, on the home page."""
    context = chromium.browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(server.url)
    yield page
    context.close()


@pytest.fixture
def stranger(chromium, server):
    """Somebody else."""
    context = chromium.browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(server.url)
    yield page
    context.close()


def start(page, epochs, how_many):
    """Start a short training with the Train page and return its run's id."""
    page.get_by_role("link", name="Train").click()
    for label, value in (("How many", how_many), ("Epochs", epochs)):
        field = page.get_by_role("spinbutton", name=label)
        expect(field).to_be_visible(timeout=PATIENCE)
        field.fill(str(value))
        field.press("Enter")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"run=[a-z0-9]{12}"), timeout=PATIENCE)
    return page.url[-12:]


def drawn_points(page):
    """How many points the chart has."""
    return page.locator(".js-plotly-plot").evaluate(
        "(plot) => plot.data.reduce((sum, trace) => sum + trace.x.length, 0)"
    )


def test_a_training_is_started_watched_by_two_and_tried(visitor, stranger, server, home):
    run = home.run(start(visitor, epochs=2, how_many=320))
    expect(visitor.locator(".js-plotly-plot")).to_be_visible(timeout=TRAINS)
    stranger.goto(f"{server.url}/Train?run={run.id}")
    expect(stranger.locator(".js-plotly-plot")).to_be_visible(timeout=PATIENCE)
    for page in (visitor, stranger):
        slider = page.get_by_role("slider", name="Epoch shown")
        expect(slider).to_have_attribute("max", "2", timeout=TRAINS)
    expect(visitor.get_by_role("button", name="Delete")).to_be_visible(timeout=PATIENCE)
    expect(stranger.get_by_text("Only who started this training")).to_be_visible(timeout=PATIENCE)
    assert run.status().state == "finished"
    assert drawn_points(visitor) == drawn_points(stranger) > 20
    assert stranger.get_by_role("button", name="Delete").count() == 0

    slider = visitor.get_by_role("slider", name="Epoch shown")
    pixels = "canvas => canvas.toDataURL()"
    row = visitor.locator("canvas[data-row=denoised]")
    last = row.evaluate(pixels)
    slider.focus()
    visitor.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "before training")
    assert row.evaluate(pixels) != last

    visitor.keyboard.press("ArrowRight")
    visitor.get_by_role("link", name="Try this snapshot").click()
    expect(visitor.locator(".panel")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
    expect(visitor.get_by_role("radio", name=re.compile("epoch 1"))).to_be_checked()


def test_a_training_is_stopped_and_resumed_by_its_owner_alone(visitor, stranger, server, home):
    run = home.run(start(visitor, epochs=30, how_many=320))
    expect(visitor.locator(".js-plotly-plot")).to_be_visible(timeout=TRAINS)
    stranger.goto(f"{server.url}/Train?run={run.id}")
    expect(stranger.get_by_text("Only who started this training")).to_be_visible(timeout=PATIENCE)
    assert stranger.get_by_role("button", name="Stop").count() == 0
    visitor.get_by_role("button", name="Stop").click()
    expect(visitor.get_by_role("button", name="Resume")).to_be_visible(timeout=PATIENCE)
    assert run.status().state == "stopped"
    done = run.history().steps[-1].step
    visitor.reload()
    visitor.get_by_role("button", name="Resume").click()
    expect(visitor.get_by_role("button", name="Stop")).to_be_visible(timeout=PATIENCE)
    expect(visitor.get_by_text(re.compile(r"Epoch \d+ of 30"))).to_be_visible(timeout=TRAINS)
    steps = [step.step for step in run.history().steps]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= done
    visitor.get_by_role("button", name="Stop").click()
    expect(visitor.get_by_role("button", name="Resume")).to_be_visible(timeout=PATIENCE)
