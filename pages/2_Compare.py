"""Compare: models and classical filters on the same digits."""

import streamlit as st

from denoiser.errors import ModelError
from denoiser.ui.components.cards import how_made, score_table
from denoiser.ui.pages.compare import comparison_of, how_compared
from denoiser.ui.pages.layout import page_layout
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.shipped import denoisers
from denoiser.ui.session.text import _

with page_layout(_("Compare"), "compare"):
    st.title(_("Compare"), anchor=False)
    st.write(_("The same noisy digits for everybody: who gives back the clean ones?"))
    try:
        shipped = denoisers()
        comparison_of(shipped)
        how_compared()
        with st.expander(_("The shipped models on MNIST's 10,000 test digits")):
            cards = [model.card for model in shipped]
            score_table(cards)
            how_made(cards)
    except ModelError as error:
        show_problem(error)
