"""The program of the model that is shown inside."""

import streamlit as st

from denoiser.models import code
from denoiser.models.store import Model
from denoiser.ui.components.live import Denoiser
from denoiser.ui.pages.inside.code import show_code
from denoiser.ui.session.text import _


def program_of(model: Denoiser) -> None:
    """Offer the program that makes a model, folded; what a device trains has none here."""
    if not isinstance(model, Model):
        return
    with st.expander(_("Show me the code"), icon=":material/code:"):
        show_code(code.of_config(model.config, model.name))
