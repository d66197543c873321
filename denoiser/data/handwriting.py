"""Any picture -> digits the MNIST way, step by step.

MNIST's digits were scaled to fit into 20x20 pixels with their aspect kept, anti-aliased, and laid
into 28x28 so that their centre of mass is the centre: LeCun, Bottou, Bengio and Haffner,
"Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998,
doi:10.1109/5.726791. A photograph of a paper needs more steps before that. Each can be switched
off, to see what a network makes of digits that miss it.

Knows nothing of files beyond their bytes, nor of networks or pages.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from denoiser.data.digits import SIDE, as_uint8
from denoiser.data.strokes import Box, find_strokes, ink_level, level_and_grain
from denoiser.errors import ConfigError, DigitsError
from denoiser.files import pictures

SHEET_STEPS = ("orientation", "grey", "paper", "lighting")
DIGIT_STEPS = ("crop", "box", "center")
STEPS = SHEET_STEPS + DIGIT_STEPS

BOX = 20
MAX_DIGITS = 32
PREVIEW_SIDE = 240

# Shares of the sheet's longer side.
BACKGROUND_SIDE = 256  # pixels that are enough to see paper and light
WINDOW = 1 / 5  # no stroke is wider
SPREAD = 1 / 25  # paper within it is in the same light

# Shares of a sheet's pixels and brightness.
PAPER = 0.1  # bright and without ink, where paper is light
DARKEST = 1 / 5  # of the brightest paper: anything darker is no paper in shadow
MIN_CONTRAST = 0.12  # between ink and paper
MIN_GRAINS = 6  # between ink and paper, in standard deviations of the paper

# Shares of the ink's brightness.
FAINT = 1 / 4  # may be ink, while paper is looked for
VISIBLE = 0.5 / 255  # what is darker is rounded to black


@dataclass(frozen=True)
class Handwriting:
    """What was found in a picture, and what each step made of it.

    Attributes:
        sheet_steps: The whole picture after each of `SHEET_STEPS`: uint8, (h, w, 3) after
            orientation and (h, w) then, at most 240 pixels a side.
        digits: uint8 in [0, 255], shape (n, 28, 28), 1 <= n <= 32, in reading order;
            255 is ink, as in MNIST.
        digit_steps: For each digit, it alone after each of `DIGIT_STEPS`: uint8 (h, w), at
            most 240 pixels a side, white ink on black.
        boxes: Where each digit is in the picture as it was sent, after orientation: x, y,
            width and height in its pixels, int, shape (n, 4).
        left_out: How many more digits there are, after the 32nd.
        cut_off: How many strokes as large as digits were left out as they run off the picture.
    """

    sheet_steps: dict[str, np.ndarray]
    digits: np.ndarray
    digit_steps: tuple[dict[str, np.ndarray], ...]
    boxes: np.ndarray
    left_out: int = 0
    cut_off: int = 0


def read(data: bytes | Path, off: Collection[str] = ()) -> Handwriting:
    """Find the handwritten digits in a picture, one or several, on light or dark paper.

    Args:
        data: A PNG, JPEG, WebP or BMP file, or its path.
        off: Names in `STEPS` to leave out:
            orientation: a photo stays as the camera held it;
            grey: transparency is dropped, and red alone stands for all colors;
            paper: ink on light paper stays dark;
            lighting: shadows and the paper's grey stay;
            crop: the whole sheet is taken for one digit;
            box: the digit is stretched to 28x28;
            center: it stays where it was on the sheet.

    Raises:
        DigitsError: The file cannot be read, or there is no ink on it.
        ConfigError: An unknown step.

    Example:
        >>> import io
        >>> sheet = Image.new("L", (200, 200), "white")
        >>> sheet.paste(30, (90, 40, 105, 160))  # one straight stroke
        >>> file = io.BytesIO()
        >>> sheet.save(file, "PNG")
        >>> found = read(file.getvalue())
        >>> found.digits.shape, found.digits.dtype
        ((1, 28, 28), dtype('uint8'))
    """
    if unknown := set(off) - set(STEPS):
        raise ConfigError(
            "off: expected steps among {steps}, got {unknown}", steps=STEPS, unknown=sorted(unknown)
        )
    picture = pictures.read(data, upright="orientation" not in off, on_white="grey" not in off)
    sheet_steps, sheet = _sheet(picture, off)
    strokes = None if "crop" in off else find_strokes(sheet)
    groups = strokes.digits() if strokes else []
    cropped = [strokes.crop(group, sheet) for group in groups[:MAX_DIGITS]] if strokes else []
    cropped = cropped or [((0, 0, *sheet.shape), sheet)]
    found = [_digit(box, ink, sheet.shape, off) for box, ink in cropped]
    return Handwriting(
        sheet_steps={name: _preview(step) for name, step in sheet_steps.items()},
        digits=np.stack([steps["center"] for steps in found]),
        digit_steps=tuple({name: _preview(step) for name, step in d.items()} for d in found),
        boxes=_in_pixels(np.array([box for box, _ in cropped]), sheet.shape, picture),
        left_out=max(0, len(groups) - MAX_DIGITS),
        cut_off=strokes.count_cut_off() if strokes else 0,
    )


def _in_pixels(boxes: np.ndarray, sheet: tuple[int, ...], picture: Image.Image) -> np.ndarray:
    """Return boxes (top, left, bottom, right) on the sheet as they are in the picture as sent."""
    scale = np.array(picture.info[pictures.FULL_SIZE]) / sheet[::-1]
    corners = np.floor(boxes[:, [1, 0]] * scale), np.ceil(boxes[:, [3, 2]] * scale)
    return np.hstack([corners[0], corners[1] - corners[0]]).astype(int)


# The sheet


def _sheet(picture: Image.Image, off: Collection[str]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the sheet after each step, uint8, and at last as float32 (h, w) in [0, 1]."""
    grey = np.asarray(picture.getchannel(0) if "grey" in off else picture.convert("L"))
    light = _is_light_paper(grey)
    inked = _fraction(255 - grey if light else grey)
    evened = _evened(inked)
    if light and "paper" in off:
        inked, evened = 1 - inked, 1 - evened
    sheet = inked if "lighting" in off else evened
    steps = (np.asarray(picture), grey, as_uint8(inked), as_uint8(sheet))
    return dict(zip(SHEET_STEPS, steps, strict=True)), sheet


