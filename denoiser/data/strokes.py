"""Digits on an even sheet: connected ink, grouped into digits, in reading order.

Knows nothing of pictures' files, of light and paper, or of the 28x28 pixels of a digit.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

EDGE = 1 / 10  # of the ink's brightness: where a stroke ends

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


Box = tuple[int, int, int, int]  # top, left, bottom, right


@dataclass(frozen=True)
class Strokes:
    """Connected ink on a sheet.

    Attributes:
        labels: 0 for paper, i + 1 for stroke i, int, shape (h, w).
        boxes: Of the strokes, the largest first: top, left, bottom, right; int, shape (n, 4).
        cut_off: As `boxes`: of the ink that was left out because it runs off the sheet.
    """

    labels: np.ndarray
    boxes: np.ndarray
    cut_off: np.ndarray

    def digits(self) -> list[list[int]]:
        """Return the strokes of each digit, as places in `boxes`, in reading order."""
        if not len(self.boxes):
            return []
        return _in_reading_order(_grouped(self.boxes), self.boxes)

    def crop(self, digit: list[int], sheet: np.ndarray) -> tuple[Box, np.ndarray]:
        """Cut a digit out of a sheet.

        Args:
            digit: Places of its strokes in `boxes`.
            sheet: Float, shape (height, width).

        Returns:
            The digit's box, and its ink there, of the same dtype, shape (bottom - top,
            right - left).
        """
        top, left, bottom, right = map(int, _around(self.boxes[digit]))
        place = np.s_[top:bottom, left:right]
        ink = np.where(np.isin(self.labels[place], np.array(digit) + 1), sheet[place], 0)
        return (top, left, bottom, right), ink

    def count_cut_off(self) -> int:
        """Return how many strokes that run off the sheet are about as large as digits."""
        if not len(self.cut_off):
            return 0
        sizes, height = _sizes(self.cut_off), _digit_height(self.boxes)
        return int(np.sum((sizes >= DIGIT * height) & (sizes <= 2 * height)))


def find_strokes(sheet: np.ndarray) -> Strokes:
    """Find connected ink.

    Args:
        sheet: float32 in [0, 1], shape (h, w): paper about 0, ink about 1.

    Returns:
        At most 256 strokes. Ink that runs off the sheet counts only where there is no other; a
        paper's edge, which surrounds others, never.
    """
    half = ink_level(sheet) / 2
    paper, grain = level_and_grain(sheet[sheet <= half])
    faint = sheet > paper + 3 * grain + 2 * half * EDGE
    strong = faint & (sheet > half)
    labels, count = ndimage.label(faint, np.ones((3, 3)))
    has_ink = np.bincount(labels[strong], minlength=count + 1) > 0
    places = ndimage.find_objects(labels)
    boxes = np.array([(y.start, x.start, y.stop, x.stop) for y, x in places]).reshape(-1, 4)
    sizes = _sizes(boxes)
    inside = (boxes[:, :2] > 0).all(1) & (boxes[:, 2:] < sheet.shape).all(1)
    usable = has_ink[1:] & (sizes >= max(2, max(sheet.shape) / 100))
    cut_off = usable & ~inside if (usable & inside).any() else np.zeros_like(usable)
    usable &= ~cut_off
    kept = np.flatnonzero(usable)
    kept = kept[np.argsort(-sizes[kept], kind="stable")][:MAX_STROKES]
    kept = kept[~_surrounds(boxes[kept], np.bincount(labels.ravel())[kept + 1])]
    renamed = np.zeros(count + 1, np.int32)
    renamed[kept + 1] = np.arange(1, len(kept) + 1)
    return Strokes(renamed[labels], boxes[kept], boxes[cut_off])


def _surrounds(boxes: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Tell which strokes are thin lines around other, not much smaller ones; bool (n,)."""
    thin: np.ndarray = areas < OUTLINE * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    within = (boxes[:, None, :2] < centers).all(2) & (centers < boxes[:, None, 2:]).all(2)
    sizes = _sizes(boxes)
    notable = sizes > NOTABLE * sizes[:, None]
    thin &= (within & notable & ~np.eye(len(boxes), dtype=bool)).any(1)
    return thin


def _grouped(boxes: np.ndarray) -> list[list[int]]:
    """Group strokes, the largest first, into digits: a small one belongs to a near large one."""
    sizes, height = _sizes(boxes), _digit_height(boxes)
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


def _digit_height(boxes: np.ndarray) -> float:
    """Return how large digits are on a sheet, from its strokes, the largest first."""
    sizes = _sizes(boxes)
    return float(np.median(sizes[sizes >= sizes[0] / 2]))


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
    sizes: np.ndarray = np.max(boxes[:, 2:] - boxes[:, :2], axis=1, initial=0)
    return sizes


def _around(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])


def _gap(one: np.ndarray, other: np.ndarray) -> float:
    """Pixels between two boxes along the axis where they are farther apart; negative inside."""
    return float(np.maximum(one[:2] - other[2:], other[:2] - one[2:]).max())


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the lower of two boxes that is beside the other one."""
    shared = min(one[2], other[2]) - max(one[0], other[0])
    return float(shared / min(one[2] - one[0], other[2] - other[0]))


# Brightness


def ink_level(contrast: np.ndarray) -> float:
    """Return how far ink stands out from the paper, which may fill nearly the whole sheet.

    Args:
        contrast: float in [0, 1], any shape; more is darker than the paper.
    """
    return float(np.median(contrast[contrast >= contrast.max() / 2]))


def level_and_grain(paper: np.ndarray) -> tuple[float, float]:
    """Return median and standard deviation of paper, which a little ink hardly changes.

    Args:
        paper: Brightness, float in [0, 1], any shape.
    """
    if not paper.size:
        return 0.0, 0.0
    level = np.median(paper)
    return float(level), 1.4826 * float(np.median(np.abs(paper - level)))
