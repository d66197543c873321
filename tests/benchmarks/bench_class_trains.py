"""A class of thirty trains on its own devices: how soon the teacher sees it, and what it costs.

    python tests/benchmarks/bench_class_trains.py
    python tests/benchmarks/bench_class_trains.py --students 60 --browsers 0

Starts the app in a folder of its own, with a class whose settings are shared out. Students are
raw WebSocket clients that report as a device does, a report a second of as many points as 200
bytes hold, and ask every second and a half what the teacher wishes; beside them browsers train.
The teacher is a raw client, too, whose page asks each second, as it does in a browser.

To hold: a report is seen by the teacher within 2 s, all of them; p95 of a rerun at most 300 ms;
at most 200 bytes of points a second and device; no error.
"""

import argparse
import asyncio
import itertools
import json
import random
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
from playwright.async_api import Browser, async_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from app_server import CHROMIUM_FLAGS, chromium_path, running_app  # noqa: E402
from raw_session import RawSession  # noqa: E402

from denoiser.classroom import store as classes  # noqa: E402
from denoiser.classroom.store import Classroom  # noqa: E402
from denoiser.classroom.teachers import Teachers  # noqa: E402
from denoiser.classroom.trainings import MAX_EPOCHS, ClassTrainings  # noqa: E402
from denoiser.config import TrainConfig  # noqa: E402
from denoiser.runs.store import HOME_VARIABLE  # noqa: E402
from denoiser.ui.session.visitor import COOKIE, PIN_VARIABLE  # noqa: E402

PIN = "4711"
POINTS, REPORT_SECONDS, POLL_SECONDS, TEACHER_SECONDS = 8, 1.0, 1.5, 1.0
AFTER_SECONDS = 3.0  # for the last reports to be seen
PATIENCE_MS = 60_000
# Long enough that no browser ends before the benchmark does.
SHARES = [
    TrainConfig(data="bundled", limit=1500, epochs=MAX_EPOCHS, latent_dim=latent)
    for latent in (4, 16, 64)
]
Point = tuple[float, float]


class Watch:
    """When each report was sent, when the teacher had it, and what reruns took."""

    def __init__(self) -> None:
        self.sent: dict[Point, float] = {}  # when, by a report's last point
        self.seen: dict[Point, float] = {}
        self.reruns: list[float] = []
        self.bytes: dict[str, list[tuple[float, int]]] = {}  # when and how many, by device
        self.errors: list[str] = []

    def note_report(self, device: str, report: dict[str, Any]) -> None:
        """Note a report that is sent now."""
        now = time.perf_counter()
        count = len(json.dumps(report, separators=(",", ":")))
        self.bytes.setdefault(device, []).append((now, count))
        if report["points"]:
            self.sent[tuple(report["points"][-1])] = now

    def note_curves(self, lines: list[dict[str, Any]]) -> None:
        """Note what the teacher's chart shows now."""
        now = time.perf_counter()
        for line in lines:
            for point in zip(*line["points"], strict=True):
                self.seen.setdefault(point, now)

    def delays(self) -> list[float]:
        """Return how long each report took that was seen."""
        return [self.seen[point] - sent for point, sent in self.sent.items() if point in self.seen]

    def unseen(self, until: float) -> int:
        """Return how many reports were sent before `until` and never seen."""
        return sum(sent < until and point not in self.seen for point, sent in self.sent.items())

    def most_bytes(self) -> int:
        """Return the most bytes that a device reported in any second."""
        return max(
            sum(count for at, count in reports if first <= at < first + 1)
            for reports in self.bytes.values()
            for first, _count in reports
        )


def reports(number: int, place: int) -> Iterator[dict[str, Any]]:
    """Yield what a made-up device reports, each time other points than any other device has."""
    for second in itertools.count(1):
        first = second / 2 + place / 100
        points = [[round(first + i * 0.05, 3), round(random.uniform(0.01, 0.2), 4)]
                  for i in range(POINTS)]  # fmt: skip
        yield {"number": number, "points": points, "losses": [], "status": "running"}


async def join(server: str, code: str, number: int, place: int) -> RawSession:
    """Open the page of a student, whose device tells that it has begun."""
    session = await RawSession.open(server, f"/Lessons?class={code}")
    told = {"number": number, "id": f"{place:012d}", "hasSupplies": True}
    await session.tell("class_news", "told", told)
    return session


