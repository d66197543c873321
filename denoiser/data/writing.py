"""Which strokes on a sheet are ink of a pen: not a shadow, a table, a texture or grain.

Knows nothing of digits. A mask has dtype bool.
"""

import numpy as np

from denoiser.data.strokes import MAX_STROKES, Stroke

DARK = 0.42  # share of a stroke that is at least half as dark as its darkest
SOFTEST = 0.025  # of the sheet's longer side: no edge of a stroke is wider
FINE = 0.01  # of the sheet's longer side: a pen so fine is softer than it is wide
SHARP = 0.0125  # of the sheet's longer side: no edge of a stroke in a clear photograph is wider
SOLID = 0.5  # as `DARK`, of a stroke in a clear photograph
MOST_HOLES = 8  # of a digit with specks in it
FILLS = 0.25  # share of the sheet: ink that is larger and not sharp is a table or a shadow
TINY = 0.03  # of the sheet's longer side: no digit, but a bit that rulings left
CLEAR = 3  # strokes that tell writing beside a table from a texture, if none is sharp
SURE = 2  # sharp strokes that are writing, whatever rulings leave beside them
MOST_HOLES_BESIDE = 50  # of a table or a shadow beside a sheet; a texture has more
MOSTLY_INK = 0.7  # share of all that stands out; otherwise it is a desk, a cloth, light


def is_ink(stroke: Stroke, shape: tuple[int, ...]) -> bool:
    """Whether a stroke has edges, and is no texture, table or shadow."""
    if stroke.area > FILLS * shape[0] * shape[1] and not _is_sharp(stroke, max(shape)):
        return False
    return (
        stroke.core >= DARK
        and stroke.edge <= _softest(stroke, max(shape))
        and stroke.holes <= MOST_HOLES
    )


def is_ink_in_shadow(stroke: Stroke, shape: tuple[int, ...]) -> bool:
    """Whether a stroke out of a shadow is clearly ink."""
    side = max(shape)
    return (
        is_ink(stroke, shape)
        and stroke.is_within(shape)
        and stroke.size > TINY * side
        and stroke.core >= SOLID
        and _is_sharp(stroke, side)
    )


def _softest(stroke: Stroke, side: int) -> float:
    """Return how many pixels the edge of a stroke of ink takes at most."""
    return max(5, SOFTEST * side * (2 if stroke.pen < FINE * side else 1))


def _is_sharp(stroke: Stroke, side: int) -> bool:
    return stroke.edge <= max(5, SHARP * side)


def is_writing(strokes: list[Stroke], ink: list[Stroke], mask: np.ndarray) -> bool:
    """Whether most of what stands out is ink, apart from what may be beside it.

    Args:
        strokes: All strokes on a sheet.
        ink: Those of them that are ink.
        mask: What stands out on the sheet, bool, shape (h, w).
    """
    side = max(mask.shape)
    if not ink or _is_texture(strokes, side):
        return False
    clear = [s for s in ink if s.is_within(mask.shape) and s.size > TINY * side]
    sharp = [s for s in clear if _is_sharp(s, side) and s.core >= SOLID]
    if len(sharp) >= SURE:
        return not any(stroke.holes > MOST_HOLES_BESIDE for stroke in strokes)
    is_sharp = bool(sharp)
    others = [stroke for stroke in strokes if stroke not in ink]
    beside = [
        stroke
        for stroke in others
        if _runs_off(stroke, mask.shape)
        and (is_sharp or (len(clear) >= CLEAR and stroke.edge <= _softest(stroke, side)))
    ]
    if is_sharp:  # what rulings leave
        left = [s for s in others if s not in beside]
        beside += [s for s in left if s.size < TINY * side or s.is_bar]
    total = _area(strokes) if is_sharp else int(mask.sum())
    return _area(ink) >= MOSTLY_INK * (total - _area(beside))


def _runs_off(stroke: Stroke, shape: tuple[int, ...]) -> bool:
    """Whether it may be a table that a sheet of some shape lies on, or a shadow."""
    return not stroke.is_within(shape) and stroke.holes <= MOST_HOLES_BESIDE


def _is_texture(strokes: list[Stroke], side: int) -> bool:
    """Whether there are as many strokes as can be, and too small to be read."""
    sizes = [stroke.size for stroke in strokes]
    return len(strokes) == MAX_STROKES and float(np.median(sizes)) < TINY * side


def _area(strokes: list[Stroke]) -> int:
    return sum(stroke.area for stroke in strokes)
