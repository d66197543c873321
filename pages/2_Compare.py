"""Compare: models and classical filters on the same digits."""

import streamlit as st

from denoiser.errors import ModelError
from denoiser.ui.cards import how_made, score_table
from denoiser.ui.compare import comparison_of, method
from denoiser.ui.frame import frame
from denoiser.ui.shipped import denoisers
from denoiser.ui.text import _, told

with frame(_("Compare"), "compare"):
    st.title(_("Compare"), anchor=False)
    st.write(_("The same noisy digits for everybody: who gives back the clean ones?"))
    try:
        shipped = denoisers()
        comparison_of(shipped)
        method()
        with st.expander(_("The shipped models on MNIST's 10,000 test digits")):
            cards = [model.card for model in shipped]
            score_table(cards)
            how_made(cards)
    except ModelError as error:
        st.error(told(error), icon=":material/deployed_code_alert:")
