"""A run trained to its end: from its folder, into its folder, from wherever it was left.

Every death of the process is expected, and every failure is written to the run's status,
with what would help. It knows neither who asked for the run nor where it is shown.
"""

import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from denoiser.config import TrainConfig
from denoiser.data.digits import DOWNLOAD_FAILED
from denoiser.errors import DenoiserError, RunError
from denoiser.jobs.run_training import EpochHook, RunTraining, StepHook
from denoiser.runs.history import UNFINISHED
from denoiser.runs.run import Run

if TYPE_CHECKING:
    from denoiser.nn.distribute import Replicas

MAX_DEATHS = 10
LOCK_PATIENCE_S = 60
FIXES: dict[str, dict[str, Any]] = {DOWNLOAD_FAILED: {"data": "bundled"}}  # by an error's code

log = logging.getLogger(__name__)


def train_run(
    run: Run,
    on_step: StepHook = lambda epoch, step, loss: None,
    on_epoch: EpochHook = lambda epoch, logs: None,
    should_stop: Callable[[], bool] = lambda: False,
    replicas: "Replicas | None" = None,
) -> None:
    """Train a run to its end, or until it is asked to stop.

    A failure is written to the run's status; nothing is raised but what ends the process.

    Args:
        run: Queued, or left running by a process that died.
        on_step: Told each step: epoch from 0, steps done in it, loss.
        on_epoch: Told each epoch: its number from 0, `loss` and `val_loss`.
        should_stop: Asked after each step, besides the run's own stop request.
        replicas: The devices to train on, if not on this process' own.

    Raises:
        RunError: Another process trains it.
    """
    from denoiser.nn import keras

    with run.locked(LOCK_PATIENCE_S):
        status = run.status()
        if status.state not in UNFINISHED:
            return
        deaths = status.deaths + (status.state == "running")
        if deaths > MAX_DEATHS:
            run.update(state="failed", reason=_died())
            return
        run.update(state="running", deaths=deaths)
        try:
            RunTraining(run, on_step, on_epoch, should_stop).train(replicas)
        except Exception as error:  # of any kind: the visitor has to be told
            log.exception("run %s failed", run.id)
            with contextlib.suppress(OSError):
                run.update(state="failed", **_explained(error, run.config))
        finally:
            keras.backend.clear_session()


def _died() -> RunError:
    return RunError(
        "The training ended {count} times at the same place without a word, most likely because "
        "the computer ran out of memory. Train again with smaller batches or smaller filters.",
        count=MAX_DEATHS,
    )


def _explained(error: Exception, config: TrainConfig) -> dict[str, Any]:
    """Return the fields of a status that say why a run failed, and which settings would help."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        reason = RunError(
            "There was not enough memory for batches of {batch_size} digits. Train again with "
            "smaller batches.",
            batch_size=config.batch_size,
        )
        return {"reason": reason, "fix": {"batch_size": max(1, config.batch_size // 2)}}
    if isinstance(error, DenoiserError):
        return {"reason": error, "fix": FIXES.get(error.code, {})}
    if isinstance(error, OSError):
        reason = RunError(
            "The training could not read or write a file: the disk may be full, or its folder "
            "closed to the lab. Make room, and train again.",
            detail=error.strerror or type(error).__name__,
        )
        return {"reason": reason, "fix": {}}
    reason = RunError(
        "The training failed for a reason that the lab does not know. Try it again; if it fails "
        "again, tell who runs this lab what the details say.",
        detail=f"{type(error).__name__}: {error}",
    )
    return {"reason": reason, "fix": {}}
