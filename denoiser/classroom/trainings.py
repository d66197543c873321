"""What a class trains: settings that a teacher shares out, and the curves that devices report.

A class has one training at a time. Devices train by themselves, in browsers; here lie the
teacher's wishes and, of each device, points of its curve, never weights. Whatever a device
reports may be made up: all of it is checked and bounded. Curves lie beside the answers of
the class and are deleted with it. Knows neither pages nor how anything is trained.
"""

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from denoiser.classroom.file import connected, forget_deleted, held_open
from denoiser.classroom.store import CODE, MAX_STUDENTS
from denoiser.config import TrainConfig

MAX_SHARES = 12
MAX_EPOCHS = 100  # of a training of a class
MAX_POINTS = 200  # of a device's curve
MAX_AT_ONCE = 50  # points of a report, and val losses
LEAST_LOSS, MOST_LOSS = 1e-6, 10.0
STATUSES = ("running", "paused", "ended", "diverged", "failed")

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class ClassTraining:
    """What a class trains.

    Attributes:
        number: From 1; each new training of the class has the next one.
        settings: What is shared out, 1 to `MAX_SHARES`; a student's share is one of their places.
        is_running: Whether devices are to train; else they are to wait.
    """

    number: int
    settings: tuple[TrainConfig, ...]
    is_running: bool


@dataclass(frozen=True)
class DeviceCurve:
    """How the training on one device has gone so far.

    Attributes:
        share: Which of the shared-out settings it has.
        points: Epochs done, a fraction, above 0 and increasing; and the train loss (MSE) there.
        val_losses: MSE after each epoch, from the first.
        status: "" before it has reported, then one of `STATUSES`.
    """

    share: int
    points: Points = ()
    val_losses: tuple[float, ...] = ()
    status: str = ""

    @property
    def best(self) -> float | None:
        """The lowest val loss so far; None before the first."""
        return min(self.val_losses, default=None)


