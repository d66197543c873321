"""Whether a local engine runs for a folder of runs, and at which address.

The folder of its files is for the account alone that the folder of runs belongs to: the secret
lies there by which the engine knows its clients (`credentials`).
Knows files and locks, not what the engine does.
"""

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from denoiser.files.atomic import write_whole
from denoiser.runs.store import RunStore


@dataclass(frozen=True)
class EngineLock:
    """The lock that a running engine holds, and the file with its address beside it.

    Attributes:
        folder: Of both files, inside the folder of runs.
    """

    folder: Path

    @classmethod
    def of(cls, store: RunStore) -> "EngineLock":
        """Return the lock of a run store's engine; its folder is made if it is missing."""
        folder = store.folder / ".engine"
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):  # another account's: its files say so when they are read
            folder.chmod(0o700)
        return cls(folder)

    @property
    def lock(self) -> FileLock:
        """The file lock that the engine holds as long as it runs."""
        return FileLock(self.folder / "lock")

    def is_taken(self) -> bool:
        """Whether an engine runs."""
        try:
            with self.lock.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def write(self, address: str) -> None:
        """Write down the address of this process, which is the engine."""
        text = json.dumps({"address": address, "pid": os.getpid()})
        write_whole(self.folder / "engine.json", text.encode())

    def read(self) -> tuple[str, int] | None:
        """Return the engine's address and process id; None while none runs."""
        try:
            values = json.loads((self.folder / "engine.json").read_text())
            return (values["address"], values["pid"]) if self.is_taken() else None
        except (OSError, ValueError, KeyError):
            return None

    def clear(self) -> None:
        """Take the address away."""
        (self.folder / "engine.json").unlink(missing_ok=True)
