"""Strokes on a sheet, told apart: digits, in reading order, and what is none, with its reason.

Strokes are looked at beside their neighbours, never by one size for all: a row may have small
digits and another large ones. Knows nothing of pictures' files, of light and paper, or of the
28x28 pixels of a digit.

A sheet is float32 in [0, 1], shape (height, width): paper about 0, ink about 1. A mask has dtype
bool.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from denoiser.data.rows import gap, gaps, rows, slashes
from denoiser.data.sheet import ink_level
from denoiser.data.strokes import Box, Stroke, darkest_in, find_strokes, merged, pen_mask
from denoiser.data.writing import is_ink, is_ink_in_shadow, is_writing

INK = 0.42  # of the ink's brightness: a stroke that is paler is too faint
SEEN = 0.2  # share of one that is too pale, but can be seen to be there
CROPPED = 0.5  # of the sheet's height or width: a digit cut out too tightly takes as much
NEIGHBOURS = 5  # strokes that tell how large digits are around here

# Shares of the size of the digits around.
SPECK = 0.08  # too small to matter
DOT = 0.33  # a dot or a comma is no larger
LEAST = 10  # pixels: what is smaller has no form
BIT = 0.5  # of the large ones on the sheet: so small, and without a form
SMALL = 0.3  # too small for a digit among them
REST = 0.1  # of one that runs off the sheet, to be said
NOTABLE = 0.35  # of the lower side of a ring: what is in it
LARGE = 2.5  # a line longer than that is no sign, and what is larger no body of usual parts

# Shares of the size of a stroke that another may belong to.
PART = 0.5  # a part of it is no larger
NEAR = 0.08  # a part is that near
CLOSE = 0.05  # its lower half is that near
ALONE = 0.13  # where there are but two strokes, a part is that near, and no minus before it
LESS = 0.75  # and so large
HAT = 0.25  # a bar above a five is that near

# Touching digits, in shares of their height.
NARROWEST = 0.45  # nothing narrower is two
NARROW = 0.7  # narrower ones are two if both are as high as it
WIDE = 1.25  # anything wider may be two
TALL = 0.75  # each of two is that high
VERY_TALL = 0.9
LESS_TALL = 0.6  # if they are wide
ASIDE = 0.2  # of the height from its middle, and so far at least, an open zero is closed
BENT = 3.2  # all that its pen goes, at most
FAR = 2.4  # its pen goes as far, and it may be two
THROUGH = 3  # widths of the pen that a cut goes through, at most


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


def find_pieces(sheet: np.ndarray, even: bool = True) -> list[Piece]:
    """Find digits and what else there is.

    Args:
        sheet: float32 in [0, 1], shape (h, w): paper about 0, ink about 1, long lines taken out.
        even: Light is even: what has soft edges is a shadow or a spot, no ink.

    Returns:
        Digits in reading order, and after them the others. Specks are no pieces.
    """
    mask = pen_mask(sheet)
    strokes = find_strokes(sheet, mask)
    ink = [s for s in strokes if is_ink(s, sheet.shape)] if even else strokes
    if even:
        if not is_writing(strokes, ink, mask):
            return []
        shadows = [stroke for stroke in strokes if stroke not in ink]
        ink += [s for s in darkest_in(shadows, sheet) if is_ink_in_shadow(s, sheet.shape)]
    level = ink_level(sheet)
    dark = [stroke for stroke in ink if stroke.tone > INK * level]
    inside = [stroke for stroke in dark if stroke.is_within(sheet.shape)]
    cropped = [s for s in dark if _is_cropped(s, sheet.shape)] if even else dark
    digits, others = _told_apart(inside or cropped)
    if inside:
        others += _beside_them(inside, dark, strokes, sheet.shape)
    else:
        others += [(stroke, "cut off") for stroke in dark if stroke not in cropped]
    found = [Piece(stroke.box, stroke.mask, "", doubtful) for stroke, doubtful in digits]
    return found + [Piece(s.box, s.mask, reason) for s, reason in others]


def _beside_them(
    inside: list[Stroke], dark: list[Stroke], strokes: list[Stroke], shape: tuple[int, ...]
) -> list[tuple[Stroke, str]]:
    """Return what would be digits as those inside if it were whole, or dark enough."""
    around = _sizes_around(inside)
    largest = max(inside, key=lambda stroke: stroke.size)
    pen = max(largest.pen, float(np.median([stroke.pen for stroke in inside])))
    beyond = [stroke for stroke in dark if not stroke.is_within(shape)]
    pale = [stroke for stroke in strokes if stroke not in dark and stroke.is_within(shape)]
    seen = [stroke for stroke in pale if stroke.core >= SEEN]
    found = (("cut off", REST, _near_ones_joined(beyond, around)), ("faint", SMALL, seen))
    return [
        (stroke, reason)
        for reason, least, some in found
        for stroke in some
        if stroke.size >= least * around(stroke)
        and _may_be_digit(stroke, around, pen, largest.size)
    ]


def _is_cropped(stroke: Stroke, shape: tuple[int, ...]) -> bool:
    """Whether a stroke that runs off a sheet of some shape is a digit cut out too tightly."""
    return stroke.height >= CROPPED * shape[0] or stroke.width >= CROPPED * shape[1]


def _told_apart(
    strokes: list[Stroke],
) -> tuple[list[tuple[Stroke, bool]], list[tuple[Stroke, str]]]:
    """Return digits, each with whether it is doubtful, and others, each with its reason."""
    rings = [
        stroke
        for stroke in strokes
        if any(
            stroke.surrounds(other) and other.size > NOTABLE * min(stroke.height, stroke.width)
            for other in strokes
        )
    ]
    others = [(ring, "line") for ring in rings]
    rest = [stroke for stroke in strokes if all(stroke is not ring for ring in rings)]
    around = _sizes_around(rest)
    rest = _joined([stroke for stroke in rest if stroke.size >= SPECK * around(stroke)])
    around = _sizes_around(rest)
    usual = float(np.quantile([stroke.size for stroke in rest], 0.8)) if rest else 0.0
    digits = []
    for stroke in rest:
        reason = _reason(stroke, around(stroke), usual) if len(rest) > 1 else ""
        if reason:
            others.append((stroke, reason))
        else:
            digits.append(stroke)
    leaning = [stroke for row in rows(digits) for stroke in slashes(row)]
    others += [(slash, "sign") for slash in leaning]
    digits = [digit for digit in digits if all(digit is not slash for slash in leaning)]
    digits = [digit for row in rows(digits) for digit in row]
    return [part for digit in digits for part in _separated(digit)], others


def _sizes_around(strokes: list[Stroke]) -> Callable[[Stroke], float]:
    """Return a function that tells how large strokes are that are near to a stroke."""
    bodies = [stroke for stroke in strokes if not stroke.is_blob and not stroke.lies] or strokes
    sizes = np.array([stroke.size for stroke in bodies], float)
    centers = np.array([stroke.center for stroke in bodies]).reshape(-1, 2)

    def around(stroke: Stroke) -> float:
        if not len(sizes):
            return float(stroke.size)
        nearest = np.argsort(np.hypot(*(centers - stroke.center).T), kind="stable")[:NEIGHBOURS]
        return float(np.quantile(sizes[nearest], 0.6))

    return around


def _near_ones_joined(strokes: list[Stroke], around: Callable[[Stroke], float]) -> list[Stroke]:
    """Return strokes in which those that are near to each other are one."""
    joined: list[Stroke] = []
    for stroke in strokes:
        near = [other for other in joined if gap(stroke, other) <= 0.7 * around(stroke)]
        if near and max(stroke.size, near[0].size) <= around(stroke):
            joined = [other for other in joined if other is not near[0]]
            joined.append(merged(stroke, near[0]))
        else:
            joined.append(stroke)
    return joined


def _may_be_digit(
    stroke: Stroke, around: Callable[[Stroke], float], pen: float, largest: int
) -> bool:
    """Whether what cannot be read is drawn as digits are, and not much larger."""
    if stroke.size > 4 * around(stroke) or stroke.pen > 2.5 * pen + 1:
        return False
    return not (stroke.is_bar and stroke.size > 1.5 * largest)


def _reason(stroke: Stroke, size: float, usual: float) -> str:
    """Return why a stroke is no digit, "" if it may be one.

    Args:
        stroke: One of several.
        size: Of those around it.
        usual: Of the large ones on the whole sheet.
    """
    if stroke.size <= DOT * size and (stroke.is_blob or stroke.is_bar):
        return "sign"
    if stroke.lies:
        return "line" if stroke.size > LARGE * size else "sign"
    if stroke.is_plus and stroke.size < 1.1 * size:
        return "sign"
    if stroke.is_bar and stroke.size > LARGE * size and stroke.axis[1] < 0.1 * size:
        return "line"
    if stroke.size < SMALL * size and stroke.size < 5 * stroke.pen:
        return "mark"
    if stroke.size < BIT * usual and stroke.size < max(3.5 * stroke.pen, LEAST):
        return "mark"
    return ""


# Parts of one digit


def _joined(strokes: list[Stroke]) -> list[Stroke]:
    """Return strokes in which the parts of a digit are one."""
    left = sorted(strokes, key=lambda stroke: stroke.size)
    usual = float(np.quantile([stroke.size for stroke in left], 0.6)) if left else 0.0
    joined: list[Stroke] = []
    while left:
        stroke = left.pop(0)
        near = [other for other in left if gap(stroke, other) <= 0.3 * other.size]
        all_others = left + joined
        owners = [
            other
            for other in near
            if _belongs(stroke, other, all_others, usual)
            or (other.lies and not stroke.lies and _is_hat(other, stroke, all_others))
        ]
        if owners:
            owner = min(owners, key=lambda other: gap(stroke, other))
            left = [other for other in left if other is not owner]
            left.append(merged(owner, stroke))
            left.sort(key=lambda stroke: stroke.size)
        else:
            joined.append(stroke)
    return joined


def _belongs(part: Stroke, body: Stroke, strokes: list[Stroke], usual: float) -> bool:
    """Whether a stroke is a part of the digit that a larger one is the body of.

    Args:
        part: The smaller one.
        body: The larger one.
        strokes: All others.
        usual: How large strokes are on the sheet.
    """
    across, down = gaps(part, body)
    beside, above = -across / part.width, -down / part.height  # shares that overlap
    if beside > 0.8 and above > 0.8 and body.size <= LARGE * usual:
        return part.size < PART * body.size or part.is_bar
    if _make_four(part, body) or _make_four(body, part):
        return True
    if len(strokes) == 1 and DOT * body.size < part.size < LESS * body.size:
        return max(across, down) <= ALONE * body.size and part.box[3] > body.center[1]
    if part.lies:
        return _is_hat(part, body, strokes)
    if body.lies or max(beside, above) < 0.5:
        return False
    if body.size > LARGE * usual and part.size > DOT * usual:  # a digit at a rule that touches one
        return False
    if part.size <= PART * body.size and max(across, down) <= NEAR * body.size:
        return True
    return down <= CLOSE * body.size and beside >= 0.5


def _is_hat(bar: Stroke, body: Stroke, strokes: list[Stroke]) -> bool:
    """Whether a bar is the upper stroke of a five that does not touch the rest."""
    across, down = gaps(bar, body)
    if body.is_bar or bar.width > 1.6 * body.height:
        return False
    in_place = bar.center[0] <= body.box[0] + 0.2 * body.height
    in_place &= body.box[1] - bar.box[1] <= 0.12 * body.height
    if not in_place or across > 0.15 * body.height or down > HAT * body.height:
        return False
    above = [
        bar.box[0] - other.box[2]
        for other in strokes
        if other is not body and not other.lies and gaps(bar, other)[0] < 0
        and other.center[0] < bar.center[0]
    ]  # fmt: skip
    return min(above, default=np.inf) > 2 * max(down, 0.05 * body.height)


def _make_four(corner: Stroke, stem: Stroke) -> bool:
    """Whether an L and a line right of it, which reaches lower, are a four."""
    if not stem.is_bar or stem.lies or corner.is_bar:
        return False
    top, bottom = min(corner.box[0], stem.box[0]), max(corner.box[2], stem.box[2])
    height = bottom - top
    across = stem.box[1] - corner.box[3]
    if not -0.5 * corner.width <= across <= 0.22 * height or corner.center[1] > stem.center[1]:
        return False
    if stem.box[2] - corner.box[2] < 0.12 * height or corner.height < 0.35 * height:
        return False
    if corner.box[2] < stem.box[0] + 0.2 * stem.height or stem.height < 0.5 * height:
        return False
    upper = corner.mask[: int(0.5 * corner.height)]
    lower = corner.mask[int(0.7 * corner.height) :]
    reach = [np.flatnonzero(half.any(0)).max(initial=0) / corner.width for half in (upper, lower)]
    wide = lower.any(0).mean()
    return bool(reach[0] < 0.75 and reach[1] > 0.85 and wide > 0.7)


# Touching digits


def _separated(digit: Stroke) -> list[tuple[Stroke, bool]]:
    """Return a digit, or those that it turns out to be; with whether there may be more in it."""
    ratio = digit.width / digit.height
    if ratio < NARROWEST or digit.is_bar:
        return [(digit, False)]
    parts = digit.halves()
    if parts is None:
        return [(digit, _may_be_two(digit))]
    left, right, crossed, place = parts
    if abs(place - 0.5) > ASIDE and left.way + right.way < BENT * digit.height:
        return [(digit, _may_be_two(digit))]  # an open zero, or a four like a U
    least = TALL if ratio > NARROW else VERY_TALL
    least = LESS_TALL if ratio > WIDE else least
    if min(left.height, right.height) >= least * digit.height and crossed <= THROUGH * digit.pen:
        return [*_separated(left), *_separated(right)]
    return [(digit, _may_be_two(digit))]


def _may_be_two(digit: Stroke) -> bool:
    ratio = digit.width / digit.height
    return ratio > WIDE or (ratio > NARROW and digit.way > FAR * digit.height)
