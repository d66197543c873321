"""Handwriting: a digit that the visitor draws, uploads or photographs, in the live panel."""

import streamlit as st

from denoiser.errors import ModelError
from denoiser.ui.pages.handwriting import handwriting
from denoiser.ui.pages.layout import page_layout
from denoiser.ui.session.device import device_models
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.run_models import run_models
from denoiser.ui.session.shipped import classifier, denoisers
from denoiser.ui.session.text import _

with page_layout(_("Handwriting"), "handwriting"):
    st.title(_("Your own handwriting"), anchor=False)
    st.markdown(_("Draw a digit, or bring pictures: cover it with noise, and see what comes back."))
    try:
        handwriting([*denoisers(), *run_models(), *device_models()], classifier())
    except ModelError as error:
        show_problem(error)
