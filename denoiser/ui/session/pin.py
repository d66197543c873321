"""The field for the teacher's PIN."""

import streamlit as st

from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.text import _
from denoiser.ui.session.visitor import PIN_VARIABLE, has_pin, unlock

_PIN, _PROBLEM = "teacher_pin", "teacher_pin_problem"


def pin_field() -> None:
    """Ask for the PIN, and say why the last one was refused."""
    st.text_input(_("PIN"), type="password", key=_PIN, max_chars=100, on_change=_try)
    if problem := st.session_state.get(_PROBLEM):
        show_problem(problem)


def _try() -> None:
    # Emptied, so that the same PIN can be given again, and no redraw gives it once more.
    pin, st.session_state[_PIN] = st.session_state.get(_PIN, ""), ""
    if pin:
        st.session_state[_PROBLEM] = unlock(pin)


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
