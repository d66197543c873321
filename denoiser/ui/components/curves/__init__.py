"""The curves of a training, drawn in the browser while they grow.

Not Streamlit's Plotly chart: that is taken away and made anew for every new
point, which blinks, and loses what the visitor points at. Here one chart stays
and is told its points, as JSON; `data` says which.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from denoiser import figures, web
from denoiser.ui.session.text import _

FOLDER = Path(__file__).parent
_TRAIN, _VAL = figures.CURVE_COLORS[:2]
COLORS = {"step": _TRAIN, "loss": _TRAIN, "val_loss": _VAL}

_component = st.components.v2.component(
    "curves",
    html=(FOLDER / "curves.html").read_text(encoding="utf-8"),
    css=web.style(web.FOLDER / "legend.css", FOLDER / "curves.css"),
    js=web.bundle(FOLDER / "curves.js"),
)


Lines = Mapping[str, tuple[Sequence[float], Sequence[float | None]]]


def curves(name: str, lines: Lines, total: int, *, log: bool) -> None:
    """Show the curves.

    Args:
        name: Of the chart; one that has the same name stays.
        lines: As `figures.training_curves` gives them.
        total: Epochs there will be.
        log: Whether the loss has a logarithmic axis.
    """
    _component(key=f"curves_{name}", data=data(lines, total, log=log))


def device_curves(id: str, *, log: bool) -> None:
    """Show the curves of a training on the visitor's device, which only the browser knows.

    Args:
        id: Of the training.
        log: As in `curves`.
    """
    nothing: Lines = {name: ([], []) for name in COLORS}
    _component(key=f"curves_{id}", data=data(nothing, 1, log=log) | {"device": id})


def data(lines: Lines, total: int, *, log: bool) -> dict[str, Any]:
    """Return what the browser needs; the same arguments give the same."""
    return {
        "device": "",
        "lines": {name: list(map(list, line)) for name, line in lines.items()},
        "colors": COLORS,
        "total": total,
        "reference": figures.TUTORIAL_VAL_LOSS,
        "log": log,
        "text": _texts(),
        "summary": _summary(lines, total),
    }


def _texts() -> dict[str, str]:
    return {
        "step": _("train loss, each step"),
        "loss": _("train loss, each epoch"),
        "val_loss": _("val loss, each epoch"),
        "learned": _(
            "Train loss and val loss over epochs: val loss {loss} after epoch {epoch} of {total}"
        ),
        "x": _("epoch"),
        "y": _("loss (MSE)"),
        "reference": _("the tutorial's final val loss {loss}").format(
            loss=figures.TUTORIAL_VAL_LOSS
        ),
    }


def _summary(lines: Lines, total: int) -> str:
    """Return what the curves show in words, for screen readers."""
    epochs, losses = lines["val_loss"]
    if not epochs or losses[-1] is None:
        return _("Train loss, step by step")
    text = _(
        "Train loss and val loss over epochs: val loss {loss:.4f} after epoch {epoch} of {total}"
    )
    return text.format(loss=losses[-1], epoch=epochs[-1], total=total)
