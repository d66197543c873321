"""Inside: a network opened over the whole page, and the program that makes it."""

import streamlit as st

from denoiser.errors import ModelError
from denoiser.ui.components.live import inside_panel
from denoiser.ui.pages.inside.program import program_of
from denoiser.ui.pages.layout import page_layout
from denoiser.ui.session.classroom import hidden
from denoiser.ui.session.device import device_models
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.run_models import run_models
from denoiser.ui.session.shipped import classifier, denoisers
from denoiser.ui.session.text import _

with page_layout(_("Inside")), st.container(key="inside"):
    st.title(_("Inside the network"), anchor=False)
    st.write(_("From the noisy digit on the left to the denoised one on the right, step by step."))
    try:
        inside_panel(
            [*denoisers(), *run_models(), *device_models()], classifier(), hidden(), program_of
        )
    except ModelError as error:
        show_problem(error)
