"""What the engine is asked to do with runs: train those that should train now.

The queue is on disk (`runs.store`). `dispatch` hands the engine the runs that should train
now, under keys that name run and attempt: doing it twice, from anywhere, is the same as doing
it once. This module loads TensorFlow on workers only.
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


def train(home: str, run_id: str) -> None:
    """Carry a run out, then hand on the next one.

    Raises:
        RunError: There is no such run here.
    """
    from denoiser.jobs import train_run

    place = _reachable(home, run_id)
    run = place.run(run_id)
    with contextlib.suppress(RunError):  # somebody else trains it
        train_run.train_run(run)
    dispatch(get_client(), place)


def _reachable(home: str, run_id: str) -> RunStore:
    """Return the folder of runs under the server's name, or under this machine's own."""
    if not (Path(home) / run_id).exists() and (own := os.environ.get(HOME_VARIABLE)):
        return RunStore(Path(own))
    return RunStore(Path(home))


def dispatch(client: Client, home: RunStore) -> dict[str, Future]:
    """Hand the cluster the runs that should train now; return what was handed over, by run id."""
    offered = offered_resources(client)
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


def offered_resources(client: Client) -> Counter:
    """Return what the workers offer; empty for a cluster that knows nothing of us."""
    offered: Counter = Counter()
    for worker in client.scheduler_info()["workers"].values():
        offered.update({n: a for n, a in worker["resources"].items() if n in (TRAINING, INFERENCE)})
    return offered


def _training_slots(client: Client, offered: Counter) -> int:
    return int(offered[TRAINING]) if offered else len(client.scheduler_info()["workers"])


def external_scheduler() -> str | None:
    """Return the address of the cluster that Dask is set to use; None for the local engine."""
    return dask.config.get("scheduler-address", None)
