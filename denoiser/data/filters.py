"""Classical filters: denoising without learning, to compare networks with.

A filter is one function and its strength, which was chosen once, on the bundled
training digits under the tutorial's noise (tests/benchmarks/LOG.md), and stays.
Unlike the networks, the filters get the noise's kind and parameters: noise with a mean
brightens, clipping shifts, and no filter could know by how much. So pictures are mapped
linearly before they are filtered, such that under that noise black is 0 and
white is 1 on average. This module knows nothing of networks or pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage
from skimage import restoration

from denoiser.data.noise import add_noise
from denoiser.errors import ConfigError

NOISY = "noisy"  # in place of a filter: nothing is done
LEVEL_PIXELS = 200_000
LEAST_CONTRAST = 1e-3


@dataclass(frozen=True)
class Filter:
    """A filter.

    Attributes:
        name: In URLs and on the command line.
        title: As people read it.
        summary: What it does, in a sentence.
        apply: From pictures to pictures, both float, shape (n, 28, 28), with black at 0
            and white at 1.
    """

    name: str
    title: str
    summary: str
    apply: Callable[[np.ndarray], np.ndarray]


def _median(pictures: np.ndarray) -> np.ndarray:
    """Take the median of 3x3 pixels, three times over.

    Tukey: Exploratory Data Analysis (1977), who repeats short medians; `scipy.ndimage`.
    """
    for _ in range(3):
        pictures = ndimage.median_filter(pictures, size=(1, 3, 3))
    return pictures


def _gaussian(pictures: np.ndarray) -> np.ndarray:
    """Blur with a bell of 1.2 pixels: the local mean. Larger is smoother; `scipy.ndimage`."""
    blurred: np.ndarray = ndimage.gaussian_filter(pictures, sigma=(0, 1.2, 1.2))
    return blurred


def _total_variation(pictures: np.ndarray) -> np.ndarray:
    """Find the picture near this one that has the least sum of slopes.

    A larger weight is smoother. Rudin, Osher, Fatemi (1992), doi:10.1016/0167-2789(92)90242-F,
    by the algorithm of Chambolle (2004), doi:10.1023/B:JMIV.0000011325.36760.1e, as
    scikit-image has it, with its stopping rule.
    """
    denoised: np.ndarray = restoration.denoise_tv_chambolle(pictures, weight=0.9, channel_axis=0)
    return denoised


def _non_local_means(pictures: np.ndarray) -> np.ndarray:
    """Average each pixel with those whose surroundings look alike.

    A larger `h` is smoother. Buades, Coll, Morel (2005), doi:10.1109/CVPR.2005.38, as
    scikit-image has it.
    """
    options = {"patch_size": 5, "patch_distance": 3, "h": 0.7, "fast_mode": True}
    return np.stack([restoration.denoise_nl_means(picture, **options) for picture in pictures])


def _wavelet(pictures: np.ndarray) -> np.ndarray:
    """Drop small wavelet coefficients, averaged over shifts by up to a pixel.

    A larger `sigma` drops more. The threshold is that of Donoho and Johnstone (1994),
    doi:10.1093/biomet/81.3.425, the shifts are Coifman and Donoho's cycle spinning (1995),
    doi:10.1007/978-1-4612-2544-7_9, both as scikit-image has them.
    """
    options = {"wavelet": "sym4", "method": "VisuShrink", "sigma": 0.7, "channel_axis": 0}
    denoised: np.ndarray = restoration.cycle_spin(
        pictures,
        func=restoration.denoise_wavelet,
        max_shifts=(0, 1, 1),
        func_kw=options | {"rescale_sigma": False},
        workers=1,
    )
    return denoised


FILTERS: dict[str, Filter] = {
    found.name: found
    for found in (
        Filter("median", "Median filter", "The middle value of each pixel's neighbours.", _median),
        Filter("gaussian", "Gaussian blur", "The mean of each pixel's neighbourhood.", _gaussian),
        Filter(
            "total-variation",
            "Total variation",
            "The picture nearby with the fewest and smallest steps in brightness.",
            _total_variation,
        ),
        Filter(
            "non-local-means",
            "Non-local means",
            "Each pixel averaged with those whose surroundings look alike.",
            _non_local_means,
        ),
        Filter("wavelet", "Wavelets", "Small wavelet coefficients dropped as noise.", _wavelet),
    )
}


def denoise(name: str, noisy: np.ndarray, kind: str, parameters: Mapping[str, float]) -> np.ndarray:
    """Return what the filter called `name` makes of noisy digits.

    Args:
        name: One of `FILTERS`.
        noisy: float32 in [0, 1], shape (n, 28, 28).
        kind: The name of the noise that is on them, which sets black and white.
        parameters: The parameters of that noise.

    Returns:
        float32 in [0, 1], shape (n, 28, 28).

    Raises:
        ConfigError: No such filter or noise, or parameters out of range.

    Example:
        >>> from denoiser.data import digits
        >>> from denoiser.metrics import mse
        >>> clean = digits.bundled("test")[:8].clean
        >>> noise = {"mean": 0.5, "std": 0.5}
        >>> noisy = add_noise(clean, np.random.default_rng(0), "gaussian", **noise)
        >>> denoised = denoise("median", noisy, "gaussian", noise)
        >>> bool((mse(clean, denoised) < mse(clean, noisy)).all())
        True
    """
    if name not in FILTERS:
        raise ConfigError(
            "filter: expected one of {expected}, got {name}",
            expected=", ".join(FILTERS),
            name=repr(name),
        )
    black, white = levels(kind, parameters)
    mapped = (noisy - np.float32(black)) / np.float32(max(white - black, LEAST_CONTRAST))
    denoised: np.ndarray = np.clip(FILTERS[name].apply(mapped), 0, 1).astype(np.float32)
    return denoised


def levels(kind: str, parameters: Mapping[str, float]) -> tuple[float, float]:
    """Return how bright black and white pixels are under noise, on average, both in [0, 1].

    Measured by drawing (Monte Carlo, fixed seed), so any kind of noise will do.

    Raises:
        ConfigError: No such noise, or parameters out of range.
    """
    return _levels(kind, tuple(sorted(parameters.items())))


@lru_cache(maxsize=64)
def _levels(kind: str, parameters: tuple[tuple[str, float], ...]) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    shape = (LEVEL_PIXELS // 28**2, 28, 28)
    black, white = (
        add_noise(np.full(shape, ink, np.float32), rng, kind, **dict(parameters)) for ink in (0, 1)
    )
    return float(black.mean(dtype=np.float64)), float(white.mean(dtype=np.float64))
