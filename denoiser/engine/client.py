"""The way to the engine, in the web server: starts it where needed, keeps it, hands it work.

Where DASK_SCHEDULER_ADDRESS is set (Dask's own convention) the work goes to that cluster.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from typing import Any, TypeVar

from distributed import (
    Client,
    Future,
    KilledWorker,
)
from distributed.comm import CommClosedError

from denoiser import assets
from denoiser.engine.place import EngineLock
from denoiser.engine.tasks import (
    INFERENCE,
    TRAINING,
    dispatch,
    external_scheduler,
    offered_resources,
    servers,
)
from denoiser.errors import DenoiserError, EngineError, RunError
from denoiser.runs.store import HOME_VARIABLE, RunStore

START_SECONDS = 60
POLL_SECONDS = 2
T = TypeVar("T")
log = logging.getLogger(__name__)


# The client, in the server


@dataclass(frozen=True)
class WorkerHealth:
    """How a worker is.

    Attributes:
        trains: Whether it is there for trainings.
        is_busy: Whether it carries out a task.
        memory: What it takes, in bytes.
    """

    trains: bool
    is_busy: bool
    memory: int


def _as_problem(error: Exception) -> DenoiserError:
    if isinstance(error, DenoiserError):
        return error
    return EngineError("{error}", error=str(error) or type(error).__name__)


def _workers(client: Client) -> tuple[WorkerHealth, ...]:
    found = client.scheduler_info()["workers"].values()
    described = [
        WorkerHealth(
            trains=TRAINING in worker["resources"],
            is_busy=worker["metrics"].get("task_counts", {}).get("executing", 0) > 0,
            memory=worker["metrics"].get("memory", 0),
        )
        for worker in found
        if worker.get("metrics")
    ]
    return tuple(sorted(described, key=lambda worker: not worker.trains))


class Engine:
    """The way to the engine: starts it where needed, keeps it, and hands it work.

    Never blocks: all waiting happens in a thread of its own.

    Attributes:
        home: The folder of all runs.
        problem: Why there is no engine at the moment; None if there is one.
        workers: Those that there were lately, trainers first.
    """

    def __init__(self, home: RunStore) -> None:
        self.home = home
        self.problem: DenoiserError | None = None
        self.workers: tuple[WorkerHealth, ...] = ()
        self._client: Client | None = None
        self._handed: dict[str, Future] = {}
        self._waiting: list[Callable[[Client], None]] = []
        self._event = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._keep, name="engine", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether the engine takes work at once."""
        return self._client is not None and self._client.status == "running"

    def wake(self) -> None:
        """Look at the queue now."""
        self._event.set()

    def submit(self, function: Callable[..., T], *arguments: Any) -> "futures.Future[T]":
        """Call a function on a worker for inference, as soon as there is one.

        Args:
            function: Of a module, where a worker imports it from. What it needs of
                TensorFlow it loads when it is called.
            *arguments: Anything that can be pickled.

        Returns:
            Its result; or its exception, `EngineError` if the engine was lost.
        """
        result: futures.Future[T] = futures.Future()

        def hand_over(client: Client) -> None:
            resources = {INFERENCE: 1} if offered_resources(client)[INFERENCE] else None
            task = client.submit(function, *arguments, resources=resources, pure=False)
            task.add_done_callback(lambda done: _pass_on(done, result))

        self._waiting.append(hand_over)
        self.wake()
        return result

    def close(self) -> None:
        """Let the engine go; the local one ends, unless another server needs it."""
        self._closed = True
        self.wake()
        self._thread.join(timeout=POLL_SECONDS)
        found = EngineLock.of(self.home).read()
        client, self._client = self._client, None
        if client is None:
            others = 0
        else:
            others = _other_servers(client)
            with contextlib.suppress(Exception):
                client.close(timeout=1)
        if found and not others and not external_scheduler():
            with contextlib.suppress(OSError):
                os.kill(found[1], signal.SIGTERM)

    def _keep(self) -> None:
        while not self._closed:
            try:
                self._look_after()
                self.problem = None
            except (OSError, TimeoutError, CommClosedError, EngineError, RunError) as error:
                self.problem, self.workers = _as_problem(error), ()
                log.warning("engine: %s", self.problem)
            except Exception as error:
                self.problem = EngineError("unexpected: {error}", error=repr(error))
                self.workers = ()
                log.exception("engine")
            self._event.wait(POLL_SECONDS)
            self._event.clear()

    def _look_after(self) -> None:
        client = self._connected()
        self.workers = _workers(client)
        while self._waiting:
            self._waiting.pop(0)(client)
        for run_id, future in self._handed.items():
            self._after_failure(run_id, future)
        if all(future.status == "pending" for future in self._handed.values()):
            self._handed = dispatch(client, self.home)
        else:  # Dask hands nothing over again as long as somebody holds its answer
            self._handed = {}

    def _after_failure(self, run_id: str, future: Future) -> None:
        if future.status != "error":
            return
        if isinstance(error := future.exception(), KilledWorker):
            # How often a run may die is the runner's to say, not the scheduler's.
            future.retry()
            return
        with contextlib.suppress(RunError):
            why = RunError("The worker could not: {error}", error=error)
            self.home.run(run_id).update(state="failed", reason=why)

    def _connected(self) -> Client:
        if self._client is not None and self._client.status != "running":
            self._client.close(timeout=1)
            self._client, self._handed = None, {}
        if self._client is None:
            address = external_scheduler() or self._local_address()
            self._client = Client(address, set_as_default=False, timeout="10s")
        return self._client

    def _local_address(self) -> str:
        place = EngineLock.of(self.home)
        process = None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not self._closed:
            if found := place.read():
                return found[0]
            if process is None and not place.is_taken():
                process = start(self.home)
            if process is not None and process.poll():
                break
            time.sleep(0.1)
        if self._closed:
            raise EngineError("the engine was let go before it had started")
        raise EngineError("the engine did not start; see {folder}", folder=place.folder / "log.txt")


def start(home: RunStore) -> subprocess.Popen:
    """Start the engine of `home` as a process that this one does not take with it."""
    with (EngineLock.of(home).folder / "log.txt").open("wb") as log_file:
        return subprocess.Popen(
            [sys.executable, "-m", "denoiser", "engine"],
            cwd=assets.IMPORTED_FROM,
            env=os.environ | {HOME_VARIABLE: str(home.folder)},
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _other_servers(client: Client) -> int:
    try:
        return client.run_on_scheduler(servers) - 1
    except Exception:  # it is gone, or does not know us
        return 0


def _pass_on(done: Future, result: futures.Future) -> None:
    try:
        result.set_result(done.result())
    except futures.CancelledError:
        result.set_exception(EngineError("the engine was lost while it worked; try again"))
    except Exception as error:
        result.set_exception(error)
