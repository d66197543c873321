"""Any picture -> digits the MNIST way, step by step.

MNIST's digits were scaled to fit into 20x20 pixels with their aspect kept, anti-aliased, and laid
into 28x28 so that their centre of mass is the centre: LeCun, Bottou, Bengio and Haffner,
"Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998,
doi:10.1109/5.726791. A photograph of a paper needs more steps before that. Each can be switched
off, to see what a network makes of digits that miss it.

Knows nothing of files beyond their bytes, nor of networks or pages.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.transform import ProjectiveTransform

from denoiser.data import rulings
from denoiser.data import sheet as paper
from denoiser.data.digits import SIDE, as_uint8
from denoiser.data.pieces import Piece, find_pieces, tapped, whole
from denoiser.data.sheet import ink_level
from denoiser.data.strokes import EDGE, Box, ink_mask
from denoiser.errors import ConfigError, DigitsError
from denoiser.files import pictures

SHEET_STEPS = ("orientation", "grey", "sheet", "paper", "lighting", "lines")
DIGIT_STEPS = ("crop", "box", "center")
STEPS = SHEET_STEPS + DIGIT_STEPS

# Why something is not among the digits. Codes for programs; what people read is made of them.
REASONS = (
    "cut off",  # it runs off the picture
    "too many",  # a digit after the 32nd
    "touching",  # several digits that could not be told apart
    "faint",  # too pale to be told from the paper
    "line",  # a rule, a box, a ring, an underline
    "sign",  # minus, plus, slash, dot, comma
    "mark",  # anything else that does not look like a digit
    "removed",  # a digit that somebody tapped away
)

BOX = 20
MAX_DIGITS = 32
PREVIEW_SIDE = 240

VISIBLE = 0.5 / 255  # of the ink's brightness: what is darker is rounded to black


@dataclass(frozen=True)
class LeftOut:
    """Something in a picture that was not taken for a digit.

    Attributes:
        reason: Why, one of `REASONS`.
        box: Where: x, y, width and height in the pixels of the picture as it was sent, after
            orientation.
    """

    reason: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Handwriting:
    """What was found in a picture, and what each step made of it.

    Attributes:
        sheet_steps: The whole picture after each of `SHEET_STEPS`, from "sheet" on the sheet that
            was found on it: uint8, (h, w, 3) after orientation and (h, w) then, at most 240
            pixels a side.
        digits: uint8 in [0, 255], shape (n, 28, 28), n <= 32, in reading order; 255 is ink, as
            in MNIST. There are none only where all that is there was left out.
        digit_steps: For each digit, it alone after each of `DIGIT_STEPS`: uint8 (h, w), at
            most 240 pixels a side, white ink on black.
        boxes: Where each digit is in the picture as it was sent, after orientation: x, y,
            width and height in its pixels, int, shape (n, 4).
        left_out: What was not taken for a digit.
        doubtful: Places in `digits` of those that may be two digits which touch.
        sheet_corners: Where the paper was found on what it lies on, in pixels as `boxes`, float,
            shape (4, 2): x, y from the top left clockwise. None: the whole picture is paper.
    """

    sheet_steps: dict[str, np.ndarray]
    digits: np.ndarray
    digit_steps: tuple[dict[str, np.ndarray], ...]
    boxes: np.ndarray
    left_out: tuple[LeftOut, ...] = ()
    doubtful: tuple[int, ...] = ()
    sheet_corners: np.ndarray | None = None


def read(
    data: bytes | Path, off: Collection[str] = (), taps: Sequence[tuple[float, float]] = ()
) -> Handwriting:
    """Find the handwritten digits in a picture, one or several, on light or dark paper.

    Args:
        data: A PNG, JPEG, WebP or BMP file, or its path.
        off: Names in `STEPS` to leave out:
            orientation: a photo stays as the camera held it;
            grey: transparency is dropped, and red alone stands for all colors;
            sheet: a sheet that lies on a table stays there, as askew as it was photographed;
            paper: ink on light paper stays dark;
            lighting: shadows and the paper's grey stay;
            lines: rulings, tables and boxes stay;
            crop: the whole sheet is taken for one digit;
            box: the digit is stretched to 28x28;
            center: it stays where it was on the sheet.
        taps: Points (x, y) in pixels as `Handwriting.boxes`. Each flips what it hits: a digit is
            left out as "removed", and what was left out becomes a digit.

    Raises:
        DigitsError: The file cannot be read, or there is nothing on it (code "nothing").
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
    picture = _picture(data, off)
    sheet_steps, sheet, even, to_picture = _sheet(picture, off)
    place = _Place(to_picture, np.array(picture.info[pictures.FULL_SIZE]) / picture.size)
    pieces = find_pieces(even)
    if not pieces:
        raise _nothing()
    if "crop" in off:
        pieces = [whole(sheet)]
    elif sheet is not even:
        pieces = find_pieces(sheet, even=False) or [whole(sheet)]
    pieces = _limited(pieces)
    for tap in taps:
        pieces = _limited(tapped(pieces, *place.on_sheet(tap)))
    digits = [piece for piece in pieces if not piece.reason]
    found = [_digit(piece.box, piece.cut(sheet), sheet.shape, off) for piece in digits]
    return Handwriting(
        sheet_steps={name: _preview(step) for name, step in sheet_steps.items()},
        digits=np.array([steps["center"] for steps in found], np.uint8).reshape(-1, SIDE, SIDE),
        digit_steps=tuple({name: _preview(step) for name, step in d.items()} for d in found),
        boxes=np.array([place.in_picture(piece) for piece in digits], int).reshape(-1, 4),
        left_out=tuple(
            LeftOut(piece.reason, place.in_picture(piece)) for piece in pieces if piece.reason
        ),
        doubtful=tuple(i for i, piece in enumerate(digits) if piece.doubtful),
        sheet_corners=place.corners(sheet.shape),
    )


