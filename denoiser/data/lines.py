"""Thin straight lines in a mask of ink: found, and taken out of it.

Strokes that cross a line stay whole. Knows nothing of which lines belong to a digit.

A sheet is float32 in [0, 1], shape (height, width): paper about 0, ink about 1. A mask has dtype
bool and the sheet's shape.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_matrix, csgraph

from denoiser.data.sheet import level_and_grain

STEEPEST = 0.3  # rise of a line over its length
BRIDGE = 0.005  # of the sheet's longer side: half of a stroke that crosses, at once
MAX_SEGMENTS = 400
RULING = 0.5  # of the sheet's width: a line that long is one of the paper
BIT = 0.025  # of the sheet's longer side: bits along a line that are left of it
PALE = 0.6  # a line less dark than that is no ink of a pen
COVERED = 0.8  # share of a gap in a line that has ink


@dataclass(frozen=True)
class Line:
    """A line of a mask, or, if `upright`, of the mask turned over its diagonal.

    Attributes:
        start: Its first column.
        places: Its middle row in each column from there, float, shape (n,).
        thick: Pixels from its upper to its lower edge.
        thickest: As `thick`, where it is thickest; what is more has a stroke on it.
        darkest: How dark it is where it is darkest, float in [0, 1].
        level: How dark it mostly is.
        upright: It runs from top to bottom.
    """

    start: int
    places: np.ndarray
    thick: float
    thickest: float
    level: float
    darkest: float
    upright: bool

    @property
    def length(self) -> int:
        """Columns from end to end."""
        return len(self.places)

    @property
    def slope(self) -> float:
        """Rows down from one column to the next, on average."""
        return float((self.places[-1] - self.places[0]) / max(1, self.length - 1))

    def at(self, column: float) -> float:
        """Return its row at a column, also beyond its ends."""
        return float(self.places.mean() + self.slope * (column - self.start - self.length / 2))

    @property
    def end(self) -> int:
        """The column behind its last."""
        return self.start + len(self.places)


def stroke_width(mask: np.ndarray) -> float:
    """Return how wide strokes are: the median, over a mask's pixels, of the shorter way across."""
    if not mask.any():
        return 1.0
    (down, heights), (across, widths) = _runs(mask), _runs(mask.T)
    return float(np.median(np.minimum(heights[down[mask]], widths[across.T[mask]])))


def longer_side(place: tuple[slice, slice]) -> int:
    """Return the pixels of the longer side of a place in a mask."""
    rows, columns = place
    return int(max(rows.stop - rows.start, columns.stop - columns.start))


# Finding them


def find_lines(
    sheet: np.ndarray, ink: np.ndarray, thin: float, shortest: float, upright: bool
) -> list[Line]:
    """Return what runs on from left to right, thin and straight.

    Args:
        sheet: float32, shape (h, w).
        ink: Mask, dtype bool.
        thin: The most pixels a line is thick.
        shortest: The least pixels it is long.
        upright: Whether both are turned over their diagonal, so that lines run from top to bottom.
    """
    runs, lengths = _runs(ink)
    across = np.ones((1, 2 * round(BRIDGE * max(ink.shape)) + 1), bool)
    bridged = ink & ndimage.binary_closing(ink & (lengths[runs] <= thin), across)
    labels, count = ndimage.label(bridged, np.ones((3, 3)))
    if not count:
        return []
    places = ndimage.find_objects(labels)
    widths = np.array([place[1].stop - place[1].start for place in places])
    least = max(4, 0.2 * shortest)
    kept = np.flatnonzero(widths >= least)
    kept = kept[np.argsort(-widths[kept], kind="stable")][:MAX_SEGMENTS]
    segments = [
        segment
        for i in kept
        if (segment := _segment(labels[places[i]] == i + 1, places[i])) is not None
    ]
    lines = []
    for chain in _chains(segments, ink):
        line = _joined([segments[i] for i in chain], sheet, upright)
        if line.length >= shortest and line.length > 4 * line.thick:
            lines.append(line)
    return lines


