"""Connected ink on an even sheet, and its shape: a bar, a plus, a ring, two digits that touch.

Knows nothing of pictures' files, of light and paper, or of which strokes make a digit.

A sheet is float32 in [0, 1], shape (height, width): paper about 0, ink about 1. A mask has dtype
bool.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from denoiser.data.lines import longer_side, stroke_width
from denoiser.data.sheet import ink_level, level_and_grain

Box = tuple[int, int, int, int]  # top, left, bottom, right

EDGE = 1 / 10  # of the ink's brightness: where a stroke ends
BLUR = 0.003  # of the sheet's longer side: finer grain is no edge
CORE = 0.3  # of the ink's brightness: no stroke is paler
SOFT = 0.006  # of the sheet's longer side: its edges are as wide
MAX_STROKES = 256

BAR = 3  # times as long as wide
FLAT = 6  # times as wide as high: no digit
STRAIGHT = 1.5  # times as wide as its ink would be if it were straight
SECTORS = 24  # directions from a place in which ink may be
AROUND = 0.85  # share of them that have it, in a ring
JOINED = 0.35  # share of the height in which two digits touch
MIDDLE = 0.3  # share of the width in which a cut may be, on both sides of the middle
BEYOND = 0.1  # share of a plus' ink that is on neither bar
ARM = 0.8  # share of a plus' rows that go through one bar


@dataclass(frozen=True, eq=False)
class Stroke:
    """Connected ink on a sheet.

    Attributes:
        box: Where it is.
        mask: Its pixels within the box.
        tone: How dark it mostly is, float in [0, 1].
        core: Share of it that is at least half as dark.
        edge: How many pixels its edge takes from paper to ink.
    """

    box: Box
    mask: np.ndarray
    tone: float = 1.0
    core: float = 1.0
    edge: float = 0.0

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.box[2] - self.box[0]

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.box[3] - self.box[1]

    @property
    def size(self) -> int:
        """The longer side of its box."""
        return max(self.height, self.width)

    @property
    def center(self) -> tuple[float, float]:
        """Row and column of the middle of its box."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @cached_property
    def area(self) -> int:
        """Pixels of ink."""
        return int(self.mask.sum())

    @cached_property
    def pen(self) -> float:
        """How wide its line is, in pixels."""
        return stroke_width(self.mask)

    @cached_property
    def axis(self) -> tuple[float, float, float]:
        """Length and width of its ink along its longest direction, and that in degrees.

        0 is lying, 90 standing, less than 90 leaning to the right as a slash does.
        """
        rows, columns = np.nonzero(self.mask)
        if len(rows) < 3:
            return float(self.size), 1.0, 0.0
        spread, directions = np.linalg.eigh(np.cov(np.stack([columns, -rows])))
        degrees = float(np.degrees(np.arctan2(directions[1, 1], directions[0, 1]))) % 180
        length, width = np.sqrt(12 * np.maximum(spread[::-1], 1 / 12))
        return float(length), float(width), degrees

    @cached_property
    def is_bar(self) -> bool:
        """It is one straight line."""
        length, width, _ = self.axis
        return length >= BAR * width and width <= STRAIGHT * self.area / length

    @property
    def is_blob(self) -> bool:
        """It is about as long as its line is wide."""
        return self.size < 3 * self.pen and self.axis[0] < 2.2 * self.axis[1]

    def is_within(self, shape: tuple[int, ...]) -> bool:
        """Whether it ends before the border of a sheet of that shape (height, width)."""
        top, left, bottom, right = self.box
        return min(top, left) > 0 and bottom < shape[0] and right < shape[1]

    @cached_property
    def holes(self) -> int:
        """How many places it goes all around."""
        _, count = ndimage.label(np.pad(~self.mask, 1, constant_values=True))
        return int(count) - 1

    @property
    def lean(self) -> float:
        """Degrees by which its longest direction leans to the right, as a slash does."""
        return 90 - self.axis[2]

    @property
    def lies(self) -> bool:
        """It is a line that lies, straight or drawn by hand."""
        leans_little = min(self.axis[2], 180 - self.axis[2]) < 30
        return (self.is_bar and leans_little) or self.width >= FLAT * self.height

    @cached_property
    def is_plus(self) -> bool:
        """It is two bars that cross in the middle."""
        height, width = self.mask.shape
        if self.holes or not 0.6 < height / width < 1.6 or min(height, width) < 3 * self.pen:
            return False
        rows, columns = self.mask.sum(1), self.mask.sum(0)
        thick = round(1.5 * self.pen)
        top = int(np.convolve(rows, np.ones(thick), "valid").argmax())
        left = int(np.convolve(columns, np.ones(thick), "valid").argmax())
        middle = abs(top + thick / 2 - height / 2) < 0.15 * height
        middle &= abs(left + thick / 2 - width / 2) < 0.15 * width
        beyond = self.mask.copy()
        beyond[top : top + thick] = False
        beyond[:, left : left + thick] = False
        middle &= beyond.sum() <= BEYOND * self.area
        across = np.delete(self.mask, np.s_[top : top + thick], axis=0)
        down = np.delete(self.mask, np.s_[left : left + thick], axis=1).T
        return bool(middle) and _one_line(across) and _one_line(down)

    def surrounds(self, other: "Stroke") -> bool:
        """Whether it goes around another stroke."""
        row, column = other.center
        top, left, bottom, right = self.box
        if not (
            top < other.box[0]
            and other.box[2] < bottom
            and left < other.box[1]
            and other.box[3] < right
        ):
            return False
        rows, columns = np.nonzero(self.mask)
        turns = np.arctan2(rows + top - row, columns + left - column)
        sectors = ((turns / (2 * np.pi) + 0.5) * SECTORS).astype(int) % SECTORS
        return len(np.unique(sectors)) >= AROUND * SECTORS

    @property
    def way(self) -> float:
        """Pixels that a pen goes to draw it."""
        return self.area / self.pen

    def halves(self) -> tuple["Stroke", "Stroke", int, float] | None:
        """Cut it from top to bottom where that takes the least ink.

        Returns:
            Its left and its right part, the pixels of ink cut through, and how far down they are
            as a share of its height; None if they are not in one place.
        """
        path = _path(self.mask)
        inked = self.mask[np.arange(len(path)), path]
        rows = np.flatnonzero(inked)
        if not len(rows) or np.ptp(rows) > JOINED * len(path):
            return None
        side = np.arange(self.mask.shape[1]) < path[:, None]
        left, right = part(self.mask & side, self), part(self.mask & ~side, self)
        if left is None or right is None:
            return None
        return left, right, int(inked.sum()), float(rows.mean() / len(path))


