"""What a class predicted, as a picture large enough for the back row. Pure: values to HTML."""

import math
from collections.abc import Sequence
from html import escape
from statistics import median
from typing import Any

import numpy as np

from denoiser.lessons import Prediction
from denoiser.ui.text import _

BINS = 10
WIDTH, HEIGHT, MARGIN = 640, 320, 40  # of a chart of sketches, in units of its own


def fitting(prediction: Prediction, values: Sequence[Any]) -> list[Any]:
    """Return the values that answer this question: a lesson's file may have changed since."""
    return [value for value in values if _fits(prediction, value)]


def _fits(prediction: Prediction, value: Any) -> bool:
    if prediction.kind == "sketch":
        return isinstance(value, list) and len(value) == len(prediction.answer) and all(
            _is_number(point, 0, prediction.high) for point in value
        )  # fmt: skip
    if prediction.kind == "choice":
        return isinstance(value, int) and 0 <= value < len(prediction.choices)
    return _is_number(value, prediction.low, prediction.high)


def _is_number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and low <= value <= high


def chart(prediction: Prediction, values: Sequence[Any], *, is_revealed: bool) -> str:
    """Return the answers as HTML.

    Args:
        prediction: The question; says what kind of chart it is.
        values: Answers that fit it.
        is_revealed: Whether what is true is marked.
    """
    draw = {"number": _histogram, "choice": _bars, "sketch": _sketches}[prediction.kind]
    return f'<div class="answers">{draw(prediction, values, is_revealed)}</div>'


def _histogram(prediction: Prediction, values: Sequence[float], is_revealed: bool) -> str:
    edges = np.linspace(prediction.low, prediction.high, BINS + 1)
    counts, _edges = np.histogram(values, edges)
    true = min(int(np.searchsorted(edges, prediction.answer, "right")) - 1, BINS - 1)
    bars = "".join(
        f"{_item(is_revealed and i == true, count / max(*counts, 1))}"
        f"<b>{count or ''}</b><i></i><span>{low:g}</span></li>"
        for i, (count, low) in enumerate(zip(counts, edges, strict=False))
    )
    unit = f"{prediction.low:g}–{prediction.high:g} {prediction.unit}".strip()
    return f'<ol class="histogram">{bars}</ol><p>{escape(unit)}{_middle(values)}</p>'


def _item(is_true: bool, share: float) -> str:
    kind = ' class="true"' if is_true else ""
    return f'<li{kind} style="--share: {share:.3f}">'


def _middle(values: Sequence[float]) -> str:
    if not values:
        return ""
    return " · " + escape(_("the middle answer: {median}").format(median=f"{median(values):g}"))


def _bars(prediction: Prediction, values: Sequence[int], is_revealed: bool) -> str:
    counts = [values.count(place) for place in range(len(prediction.choices))]
    rows = "".join(
        f"{_item(is_revealed and i == prediction.answer, count / max(*counts, 1))}"
        f"<span>{escape(choice)}</span><i></i><b>{count}</b></li>"
        for i, (choice, count) in enumerate(zip(prediction.choices, counts, strict=True))
    )
    return f'<ol class="bars">{rows}</ol>'


def _sketches(prediction: Prediction, values: Sequence[Sequence[float]], is_revealed: bool) -> str:
    lines = "".join(f'<path d="{_path(value, prediction.high)}"/>' for value in values)
    if is_revealed:
        lines += f'<path class="true" d="{_path(prediction.answer, prediction.high)}"/>'
    label = _("{count} sketches of val loss over the epochs").format(count=len(values))
    floor = HEIGHT - MARGIN
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<path class="axes" d="M{MARGIN} {MARGIN / 2}V{floor}H{WIDTH}"/>{lines}'
        f'<text x="{MARGIN - 6}" y="{MARGIN / 2 + 5}" text-anchor="end">{prediction.high:g}</text>'
        f'<text x="{MARGIN - 6}" y="{floor + 5}" text-anchor="end">0</text>'
        f'<text x="{(WIDTH + MARGIN) / 2}" y="{HEIGHT - 10}" text-anchor="middle">'
        f"{escape(_('epoch'))} 1–{len(prediction.answer)}</text></svg>"
    )


def _path(curve: Sequence[float], high: float) -> str:
    floor, top = HEIGHT - MARGIN, MARGIN / 2
    step = (WIDTH - MARGIN - 10) / (len(curve) - 1)
    points = (
        f"{MARGIN + i * step:.1f} {floor - value / high * (floor - top):.1f}"
        for i, value in enumerate(curve)
    )
    return "M" + "L".join(points)
