"""Digits that visitors send to train on: checked, and kept beside the runs.

    .data/<id>.npz      x_train, x_test, and y_train, y_test where they are labelled

What is kept is written anew by our code, under an id made of its content: the
same digits are kept once, and a training finds them again by their path. Only
so many are kept; the oldest that no run names go first.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from denoiser.data.digits import SOURCES, Digits, from_npz
from denoiser.errors import DigitsError, RunError
from denoiser.files import zips
from denoiser.files.atomic import write_whole
from denoiser.files.zips import MAX_UNPACKED
from denoiser.runs.store import ID, RunStore

FOLDER = ".data"
MIN_DIGITS = 32  # to train on
MAX_KEPT = 100
MAX_KEPT_BYTES = 512 * 2**20
UNKNOWN = "elsewhere"  # no id


def keep(folder: str, content: bytes) -> str:
    """Keep the digits of an `.npz` file that a visitor sent.

    Args:
        folder: The folder of runs.
        content: As `digits.from_npz` reads, at most 16 MB, and 32 MB unpacked.

    Returns:
        The source to train on: the path of the file that was made of it.

    Raises:
        DigitsError: It has no digits in it or too few, or no more can be kept.
        RunError: The disk is almost full.
    """
    store = RunStore(Path(folder))
    store.check_space()
    train, test = from_npz(content, "train", MAX_UNPACKED), from_npz(content, "test", MAX_UNPACKED)
    if len(train) < MIN_DIGITS:
        raise DigitsError(
            "npz: expected at least {min_digits} to train on, got {count}",
            min_digits=MIN_DIGITS,
            count=len(train),
        )
    kept = _npz(train, test)
    path = store.folder / FOLDER / f"{hashlib.sha256(kept).hexdigest()[:12]}.npz"
    _make_room(store, path, len(kept))
    write_whole(path, kept)
    return str(path)


def _npz(train: Digits, test: Digits) -> bytes:
    arrays: dict[str, Any] = {"x_train": train.images, "x_test": test.images}
    if train.labels is not None and test.labels is not None:
        arrays |= {"y_train": train.labels, "y_test": test.labels}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _make_room(store: RunStore, path: Path, size: int) -> None:
    """Remove the oldest files that no run names, until there is room for one more."""
    others = sorted(set(path.parent.glob("*.npz")) - {path}, key=lambda p: p.stat().st_mtime)
    named = {Path(source).name for source in _sources(store)}
    unnamed = [other for other in others if other.name not in named]
    count, size = len(others) + 1, size + sum(other.stat().st_size for other in others)
    while count > MAX_KEPT or size > MAX_KEPT_BYTES:
        if not unnamed:
            raise DigitsError(
                "npz: there is no room for more digits here, because trainings use those that are "
                "kept; delete old trainings first"
            )
        oldest = unnamed.pop(0)
        count, size = count - 1, size - oldest.stat().st_size
        oldest.unlink()


def _sources(store: RunStore) -> Iterator[str]:
    for run in store.runs():
        try:
            yield run.config.data
        except RunError:  # deleted in this moment, or damaged
            continue


def is_kept(source: str) -> bool:
    """Whether `source` is one that `keep` gave and that is still there."""
    path = Path(source)
    return path.parent.name == FOLDER and path.is_file()


def counts(source: str) -> tuple[int, int]:
    """Return how many digits of a kept source are to train on and to validate with.

    Raises:
        DigitsError: It is there no more.
    """
    with zips.open_zip(Path(source), DigitsError.about("npz")) as file:
        return _count(file, "x_train"), _count(file, "x_test")


def _count(file: ZipFile, name: str) -> int:
    beginning = zips.read(file, f"{name}.npy", zips.MAX_HEADER)
    return zips.read_header(io.BytesIO(beginning)).shape[0]


def resolve_source(source: str, folder: Path) -> str:
    """Return a source as it is to be read where `folder` is the folder of runs.

    A worker on another machine may have that folder under another name.
    """
    path = Path(source)
    return str(folder / FOLDER / path.name) if path.parent.name == FOLDER else source


def sanitize_source(source: str, folder: Path) -> str:
    """Return what stands here for a source that a visitor's file names.

    It may name any file of this machine, so a path becomes that of the same
    digits among those kept here, which may be missing.

    Args:
        source: As in the settings of a zip or of a file of weights.
        folder: The folder of runs.
    """
    if source in SOURCES:
        return source
    id = Path(source).stem
    return str(folder / FOLDER / f"{id if ID.fullmatch(id) else UNKNOWN}.npz")
