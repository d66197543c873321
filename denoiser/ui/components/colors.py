"""The theme's colours where a page draws in HTML; they are defined in .streamlit/config.toml."""

import streamlit as st

from denoiser.jobs import comparison


def inks() -> str:
    """Return the colours of text as a style, right in both themes: --noisy, --denoised, --wrong."""
    names = {"noisy": "orange", "denoised": "green", "wrong": "red"}
    return "; ".join(f"--{ink}: {_of_both_themes(color)}" for ink, color in names.items())


def page() -> str:
    """Return the colour of the page as a style, right in both themes: --page."""
    return f"--page: {_of_both_themes('background', 'Color')}"


def _of_both_themes(name: str, what: str = "TextColor") -> str:
    light, dark = (st.get_option(f"theme.{theme}.{name}{what}") for theme in ("light", "dark"))
    return f"light-dark({light}, {dark})"


# Difference maps are black in both themes, as digits are: the dark theme's colours serve in both.


def lost() -> str:
    """Return the colour of lost strokes, as #rrggbb."""
    return str(st.get_option("theme.dark.blueColor"))


def invented() -> str:
    """Return the colour of invented strokes, as #rrggbb."""
    return str(st.get_option("theme.dark.redColor"))


def kept() -> str:
    """Return the colour of strokes that are in both pictures, as #rrggbb."""
    return f"#{round(comparison.INK * 255):02x}" + 2 * f"{round(comparison.INK * 255):02x}"
