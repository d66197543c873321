"""Files written whole or not at all, and how large a visitor's file may be."""

import os
import tempfile
from pathlib import Path

MAX_UPLOAD = 16 * 2**20  # bytes; .streamlit/config.toml says the same to browsers


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write `content` to `path` so that a crash leaves the old file or the new one.

    Args:
        path: Of the file; its folder is made if it is missing.
        content: All of it.
        mode: Who may read it, and write: 0o600 for a secret, which is never open to others.

    Raises:
        OSError: The folder cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
