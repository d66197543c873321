"""Digits in a file of the user: an array, or a picture that is one digit or a grid of them.

Knows nothing of networks or noise.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from denoiser.data.digits import SIDE, as_uint8
from denoiser.data.own_digits import arrays
from denoiser.errors import DigitsError
from denoiser.files import pictures
from denoiser.files.zips import Header

ARRAY_SUFFIX = ".npy"
SUFFIXES = (ARRAY_SUFFIX, *pictures.SUFFIXES)


@dataclass(frozen=True)
class Grid:
    """Digits and how they lie in a picture, row by row.

    Attributes:
        digits: float32 in [0, 1], shape (rows * columns, 28, 28); 1 is ink.
        rows: Of digits in the picture.
        columns: As `rows`; 1 where the digits come from an array.
    """

    digits: np.ndarray
    rows: int
    columns: int


def read(path: Path, grid: bool = False) -> Grid:
    """Read digits from an array or a picture.

    Args:
        path: An `.npy` file of shape (n, 28, 28), (n, 784), or these with axes of 1, with floats in
            [0, 1] or whole numbers up to 255; or a PNG, JPEG, WebP
            or BMP picture, white ink on black: as wide as high it is one digit, of 28x28
            pixels or scaled down to them; otherwise a grid of digits of 28x28 pixels.
        grid: Take a picture for a grid even if it is as wide as high.

    Raises:
        DigitsError: The file is missing, damaged or has something else in it.
    """
    if path.suffix.lower() == ARRAY_SUFFIX:
        digits = _read_array(path)
        return Grid(digits, len(digits), 1)
    picture = pictures.read(path, side=None).convert("L")
    if not grid and picture.width == picture.height > SIDE:
        picture = picture.resize((SIDE, SIDE), Image.Resampling.BOX)
    return _split(path, np.asarray(picture))


def _read_array(path: Path) -> np.ndarray:
    def refused(message: str, /, **values: Any) -> DigitsError:
        problem = DigitsError(message, **values)
        return DigitsError("{path}: {problem}", path=path, problem=problem, detail=problem.detail)

    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except OSError as error:
        raise refused("The file cannot be read ({error}).", error=error.strerror) from error
    except Exception as error:  # NumPy raises many types on damaged files
        raise refused("The file is damaged or incomplete. Save it again: numpy.save.",
                      detail=f"{type(error).__name__}: {error}") from error  # fmt: skip
    arrays.check_images(refused, Header(array.shape, array.dtype, False))
    scale = arrays.scale_of(refused, array)
    if array.dtype.kind == "f" and scale == arrays.FROM_0_TO_1:  # pixels up to 255 are coarser
        return np.array(array, np.float32).reshape(-1, SIDE, SIDE).clip(0, 1)
    return scale.pixels(array).astype(np.float32) / np.float32(255)


def _split(path: Path, picture: np.ndarray) -> Grid:
    height, width = picture.shape
    if height % SIDE or width % SIDE:
        raise DigitsError(
            "{path}: expected one digit, as wide as high, or a grid of 28x28 pixels a digit, "
            "got {width}x{height}",
            path=path,
            width=width,
            height=height,
        )
    rows, columns = height // SIDE, width // SIDE
    digits = picture.reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2).reshape(-1, SIDE, SIDE)
    return Grid(digits.astype(np.float32) / 255, rows, columns)


def write(path: Path, grid: Grid) -> None:
    """Write digits as `read` reads them: an array for `.npy`, else a picture of the grid.

    Raises:
        OSError: The file cannot be written.
        ValueError: The name's ending is that of no picture.
    """
    if path.suffix.lower() == ARRAY_SUFFIX:
        with path.open("wb") as file:  # np.save would change a name that ends in .NPY
            np.save(file, grid.digits)
    else:
        Image.fromarray(as_uint8(tile(grid))).save(path)


def tile(grid: Grid) -> np.ndarray:
    """Return the digits as one picture, float32 in [0, 1], shape (28 rows, 28 columns)."""
    digits = grid.digits.reshape(grid.rows, grid.columns, SIDE, SIDE).swapaxes(1, 2)
    return digits.reshape(grid.rows * SIDE, grid.columns * SIDE)
