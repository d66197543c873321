"""Digits as people photograph them: ink on paper, in uneven light, out of focus, as a JPEG.

What it imitates was set before any of it was read: the ink is not black and the paper
not white, light falls off to 40% across the sheet, half of the photos have a
shadow across them, the digit is turned by up to 10 degrees and lies anywhere.
"""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter

MARGIN = 0.06
TURN_DEGREES = 10
JPEG_QUALITY = 80


def photograph(digit: np.ndarray, rng: np.random.Generator) -> bytes:
    """Write a digit on paper and photograph it.

    Args:
        digit: uint8 (28, 28), white on black.
        rng: Source of all that differs between photos.

    Returns:
        A JPEG of 300 to 1,000 pixels a side.
    """
    height, width = rng.integers(300, 1001, 2)
    return jpeg(in_uneven_light(written(digit, (height, width), rng), rng))


def sheet(rows: Sequence[Sequence[np.ndarray]], rng: np.random.Generator) -> bytes:
    """Write rows of digits on one paper and photograph it; a JPEG of 1,000 pixels a side."""
    cell = 1000 // max(len(rows), *(len(row) for row in rows))
    ink = np.zeros((1000, 1000), np.float32)
    for i, row in enumerate(rows):
        for j, digit in enumerate(row):
            place = np.s_[i * cell : (i + 1) * cell, j * cell : (j + 1) * cell]
            ink[place] = coverage(digit, (cell, cell), rng, shares=(0.55, 0.75))
    return jpeg(in_uneven_light(on_paper(ink, rng), rng))


def written(digit: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Write one digit on a sheet; returns reflectance, float32 (height, width, 3) in [0, 1]."""
    return on_paper(coverage(digit, shape, rng), rng)


def coverage(
    digit: np.ndarray,
    shape: tuple[int, int],
    rng: np.random.Generator,
    shares: tuple[float, float] = (0.3, 0.75),
) -> np.ndarray:
    """Draw a digit's strokes, turned, at a random place and size.

    Args:
        digit: uint8 (28, 28), white on black.
        shape: The sheet's (height, width).
        rng: Source of place, size and angle.
        shares: The 28 pixels take this share of the sheet's shorter side, at least and at most.

    Returns:
        float32 in [0, 1], the share of each pixel that is covered with ink.
    """
    side = int(min(shape) * rng.uniform(*shares))
    strokes = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    strokes = strokes.rotate(rng.uniform(-TURN_DEGREES, TURN_DEGREES), Image.Resampling.BICUBIC)
    # A pen leaves an edge that 28 pixels do not have.
    inked = np.clip((np.asarray(strokes, np.float32) / 255 - 0.3) / 0.4, 0, 1)
    covered = np.zeros(shape, np.float32)
    free = np.array(shape) - side
    top, left = (rng.uniform(MARGIN * free, (1 - MARGIN) * free)).astype(int)
    covered[top : top + side, left : left + side] = inked
    return covered


def on_paper(covered: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put ink of one color, unevenly, on paper of another; returns reflectance (h, w, 3)."""
    paper = rng.uniform(0.65, 0.92) * rng.uniform([0.97, 0.96, 0.85], 1.0)
    ink = rng.uniform([0.08, 0.08, 0.1], [0.3, 0.3, 0.5])
    fibres = grain(covered.shape, 2, rng) * 0.02 + grain(covered.shape, 25, rng) * 0.015
    pressure = np.clip(0.92 + 0.08 * grain(covered.shape, 12, rng), 0, 1)
    covered = (covered * pressure)[..., None]
    return (paper * (1 + fibres[..., None]) * (1 - covered) + ink * covered).astype(np.float32)


def in_uneven_light(reflectance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Photograph a sheet; returns uint8 (h, w, 3)."""
    height, width = reflectance.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = (x * np.cos(angle) + y * np.sin(angle)) / (abs(np.cos(angle)) + abs(np.sin(angle)))
    darkest = rng.uniform(0.4, 0.8)
    light = np.float32(darkest) + np.float32(1 - darkest) * (along + 1) / 2
    if rng.random() < 0.5:
        light *= _shadow(x, y, rng)
    blur = max(height, width) * rng.uniform(0.001, 0.003)
    seen = _as_uint8(255 * rng.uniform(0.85, 1.05) * reflectance * light[..., None])
    seen = np.asarray(Image.fromarray(seen).filter(ImageFilter.GaussianBlur(blur)))
    noise = rng.standard_normal(seen.shape, np.float32)
    return _as_uint8(seen + np.float32(rng.uniform(2, 6)) * noise)


def jpeg(picture: np.ndarray) -> bytes:
    """Encode uint8 (h, w, 3) as a JPEG."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _as_uint8(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).astype(np.uint8)


def _shadow(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A hand's or head's shadow: one side of a line, with a soft edge."""
    angle, place = rng.uniform(0, 2 * np.pi), rng.uniform(-0.5, 0.5)
    softness, depth = rng.uniform(0.03, 0.15), rng.uniform(0.3, 0.5)
    distance = x * np.cos(angle) + y * np.sin(angle) - place
    return 1 - depth / (1 + np.exp(-distance / softness))


def grain(shape: tuple[int, int], size: float, rng: np.random.Generator) -> np.ndarray:
    """Noise of spots `size` pixels wide, mean 0, std 1."""
    coarse = Image.fromarray(rng.standard_normal([int(n / size) + 2 for n in shape], np.float32))
    grain = np.asarray(coarse.resize(shape[::-1], Image.Resampling.BICUBIC))
    return (grain - grain.mean()) / grain.std()
