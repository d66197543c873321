"""How often a second the live panel denoises its large digit while a slider is dragged.

    python tests/benchmarks/bench_live_panel.py

Starts the app and drags "Std" back and forth in headless Chromium with
the reader on, 60 mouse moves a second, as a hand does: without waiting for the
browser to answer one move before the next. Prints a rate for each model.
"""

import asyncio
import math
import sys
import time
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from app_server import CHROMIUM_FLAGS, chromium_path, running_app  # noqa: E402

from denoiser.config import CLASSIFIER  # noqa: E402
from denoiser.models import store as models  # noqa: E402

SECONDS = 5
MOVES_PER_SECOND = 60
SWEEPS_PER_SECOND = 0.5


async def main() -> None:
    """Print hero updates a second for each model."""
    with running_app() as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=CHROMIUM_FLAGS
            )
            for name in models.names():
                if name != CLASSIFIER:
                    updates, moves = await rates(browser, f"{server.url}/?model={name}")
                    print(f"{name:10} {updates:5.1f} updates/s at {moves:4.1f} mouse moves/s")
            await browser.close()


async def rates(browser: Browser, url: str) -> tuple[float, float]:
    """Open the panel, drag, and return hero updates and mouse moves a second."""
    page = await browser.new_page(viewport={"width": 1366, "height": 768})
    await page.goto(url)
    hero = page.get_by_test_id("live-denoised").and_(page.locator("[data-updates]"))
    before = await updates(hero)
    seconds, moves = await drag(page, page.get_by_label("Std", exact=True))
    after = await updates(hero)
    await page.close()
    return (after - before) / seconds, moves / seconds


async def updates(hero: Locator) -> int:
    """Return how often the hero has been drawn since the panel was opened."""
    return int(await hero.get_attribute("data-updates"))


async def drag(page: Page, slider: Locator) -> tuple[float, int]:
    """Drag a slider back and forth; return how long it took in seconds, and the moves."""
    box = await slider.bounding_box()
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(middle, y)
    await page.mouse.down()
    devtools = await page.context.new_cdp_session(page)
    sent, start = [], time.monotonic()
    while (elapsed := time.monotonic() - start) < SECONDS:
        swing = math.sin(2 * math.pi * SWEEPS_PER_SECOND * elapsed)
        move = {"type": "mouseMoved", "x": middle + 0.4 * box["width"] * swing, "y": y}
        event = devtools.send("Input.dispatchMouseEvent", {**move, "button": "left", "buttons": 1})
        sent.append(asyncio.create_task(event))
        await asyncio.sleep(1 / MOVES_PER_SECOND)
    await asyncio.gather(*sent)
    seconds = time.monotonic() - start
    await page.mouse.up()
    return seconds, len(sent)


if __name__ == "__main__":
    asyncio.run(main())
