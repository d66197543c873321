"""Strokes beside each other: rows in reading order, gaps, and the slashes among digits.

Knows nothing of pixels but the boxes of strokes.
"""

import numpy as np

from denoiser.data.strokes import Box, Stroke

BESIDE = 0.25  # of the lower of two digits in a row: as much is beside the other


# Slashes, in degrees from upright, and in heights of the digits beside them.
LEANS = 14
LEANS_MUCH = 40
STEEPER = 12  # than a one in the same row
ALIKE_LEAN = 6
TALLER = 1.15


def rows(strokes: list[Stroke]) -> list[list[Stroke]]:
    """Sort strokes into rows, which may slope, and rows from top to bottom."""
    rows: list[list[Stroke]] = []
    for stroke in sorted(strokes, key=lambda stroke: stroke.box[1]):
        beside = [max(_overlap(other.box, stroke.box) for other in row[-3:]) for row in rows]
        if beside and max(beside) > BESIDE:
            rows[int(np.argmax(beside))].append(stroke)
        else:
            rows.append([stroke])
    rows.sort(key=lambda row: np.mean([stroke.box[0] + stroke.box[2] for stroke in row]))
    return rows


def _overlap(one: Box, other: Box) -> float:
    """Share of the lower of two boxes that is beside the other one."""
    shared = min(one[2], other[2]) - max(one[0], other[0])
    return shared / min(one[2] - one[0], other[2] - other[0])


def gaps(one: Stroke, other: Stroke) -> tuple[int, int]:
    """Pixels between two boxes, across and down; negative where they overlap."""
    down = max(one.box[0] - other.box[2], other.box[0] - one.box[2])
    across = max(one.box[1] - other.box[3], other.box[1] - one.box[3])
    return across, down


def gap(one: Stroke, other: Stroke) -> int:
    """Pixels between two boxes along the axis where they are farther apart; negative inside."""
    return max(gaps(one, other))


def slashes(row: list[Stroke]) -> list[Stroke]:
    """Return the lines in a row that lean more, or are taller, than a one among its digits."""
    found = [
        row[i] for i in range(1, len(row) - 1) if _is_slash(row[i], row[i - 1], row[i + 1], row)
    ]
    leaning = [stroke for stroke in row if stroke.is_bar and stroke.lean >= LEANS]
    if len(leaning) == 2 and _is_date([stroke in leaning for stroke in row]):
        one, other = leaning
        if found or abs(one.lean - other.lean) < ALIKE_LEAN:
            return leaning
    return found


def _is_slash(stroke: Stroke, before: Stroke, after: Stroke, row: list[Stroke]) -> bool:
    if not stroke.is_bar or stroke.lean < LEANS:
        return False
    if max(gaps(stroke, before)[0], gaps(stroke, after)[0]) > 1.2 * stroke.height:
        return False
    bodies = [other.height for other in row if not other.is_bar]
    if bodies and stroke.height >= TALLER * max(before.height, after.height, np.median(bodies)):
        return True
    others = [other.lean for other in row if other.is_bar and other is not stroke]
    upright = [lean for lean in others if lean < stroke.lean - STEEPER]
    return stroke.lean >= LEANS_MUCH or (stroke.lean >= 20 and bool(upright))


def _is_date(leaning: list[bool]) -> bool:
    """Whether two of a row's strokes lean, as in 5/11/26 or 05/11/2026."""
    places = np.flatnonzero(leaning)
    if len(places) != 2:
        return False
    day, month, year = places[0], places[1] - places[0] - 1, len(leaning) - places[1] - 1
    return 1 <= day <= 2 and 1 <= month <= 2 and year in (2, 4)
