"""What the engine is asked to do with runs: train those that should train now.

The queue is on disk (`runs.store`). `dispatch` hands the engine the runs that should train
now, under keys that name run and attempt: doing it twice, from anywhere, is the same as doing
it once. Only `train`, on a worker, loads TensorFlow.
"""

import contextlib
import os
from collections import Counter
from pathlib import Path

import dask
from distributed import (
    Client,
    Future,
    Scheduler,
    fire_and_forget,
    get_client,
)

from denoiser.errors import RunError
from denoiser.runs.store import HOME_VARIABLE, RunStore

TRAINING, INFERENCE = "training", "inference"


def servers(dask_scheduler: Scheduler) -> int:
    """Count the clients of a scheduler that are neither its workers nor the scheduler's own."""
    return sum(
        name.startswith("Client-") and "worker" not in name for name in dask_scheduler.clients
    )


# Tasks, on workers


def train(folder: str, run_id: str) -> None:
    """Train a run, then hand over the next one; this runs on a worker.

    Args:
        folder: Of all runs, as the server calls it.
        run_id: Of the run.

    Raises:
        RunError: There is no such run here.
    """
    from denoiser.jobs import train_run

    store = _reachable(folder, run_id)
    run = store.run(run_id)
    with contextlib.suppress(RunError):  # another process trains it
        train_run.train_run(run)
    dispatch(get_client(), store)


def _reachable(folder: str, run_id: str) -> RunStore:
    """Return the folder of runs under the server's name, or under this machine's own."""
    if not (Path(folder) / run_id).exists() and (own := os.environ.get(HOME_VARIABLE)):
        return RunStore(Path(own))
    return RunStore(Path(folder))


def dispatch(client: Client, store: RunStore) -> dict[str, "Future[None]"]:
    """Hand the cluster the runs that should train now.

    Returns:
        A future by the id of each run that was handed over.
    """
    offered = offered_resources(client)
    handed = {}
    for run in store.next_runs(_training_slots(client, offered)):
        future = client.submit(
            train,
            str(store.folder),
            run.id,
            key=f"train-{run.id}-{run.status().attempt}",
            resources={TRAINING: 1} if offered else None,
            pure=False,
        )
        fire_and_forget(future)
        handed[run.id] = future
    return handed


def offered_resources(client: Client) -> "Counter[str]":
    """Return how many trainings and other tasks the workers take at a time.

    Empty for a cluster whose workers were not started by the lab.
    """
    offered: Counter[str] = Counter()
    for worker in client.scheduler_info()["workers"].values():
        offered.update({n: a for n, a in worker["resources"].items() if n in (TRAINING, INFERENCE)})
    return offered


def _training_slots(client: Client, offered: "Counter[str]") -> int:
    return int(offered[TRAINING]) if offered else len(client.scheduler_info()["workers"])


def external_scheduler() -> str | None:
    """Return the address of the cluster that Dask is set to use; None for the local engine."""
    address: str | None = dask.config.get("scheduler-address", None)
    return address
