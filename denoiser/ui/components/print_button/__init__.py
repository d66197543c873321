"""A button that opens the browser's own dialog for printing."""

from pathlib import Path

import streamlit as st

from denoiser import web
from denoiser.ui.components.share import FOLDER as SHARE
from denoiser.ui.session.text import _

_component = st.components.v2.component(
    "print_button",
    html='<button type="button"></button>',
    css=(SHARE / "button.css").read_text(encoding="utf-8"),
    js=web.bundle(Path(__file__).with_name("print_button.js")),
)


def print_button() -> None:
    """Show the button."""
    _component(key="print", data={"print": _("Print")}, width="content", height="content")