def _is_light_paper(grey: np.ndarray) -> bool:
    """Tell light paper from dark: it is bright where no stroke is wide enough, or nearly all is.

    The first holds also if the paper lies on a dark table that takes most of the picture.
    """
    small = np.asarray(_small(_fraction(grey)))
    window = _window(small.shape)
    paper = ndimage.grey_opening(small, window, mode="nearest")
    if (paper > (small.min() + small.max()) / 2).mean() > PAPER:
        return True
    brightest = ndimage.maximum_filter(small, window, mode="nearest")
    darkest = ndimage.minimum_filter(small, window, mode="nearest")
    return bool(np.square(small - darkest).sum() > np.square(brightest - small).sum())


def _evened(inked: np.ndarray) -> np.ndarray:
    """Take paper and light out: paper becomes 0, ink 1, edges of strokes stay grey.

    Args:
        inked: float32 (h, w) in [0, 1], ink brighter than paper.

    Raises:
        DigitsError: Nothing stands out from the paper.
    """
    smooth = ndimage.gaussian_filter(inked, max(inked.shape) / pictures.WORKING_SIDE)
    paper = _background(smooth)
    light = 1 - paper
    darkest = max(DARKEST * np.quantile(light, 0.95), 1 / 255)
    contrast = (smooth - paper) / np.maximum(light, darkest)
    ink = ink_level(contrast)
    _, grain = level_and_grain(contrast[contrast < ink / 2])
    if ink <= max(MIN_CONTRAST, MIN_GRAINS * grain):
        raise DigitsError("handwriting: expected ink on paper, found none that stands out")
    floor = min(ink * FAINT, 2 * MIN_GRAINS * grain)
    evened: np.ndarray = np.clip((contrast - floor) / (ink - floor), 0, 1).astype(np.float32)
    return evened


