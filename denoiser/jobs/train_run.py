"""One run carried out: from its folder, into its folder, from wherever it was left.

Every death of the process is expected. What was learned is in the newest
checkpoint, made after every epoch and every half minute; what the history has
beyond it is cut off and made again, the same, because all randomness comes from
seed, epoch and batch. Knows TensorFlow and run folders, not who asked for the
run or where it is shown.
"""

import contextlib
import logging
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data import digits
from denoiser.data.digits import Digits, as_uint8
from denoiser.errors import DenoiserError, RunError
from denoiser.models.store import Model
from denoiser.nn import inference, networks
from denoiser.nn.distribute import Replicas
from denoiser.nn.training import Callbacks, Training, validation_noise
from denoiser.runs import datasets
from denoiser.runs.history import UNFINISHED, Epoch, Step, reasoned
from denoiser.runs.run import KERAS, SAMPLES, Checkpoint, Run

CHECKPOINT_SECONDS = 30
MAX_STEP_LINES = 2000  # of a fast training
MAX_LINE_SECONDS = 0.7  # of a slow one: who watches sees it within two seconds
MAX_DEATHS = 10
LOCK_PATIENCE_S = 60
SCORE_SEED = 0

log = logging.getLogger(__name__)

StepHook = Callable[[int, int, float], None]
EpochHook = Callable[[int, Mapping[str, float]], None]


def train_run(
    run: Run,
    on_step: StepHook = lambda epoch, step, loss: None,
    on_epoch: EpochHook = lambda epoch, logs: None,
    should_stop: Callable[[], bool] = lambda: False,
    replicas: Replicas | None = None,
) -> None:
    """Train a run to its end, or until it is asked to stop.

    Whatever happens is written to the run's status; nothing is raised but what
    ends the process.

    Args:
        run: Queued, or left running by a process that died.
        on_step: Told each step: epoch from 0, steps done in it, loss.
        on_epoch: Told each epoch: its number from 0, `loss` and `val_loss`.
        should_stop: Asked after each step, besides the run's own stop request.
        replicas: The devices to train on, if not on this process' own.

    Raises:
        RunError: Somebody else trains it.
    """
    with run.locked(LOCK_PATIENCE_S):
        status = run.status()
        if status.state not in UNFINISHED:
            return
        deaths = status.deaths + (status.state == "running")
        if deaths > MAX_DEATHS:
            run.update(state="failed", **reasoned(_died()))
            return
        run.update(state="running", deaths=deaths)
        try:
            _RunTraining(run, on_step, on_epoch, should_stop).train(replicas)
        except Exception as error:  # whatever it is, the visitor has to be told
            log.exception("run %s failed", run.id)
            with contextlib.suppress(OSError):
                run.update(state="failed", **_explained(error, run.config))
        finally:
            keras.backend.clear_session()


def _died() -> RunError:
    return RunError(
        "Its process died {count} times at the same place, most likely for want of memory. "
        "A smaller batch or smaller filters need less.",
        count=MAX_DEATHS,
    )


def _explained(error: Exception, config: TrainConfig) -> dict[str, Any]:
    """Say in plain words why a run failed, and which settings would help."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        smaller = max(1, config.batch_size // 2)
        reason = RunError(
            "There was not enough memory for batches of {batch_size} digits.",
            batch_size=config.batch_size,
        )
        return reasoned(reason) | {"fix": {"batch_size": smaller}}
    fix = {"data": "bundled"} if str(error).startswith("mnist: the download") else {}
    if isinstance(error, DenoiserError):
        return reasoned(error) | {"fix": fix}
    if isinstance(error, OSError):
        return {"reason": str(error), "fix": fix}
    return {"reason": f"unexpected: {type(error).__name__}: {error}"[:500], "fix": {}}


class Divergence:
    """Says when a training goes nowhere.

    The loss is no number any more; or is far above what it had been; or the
    network answers every digit with black, where it gets no gradient any more.
    """

    WARM_UP = 30
    MEMORY = 0.95
    TIMES = 3.0
    BLACK = 0.05
    BLACK_EPOCHS = 2  # a healthy network may begin with one

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0.0
        self._weight = 0.0
        self._lowest = math.inf
        self._black = 0

    def reason(self, loss: float) -> RunError | None:
        """Take in a step's loss; return why the training should end, or None."""
        if not math.isfinite(loss):
            return _no_number()
        self._count += 1
        self._sum = self.MEMORY * self._sum + (1 - self.MEMORY) * loss
        self._weight = self.MEMORY * self._weight + (1 - self.MEMORY)
        smoothed = self._sum / self._weight
        if self._count > self.WARM_UP and smoothed > self.TIMES * self._lowest:
            return RunError(
                "diverged: the loss rose to {high:.3f} after it had been down at {low:.3f}. "
                "The learning rate is too high.",
                high=smoothed,
                low=self._lowest,
            )
        self._lowest = min(self._lowest, smoothed)
        return None

    def reason_after_epoch(self, val_loss: float, denoised: np.ndarray) -> RunError | None:
        """Take in an epoch's val_loss and samples in [0, 1]; return as `reason` does."""
        if not math.isfinite(val_loss):
            return _no_number()
        self._black = self._black + 1 if denoised.max() < self.BLACK else 0
        if self._black < self.BLACK_EPOCHS:
            return None
        return RunError(
            "diverged: it answers every digit with a black picture. The learning rate is too high."
        )


