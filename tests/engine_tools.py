"""What tests and benchmarks of the engine share: its processes, and waiting for it."""

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import psutil

from denoiser.engine import credentials
from denoiser.engine.client import Engine
from denoiser.engine.place import EngineLock
from denoiser.runs.history import ENDED
from denoiser.runs.run import Run
from denoiser.runs.store import RunStore

PATIENCE_S = 120


class AnsweringEngine:
    """Stands for an engine: answers at once with what the test gave it, or with what that does."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.asked: list[tuple[object, ...]] = []

    def submit(self, function: Callable[..., object], *arguments: object) -> Future:
        self.asked.append((function, *arguments))
        future: Future = Future()
        try:
            answer = self.answer(*arguments) if callable(self.answer) else self.answer
        except Exception as error:  # a worker hands on any
            answer = error
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future


class IdleEngine(AnsweringEngine):
    """Stands for an engine that has started, has no workers and trains nothing."""

    ready, problem, workers = True, None, ()

    def __init__(self, store: RunStore) -> None:
        super().__init__()
        self.store = store

    def wake(self) -> None:
        """Do nothing: a run stays in the queue."""

    def close(self) -> None:
        """Do nothing: no process was started."""


@contextlib.contextmanager
def opened(store: RunStore) -> Iterator[Engine]:
    engine = Engine(store)
    try:
        yield engine
    finally:
        engine.close()


def wait_until(
    is_so: Callable[[], object], what: str, every_s: float = 0.05, patience_s: float = PATIENCE_S
) -> None:
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, f"waited {patience_s} s until {what}"
        time.sleep(every_s)


def wait_for_end(*runs: Run) -> None:
    wait_until(lambda: all(r.status().state in ENDED for r in runs), "the runs ended")


def tls_settings(folder: Path) -> dict[str, str]:
    """Dask's settings for a cluster whose certificate `credentials.make` put into a folder."""
    names = [f"{role}.{part}" for role in ("scheduler", "worker", "client")
             for part in ("cert", "key")]  # fmt: skip
    certificate = str(folder / credentials.FILE)
    return {f"distributed.comm.tls.{name}": certificate for name in ("ca-file", *names)}


def variables(settings: dict[str, str]) -> dict[str, str]:
    """The same settings of Dask as variables of a process's environment."""
    return {
        f"DASK_{name.replace('.', '__').replace('-', '_').upper()}": value
        for name, value in settings.items()
    }


def processes(store: RunStore) -> list[psutil.Process]:
    """The engine's process and all that it started."""
    found = EngineLock.of(store).read()
    if found is None:
        return []
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(found[1])
        return [process, *process.children(recursive=True)]
    return []


def trainers(store: RunStore) -> list[int]:
    """The engine's workers that train: those of a lower priority than its own.

    What a worker starts in its turn has that priority too, and is none.
    """
    if (lock := EngineLock.of(store).read()) is None:
        return []
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        engine = psutil.Process(lock[1])
        for worker in engine.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                is_lower = worker.nice() > engine.nice()
                if is_lower and worker.status() != psutil.STATUS_ZOMBIE:
                    found.append(worker.pid)
    return found


def trainer(store: RunStore) -> int:
    """The one process that trains."""
    (found,) = trainers(store)
    return found


def assert_complete(run: Run) -> None:
    """It finished, and its history has each epoch and each step."""
    assert run.status().state == "finished", run.status().reason
    history = run.history()
    assert [epoch.epoch for epoch in history.epochs] == list(range(1, run.config.epochs + 1))
    steps = run.status().steps_per_epoch * run.config.epochs
    assert [step.step for step in history.steps] == list(range(1, steps + 1))