class ClassTrainings:
    """The trainings of all classes of a server.

    Args:
        path: The file of the classes; it need not be there yet.

    Raises:
        ClassroomError: The file cannot be read or written; every method raises it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._held: weakref.finalize[[], ClassTrainings] | None = None

    def start(self, code: str, settings: Sequence[TrainConfig]) -> int:
        """Let a class train, in place of what it trained before.

        Args:
            code: Of the class.
            settings: What is shared out, 1 to `MAX_SHARES`, each of at most `MAX_EPOCHS` epochs.

        Returns:
            The training's number; 0 where the class is over.

        Raises:
            ValueError: There are too many or no settings, or too many epochs.
        """
        if not 1 <= len(settings) <= MAX_SHARES:
            raise ValueError(f"expected 1 to {MAX_SHARES} settings, got {len(settings)}")
        if max(config.epochs for config in settings) > MAX_EPOCHS:
            raise ValueError(f"expected at most {MAX_EPOCHS} epochs")
        text = json.dumps([json.loads(config.to_json()) for config in settings])
        with self._transaction() as file:
            file.execute("DELETE FROM curves WHERE code = ?", (code,))
            started = file.execute(
                "INSERT INTO trainings SELECT code, 1, ?, 1 FROM classes WHERE code = ?"
                " ON CONFLICT DO UPDATE SET number = number + 1,"
                " settings = excluded.settings, is_running = 1 RETURNING number",
                (text, code),
            ).fetchone()
        return int(started[0]) if started else 0

    def stop(self, code: str) -> None:
        """Let all devices wait."""
        self._change("UPDATE trainings SET is_running = 0 WHERE code = ?", code)

    def go_on(self, code: str) -> None:
        """Let all devices train again."""
        self._change("UPDATE trainings SET is_running = 1 WHERE code = ?", code)

    def clear(self, code: str) -> None:
        """Forget the training and all curves; what is left is its number, for the next one."""
        with self._transaction() as file:
            file.execute("DELETE FROM curves WHERE code = ?", (code,))
            file.execute(
                "UPDATE trainings SET settings = '', is_running = 0 WHERE code = ?", (code,)
            )
        with self._connected() as file:
            forget_deleted(file)

    def find(self, code: str) -> ClassTraining | None:
        """Return what a class trains, by its code, which may be anything; None for nothing."""
        if not CODE.fullmatch(code) or not self._path.exists():
            return None
        with self._connected() as file:
            found = file.execute(
                "SELECT number, settings, is_running FROM trainings"
                " WHERE code = ? AND settings != ''",
                (code,),
            ).fetchone()
        if found is None:
            return None
        return ClassTraining(found[0], _settings(found[1]), bool(found[2]))

    def join(self, code: str, number: int, student: str) -> int | None:
        """Give a student a share, the one that the fewest have; the one they have already.

        Args:
            code: Of the class.
            number: Of the training.
            student: Their `student_key`.

        Returns:
            The place of their settings; None where the class has no such training any more,
            or too many students.
        """
        with self._transaction() as file:
            if (text := _text_of(file, code, number)) is None:
                return None
            had = file.execute(
                "SELECT share FROM curves WHERE code = ? AND student = ?", (code, student)
            ).fetchone()
            if had:
                return int(had[0])
            taken = dict(
                file.execute(
                    "SELECT share, count(*) FROM curves WHERE code = ? GROUP BY share", (code,)
                ).fetchall()
            )
            if sum(taken.values()) >= MAX_STUDENTS:
                return None
            share = min(range(len(_settings(text))), key=lambda place: taken.get(place, 0))
            file.execute(
                "INSERT INTO curves VALUES (?, ?, ?, '[]', '[]', '')", (code, student, share)
            )
            return share

    def report(
        self, code: str, number: int, student: str, points: Any, val_losses: Any, status: Any
    ) -> bool:
        """Take what a device reports: what is new of it is appended to its curve.

        What is known already may be reported again, as a device does that heard no answer.

        Args:
            code: Of the class.
            number: Of the training.
            student: Their `student_key`; they have joined.
            points: From anywhere; to be taken, pairs of numbers as in `DeviceCurve.points`,
                at most `MAX_AT_ONCE`. Beyond `MAX_POINTS` they are left out.
            val_losses: From anywhere; to be taken, pairs of an epoch, from 1, and its val loss,
                at most `MAX_AT_ONCE`, none left out before them.
            status: From anywhere; to be taken, one of `STATUSES`.

        Returns:
            Whether it was taken, all of it or nothing.
        """
        if not isinstance(status, str) or status not in STATUSES:
            return False
        with self._transaction() as file:
            text = _text_of(file, code, number)
            kept = file.execute(
                "SELECT share, points, val_losses FROM curves WHERE code = ? AND student = ?",
                (code, student),
            ).fetchone()
            if text is None or kept is None:
                return False
            epochs = _settings(text)[kept[0]].epochs
            line, losses = json.loads(kept[1]), json.loads(kept[2])
            if not (_are_points(points, epochs) and _are_losses(val_losses, len(losses), epochs)):
                return False
            newest = line[-1][0] if line else 0.0
            line += [list(point) for point in points if point[0] > newest]
            losses += [loss for epoch, loss in val_losses if epoch > len(losses)]
            file.execute(
                "UPDATE curves SET points = ?, val_losses = ?, status = ?"
                " WHERE code = ? AND student = ?",
                (_compact(line[:MAX_POINTS]), _compact(losses), status, code, student),
            )
        return True

    def curves(self, code: str) -> list[DeviceCurve]:
        """Return the curves of all devices, in an order that says nothing of who or when."""
        with self._connected() as file:
            rows = file.execute(
                "SELECT share, points, val_losses, status FROM curves WHERE code = ?"
                " ORDER BY student",
                (code,),
            ).fetchall()
        return [
            DeviceCurve(share, tuple(map(tuple, json.loads(points))), tuple(json.loads(losses)), s)
            for share, points, losses, s in rows
        ]

    def _change(self, statement: str, *values: Any) -> None:
        with self._connected() as file:
            file.execute(statement, values)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with connected(self._path) as file:
            yield file

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Open the file for changes that others see all at once."""
        with connected(self._path, is_lasting=False) as file:
            with self._lock:
                if self._held is None:
                    self._held = weakref.finalize(self, held_open(self._path).close)
            file.execute("BEGIN IMMEDIATE")
            yield file
            file.execute("COMMIT")  # an error before this closes the file, which changes nothing


@lru_cache(maxsize=64)
def _settings(text: str) -> tuple[TrainConfig, ...]:
    return tuple(TrainConfig.from_json(json.dumps(each)) for each in json.loads(text))


def _text_of(file: sqlite3.Connection, code: str, number: int) -> str | None:
    """Return the settings of a training, as they are kept; None where it is not there."""
    found = file.execute(
        "SELECT settings FROM trainings WHERE code = ? AND number = ? AND settings != ''",
        (code, number),
    ).fetchone()
    return found[0] if found else None


def _are_points(sent: Any, epochs: int) -> bool:
    """Whether something is a piece of a curve: pairs whose first number increases."""
    if not _are_pairs(sent) or not all(_is_loss(loss) for _x, loss in sent):
        return False
    places = [0.0, *(x for x, _loss in sent)]
    return all(_is_number(x) and before < x <= epochs for before, x in pairwise(places))


def _are_losses(sent: Any, known: int, epochs: int) -> bool:
    """Whether something is val losses of epochs one after the other, none missing before them."""
    if not _are_pairs(sent) or not all(_is_loss(loss) for _epoch, loss in sent):
        return False
    numbers = [epoch for epoch, _loss in sent]
    if not all(type(epoch) is int and 1 <= epoch <= epochs for epoch in numbers):
        return False
    return not numbers or (
        numbers[0] <= known + 1 and numbers == [*range(numbers[0], numbers[0] + len(numbers))]
    )


def _are_pairs(sent: Any) -> bool:
    return isinstance(sent, (list, tuple)) and len(sent) <= MAX_AT_ONCE and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in sent
    )  # fmt: skip


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_loss(value: Any) -> bool:
    return _is_number(value) and LEAST_LOSS <= value <= MOST_LOSS  # neither is NaN


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