def _no_number() -> RunError:
    return RunError(
        "diverged: the loss is no number any more (NaN). The learning rate is too high."
    )


class _RunTraining:
    """The state of a run while it trains."""

    def __init__(
        self, run: Run, on_step: StepHook, on_epoch: EpochHook, should_stop: Callable[[], bool]
    ) -> None:
        self.run = run
        self.config = run.config
        self.attempt = run.status().attempt
        self._hooks = on_step, on_epoch
        self._asked_to_stop = should_stop
        self._divergence = Divergence()
        self._failure: dict[str, Any] | None = None
        self._step = 0
        self._epoch_sum = 0.0
        self._pending: list[float] = []
        self._saved_at = self._written_at = time.monotonic()
        self._begun = False

    def train(self, replicas: Replicas | None) -> None:
        source = datasets.resolve_source(self.config.data, self.run.folder.parent)
        train_digits = digits.load(source, "train")
        self._validation = digits.load(source, "test")
        self._training = Training(self.config, train_digits, self._validation, replicas)
        self._model = self._training.model
        self._steps_per_epoch = self._training.steps_per_epoch
        self._digits = len(train_digits[: self.config.limit])
        self._stride = max(1, self.config.epochs * self._steps_per_epoch // MAX_STEP_LINES)
        self._choose_samples()
        self._restore()
        if self._should_stop():  # asked to while the process was being replaced, or prepared this
            self._end(stopped=True)
            return
        watcher = Callbacks(self._stepped, self._epoch_done, self._should_stop)
        epoch = len(self.run.history().epochs)
        self._training.fit(watcher, epoch, self._step - epoch * self._steps_per_epoch)
        self._end(self._training.stopped)

    # On the way

    def _stepped(self, epoch: int, in_epoch: int, loss: float) -> None:
        self._begin()
        self._step += 1
        self._pending.append(loss)
        self._diverged(self._divergence.reason(loss))
        waited = time.monotonic() - self._written_at
        if len(self._pending) >= self._stride or waited > MAX_LINE_SECONDS:
            self._write_pending()
        size = self.config.batch_size
        self._epoch_sum += loss * min(size, self._digits - (in_epoch - 1) * size)
        self._hooks[0](epoch, in_epoch, loss)
        if in_epoch < self._steps_per_epoch and self._is_checkpoint_due():
            self._save_checkpoint()

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self.run.update(steps_per_epoch=self._steps_per_epoch, digits=self._digits)

    def _write_pending(self) -> None:
        if self._pending:
            epoch = (self._step - 1) // self._steps_per_epoch + 1
            loss = float(np.mean(self._pending))
            self.run.append(Step(self._step, epoch, loss, time.time()))
            self._pending.clear()
        self._written_at = time.monotonic()

    def _epoch_done(self, epoch: int, logs: Mapping[str, float]) -> None:
        # The training's own mean knows only the steps since a restart in the middle of the epoch.
        logs = {"loss": self._epoch_sum / self._digits, "val_loss": logs["val_loss"]}
        self._epoch_sum = 0.0
        self._write_pending()
        self.run.append(Epoch(epoch + 1, logs["loss"], logs["val_loss"], time.time()))
        denoised = self._save_snapshot(epoch + 1)
        self._save_checkpoint()
        self._hooks[1](epoch, logs)
        self._diverged(self._divergence.reason_after_epoch(logs["val_loss"], denoised))

    def _diverged(self, reason: RunError | None) -> None:
        if reason:
            rate = max(1e-7, float(f"{self.config.learning_rate / 10:.1g}"))
            self._failure = reasoned(reason) | {"fix": {"learning_rate": rate}}

    def _should_stop(self) -> bool:
        return (
            self._failure is not None
            or self._asked_to_stop()
            or self.run.is_stop_requested(self.attempt)
        )

    # Checkpoints and snapshots

    def _is_checkpoint_due(self) -> bool:
        return time.monotonic() - self._saved_at > CHECKPOINT_SECONDS

    def _save_checkpoint(self) -> None:
        self._write_pending()
        self.run.save_checkpoint(
            Checkpoint(self._step, self._training.state(), self.run.history_size(), self._epoch_sum)
        )
        self._saved_at = time.monotonic()
        if self.run.status().deaths:
            self.run.update(deaths=0)

    def _restore(self) -> None:
        self.run.remove_half_written()
        checkpoint = self.run.load_checkpoint()
        if checkpoint is None:
            self.run.cut_history(0)
            self._save_snapshot(0)
            return
        self._training.restore(checkpoint.tensors)
        self.run.cut_history(checkpoint.history_size)
        self._step, self._epoch_sum = checkpoint.step, checkpoint.loss_sum

    def _choose_samples(self) -> None:
        self._noisy = save_samples(self.run, self._validation)

    def _save_snapshot(self, epoch: int) -> np.ndarray:
        denoised = denoise_few(self._model, self._noisy)
        self.run.save_snapshot(epoch, self._described(), as_uint8(denoised))
        return denoised

    def _described(self) -> Model:
        return inference.from_keras(self.run.id, self.config, self._model, {})

    # The end

    def _end(self, stopped: bool) -> None:
        if self._failure:
            self._keep_best("failed", **self._failure)
        elif stopped:
            self._save_checkpoint()
            self._keep_best("stopped", **reasoned(RunError("Stopped by request.")))
        else:
            network = inference.to_keras(self._described())
            found = scores(network, self._validation, self.run.id, self.config.data)
            self._keep(network, {"scores": found}, "finished")

    def _keep_best(self, state: str, **status: Any) -> None:
        """Keep the weights of the epoch with the lowest val_loss, if there is one."""
        best = self.run.history().best
        if best is not None:
            model = self.run.snapshot(best.epoch)
            self._keep(inference.to_keras(model), {"kept_epoch": best.epoch}, state, **status)
        elif self._step and state == "stopped":
            self._keep(self._model, {"kept_epoch": 0}, state, **status)
        else:
            self.run.update(state=state, **status)

    def _keep(
        self, network: keras.Model, facts: Mapping[str, Any], state: str, **status: Any
    ) -> None:
        keep(self.run, network, facts)
        if self.run.status().attempt == self.attempt:  # else it was resumed in the meantime
            self.run.update(state=state, **status)


def save_samples(run: Run, validation: Digits) -> np.ndarray:
    """Keep the digits that every snapshot of a run shows: one of each class, as far as they go.

    Returns:
        Those digits under the run's noise, float32 in [0, 1], shape (SAMPLES, 28, 28).
    """
    labels, shown = validation.labels, np.arange(SAMPLES)
    if labels is not None and len(found := np.unique(labels, return_index=True)[1]) >= SAMPLES:
        shown = found[:SAMPLES]
    noisy = validation_noise(run.config, validation.clean)[shown]
    run.save_samples(as_uint8(noisy), validation.images[shown])
    return noisy


def denoise_few(network: keras.Model, noisy: np.ndarray) -> np.ndarray:
    """Return what a network makes of a few digits, both float32 in [0, 1], shape (n, 28, 28)."""
    # Called directly: `predict` would be compiled for these few digits first.
    return np.asarray(network(noisy[..., None], training=False))[..., 0]


def scores(network: keras.Model, validation: Digits, id: str, source: str) -> dict[str, Any]:
    """Score a run's network for its card, with the command that does it again."""
    classifier = inference.load_keras(CLASSIFIER)
    evaluation = inference.evaluate(network, classifier, validation, "gaussian", {}, SCORE_SEED)
    command = f"python -m denoiser evaluate --model {id} --data {source}"
    return evaluation.denoised.to_dict() | {"command": command}


def keep(run: Run, network: keras.Model, facts: Mapping[str, Any]) -> None:
    """Keep a run's trained network, with its card, and for other programs.

    Args:
        run: Its history goes on the card.
        network: Trained with the run's settings.
        facts: What else the card says.
    """
    epochs = run.history().epochs
    history = {
        "loss": [epoch.loss for epoch in epochs],
        "val_loss": [epoch.val_loss for epoch in epochs],
    }
    facts = {"name": run.id, "history": history, **facts}
    name = facts["name"]
    facts["title"] = f"{run.config.network} {name[:4]}"
    run.save_model(inference.from_keras(name, run.config, network, facts))
    _save_keras(network, run.config, run.folder / KERAS)


def _save_keras(network: keras.Model, config: TrainConfig, path: Path) -> None:
    """Write a network for other programs, without its optimizer."""
    plain = networks.build(config)
    networks.set_weights(plain, networks.weights(network))
    temporary = path.with_name(f".{path.name}.keras")
    plain.save(temporary)
    temporary.replace(path)
