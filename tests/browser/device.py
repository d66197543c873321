"""Trainings on the device as a visitor has them: started with few digits, watched, left."""

import re

from chart import curve
from panel import PATIENCE
from playwright.sync_api import Locator, Page, expect

LEARNS = 60_000  # milliseconds, for a short training on a busy machine
SMALL = "limit=96&epochs=2"
LONG = "limit=480&epochs=40"
LAB = "globalThis.denoisingLab"


def open_form(page: Page, url: str, query: str = SMALL) -> None:
    page.goto(f"{url}/Train?{query}")
    expect(start_button(page)).to_be_enabled(timeout=PATIENCE)


def start_button(page: Page) -> Locator:
    return page.locator(".start").get_by_role("button", name="Start training")


def start(page: Page, url: str, query: str = SMALL) -> str:
    """Start a training on the device; return its id, once it has a point on its curve."""
    open_form(page, url, query)
    start_button(page).click()
    page.wait_for_url(re.compile(r"device=[a-z0-9]{12}"), timeout=PATIENCE)
    expect(curve(page)).to_have_attribute("data-points", re.compile("[1-9]"), timeout=LEARNS)
    return page.url[-12:]


def head(page: Page) -> Locator:
    return page.locator(".training")


def press(page: Page, name: str) -> None:
    head(page).get_by_role("button", name=name, exact=True).click()


def expect_state(page: Page, text: str) -> None:
    expect(head(page).get_by_text(text, exact=True)).to_be_visible(timeout=LEARNS)


def trained(page: Page, url: str, query: str = SMALL) -> str:
    """Train on the device to the end; return the training's id."""
    id = start(page, url, query)
    expect_state(page, "Trained on this device")
    return id


def record(page: Page, id: str) -> dict:
    """Return what the browser knows of a training: its history and its steps' losses."""
    return page.evaluate(
        f"{LAB}.open('{id}').then(({{ name, status, history, losses }}) =>"
        " ({ name, status, history, losses }))"
    )
