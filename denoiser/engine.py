"""The engine: where heavy work happens, in processes of their own, through Dask.

The local engine is one process with a scheduler and two workers, `serve`: one
worker trains, at low priority, the other denoises and decodes. There is one for
a folder of runs: it holds a lock there, and says beside it where it is. It
outlives a server that was killed, goes on with its runs, and leaves when nobody
has needed it for a while. Where DASK_SCHEDULER_ADDRESS is set (Dask's own
convention) the same work goes to that cluster; `work` makes a machine join one.

The queue is on disk (`runs.Home`). `dispatch` hands the engine the runs that
should train now, under keys that name run and attempt: doing it twice, from
anywhere, is the same as doing it once. This module loads TensorFlow on workers only.
"""

import asyncio
import contextlib
import importlib
import json
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
from dask.system import CPU_COUNT
from dask.utils import parse_timedelta
from distributed import (
    Client,
    Future,
    KilledWorker,
    Nanny,
    Scheduler,
    Worker,
    fire_and_forget,
    get_client,
)
from distributed.comm import CommClosedError
from filelock import FileLock, Timeout

from denoiser import memory
from denoiser.errors import DenoiserError, EngineError, RunError
from denoiser.files import write_whole
from denoiser.runs import HOME_VARIABLE, Home, reasoned

TRAINING, INFERENCE = "training", "inference"
MEMORY = {TRAINING: 4 * 2**30, INFERENCE: 2 * 2**30}  # bytes, for each task at a time
IDLE_TIMEOUT = "5 minutes"
START_SECONDS = 60
CLOSE_SECONDS = 15
POLL_SECONDS = 2
LOW_PRIORITY = 10
GROWN = 0.6  # of its memory: TensorFlow keeps something of every network that it trained
SETTINGS = {
    # Dask's own timeout would not wait for a server that may still have work.
    "distributed.scheduler.idle-timeout": None,
    # How often a run may lose its process is `runner`'s to say.
    "distributed.scheduler.allowed-failures": sys.maxsize,
    # What Dask measures many times a second for a dashboard costs a tenth of a core.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.scheduler.work-stealing": False,
}

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}

log = logging.getLogger(__name__)


# The local engine's own process


@dataclass(frozen=True)
class Place:
    """Where the local engine of a folder of runs says that it is."""

    folder: Path

    @classmethod
    def of(cls, home: Home) -> "Place":
        """Return the place of the engine of `home`, making its folder."""
        folder = home.folder / ".engine"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    @property
    def lock(self) -> FileLock:
        """Held by the engine as long as it lives."""
        return FileLock(self.folder / "lock")

    def is_taken(self) -> bool:
        """Whether an engine lives here."""
        try:
            with self.lock.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def write(self, address: str) -> None:
        """Say where the engine is."""
        text = json.dumps({"address": address, "pid": os.getpid()})
        write_whole(self.folder / "engine.json", text.encode())

    def read(self) -> tuple[str, int] | None:
        """Return the engine's address and process id; None while there is none."""
        try:
            values = json.loads((self.folder / "engine.json").read_text())
            return (values["address"], values["pid"]) if self.is_taken() else None
        except (OSError, ValueError, KeyError):
            return None

    def clear(self) -> None:
        """Say nothing any more."""
        (self.folder / "engine.json").unlink(missing_ok=True)


def serve(home: Home) -> None:
    """Be the engine of `home` until a signal, or until nobody needs it.

    Returns at once where there is one already.
    """
    place = Place.of(home)
    try:
        # Longer than the moment for which somebody who asks whether it is taken has it.
        with place.lock.acquire(timeout=1):
            place.clear()
            try:
                asyncio.run(_serve(place))
            finally:
                place.clear()
    except Timeout:
        return


