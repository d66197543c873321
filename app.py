"""Denoise, the home page: the live panel, and below it what it shows."""

import streamlit as st

from denoiser.errors import ModelError
from denoiser.ui.explanation import explanation
from denoiser.ui.frame import frame
from denoiser.ui.guests import guests
from denoiser.ui.live import live_panel
from denoiser.ui.own_weights import own_weights
from denoiser.ui.shipped import denoisers, reader
from denoiser.ui.text import _, told

with frame():
    st.title(_("Denoising Lab"), anchor=False)
    st.markdown(
        _("Drag the noise up: a small neural network, running in your browser, takes it off again.")
    )
    try:
        live_panel([*denoisers(), *guests()], reader())
        own_weights()
        explanation(denoisers(), reader())
    except ModelError as error:
        st.error(told(error), icon=":material/deployed_code_alert:")
