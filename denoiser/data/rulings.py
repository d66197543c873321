"""Which straight lines on a sheet are none of a digit: rulings, tables, boxes, long underlines.

A line is taken out if it is much longer than what it joins, goes on beyond it, frames other ink, or
is like other lines of its ruling. Knows nothing of digits beyond that.

A sheet is float32 in [0, 1], shape (height, width): paper about 0, ink about 1. A mask has dtype
bool and the sheet's shape.
"""

import numpy as np
from scipy import ndimage

from denoiser.data.lines import (
    PALE,
    RULING,
    Line,
    extended,
    find_lines,
    longer_side,
    stroke_width,
    without,
)

THIN = 0.012  # of the sheet's longer side: a printed line
SHORTEST = 0.04  # of the sheet's longer side
LEVELS = (0.6, 0.35, 0.2, 0.12, 0.07)  # lengths, in shares of the longer side, to try in turn
LONGER = 2.2  # times the largest of what it joins
LONG = 0.35  # of the sheet's longer side: longer than a stroke of a digit among others
ALIKE = 1.6  # ratio of thickness, or of darkness, of two lines of one ruling
MOST_WALLS = 40  # in each direction, that are looked at together
FEW = 2  # digits that tell how large they are
AS_DIGITS = (0.6, 1.25)  # times as large as the others: one of them
BARE = 0.05  # share of ink that is left of a line alone
MOSTLY_LINE = 0.65  # share of ink that is left, at most, of a digit that was taken for lines
PAGE = 4  # lines without anything else are an empty page


