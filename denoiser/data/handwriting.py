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

import numpy as np
from PIL import Image
from scipy import ndimage

from denoiser.data.digits import SIDE, as_uint8
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
EDGE = 1 / 10  # where a stroke ends

# Shares of the height of a digit on the same sheet.
SPECK = 0.06  # too small to matter
DIGIT = 0.3  # large enough to be one
PART = 0.75  # small enough to be a part of one
NEAR = 0.2  # gap between its parts
BESIDE = 0.25  # of the lower of two digits in a row: as much is beside the other

# A line around other strokes is the edge of a paper.
OUTLINE = 0.06  # share of what it surrounds that is line
NOTABLE = 0.1  # size of those strokes, in shares of its own
MAX_STROKES = 256

Box = tuple[int, int, int, int]


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
    """

    sheet_steps: dict[str, np.ndarray]
    digits: np.ndarray
    digit_steps: tuple[dict[str, np.ndarray], ...]


def read(data: bytes, off: Collection[str] = ()) -> Handwriting:
    """Find the handwritten digits in a picture, one or several, on light or dark paper.

    Args:
        data: A PNG, JPEG, WebP or BMP file.
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
    """
    if unknown := set(off) - set(STEPS):
        raise ConfigError(
            "off: expected steps among {steps}, got {unknown}", steps=STEPS, unknown=sorted(unknown)
        )
    sheet_steps, sheet = _sheet(data, off)
    found = [_digit(box, ink, sheet.shape, off) for box, ink in _cropped(sheet, off)]
    return Handwriting(
        sheet_steps={name: _preview(step) for name, step in sheet_steps.items()},
        digits=np.stack([steps["center"] for steps in found]),
        digit_steps=tuple({name: _preview(step) for name, step in d.items()} for d in found),
    )


# The sheet


def _sheet(data: bytes, off: Collection[str]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the sheet after each step, uint8, and at last as float32 (h, w) in [0, 1]."""
    picture = pictures.read(data, upright="orientation" not in off, on_white="grey" not in off)
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
    ink = _ink_level(contrast)
    _, grain = _level_and_grain(contrast[contrast < ink / 2])
    if ink <= max(MIN_CONTRAST, MIN_GRAINS * grain):
        raise DigitsError("handwriting: expected ink on paper, found none that stands out")
    floor = min(ink * FAINT, 2 * MIN_GRAINS * grain)
    return np.clip((contrast - floor) / (ink - floor), 0, 1).astype(np.float32)


def _background(inked: np.ndarray) -> np.ndarray:
    """Estimate what the paper would look like without ink; float32, the shape of `inked`.

    A morphological opening finds where ink is; there, the paper around it is continued.
    """
    small = np.asarray(_small(inked))
    raised = small - ndimage.grey_opening(small, _window(small.shape), mode="nearest")
    ink = ndimage.binary_dilation(raised > _ink_level(raised) * FAINT, iterations=2)
    spread = max(1.0, max(small.shape) * SPREAD)
    seen = ndimage.gaussian_filter((~ink).astype(np.float32), spread)
    light = ndimage.gaussian_filter(np.where(ink, 0, small), spread)
    paper = np.where(ink, light / np.maximum(seen, 1e-6), small).astype(np.float32)
    return np.asarray(Image.fromarray(paper).resize(inked.shape[::-1], Image.Resampling.BILINEAR))


def _ink_level(contrast: np.ndarray) -> float:
    """Return how far ink stands out from the paper, which may be nearly all there is."""
    return float(np.median(contrast[contrast >= contrast.max() / 2]))


