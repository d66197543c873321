"""What only the browser's document can be told: its language, and that a projector shows it.

Screen readers pronounce, and browsers choose glyphs and line breaks, by the document's
language, which Streamlit always calls English.
"""

from pathlib import Path

import streamlit as st

_component = st.components.v2.component(
    "document", js=Path(__file__).with_name("document.js").read_text(encoding="utf-8")
)


def document(language: str, is_projected: bool) -> None:
    """Tell the document.

    Args:
        language: As in HTML: "en", "zh".
        is_projected: Whether styles for a projector apply (`html.projector`).
    """
    _component(key="document", data={"language": language, "isProjected": is_projected})
