"""A class: what a teacher has chosen for it, and its anonymous answers, in one SQLite file.

A student's key is made of a visitor's secret and the class's code, so that nothing in
the file says who answered, nor that two classes had the same student.
Knows neither pages nor what lessons say.
"""

import hashlib
import json
import re
import secrets
import sqlite3
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from denoiser.classroom.file import connected, forget_deleted

FILE = "classroom.sqlite"
CONTROLS = ("train", "compare", "handwriting", "model", "noise", "digit")
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ"  # without those that are read as digits or as each other
CODE = re.compile(f"[{LETTERS}]{{6}}")
MAX_CLASSES = 200
MAX_STUDENTS = 300  # that answer a question of one class


@dataclass(frozen=True)
class Class:
    """A class that is open.

    Attributes:
        code: Six letters, in links.
        hidden: The names in `CONTROLS` that students do not see.
        lesson: The name of the lesson that it is about; "" for none.
    """

    code: str
    hidden: frozenset[str]
    lesson: str


@dataclass(frozen=True)
class Round:
    """The state of a lesson in a class.

    Attributes:
        number: From 0; answers are cleared before the next.
        is_revealed: Whether students see what is true.
        answers: How many have answered.
    """

    number: int
    is_revealed: bool
    answers: int


def student_key(visitor: str, code: str) -> str:
    """Return the key of a visitor in one class; in other classes it is another."""
    return hashlib.sha256(f"{code}:{visitor}".encode()).hexdigest()[:32]


class Classroom:
    """All classes of a server.

    Args:
        path: The file; it need not be there yet.

    Raises:
        ClassroomError: The file cannot be read or written; every method raises it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def open_class(self) -> str:
        """Open a class and return its code; the oldest one is closed where there are too many."""
        code = "".join(secrets.choice(LETTERS) for _ in range(6))
        with self._connected() as file:
            file.execute("INSERT INTO classes VALUES (?, ?, '', '')", (code, time.time()))
            file.execute(
                "DELETE FROM classes WHERE code NOT IN"
                " (SELECT code FROM classes ORDER BY opened DESC LIMIT ?)",
                (MAX_CLASSES,),
            )
        return code

    def find(self, code: str) -> Class | None:
        """Return the class with this code, which may be anything; None where there is none."""
        if not CODE.fullmatch(code) or not self._path.exists():
            return None
        with self._connected() as file:
            found = file.execute(
                "SELECT hidden, lesson FROM classes WHERE code = ?", (code,)
            ).fetchone()
        return Class(code, frozenset(found[0].split()), found[1]) if found else None

    def hide(self, code: str, controls: Sequence[str]) -> None:
        """Show students all controls but these; names that are none are left out."""
        hidden = " ".join(name for name in CONTROLS if name in controls)
        self._change("UPDATE classes SET hidden = ? WHERE code = ?", hidden, code)

    def teach(self, code: str, lesson: str) -> None:
        """Make a lesson the one that the class is about; "" for none."""
        self._change("UPDATE classes SET lesson = ? WHERE code = ?", lesson, code)

    def round(self, code: str, lesson: str) -> Round:
        """Return the state of a lesson in a class."""
        with self._connected() as file:
            found = file.execute(
                "SELECT round, is_revealed FROM rounds WHERE code = ? AND lesson = ?",
                (code, lesson),
            ).fetchone()
            (count,) = file.execute(
                "SELECT count(*) FROM answers WHERE code = ? AND lesson = ?", (code, lesson)
            ).fetchone()
        number, is_revealed = found or (0, 0)
        return Round(number, bool(is_revealed), count)

    def answer(self, code: str, lesson: str, student: str, value: Any) -> bool:
        """Keep what a student answers, in place of what they answered before.

        Args:
            code: Of the class.
            lesson: The name of the lesson.
            student: Their `student_key`.
            value: A number or a list of numbers, which the caller has checked.

        Returns:
            Whether it is kept: not where the class is over, nor from too many students.
        """
        with self._connected() as file:
            kept = file.execute(
                "INSERT INTO answers SELECT ?1, ?2, ?3, ?4"
                " WHERE EXISTS (SELECT 1 FROM classes WHERE code = ?1)"
                " AND ((SELECT count(*) FROM answers WHERE code = ?1 AND lesson = ?2) < ?5"
                "  OR EXISTS (SELECT 1 FROM answers"
                "   WHERE code = ?1 AND lesson = ?2 AND student = ?3))"
                " ON CONFLICT DO UPDATE SET value = excluded.value",
                (code, lesson, student, json.dumps(value), MAX_STUDENTS),
            )
            return kept.rowcount == 1

    def answers(self, code: str, lesson: str) -> list[Any]:
        """Return what the class has answered, in an order that says nothing of when."""
        with self._connected() as file:
            rows = file.execute(
                "SELECT value FROM answers WHERE code = ? AND lesson = ? ORDER BY student",
                (code, lesson),
            ).fetchall()
        return [json.loads(value) for (value,) in rows]

    def reveal(self, code: str, lesson: str, is_revealed: bool = True) -> None:
        """Show students what is true, or hide it again."""
        self._change(
            "INSERT INTO rounds SELECT code, ?, 0, ? FROM classes WHERE code = ?"
            " ON CONFLICT DO UPDATE SET is_revealed = excluded.is_revealed",
            lesson, int(is_revealed), code,
        )  # fmt: skip

    def clear(self, code: str, lesson: str) -> None:
        """Forget the answers to a lesson, hide what is true, and let the class answer again."""
        with self._connected() as file:
            file.execute("DELETE FROM answers WHERE code = ? AND lesson = ?", (code, lesson))
            file.execute(
                "INSERT INTO rounds SELECT code, ?, 1, 0 FROM classes WHERE code = ?"
                " ON CONFLICT DO UPDATE SET round = round + 1, is_revealed = 0",
                (lesson, code),
            )
            forget_deleted(file)

    def close(self, code: str) -> None:
        """End a class and forget its answers, and what it trained."""
        with self._connected() as file:
            file.execute("DELETE FROM classes WHERE code = ?", (code,))
            forget_deleted(file)

    def wipe(self) -> None:
        """End all classes, and leave nothing of them in the file."""
        with self._connected() as file:
            file.execute("DELETE FROM classes")
        with self._connected() as file:
            file.execute("VACUUM")
            forget_deleted(file)

    def _change(self, statement: str, *values: Any) -> None:
        with self._connected() as file:
            file.execute(statement, values)

    def _connected(self) -> AbstractContextManager[sqlite3.Connection]:
        return connected(self._path)
