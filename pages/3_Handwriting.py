"""Handwriting: a digit of one's own, drawn, uploaded or photographed, in the live panel."""

import streamlit as st

from denoiser.errors import ModelError
from denoiser.ui.frame import frame
from denoiser.ui.guests import guests
from denoiser.ui.handwriting import handwriting
from denoiser.ui.shipped import denoisers, reader
from denoiser.ui.text import _, told

with frame(_("Handwriting"), "handwriting"):
    st.title(_("Your own handwriting"), anchor=False)
    st.markdown(_("Draw a digit, or bring pictures: cover it with noise, and see what comes back."))
    try:
        handwriting([*denoisers(), *guests()], reader())
    except ModelError as error:
        st.error(told(error), icon=":material/deployed_code_alert:")
