"""What a class predicted, drawn large enough for the back row."""

from collections.abc import Sequence
from html import escape
from statistics import median
from typing import Any

import numpy as np
import streamlit as st

from denoiser.classroom.lesson import Prediction
from denoiser.ui.components.colors import inks
from denoiser.ui.components.sketch import sketches
from denoiser.ui.session.text import _

BINS = 10


def fitting(prediction: Prediction, values: Sequence[Any]) -> list[Any]:
    """Return the values that answer this question: a lesson's file may have changed since."""
    return [value for value in values if _fits(prediction, value)]


def _fits(prediction: Prediction, value: Any) -> bool:
    if prediction.kind == "sketch":
        return isinstance(value, list) and len(value) == len(prediction.curve) and all(
            _is_number(point, 0, prediction.high) for point in value
        )  # fmt: skip
    if prediction.kind == "choice":
        return type(value) is int and 0 <= value < len(prediction.choices)
    return _is_number(value, prediction.low, prediction.high)


def _is_number(value: Any, low: float, high: float) -> bool:
    return type(value) in (int, float) and low <= value <= high


def show(prediction: Prediction, values: Sequence[Any], *, is_revealed: bool) -> None:
    """Show the answers.

    Args:
        prediction: The question; says what kind of chart it is.
        values: Answers that fit it.
        is_revealed: Whether what is true is marked.
    """
    if prediction.kind == "sketch":
        sketches("class_sketches", prediction.curve, values, prediction.high, revealed=is_revealed)
        return
    draw = _histogram if prediction.kind == "number" else _bars
    drawn = draw(prediction, values, is_revealed)
    st.html(f'<div class="answers" style="{inks()}">{drawn}</div>')


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
    return " · " + escape(_("the middle answer: {median}").format(median=f"{median(values):.3g}"))


def _bars(prediction: Prediction, values: Sequence[int], is_revealed: bool) -> str:
    counts = [values.count(place) for place in range(len(prediction.choices))]
    rows = "".join(
        f"{_item(is_revealed and i == prediction.answer, count / max(*counts, 1))}"
        f"<span>{escape(choice)}</span><i></i><b>{count}</b></li>"
        for i, (choice, count) in enumerate(zip(prediction.choices, counts, strict=True))
    )
    return f'<ol class="bars">{rows}</ol>'