def _small(sheet: np.ndarray) -> Image.Image:
    picture = Image.fromarray(sheet)
    factor = -(-max(sheet.shape) // BACKGROUND_SIDE)
    return picture.reduce(factor) if factor > 1 else picture


def _window(shape: tuple[int, ...]) -> int:
    return max(9, int(max(shape) * WINDOW))


def _level_and_grain(paper: np.ndarray) -> tuple[float, float]:
    """Return median and standard deviation of paper, which a little ink hardly moves."""
    if not paper.size:
        return 0.0, 0.0
    level = np.median(paper)
    return float(level), 1.4826 * float(np.median(np.abs(paper - level)))


# Digits


def _cropped(sheet: np.ndarray, off: Collection[str]) -> list[tuple[Box, np.ndarray]]:
    """Return (top, left, bottom, right) of each digit and its ink alone, in reading order."""
    whole = [((0, 0, *sheet.shape), sheet)]
    if "crop" in off:
        return whole
    labels, boxes = _strokes(sheet)
    if not len(boxes):
        return whole
    found = []
    for group in _in_reading_order(_grouped(boxes), boxes)[:MAX_DIGITS]:
        top, left, bottom, right = _around(boxes[group])
        place = np.s_[top:bottom, left:right]
        ink = np.where(np.isin(labels[place], np.array(group) + 1), sheet[place], 0)
        found.append(((top, left, bottom, right), ink))
    return found


def _strokes(sheet: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find connected ink.

    Returns:
        Labels, 1 for the first stroke, (h, w); and the strokes' boxes, the largest first,
        int (n, 4) as top, left, bottom, right. Ink that runs off the sheet counts only where
        there is no other; a paper's edge, which surrounds others, never.
    """
    half = _ink_level(sheet) / 2
    paper, grain = _level_and_grain(sheet[sheet <= half])
    faint = sheet > paper + 3 * grain + 2 * half * EDGE
    strong = faint & (sheet > half)
    labels, count = ndimage.label(faint, np.ones((3, 3)))
    has_ink = np.bincount(labels[strong], minlength=count + 1) > 0
    places = ndimage.find_objects(labels)
    boxes = np.array([(y.start, x.start, y.stop, x.stop) for y, x in places]).reshape(-1, 4)
    sizes = _sizes(boxes)
    inside = (boxes[:, :2] > 0).all(1) & (boxes[:, 2:] < sheet.shape).all(1)
    usable = has_ink[1:] & (sizes >= max(2, max(sheet.shape) / 100))
    if (usable & inside).any():
        usable &= inside
    kept = np.flatnonzero(usable)
    kept = kept[np.argsort(-sizes[kept], kind="stable")][:MAX_STROKES]
    kept = kept[~_surrounds(boxes[kept], np.bincount(labels.ravel())[kept + 1])]
    renamed = np.zeros(count + 1, np.int32)
    renamed[kept + 1] = np.arange(1, len(kept) + 1)
    return renamed[labels], boxes[kept]


def _surrounds(boxes: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Tell which strokes are thin lines around other, not much smaller ones; bool (n,)."""
    thin = areas < OUTLINE * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    within = (boxes[:, None, :2] < centers).all(2) & (centers < boxes[:, None, 2:]).all(2)
    sizes = _sizes(boxes)
    notable = sizes > NOTABLE * sizes[:, None]
    return thin & (within & notable & ~np.eye(len(boxes), dtype=bool)).any(1)


def _grouped(boxes: np.ndarray) -> list[list[int]]:
    """Group strokes, the largest first, into digits: a small one belongs to a near large one."""
    sizes = _sizes(boxes)
    height = float(np.median(sizes[sizes >= sizes[0] / 2]))
    groups: list[list[int]] = []
    for i in np.flatnonzero(sizes >= SPECK * height):
        gaps = [_gap(boxes[i], _around(boxes[group])) for group in groups]
        # A large stroke is a digit of its own unless it lies inside another's box.
        near = NEAR * height if sizes[i] < PART * height else -PART * sizes[i]
        if gaps and min(gaps) <= near:
            groups[int(np.argmin(gaps))].append(int(i))
        else:
            groups.append([int(i)])
    return [g for g in groups if _sizes(_around(boxes[g])[None])[0] >= DIGIT * height]


def _in_reading_order(groups: list[list[int]], boxes: np.ndarray) -> list[list[int]]:
    """Sort digits into rows, which may slope, and rows from top to bottom."""
    rows: list[list[tuple[np.ndarray, list[int]]]] = []
    digits = [(_around(boxes[group]), group) for group in groups]
    for box, group in sorted(digits, key=lambda digit: digit[0][1]):
        beside = [_overlap(row[-1][0], box) for row in rows]
        if beside and max(beside) > BESIDE:
            rows[int(np.argmax(beside))].append((box, group))
        else:
            rows.append([(box, group)])
    rows.sort(key=lambda row: np.mean([box[0] + box[2] for box, _ in row]))
    return [group for row in rows for _, group in row]


def _sizes(boxes: np.ndarray) -> np.ndarray:
    return np.max(boxes[:, 2:] - boxes[:, :2], axis=1, initial=0)


def _around(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])


def _gap(one: np.ndarray, other: np.ndarray) -> float:
    """Pixels between two boxes along the axis where they are farther apart; negative inside."""
    return float(np.maximum(one[:2] - other[2:], other[:2] - one[2:]).max())


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the lower of two boxes that is beside the other one."""
    shared = min(one[2], other[2]) - max(one[0], other[0])
    return shared / min(one[2] - one[0], other[2] - other[0])


def _digit(
    box: Box, ink: np.ndarray, sheet: tuple[int, ...], off: Collection[str]
) -> dict[str, np.ndarray]:
    """Return a digit after each of `DIGIT_STEPS`, uint8; at last (28, 28)."""
    boxed = _resized(ink, (SIDE, SIDE)) if "box" in off else _boxed(ink)
    free = SIDE - np.array(boxed.shape)
    if "center" in off:
        room = np.maximum(np.array(sheet) - ink.shape, 1)
        corner = np.rint(free * box[:2] / room)
    else:
        corner = np.rint(SIDE / 2 - _center_of_mass(boxed))
    top, left = np.clip(corner, 0, free).astype(int)
    centered = np.zeros((SIDE, SIDE), np.float32)
    centered[top : top + boxed.shape[0], left : left + boxed.shape[1]] = boxed
    return dict(zip(DIGIT_STEPS, map(as_uint8, (ink, boxed, centered)), strict=True))


def _boxed(ink: np.ndarray) -> np.ndarray:
    """Scale so that the longer side is 20 pixels and the darkest ink 1."""
    height, width = np.maximum(1, np.rint(np.array(ink.shape) * BOX / max(ink.shape))).astype(int)
    boxed = _resized(ink, (height, width))
    return boxed / max(boxed.max(), 1 / 255)


def _resized(ink: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    picture = Image.fromarray(np.ascontiguousarray(ink, np.float32))
    return np.clip(np.asarray(picture.resize(shape[::-1], Image.Resampling.HAMMING)), 0, 1)


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
