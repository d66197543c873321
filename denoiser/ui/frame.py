"""The frame around every page: its set-up, style and footer. Every page starts with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from denoiser import __version__
from denoiser.ui import state
from denoiser.ui.document import document
from denoiser.ui.share import share_button
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
    document(language="en", is_projected=state.projector())
    _navigation()
    yield
    _footer()


def _navigation() -> None:
    with st.container(key="navigation", horizontal=True, vertical_alignment="center"):
        for path, label in (
            ("app.py", _("Denoise")),
            ("pages/1_Train.py", _("Train")),
            ("pages/2_Compare.py", _("Compare")),
            ("pages/3_Handwriting.py", _("Handwriting")),
            ("pages/4_Lessons.py", _("Lessons")),
        ):
            st.page_link(path, label=label, query_params=state.carried())
        _tools()


def _tools() -> None:
    with st.container(key="tools", horizontal=True, horizontal_alignment="right"):
        share_button()
        is_projected = state.projector()
        st.button(
            _("Leave the projector") if is_projected else _("Projector"),
            key="projector_switch", type="tertiary", shortcut="Esc" if is_projected else None,
            icon=":material/close_fullscreen:" if is_projected else ":material/slideshow:",
            help=None if is_projected else _("Large type and strong contrast, keys for each step"),
            on_click=state.show_on_projector, args=(not is_projected,),
        )  # fmt: skip


def _footer() -> None:
    with st.container(key="footer"):
        st.caption(_("Denoising Lab {version} · MIT licence").format(version=__version__))
