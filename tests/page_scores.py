"""How well a page was read: each digit is found, said to be left out, or lost in silence."""

from dataclasses import dataclass, field

import numpy as np
from pens import Digit

from denoiser.data.handwriting import Handwriting
from denoiser.metrics import NO_DIGIT
from pages import Page

SAME = 0.5  # shares of two boxes that lie in both, of what they take together
MARGIN = 0.05  # of a digit's height, around each box: edges are soft
NARROWEST = 0.4  # of its height: boxes around a 1 are compared as if they were as wide
OUTWARD = np.array([-1, -1, 1, 1])
SAID = 0.5  # share of a digit's ink that lies in what was left out
SAID_SIZE = 6  # times as large as the digit, at most: a box around all says nothing


@dataclass
class Score:
    """Counts over pages.

    Attributes:
        all: Digits on the pages that have to be found: whole, alone, and among the first 32.
        found: Of these, those that were found where they are.
        right: Of these, those that were read right.
        said: Digits that were not found, but are in what was left out, is doubtful, or is said
            not to look like one digit; or the whole page is said to have none, and why.
        silent: Digits that were neither found nor said.
        invented: What was taken for a digit and is none.
    """

    all: int = 0
    found: int = 0
    right: int = 0
    said: int = 0
    silent: int = 0
    invented: int = 0
    lost: list[np.ndarray] = field(default_factory=list)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            *(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True))
        )


def score(page: Page, found: Handwriting | None, labels: np.ndarray) -> Score:
    """Compare what was found with what is there.

    Args:
        page: What is there.
        found: None where the page was refused, with what to do about it.
        labels: How each found digit was read, `metrics.NO_DIGIT` for none, int, shape (n,).
    """
    result = Score()
    boxes = np.zeros((0, 4)) if found is None else _edges(found.boxes)
    others = () if found is None else found.left_out
    left_out = [*_edges(np.array([left.box for left in others]).reshape(-1, 4))]
    doubtful = [] if found is None else [boxes[i] for i in found.doubtful]
    doubtful += [box for box, label in zip(boxes, labels, strict=True) if label == NO_DIGIT]
    too_many = sum(left.reason == "too many" for left in others)
    free = set(range(len(boxes)))
    for digit in page.digits:
        shares = [(_same(digit.box, boxes[i]), i) for i in free]
        share, i = max(shares, default=(0, -1))
        hit = share >= SAME
        said = found is None or _cover(left_out, digit) or _cover(doubtful, digit)
        if hit:
            free.discard(i)
        if digit.whole and digit.alone and not (not hit and too_many and said):
            result.all += 1
            result.found += hit
            result.right += bool(hit and labels[i] == digit.label)
        if not hit:
            result.said += said
            result.silent += not said
            if not said or (digit.whole and digit.alone and not too_many):
                result.lost.append(digit.box)
    merged = [i for i in free if _several(boxes[i], page)]
    result.invented = len(free) - len(merged)
    return result


def _several(box: np.ndarray, page: Page) -> bool:
    """Whether a box holds digits that touch, or a digit that is cut off: that is not invented."""
    return any(_cover([box], d) for d in page.digits if not (d.alone and d.whole))


def _edges(boxes: np.ndarray) -> np.ndarray:
    """Return x, y, width, height as left, top, right, bottom."""
    return np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]).astype(float)


def _same(one: np.ndarray, other: np.ndarray) -> float:
    """Share of what two boxes take together that lies in both."""
    one, other = _framed(one), _framed(other)
    both = _area(np.concatenate([np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])]))
    return both / (_area(one) + _area(other) - both)


def _cover(boxes: list[np.ndarray], digit: Digit) -> bool:
    """Whether boxes that are not much larger than a digit have most of its ink between them."""
    margin = MARGIN * (digit.box[3] - digit.box[1])
    x, y = digit.points.T
    covered = np.zeros(len(x), bool)
    for left, top, right, bottom in (box + margin * OUTWARD for box in boxes):
        if (right - left) * (bottom - top) <= SAID_SIZE * _area(_framed(digit.box)):
            covered |= (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    return bool(covered.mean() >= SAID)


def _framed(box: np.ndarray) -> np.ndarray:
    """Return a box with a margin, at least so wide that it can hold another digit than a 1."""
    height = box[3] - box[1]
    margin = max(MARGIN * height, (NARROWEST * height - (box[2] - box[0])) / 2)
    framed: np.ndarray = box + OUTWARD * [margin, MARGIN * height, margin, MARGIN * height]
    return framed


def _area(box: np.ndarray) -> float:
    return float(np.prod(np.maximum(box[2:] - box[:2], 0)))
