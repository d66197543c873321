"""The one SQLite file of classes: its tables, and connections to it.

Only the account may read it that the lab runs as. Several web processes may share it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from denoiser.errors import ClassroomError

WAIT_SECONDS = 5
VERSION = 3  # of the tables; 1 knew no teachers, 2 no trainings
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
CREATE TABLE IF NOT EXISTS trainings (
    code TEXT PRIMARY KEY REFERENCES classes ON DELETE CASCADE,
    number INTEGER NOT NULL, settings TEXT NOT NULL, is_running INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS curves (
    code TEXT NOT NULL REFERENCES trainings ON DELETE CASCADE,
    student TEXT NOT NULL, share INTEGER NOT NULL,
    points TEXT NOT NULL, val_losses TEXT NOT NULL, status TEXT NOT NULL,
    PRIMARY KEY (code, student)
);
"""


@contextmanager
def connected(path: Path, *, is_lasting: bool = True) -> Iterator[sqlite3.Connection]:
    """Open the file, with its tables, and close it at the end.

    Args:
        path: The file.
        is_lasting: Whether each change waits until the disk has it; else a power cut may take
            the last ones, and leaves the file whole.

    Raises:
        ClassroomError: It cannot be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            file.execute("PRAGMA foreign_keys = ON")
            file.execute("PRAGMA secure_delete = ON")
            file.execute(f"PRAGMA synchronous = {'FULL' if is_lasting else 'NORMAL'}")
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


def held_open(path: Path) -> sqlite3.Connection:
    """Open the file for nothing but to be open, by any thread's leave.

    SQLite tidies up, and waits for the disk, whenever the last connection closes: thirty devices
    that report each second would wait for one another.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    file = sqlite3.connect(path, timeout=WAIT_SECONDS, check_same_thread=False)
    file.execute("PRAGMA user_version").fetchone()  # until it is read it is not open
    return file


def forget_deleted(file: sqlite3.Connection) -> None:
    """Leave nothing of what was deleted in the journal beside the file, either."""
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
