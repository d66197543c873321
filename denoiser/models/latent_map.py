"""Maps of the codes of digits: where a model's encoder puts them, and the plane that is drawn.

A code is what an autoencoder makes of a digit: its latent vector, 16 numbers in the shipped ones.
A map holds the codes of 1,000 bundled digits and the two directions in which these codes vary
most (principal components), so that they can be drawn. No shipped model was trained on
bundled digits. This module runs no network; `jobs.latent_map` makes the maps that are shipped.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from denoiser import assets
from denoiser.data import digits
from denoiser.data.digits import BUNDLED_PER_CLASS, CLASSES, Digits
from denoiser.errors import ModelError
from denoiser.files.atomic import write_whole
from denoiser.models.store import BLUEPRINTS

PER_CLASS = 100
AXES = 2
# The shipped models that have a latent vector: all between input and output goes through it.
NAMES = [name for name, made in BLUEPRINTS.items() if made.config.network == "tutorial"]
_MOST_BYTES = 64 * 2**10


@dataclass(frozen=True)
class LatentMap:
    """The codes of digits, and the plane in which they are drawn.

    Attributes:
        codes: float32, shape (n, numbers of a code).
        labels: Which digits they are, uint8 in [0, 9], shape (n,).
        places: Where these digits are among all bundled ones, uint16, shape (n,).
        mean: Of the codes, float32, shape (numbers of a code,).
        components: The directions of most variance, each of length 1 and at right angles to
            the other, float32, shape (2, numbers of a code).
        shares: Which part of the variance lies along each, float32 in [0, 1], shape (2,).
    """

    codes: np.ndarray
    labels: np.ndarray
    places: np.ndarray
    mean: np.ndarray
    components: np.ndarray
    shares: np.ndarray


def mapped_places() -> np.ndarray:
    """Return where the digits of every map are among all bundled ones, uint16, shape (1000,).

    They are the last 100 of each class, and the 50 test digits of each class are among them.
    """
    first = np.arange(BUNDLED_PER_CLASS - PER_CLASS, BUNDLED_PER_CLASS)
    starts = BUNDLED_PER_CLASS * np.arange(CLASSES)
    return (starts[:, None] + first).ravel().astype(np.uint16)


def mapped_digits() -> Digits:
    """Return the digits of every map, 100 of each class after another.

    Raises:
        DigitsError: The package that brings them is missing or damaged.
    """
    return digits.all_bundled()[mapped_places()]


def of_codes(codes: np.ndarray, labels: np.ndarray, places: np.ndarray) -> LatentMap:
    """Return the map of some codes.

    Args:
        codes: float32, shape (n, at least 2).
        labels: Which digits they are, uint8, shape (n,).
        places: Where these digits are among all bundled ones, uint16, shape (n,).
    """
    kept = codes.astype(np.float16).astype(np.float32)  # as the file has them
    mean = kept.mean(axis=0, dtype=np.float64)
    _, lengths, directions = np.linalg.svd(kept - mean, full_matrices=False)
    components = directions[:AXES]
    # The sign of a component is chance: its largest number is positive, so that it stays.
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(AXES), largest])[:, None]
    shares = np.square(lengths[:AXES]) / np.square(lengths).sum()
    return LatentMap(
        kept, labels, places, *(x.astype(np.float32) for x in (mean, components, shares))
    )


def path_of(name: str, folder: Path = assets.LATENT_MAPS) -> Path:
    """Return where the map of the model called `name` lies in `folder`."""
    return folder / f"{name}.safetensors"


def save(made: LatentMap, path: Path, command: str) -> None:
    """Write a map, whole.

    Args:
        made: The map.
        path: Of the file.
        command: With which command it was made.

    Raises:
        OSError: The folder cannot be written to.
    """
    tensors = vars(made) | {"codes": made.codes.astype(np.float16)}
    write_whole(path, to_safetensors(tensors, metadata={"made_with": command}))


def load(name: str, folder: Path = assets.LATENT_MAPS) -> LatentMap | None:
    """Return the map of the model called `name`; None where there is none, as for trained ones.

    Raises:
        ModelError: The file is damaged.

    Example:
        >>> load("tutorial").codes.shape
        (1000, 16)
    """
    path = path_of(name, folder)
    if not path.is_file():
        return None
    try:
        if (size := path.stat().st_size) > _MOST_BYTES:
            raise ValueError(f"expected at most {_MOST_BYTES:,} bytes, got {size:,}")
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in LatentMap.__dataclass_fields__}
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelError(
            "The map of a model's codes is damaged. Who runs this lab can make it again with: "
            "python -m denoiser latent-map",
            detail=f"{path.name}: {getattr(error, 'strerror', None) or error}",
        ) from None
    return LatentMap(**tensors | {"codes": tensors["codes"].astype(np.float32)})
