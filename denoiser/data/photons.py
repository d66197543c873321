"""Counts of photons: random numbers from Poisson's distribution, by inversion.

A count is the number of the distribution's cumulative sums that lie below a uniform number.
So it depends on that number alone, and the browser (`web/noise.js`) counts the same.
"""

from functools import lru_cache

import numpy as np

LEVELS = 256  # grey levels that digits are stored with
BINS = 256  # of chances; where to begin to search is known for each
FEW = 8  # pictures; for so few it takes longer to make the table than to do without


def count_photons(clean: np.ndarray, chance: np.ndarray, white: float, dark: float) -> np.ndarray:
    """Return how many photons each pixel counts.

    Args:
        clean: float32 in [0, 1], shape (n, height, width).
        chance: Uniform numbers in [0, 1), the shape of `clean`.
        white: Photons that a white pixel gets, on average.
        dark: Photons that are counted without light, on average.

    Returns:
        Whole numbers, the shape of `clean`.
    """
    levels = np.rint(clean * np.float32(LEVELS - 1)).astype(np.intp)
    is_stored = np.array_equal(levels.astype(np.float32) / np.float32(LEVELS - 1), clean)
    if len(clean) > FEW and is_stored:
        return _looked_up(levels.ravel(), chance.ravel(), white, dark).reshape(clean.shape)
    return np.stack([_counted(*both, white, dark) for both in zip(clean, chance, strict=True)])


def _counted(picture: np.ndarray, chance: np.ndarray, white: float, dark: float) -> np.ndarray:
    """Count the photons of one picture of any brightness, as the distribution is defined."""
    brightness, place = np.unique(picture, return_inverse=True)
    sums = _cumulative(brightness.astype(np.float64), white, dark)
    below = sums[place.ravel()] < chance.reshape(-1, 1)
    counts: np.ndarray = below.sum(axis=1)
    return counts.reshape(picture.shape)


def _looked_up(levels: np.ndarray, chance: np.ndarray, white: float, dark: float) -> np.ndarray:
    """Count the photons of many pixels whose grey levels are known."""
    sums, begin = _table(white, dark)
    counts: np.ndarray = begin[levels, (chance * BINS).astype(np.intp)].astype(np.intp)
    short = np.flatnonzero(sums[levels, counts] < chance)
    while short.size:
        counts[short] += 1
        short = short[sums[levels[short], counts[short]] < chance[short]]
    return counts


@lru_cache(maxsize=4)
def _table(white: float, dark: float) -> tuple[np.ndarray, np.ndarray]:
    """Return each grey level's cumulative sums, and how many lie below each bin of chances."""
    brightness = (np.arange(LEVELS, dtype=np.float32) / np.float32(LEVELS - 1)).astype(np.float64)
    sums = _cumulative(brightness, white, dark)
    bins = np.arange(BINS) / BINS
    return sums, np.stack([np.searchsorted(row, bins) for row in sums]).astype(np.int16)


def _cumulative(brightness: np.ndarray, white: float, dark: float) -> np.ndarray:
    """Return the cumulative sums of Poisson's distributions, for 0, 1, 2 ... photons.

    Args:
        brightness: float64 in [0, 1], shape (n,): of the pixels that count.
        white: Photons that a white pixel gets, on average.
        dark: Photons that are counted without light, on average.

    Returns:
        float64, shape (n, m): m is so large that the last sums are 1 but for rounding; they
        are set to 1, above every chance.
    """
    expected, most = brightness * white + dark, white + dark
    factors = np.empty((len(expected), round(most + 10 * most**0.5) + 30))
    factors[:, 0] = np.exp(-expected)
    factors[:, 1:] = expected[:, None] / np.arange(1, factors.shape[1])
    sums = np.cumsum(np.cumprod(factors, axis=1, out=factors), axis=1, out=factors)
    sums[:, -1] = 1
    return sums
