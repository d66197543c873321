"""What a student sees after pressing Start on the Train page, in headless Chromium.

    python tests/benchmarks/bench_device_page.py [rounds]

Starts the app, and trains as the page does at first (*Quick*), here and on a device five times as
slow: its processes are stopped four fifths of the time. Prints when the curve's first point was
drawn, when the loss of the newest epoch was at most the tutorial's 0.0157, and when it ended, in
seconds after Start. Then drags a slider of the home page, with the tutorial's network, while a
training goes on: updates a second, and the messages that went to the server meanwhile.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from bench_live_panel import drag, updates
from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from app_server import CHROMIUM_FLAGS, chromium_path, running_app  # noqa: E402

SLICE_S = 0.05
SLOWER = 5
# Resolves once the training has ended: when its first point was drawn, when each epoch ended.
WATCH = """() => new Promise((resolve) => {
  const everywhere = (root) => [...root.querySelectorAll("*")].flatMap((element) =>
    [element, ...(element.shadowRoot ? everywhere(element.shadowRoot) : [])]);
  const button = everywhere(document).find((element) => element.matches(".start [data-start]"));
  const started = performance.now();
  const found = { first: null, epochs: [], end: null };
  const since = () => (performance.now() - started) / 1000;
  const isDrawn = () => everywhere(document).some((element) =>
    element.matches(".curves path.step") && Number(element.dataset.points) > 0);
  const timer = setInterval(() => {
    const record = [...globalThis.denoisingLab.records.values()].at(-1);
    if (!record) return;
    if (found.first === null && isDrawn()) found.first = since();
    while (found.epochs.length < record.history.length)
      found.epochs.push([since(), record.history[found.epochs.length].val_loss]);
    if (record.status === "running") return;
    clearInterval(timer);
    resolve({ ...found, end: since() });
  }, 10);
  button.click();
})"""


async def main() -> None:
    """Measure all of it."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with running_app() as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=CHROMIUM_FLAGS
            )
            for slower in (1, SLOWER):
                for _ in range(rounds):
                    await _train(browser, server.url, slower)
            for _ in range(rounds):
                await _drag_beside(browser, server.url)
            await browser.close()


async def _train(browser: Browser, url: str, slower: int) -> None:
    page = await _form(browser, url)
    with _slowed(slower):
        found = await page.evaluate(WATCH)
    await page.close()
    reached = next((at for at, loss in found["epochs"] if loss <= 0.0157), None)
    losses = ", ".join(f"{loss:.4f} at {at:.1f} s" for at, loss in found["epochs"])
    below = "never" if reached is None else f"{reached:.1f} s"
    print(
        f"{slower} times as slow: first point {found['first']:.2f} s, 0.0157 {below}, "
        f"end {found['end']:.1f} s ({losses})",
        flush=True,
    )


async def _form(browser: Browser, url: str) -> Page:
    page = await browser.new_page(viewport={"width": 1366, "height": 768})
    await page.goto(f"{url}/Train")
    await page.wait_for_function("globalThis.denoisingLab?.workers.supplies.then(() => true)")
    await page.wait_for_selector(".start [data-start]:enabled")
    await asyncio.sleep(3)  # the trial, and whatever the page has still to load
    return page


@contextmanager
def _slowed(slower: int) -> Iterator[None]:
    """Let the browser's pages run a fraction of the time."""
    pages = [
        process
        for process in psutil.Process().children(recursive=True)
        if "--type=renderer" in process.cmdline()
    ]
    is_over = threading.Event()

    def pulse() -> None:
        while not is_over.wait(SLICE_S):
            _signal(pages, signal.SIGSTOP)
            time.sleep(SLICE_S * (slower - 1))
            _signal(pages, signal.SIGCONT)

    pulsing = threading.Thread(target=pulse)
    if slower > 1:
        pulsing.start()
    try:
        yield
    finally:
        is_over.set()
        if slower > 1:
            pulsing.join()


def _signal(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        if process.is_running():
            os.kill(process.pid, number)


async def _drag_beside(browser: Browser, url: str) -> None:
    """Drag on the home page while a long training goes on in the same tab."""
    page = await browser.new_page(viewport={"width": 1366, "height": 768})
    sent: list[str | bytes] = []

    def note(frame: str | bytes) -> None:  # Playwright takes no method of a list
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    await page.goto(f"{url}/Train?epochs=60")
    await page.get_by_role("radio", name="This device").check()
    await page.locator(".start [data-start]:enabled").click()
    await page.wait_for_url("**device=**")
    await page.get_by_role("link", name="Denoise", exact=True).click()
    await page.get_by_role("radio", name="Tutorial autoencoder").check()
    hero = page.get_by_test_id("live-denoised").and_(page.locator("[data-updates]"))
    await asyncio.sleep(2)
    sent.clear()
    losses = "[...globalThis.denoisingLab.records.values()].at(-1).losses.length"
    before, learned = await updates(hero), await page.evaluate(losses)
    seconds, _moves = await drag(page, page.get_by_label("Std", exact=True))
    frames = len(sent)
    after, learned_after = await updates(hero), await page.evaluate(losses)
    await page.close()
    print(
        f"{(after - before) / seconds:.1f} updates/s of the panel beside a training of "
        f"{8 * (learned_after - learned) / seconds:.0f} digits/s; {frames} messages to the server",
        flush=True,
    )


if __name__ == "__main__":
    asyncio.run(main())
