"""A button that copies the page's address, also where the browser has no clipboard to offer."""

from pathlib import Path

import streamlit as st

from denoiser.ui.text import _

FOLDER = Path(__file__).parent

_component = st.components.v2.component(
    "copy_link",
    html='<button type="button"></button>',
    css=(FOLDER / "copy_link.css").read_text(encoding="utf-8"),
    js=(FOLDER / "copy_link.js").read_text(encoding="utf-8"),
)


def copy_link() -> None:
    """Show the button."""
    _component(
        key="copy_link",
        data={"copy": _("Copy link"), "copied": _("Link copied"), "failed": _("Copy the address")},
        width="content",
        height="content",
    )
