"""Denoise, the home page: the live panel, and below it what it shows."""

import streamlit as st

from denoiser.errors import ModelError
from denoiser.ui.components.live import live_panel
from denoiser.ui.pages.denoise.explanation import explanation
from denoiser.ui.pages.denoise.own_weights import own_weights
from denoiser.ui.pages.layout import page_layout
from denoiser.ui.session.classroom import hidden
from denoiser.ui.session.device import device_models
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.run_models import run_models
from denoiser.ui.session.shipped import classifier, denoisers
from denoiser.ui.session.text import _

with page_layout():
    st.title(_("Denoising Lab"), anchor=False)
    st.markdown(
        _("Drag the noise up: a small neural network, running in your browser, takes it off again.")
    )
    try:
        live_panel([*denoisers(), *run_models(), *device_models()], classifier(), hidden())
        own_weights()
        explanation(denoisers(), classifier())
    except ModelError as error:
        show_problem(error)
