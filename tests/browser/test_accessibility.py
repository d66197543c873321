"""No page has a serious fault that axe-core can find, in either theme."""

import pytest
from axe import expect_no_faults
from device import LONG, press, start
from panel import PATIENCE, LivePanel
from playwright.sync_api import expect

pytestmark = pytest.mark.usefixtures("engine")
HEADINGS = {  # by the page's name in the navigation
    "Train": "Train",
    "Compare": "Compare",
    "Handwriting": "Handwriting",
    "Lessons": "Lessons",
}


def test_home(page, server):
    LivePanel(page, server.url)
    expect_no_faults(page)


def test_sharing(page, server):
    LivePanel(page, server.url)
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible(timeout=PATIENCE)
    expect_no_faults(page)


def test_projector(page, server):
    LivePanel(page, f"{server.url}/?projector=1")
    expect_no_faults(page)


@pytest.mark.parametrize("name", HEADINGS)
def test_page(page, server, name):
    page.goto(server.url)
    page.get_by_role("link", name=name, exact=True).click(timeout=PATIENCE)
    heading = page.get_by_role("heading", name=HEADINGS[name], level=1)
    expect(heading).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stStatusWidget")).to_be_hidden(timeout=PATIENCE)
    expect_no_faults(page)


def test_a_training_on_the_device(chromium, server):
    page = chromium.new_page()  # whose errors are not watched: Streamlit logs one for a deep link
    start(page, server.url, LONG)
    press(page, "Pause")
    press(page, "One step")
    expect(page.get_by_text("What step")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".panel")).to_have_attribute("aria-busy", "false", timeout=PATIENCE)
    expect_no_faults(page)
    press(page, "New training")
    expect(page.locator(".list li").first).to_be_visible(timeout=PATIENCE)
    expect_no_faults(page)
    page.close()


def test_each_step_of_a_lesson_and_its_worksheet(page, server):
    page.goto(server.url)
    page.get_by_role("link", name="Lessons").click(timeout=PATIENCE)
    page.get_by_role("button", name="Begin").first.click(timeout=PATIENCE)
    expect(page.get_by_role("spinbutton")).to_be_visible(timeout=PATIENCE)
    expect_no_faults(page)
    page.get_by_role("spinbutton").fill("40")
    page.get_by_role("button", name="That is my prediction").click()
    see = page.get_by_role("button", name="See what is true")
    expect(see).to_be_visible(timeout=PATIENCE)
    expect_no_faults(page)
    see.click()
    expect(page.get_by_text("You said")).to_be_visible(timeout=PATIENCE)
    expect_no_faults(page)
    page.get_by_role("button", name="Worksheet").click()
    expect(page.get_by_role("button", name="Print")).to_be_visible(timeout=PATIENCE)
    expect_no_faults(page)
