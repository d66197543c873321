"""What the tests share: real digits, the tutorial's noise, and full MNIST where it is at hand."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner
from xdist.scheduler import LoadFileScheduling

from denoiser.data import digits, noise
from denoiser.data.digits import Digits
from denoiser.runs.store import HOME_VARIABLE

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Tests run two at a time: threads that wait for work would take the cores from each other.
for kind in ("INTER", "INTRA"):
    os.environ.setdefault(f"TF_NUM_{kind}OP_THREADS", "1")


# All in these folders is slow: it drives a browser, or starts processes that load TensorFlow.
SLOW = {"browser", "engine", "benchmark"}
# Files whose pages need the lab's engine, in the order in which they need it: it takes half a
# minute to start, for two of its processes load TensorFlow.
SHARE_AN_ENGINE = (
    "test_accessibility.py", "test_languages.py", "test_drawing.py", "test_class.py",
    "test_compare_page.py", "test_brought.py", "test_train_page.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow folders, and put what takes longest first.

    So no process has work left when the other has none. All others stay in their order.
    """
    for item in items:
        if item.path.parent.name in SLOW:
            item.add_marker(pytest.mark.slow)
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if item.path.name in SHARE_AN_ENGINE:
        return SHARE_AN_ENGINE.index(item.path.name)
    return len(SHARE_AN_ENGINE) + (item.get_closest_marker("slow") is None)


class FilesTogether(LoadFileScheduling):
    """The tests of a file run in one process, and so do those of files that share an engine."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "engine" if file.endswith(SHARE_AN_ENGINE) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Say which process runs which tests."""
    return FilesTogether(config, log)


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what tests train out of the developer's own folder of runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("runs")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _pages_open_quickly() -> Iterator[None]:
    """Keep Streamlit from what it does in a server once, and here for each page that a test opens.

    It looks for components in all installed packages, which takes longer than our page. It clears
    up after TensorFlow, which a server never has, and which tests of trainings have loaded here:
    every redraw of a page would collect all garbage.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", list)
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        yield


@pytest.fixture(scope="session")
def train_digits() -> Digits:
    """The 4,500 bundled digits to train on."""
    return digits.load("bundled", "train")


@pytest.fixture(scope="session")
def held_out() -> Digits:
    """The 500 bundled digits that no training has seen."""
    return digits.load("bundled", "test")


@pytest.fixture(scope="session")
def noisy(held_out: Digits) -> np.ndarray:
    """The held-out digits under the tutorial's noise, seed 0."""
    return noise.add_noise(held_out.clean, np.random.default_rng(0))


@pytest.fixture(scope="session")
def mnist_file() -> Path:
    """A local copy of the full MNIST."""
    if path := os.environ.get(digits.MNIST_VARIABLE):
        return Path(path)
    pytest.skip(f"needs the full MNIST: set {digits.MNIST_VARIABLE} to a local mnist.npz")
