"""The folder of all runs: what is in it, how much each visitor may add, and what trains next.

The queue is nothing but the runs whose status says so. This module trains nothing and
knows no engine.
"""

import os
import re
import secrets
import shutil
import string
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock

from denoiser.config import TrainConfig
from denoiser.errors import RunError
from denoiser.runs.history import UNFINISHED, Status
from denoiser.runs.run import STATUS, Run

HOME_VARIABLE = "DENOISER_HOME"
ALPHABET = string.ascii_lowercase + string.digits
ID = re.compile(r"[a-z0-9]{12}")
MIN_FREE_BYTES = 500 * 10**6
NO_SUCH_RUN, DISK_FULL = "no-such-run", "disk-full"  # codes of errors
MAX_UNFINISHED = 3  # for one visitor: one active and two queued


@contextmanager
def create_atomically(config: TrainConfig, folder: Path, **status: Any) -> Iterator[Run]:
    """Make a run that is in `folder` once the block is done, and nowhere if the block fails.

    Args:
        config: What was trained.
        folder: Of the run; its parent is made if it is missing.
        **status: Fields of its `Status`.

    Raises:
        OSError: The folder cannot be made.
        RunError: The disk is almost full.
    """
    RunStore(folder.parent).check_space()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as building:
        run = Run.create(config, Path(building), **status)
        yield run
        run.folder.rename(folder)
        Path(building).mkdir()


class RunStore:
    """The folder of all runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def runs(self) -> list[Run]:
        """Return all runs, the newest first; a folder that holds no readable run is left out."""
        known = [(run, status) for run, status in self._statuses()]
        return [run for run, status in sorted(known, key=lambda pair: -pair[1].created)]

    def run(self, id: str) -> Run:
        """Return the run called `id`.

        Raises:
            RunError: It is no id, or, with the code `NO_SUCH_RUN`, one of no run.
        """
        if not isinstance(id, str) or not ID.fullmatch(id):
            raise RunError(
                "This names no training: {id}. A training's name has 12 characters of a-z and 0-9; "
                "perhaps the link was not copied whole.",
                id=repr(str(id)[:40]),
            )
        run = Run(self.folder / id)
        if not (run.folder / STATUS).exists():
            raise RunError(
                "There is no training called {id} here: it was deleted, or belongs to another lab.",
                code=NO_SUCH_RUN, id=id,
            )  # fmt: skip
        return run

    def create(self, config: TrainConfig, owner: str = "") -> Run:
        """Put a new run in the queue.

        Args:
            config: What to train.
            owner: Key of the visitor who asks; "" for none.

        Raises:
            RunError: The visitor has too many unfinished runs, or the disk is almost full.

        Example:
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     run = RunStore(Path(folder)).create(TrainConfig(epochs=2))
            ...     (run.status().state, run.config.epochs, len(run.id))
            ('queued', 2, 12)
        """
        self.check_space()
        with self._locked():
            self._check_limit(owner)
            return Run.create(config, new_folder(self.folder), owner=owner)

    def resume(self, run: Run, *, engine: bool = True) -> None:
        """Let a stopped or failed run go on: put it in the queue again.

        Args:
            run: In this folder or elsewhere.
            engine: Whether the engine is to train it, within its visitor's limit; otherwise
                the caller does.

        Raises:
            RunError: It has not ended, is done, or was trained on a device; else as `create`.
        """
        self.check_space()
        with self._locked() if engine else nullcontext():  # a terminal's may lie anywhere
            status = run.status()
            if status.state not in ("stopped", "failed"):
                raise RunError(
                    "Run {id} is {state}; only a run that has stopped or failed can go on.",
                    id=run.id,
                    state=status.state,
                )
            if status.device:
                raise RunError(
                    "Run {id} was trained on a device, which alone has what it needs to go on. Go "
                    "on there, or train again with its settings.",
                    id=run.id,
                )
            if engine:
                self._check_limit(status.owner)
            run.update(state="queued", reason=None, fix={}, queued=time.time(), deaths=0,
                       attempt=status.attempt + 1, engine=engine, steps_per_epoch=0)  # fmt: skip

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
                "The disk is nearly full: {free} MB are free, and a training needs "
                "{min_free_bytes} MB. Delete old trainings or other files first.",
                code=DISK_FULL,
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

    def _locked(self) -> BaseFileLock:
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / "lock")


def default_store() -> RunStore:
    """Return the folder of runs that DENOISER_HOME names; `./runs` where it is not set."""
    return RunStore(Path(os.environ.get(HOME_VARIABLE) or "runs").absolute())


def new_folder(folder: Path) -> Path:
    """Return the path of a run that does not exist yet in the folder of runs."""
    return folder / "".join(secrets.choice(ALPHABET) for _ in range(12))