async def _serve(place: Place) -> None:
    done, loop = asyncio.Event(), asyncio.get_running_loop()

    def leave() -> None:
        done.set()
        loop.call_later(CLOSE_SECONDS, os._exit, 1)  # workers end when this process is gone

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, leave)
    idle_timeout = dask.config.get("distributed.scheduler.idle-timeout", None) or IDLE_TIMEOUT
    dask.config.set(SETTINGS)
    async with (
        Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler,
        _nanny(scheduler.address, {TRAINING: 1}, QUIET | _thread_budget(), host="127.0.0.1"),
        _nanny(scheduler.address, {INFERENCE: 1}, host="127.0.0.1"),
    ):
        place.write(scheduler.address)
        reasons = done.wait(), scheduler.finished(), _idle(scheduler, parse_timedelta(idle_timeout))
        tasks = [asyncio.ensure_future(reason) for reason in reasons]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


async def _idle(scheduler: Scheduler, patience: float) -> None:
    """Wait until no server and no task have needed the engine for `patience` seconds."""
    needed = time.monotonic()
    while time.monotonic() < needed + patience:
        await asyncio.sleep(min(1, patience / 4))
        if servers(scheduler) or scheduler.check_idle() is None:
            needed = time.monotonic()


def servers(dask_scheduler: Scheduler) -> int:
    """Count the clients of a scheduler that are neither its workers nor the scheduler's own."""
    return sum(
        name.startswith("Client-") and "worker" not in name for name in dask_scheduler.clients
    )


def work(address: str, resources: dict[str, int]) -> None:
    """Be a worker of the cluster at `address` until a signal, or until that is gone.

    Args:
        address: As `tcp://host:port`.
        resources: How many trainings, and how many other tasks, at a time.
    """

    async def run() -> None:
        async with _nanny(address, resources) as nanny:
            await nanny.finished()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())


def _thread_budget() -> dict[str, str]:
    """Leave a core to the pages; a second one makes a small network's training hardly faster."""
    cores = max(1, CPU_COUNT - 1)
    return {"TF_NUM_INTRAOP_THREADS": str(cores), "TF_NUM_INTEROP_THREADS": "1"}


def _nanny(
    address: str, resources: dict[str, int], env: Mapping[str, str] = QUIET, **options: Any
) -> Nanny:
    return Nanny(
        address,
        nthreads=sum(resources.values()),
        resources=resources,
        memory_limit=sum(MEMORY[name] * count for name, count in resources.items()),
        preload=["denoiser.engine"],
        env=dict(env),
        dashboard=False,
        **options,
    )


def dask_setup(worker: Worker) -> None:
    """Prepare a worker process; Dask calls this because the module is preloaded."""
    memory.keep_freed()
    if TRAINING in (worker.state.total_resources or {}):
        _lower_priority()
    worker.loop.add_callback(_renew, worker)
    # In a thread, so that the worker reports to its scheduler while TensorFlow loads.
    threading.Thread(target=_warm, daemon=True).start()


def _lower_priority() -> None:
    """Leave the processor to the pages whenever they want it."""
    with contextlib.suppress(OSError, AttributeError):
        # Linux shares time between sessions first, whatever the priorities inside them.
        os.setsid()
        Path("/proc/self/autogroup").write_text(str(LOW_PRIORITY))
    with contextlib.suppress(OSError, AttributeError):
        os.nice(LOW_PRIORITY)


async def _renew(worker: Worker) -> None:
    """Leave the place to a new process once this one has grown and has nothing to do."""
    bytes_grown = GROWN * (worker.memory_manager.memory_limit or math.inf)
    while worker.state.executing_count or worker.monitor.get_process_memory() < bytes_grown:
        await asyncio.sleep(1)
    await worker.close_gracefully(restart=True, reason="it has grown")


def _warm() -> None:
    from denoiser import inference
    from denoiser.config import READER

    with contextlib.suppress(Exception):
        inference.load_keras(READER)


# Tasks, on workers


