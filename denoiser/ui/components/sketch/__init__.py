"""A curve that a visitor draws, and later the true one over it.

The first point is given; the others are dragged in one sweep or moved one by one
with the arrow keys. Everything happens in the browser, which sends the whole curve
when the pen is lifted.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from denoiser import figures, web
from denoiser.ui.session.text import _

FOLDER = Path(__file__).parent

_component = st.components.v2.component(
    "sketch",
    html=(FOLDER / "sketch.html").read_text(encoding="utf-8"),
    css=web.style(web.FOLDER / "legend.css", FOLDER / "sketch.css"),
    js=web.bundle(FOLDER / "sketch.js"),
)


def sketch(
    key: str,
    truth: Sequence[float],
    drawn: Sequence[float] | None,
    high: float,
    *,
    revealed: bool,
) -> tuple[float, ...] | None:
    """Show the axes, what was drawn, and the true curve once it is revealed.

    Args:
        key: Of the chart; what was drawn is kept under it.
        truth: One value an epoch; only the first is shown before it is revealed.
        drawn: What was drawn before; None for nothing yet.
        high: Where the axis ends; it begins at zero.
        revealed: Whether the true curve is shown; nothing can be drawn then.

    Returns:
        What was drawn until now, as many values as `truth` has; None for nothing yet.
    """
    data = _data(truth, high, revealed=revealed) | {
        "drawn": list(drawn) if drawn else None,
        "open": not revealed,
    }
    result = _component(key=key, data=data, on_drawn_change=_nothing)
    return parse_sent(dict(result).get("drawn"), truth, high) or (tuple(drawn) if drawn else None)


def sketches(
    key: str,
    truth: Sequence[float],
    drawn: Sequence[Sequence[float]],
    high: float,
    *,
    revealed: bool,
) -> None:
    """Show the curves of many, one over the other; the other arguments are those of `sketch`.

    Args:
        key: Of the chart.
        truth: The true curve.
        drawn: Theirs, each as long as `truth`.
        high: Where the axis ends.
        revealed: Whether the true curve is shown.
    """
    data = _data(truth, high, revealed=revealed) | {"others": [list(curve) for curve in drawn]}
    data["text"] |= {"drawn": _("sketches")}
    _component(key=key, data=data, on_drawn_change=_nothing)


def _data(truth: Sequence[float], high: float, *, revealed: bool) -> dict[str, Any]:
    return {
        "start": truth[0],
        "count": len(truth),
        "drawn": None,
        "others": [],
        "open": False,
        "truth": list(truth) if revealed else None,
        "high": high,
        "colors": {"drawn": figures.CURVE_COLORS[0], "truth": figures.CURVE_COLORS[1]},
        "text": _texts(),
    }


def parse_sent(sent: Any, truth: Sequence[float], high: float) -> tuple[float, ...] | None:
    """Return a curve as the browser sent it; None for anything that is no curve here."""
    if not isinstance(sent, (list, tuple)) or len(sent) != len(truth):
        return None
    if not all(type(value) in (int, float) and math.isfinite(value) for value in sent):
        return None
    return (truth[0], *(float(min(max(value, 0.0), high)) for value in sent[1:]))


def _nothing() -> None:
    """Streamlit hands a value on only to components that name a callback."""


def _texts() -> dict[str, str]:
    return {
        "x": _("epoch"),
        "y": _("val loss (MSE)"),
        "start": _("begins here"),
        "drawn": _("your sketch"),
        "truth": _("what happened"),
        "hint": _("Draw from the dot to the right, or move each point with the arrow keys."),
        "chart": _("Val loss over epochs"),
        "point": _("val loss after epoch {epoch}"),
    }