@dataclass(frozen=True)
class _Place:
    """Where a sheet's pixels are in the picture as it was sent.

    Attributes:
        to_picture: From the sheet to the picture that was worked on; None: they are the same.
        scale: From there to the picture as it was sent, across and down.
    """

    to_picture: ProjectiveTransform | None
    scale: np.ndarray

    def on_sheet(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return the place x, y on the sheet of a point in the picture as sent."""
        x, y = np.array(point) / self.scale
        if self.to_picture is not None:
            ((x, y),) = self.to_picture.inverse((x, y))
        return float(x), float(y)

    def in_picture(self, piece: Piece) -> tuple[int, int, int, int]:
        """Return what is around a piece as x, y, width and height in the picture as sent."""
        top, left, bottom, right = piece.box
        corners = np.array([[left, top], [right, bottom]])
        if self.to_picture is not None:  # a box that was turned would be larger than its ink
            rows, columns = np.nonzero(piece.mask & ~ndimage.binary_erosion(piece.mask))
            pixel = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
            ink = np.column_stack([columns + left, rows + top])
            corners = np.asarray(self.to_picture((ink[:, None] + pixel).reshape(-1, 2)))
        points = corners * self.scale
        x, y = np.floor(points.min(0)).astype(int).tolist()
        end_x, end_y = np.ceil(points.max(0)).astype(int).tolist()
        return x, y, end_x - x, end_y - y

    def corners(self, shape: tuple[int, ...]) -> np.ndarray | None:
        """Return the corners of a sheet of some shape, where it is not the whole picture."""
        if self.to_picture is None:
            return None
        height, width = shape[:2]
        rectangle = np.array([[0, 0], [width, 0], [width, height], [0, height]])
        return np.asarray(self.to_picture(rectangle) * self.scale)


def _limited(pieces: list[Piece]) -> list[Piece]:
    """Leave out digits that are too many; those that somebody tapped come first."""
    digits = [i for i, piece in enumerate(pieces) if piece.reason in ("", "too many")]
    digits.sort(key=lambda i: not pieces[i].tapped)
    limited = list(pieces)
    for place, i in enumerate(digits):
        limited[i] = replace(pieces[i], reason="" if place < MAX_DIGITS else "too many")
    return limited


def _nothing() -> DigitsError:
    return DigitsError(
        "No digits were found in this picture: nothing on it stands out as ink does on paper. "
        "Write larger or with a darker pen, and take the photo from nearby.",
        code="nothing",
    )


# The sheet


def _picture(data: bytes | Path, off: Collection[str]) -> Image.Image:
    """Read a picture; what is white and transparent is put on black to be seen."""
    upright, is_grey = "orientation" not in off, "grey" not in off
    picture = pictures.read(data, upright=upright, paper="white" if is_grey else None)
    darkest = np.asarray(picture.convert("L")).min()
    if is_grey and darkest > 255 * (1 - paper.MIN_CONTRAST):
        picture = pictures.read(data, upright=upright, paper="black")
    return picture


def _sheet(
    picture: Image.Image, off: Collection[str]
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, ProjectiveTransform | None]:
    """Return the sheet after each step, uint8; at last; as it is in even light; and its place.

    The second and the third are float32 (h, w) in [0, 1], and the same but for steps that are off.
    """
    grey = np.asarray(picture.getchannel(0) if "grey" in off else picture.convert("L"))
    corners = None if "sheet" in off else paper.corners(grey)
    flat, to_picture = (grey, None) if corners is None else paper.straightened(grey, corners)
    light = paper.is_light(flat)
    inked = _fraction(255 - flat if light else flat)
    even = paper.evened(inked)
    if even is None:
        raise _nothing()
    shown, lit = (1 - inked, 1 - even) if light and "paper" in off else (inked, even)
    lit = shown if "lighting" in off else lit
    lines = np.zeros(lit.shape, bool) if "lines" in off else rulings.take_out(even, ink_mask(even))
    unruled = np.where(lines, np.float32(0), even)
    sheet = unruled if lit is even else np.where(lines, lit.min(), lit)
    steps = (np.asarray(picture), grey, flat, *map(as_uint8, (shown, lit, sheet)))
    return dict(zip(SHEET_STEPS, steps, strict=True)), sheet, unruled, to_picture


# Digits


def digit_of(ink: np.ndarray) -> np.ndarray:
    """Return what was drawn on a sheet as one digit, the MNIST way.

    Args:
        ink: float32 in [0, 1], shape (h, w), 0 where nothing was drawn.

    Returns:
        uint8 in [0, 255], shape (28, 28); all 0 for a sheet without ink.
    """
    if not ink.any():
        return np.zeros((SIDE, SIDE), np.uint8)
    strokes = np.where(ink > EDGE * ink_level(ink), ink, 0)
    rows, columns = (np.flatnonzero(strokes.any(axis)) for axis in (1, 0))
    drawn = strokes[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _digit((0, 0, *drawn.shape), drawn, drawn.shape, ())["center"]


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