def train(home: str, run_id: str) -> None:
    """Carry a run out, then hand on the next one.

    Raises:
        RunError: There is no such run here.
    """
    from denoiser import runner

    place = _reachable(home, run_id)
    run = place.run(run_id)
    with contextlib.suppress(RunError):  # somebody else trains it
        runner.carry_out(run)
    dispatch(get_client(), place)


def _reachable(home: str, run_id: str) -> Home:
    """Return the folder of runs under the server's name, or under this machine's own."""
    if not (Path(home) / run_id).exists() and (own := os.environ.get(HOME_VARIABLE)):
        return Home(Path(own))
    return Home(Path(home))


def call(name: str, *arguments: Any) -> Any:
    """Import "module:function" and call it."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)(*arguments)


def dispatch(client: Client, home: Home) -> dict[str, Future]:
    """Hand the cluster the runs that should train now; return what was handed over, by run id."""
    offered = _offered(client)
    handed = {}
    for run in home.next_runs(_training_slots(client, offered)):
        future = client.submit(
            train,
            str(home.folder),
            run.id,
            key=f"train-{run.id}-{run.status().attempt}",
            resources={TRAINING: 1} if offered else None,
            pure=False,
        )
        fire_and_forget(future)
        handed[run.id] = future
    return handed


def _offered(client: Client) -> Counter:
    """Return what the workers offer; empty for a cluster that knows nothing of us."""
    offered: Counter = Counter()
    for worker in client.scheduler_info()["workers"].values():
        offered.update({n: a for n, a in worker["resources"].items() if n in (TRAINING, INFERENCE)})
    return offered


def _training_slots(client: Client, offered: Counter) -> int:
    return int(offered[TRAINING]) if offered else len(client.scheduler_info()["workers"])


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

    def __init__(self, home: Home) -> None:
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

    def submit(self, function: str, *arguments: Any) -> futures.Future:
        """Call a function on a worker for inference, as soon as there is one.

        Args:
            function: As "module:function"; the module may load TensorFlow.
            *arguments: Anything that can be pickled.

        Returns:
            Its result; or its exception, `EngineError` if the engine was lost.
        """
        result: futures.Future = futures.Future()

        def hand_over(client: Client) -> None:
            resources = {INFERENCE: 1} if _offered(client)[INFERENCE] else None
            task = client.submit(call, function, *arguments, resources=resources, pure=False)
            task.add_done_callback(lambda done: _pass_on(done, result))

        self._waiting.append(hand_over)
        self.wake()
        return result

    def close(self) -> None:
        """Let the engine go; the local one ends, unless another server needs it."""
        self._closed = True
        self.wake()
        self._thread.join(timeout=POLL_SECONDS)
        found = Place.of(self.home).read()
        client, self._client = self._client, None
        if client is None:
            others = 0
        else:
            others = _other_servers(client)
            with contextlib.suppress(Exception):
                client.close(timeout=1)
        if found and not others and not foreign_address():
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
            self.home.run(run_id).update(state="failed", **reasoned(why))

    def _connected(self) -> Client:
        if self._client is not None and self._client.status != "running":
            self._client.close(timeout=1)
            self._client, self._handed = None, {}
        if self._client is None:
            address = foreign_address() or self._local_address()
            self._client = Client(address, set_as_default=False, timeout="10s")
        return self._client

    def _local_address(self) -> str:
        place = Place.of(self.home)
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


def start(home: Home) -> subprocess.Popen:
    """Start the engine of `home` as a process that this one does not take with it."""
    with (Place.of(home).folder / "log.txt").open("wb") as log_file:
        return subprocess.Popen(
            [sys.executable, "-m", "denoiser", "engine"],
            cwd=Path(__file__).resolve().parent.parent,
            env=os.environ | {HOME_VARIABLE: str(home.folder)},
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def foreign_address() -> str | None:
    """Return the address of the cluster that Dask is set to use; None for the local engine."""
    return dask.config.get("scheduler-address", None)


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
