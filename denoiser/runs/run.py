"""The run folder: the only code that reads or writes it.

    runs/<id>/config.json        what was asked
              status.json        how it stands (see `Status`); written whole
              history.jsonl      one line a step or an epoch, appended
              checkpoint/        the newest two: weights, optimizer and where they stand
              snapshots/         weights and samples after each epoch; 0 is before the first
              model.safetensors  the weights, once there are some to keep
              model.keras        the same for other programs
              card.json          what is known of them

The disk is the truth. The process that trains a run holds its lock, which the system lets
go when the process ends or dies. This module trains nothing and knows no engine.
"""

import hashlib
import io
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.numpy import load as from_safetensors
from safetensors.numpy import save as to_safetensors

from denoiser.config import TrainConfig
from denoiser.errors import ConfigError, RunError
from denoiser.files.atomic import write_whole
from denoiser.models import store as models
from denoiser.runs.history import UNFINISHED, Epoch, RunHistory, Status, Step, read_history

CONFIG, STATUS, HISTORY = "config.json", "status.json", "history.jsonl"
WEIGHTS, KERAS, CARD = "model.safetensors", "model.keras", "card.json"
KEPT_CHECKPOINTS = 2
KEPT_SNAPSHOTS = 50
SAMPLES = 8  # fewer where there are fewer to validate with


@dataclass(frozen=True)
class Checkpoint:
    """All that a training needs to go on.

    Attributes:
        step: Steps done, over the whole run.
        tensors: Weights and optimizer by name, each of its variable's shape and dtype.
        history_size: Bytes of the history that belong to it.
        loss_sum: Loss of the digits of the unfinished epoch so far, summed.
    """

    step: int
    tensors: Mapping[str, np.ndarray]
    history_size: int
    loss_sum: float = 0.0


CHECKPOINT_NUMBERS = [f.name for f in fields(Checkpoint) if f.name != "tensors"]


