"""The Handwriting page's parts: where a digit comes from, how it was made, and the live panel.

What is drawn stays in the browser. Pictures are read on a worker, and are kept
in this session alone.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from denoiser.data.handwriting import STEPS
from denoiser.models.store import Model
from denoiser.ui.components.live import Denoiser, drawing_panel, own_digits_panel
from denoiser.ui.pages.handwriting import brought, reading, sources
from denoiser.ui.pages.handwriting.notes import choose, notes
from denoiser.ui.pages.handwriting.steps import strip
from denoiser.ui.session import state
from denoiser.ui.session.classroom import hidden
from denoiser.ui.session.text import _

STYLE = Path(__file__).with_name("handwriting.css")
MOST_DIGITS = 100


def handwriting(denoisers: Sequence[Denoiser], classifier: Model) -> None:
    """Show a choice of sources, and the panel with what comes from the chosen one.

    Args:
        denoisers: The models to choose from, the default first.
        classifier: The model that reads digits.
    """
    st.html(STYLE)
    source = sources.choose()
    if source == sources.DRAW:
        drawing_panel(denoisers, classifier, hidden())
        return
    sources.field(source)
    if pictures := brought.pictures():
        _brought(pictures, denoisers, classifier)
    else:
        sources.advice()


def _brought(
    pictures: Sequence[brought.Picture], denoisers: Sequence[Denoiser], classifier: Model
) -> None:
    off = state.steps_off(STEPS)
    readings = reading.read(pictures, off)
    found = reading.digits_in(pictures, readings)
    shown = found[:MOST_DIGITS]
    if len(shown) < len(found):
        st.info(_("The first {count} digits are shown.").format(count=len(shown)))
    picture, chosen = choose(pictures, shown)
    digit = shown[chosen] if shown else None
    with st.container(key="handwriting_brought"):
        with st.container(key="handwriting_notes"):
            notes(pictures, readings, picture, digit, "orientation" not in off)
        if shown:
            with st.container(key="handwriting_panel"):
                images = np.stack([each.pixels for each in shown])
                own_digits_panel(denoisers, classifier, images, chosen, hidden())
        strip(digit, len(pictures))
