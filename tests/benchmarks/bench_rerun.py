"""How long a page takes to run again for a class, and how much longer while a run trains.

    python tests/benchmarks/bench_rerun.py
    python tests/benchmarks/bench_rerun.py --url "/Train?run={run}"

Starts the app and its engine in a folder of their own and opens 20 sessions as
raw WebSocket clients. Each asks for the whole page again and again, one to two
seconds after it was answered. Phases in which the training's process is held
(idle) and in which it trains (train) take turns every few seconds, because what
else a machine does changes from minute to minute. The figure to hold: p95 while
training at most 1.5 times p95 without.
"""

import argparse
import asyncio
import random
import sys
import time
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "browser")]

from app_server import running_app  # noqa: E402
from engine_tools import trainer  # noqa: E402
from raw_session import RawSession  # noqa: E402

from denoiser.config import RECIPES  # noqa: E402
from denoiser.engine.client import Engine  # noqa: E402
from denoiser.runs.history import ENDED  # noqa: E402
from denoiser.runs.store import HOME_VARIABLE, RunStore  # noqa: E402

THINK_SECONDS = (1.0, 2.0)
WARM_UP_SECONDS = 5
PATIENCE_SECONDS = 180
# As the training that a class starts most, on more digits, so that it lasts.
CONFIG = replace(RECIPES["quick"], limit=None, batch_size=64, epochs=28)
IDLE, TRAIN = "idle", "train"


class Training:
    """One run, trained by the engine, that can be held and let go on within a moment."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._engine = Engine(store)
        self.run = store.create(CONFIG)

    @property
    def digits(self) -> int:
        """How many digits it has trained on so far."""
        steps = self.run.history().steps
        return CONFIG.batch_size * steps[-1].step if steps else 0

    async def begin(self) -> None:
        """Return when it trains."""
        self._engine.wake()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.digits:
            status = self.run.status()
            if status.state in ENDED or time.monotonic() > deadline:
                raise RuntimeError(f"{status}; engine: {self._engine.problem or 'no problem'}")
            await asyncio.sleep(0.2)
        self._worker = psutil.Process(trainer(self._store))

    def hold(self) -> None:
        """Keep its process from doing anything."""
        self._worker.suspend()

    def go_on(self) -> None:
        """Let its process go on."""
        self._worker.resume()

    def close(self) -> None:
        """End the engine."""
        self._engine.close()


async def main(options: argparse.Namespace) -> None:
    """Print p50 and p95 of each phase, and how both kinds of phases compare."""
    environment = {"STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full"}
    with (
        TemporaryDirectory() as folder,
        running_app(**environment, **{HOME_VARIABLE: folder}) as server,
    ):
        training = Training(RunStore(Path(folder)))
        try:
            await training.begin()
            path = options.url.format(run=training.run.id)
            opening = (RawSession.open(server.url, path) for _ in range(options.sessions))
            sessions = await asyncio.gather(*opening)
            await phase(sessions, WARM_UP_SECONDS)
            report(await rounds(sessions, training, options))
        finally:
            training.close()


async def rounds(
    sessions: list[RawSession], training: Training, options: argparse.Namespace
) -> list[dict[str, list[float]]]:
    """Run idle and train phases in turn; return the seconds of all reruns by kind, a round each."""
    found = []
    for _ in range(options.rounds):
        training.hold()
        try:
            idle = await phase(sessions, options.seconds)
        finally:
            training.go_on()
        before, start = training.digits, time.monotonic()
        train = await phase(sessions, options.seconds)
        rate = (training.digits - before) / (time.monotonic() - start)
        print(f"{row(IDLE, idle)}\n{row(TRAIN, train)}; {rate:.0f} digits/s", flush=True)
        if training.run.status().state in ENDED:
            raise RuntimeError("the training ended during the phase; ask for fewer or shorter ones")
        # Held between two epochs, TensorFlow may go on waiting for seconds.
        if rate:
            found.append({IDLE: idle, TRAIN: train})
        else:
            print("nothing was trained: this round does not count")
    return found


async def phase(sessions: list[RawSession], seconds: float) -> list[float]:
    """Let all sessions ask for reruns for a while; return how long each rerun took."""
    end = time.monotonic() + seconds
    visits = await asyncio.gather(*(visit(session, end) for session in sessions))
    return list(chain(*visits))


async def visit(session: RawSession, end: float) -> list[float]:
    """Be one visitor until `end`."""
    reruns = []
    await asyncio.sleep(random.uniform(0, THINK_SECONDS[1]))
    while time.monotonic() < end:
        reruns.append(await session.rerun())
        await asyncio.sleep(random.uniform(*THINK_SECONDS))
    return reruns


def report(found: list[dict[str, list[float]]]) -> None:
    """Print all rounds together, and the median of the rounds, which a busy moment cannot move."""
    if not found:
        raise RuntimeError("no round in which anything was trained: is the machine too busy?")
    together = {name: list(chain(*(each[name] for each in found))) for name in (IDLE, TRAIN)}
    print("all rounds")
    for name, reruns in together.items():
        print(row(name, reruns))
    print(f"p95 while training / p95 without: {ratio(together):.2f}")
    print(f"median of the rounds: {np.median([ratio(each) for each in found]):.2f}")


def ratio(reruns: dict[str, list[float]]) -> float:
    """Return how many times longer reruns take while a run trains."""
    return np.percentile(reruns[TRAIN], 95) / np.percentile(reruns[IDLE], 95)


def row(name: str, reruns: list[float]) -> str:
    """Say in a line how long reruns took, in seconds."""
    p50, p95, worst = 1000 * np.percentile(reruns, [50, 95, 100])
    return f"{name:6} {len(reruns):5} reruns  p50 {p50:4.0f}  p95 {p95:4.0f}  max {worst:4.0f} ms"


def options() -> argparse.Namespace:
    """Read the flags."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="/", help="page and query; {run} is the id of the run")
    parser.add_argument("--sessions", type=int, default=20, help="visitors")
    parser.add_argument("--seconds", type=float, default=10, help="length of a phase")
    parser.add_argument("--rounds", type=int, default=10, help="pairs of phases")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(options()))
