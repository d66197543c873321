"""What the curves of a class say together: the median of all, the best, and each share's result.

Knows nothing of where curves are kept or drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from denoiser.classroom.trainings import DeviceCurve, Points

GRID = 120  # places of the median's curve
ENOUGH = 0.5  # of the devices have to have come to a place


@dataclass(frozen=True)
class ShareResult:
    """What a share of the class has reached.

    Attributes:
        devices: How many have it.
        ended: How many of them are done, those that went astray or failed included.
        lost: How many went astray or failed.
        best: The lowest val loss of all its devices; None before there is one.
        median: The median of its devices' lowest val losses; None before there is one.
    """

    devices: int
    ended: int
    lost: int
    best: float | None
    median: float | None


def median_curve(curves: Sequence[DeviceCurve], epochs: float) -> Points:
    """Return the median loss over the epochs, where at least half of the devices have come.

    Args:
        curves: Of all devices; those without a point do not count.
        epochs: Where the last place lies; the places are `GRID` equal steps.

    Returns:
        Places and losses, as in `DeviceCurve.points`; empty before the first place is reached.
    """
    begun = [np.array(curve.points) for curve in curves if curve.points]
    if not begun:
        return ()
    places = np.linspace(0, epochs, GRID + 1)[1:]
    levels = np.full((len(begun), GRID), np.nan)
    for row, points in zip(levels, begun, strict=True):
        x, loss = points.T
        is_there = (places >= x[0]) & (places <= x[-1])
        row[is_there] = np.interp(places[is_there], x, loss)
    counts = np.sum(~np.isnan(levels), axis=0)
    return tuple(
        (float(place), float(np.nanmedian(column)))
        for place, column, count in zip(places, levels.T, counts, strict=True)
        if count >= ENOUGH * len(begun)
    )


def best_of(curves: Sequence[DeviceCurve]) -> int | None:
    """Return the place of the curve with the lowest val loss; None before there is one."""
    reached = [(curve.best, place) for place, curve in enumerate(curves) if curve.best is not None]
    return min(reached)[1] if reached else None


def result_of(curves: Sequence[DeviceCurve]) -> ShareResult:
    """Return what some devices have reached: those of a share, or all."""
    reached = [curve.best for curve in curves if curve.best is not None]
    lost = [curve for curve in curves if curve.status in ("diverged", "failed")]
    ended = [curve for curve in curves if curve.status == "ended"]
    return ShareResult(
        devices=len(curves),
        ended=len(ended) + len(lost),
        lost=len(lost),
        best=min(reached, default=None),
        median=median(reached) if reached else None,
    )
