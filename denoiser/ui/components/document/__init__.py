"""Attributes of the browser's document: its language, and whether a projector shows it.

Screen readers pronounce, and browsers choose glyphs and line breaks, by the document's
language, which Streamlit always calls English.
"""

from pathlib import Path

import streamlit as st

from denoiser import web

_component = st.components.v2.component(
    "document", js=web.bundle(Path(__file__).with_name("document.js"))
)


def document(language: str, is_projected: bool) -> None:
    """Set the attributes of the document.

    Args:
        language: As in HTML: "en", "zh".
        is_projected: Whether styles for a projector apply (`html.projector`).
    """
    _component(key="document", data={"language": language, "isProjected": is_projected})
