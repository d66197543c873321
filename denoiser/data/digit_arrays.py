"""Digits as arrays: pictures, and labels where they are known.

This module knows nothing of where digits come from, of files, noise or networks.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from denoiser.errors import DigitsError

SIDE = 28
CLASSES = 10

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
