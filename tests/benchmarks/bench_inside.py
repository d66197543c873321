"""How live the inside of a network is: updates a second, the first strip, memory over many digits.

    python tests/benchmarks/bench_inside.py
    python tests/benchmarks/bench_inside.py --digits 100

Starts the app and drags "Std" in headless Chromium as `bench_live_panel.py` does, with the strip
folded, open, and with a map opened into its arithmetic, side by side in one run, for the tutorial's
network and the U-Net at 1366x768; counts messages to the server meanwhile. Then it presses *New
digit* again and again with the strip open.

To hold: 20 updates a second with the strip open, no message to the server while dragging, the
first strip at most 300 ms after opening, memory flat over 1,000 digits.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, WebSocket, async_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser"), str(Path(__file__).parent)]

from app_server import CHROMIUM_FLAGS, chromium_path, running_app  # noqa: E402
from bench_live_panel import drag, updates  # noqa: E402

MODELS = {"tutorial": "decoder_conv_2", "unet": "full_2_conv"}  # and a stage with many terms
# Opens the strip; tells how many milliseconds pass until it is drawn.
OPEN = """(button) => new Promise((resolve) => {
  const strip = button.closest(".strip");
  const start = performance.now();
  new MutationObserver((_, watcher) => {
    if (!strip.dataset.updates) return;
    watcher.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - start));
  }).observe(strip, { attributes: true });
  button.click();
})"""


async def opened(browser: Browser, url: str) -> tuple[Page, list[bytes | str]]:
    """Open the panel; return its page, and the messages that it sends from now on."""
    page = await browser.new_page(viewport={"width": 1366, "height": 768})
    sent: list[bytes | str] = []

    def note(frame: bytes | str) -> None:
        sent.append(frame)

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", note)

    page.on("websocket", listen)
    await page.goto(url)
    await page.get_by_test_id("live-denoised").and_(page.locator("[data-updates]")).wait_for()
    return page, sent


async def rate(page: Page, sent: list[bytes | str]) -> str:
    """Drag a slider; tell how often the hero was drawn, and how many messages were sent."""
    hero = page.get_by_test_id("live-denoised")
    slider = page.get_by_label("Std", exact=True)
    await slider.scroll_into_view_if_needed()
    before, messages = await updates(hero), len(sent)
    seconds, _moves = await drag(page, slider)
    meanwhile = len(sent) - messages  # what letting go sends comes later
    return f"{(await updates(hero) - before) / seconds:.1f} updates/s, {meanwhile} messages"


async def liveliness(browser: Browser, url: str, model: str, stage: str) -> None:
    """Print how live the panel is with the strip folded, open, and with a map opened."""
    page, sent = await opened(browser, f"{url}/?model={model}")
    print(f"{model:9} folded       {await rate(page, sent)}")
    button = page.get_by_role("button", name="Look inside")
    first = await button.evaluate(OPEN)
    print(f"{model:9} strip        {await rate(page, sent)}; first drawn after {first:.0f} ms")
    await page.locator(f"[data-stage={stage}] canvas").first.click()
    print(f"{model:9} a map, too   {await rate(page, sent)}")
    await page.close()


async def memory(browser: Browser, url: str, digits: int) -> None:
    """Print how much memory the page takes before and after many digits."""
    page, _sent = await opened(browser, f"{url}/?model=unet")
    await page.get_by_role("button", name="Look inside").click()
    devtools = await page.context.new_cdp_session(page)

    async def taken() -> float:
        await devtools.send("HeapProfiler.collectGarbage")
        return (await devtools.send("Runtime.getHeapUsage"))["usedSize"] / 2**20

    button = page.get_by_role("button", name="New digit")
    megabytes = []
    for i in range(digits + 1):
        if i in (digits // 10, digits):
            megabytes.append(await taken())
        await button.evaluate(
            "(button) => { button.click(); return new Promise(requestAnimationFrame); }"
        )
    first, last = megabytes
    print(f"memory after {digits // 10} digits {first:.1f} MB, after {digits} {last:.1f} MB")
    await page.close()


async def main(digits: int) -> None:
    """Print all figures."""
    with running_app() as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=CHROMIUM_FLAGS
            )
            for model, stage in MODELS.items():
                await liveliness(browser, server.url, model, stage)
            await memory(browser, server.url, digits)
            await browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--digits", type=int, default=1000, help="for the memory")
    asyncio.run(main(parser.parse_args().digits))
