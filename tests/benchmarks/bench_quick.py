"""How soon a visitor sees a network learn: the Quick preset, started from the page in Chromium.

    python tests/benchmarks/bench_quick.py
    python tests/benchmarks/bench_quick.py --rounds 3 --pictures /tmp

The server is warm: its engine has started and TensorFlow is loaded, as after
somebody's first visit. The figures to hold, on 2 cores: the first point of the
curve at most 10 s after Start, the end at most 90 s after it, and an MSE of at
most 0.020 on the held-out bundled digits under N(0.5, 0.5).
"""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from app_server import CHROMIUM_FLAGS, Server, chromium_path, running_app  # noqa: E402
from chart import expect_point  # noqa: E402

from denoiser.runs.store import HOME_VARIABLE, RunStore  # noqa: E402

WARM_UP_S = 20
PATIENCE_MS = 600_000
LIMITS = {"first point": 10, "done": 90, "MSE": 0.020}


def quick(page: Page, server: Server, store: RunStore) -> tuple[dict[str, float], int]:
    """Start one and wait for its end; return seconds after Start and the MSE, and its digits."""
    page.goto(f"{server.url}/Train")
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled(timeout=PATIENCE_MS)
    page.wait_for_timeout(1000 * WARM_UP_S)
    start.click()
    clicked = time.monotonic()
    expect_point(page, PATIENCE_MS)
    first_point = time.monotonic() - clicked
    expect(page.get_by_role("heading", name="trained")).to_be_visible(timeout=PATIENCE_MS)
    done = time.monotonic() - clicked
    scores = store.run(page.url[-12:]).model().card["scores"]
    return {"first point": first_point, "done": done, "MSE": scores["mse"]}, scores["count"]


def main(options: argparse.Namespace) -> bool:
    """Print the figures of each round; return whether all limits were held."""
    held = True
    with (
        TemporaryDirectory() as folder,
        running_app(**{HOME_VARIABLE: folder}) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        for number in range(1, options.rounds + 1):
            figures, count = quick(page, server, RunStore(Path(folder)))
            held &= all(figures[name] <= limit for name, limit in LIMITS.items())
            first_point, done, mse = figures.values()
            print(
                f"first point {first_point:.1f} s after Start, done {done:.1f} s, "
                f"MSE {mse:.5f} on {count} digits",
                flush=True,
            )
            if options.pictures:
                page.screenshot(path=options.pictures / f"quick-{number}.png")
        browser.close()
    return held


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=2, help="trainings, one after another")
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each at its end")
    sys.exit(not main(parser.parse_args()))
