"""Digits on an even sheet: connected ink, grouped into digits, in reading order.

Knows nothing of pictures' files, of light and paper, or of the 28x28 pixels of a digit.
A sheet is float32 in [0, 1], shape (height, width): paper about 0, ink about 1. A mask has dtype bool.
"""

from dataclasses import dataclass, replace

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
class Piece:
    """Ink that belongs together: a digit, or something that is none.

    Attributes:
        box: Where it is on the sheet.
        mask: Its pixels within the box, bool, shape (bottom - top, right - left).
        reason: Why it is no digit, one of `handwriting.REASONS`; "" for a digit.
        doubtful: It may be two digits that touch.
        tapped: Somebody said that it is a digit.
    """

    box: Box
    mask: np.ndarray
    reason: str = ""
    doubtful: bool = False
    tapped: bool = False

    def cut(self, sheet: np.ndarray) -> np.ndarray:
        """Return its ink on a sheet (height, width), of the same dtype, shape as `mask`."""
        top, left, bottom, right = self.box
        return np.where(self.mask, sheet[top:bottom, left:right], 0)


def whole(sheet: np.ndarray) -> Piece:
    """Return all of a sheet (height, width) as one digit."""
    return Piece((0, 0, *sheet.shape[:2]), np.ones(sheet.shape, bool))


def tapped(pieces: list[Piece], x: float, y: float) -> list[Piece]:
    """Flip the piece at a point of the sheet: a digit becomes none, and what was none a digit.

    A point in several boxes is that of the smallest.
    """
    hit = [
        (piece.mask.size, i)
        for i, piece in enumerate(pieces)
        if piece.box[1] <= x < piece.box[3] and piece.box[0] <= y < piece.box[2]
    ]
    if not hit:
        return pieces
    _, i = min(hit)
    is_digit = not pieces[i].reason
    reason = "removed" if is_digit else ""
    return [*pieces[:i], replace(pieces[i], reason=reason, tapped=not is_digit), *pieces[i + 1 :]]


def find_pieces(sheet: np.ndarray) -> list[Piece]:
    """Find connected ink and group it into digits.

    Args:
        sheet: float32 in [0, 1], shape (h, w): paper about 0, ink about 1.

    Returns:
        Digits in reading order, and after them what is as large as a digit but left out: ink
        that runs off the sheet, if there is other. A paper's edge, which surrounds others, is
        never a piece.
    """
    labels, boxes, cut_off = _find_strokes(sheet)
    if cut_off.all():
        return []
    groups = _in_reading_order(_grouped(boxes[~cut_off]), boxes)
    height = _digit_height(boxes[~cut_off])
    sizes = _sizes(boxes)
    left_out = np.flatnonzero(cut_off & (sizes >= DIGIT * height) & (sizes <= 2 * height))
    return [_piece(group, labels, boxes) for group in groups] + [
        _piece([int(i)], labels, boxes, "cut off") for i in left_out
    ]


def _piece(strokes: list[int], labels: np.ndarray, boxes: np.ndarray, reason: str = "") -> Piece:
    top, left, bottom, right = map(int, _around(boxes[strokes]))
    mask = np.isin(labels[top:bottom, left:right], np.array(strokes) + 1)
    return Piece((top, left, bottom, right), mask, reason)


def _find_strokes(sheet: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find connected ink, at most 256 strokes.

    Returns:
        labels: 0 for paper, i + 1 for stroke i, int, shape (h, w).
        boxes: Of the strokes, the largest first, those that are cut off last; int, shape (n, 4).
        cut_off: Which run off the sheet, while others do not; bool, shape (n,).
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
    kept = np.flatnonzero(usable)
    kept = kept[np.lexsort((-sizes[kept], cut_off[kept]))][:MAX_STROKES]
    kept = kept[~_surrounds(boxes[kept], np.bincount(labels.ravel())[kept + 1])]
    renamed = np.zeros(count + 1, np.int32)
    renamed[kept + 1] = np.arange(1, len(kept) + 1)
    return renamed[labels], boxes[kept], cut_off[kept]


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
