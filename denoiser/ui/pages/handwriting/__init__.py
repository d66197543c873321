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
from denoiser.ui.components.live import drawing_panel, own_digits_panel
from denoiser.ui.pages.handwriting import sources
from denoiser.ui.pages.handwriting.reading import digits_in
from denoiser.ui.pages.handwriting.steps import strip
from denoiser.ui.session import state
from denoiser.ui.session.classroom import hidden
from denoiser.ui.session.text import _

STYLE = Path(__file__).with_name("handwriting.css")
MOST_DIGITS = 100


def handwriting(denoisers: Sequence[Model], classifier: Model) -> None:
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
    if not (files := sources.files_from(source)):
        sources.advice()
        return
    found = digits_in(files, state.steps_off(STEPS))
    shown = found[:MOST_DIGITS]
    if len(shown) < len(found):
        st.info(_("The first {count} digits are shown.").format(count=len(shown)))
    chosen = min(state.own_digit(), max(0, len(shown) - 1))
    strip(shown, chosen)
    if shown:
        images = np.stack([digit.pixels for digit in shown])
        own_digits_panel(denoisers, classifier, images, chosen, hidden())
