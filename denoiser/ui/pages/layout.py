"""The frame around every page: its set-up, style and footer. Every page starts with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import streamlit as st

from denoiser import __version__
from denoiser.ui.components.device_class import device_class
from denoiser.ui.components.document import document
from denoiser.ui.components.share import share_button
from denoiser.ui.pages.classroom.student import train_with_class
from denoiser.ui.session import state
from denoiser.ui.session.classroom import class_line, hidden
from denoiser.ui.session.text import LANGUAGES, _, choose_language, language
from denoiser.ui.session.visitor import leave_role, remember_visitor

STYLE = Path(__file__).with_name("layout.css")
ICON = Path(__file__).with_name("icon.svg")


PAGES = {  # by the control that a teacher can hide; "" is always there
    "app.py": "",
    "pages/6_Inside.py": "",
    "pages/1_Train.py": "train",
    "pages/2_Compare.py": "compare",
    "pages/3_Handwriting.py": "handwriting",
    "pages/4_Lessons.py": "",
}


@contextmanager
def page_layout(title: str | None = None, control: str = "") -> Iterator[None]:
    """Set a page up, show what is drawn inside, and close it with the footer.

    Args:
        title: The page's name in the browser's tab; None for the home page.
        control: The name in `classroom.CONTROLS` by which a teacher can hide this page. For a
            student of such a class the page says that it is closed, and the script ends.
    """
    name = _("Denoising Lab")
    st.set_page_config(
        page_title=f"{title} · {name}" if title else name,
        page_icon=ICON,
        layout="wide",
    )
    st.html(STYLE)
    document(language(), is_projected=state.projector())
    remember_visitor()
    _navigation()
    class_line(device_class, train_with_class)
    if control in hidden():
        _closed()
    yield
    _footer()


def _navigation() -> None:
    titles = (_("Denoise"), _("Inside"), _("Train"), _("Compare"), _("Handwriting"), _("Lessons"))
    not_seen = hidden()
    with st.container(key="navigation", horizontal=True, vertical_alignment="center"):
        for (path, control), label in zip(PAGES.items(), titles, strict=True):
            if control not in not_seen:
                st.page_link(path, label=label, query_params=state.carried())
        if state.is_teacher():
            st.page_link("pages/5_Class.py", label=_("Class"), query_params=state.carried())
        _tools()


def _tools() -> None:
    with st.container(key="tools", horizontal=True, horizontal_alignment="right"):
        share_button()
        others = [name for name in LANGUAGES if name != language()]
        for place, name in enumerate(others):  # its key stays: two at once would move the row
            st.button(
                LANGUAGES[name], key=f"language_{place}", type="tertiary",
                icon=":material/translate:", on_click=choose_language, args=(name,),
            )  # fmt: skip
        is_projected = state.projector()
        st.button(
            _("Leave the projector") if is_projected else _("Projector"),
            key="projector_switch", type="tertiary", shortcut="Esc" if is_projected else None,
            icon=":material/close_fullscreen:" if is_projected else ":material/slideshow:",
            help=None if is_projected else _("Large type and strong contrast, keys for each step"),
            on_click=state.show_on_projector, args=(not is_projected,),
        )  # fmt: skip


def _closed() -> NoReturn:
    st.info(_("Your teacher has closed this page for now."), icon=":material/lock:")
    st.page_link("app.py", label=_("Back to the start"), query_params=state.carried())
    _footer()
    st.stop()


def _footer() -> None:
    with st.container(key="footer", horizontal=True, vertical_alignment="center"):
        st.caption(
            _("Denoising Lab {version} · MIT licence").format(version=__version__), width="content"
        )
        st.page_link(
            "pages/5_Class.py", label=_("For teachers"), icon=":material/school:",
            query_params=state.carried(),
        )  # fmt: skip
        if state.is_teacher():
            st.button(
                _("Leave the teacher's role"), key="leave_role", type="tertiary",
                icon=":material/logout:", on_click=leave_role,
            )  # fmt: skip
