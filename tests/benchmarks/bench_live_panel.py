"""How often a second the live panel denoises its large digit while a slider is dragged.

    python tests/benchmarks/bench_live_panel.py

Starts the app, drags "Noise std" back and forth in headless Chromium with the
reader on, and prints two rates for each shipped model: with real mouse moves,
each sent when the browser has answered the one before, and with the slider's
own event once a frame, as a fast mouse gives it (at most 60).
"""

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from app_server import CHROMIUM_FLAGS, chromium_path, running_app  # noqa: E402
from panel import LivePanel  # noqa: E402

from denoiser import models  # noqa: E402
from denoiser.config import READER  # noqa: E402

SECONDS = 5
SWEEPS_PER_SECOND = 0.5

# Moves the slider in every frame for some milliseconds.
EVENT_EACH_FRAME = """(slider, duration) => new Promise((done) => {
  const start = performance.now();
  const frame = (now) => {
    slider.value = 0.5 + 0.45 * Math.sin((now - start) / 320);
    slider.dispatchEvent(new Event("input"));
    now - start < duration ? requestAnimationFrame(frame) : done();
  };
  requestAnimationFrame(frame);
})"""


def main() -> None:
    """Print hero updates a second for each model."""
    with running_app() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        for name in models.names():
            if name != READER:
                page = browser.new_page(viewport={"width": 1366, "height": 768})
                panel = LivePanel(page, f"{server.url}/?model={name}")
                mouse, events = rate(panel, drag), rate(panel, move_each_frame)
                print(f"{name:10} mouse {mouse:5.1f}/s   event each frame {events:5.1f}/s")
                page.close()
        browser.close()


def rate(panel: LivePanel, move: Callable[[LivePanel], None]) -> float:
    """Return how often a second the hero is drawn while `move` moves a slider."""
    before, start = panel.updates(), time.monotonic()
    move(panel)
    return (panel.updates() - before) / (time.monotonic() - start)


def drag(panel: LivePanel) -> None:
    """Drag the slider with the mouse for `SECONDS`."""
    hand, start = panel.start_drag(panel.std), time.monotonic()
    while (elapsed := time.monotonic() - start) < SECONDS:
        hand.move(0.5 + 0.45 * math.sin(2 * math.pi * SWEEPS_PER_SECOND * elapsed))
    hand.release()


def move_each_frame(panel: LivePanel) -> None:
    """Give the slider a new value in every frame for `SECONDS`."""
    panel.std.evaluate(EVENT_EACH_FRAME, 1000 * SECONDS)


if __name__ == "__main__":
    main()
