"""From picture to digit: a strip of pictures, one for each step, each with its switch."""

from html import escape

import numpy as np
import streamlit as st

from denoiser.ui.components.png import data_uri
from denoiser.ui.pages.handwriting.reading import Found
from denoiser.ui.session import state
from denoiser.ui.session.problem import plain
from denoiser.ui.session.text import _

_SHOWN = "handwriting_steps_shown"


def strip(digit: Found | None, pictures: int) -> None:
    """Show how one digit was made, and a switch for each step.

    Args:
        digit: None where there is none: then the switches stand alone.
        pictures: How many there are to tell apart.
    """
    with st.container(key="handwriting_made"):
        if digit:
            st.caption(_told(digit, pictures))
        with st.container(key="handwriting_steps", horizontal=True):
            addresses = _addresses(digit.steps) if digit else {}
            for step, (title, meaning) in _meanings().items():
                with st.container(key=f"handwriting_{step}", gap="xxsmall"):
                    _step(step, title, meaning, addresses.get(step))


def _step(step: str, title: str, meaning: str, address: str | None) -> None:
    content = f'<img src="{address}" alt="{escape(meaning)}">' if address else ""
    st.html(f'<div class="step">{content}</div>')
    st.toggle(title, value=True, key=state.step_key(step))
    st.caption(meaning)


def _addresses(steps: dict[str, np.ndarray]) -> dict[str, str]:
    """Return the steps' pictures as addresses; those of the last digit are kept for the session."""
    shown, addresses = st.session_state.get(_SHOWN, ({}, {}))
    if steps.keys() != shown.keys() or any(steps[name] is not shown[name] for name in steps):
        addresses = {name: data_uri(picture) for name, picture in steps.items()}
        st.session_state[_SHOWN] = steps, addresses
    kept: dict[str, str] = addresses
    return kept


def _meanings() -> dict[str, tuple[str, str]]:
    """Return each step's title, and what it does."""
    return {
        "orientation": (_("Upright"), _("as it was photographed")),
        "grey": (_("Grey"), _("without colour, on white")),
        "sheet": (_("Sheet"), _("cut out, made straight")),
        "paper": (_("Bright ink"), _("dark ink inverted")),
        "lighting": (_("Even light"), _("no shadows, no paper")),
        "lines": (_("No lines"), _("rulings taken out")),
        "crop": (_("Crop"), _("one digit cut out")),
        "box": (_("20x20"), _("scaled, its shape kept")),
        "center": (_("Centred"), _("by mass, in 28x28 pixels")),
    }


def _told(digit: Found, pictures: int) -> str:
    line = _("How digit {number} of {count} was made.")
    if pictures > 1:
        line = _("How digit {number} of {count} in {name} was made.")
    line = line.format(number=digit.number, count=digit.count, name=plain(digit.name))
    return line + " " + _("Switch a step off to see what it is good for.")
