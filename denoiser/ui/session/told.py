"""What the browser has told Python, where a page asks in a callback.

A component or a field may tell something just when the visitor turns to what does not show it any
more. Streamlit, as of 1.67, then calls back all the same, but has forgotten what was told, and what
the other fields of that page hold.
"""

from typing import Any

import streamlit as st


def told(key: str, event: str) -> Any:
    """Return what came with an event of a component, from the browser: it may be anything.

    Args:
        key: Of the component.
        event: Its name.

    Returns:
        What was told; None for nothing, and for what is forgotten.
    """
    return st.session_state.get(key, {}).get(event)


def are_shown(*keys: str) -> bool:
    """Whether the fields with these keys are on the page: else a callback has nothing to do."""
    return all(key in st.session_state for key in keys)
