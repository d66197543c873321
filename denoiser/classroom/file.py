"""The one SQLite file of classes: its tables, and connections to it.

Only the account may read it that the lab runs as. Several web processes may share it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from denoiser.errors import ClassroomError

WAIT_SECONDS = 5
VERSION = 2  # of the tables; 1 knew no teachers
_SCHEMA = """
CREATE TABLE IF NOT EXISTS classes (
    code TEXT PRIMARY KEY, opened REAL NOT NULL, hidden TEXT NOT NULL, lesson TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS rounds (
    code TEXT NOT NULL REFERENCES classes ON DELETE CASCADE,
    lesson TEXT NOT NULL, round INTEGER NOT NULL, is_revealed INTEGER NOT NULL,
    PRIMARY KEY (code, lesson)
);
CREATE TABLE IF NOT EXISTS answers (
    code TEXT NOT NULL REFERENCES classes ON DELETE CASCADE,
    lesson TEXT NOT NULL, student TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (code, lesson, student)
);
CREATE TABLE IF NOT EXISTS teachers (
    device TEXT PRIMARY KEY, pin TEXT NOT NULL, given REAL NOT NULL, is_teacher INTEGER NOT NULL
);
"""


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file, with its tables, and close it at the end.

    Raises:
        ClassroomError: It cannot be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            file.execute("PRAGMA foreign_keys = ON")
            file.execute("PRAGMA secure_delete = ON")
            if file.execute("PRAGMA user_version").fetchone()[0] < VERSION:
                path.chmod(0o600)
                file.execute("PRAGMA journal_mode = WAL")
                file.executescript(f"{_SCHEMA}PRAGMA user_version = {VERSION};")
            yield file
        finally:
            file.close()
    except (OSError, sqlite3.Error) as error:
        raise ClassroomError(
            "The lab cannot read or keep its classes: their file, {name} in the folder of runs, is "
            "damaged, or the disk is full. Make room; or move that file away: a new one is made.",
            name=path.name,
            detail=getattr(error, "strerror", None) or str(error),
        ) from error