def take_out(sheet: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Find lines.

    Args:
        sheet: float32, shape (h, w).
        ink: Mask of all ink, also of faint lines.

    Returns:
        Mask of the ink that is line and nothing else, dtype bool.
    """
    left = ink
    for thin in (THIN * max(sheet.shape), 2 * stroke_width(ink)):
        if thin >= THIN * max(sheet.shape):
            left = _taken_out(sheet, left, thin)
    lines = np.asarray(ink & ~left)
    return lines & ~_digits_in_parts(ink, left) if lines.any() else lines


def _digits_in_parts(ink: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return the mask of ink that is as large as digits, and of which some was taken for lines.

    Args:
        ink: Mask of all ink.
        left: Mask of ink without lines.
    """
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    share = np.bincount(labels[left], minlength=count + 1) / np.maximum(areas, 1)
    whole, parts = _sizes(labels), _sizes(ndimage.label(left, np.ones((3, 3)))[0])
    large = parts[parts >= SHORTEST * max(ink.shape)]
    if len(large) < FEW:
        return np.zeros_like(ink)
    least, most = (np.quantile(large, 0.6) * bound for bound in AS_DIGITS)
    is_digit = (share > BARE) & (share < MOSTLY_LINE) & (whole >= least) & (whole <= most)
    return np.asarray(is_digit[labels])


def _sizes(labels: np.ndarray) -> np.ndarray:
    """Return the longer side of each label's box, and 0 for what has none; int (n + 1,)."""
    return np.array([0, *map(longer_side, ndimage.find_objects(labels))])


def _taken_out(sheet: np.ndarray, ink: np.ndarray, thin: float) -> np.ndarray:
    """Return the mask of ink without lines that are at most `thin` pixels thick."""
    shortest = max(SHORTEST * max(sheet.shape), 1.5 * thin)
    lines = find_lines(sheet, ink, thin, shortest, False) + find_lines(
        sheet.T, ink.T, thin, shortest, True
    )
    if not lines:
        return ink
    accepted = _long(sheet, ink, lines)
    accepted |= _frames(lines, ink)
    accepted |= _of_a_ruling(lines, accepted)
    accepted |= _between(lines, accepted)
    chosen = [line for line, wanted in zip(lines, accepted, strict=True) if wanted]
    left = without(sheet, ink, [extended(line, ink) for line in chosen])
    return left if left.any() or len(chosen) >= PAGE else ink


# Which lines


def _long(sheet: np.ndarray, ink: np.ndarray, lines: list[Line]) -> np.ndarray:
    """Tell which lines are much longer than what they join; bool (n,)."""
    lengths = np.array([line.length for line in lines])
    accepted = np.zeros(len(lines), bool)
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    owner = np.array([_label_on(labels, line) for line in lines])
    for level in LEVELS:
        tried = lengths >= level * max(sheet.shape)
        if not (tried & ~accepted).any():
            continue
        thick = max(line.thick for line, t in zip(lines, tried, strict=True) if t)
        left = without(sheet, ink, [line for line, t in zip(lines, tried, strict=True) if t])
        largest, spans = _pieces_of(labels, left, 3 * thick)
        through = lengths >= RULING * min(sheet.shape)
        if not largest.any() and through.sum() >= PAGE:
            accepted |= through
            continue
        others = np.median(largest[largest > 0]) if largest.any() else np.inf
        several = np.bincount(owner, minlength=count + 1)[owner] >= PAGE
        for i in np.flatnonzero(tried & ~accepted):
            joined = largest[owner[i]]
            if joined:
                accepted[i] = lengths[i] >= LONGER * joined and _goes_on(
                    lines[i], spans[owner[i]], max(sheet.shape)
                )
            else:
                accepted[i] = several[i] and lengths[i] >= LONGER * others
    return accepted


def _pieces_of(
    labels: np.ndarray, left: np.ndarray, least: float
) -> tuple[np.ndarray, list[list[tuple[slice, slice]]]]:
    """Return what is left of each label in pieces: how large the largest is, and where all are."""
    count = int(labels.max())
    pieces, _ = ndimage.label(left, np.ones((3, 3)))
    largest = np.zeros(count + 1)
    spans: list[list[tuple[slice, slice]]] = [[] for _ in range(count + 1)]
    for piece, place in enumerate(ndimage.find_objects(pieces), 1):
        size = longer_side(place)
        if size > least:
            here = labels[place][pieces[place] == piece][0]
            largest[here] = max(largest[here], size)
            spans[here].append(place)
    return largest, spans


def _goes_on(line: Line, spans: list[tuple[slice, slice]], side: int) -> bool:
    """Whether a line goes on beyond what it joins; what joins its ends alone is one with it."""
    sizes = [longer_side(span) for span in spans]
    along = [span[0 if line.upright else 1] for span in spans]
    large = [span for span, size in zip(along, sizes, strict=True) if size > 0.4 * max(sizes)]
    beyond = 2 * line.thick + 0.2 * max(span.stop - span.start for span in large)
    at_end = [span.start <= line.start + beyond or span.stop >= line.end - beyond for span in large]
    is_print = line.thick < THIN * side and line.length > LONG * side
    return not all(at_end) or (len(large) > 1 and is_print)


def _label_on(labels: np.ndarray, line: Line) -> int:
    labels = labels.T if line.upright else labels
    rows = np.rint(line.places).astype(int).clip(0, labels.shape[0] - 1)
    seen = labels[rows, np.arange(line.start, line.end)]
    return int(np.bincount(seen[seen > 0], minlength=1).argmax()) if seen.any() else 0


def _frames(lines: list[Line], ink: np.ndarray) -> np.ndarray:
    """Tell which lines are the sides of a rectangle with other ink in it; bool (n,)."""
    framing = np.zeros(len(lines), bool)
    longest = sorted(range(len(lines)), key=lambda i: -lines[i].length)
    flat = [i for i in longest if not lines[i].upright][:MOST_WALLS]
    tall = [i for i in longest if lines[i].upright][:MOST_WALLS]
    meets = np.array([[_meet(lines[i], lines[j]) for j in tall] for i in flat], bool)
    for a in range(len(flat)):
        for b in range(a + 1, len(flat)):
            if not _alike(lines[flat[a]], lines[flat[b]]):
                continue
            both = np.flatnonzero(meets[a] & meets[b])
            walls = [tall[j] for j in both if _alike(lines[flat[a]], lines[tall[j]])]
            if len(walls) < 2:
                continue
            sides = [flat[a], flat[b], *walls]
            if _encloses([lines[i] for i in sides], ink):
                framing[sides] = True
    return framing


def _meet(flat: Line, tall: Line) -> bool:
    """Whether a lying and a standing line meet or cross."""
    slack = max(flat.thick, tall.thick) + 3
    x = float(np.median(tall.places))
    y = float(np.interp(x, np.arange(flat.start, flat.end), flat.places))
    x = float(np.interp(y, np.arange(tall.start, tall.end), tall.places))
    return bool(
        flat.start - slack <= x <= flat.end + slack and tall.start - slack <= y <= tall.end + slack
    )


def _encloses(sides: list[Line], ink: np.ndarray) -> bool:
    """Whether there is ink well within the outermost of some sides."""
    rows = [line.places.mean() for line in sides if not line.upright]
    columns = [line.places.mean() for line in sides if line.upright]
    top, bottom, left, right = min(rows), max(rows), min(columns), max(columns)
    margin = 2.5 * max(line.thick for line in sides) + 2
    if min(bottom - top, right - left) < 6 * margin / 2.5:
        return False
    inner = ink[int(top + margin) : int(bottom - margin), int(left + margin) : int(right - margin)]
    ends = [line.length for line in sides if line.upright]
    if max(ends) > 3 * (bottom - top):
        return False
    return bool(inner.size and inner.mean() > 0.004)


def _of_a_ruling(lines: list[Line], accepted: np.ndarray) -> np.ndarray:
    """Tell which lines are pieces of a ruling of which others are known; bool (n,)."""
    added = np.zeros(len(lines), bool)
    for upright in (False, True):
        known = [
            line for line, is_known in zip(lines, accepted, strict=True)
            if is_known and line.upright == upright
        ]  # fmt: skip
        if not known:
            continue
        for i, line in enumerate(lines):
            if not accepted[i] and line.upright == upright:
                added[i] = _continues(line, known)
    return added


def _continues(line: Line, known: list[Line]) -> bool:
    """Whether a line is like known ones, and pale, or where one of them goes on or is due."""
    like = [other for other in known if _alike(line, other) and _parallel(line, other)]
    if not like:
        return False
    if line.level < PALE:
        return True
    middle = line.start + line.length / 2
    rows = np.sort([other.at(middle) for other in like])
    row = float(np.mean(line.places))
    slack = line.thick + 2
    if float(np.abs(rows - row).min()) <= slack:
        return True
    if len(rows) < 4:
        return False
    period = float(np.median(np.diff(rows)))
    off = np.abs((row - rows) / max(period, 1) - np.rint((row - rows) / max(period, 1))).min()
    return period > 4 * slack and bool(off * period <= slack)


def _parallel(one: Line, other: Line) -> bool:
    return abs(one.slope - other.slope) < 0.02 + 2 * one.thick / one.length


def _between(lines: list[Line], accepted: np.ndarray) -> np.ndarray:
    """Tell which lines end on both sides on others that are like them; bool (n,)."""
    added = np.zeros(len(lines), bool)
    for i, line in enumerate(lines):
        if accepted[i]:
            continue
        ends = [False, False]
        for j in np.flatnonzero(accepted):
            other = lines[j]
            if other.upright == line.upright or not _alike(line, other):
                continue
            slack = 2 * other.thick + 2
            at = float(line.places.mean())
            if not other.start - slack <= at <= other.end + slack:
                continue
            place = float(np.interp(at, np.arange(other.start, other.end), other.places))
            ends[0] |= abs(place - line.start) <= slack
            ends[1] |= abs(place - line.end) <= slack
        added[i] = all(ends)
    return added if added.sum() > 1 or _has_corners(lines, accepted) else np.zeros_like(added)


def _has_corners(lines: list[Line], accepted: np.ndarray) -> bool:
    chosen = [line for line, wanted in zip(lines, accepted, strict=True) if wanted]
    return len({line.upright for line in chosen}) == 2


def _alike(one: Line, other: Line) -> bool:
    def near(a: float, b: float) -> bool:
        return max(a, b) <= ALIKE * min(a, b)

    return near(one.thick + 0.5, other.thick + 0.5) and near(one.level, other.level)
