"""The run folder and the folder of all runs: the only code that reads or writes them.

    runs/<id>/config.json        what was asked
              status.json        how it stands (see `Status`); written whole
              history.jsonl      one line a step or an epoch, appended
              checkpoint/        the newest two: weights, optimizer and where they stand
              snapshots/         weights and samples after each epoch; 0 is before the first
              model.safetensors  the weights, once there are some to keep
              model.keras        the same for other programs
              card.json          what is known of them

The disk is the truth: the queue, too, is nothing but the runs whose status says
so. Whoever trains a run holds its lock, which the system lets go when a process
ends in whatever way. This module trains nothing and knows no engine.
"""

import hashlib
import io
import json
import os
import re
import secrets
import shutil
import string
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.numpy import load as from_safetensors
from safetensors.numpy import save as to_safetensors

from denoiser import models
from denoiser.config import TrainConfig
from denoiser.errors import ConfigError, DenoiserError, RunError
from denoiser.files import write_whole

HOME_VARIABLE = "DENOISER_HOME"
ALPHABET = string.ascii_lowercase + string.digits
ID = re.compile(r"[a-z0-9]{12}")
CONFIG, STATUS, HISTORY = "config.json", "status.json", "history.jsonl"
WEIGHTS, KERAS, CARD = "model.safetensors", "model.keras", "card.json"
MIN_FREE_BYTES = 500 * 10**6
MAX_UNFINISHED = 3  # for one visitor: one active and two queued
KEPT_CHECKPOINTS = 2
KEPT_SNAPSHOTS = 50
SAMPLES = 8
UNFINISHED = ("queued", "running")
ENDED = ("stopped", "finished", "failed")


@dataclass(frozen=True)
class Status:
    """How a run stands.

    Attributes:
        state: queued, running, stopped, finished or failed.
        reason: Why it stopped or failed, in plain words.
        said: The reason as an error tells it to JSON, for other languages; {} for none.
        fix: Settings that would help, by field of `TrainConfig`.
        created: When it was asked for, in seconds since 1970.
        queued: When it was last put in the queue, which is served in this order.
        owner: Key of the visitor who started it; "" for the terminal.
        engine: Whether the engine trains it; otherwise a terminal does.
        attempt: How often it was started or resumed by somebody.
        deaths: How often its trainer died without having come further.
        steps_per_epoch: 0 until it trains.
        digits: How many it trains on; 0 until it trains.
        loaded: Whether it is weights that somebody brought, and no training of ours.
    """

    state: str
    reason: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    fix: dict[str, Any] = field(default_factory=dict)
    created: float = 0.0
    queued: float = 0.0
    owner: str = ""
    engine: bool = True
    attempt: int = 1
    deaths: int = 0
    steps_per_epoch: int = 0
    digits: int = 0
    loaded: bool = False

    @property
    def why(self) -> DenoiserError:
        """The reason, as it can be told in any language."""
        if self.said:
            error = DenoiserError.from_json(self.said)
            if str(error) == self.reason:  # and not that of an earlier end
                return error
        return DenoiserError(self.reason)


def reasoned(error: DenoiserError) -> dict[str, Any]:
    """Return the fields of a `Status` that say why a run ended."""
    return {"reason": str(error), "said": error.to_json()}


@dataclass(frozen=True)
class Step:
    """Training loss somewhere on the way.

    Attributes:
        step: From 1, over the whole run.
        epoch: From 1.
        loss: Mean over the steps since the line before.
        time: When, in seconds since 1970.
    """

    step: int
    epoch: int
    loss: float
    time: float


@dataclass(frozen=True)
class Epoch:
    """What an epoch (from 1) ended with, and when, in seconds since 1970."""

    epoch: int
    loss: float
    val_loss: float
    time: float


@dataclass(frozen=True)
class RunHistory:
    """All that a run has measured so far, each step and each epoch once, in order."""

    steps: tuple[Step, ...]
    epochs: tuple[Epoch, ...]

    @property
    def best(self) -> Epoch | None:
        """The epoch with the lowest val_loss."""
        return min(self.epochs, key=lambda epoch: epoch.val_loss, default=None)


