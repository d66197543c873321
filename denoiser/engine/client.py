"""The web server's client of the engine: starts it where needed, keeps it, hands it work.

Where DASK_SCHEDULER_ADDRESS is set (Dask's own convention) the work goes to that cluster.
Knows neither pages nor what the work is.
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
from pathlib import Path
from typing import Any, TypeVar

import distributed
from distributed import (
    Future,
    KilledWorker,
    Security,
)
from distributed.comm.core import CommClosedError

from denoiser import assets
from denoiser.data.digits import MNIST_VARIABLE
from denoiser.engine import credentials
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


@dataclass(frozen=True)
class WorkerHealth:
    """What a worker does, and the memory it takes.

    Attributes:
        trains: Whether it is there for trainings.
        is_busy: Whether a task runs on it.
        memory: In bytes.
    """

    trains: bool
    is_busy: bool
    memory: int


class Client(distributed.Client):
    """Dask's client, closed at once where it cannot connect.

    It keeps that name: schedulers know it by it, and `tasks.servers` counts.

    Dask's own is closed when it is collected, by whichever thread that happens in, and takes a lock
    for it: where another client starts just then, both wait for ever.
    """

    def start(self, **options: Any) -> None:
        """Connect, or leave nothing open."""
        try:
            distributed.Client.start(self, **options)
        except BaseException:
            with contextlib.suppress(Exception):
                self.close(timeout=1)
            raise


def _as_problem(error: Exception) -> DenoiserError:
    if isinstance(error, DenoiserError):
        return error
    return EngineError(
        "The engine cannot be reached. The lab tries again by itself.",
        detail=str(error) or type(error).__name__,
    )


def _why_not(error: BaseException | None) -> RunError:
    """Return why a run has failed whose task raised an error."""
    if isinstance(error, RunError):
        return error
    return RunError(
        "The training could not be done where it ran. Start it again.",
        detail=f"{type(error).__name__}: {error}",
    )


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
    """The engine, as a web server uses it: started where needed, kept, and given work.

    No method waits for work: a thread does that.

    Args:
        store: All runs; the local engine is the one of its folder.

    Attributes:
        store: All runs.
        problem: Why there is no engine at the moment; None if there is one.
        workers: Those that were there at the last look, trainers first.
    """

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.problem: DenoiserError | None = None
        self.workers: tuple[WorkerHealth, ...] = ()
        self._client: Client | None = None
        self._handed: dict[str, Future[None]] = {}
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
        """Leave the engine; a local one ends, unless another server uses it."""
        self._closed = True
        self.wake()
        self._thread.join(timeout=POLL_SECONDS)
        found = EngineLock.of(self.store).read()
        client, self._client = self._client, None
        if client is None:
            others = 0
        else:
            others = _other_servers(client)
            with contextlib.suppress(Exception):
                client.close(timeout=1)
        if found and not others and not external_scheduler():
            _end(found[1])

    def _keep(self) -> None:
        while not self._closed:
            try:
                self._look_after()
                self.problem = None
            except (OSError, TimeoutError, CommClosedError, EngineError, RunError) as error:
                self.problem, self.workers = _as_problem(error), ()
                log.warning("engine: %s", self.problem)
            except Exception as error:
                self.problem = EngineError(
                    "The engine cannot be used. The lab tries again by itself.", detail=repr(error)
                )
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
            self._handed = dispatch(client, self.store)
        else:  # Dask hands no task over again as long as its future is kept
            self._handed = {}

    def _after_failure(self, run_id: str, future: "Future[None]") -> None:
        if future.status != "error":
            return
        if isinstance(error := future.exception(), KilledWorker):
            # The run itself counts how often it may lose its process.
            future.retry()
            return
        with contextlib.suppress(RunError):
            why = _why_not(error)
            self.store.run(run_id).update(state="failed", reason=why)

    def _connected(self) -> Client:
        if self._client is not None and self._client.status != "running":
            self._client.close(timeout=1)
            self._client, self._handed = None, {}
        if self._client is None:
            address, security = self._address()
            self._client = Client(address, security=security, set_as_default=False, timeout="10s")
        return self._client

    def _address(self) -> tuple[str, Security]:
        if address := external_scheduler():
            if credentials.is_open(address):
                log.warning("engine: %s: %s", address, credentials.OPEN)
            return address, credentials.of_cluster(address)
        lock = EngineLock.of(self.store)
        return self._local_address(lock), credentials.of(lock.folder)

    def _local_address(self, lock: EngineLock) -> str:
        process, asked_to_leave = None, None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not self._closed:
            if found := lock.read():
                if not credentials.is_plain(found[0]):
                    return found[0]
                if asked_to_leave != found:  # of an earlier version, which anybody may give work
                    asked_to_leave = found
                    _end(found[1])
            if process is None and not lock.is_taken():
                process = start(self.store)
            if process is not None and process.poll():
                break
            time.sleep(0.1)
        if self._closed:
            raise EngineError("The engine was stopped before it had started.")
        raise EngineError(
            "The engine did not start. Its folder, .engine in that of the runs, has a log."
        )


def start(store: RunStore) -> "subprocess.Popen[bytes]":
    """Start the engine of a run store as a process that outlives this one."""
    with (EngineLock.of(store).folder / "log.txt").open("wb") as log_file:
        return subprocess.Popen(
            [sys.executable, "-m", "denoiser", "engine"],
            cwd=assets.IMPORTED_FROM,
            env=_environment(store),
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _environment(store: RunStore) -> dict[str, str]:
    """Return the environment of an engine, which runs in another folder than the web server."""
    paths = {HOME_VARIABLE: str(store.folder)}
    if mnist := os.environ.get(MNIST_VARIABLE):
        paths[MNIST_VARIABLE] = str(Path(mnist).absolute())
    return os.environ | paths


def _end(process: int) -> None:
    """Ask an engine to leave; its runs go on with the next one."""
    with contextlib.suppress(OSError):
        os.kill(process, signal.SIGTERM)


def _other_servers(client: Client) -> int:
    try:
        return int(client.run_on_scheduler(servers)) - 1
    except Exception:  # the scheduler is gone, or knows no `servers`
        return 0


def _pass_on(done: "Future[T]", result: "futures.Future[T]") -> None:
    try:
        result.set_result(done.result())
    except futures.CancelledError:
        result.set_exception(EngineError("the engine was lost while it worked; try again"))
    except Exception as error:
        result.set_exception(error)