class _Segment(NamedTuple):
    """A thin, straight part of a mask.

    Attributes:
        columns: Where it is, int, shape (n,).
        rows: The middle of each column, float, shape (n,).
        counts: Pixels of each column, int, shape (n,).
        slope: Rows down from one column to the next.
        first: Its row at column 0.
    """

    columns: np.ndarray
    rows: np.ndarray
    counts: np.ndarray
    slope: float
    first: float

    @property
    def thick(self) -> float:
        return float(np.median(self.counts))


def _segment(mask: np.ndarray, place: tuple[slice, slice]) -> _Segment | None:
    """Return a part of a mask at a place as a segment; None if it is not straight."""
    counts = mask.sum(0)
    columns = np.flatnonzero(counts)
    counts = counts[columns]
    rows = (np.arange(mask.shape[0])[:, None] * mask).sum(0)[columns] / counts
    thick = np.median(counts)
    for _ in range(2):
        slope, first = np.polyfit(columns, rows, 1) if len(columns) > 2 else (0.0, rows[0])
        off = np.abs(rows - slope * columns - first)
        fine = off <= max(1.0, 0.6 * thick) + 0.004 * len(columns)
        if fine.mean() < 0.75 or abs(slope) > STEEPEST:
            return None
        columns, rows, counts = columns[fine], rows[fine], counts[fine]
    top, left = place[0].start, place[1].start
    first = float(first + top - slope * left)
    return _Segment(columns + left, rows + top, counts, float(slope), first)


def _chains(segments: list[_Segment], ink: np.ndarray) -> list[np.ndarray]:
    """Return which segments continue each other, across strokes that cross them."""
    if not segments:
        return []
    begin = np.array([segment.columns[0] for segment in segments], float)
    end = np.array([segment.columns[-1] for segment in segments], float)
    thick = np.array([segment.thick for segment in segments])
    slope = np.array([segment.slope for segment in segments])
    first = np.array([segment.first for segment in segments])
    gap = begin[None] - end[:, None]
    middle = (begin[None] + end[:, None]) / 2
    apart = np.abs(slope[:, None] * middle + first[:, None] - slope[None] * middle - first[None])
    longer = np.maximum((end - begin)[:, None], (end - begin)[None])
    thinner, thicker = (pick(thick[:, None], thick[None]) for pick in (np.minimum, np.maximum))
    slack = 0.7 * thinner + 1.5 + 0.04 * np.maximum(gap, 0)
    near = (gap > -2) & (gap < np.maximum(0.8 * longer, 12)) & (apart <= slack)
    near &= thicker <= 2 * thinner + 2
    ones, others = np.nonzero(near)
    inked = [_inked(segments[i], segments[j], ink) for i, j in zip(ones, others, strict=True)]
    ones, others = ones[inked], others[inked]
    graph = coo_matrix((np.ones(len(ones)), (ones, others)), (len(segments), len(segments)))
    count, chain = csgraph.connected_components(graph, directed=False)
    return [np.flatnonzero(chain == i) for i in range(count)]


def _inked(one: _Segment, other: _Segment, ink: np.ndarray) -> bool:
    """Whether the gap between two segments has ink all along."""
    start, end = int(one.columns[-1]), int(other.columns[0])
    columns = np.arange(start, end + 1)
    if len(columns) <= 3:
        return True
    rows = np.rint(np.interp(columns, [start, end], [one.rows[-1], other.rows[0]])).astype(int)
    seen = ink[rows.clip(0, len(ink) - 1), columns]
    return bool(seen.mean() >= COVERED)


def _joined(segments: list[_Segment], sheet: np.ndarray, upright: bool) -> Line:
    columns = np.concatenate([segment.columns for segment in segments])
    rows = np.concatenate([segment.rows for segment in segments])
    counts = np.concatenate([segment.counts for segment in segments])
    weights = [len(segment.columns) for segment in segments]
    thick = float(np.average([segment.thick for segment in segments], weights=weights))
    order = np.argsort(columns, kind="stable")
    columns, rows = columns[order], rows[order]
    start, end = int(columns[0]), int(columns[-1]) + 1
    places = np.interp(np.arange(start, end), columns, rows)
    places = ndimage.median_filter(places, min(9, len(places)), mode="nearest")
    seen = sheet[np.rint(rows).astype(int).clip(0, len(sheet) - 1), columns]
    level, spread = level_and_grain(seen)
    usual, most = np.quantile(counts, (0.75, 0.9)).tolist()
    thickest = usual + 1.2 if level > PALE else max(thick + 1.2, most + 0.5)
    return Line(start, places, thick, thickest, level, level + max(0.1, 3 * spread), upright)


