"""What each kind of noise draws at random, and what it does with that to clean digits.

A pair of functions a kind. `draw_<kind>(rng, count, height, width)` returns random numbers by
name, for `count` pictures; they depend neither on the pictures nor on the kind's parameters.
`apply_<kind>(clean, draws, **parameters)` returns noisy digits: `clean` is float32 in [0, 1] of
shape (count, height, width), the answer float32 or float64 of the same shape, not yet clipped.
The browser has the same pairs in `web/noise.js` and reads the same constants; given the same
draws, both make the same picture within 1e-6 (`tests/web/test_noise_twins.py`). Where a number
decides between two brightnesses, both compare numbers of the same precision.
"""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image
from scipy.special import expit

from denoiser import web
from denoiser.data.photons import count_photons

Draws = Mapping[str, np.ndarray]
CONSTANTS = json.loads((web.FOLDER / "noise_constants.json").read_text(encoding="utf-8"))
PHOTONS: int = CONSTANTS["photons"]  # that a white pixel gets when nothing is underexposed
CREASE: dict[str, Any] = CONSTANTS["crease"]
STAIN: dict[str, Any] = CONSTANTS["stain"]
CHUNK = 64  # pictures that are worked on at a time, where much memory is needed for each


def _by_chunks(apply: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Let `apply` work on a few pictures at a time."""

    def apply_by_chunks(clean: np.ndarray, draws: Draws, **parameters: float) -> np.ndarray:
        noisy = np.empty_like(clean)
        for start in range(0, len(clean), CHUNK):
            part = slice(start, start + CHUNK)
            drawn = {name: numbers[part] for name, numbers in draws.items()}
            noisy[part] = apply(clean[part], drawn, **parameters)
        return noisy

    return apply_by_chunks


def draw_nothing(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw no numbers: nothing is random."""
    return {}


def draw_gaussian(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw `noise`, standard normals, float32, one a pixel."""
    return {"noise": rng.standard_normal((count, height, width), dtype=np.float32)}


def apply_gaussian(clean: np.ndarray, draws: Draws, mean: float, std: float) -> np.ndarray:
    """Add to each pixel a number from a normal distribution."""
    noisy: np.ndarray = draws["noise"] * np.float32(std)
    noisy += np.float32(mean)
    noisy += clean
    return noisy


def draw_poisson(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw `chance`, uniform in [0, 1), float64, one a pixel."""
    return {"chance": rng.random((count, height, width))}


@_by_chunks
def apply_poisson(clean: np.ndarray, draws: Draws, stops: float, dark: float) -> np.ndarray:
    """Count photons: light comes in whole ones, and some are counted without light."""
    white = PHOTONS / 2**stops
    return count_photons(clean, draws["chance"], white, dark) / white


def draw_salt_pepper(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw `hit` and `colour`, uniform in [0, 1), float64, one a pixel."""
    return {name: rng.random((count, height, width)) for name in ("hit", "colour")}


def apply_salt_pepper(clean: np.ndarray, draws: Draws, amount: float, salt: float) -> np.ndarray:
    """Replace pixels by white or black."""
    colour = (draws["colour"] < salt).astype(np.float32)
    return np.where(draws["hit"] < amount, colour, clean)


def draw_speckle(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw `noise`, standard normals, float64, one a pixel."""
    return {"noise": rng.standard_normal((count, height, width))}


def apply_speckle(clean: np.ndarray, draws: Draws, std: float) -> np.ndarray:
    """Multiply each pixel by a number from a normal distribution of mean 1."""
    noisy: np.ndarray = draws["noise"] * std
    noisy += 1
    noisy *= clean
    return noisy


def draw_drift(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw `lost` and `shift`, uniform in [0, 1), float32, one a picture."""
    lost, shift = rng.random((2, count), np.float32)
    return {"lost": lost, "shift": shift}


def apply_drift(clean: np.ndarray, draws: Draws, brightness: float, contrast: float) -> np.ndarray:
    """Take contrast from each picture, and make it brighter or darker."""
    lost, shift = (draws[name][:, None, None] for name in ("lost", "shift"))
    noisy: np.ndarray = 0.5 + (clean - 0.5) * (1 - contrast * lost)
    return noisy + brightness * (2 * shift - 1)


def apply_quantization(clean: np.ndarray, draws: Draws, bits: float) -> np.ndarray:
    """Leave as many grey levels as the bits that are not lost can tell apart."""
    highest = 2 ** (8 - round(bits)) - 1
    noisy: np.ndarray = np.rint(np.multiply(clean, highest, dtype=np.float64)) / highest
    return noisy


def apply_jpeg(clean: np.ndarray, draws: Draws, compression: float) -> np.ndarray:
    """Save each picture as a JPEG file and open it again."""
    levels = np.rint(np.multiply(clean, 255, dtype=np.float64)).astype(np.uint8)
    return np.stack([_through_jpeg(picture, round(100 - compression)) for picture in levels])


def _through_jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32) / 255


def draw_masking(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw `chance`, uniform in [0, 1), float32, one a pixel."""
    return {"chance": rng.random((count, height, width), np.float32)}


def apply_masking(clean: np.ndarray, draws: Draws, fraction: float) -> np.ndarray:
    """Force pixels to 0: Vincent et al. (2008), section 2.3, doi:10.1145/1390156.1390294."""
    return np.where(draws["chance"] < np.float64(fraction), np.float32(0), clean)


def draw_paper(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw where stains and creases are, uniform in [0, 1), float32.

    Returns:
        `stains`, shape (count, 3, 3): each one's x, y and size. `creases`, shape (count, 8, 2):
        each one's angle and place.
    """
    stains = rng.random((STAIN["count"], 3, count), np.float32)
    creases = rng.random((CREASE["count"], 2, count), np.float32)
    return {"stains": np.moveaxis(stains, 2, 0), "creases": np.moveaxis(creases, 2, 0)}


@_by_chunks
def apply_paper(clean: np.ndarray, draws: Draws, creases: float, stains: float) -> np.ndarray:
    """Put stains on each picture, then creases."""
    light = 1 - clean.astype(np.float64)  # what the paper sends back
    for stain in np.moveaxis(draws["stains"], 1, 0):
        light *= 1 - stains * _stain(stain, clean.shape)
    for crease in np.moveaxis(draws["creases"], 1, 0)[: round(creases)]:
        across = _across(crease, clean.shape)
        light += (1 - light) * np.exp(-(across**2))  # the ink came off
        light *= 1 - CREASE["shadow"] * np.exp(-((across - CREASE["shadow_at"]) ** 2))
    return 1 - light


def _stain(places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return how dark dried drops make each pixel, in [0, 1]: their rims are darkest."""
    x, y, size = _by_picture(places)
    rows, columns = _grid(shape)
    distance = np.hypot(columns - x * shape[2], rows - y * shape[1])
    outside = distance - (STAIN["radius"] + STAIN["growth"] * size)
    body = STAIN["body"] * expit(-STAIN["sharpness"] * outside)
    return np.asarray(body + STAIN["rim"] * np.exp(-(outside**2)))


def _across(places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return how many pixels each one lies from a line through its picture."""
    angle, place = _by_picture(places)
    rows, columns = _grid(shape)
    right, down = columns - (shape[2] - 1) / 2, rows - (shape[1] - 1) / 2
    from_middle = right * np.cos(np.pi * angle) + down * np.sin(np.pi * angle)
    return np.asarray(from_middle - (2 * place - 1) * CREASE["reach"])


def _by_picture(numbers: np.ndarray) -> np.ndarray:
    """Turn numbers of shape (pictures, m) into float64 of shape (m, pictures, 1, 1)."""
    return numbers.T[:, :, None, None].astype(np.float64)


def _grid(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.ogrid[: shape[1], : shape[2]]
    return rows, columns


def draw_scanner(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw `hit` and `colour`, uniform in [0, 1), float32, one a column."""
    hit, colour = rng.random((2, count, width), np.float32)
    return {"hit": hit, "colour": colour}


def apply_scanner(clean: np.ndarray, draws: Draws, threshold: float, streaks: float) -> np.ndarray:
    """Keep what is dark enough as black on white, and streak where the glass is dirty."""
    hit, colour = (draws[name][:, None, :] for name in ("hit", "colour"))
    ink = (clean > np.float32(threshold)).astype(np.float32)  # a digit's grey may be just that
    return np.where(hit < np.float64(streaks), (colour < 0.5).astype(np.float32), ink)