@dataclass(frozen=True)
class Checkpoint:
    """All that a training needs to go on.

    Attributes:
        step: Steps done, over the whole run.
        tensors: Weights and optimizer, by name.
        history_size: Bytes of the history that belong to it.
        loss_sum: Loss of the digits of the unfinished epoch so far, summed.
    """

    step: int
    tensors: Mapping[str, np.ndarray]
    history_size: int
    loss_sum: float = 0.0


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
            RunError: There is a run in it already.
        """
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / CONFIG).exists():
            raise RunError(
                "{folder}: expected a new folder, got one with a run in it", folder=folder
            )
        run = cls(folder)
        now = time.time()
        write_whole(folder / CONFIG, config.to_json().encode())
        run._write_status(Status(**{"state": "queued", "created": now, "queued": now} | status))
        return run

    @property
    def config(self) -> TrainConfig:
        """What was asked; raises `RunError` where that cannot be read."""
        try:
            return TrainConfig.from_json((self.folder / CONFIG).read_text(encoding="utf-8"))
        except (OSError, ValueError, ConfigError) as error:
            raise RunError(
                "run {id}: cannot read {config} ({error})", id=self.id, config=CONFIG, error=error
            ) from error

    def status(self) -> Status:
        """Return how the run stands.

        A terminal that died could not say so: its run counts as stopped.

        Raises:
            RunError: There is no run, or its status cannot be read.
        """
        try:
            values = json.loads((self.folder / STATUS).read_text(encoding="utf-8"))
            known = {f.name for f in fields(Status)}
            status = Status(**{name: v for name, v in values.items() if name in known})
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise RunError(
                "run {id}: cannot read {status} ({error})", id=self.id, status=STATUS, error=error
            ) from error
        if status.state in UNFINISHED and not status.engine and not self.is_locked():
            return replace(
                status, state="stopped", **reasoned(RunError("Its terminal ended before it did."))
            )
        return status

    def update(self, **changes: Any) -> Status:
        """Replace fields of the status and return it."""
        status = replace(self.status(), **changes)
        self._write_status(status)
        return status

    def _write_status(self, status: Status) -> None:
        write_whole(self.folder / STATUS, json.dumps(asdict(status), indent=2).encode())

    @contextmanager
    def locked(self, wait_s: float = 0.0) -> Iterator[None]:
        """Be the only one who trains this run for as long as the block runs.

        Raises:
            RunError: Somebody else trains it, still after `wait_s` seconds.
        """
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=wait_s, poll_interval=0.2)
        except Timeout:
            raise RunError("run {id}: somebody else trains it right now", id=self.id) from None
        try:
            yield
        finally:
            lock.release()

    def is_locked(self) -> bool:
        """Whether somebody trains this run right now."""
        try:
            with self.locked():
                return False
        except RunError:
            return True

    # Stopping

    def request_stop(self) -> None:
        """Ask for an end; the trainer looks for it after every step.

        A run that has not made its first step ends at once, whatever its
        trainer still prepares.
        """
        status = self.status()
        self._stop_file(status.attempt).touch()
        if status.state == "queued" or (status.state == "running" and not status.steps_per_epoch):
            self.update(state="stopped", **reasoned(RunError("Stopped before it began.")))

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
        return _read_history(path, found.st_size, found.st_mtime_ns)

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
        """Keep the digits that every snapshot shows, both uint8 (SAMPLES, 28, 28)."""
        for name, pictures in (("noisy", noisy), ("clean", clean)):
            _save_array(self._snapshot_path(name, ".npy"), pictures)

    def save_snapshot(self, epoch: int, model: models.Model, samples: np.ndarray) -> None:
        """Keep the weights after an epoch, and what they made of the samples, uint8.

        Of a long run, evenly spread snapshots are kept, the best and the newest.
        """
        models.save_weights(model, self._snapshot_path(epoch, ".safetensors"))
        self.save_sample(epoch, samples)
        best = self.history().best
        stride = -(-model.config.epochs // KEPT_SNAPSHOTS)
        for other in self.snapshots()[:-1]:
            if other % stride and not (best and other == best.epoch):
                self._snapshot_path(other, ".safetensors").unlink(missing_ok=True)
                self._snapshot_path(other, ".npy").unlink(missing_ok=True)

    def save_sample(self, epoch: int, samples: np.ndarray) -> None:
        """Keep what an epoch made of the samples, uint8 (SAMPLES, 28, 28)."""
        _save_array(self._snapshot_path(epoch, ".npy"), samples)

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
                "run {id}: no weights are kept of epoch {epoch}", id=self.id, epoch=epoch
            )
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
            return np.load(self._snapshot_path(name, ".npy"), allow_pickle=False)
        except (OSError, ValueError) as error:
            raise RunError(
                "run {id}: no samples {name} ({error})", id=self.id, name=name, error=error
            ) from error

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

    def model(self) -> models.Model:
        """Load the model that the run made.

        Raises:
            RunError: It made none.
            ModelError: It is damaged.
        """
        if not self.has_model():
            raise RunError("run {id}: expected one that has made a model", id=self.id)
        model = models.load_files(self.folder / WEIGHTS, self.folder / CARD)
        return replace(model, name=self.id)

    def delete(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


CHECKPOINT_NUMBERS = [f.name for f in fields(Checkpoint) if f.name != "tensors"]


@contextmanager
def making(config: TrainConfig, folder: Path, **status: Any) -> Iterator[Run]:
    """Make a run that is in `folder` once the block is done, and nowhere if it fails.

    Args:
        config: What was trained.
        folder: Of the run; its parent is made if it is missing.
        **status: Fields of its `Status`.

    Raises:
        OSError: The folder cannot be made.
        RunError: The disk is almost full.
    """
    Home(folder.parent).check_space()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as building:
        run = Run.create(config, Path(building), **status)
        yield run
        run.folder.rename(folder)
        Path(building).mkdir()


class Home:
    """The folder of all runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def runs(self) -> list[Run]:
        """Return all runs, the newest first; a folder that holds no readable run is left out."""
        known = [(run, status) for run, status in self._statuses()]
        return [run for run, status in sorted(known, key=lambda pair: -pair[1].created)]

    def run(self, id: str) -> Run:
        """Return the run called `id`; raise `RunError` if there is none."""
        if not isinstance(id, str) or not ID.fullmatch(id):
            raise RunError(
                "run: expected 12 characters of a-z and 0-9, got {id}", id=repr(str(id)[:40])
            )
        run = Run(self.folder / id)
        if not (run.folder / STATUS).exists():
            raise RunError("run: there is none called {id}; it may have been deleted", id=id)
        return run

    def create(self, config: TrainConfig, owner: str = "") -> Run:
        """Put a new run in the queue.

        Args:
            config: What to train.
            owner: Key of the visitor who asks; "" for nobody's.

        Raises:
            RunError: The visitor has too many unfinished runs, or the disk is almost full.
        """
        self.check_space()
        with self._locked():
            self._check_limit(owner)
            return Run.create(config, new_folder(self.folder), owner=owner)

    def resume(self, run: Run) -> None:
        """Put a stopped or failed run in the queue again.

        Raises:
            RunError: It has not ended, or is done; else as `create`.
        """
        self.check_space()
        with self._locked():
            status = run.status()
            if status.state not in ("stopped", "failed"):
                raise RunError(
                    "run {id}: expected one that was stopped, it is {state}",
                    id=run.id,
                    state=status.state,
                )
            self._check_limit(status.owner)
            run.update(state="queued", reason="", fix={}, queued=time.time(), deaths=0,
                       attempt=status.attempt + 1, engine=True, steps_per_epoch=0)  # fmt: skip

    def queue(self) -> list[Run]:
        """Return the queued runs in the order in which they will start."""
        return [run for run, status in self._unfinished() if status.state == "queued"]

    def position(self, run: Run) -> int:
        """Return the run's place in the queue, 1 for the next; 0 if it is not queued."""
        queue = self.queue()
        return queue.index(run) + 1 if run in queue else 0

    def next_runs(self, slots: int) -> list[Run]:
        """Return the runs that should train now: the first `slots`, one a visitor."""
        chosen: dict[str, Run] = {}
        for run, status in self._unfinished():
            chosen.setdefault(status.owner or run.id, run)
        return list(chosen.values())[:slots]

    def check_space(self) -> None:
        """Raise `RunError` if the disk is almost full."""
        there = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        if (free := shutil.disk_usage(there).free) < MIN_FREE_BYTES:
            raise RunError(
                "disk: expected at least {min_free_bytes} MB free for a training, "
                "got {free} MB; delete old runs or other files first",
                min_free_bytes=MIN_FREE_BYTES // 10**6,
                free=free // 10**6,
            )

    def _check_limit(self, owner: str) -> None:
        count = sum(status.owner == owner for _, status in self._unfinished())
        if owner and count >= MAX_UNFINISHED:
            raise RunError(
                "You have {count} unfinished trainings; {max_unfinished} is the most, so that "
                "everybody gets a turn. Wait for one, or stop one.",
                count=count,
                max_unfinished=MAX_UNFINISHED,
            )

    def _unfinished(self) -> list[tuple[Run, Status]]:
        """Return the engine's unfinished runs, running ones first, then as they were queued."""
        pairs = [(r, s) for r, s in self._statuses() if s.engine and s.state in UNFINISHED]
        return sorted(pairs, key=lambda pair: (pair[1].state != "running", pair[1].queued))

    def _statuses(self) -> Iterator[tuple[Run, Status]]:
        for folder in self.folder.glob("*"):
            if ID.fullmatch(folder.name):
                try:
                    yield Run(folder), Run(folder).status()
                except RunError:
                    continue

    def _locked(self) -> FileLock:
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / "lock")


def default_home() -> Home:
    """Return the folder of runs that DENOISER_HOME names; `./runs` where it is not set."""
    return Home(Path(os.environ.get(HOME_VARIABLE) or "runs").absolute())


def new_folder(home: Path) -> Path:
    """Return the path of a run that does not exist yet in `home`."""
    return home / "".join(secrets.choice(ALPHABET) for _ in range(12))


@lru_cache(maxsize=64)
def _read_history(path: Path, size: int, modified_ns: int) -> RunHistory:
    """Parse a history; size and time say whether it is the one read before."""
    steps: dict[int, Step] = {}
    epochs: dict[int, Epoch] = {}
    for line in path.read_bytes()[:size].splitlines():
        try:
            values = json.loads(line)
            if "step" in values:
                steps[values["step"]] = Step(**values)
            else:
                epochs[values["epoch"]] = Epoch(**values)
        except (ValueError, TypeError, KeyError):
            continue
    return RunHistory(
        tuple(steps[i] for i in sorted(steps)), tuple(epochs[i] for i in sorted(epochs))
    )


def _save_array(path: Path, array: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_whole(path, buffer.getvalue())


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
