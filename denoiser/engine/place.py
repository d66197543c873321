"""Where the local engine of a folder of runs says that it is."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from denoiser.files.atomic import write_whole
from denoiser.runs.store import RunStore

# The local engine's own process


@dataclass(frozen=True)
class EngineLock:
    """Where the local engine of a folder of runs says that it is."""

    folder: Path

    @classmethod
    def of(cls, home: RunStore) -> "EngineLock":
        """Return the place of the engine of `home`, create_atomically its folder."""
        folder = home.folder / ".engine"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder)

    @property
    def lock(self) -> FileLock:
        """Held by the engine as long as it lives."""
        return FileLock(self.folder / "lock")

    def is_taken(self) -> bool:
        """Whether an engine lives here."""
        try:
            with self.lock.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def write(self, address: str) -> None:
        """Say where the engine is."""
        text = json.dumps({"address": address, "pid": os.getpid()})
        write_whole(self.folder / "engine.json", text.encode())

    def read(self) -> tuple[str, int] | None:
        """Return the engine's address and process id; None while there is none."""
        try:
            values = json.loads((self.folder / "engine.json").read_text())
            return (values["address"], values["pid"]) if self.is_taken() else None
        except (OSError, ValueError, KeyError):
            return None

    def clear(self) -> None:
        """Say nothing any more."""
        (self.folder / "engine.json").unlink(missing_ok=True)
