"""A class of fifty on this machine while a run trains: how long it waits, and what it costs.

    python tests/benchmarks/bench_class.py
    python tests/benchmarks/bench_class.py --seconds 60 --parts lesson

Starts the app and its engine in a folder of their own. Visitors are raw WebSocket clients,
each in the class and in one of the two languages.

lesson: each of 50 lets a slider of the live panel go every 4 s (a rerun of its part of the
page) and goes to another page every 30 s. To hold: p95 of a rerun at most 500 ms, p99 at
most 1.5 s, no error.
opening: 30 cold openings (the page, its files, the session) within 10 s beside them; to
hold: all drawn in at most 8 s.
memory: 500 sessions that open and leave; to hold: the server grows by less than 15%.
"""

import argparse
import asyncio
import random
import re
import sys
import time
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from app_server import running_app  # noqa: E402
from bench_rerun import Training  # noqa: E402
from raw_session import RawSession  # noqa: E402

from denoiser.classroom import store as classroom  # noqa: E402
from denoiser.classroom.store import Classroom  # noqa: E402
from denoiser.runs.store import HOME_VARIABLE, RunStore  # noqa: E402

SLIDER_SECONDS, PAGE_SECONDS = 4.0, 30.0
OPENINGS, OPENING_SECONDS = 30, 10.0
SESSIONS, AT_ONCE, WARM_UP = 500, 10, 50
SETTLE_SECONDS = 150  # left sessions are kept for two minutes
PARTS = ("lesson", "opening", "memory")


class Pupil:
    """One student in a lesson: what they waited for, and what failed."""

    def __init__(self, query: str, run: str) -> None:
        self.reruns: list[float] = []
        self.pages: list[float] = []
        self.errors: list[str] = []
        self._others = ("Lessons", "Handwriting", "Compare", f"Train?run={run}", "Train")
        self._query = query

    async def learn(self, server: str, seconds: float) -> None:
        """Be in the lesson for a while."""
        await asyncio.sleep(random.uniform(0, SLIDER_SECONDS))
        session = await RawSession.open(server, self._path(""))
        end, leave = time.monotonic() + seconds, time.monotonic() + random.uniform(0, PAGE_SECONDS)
        while time.monotonic() < end:
            try:
                if time.monotonic() > leave:
                    self.pages.append(await session.visit(self._path(random.choice(self._others))))
                    await asyncio.sleep(random.uniform(0, SLIDER_SECONDS))
                    self.pages.append(await session.visit(self._path("")))
                    leave = time.monotonic() + PAGE_SECONDS
                self.reruns.append(await session.release_slider(self._settings()))
            except Exception as error:  # whatever it is, a student would have seen it
                self.errors.append(repr(error))
            await asyncio.sleep(random.uniform(0.8, 1.2) * SLIDER_SECONDS)
        await session.close()

    def _path(self, page: str) -> str:
        return f"/{page}{'&' if '?' in page else '?'}{self._query}"

    def _settings(self) -> dict[str, object]:
        parameters = {"mean": round(random.random(), 2), "std": round(random.random(), 2)}
        return {"model": "unet", "digit": random.randrange(200), "seed": 42,
                "noise": "gaussian", "parameters": parameters}  # fmt: skip


async def lesson(server: str, pupils: list[Pupil], seconds: float) -> None:
    """Hold a lesson."""
    await asyncio.gather(*(pupil.learn(server, seconds) for pupil in pupils))


async def openings(server: str, query: str) -> list[float]:
    """Open the lab cold, by and by; return how long each took from connecting to drawn."""

    async def opening() -> float:
        await asyncio.sleep(random.uniform(0, OPENING_SECONDS))
        started = time.perf_counter()
        await asyncio.to_thread(load_frontend, server)
        session = await RawSession.open(server, f"/?{query}")
        seconds = time.perf_counter() - started
        await session.close()
        return seconds

    return await asyncio.gather(*(opening() for _ in range(OPENINGS)))


def load_frontend(server: str) -> None:
    """Load the page and the files it names, as a browser with an empty cache does."""
    with urllib.request.urlopen(f"{server}/") as answer:
        page = answer.read().decode()
    for name in sorted(set(re.findall(r'(?:src|href)="\./([^"]+)"', page))):
        with urllib.request.urlopen(f"{server}/{name}") as answer:
            answer.read()


async def memory(server: str, process: psutil.Process, query: str) -> tuple[float, float]:
    """Return the server's memory in bytes before and after many sessions came and left."""

    async def come_and_leave(count: int) -> None:
        for _ in range(count // AT_ONCE):
            opening = (RawSession.open(server, f"/?{query}") for _ in range(AT_ONCE))
            for session in await asyncio.gather(*opening):
                await session.close()

    await come_and_leave(WARM_UP)
    await asyncio.sleep(SETTLE_SECONDS)
    before = process.memory_info().rss
    await come_and_leave(SESSIONS)
    await asyncio.sleep(SETTLE_SECONDS)
    return before, process.memory_info().rss


def report(pupils: list[Pupil]) -> None:
    """Print how long the class waited."""
    for name in ("reruns", "pages"):
        waited = [seconds for pupil in pupils for seconds in getattr(pupil, name)]
        p50, p95, p99, worst = 1000 * np.percentile(waited, [50, 95, 99, 100])
        print(f"{name:7} {len(waited):6}  p50 {p50:4.0f}  p95 {p95:4.0f}  p99 {p99:4.0f}  "
              f"max {worst:4.0f} ms", flush=True)  # fmt: skip
    errors = [error for pupil in pupils for error in pupil.errors]
    print(f"errors  {len(errors):6}", *sorted(set(errors))[:5], flush=True)


async def main(options: argparse.Namespace) -> None:
    """Print the figures of each part that was asked for."""
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        running_app(**{HOME_VARIABLE: folder}) as server,
    ):
        code = Classroom(Path(folder) / classroom.FILE).open_class()
        queries = [f"class={code}&lang={language}" for language in ("en", "zh")]
        process = psutil.Process(server.pid)
        training = Training(RunStore(Path(folder)))
        try:
            await training.begin()
            if "lesson" in options.parts:
                pupils = [Pupil(queries[i % 2], training.run.id) for i in range(options.sessions)]
                before = training.digits
                await lesson(server.url, pupils, options.seconds)
                report(pupils)
                rate = (training.digits - before) / options.seconds
                print(f"the run trained on {rate:.0f} digits/s meanwhile")
            if "opening" in options.parts:
                others = [Pupil(queries[i % 2], training.run.id) for i in range(options.sessions)]
                beside = asyncio.create_task(lesson(server.url, others, 3 * OPENING_SECONDS))
                await asyncio.sleep(OPENING_SECONDS)
                slowest = max(await openings(server.url, queries[0]))
                print(f"{OPENINGS} cold openings: slowest {slowest:.1f} s")
                await beside
            if "memory" in options.parts:
                before, after = await memory(server.url, process, queries[0])
                growth = f"{before / 1e6:.0f} to {after / 1e6:.0f} MB, {after / before - 1:+.1%}"
                print(f"memory over {SESSIONS} sessions: {growth}")
        finally:
            training.close()


def options() -> argparse.Namespace:
    """Read the flags."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=50, help="students")
    parser.add_argument("--seconds", type=float, default=300, help="length of the lesson")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(options()))
