"""Ink as a pen or a printer lays it: strokes and letters, larger than a digit's 28x28 pixels.

Ink is float32 in [0, 1], shape (height, width), 0 where nothing was drawn. Strokes are places
that a pen passes, x to the right and y down. Knows nothing of what is drawn with it.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from skimage.morphology import skeletonize

from denoiser.data.digits import as_uint8

CANVAS = 96  # pixels a side that are drawn on: about four for each of a digit's
MARGIN = 8  # pixels around strokes, without the pen's width
GLYPH = 64  # pixels of the longer side of a letter
PEN = (1.5, 9.0)  # radius in pixels: a stroke is one to five of a digit's pixels wide

BEYOND_LATIN = "DejaVu"  # begins the names of fonts that have other letters, too
FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Bold",
    "DejaVuSerif-Italic", "DejaVuSansMono", "cmr10", "cmb10", "cmti10", "cmss10", "cmtt10",
    "",  # Pillow's own; all others come with matplotlib
)  # fmt: skip

Strokes = list[np.ndarray]  # each float (n, 2)


def pen(rng: np.random.Generator) -> float:
    """Return the radius of some pen, in pixels; thin ones are as frequent as thick ones."""
    return float(np.exp(rng.uniform(*np.log(PEN))))


def with_pen(ink: np.ndarray, radius: float) -> np.ndarray:
    """Draw the middle of each stroke again.

    Args:
        ink: float32 in [0, 1], shape (h, w).
        radius: Of the pen, in pixels.

    Returns:
        float32 in [0, 1], larger by the pen's width on each side.
    """
    if not (ink > 0.5).any():
        return ink
    line = np.pad(skeletonize(ink > 0.5), int(radius) + 2)
    far: np.ndarray = ndimage.distance_transform_edt(~line)
    covered: np.ndarray = np.clip(radius + 0.5 - far, 0, 1)
    return covered.astype(np.float32)


def enlarged(digit: np.ndarray) -> np.ndarray:
    """Return a digit, uint8 (28, 28), as ink four times as large, float32 in [0, 1]."""
    size = (4 * digit.shape[1], 4 * digit.shape[0])
    return fraction(Image.fromarray(digit).resize(size, Image.Resampling.BICUBIC))


def cropped(ink: np.ndarray) -> np.ndarray:
    """Return ink, float32 (h, w) with something on it, without the empty margin."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fraction(picture: Image.Image) -> np.ndarray:
    """Return a grey picture as float32 in [0, 1], shape (height, width)."""
    return np.asarray(picture, np.float32) / np.float32(255)


# Letters


def written(rng: np.random.Generator, text: str) -> np.ndarray:
    """Return a text in some font and slant, as printed or with a pen; float32 (h, w)."""
    ink = _slanted(rng, printed(rng, text))
    return with_pen(_bent(rng, ink), pen(rng)) if rng.random() < 0.6 else ink


def printed(rng: np.random.Generator, text: str) -> np.ndarray:
    """Return a text in some font that has its letters, as it is; float32 in [0, 1], (h, w)."""
    able = [name for name in FONTS if text.isascii() or name.startswith(BEYOND_LATIN)]
    return _glyph(text, str(rng.choice(able)))


@cache
def _glyph(text: str, name: str) -> np.ndarray:
    picture = Image.new("L", (2 * CANVAS, 2 * CANVAS))
    ImageDraw.Draw(picture).text((CANVAS // 2, CANVAS // 2), text, fill=255, font=_font(name))
    left, top, right, bottom = picture.getbbox() or (0, 0, 1, 1)
    scale = GLYPH / max(right - left, bottom - top)
    size = (max(3, int(scale * (right - left))), max(3, int(scale * (bottom - top))))
    return fraction(picture.crop((left, top, right, bottom)).resize(size))


@cache
def _font(name: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if not name:
        return ImageFont.load_default(GLYPH)
    import matplotlib as mpl  # takes half a second

    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", GLYPH)


def _slanted(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    wide = np.exp(rng.normal(0, 0.15))
    slant = np.array([[1, rng.normal(0, 0.15)], [0, 1]])
    matrix = _turn(rng.normal(0, 7)) @ slant @ np.diag([1 / wide, wide])
    (a, b), (d, e) = matrix
    c, f = np.array(ink.shape[::-1]) / 2 - matrix @ np.full(2, CANVAS / 2)
    picture = Image.fromarray(as_uint8(ink)).transform(
        (CANVAS, CANVAS), Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR
    )
    return fraction(picture)


def _bent(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    """Bend what is straight, as a hand does."""
    coarse = rng.normal(0, rng.uniform(0, 2.5), (2, 4, 4)).astype(np.float32)
    axes = [Image.fromarray(axis) for axis in coarse]
    bend = [np.asarray(axis.resize(ink.shape[::-1], Image.Resampling.BICUBIC)) for axis in axes]
    places = np.mgrid[: ink.shape[0], : ink.shape[1]] + np.stack(bend)
    bent: np.ndarray = ndimage.map_coordinates(ink, places, order=1)
    return bent


# Strokes


def rounded(stroke: np.ndarray) -> np.ndarray:
    """Return a curve through the places of a stroke, float (n, 2): Catmull and Rom (1974)."""
    if len(stroke) < 3:
        return stroke
    ends = np.concatenate([stroke[:1], stroke, stroke[-1:]])
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    slopes = (ends[2:] - ends[:-2]) / 2
    pieces = [
        a + s * t + (3 * (b - a) - 2 * s - u) * t**2 + (2 * (a - b) + s + u) * t**3
        for (a, b), (s, u) in zip(pairwise(stroke), pairwise(slopes), strict=True)
    ]
    return np.concatenate([*pieces, stroke[-1:]])


def tilted(rng: np.random.Generator, strokes: Strokes, turn: float = 8) -> Strokes:
    """Turn, slant and stretch strokes, and fit them into a square from 0 to 1.

    Args:
        rng: Where chance comes from.
        strokes: Of any size, each float (n, 2).
        turn: Standard deviation of the angle in degrees; more turns them farther.
    """
    stretched = np.array([[np.exp(rng.normal(0, 0.2)), rng.normal(0, 0.12)], [0, 1]])
    matrix = _turn(rng.normal(0, turn)) @ stretched
    moved = [stroke @ matrix.T for stroke in strokes]
    places = np.concatenate(moved)
    size = max(float(np.ptp(places, axis=0).max()), 1e-6)
    return [(stroke - places.min(0)) / size for stroke in moved]


def drawn(strokes: Sequence[np.ndarray], radius: float) -> np.ndarray:
    """Draw strokes with a round pen.

    Args:
        strokes: Places in [0, 1], each float (n, 2).
        radius: Of the pen, in pixels.

    Returns:
        Ink, float32 in [0, 1], everything twice as large, for smooth edges.
    """
    scale = 2
    side = CANVAS + 2 * (round(PEN[1]) + 2 - MARGIN) + 2
    picture = Image.new("L", (scale * side, scale * side))
    brush = ImageDraw.Draw(picture)
    r = scale * radius
    for stroke in strokes:
        places = [(x, y) for x, y in scale * (radius + 2 + (CANVAS - 2 * MARGIN) * stroke)]
        brush.line(places, fill=255, width=round(2 * r), joint="curve")
        for x, y in (places[0], places[-1]):
            brush.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return fraction(picture)


def _turn(degrees: float) -> np.ndarray:
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
