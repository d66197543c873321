"""What a component in the browser has told Python."""

from typing import Any

import streamlit as st


def told(key: str, event: str) -> Any:
    """Return what came with an event of a component, from the browser: it may be anything.

    A component may tell something just when the visitor turns to what does not show it any more.
    Streamlit, as of 1.67, then calls back all the same, but has forgotten what was told.

    Args:
        key: Of the component.
        event: Its name.

    Returns:
        What was told; None for nothing, and for what is forgotten.
    """
    return st.session_state.get(key, {}).get(event)
