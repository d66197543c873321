"""The training of a run: what is written on the way, and how it goes on after a death.

What was learned is in the newest checkpoint, made after every epoch and every half minute;
what the history has beyond it is cut off and made again, the same, because all randomness
comes from seed, epoch and batch.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from denoiser.data import digits
from denoiser.data.digits import as_uint8
from denoiser.errors import RunError
from denoiser.jobs import results
from denoiser.jobs.divergence import Divergence
from denoiser.models.store import Model
from denoiser.runs import datasets
from denoiser.runs.history import Epoch, Step
from denoiser.runs.run import Checkpoint, Run

if TYPE_CHECKING:
    import keras

    from denoiser.nn.distribute import Replicas

CHECKPOINT_SECONDS = 30
MAX_STEP_LINES = 2000  # of a fast training
MAX_LINE_SECONDS = 0.7  # of a slow one: its page shows a step within two seconds

StepHook = Callable[[int, int, float], None]
EpochHook = Callable[[int, Mapping[str, float]], None]


class RunTraining:
    """The training of a run: its state from the last checkpoint on, and what is written of it.

    Args:
        run: Its folder is read and written; the caller holds its lock.
        on_step: See `train_run`, as the others.
        on_epoch: See `train_run`.
        should_stop: See `train_run`.
    """

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

    def train(self, replicas: "Replicas | None") -> None:
        """Train to the end, or until a stop is asked for; write how it ended.

        Args:
            replicas: See `train_run`.

        Raises:
            DenoiserError, OSError: The run's digits cannot be read, or nothing can be written.
        """
        from denoiser.nn.training import Callbacks, Training

        source = datasets.resolve_source(self.config.data, self.run.folder.parent)
        train_digits, self._validation = digits.both(source)
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
        callbacks = Callbacks(self._stepped, self._epoch_done, self._should_stop)
        epoch = len(self.run.history().epochs)
        self._training.fit(callbacks, epoch, self._step - epoch * self._steps_per_epoch)
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
            self._failure = {"reason": reason, "fix": {"learning_rate": rate}}

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
        self._noisy = results.save_samples(self.run, self._validation)

    def _save_snapshot(self, epoch: int) -> np.ndarray:
        denoised = results.denoise_few(self._model, self._noisy)
        self.run.save_snapshot(epoch, self._described(), as_uint8(denoised))
        return denoised

    def _described(self) -> Model:
        from denoiser.nn import inference

        return inference.from_keras(self.run.id, self.config, self._model, {})

    # The end

    def _end(self, stopped: bool) -> None:
        from denoiser.nn import inference

        if self._failure:
            self._keep_best("failed", **self._failure)
        elif stopped:
            self._save_checkpoint()
            self._keep_best("stopped", reason=RunError("Stopped by request."))
        else:
            network = inference.to_keras(self._described())
            scores = results.scores(network, self._validation, self.run.id, self.config.data)
            self._keep(network, {"scores": scores}, "finished")

    def _keep_best(self, state: str, **status: Any) -> None:
        """Keep the weights of the epoch with the lowest val_loss, if there is one."""
        from denoiser.nn import inference

        best = self.run.history().best
        if best is not None:
            model = self.run.snapshot(best.epoch)
            self._keep(inference.to_keras(model), {"kept_epoch": best.epoch}, state, **status)
        elif self._step and state == "stopped":
            self._keep(self._model, {"kept_epoch": 0}, state, **status)
        else:
            self.run.update(state=state, **status)

    def _keep(
        self, network: "keras.Model", facts: Mapping[str, Any], state: str, **status: Any
    ) -> None:
        results.keep(self.run, network, facts)
        if self.run.status().attempt == self.attempt:  # else it was resumed in the meantime
            self.run.update(state=state, **status)
