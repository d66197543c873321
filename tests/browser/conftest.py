"""A running app, and a tab of Chromium to visit it with."""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from app_server import CHROMIUM, CHROMIUM_FLAGS, Server, chromium_path, running_app
from engine_tools import opened
from playwright.sync_api import BrowserContext, Page, sync_playwright

from denoiser.config import RECIPES
from denoiser.engine.client import Engine
from denoiser.models import store as models
from denoiser.runs.history import Epoch, Step
from denoiser.runs.run import Run
from denoiser.runs.store import HOME_VARIABLE, RunStore, default_store


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_app() as server:
        yield server


class Quiet:
    """A running app with a folder of runs of its own, and without an engine."""

    def __init__(self, url: str, store: RunStore) -> None:
        self.url, self.store = url, store

    def ended_run(self, owner: str = "somebody", **settings: Any) -> Run:
        """Return a run of the quick recipe that has ended, with settings of its own."""
        config = replace(RECIPES["quick"], **settings)
        run = self.store.create(config, owner=owner)
        run.append(Step(1, 1, 0.1, 1.0))
        run.append(Epoch(1, 0.1, 0.1, 2.0))
        run.save_model(models.load("unet"))
        run.update(state="finished", steps_per_epoch=1, digits=64)
        return run


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quiet]:
    store = RunStore(tmp_path_factory.mktemp("quiet"))
    nowhere = {"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:9"}
    with running_app(**{HOME_VARIABLE: str(store.folder)}, **nowhere) as server:
        yield Quiet(server.url, store)


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
