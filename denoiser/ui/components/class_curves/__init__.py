"""The curves of a class, one line a device, drawn in the browser while they grow.

One chart stays and is told its points, so nothing blinks. Colours tell shares of the settings
apart; the median of all is thick and dashed, the best one thick.
"""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from denoiser import figures, web
from denoiser.ui.session.text import _

FOLDER = Path(__file__).parent
# From the first share to the last, readable in both themes, and neither amber nor teal.
ANCHORS = ("#3B8FD4", "#7A68D9", "#C2589B")
Points = Sequence[tuple[float, float]]

_component = st.components.v2.component(
    "class_curves",
    html=(FOLDER / "class_curves.html").read_text(encoding="utf-8"),
    css=web.style(web.FOLDER / "legend.css", FOLDER / "class_curves.css"),
    js=web.bundle(FOLDER / "class_curves.js"),
)


def class_curves(
    lines: Sequence[tuple[int, Points]],
    median: Points,
    best: tuple[int, float] | None,
    labels: Sequence[str],
    total: int,
) -> None:
    """Show the curves.

    Args:
        lines: Of each device, the place of its share and its points: epochs and losses.
        median: The points of the median of all.
        best: Which line is the best, and its val loss; None before there is one.
        labels: What the shares are called.
        total: Epochs there will be.
    """
    data = {
        "lines": [{"share": share, "points": _line(points)} for share, points in lines],
        "median": _line(median),
        "best": best[0] if best else None,
        "labels": list(labels),
        "colors": share_colors(len(labels)),
        "total": total,
        "reference": figures.TUTORIAL_VAL_LOSS,
        "text": _texts() | {"best": _best(best, lines, labels)},
        "summary": _summary(lines, median, best),
    }
    _component(key="class_curves", data=data)


def share_colors(count: int) -> list[str]:
    """Return a colour for each share, as #rrggbb, in their order."""
    if count == 1:
        return [ANCHORS[1]]
    places = [i * (len(ANCHORS) - 1) / (count - 1) for i in range(count)]
    return [_between(min(int(place), len(ANCHORS) - 2), place) for place in places]


def _between(first: int, place: float) -> str:
    parts = (_channels(ANCHORS[first]), _channels(ANCHORS[first + 1]))
    mixed = (round(a + (b - a) * (place - first)) for a, b in zip(*parts, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def _line(points: Points) -> list[list[float]]:
    """Return points as a `Line` in denoiser/web/charts.js, in few digits."""
    return [[round(x, 3) for x, _loss in points], [float(f"{loss:.4g}") for _x, loss in points]]


def _best(
    best: tuple[int, float] | None, lines: Sequence[tuple[int, Points]], labels: Sequence[str]
) -> str:
    if best is None:
        return ""
    place, loss = best
    text = _("the best: {setting}, val loss {loss}")
    return text.format(setting=labels[lines[place][0]], loss=f"{loss:.4f}")


def _texts() -> dict[str, str]:
    return {
        "each": _("train loss of each device"),
        "median": _("median of all"),
        "x": _("epoch"),
        "y": _("loss (MSE)"),
        "empty": _("Nobody has begun yet."),
        "reference": _("the tutorial's final val loss {loss}").format(
            loss=figures.TUTORIAL_VAL_LOSS
        ),
    }


def _summary(
    lines: Sequence[tuple[int, Points]], median: Points, best: tuple[int, float] | None
) -> str:
    """Return what the curves show in words, for screen readers."""
    begun = sum(bool(points) for _share, points in lines)
    parts = [_("Train loss over epochs of {count} devices").format(count=begun)]
    if median:
        epoch, loss = median[-1]
        text = _("median {loss} after {epoch} epochs")
        parts.append(text.format(loss=f"{loss:.4f}", epoch=f"{epoch:.1f}"))
    if best:
        parts.append(_("lowest val loss {loss}").format(loss=f"{best[1]:.4f}"))
    return "; ".join(parts)