def _one_line(rows: np.ndarray) -> bool:
    """Whether nearly all rows of a mask go through one line, and it stays where it is."""
    runs = (np.diff(rows.astype(np.int8), prepend=0, axis=1) == 1).sum(1)
    middles = [np.flatnonzero(row).mean() for row in rows if row.any()]
    most = np.ptp(np.quantile(middles, (0.1, 0.9)))  # an end of the other bar may stick out
    return bool((runs == 1).mean() >= ARM) and bool(most < 0.3 * rows.shape[1])


def merged(one: Stroke, other: Stroke) -> Stroke:
    """Return two strokes as one."""
    top, left = min(one.box[0], other.box[0]), min(one.box[1], other.box[1])
    bottom, right = max(one.box[2], other.box[2]), max(one.box[3], other.box[3])
    mask = np.zeros((bottom - top, right - left), bool)
    for stroke in (one, other):
        y, x = stroke.box[0] - top, stroke.box[1] - left
        mask[y : y + stroke.height, x : x + stroke.width] |= stroke.mask
    return Stroke((top, left, bottom, right), mask, max(one.tone, other.tone))


def part(mask: np.ndarray, of: Stroke) -> Stroke | None:
    """Return a part of a stroke, in a box of its own; None if there is none.

    Args:
        mask: bool, shape of the stroke's mask.
        of: The stroke.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    box = (of.box[0] + top, of.box[1] + left, of.box[0] + bottom, of.box[1] + right)
    return Stroke(tuple(map(int, box)), mask[top:bottom, left:right], of.tone)  # type: ignore[arg-type]


def _path(mask: np.ndarray) -> np.ndarray:
    """Return the column of each row in the cheapest path from top to bottom, int, shape (h,).

    It costs what ink it goes through, a little to lean, and a little far from the middle.
    """
    height, width = mask.shape
    away = np.abs(np.arange(width) - (width - 1) / 2) / width
    cost = mask + np.where(away > MIDDLE, height, 0.02 * away)[None]
    total = cost.copy()
    for row in range(1, height):
        above = total[row - 1]
        lean = np.minimum(np.r_[np.inf, above[:-1]], np.r_[above[1:], np.inf]) + 0.01
        total[row] += np.minimum(above, lean)
    path = np.empty(height, int)
    path[-1] = int(total[-1].argmin())
    for row in range(height - 2, -1, -1):
        column = path[row + 1]
        low, high = max(0, column - 1), min(width, column + 2)
        costs = total[row, low:high] + 0.01 * (np.arange(low, high) != column)
        path[row] = low + int(costs.argmin())
    return path


# Ink


def ink_mask(sheet: np.ndarray) -> np.ndarray:
    """Return where there is any ink, also faint, bool, shape (h, w)."""
    half = ink_level(sheet) / 2
    paper, grain = level_and_grain(sheet[sheet <= half])
    return np.asarray(sheet > paper + 3 * grain + 2 * half * EDGE)


def pen_mask(sheet: np.ndarray) -> np.ndarray:
    """Return where there is ink of a pen, with its soft edges, bool, shape (h, w)."""
    ink = ink_mask(sheet)
    reach = max(2, round(SOFT * max(sheet.shape)))
    core = ink & (sheet > CORE * ink_level(sheet))
    return np.asarray(ink & ndimage.binary_dilation(core, np.ones((3, 3)), iterations=reach))


def find_strokes(sheet: np.ndarray, ink: np.ndarray) -> list[Stroke]:
    """Return connected ink, the largest first, at most 256 strokes.

    Args:
        sheet: float32, shape (h, w).
        ink: Where it is, bool, shape (h, w).
    """
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    if not count:
        return []
    places = ndimage.find_objects(labels)
    sizes = np.array([longer_side(place) for place in places])
    usable = np.flatnonzero(sizes >= max(2, max(sheet.shape) / 100))
    largest = usable[np.argsort(-sizes[usable], kind="stable")][:MAX_STROKES]
    blur = max(0.7, BLUR * max(sheet.shape))
    steepness = ndimage.gaussian_gradient_magnitude(sheet, blur)
    return [_stroke(places[i], labels[places[i]] == i + 1, sheet, steepness) for i in largest]


def darkest_in(strokes: list[Stroke], sheet: np.ndarray) -> list[Stroke]:
    """Return strokes within some that are mostly paler, such as what is written in a shadow.

    Args:
        strokes: Some of `find_strokes`.
        sheet: float32, shape (h, w).
    """
    dark = np.zeros(sheet.shape, bool)
    for stroke in strokes:
        top, left, bottom, right = stroke.box
        place = np.s_[top:bottom, left:right]
        ink = np.where(stroke.mask, sheet[place], 0)
        dark[place] |= ink > ink.max() / 2
    return find_strokes(sheet, dark)


def _stroke(
    place: tuple[slice, slice], mask: np.ndarray, sheet: np.ndarray, steepness: np.ndarray
) -> Stroke:
    ink = np.where(mask, sheet[place], 0)
    peak = float(ink.max())
    strong = ink > peak / 2
    edge = strong & ~ndimage.binary_erosion(strong)
    steep = float(np.median(steepness[place][edge]))
    box = (place[0].start, place[1].start, place[0].stop, place[1].stop)
    core = float(strong.sum() / mask.sum())
    return Stroke(box, mask, float(np.median(ink[strong])), core, peak / max(steep, 1e-6))
