"""Arrays of digits and labels as people save them, made into ours: uint8, (n, 28, 28), 0 to 9.

Shapes and kinds are checked on an array's header, before it is read. What range its numbers
have is found out: 0 to 1, 0 to 255, -1 to 1, 0 or 1, 16 bits. What cannot be told is
refused for what it is, with what would help.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from denoiser.data.digit_arrays import CLASSES, SIDE
from denoiser.errors import DenoiserError, DigitsError
from denoiser.files.zips import Header

PIXELS = SIDE * SIDE
NUMBERS = "biuf"  # kinds of NumPy
AT_ONCE = 2000  # digits, so that no second copy of all is made
ROUNDING = 1e-3  # what scaling a picture leaves beyond 0 and 1
DARKEST_WHITE = 128  # the brightest of digits from 0 to 255 is no darker
DARKEST_16_BIT = 2**14

Refused = Callable[..., DenoiserError]


def is_of_digits(header: Header) -> bool:
    """Whether an array may be one of digits: (n, 28, 28), (n, 784), also with axes of 1."""
    inner = tuple(length for length in header.shape[1:] if length != 1)
    return header.dtype.kind in NUMBERS and inner in ((SIDE, SIDE), (PIXELS,))


def is_of_labels(header: Header) -> bool:
    """Whether an array may be one of labels: (n,), (n, 1)."""
    return header.dtype.kind in "iu" and header.ndim > 0 and np.prod(header.shape[1:]) == 1


def check_images(refused: Refused, header: Header) -> None:
    """Refuse an array that is none of digits, by what it is.

    Raises:
        DenoiserError: Made by `refused`.
    """
    shape = header.shape
    if header.dtype.kind not in NUMBERS:
        raise refused("The digits are saved as {dtype}, not as numbers. Save them as "
                      "numbers from 0 to 255: x.astype('uint8').", dtype=header.dtype)  # fmt: skip
    if not is_of_digits(header):
        raise _of_wrong_shape(refused, shape)
    if not shape[0]:
        raise refused("There is no digit in it: its shape is {shape}.", shape=shape)


def _of_wrong_shape(refused: Refused, shape: tuple[int, ...]) -> DenoiserError:
    if shape in ((SIDE, SIDE), (PIXELS,)):
        return refused("There is one digit in it, of shape {shape}. Bring many: (n, 28, 28).",
                       shape=shape)  # fmt: skip
    if shape[:-1] in ((SIDE, SIDE), (PIXELS,)):
        return refused("Its shape is {shape}: the digits are counted by the last axis. Put that "
                       "axis first: numpy.moveaxis(x, -1, 0).", shape=shape)  # fmt: skip
    if len(shape) == 4 and shape[1:3] == (SIDE, SIDE):
        return refused("Its shape is {shape}: the digits are in colour. Make them grey: "
                       "x[..., :3].mean(axis=-1).", shape=shape)  # fmt: skip
    return refused("Digits have 28x28 pixels here, in an array of shape (n, 28, 28) or (n, 784); "
                  "this one has {shape}. Scale them to 28x28, or bring them as pictures, which "
                  "are scaled here.", shape=shape)  # fmt: skip


# What range the numbers have


@dataclass(frozen=True)
class Scale:
    """How numbers become pixels from 0 to 255: `(number + offset) * factor`.

    Attributes:
        offset: Added first.
        factor: What the sum is multiplied by.
        note: What that means to the person who brought them; None where there is nothing to say.
    """

    offset: float = 0.0
    factor: float = 1.0
    note: DigitsError | None = None

    def pixels(self, array: np.ndarray) -> np.ndarray:
        """Return an array that `check_images` let pass as uint8, shape (n, 28, 28)."""
        if array.dtype == np.uint8 and self == Scale():
            return array.reshape(-1, SIDE, SIDE)
        pixels = np.empty((len(array), SIDE, SIDE), np.uint8)
        for part, chunk in zip(_parts(pixels), _parts(array), strict=True):
            scaled = (chunk.astype(np.float64) + self.offset) * self.factor
            part[:] = np.rint(np.clip(scaled, 0, 255)).reshape(part.shape)
        return pixels


FROM_0_TO_1 = Scale(factor=255)


def scale_of(refused: Refused, array: np.ndarray) -> Scale:
    """Find out what range the numbers of digits have.

    Args:
        refused: Makes the error.
        array: Numbers of any kind, shape (n, ...), not empty.

    Raises:
        DenoiserError: Made by `refused`: there are NaN or infinite numbers, or numbers of no
            range that is known.
    """
    if array.dtype.kind == "b":
        return FROM_0_TO_1
    seen = [_seen(chunk) for chunk in _parts(array)]
    nan, infinite = sum(s.nan for s in seen), sum(s.infinite for s in seen)
    if nan:
        raise refused("NaN (not a number) stands {count:,} times in it. Replace it first: "
                      "numpy.nan_to_num(x), or look where it comes from.", count=nan)  # fmt: skip
    if infinite:
        raise refused("Infinity stands {count:,} times in it. Replace it first: "
                      "numpy.clip(x, 0, 1), or look where it comes from.",
                      count=infinite)  # fmt: skip
    low, high = min(s.low for s in seen), max(s.high for s in seen)
    if array.dtype.kind in "iu":
        return _of_whole_numbers(refused, low, high)
    return _of_floats(refused, low, high, array)


@dataclass(frozen=True)
class _Seen:
    low: float
    high: float
    nan: int = 0
    infinite: int = 0


def _seen(chunk: np.ndarray) -> _Seen:
    if chunk.dtype.kind != "f" or np.isfinite(chunk).all():
        return _Seen(float(chunk.min()), float(chunk.max()))
    return _Seen(0, 0, int(np.isnan(chunk).sum()), int(np.isinf(chunk).sum()))


def _parts(array: np.ndarray) -> Iterator[np.ndarray]:
    yield from (array[i : i + AT_ONCE] for i in range(0, len(array), AT_ONCE))


def _is_standardised(array: np.ndarray) -> bool:
    """Whether their mean is about 0 and their standard deviation about 1."""
    few = array[:AT_ONCE].astype(np.float64)
    return bool(abs(few.mean()) < 0.3 and 0.5 < few.std() < 1.5)


def _of_whole_numbers(refused: Refused, low: float, high: float) -> Scale:
    if low < 0:
        raise _negative(refused, low, high)
    if high == 1:
        return Scale(factor=255, note=DigitsError("0 and 1 are taken for black and white."))
    if 0 < high < DARKEST_WHITE:
        note = DigitsError("Their values, up to {high:,}, are stretched: {high:,} is white.",
                           high=int(high))  # fmt: skip
        return Scale(factor=255 / high, note=note)
    if high <= 255:
        return Scale()
    if DARKEST_16_BIT <= high < 2**16:
        note = DigitsError("Their values, up to {high:,}, are divided by 257: 16 bits become 8.",
                           high=int(high))  # fmt: skip
        return Scale(factor=1 / 257, note=note)
    raise _of_no_range(refused, low, high)


def _of_floats(refused: Refused, low: float, high: float, array: np.ndarray) -> Scale:
    if low >= -ROUNDING and high <= 1 + ROUNDING:
        return FROM_0_TO_1
    if low > -0.5 and DARKEST_WHITE <= high < 255.5:
        note = DigitsError("Their values, up to {high:g}, are divided by 255.", high=high)
        return Scale(note=note)
    if low < -ROUNDING and high > 1 + ROUNDING and _is_standardised(array):
        raise refused("Its numbers, from {low:.3g} to {high:.3g}, are standardised: their mean is "
                      "about 0 and their standard deviation 1. Undo that: x * std + mean, which "
                      "for MNIST is x * 0.3081 + 0.1307.", low=low, high=high)  # fmt: skip
    for bound in (1, 0.5):
        if abs(low + bound) < 0.02 and 0.9 * bound < high <= bound + ROUNDING:
            note = DigitsError("Their values, from {low:g} to {high:g}, are moved to 0 to 1.",
                               low=-bound, high=bound)  # fmt: skip
            return Scale(bound, 127.5 / bound, note)
    if low < -ROUNDING:
        raise _negative(refused, low, high)
    raise _of_no_range(refused, low, high)


def _negative(refused: Refused, low: float, high: float) -> DenoiserError:
    return refused("Some of its numbers are negative: they go from {low:.4g} to {high:.4g}. "
                  "Digits go from 0, black, to 1 or 255, white: "
                  "x = x.astype(float); (x - x.min()) / (x.max() - x.min()).",
                  low=low, high=high)  # fmt: skip


def _of_no_range(refused: Refused, low: float, high: float) -> DenoiserError:
    return refused("Its numbers go from {low:.4g} to {high:.4g}, which is neither 0 to 1 nor 0 to "
                  "255. Divide them by what stands for white: x / x.max().",
                  low=low, high=high)  # fmt: skip


# Labels


def check_labels(refused: Refused, count: int, header: Header) -> None:
    """Refuse an array that is none of labels for so many digits.

    Raises:
        DenoiserError: Made by `refused`.
    """
    if header.dtype.kind not in NUMBERS:
        raise refused("The labels are saved as {dtype}, not as numbers. Save them as whole "
                      "numbers: y.astype('uint8').", dtype=header.dtype)  # fmt: skip
    if not header.shape or header.shape[0] != count:
        raise refused("There are {count:,} digits, but the labels have the shape {shape}: each "
                      "digit needs one, or leave all of them out.",
                      count=count, shape=header.shape)  # fmt: skip
    if np.prod(header.shape[1:], dtype=float) not in (1, CLASSES):
        raise refused("The labels have the shape {shape}. One number for each digit is expected, "
                      "shape ({count},), or ten of which one is 1, shape ({count}, 10).",
                      count=count, shape=header.shape)  # fmt: skip


def as_labels(refused: Refused, labels: np.ndarray) -> np.ndarray:
    """Return labels that `check_labels` let pass as uint8 in [0, 9], shape (n,).

    Args:
        refused: Makes the error.
        labels: Any numbers, shape (n,) or (n, 1); or one-hot, shape (n, 10).

    Raises:
        DenoiserError: Made by `refused`: they are no whole numbers from 0 to 9, nor one-hot.
    """
    labels = labels.reshape(len(labels), -1)
    if labels.shape[1] == CLASSES:
        if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
            raise refused("The labels are ten numbers for each digit, but not one of them 1 and "
                          "the others 0. Save the number itself: y.argmax(axis=1).")  # fmt: skip
        hot: np.ndarray = labels.argmax(axis=1).astype(np.uint8)
        return hot
    labels = labels[:, 0]
    if labels.dtype.kind == "f" and not (labels == np.rint(labels)).all():
        raise refused("The labels are no whole numbers. Save them as such: y.astype('uint8').")
    if len(labels) and not 0 <= labels.min() <= labels.max() < CLASSES:
        raise refused("The labels go from {low:g} to {high:g}; those of digits go from 0 to 9. "
                      "Leave the labels out if these are no digits: training needs none.",
                      low=float(labels.min()),
                      high=float(labels.max()))  # fmt: skip
    return labels.astype(np.uint8)