class Run:
    """One training's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.folder == other.folder

    def __hash__(self) -> int:
        return hash(self.folder)

    @property
    def id(self) -> str:
        """The run's id, its folder's name."""
        return self.folder.name

    # What was asked, and how it stands

    @classmethod
    def create(cls, config: TrainConfig, folder: Path, **status: Any) -> "Run":
        """Make the folder of a new run and write down what was asked.

        Args:
            config: What to train.
            folder: Where; made if it is missing.
            **status: Fields of its `Status`; queued now, unless they say otherwise.

        Raises:
            OSError: The folder cannot be made.
            RunError: There is a run in it already, or anything else.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise RunError(
                "{folder}: expected a new or empty folder, got one with files in it", folder=folder
            )
        run = cls(folder)
        now = time.time()
        write_whole(folder / CONFIG, config.to_json().encode())
        run._write_status(replace(Status("queued", created=now, queued=now), **status))
        return run

    @property
    def config(self) -> TrainConfig:
        """What was asked; raises `RunError` where that cannot be read."""
        try:
            return TrainConfig.from_json((self.folder / CONFIG).read_text(encoding="utf-8"))
        except (OSError, ValueError, ConfigError) as error:
            raise self._damaged(CONFIG, error) from error

    def status(self) -> Status:
        """Return how the run stands.

        A terminal that died could not say so: its run counts as stopped.

        Raises:
            RunError: There is no run, or its status cannot be read.
        """
        try:
            text = (self.folder / STATUS).read_text(encoding="utf-8")
            status = Status.from_json(json.loads(text))
        except (OSError, ValueError, AttributeError, TypeError, KeyError) as error:
            raise self._damaged(STATUS, error) from error
        if status.state in UNFINISHED and not status.engine and not self.is_locked():
            reason = RunError("Its terminal ended before it did.")
            return replace(status, state="stopped", reason=reason)
        return status

    def update(self, **changes: Any) -> Status:
        """Replace fields of the status and return it."""
        status = replace(self.status(), **changes)
        self._write_status(status)
        return status

    def _write_status(self, status: Status) -> None:
        write_whole(self.folder / STATUS, json.dumps(status.to_json(), indent=2).encode())

    @contextmanager
    def locked(self, wait_s: float = 0.0) -> Iterator[None]:
        """Keep other processes from training this run for as long as the block runs.

        Raises:
            RunError: Another process trains it, still after `wait_s` seconds.
        """
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=wait_s, poll_interval=0.2)
        except Timeout:
            raise RunError(
                "Run {id} is trained by somebody else right now. Wait until it has ended.",
                id=self.id,
            ) from None
        try:
            yield
        finally:
            lock.release()

    def is_locked(self) -> bool:
        """Whether a process trains this run right now."""
        try:
            with self.locked():
                return False
        except RunError:
            return True

    # Stopping

    def request_stop(self) -> None:
        """Ask for an end; the trainer looks for it after every step.

        A run that has not made its first step ends at once, also while its
        trainer still prepares it.
        """
        status = self.status()
        self._stop_file(status.attempt).touch()
        if status.state == "queued" or (status.state == "running" and not status.steps_per_epoch):
            self.update(state="stopped", reason=RunError("Stopped before it began."))

    def is_stop_requested(self, attempt: int) -> bool:
        """Whether the attempt of that number was asked to end."""
        return self._stop_file(attempt).exists()

    def _stop_file(self, attempt: int) -> Path:
        return self.folder / f"stop-{attempt}"

    # History

    def append(self, line: Step | Epoch) -> None:
        """Append a step or an epoch to the history."""
        text = json.dumps(asdict(line)) + "\n"
        with (self.folder / HISTORY).open("a", encoding="utf-8") as file:
            file.write(text)

    def history(self) -> RunHistory:
        """Return what was measured so far; a torn last line is ignored."""
        path = self.folder / HISTORY
        try:
            found = path.stat()
        except FileNotFoundError:
            return RunHistory((), ())
        return read_history(path, found.st_size, found.st_mtime_ns)

    def history_size(self) -> int:
        """Return the history's size in bytes."""
        path = self.folder / HISTORY
        return path.stat().st_size if path.exists() else 0

    def cut_history(self, size: int) -> None:
        """Forget what was written after the history had `size` bytes."""
        with (self.folder / HISTORY).open("ab") as file:
            file.truncate(size)

    # Checkpoints

    def save_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint whole, its checksum in its name, and keep the newest two."""
        numbers = {
            "step": checkpoint.step,
            "history_size": checkpoint.history_size,
            "loss_sum": checkpoint.loss_sum,
        }
        tensors = {f"state/{name}": tensor for name, tensor in checkpoint.tensors.items()}
        tensors |= {f"meta/{name}": np.array(value) for name, value in numbers.items()}
        content = to_safetensors(tensors)
        name = f"{checkpoint.step:09d}-{_checksum(content)}.safetensors"
        write_whole(self.folder / "checkpoint" / name, content)
        for path in self._checkpoints()[KEPT_CHECKPOINTS:]:
            path.unlink(missing_ok=True)

    def load_checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint that is whole; None if there is none."""
        for path in self._checkpoints():
            content = path.read_bytes()
            if path.stem.partition("-")[2] != _checksum(content):
                continue
            try:
                tensors = from_safetensors(content)
                numbers = {n: tensors.pop(f"meta/{n}").item() for n in CHECKPOINT_NUMBERS}
            except (SafetensorError, KeyError):
                continue
            state = {name.removeprefix("state/"): tensor for name, tensor in tensors.items()}
            return Checkpoint(tensors=state, **numbers)
        return None

    def remove_half_written(self) -> None:
        """Remove the files that a trainer was writing when it died; only the next one may."""
        for folder in ("checkpoint", "snapshots"):
            for path in (self.folder / folder).glob(".*"):
                path.unlink(missing_ok=True)

    def _checkpoints(self) -> list[Path]:
        return sorted((self.folder / "checkpoint").glob("*-*.safetensors"), reverse=True)

    # Snapshots

    def save_samples(self, noisy: np.ndarray, clean: np.ndarray) -> None:
        """Keep the digits that every snapshot shows.

        Args:
            noisy: uint8 in [0, 255], shape (n, 28, 28), n from 1 to SAMPLES.
            clean: The same.
        """
        for name, pictures in (("noisy", noisy), ("clean", clean)):
            _save_array(self._snapshot_path(name, ".npy"), pictures)

    def save_snapshot(self, epoch: int, model: models.Model, samples: np.ndarray) -> None:
        """Keep the weights after an epoch, and what they made of the samples.

        Of a long run, evenly spread snapshots are kept, the best and the newest.

        Args:
            epoch: From 1; 0 is before the first.
            model: With the weights.
            samples: uint8 in [0, 255], shape (n, 28, 28), n from 1 to SAMPLES.
        """
        models.save_weights(model, self._snapshot_path(epoch, ".safetensors"))
        self.save_sample(epoch, samples)

    def save_sample(self, epoch: int, samples: np.ndarray) -> None:
        """As `save_snapshot`, without weights: samples are uint8 (n, 28, 28), n from 1 to 8."""
        _save_array(self._snapshot_path(epoch, ".npy"), samples)
        best = self.history().best
        stride = -(-self.config.epochs // KEPT_SNAPSHOTS)
        for other in self.snapshots()[:-1]:
            if other % stride and not (best and other == best.epoch):
                self._snapshot_path(other, ".safetensors").unlink(missing_ok=True)
                self._snapshot_path(other, ".npy").unlink(missing_ok=True)

    def snapshots(self) -> list[int]:
        """Return the epochs of which samples are kept, in order; 0 is before the first."""
        names = (path.stem for path in (self.folder / "snapshots").glob("*.npy"))
        return sorted(int(name) for name in names if name.isdecimal())

    def has_weights(self, epoch: int) -> bool:
        """Whether the weights after an epoch are kept; an imported run has samples alone."""
        return self._snapshot_path(epoch, ".safetensors").exists()

    def snapshot(self, epoch: int) -> models.Model:
        """Load the weights as they were after an epoch.

        Raises:
            RunError: There are none.
            ModelError: They are damaged.
        """
        if not self.has_weights(epoch):
            raise RunError(
                "Of epoch {epoch} of run {id} no weights are kept; only some epochs are, to save "
                "room. Choose another epoch, or the run as it is at its end.",
                id=self.id, epoch=epoch,
            )  # fmt: skip
        path = self._snapshot_path(epoch, ".safetensors")
        return replace(
            models.load_files(path, path.with_suffix(".json")), name=f"{self.id}@{epoch}"
        )

    def samples(self, epoch: int) -> np.ndarray:
        """Return what the network made of the samples after an epoch, uint8 (n, 28, 28).

        Raises:
            RunError: There is no such snapshot.
        """
        return self._load_samples(epoch)

    def noisy_samples(self) -> np.ndarray:
        """Return the samples under noise, uint8 (n, 28, 28); raise `RunError` before there are."""
        return self._load_samples("noisy")

    def clean_samples(self) -> np.ndarray:
        """Return the samples as written, uint8 (n, 28, 28); raise `RunError` before there are."""
        return self._load_samples("clean")

    def _load_samples(self, name: int | str) -> np.ndarray:
        try:
            array: np.ndarray = np.load(self._snapshot_path(name, ".npy"), allow_pickle=False)
            return array
        except (OSError, ValueError) as error:
            raise self._damaged(f"{name}.npy", error) from error

    def _damaged(self, file: str, error: Exception) -> RunError:
        return RunError(
            "Run {id} cannot be read: one of its files, {file}, is missing or damaged. Train it "
            "again, or choose another.",
            id=self.id, file=file, detail=getattr(error, "strerror", None) or str(error),
        )  # fmt: skip

    def _snapshot_path(self, name: int | str, suffix: str) -> Path:
        stem = name if isinstance(name, str) else f"{name:05d}"
        return self.folder / "snapshots" / f"{stem}{suffix}"

    # The model

    def save_model(self, model: models.Model) -> None:
        """Keep the weights and their card."""
        models.save(model, self.folder / WEIGHTS, self.folder / CARD)

    def has_model(self) -> bool:
        """Whether there are weights to use."""
        return (self.folder / WEIGHTS).exists()

    def card(self) -> dict[str, Any]:
        """Return what is known of the model, without loading its weights; {} before there is one.

        Raises:
            ModelError: The card is damaged.
        """
        return models.read_card(self.folder / CARD)

    def model(self) -> models.Model:
        """Load the model that the run made.

        Raises:
            RunError: It made none.
            ModelError: It is damaged.
        """
        if not self.has_model():
            raise RunError(
                "Run {id} has made no model yet. Let it train on, or choose another.", id=self.id
            )
        model = models.load_files(self.folder / WEIGHTS, self.folder / CARD)
        return replace(model, name=self.id)

    def delete(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _save_array(path: Path, array: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_whole(path, buffer.getvalue())


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