async def student(session: RawSession, number: int, place: int, watch: Watch, end: float) -> None:
    """Take part as a device that trains does."""
    await asyncio.sleep(random.uniform(0, REPORT_SECONDS))
    asked = time.perf_counter()
    for report in reports(number, place):
        begun = time.perf_counter()
        if begun > end:
            break
        try:
            watch.note_report(f"student {place}", report)
            watch.reruns.append(await session.tell("class_news", "report", report))
            if time.perf_counter() - asked > POLL_SECONDS:
                asked = time.perf_counter()
                watch.reruns.append(await session.poll("class_news"))
        except Exception as error:  # whatever it is, a student would have seen it
            watch.errors.append(repr(error))
        await asyncio.sleep(max(0.0, REPORT_SECONDS - (time.perf_counter() - begun)))


async def teacher(session: RawSession, watch: Watch, end: float) -> list[float]:
    """Look at the curves, as the teacher's page does; return what each look took."""
    looks = []
    while (begun := time.perf_counter()) < end:
        looks.append(await session.poll("class_curves"))
        watch.note_curves(session.sent["class_curves"]["lines"])
        await asyncio.sleep(max(0.0, TEACHER_SECONDS - (time.perf_counter() - begun)))
    return looks


async def device(browser: Browser, server: str, code: str, name: str, watch: Watch) -> None:
    """Open a browser that trains, and note what it reports."""
    context = await browser.new_context(viewport={"width": 1366, "height": 768})
    page = await context.new_page()

    def note(frame: bytes | str) -> None:
        message = BackMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
        for state in message.rerun_script.widget_states.widgets:
            if not state.json_trigger_value:
                continue
            for told in json.loads(state.json_trigger_value):
                if told.get("event") == "report":
                    watch.note_report(name, told["value"])

    page.on("websocket", lambda socket: socket.on("framesent", note))
    await page.goto(f"{server}/Lessons?class={code}")
    await page.get_by_text("epoch").first.wait_for(timeout=PATIENCE_MS)


def print_figures(watch: Watch, looks: list[float], until: float) -> None:
    """Print what was measured."""
    for name, seconds in (("seen", watch.delays()), ("rerun", watch.reruns), ("look", looks)):
        p50, p95, worst = 1000 * np.percentile(seconds, [50, 95, 100])
        print(f"{name:6} {len(seconds):6}  p50 {p50:5.0f}  p95 {p95:5.0f}  max {worst:5.0f} ms")
    print(f"never seen: {watch.unseen(until)}")
    print(f"at most {watch.most_bytes()} bytes of reports a second and device")
    print(f"errors {len(watch.errors):6}", *sorted(set(watch.errors))[:5])


async def main(options: argparse.Namespace) -> None:
    """Hold the class, and print the figures."""
    token = secrets.token_urlsafe(32)
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running_app(
            **{HOME_VARIABLE: folder, PIN_VARIABLE: PIN},
            DASK_SCHEDULER_ADDRESS="tcp://127.0.0.1:9",
            STREAMLIT_CLIENT_SHOW_ERROR_DETAILS="full",
        ) as server,
    ):
        path = Path(folder) / classes.FILE
        code = Classroom(path).open_class()
        Teachers(path).add(token, PIN)
        number = ClassTrainings(path).start(code, SHARES)
        watch = Watch()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(), args=CHROMIUM_FLAGS
            )
            for i in range(options.browsers):
                await device(browser, server.url, code, f"browser {i}", watch)
            view = await RawSession.open(server.url, f"/Class?class={code}", f"{COOKIE}={token}")
            joined = [await join(server.url, code, number, i) for i in range(options.students)]
            watch.sent.clear()  # what browsers told before anybody looked
            process = psutil.Process(server.pid)
            before = sum(process.cpu_times()[:2])
            end = time.perf_counter() + options.seconds
            looks, *_ = await asyncio.gather(
                teacher(view, watch, end + AFTER_SECONDS),
                *(student(session, number, i, watch, end) for i, session in enumerate(joined)),
            )
            spent = sum(process.cpu_times()[:2]) - before
            for session in (view, *joined):
                await session.close()
            await browser.close()
        print_figures(watch, looks, end)
        print(f"the server computed for {spent:.1f} of {options.seconds + AFTER_SECONDS:.0f} s")


def options() -> argparse.Namespace:
    """Read the flags."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=30, help="without a browser")
    parser.add_argument("--browsers", type=int, default=3, help="that train")
    parser.add_argument("--seconds", type=float, default=24, help="at most 25, with all points")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(options()))
