"""The Class page: the teacher opens a class, sees its answers arrive, and reveals what is true."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from denoiser.classroom.lesson import Lesson
from denoiser.classroom.store import CONTROLS, Class
from denoiser.ui.components.share import page_link, show_link
from denoiser.ui.pages.classroom import answers
from denoiser.ui.pages.classroom.health import health
from denoiser.ui.pages.classroom.trainings import class_trains
from denoiser.ui.session import state
from denoiser.ui.session.classroom import joined
from denoiser.ui.session.pin import pin_form
from denoiser.ui.session.services import classroom
from denoiser.ui.session.text import _
from denoiser.ui.session.told import are_shown

STYLE = Path(__file__).with_name("classroom.css")
POLL_SECONDS = 1.0
_HIDDEN, _LESSON = "class_seen", "class_lesson"


def teacher_page(lessons: Sequence[Lesson]) -> None:
    """Show the class that is open, or how to open one; only to a visitor who gives the PIN.

    Raises:
        ClassroomError: The file of classes cannot be read or written.
    """
    st.html(STYLE)
    if state.is_teacher() and (opened := joined()):
        _class(opened, lessons)
        return
    st.title(_("Class"), anchor=False)
    if state.is_teacher():
        _invite()
    else:
        pin_form()


def _invite() -> None:
    st.markdown(
        _(
            "Students open one link. What they predict in a lesson arrives here without names, "
            "and you show to all at once what is true."
        )
    )
    if st.button(_("Open a class"), type="primary", icon=":material/group_add:", key="open_class"):
        state.join_class(classroom().open_class())
        st.rerun()


def _class(opened: Class, lessons: Sequence[Lesson]) -> None:
    with st.container(key="class_code"):
        st.title(_("Class {code}").format(code=opened.code), anchor=False)
    link, shown = st.columns([2, 3], gap="large")
    with shown:
        lesson = _choose(opened, lessons)
        if lesson:
            _answers(opened.code, lesson)
    with link:
        _link(opened, lesson)
    class_trains(opened.code, lesson)
    seen, end = st.columns([3, 2], gap="large", vertical_alignment="bottom")
    with seen:
        _what_students_see(opened)
    with end:
        _end(opened)
    with st.expander(_("How the server is"), icon=":material/monitor_heart:"):
        health()


def _link(opened: Class, lesson: Lesson | None) -> None:
    query = {"class": opened.code} | ({"lesson": lesson.name} if lesson else {})
    show_link(page_link("Lessons" if lesson else "", query), key="class_link")


def _choose(opened: Class, lessons: Sequence[Lesson]) -> Lesson | None:
    names = [lesson.name for lesson in lessons]
    titles = {lesson.name: lesson.title for lesson in lessons}
    st.session_state[_LESSON] = opened.lesson if opened.lesson in names else None
    st.selectbox(
        _("Lesson"), names, key=_LESSON, format_func=titles.__getitem__,
        placeholder=_("Choose what this class is about"),
        on_change=_teach, args=(opened.code,),
    )  # fmt: skip
    chosen = st.session_state[_LESSON]
    return next((lesson for lesson in lessons if lesson.name == chosen), None)


def _teach(code: str) -> None:
    if not are_shown(_LESSON):
        return
    classroom().teach(code, st.session_state[_LESSON] or "")


@st.fragment(run_every=POLL_SECONDS)
def _answers(code: str, lesson: Lesson) -> None:
    standing = classroom().round(code, lesson.name)
    values = answers.fitting(lesson.prediction, classroom().answers(code, lesson.name))
    st.markdown(f"**{lesson.prediction.question}**")
    answers.show(lesson.prediction, values, is_revealed=standing.is_revealed)
    st.markdown(_("Answers: {count}").format(count=f"**{len(values)}**"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Hide it again") if standing.is_revealed else _("Reveal to all"),
            key="class_reveal", type="primary",
            icon=":material/visibility_off:" if standing.is_revealed else ":material/visibility:",
            on_click=classroom().reveal, args=(code, lesson.name, not standing.is_revealed),
        )  # fmt: skip
        st.button(
            _("Clear answers"), key="class_clear", icon=":material/ink_eraser:",
            help=_("Students can predict again."),
            on_click=classroom().clear, args=(code, lesson.name),
        )  # fmt: skip
        st.page_link(
            "pages/4_Lessons.py", label=_("Open the lesson"), icon=":material/menu_book:",
            query_params=state.carried() | {"lesson": lesson.name},
        )  # fmt: skip
        st.page_link(
            "pages/4_Lessons.py", label=_("Worksheet"), icon=":material/print:",
            query_params=state.carried() | {"lesson": lesson.name, "worksheet": "1"},
        )  # fmt: skip


def _what_students_see(opened: Class) -> None:
    titles = {
        "train": _("Train"),
        "compare": _("Compare"),
        "handwriting": _("Handwriting"),
        "model": _("Choice of model"),
        "noise": _("Kinds of noise"),
        "digit": _("Other digits"),
    }
    st.session_state[_HIDDEN] = [name for name in CONTROLS if name not in opened.hidden]
    st.pills(
        _("What students see"), CONTROLS, key=_HIDDEN, selection_mode="multi",
        format_func=titles.__getitem__, on_change=_hide, args=(opened.code,),
        help=_("The Denoise and Lessons pages and the noise's sliders are always there."),
    )  # fmt: skip


def _hide(code: str) -> None:
    if not are_shown(_HIDDEN):
        return
    seen = st.session_state[_HIDDEN]
    classroom().hide(code, [name for name in CONTROLS if name not in seen])


def _end(opened: Class) -> None:
    with st.popover(_("End the class"), icon=":material/logout:"):
        st.markdown(_("Its answers and curves are deleted, and its link leads nowhere any more."))
        st.button(_("End this class"), key="close_class", on_click=_close, args=(opened.code,))
        st.divider()
        st.markdown(_("All classes of this computer and all their answers:"))
        is_sure = st.checkbox(_("I want to delete all of them"), key="wipe_sure")
        st.button(_("Wipe everything"), key="wipe", disabled=not is_sure, on_click=_wipe)


def _close(code: str) -> None:
    classroom().close(code)
    state.leave_class()


def _wipe() -> None:
    classroom().wipe()
    state.leave_class()
