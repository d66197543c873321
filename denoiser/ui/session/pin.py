"""The field for the teacher's PIN."""

import streamlit as st

from denoiser.ui.session.text import _
from denoiser.ui.session.visitor import PIN_VARIABLE, has_pin, unlock


def pin_field() -> None:
    """Ask for the PIN; run the page again once it is right."""
    pin = st.text_input(_("PIN"), type="password", key="teacher_pin", max_chars=100)
    if not pin:
        return
    if problem := unlock(pin):
        st.error(problem)
    else:
        st.rerun()


def pin_form() -> None:
    """Ask for the PIN, or say how to start the lab with one."""
    if has_pin():
        st.markdown(_("For the teacher. Give the PIN that the lab was started with."))
        with st.container(width=320):
            pin_field()
        return
    st.info(
        _("This page is for a teacher with a PIN, and the lab was started without one. With it:"),
        icon=":material/school:",
    )
    st.code(f"{PIN_VARIABLE}=4711 streamlit run app.py", language="sh")