def _background(inked: np.ndarray) -> np.ndarray:
    """Estimate what the paper would look like without ink; float32, the shape of `inked`.

    A morphological opening finds where ink is; there, the paper around it is continued.
    """
    small = np.asarray(_small(inked))
    raised = small - ndimage.grey_opening(small, _window(small.shape), mode="nearest")
    ink = ndimage.binary_dilation(raised > ink_level(raised) * FAINT, iterations=2)
    spread = max(1.0, max(small.shape) * SPREAD)
    seen = ndimage.gaussian_filter((~ink).astype(np.float32), spread)
    light = ndimage.gaussian_filter(np.where(ink, 0, small), spread)
    paper = np.where(ink, light / np.maximum(seen, 1e-6), small).astype(np.float32)
    return np.asarray(Image.fromarray(paper).resize(inked.shape[::-1], Image.Resampling.BILINEAR))


def _small(sheet: np.ndarray) -> Image.Image:
    picture = Image.fromarray(sheet)
    factor = -(-max(sheet.shape) // BACKGROUND_SIDE)
    return picture.reduce(factor) if factor > 1 else picture


def _window(shape: tuple[int, ...]) -> int:
    return max(9, int(max(shape) * WINDOW))


# Digits


def _digit(
    box: Box, ink: np.ndarray, sheet: tuple[int, ...], off: Collection[str]
) -> dict[str, np.ndarray]:
    """Return a digit after each of `DIGIT_STEPS`, uint8; at last (28, 28)."""
    boxed = _resized(ink, (SIDE, SIDE)) if "box" in off else _boxed(ink)
    if "center" in off:
        room = np.maximum(np.array(sheet) - ink.shape, 1)
        corner = np.rint((SIDE - np.array(boxed.shape)) * box[:2] / room)
    else:
        corner = _centering(boxed)
    placed = _placed(boxed, *corner.astype(int))
    return dict(zip(DIGIT_STEPS, map(as_uint8, (ink, boxed, placed)), strict=True))


def _centering(digit: np.ndarray) -> np.ndarray:
    """Return the corner (top, left) of a digit whose centre of mass is in the centre of 28x28.

    It moves no farther than to the edge: no ink that can be seen leaves the 28x28 pixels.
    """
    seen = np.argwhere(digit > VISIBLE)
    lowest, highest = -seen.min(0, initial=SIDE), SIDE - 1 - seen.max(0, initial=0)
    return np.clip(np.rint(SIDE / 2 - _center_of_mass(digit)), lowest, highest)


def _placed(digit: np.ndarray, top: int, left: int) -> np.ndarray:
    """Return a digit in 28x28 pixels, cut off where it is beyond them."""
    around = np.zeros((3 * SIDE, 3 * SIDE), np.float32)
    height, width = digit.shape
    around[SIDE + top :, SIDE + left :][:height, :width] = digit
    return around[SIDE : 2 * SIDE, SIDE : 2 * SIDE]


def _boxed(ink: np.ndarray) -> np.ndarray:
    """Scale so that the longer side is 20 pixels and the darkest ink 1."""
    height, width = np.maximum(1, np.rint(np.array(ink.shape) * BOX / max(ink.shape))).astype(int)
    boxed = _resized(ink, (height, width))
    strongest = max(float(boxed.max()), 1 / 255)
    return boxed / np.float32(strongest)


def _resized(ink: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    picture = Image.fromarray(np.ascontiguousarray(ink, np.float32))
    resized = np.asarray(picture.resize(shape[::-1], Image.Resampling.HAMMING), np.float32)
    return resized.clip(0, 1)


def _center_of_mass(ink: np.ndarray) -> np.ndarray:
    if not ink.any():
        return (np.array(ink.shape) - 1) / 2
    return np.array(ndimage.center_of_mass(ink))


# Pixels


def _fraction(grey: np.ndarray) -> np.ndarray:
    return grey.astype(np.float32) / np.float32(255)


def _preview(pixels: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(pixels)
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BOX)
    return np.asarray(picture)
