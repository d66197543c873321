"""A picture file of one digit, made 28x28: its proportions and its ink are kept.

What colour the ink has is not decided here; that shows when all pictures are there.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from denoiser.data.digit_arrays import SIDE
from denoiser.files import pictures

FAINT = 16  # greys between the darkest and the brightest of a picture without anything on it


@dataclass(frozen=True)
class Single:
    """A digit of its own file.

    Attributes:
        image: uint8, shape (28, 28), in the colours that it has there.
        is_scaled: Whether it had another size.
    """

    image: np.ndarray
    is_scaled: bool


def read(content: bytes) -> Single:
    """Read a picture of one digit.

    Args:
        content: A PNG, JPEG, WebP or BMP file. What is transparent in it is put on white; on
            black, where nothing would be seen on white.

    Raises:
        DigitsError: It is no such picture, or damaged.
    """
    grey = np.asarray(pictures.read(content).convert("L"))
    if grey.min() > 255 - FAINT:
        grey = np.asarray(pictures.read(content, paper="black").convert("L"))
    if grey.shape == (SIDE, SIDE):
        return Single(grey, is_scaled=False)
    square = Image.fromarray(_padded(grey))
    scaled = square.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return Single(np.asarray(scaled), is_scaled=True)


def _padded(grey: np.ndarray) -> np.ndarray:
    """Return a picture in the middle of a square of its own paper, uint8, shape (side, side)."""
    height, width = grey.shape
    side = max(height, width)
    frame = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    square = np.full((side, side), np.uint8(np.median(frame)))
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = grey
    return square
