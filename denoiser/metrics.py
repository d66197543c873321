"""How good a picture is: MSE, PSNR, SSIM and reading accuracy.

Pictures are float arrays in [0, 1], shape (n, 28, 28). This module knows
nothing of networks: reading accuracy takes a classifier's probabilities.
"""

import math
from dataclasses import asdict, dataclass

import numpy as np
from skimage.metrics import structural_similarity

LEAST_DIGIT = 0.27  # how likely it has to be that there is a digit
NO_DIGIT = -1  # a reading
SCORE_SEED = 0  # of the noise under which cards are scored, and `evaluate` scores again


@dataclass(frozen=True)
class Scores:
    """The scores of a set of pictures against their clean originals.

    Attributes:
        mse: Mean squared error over all pixels, the loss; less is better.
        psnr: Peak signal-to-noise ratio in dB, mean over digits; more is better, inf where all
            pictures are equal to their originals.
        ssim: Structural similarity, at most 1, mean over digits; more is better.
        reading_accuracy: Share of digits read right, in [0, 1]; None without labels.
        count: How many digits.
    """

    mse: float
    psnr: float
    ssim: float
    reading_accuracy: float | None
    count: int

    def to_dict(self) -> dict[str, float | int | None]:
        """Return the scores by name, for JSON, which has no inf: None stands for it."""
        return asdict(self) | {"psnr": self.psnr if math.isfinite(self.psnr) else None}


@dataclass(frozen=True)
class ReadingScores:
    """How well a classifier reads clean digits.

    Attributes:
        reading_accuracy: Share of digits read right, in [0, 1].
        refused: Share that it takes for no digit, in [0, 1].
        count: How many digits.
    """

    reading_accuracy: float
    refused: float
    count: int

    def to_dict(self) -> dict[str, float | int]:
        """Return the scores by name, for JSON."""
        return asdict(self)


def mse(clean: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Return the mean squared error of each digit.

    Args:
        clean: Float in [0, 1], shape (n, 28, 28).
        picture: Of the same shape and range.

    Returns:
        float64 in [0, 1], shape (n,); less is better.

    Example:
        >>> mse(np.zeros((2, 28, 28)), np.full((2, 28, 28), 0.5))
        array([0.25, 0.25])
    """
    difference = np.asarray(clean, np.float64) - np.asarray(picture, np.float64)
    errors: np.ndarray = np.square(difference).mean(axis=(1, 2))
    return errors


def psnr(clean: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Return the peak signal-to-noise ratio of each digit, 10 log10(1 / MSE).

    Args:
        clean: Float in [0, 1], shape (n, 28, 28).
        picture: Of the same shape and range.

    Returns:
        float64 in dB, shape (n,); more is better, inf for equal pictures.

    Example:
        >>> psnr(np.zeros((1, 28, 28)), np.full((1, 28, 28), 0.1)).round(6)
        array([20.])
    """
    with np.errstate(divide="ignore"):
        decibels: np.ndarray = -10 * np.log10(mse(clean, picture))
        return decibels


def ssim(clean: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Return the structural similarity of each digit.

    Wang, Bovik, Sheikh, Simoncelli: Image quality assessment (2004), as
    scikit-image computes it with a 7x7 window.

    Args:
        clean: Float in [0, 1], shape (n, 28, 28).
        picture: Of the same shape and range.

    Returns:
        float64, at most 1, shape (n,); more is better.

    Example:
        >>> picture = np.tile(np.linspace(0, 1, 28), (1, 28, 1))
        >>> ssim(picture, picture)
        array([1.])
        >>> bool(ssim(picture, 1 - picture)[0] < 0.1)
        True
    """
    pairs = zip(np.asarray(clean), np.asarray(picture), strict=True)
    return np.array([structural_similarity(a, b, data_range=1.0) for a, b in pairs])


def is_digit(probabilities: np.ndarray) -> np.ndarray:
    """Tell which pictures show one digit, and not a letter, a scribble, several digits or nothing.

    `readingOf` in denoiser/web/reading.js says the same.

    Args:
        probabilities: Of the digits, by a classifier, float32 in [0, 1], shape (n, 10). What a row
            lacks to 1 is the probability that there is no digit.

    Returns:
        bool, shape (n,).

    Example:
        >>> is_digit(np.array([[0, 0.9, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0.2, 0, 0, 0, 0, 0, 0, 0, 0]]))
        array([ True, False])
    """
    found: np.ndarray = probabilities.sum(axis=1) >= LEAST_DIGIT
    return found


def readings(probabilities: np.ndarray) -> np.ndarray:
    """Return which digit each picture is taken for, `NO_DIGIT` for none.

    Args:
        probabilities: As for `is_digit`, float32, shape (n, 10).

    Returns:
        int, shape (n,).
    """
    return np.where(is_digit(probabilities), probabilities.argmax(axis=1), NO_DIGIT)


def reading_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the share of digits whose likeliest class is their label, were each one a digit.

    Args:
        labels: Whole numbers from 0 to 9, shape (n,).
        probabilities: Of the classes, by a classifier, float32 in [0, 1], shape (n, 10).

    Returns:
        In [0, 1]; more is better.
    """
    return float((probabilities.argmax(axis=1) == labels).mean())


def score(
    clean: np.ndarray,
    picture: np.ndarray,
    labels: np.ndarray | None = None,
    probabilities: np.ndarray | None = None,
) -> Scores:
    """Compare pictures with their clean originals.

    Args:
        clean: Float in [0, 1], shape (n, 28, 28).
        picture: Of the same shape and range.
        labels: Whole numbers from 0 to 9, shape (n,); None where they are unknown.
        probabilities: As for `reading_accuracy`; None without a classifier.
    """
    accuracy = None
    if labels is not None and probabilities is not None:
        accuracy = reading_accuracy(labels, probabilities)
    return Scores(
        mse=float(mse(clean, picture).mean()),
        psnr=float(psnr(clean, picture).mean()),
        ssim=float(ssim(clean, picture).mean()),
        reading_accuracy=accuracy,
        count=len(clean),
    )
