"""What a stranger's file says of a run, checked: numbers, moments, pictures.

What is refused raises `ValueError`, whose text is for the technical part of an error.
"""

import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from denoiser.data.digits import SIDE
from denoiser.files.zips import Header
from denoiser.runs.run import SAMPLES

SAMPLE_SHAPES = [(count + 1, SIDE, SIDE) for count in range(SAMPLES)]
FOREIGN = "foreign"  # code of the error that a file is none of ours
_SHOWN = 40  # letters of what was found


def number(what: str, value: Any, most: float = sys.float_info.max) -> float:
    """Return a finite number from 0 to `most`; `what` says in the error what it is of."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= most:  # NaN is not
        raise ValueError(f"{what}: expected a number from 0 to {most:g}, got {shown(value)}")
    return float(value)


def whole(what: str, value: Any, least: int, most: int) -> int:
    """Return a whole number from `least` to `most`; `what` says in the error what it is of."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:
        raise ValueError(
            f"{what}: expected a whole number from {least} to {most}, got {shown(value)}"
        )
    return int(value)


def moment(what: str, value: Any) -> float:
    """Return a time in seconds since 1970; now, where it is to come: a clock may go fast."""
    return min(number(what, value), time.time())


def check_pictures(array: Header | np.ndarray) -> None:
    """Refuse what are no samples: uint8, shape (n, 28, 28), n from 1 to SAMPLES."""
    if array.dtype != np.uint8 or array.shape not in SAMPLE_SHAPES:
        raise ValueError(
            f"samples: expected uint8 {SAMPLE_SHAPES[-1]}, got {array.dtype} {array.shape}"
        )


def check_as_many(samples: Iterable[np.ndarray]) -> None:
    """Refuse samples, uint8, shape (n, 28, 28) each, of which some have another n."""
    if len({len(pictures) for pictures in samples}) > 1:
        raise ValueError("samples: expected as many of each epoch")


def shown(value: Any) -> str:
    """Return a found value as a short text."""
    return f"{value!r:.{_SHOWN}}"