# Taking them out


def without(sheet: np.ndarray, ink: np.ndarray, lines: list[Line]) -> np.ndarray:
    """Return the mask of ink without lines; what crosses a line stays.

    Args:
        sheet: float32, shape (h, w).
        ink: Mask, dtype bool.
        lines: What to take out.
    """
    left = ink.copy()
    near = np.zeros_like(ink)
    for upright in (False, True, False):
        chosen = [line for line in lines if line.upright == upright]
        if chosen:
            turned = (left.T, sheet.T, near.T) if upright else (left, sheet, near)
            _erase(*turned, chosen)
    near = ndimage.binary_dilation(near, np.ones((3, 3)), iterations=2)
    labels, count = ndimage.label(left, np.ones((3, 3)))
    if not count or not lines:
        return left
    thick = max(line.thick for line in lines)
    areas = np.bincount(labels.ravel())
    beside = np.bincount(labels[near], minlength=count + 1) / np.maximum(areas, 1)
    small = np.ones(count + 1, bool)
    for i, place in enumerate(ndimage.find_objects(labels), 1):
        size = longer_side(place)
        small[i] = size < 3 * thick + 3 or (size < BIT * max(sheet.shape) and beside[i] > 0.7)
    gone = small & (beside > 0.4)
    gone[0] = False
    return np.asarray(left & ~gone[labels])


def extended(line: Line, ink: np.ndarray) -> Line:
    """Let a line that goes through most of the sheet go on to its borders.

    Args:
        line: Any line.
        ink: Mask of the sheet, dtype bool.
    """
    height, width = ink.T.shape if line.upright else ink.shape
    if line.length < RULING * width:
        return line
    reach = min(line.length, 200)
    columns = np.arange(reach)
    begin, first = np.polyfit(columns, line.places[:reach], 1)
    finish, last = np.polyfit(columns, line.places[-reach:], 1)
    before = first + begin * np.arange(-line.start, 0)
    after = last + finish * np.arange(reach, reach + width - line.end)
    places = np.concatenate([before, line.places, after]).clip(0, height - 1)
    return replace(line, start=0, places=places)


def _erase(left: np.ndarray, sheet: np.ndarray, near: np.ndarray, lines: list[Line]) -> None:
    """Clear lines from left to right where ink is no thicker than they are, in place."""
    runs, lengths = _runs(left)
    darkest = np.zeros(len(lengths))
    if left.any():
        darkest[1:] = np.maximum.reduceat(sheet.T[left.T], np.cumsum(lengths[:-1]))
    touched, gone = np.zeros((2, len(lengths)), bool)
    for line in lines:
        columns = np.arange(line.start, line.end)
        rows = np.rint(line.places).astype(int)
        reach = max(1, round(line.thick / 2))
        for offset in range(-reach, reach + 1):
            at = (rows + offset).clip(0, len(left) - 1)
            near[at, columns] = True
            found = runs[at, columns]
            found = found[(found > 0) & (lengths[found] <= line.thickest)]
            touched[found] = True
            gone[found[(line.level > PALE) | (darkest[found] <= line.darkest)]] = True
    near |= touched[runs]
    left &= ~gone[runs]


def _runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each pixel which run of ink down its column it is in, from 1, and their lengths.

    The first is int32, 0 where there is no ink; the second int, with 0 for that.
    """
    height, width = mask.shape
    padded = np.zeros((width, height + 1), bool)
    padded[:, :height] = mask.T
    flat = padded.ravel()
    edges = np.flatnonzero(np.diff(flat, prepend=False))
    lengths = edges[1::2] - edges[::2]
    runs = np.zeros(flat.size, np.int32)
    runs[flat] = np.repeat(np.arange(1, len(lengths) + 1), lengths)
    return runs.reshape(width, height + 1)[:, :height].T, np.concatenate([[0], lengths])
