"""Digits that visitors send to train on: checked, and kept beside the runs.

    .data/<id>.npz      x_train, x_test, y_train, y_test where they are labelled, and about:
                        what was done to them, as JSON in bytes

What is kept is written anew by our code, under an id made of its content: the
same digits are kept once, and a training finds them again by their path. Only
so many are kept; the oldest that no run names go first.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from denoiser.data import own_digits
from denoiser.data.digits import SIDE, SOURCES, Digits, is_mnist
from denoiser.data.own_digits import KEPT, OF_VISITORS
from denoiser.errors import DenoiserError, DigitsError, RunError
from denoiser.files import zips
from denoiser.files.archives import Upload
from denoiser.files.atomic import write_whole
from denoiser.runs.store import ID, RunStore

FOLDER = ".data"
MIN_DIGITS = 32  # to train on
MAX_KEPT = 100
MAX_KEPT_BYTES = 512 * 2**20
UNKNOWN = "elsewhere"  # no id


@dataclass(frozen=True)
class About:
    """What a visitor's digits were, and what was done to them.

    Attributes:
        notes: Sentences for people.
        was_black_on_white: Whether they were so when they came.
        is_inverted: Whether black and white were exchanged.
    """

    notes: tuple[DenoiserError, ...] = ()
    was_black_on_white: bool = False
    is_inverted: bool = False


def keep(folder: str, files: Sequence[Upload]) -> str:
    """Keep the digits in files that a visitor sent.

    Args:
        folder: The folder of runs.
        files: As `own_digits.read` takes them; each has at most 16 MB.

    Returns:
        The source to train on: the path of the file that was made of it.

    Raises:
        DigitsError: There are no digits in it or too few, or no more can be kept.
        RunError: The disk is almost full.
    """
    store = RunStore(Path(folder))
    store.check_space()
    brought = own_digits.read(files, OF_VISITORS)
    train, test = brought.both()
    if len(train) < MIN_DIGITS:
        raise DigitsError(
            "At least {least} digits are needed to train on. There are {count}, and {others} more "
            "that are kept to validate with. Bring more.",
            least=MIN_DIGITS,
            count=len(train),
            others=len(test),
        )
    notes = [*brought.notes, *_notes(train, test, is_split_off=len(brought.parts) == 1)]
    inverted = brought.is_inverted
    return _kept(store, train, test, About(tuple(notes), inverted, inverted))


def _notes(train: Digits, test: Digits, is_split_off: bool) -> Iterator[DigitsError]:
    if is_split_off:
        yield DigitsError("Every tenth is kept to validate with.")
    if train.labels is None or test.labels is None:
        yield DigitsError("Labels are missing: training needs none, but how many are read right "
                          "cannot be said.")  # fmt: skip
    if is_mnist(train):
        yield DigitsError("These are MNIST's own digits; the choice “Full MNIST” has them, too.")


def inverted(folder: str, source: str) -> str:
    """Keep digits that are kept once more, with black for white; return the source of these.

    Raises:
        DigitsError: They are there no more, or no more can be kept.
        RunError: The disk is almost full.
    """
    store = RunStore(Path(folder))
    store.check_space()
    brought, told = own_digits.read(Path(source)), about(source)
    train, test = (own_digits.inverted(digits) for digits in brought.both())
    return _kept(store, train, test, replace(told, is_inverted=not told.is_inverted))


def _kept(store: RunStore, train: Digits, test: Digits, told: About) -> str:
    kept = _npz(train, test, told)
    path = store.folder / FOLDER / f"{hashlib.sha256(kept).hexdigest()[:12]}.npz"
    _make_room(store, path, len(kept))
    write_whole(path, kept)
    return str(path)


def _npz(train: Digits, test: Digits, told: About) -> bytes:
    text = json.dumps(vars(told) | {"notes": [note.to_json() for note in told.notes]})
    arrays: dict[str, Any] = {
        "x_train": train.images,
        "x_test": test.images,
        KEPT: np.frombuffer(text.encode(), np.uint8),
    }
    if train.labels is not None and test.labels is not None:
        arrays |= {"y_train": train.labels, "y_test": test.labels}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _opened(source: str) -> AbstractContextManager[ZipFile]:
    return zips.open_zip(Path(source), DigitsError.about("npz"), MAX_KEPT_BYTES)


def about(source: str) -> About:
    """Return what is known of kept digits; nothing of those that an earlier version kept.

    Raises:
        DigitsError: They are there no more.
    """
    with _opened(source) as file:
        if f"{KEPT}.npy" not in file.namelist():
            return About()
        text = zips.read_array(zips.read(file, f"{KEPT}.npy"), lambda _: None).tobytes()
        told = json.loads(text)
        notes = tuple(DenoiserError.from_json(note) for note in told["notes"])
        return About(**told | {"notes": notes})


def first(source: str, count: int) -> np.ndarray:
    """Return the first kept digits to train on, uint8, shape (at most count, 28, 28).

    Raises:
        DigitsError: They are there no more.
    """
    with _opened(source) as file:
        size = zips.MAX_HEADER + count * SIDE * SIDE
        content = io.BytesIO(zips.read(file, "x_train.npy", size))
        count = min(count, zips.read_header(content).shape[0])
        pixels = content.read(count * SIDE * SIDE)
        return np.frombuffer(pixels, np.uint8).reshape(count, SIDE, SIDE)


def _make_room(store: RunStore, path: Path, size: int) -> None:
    """Remove the oldest files that no run names, until there is room for one more."""
    others = sorted(set(path.parent.glob("*.npz")) - {path}, key=lambda p: p.stat().st_mtime)
    named = {Path(source).name for source in _sources(store)}
    unnamed = [other for other in others if other.name not in named]
    count, size = len(others) + 1, size + sum(other.stat().st_size for other in others)
    while count > MAX_KEPT or size > MAX_KEPT_BYTES:
        if not unnamed:
            raise DigitsError(
                "There is no room for more digits here, because trainings use those that are kept. "
                "Delete old trainings first."
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
    with _opened(source) as file:
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
