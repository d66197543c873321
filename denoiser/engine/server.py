"""The local engine's own process: a scheduler and two workers, one of which trains.

One worker trains, at low priority, the other denoises and decodes. There is one engine for
a folder of runs: it holds a lock there, with its address in a file beside it. It outlives a
web server that was killed, goes on with its runs, and ends when it has been idle for a
while. `work` makes a machine join a cluster.
"""

import asyncio
import contextlib
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dask
from dask.system import CPU_COUNT
from dask.utils import parse_timedelta
from distributed import (
    Nanny,
    Scheduler,
    Worker,
)
from distributed.core import Status
from filelock import Timeout

from denoiser.engine import credentials, memory
from denoiser.engine.place import EngineLock
from denoiser.engine.tasks import (
    INFERENCE,
    TRAINING,
    servers,
)
from denoiser.runs.store import RunStore

MEMORY = {TRAINING: 4 * 2**30, INFERENCE: 2 * 2**30}  # bytes, for each task at a time
IDLE_TIMEOUT = "5 minutes"
CLOSE_SECONDS = 15
REPORT_SECONDS = 0.2
LOW_PRIORITY = 10
GROWN = 0.6  # of its memory: TensorFlow keeps something of every network that it trained
SETTINGS: dict[str, Any] = {
    # Dask's own timeout would not wait for a server that may still have work.
    "distributed.scheduler.idle-timeout": None,
    # The run itself counts how often it may lose its process.
    "distributed.scheduler.allowed-failures": sys.maxsize,
    # What Dask measures many times a second for a dashboard costs a tenth of a core.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.scheduler.work-stealing": False,
}
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}


def serve(store: RunStore) -> None:
    """Run the engine of a run store until a signal comes or it has been idle for long.

    Returns at once where such an engine runs already.
    """
    lock = EngineLock.of(store)
    try:
        # Longer than `is_taken` of another process holds the lock.
        with lock.lock.acquire(timeout=1):
            lock.clear()
            try:
                asyncio.run(_serve(lock))
            finally:
                lock.clear()
    except Timeout:
        return


class _WithoutHTTP:
    """Opens no port for Dask's pages of metrics, logs and tasks, which ask nobody who they are."""

    def start_http_server(self, *_args: Any, **_options: Any) -> None:
        """Do nothing where Dask would open the port."""


class _Scheduler(_WithoutHTTP, Scheduler):
    pass


class _Worker(_WithoutHTTP, Worker):
    pass


async def _serve(lock: EngineLock) -> None:
    done, loop = asyncio.Event(), asyncio.get_running_loop()

    def leave() -> None:
        done.set()
        loop.call_later(CLOSE_SECONDS, os._exit, 1)  # workers end when this process is gone

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, leave)
    idle_timeout = dask.config.get("distributed.scheduler.idle-timeout", None) or IDLE_TIMEOUT
    dask.config.set(SETTINGS)
    here: dict[str, Any] = {"host": "127.0.0.1", "security": credentials.make(lock.folder)}
    async with (
        _Scheduler(port=0, protocol="tls://", dashboard=False, **here) as scheduler,
        _nanny(scheduler.address, {TRAINING: 1}, QUIET | _thread_budget(), **here),
        _nanny(scheduler.address, {INFERENCE: 1}, **here),
    ):
        lock.write(scheduler.address)
        reasons = (
            done.wait(),
            scheduler.finished(),
            _idle(scheduler, parse_timedelta(idle_timeout)),
            asyncio.sleep(credentials.LIFETIME_S),  # the next one makes new ones
        )
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


def work(address: str, resources: dict[str, int]) -> None:
    """Run a worker of the cluster at `address` until a signal comes or the cluster is gone.

    Args:
        address: As `tls://host:port`, with the certificates in Dask's settings; or `tcp://`.
        resources: How many trainings, and how many other tasks, at a time.

    Raises:
        EngineError: The cluster wants certificates, and the settings name none.
    """
    security = credentials.of_cluster(address)

    async def run() -> None:
        async with _nanny(address, resources, security=security) as nanny:
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
        preload=["denoiser.engine.server"],
        worker_class=_Worker,
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
    worker.loop.add_callback(_warm_up, worker)


def _lower_priority() -> None:
    """Let the pages have the processor first."""
    with contextlib.suppress(OSError, AttributeError):
        # Linux shares time between sessions first, whatever the priorities inside them.
        os.setsid()
        Path("/proc/self/autogroup").write_text(str(LOW_PRIORITY))
    with contextlib.suppress(OSError, AttributeError):
        os.nice(LOW_PRIORITY)


async def _renew(worker: Worker) -> None:
    """Let a new process replace this one once it has grown and is idle."""
    bytes_grown = GROWN * (worker.memory_manager.memory_limit or math.inf)
    while worker.state.executing_count or worker.monitor.get_process_memory() < bytes_grown:
        await asyncio.sleep(1)
    await worker.close_gracefully(restart=True, reason="it has grown")


async def _warm_up(worker: Worker) -> None:
    """Load TensorFlow once the worker has reported, for which it could wait seconds meanwhile."""
    while worker.status is Status.init:
        await asyncio.sleep(0.01)
    await asyncio.sleep(REPORT_SECONDS)  # to the process that started it, too
    # In a thread, so that the worker goes on reporting to its scheduler.
    threading.Thread(target=_warm, daemon=True).start()


def _warm() -> None:
    from denoiser.config import CLASSIFIER
    from denoiser.nn import inference

    with contextlib.suppress(Exception):
        inference.load_keras(CLASSIFIER)
