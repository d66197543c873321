"""A running app, and a tab of Chromium to visit it with."""

import os
from collections.abc import Iterator

import pytest
from app_server import CHROMIUM, CHROMIUM_FLAGS, Server, chromium_path, running_app
from engine_tools import opened
from playwright.sync_api import BrowserContext, Page, sync_playwright

from denoiser.engine.client import Engine
from denoiser.runs.store import default_store


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_app() as server:
        yield server


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """Start the engine that the app's pages use, so that it is ready once one needs it."""
    with opened(default_store()) as engine:
        yield engine


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserContext]:
    """Return one browser for all tests: its cache spares each the loading of Streamlit."""
    path = chromium_path()
    if path is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing(f"needs one of {', '.join(CHROMIUM)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser.new_context(viewport={"width": 1366, "height": 768})
        browser.close()


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    """Return a new tab; the test fails if anything is logged there as an error."""
    yield from tab(chromium)


@pytest.fixture(scope="module")
def shared_page(chromium: BrowserContext) -> Iterator[Page]:
    """Return a tab for all tests of a file; the last one fails if an error is logged there."""
    yield from tab(chromium)


def tab(chromium: BrowserContext) -> Iterator[Page]:
    page = chromium.new_page()
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []
