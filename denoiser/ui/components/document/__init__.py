"""Attributes of the browser's document: its language, whether a projector shows it, its history.

Screen readers pronounce, and browsers choose glyphs and line breaks, by the document's
language, which Streamlit always calls English. Settings in the address do not fill the
history: Back goes to the page, run or step before (`history.js`).
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
