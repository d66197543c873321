"""The frame around every page: its set-up, style and footer. Every page starts with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from denoiser import __version__
from denoiser.ui.text import _

STYLE = Path(__file__).with_name("frame.css")
ICON = Path(__file__).with_name("icon.svg")


@contextmanager
def frame(title: str | None = None) -> Iterator[None]:
    """Set a page up, show what is drawn inside, and close it with the footer.

    Args:
        title: The page's name in the browser's tab; None for the home page.
    """
    name = _("Denoising Lab")
    st.set_page_config(
        page_title=f"{title} · {name}" if title else name,
        page_icon=ICON,
        layout="wide",
    )
    st.html(STYLE)
    _navigation()
    yield
    _footer()


def _navigation() -> None:
    with st.container(key="navigation", horizontal=True):
        for path, label in (
            ("app.py", _("Denoise")),
            ("pages/1_Train.py", _("Train")),
            ("pages/2_Compare.py", _("Compare")),
            ("pages/3_Handwriting.py", _("Handwriting")),
            ("pages/4_Lessons.py", _("Lessons")),
        ):
            st.page_link(path, label=label)


def _footer() -> None:
    with st.container(key="footer"):
        st.caption(_("Denoising Lab {version} · MIT licence").format(version=__version__))
