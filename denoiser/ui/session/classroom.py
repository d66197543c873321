"""What being in a class changes for a student: what they see, and where predictions go.

The code of the class is in the address of each page. A teacher, who has given the PIN,
sees everything, and sends no answers. A class that cannot be read changes nothing: the
lab then works as it does without one.

Phones follow their teacher: within two seconds of what the teacher reveals, hides or clears,
a student's page shows it. Who has predicted is taken to what is true; who is at something
else is told that it is there. What the class trains begins as soon, on every page.
"""

from collections.abc import Callable

import streamlit as st

from denoiser.classroom.lesson import Lesson
from denoiser.classroom.store import Class, Round, student_key
from denoiser.errors import ClassroomError
from denoiser.ui.session import state
from denoiser.ui.session.services import classroom
from denoiser.ui.session.text import _
from denoiser.ui.session.visitor import visitor

POLL_SECONDS = 1.5  # and half a second to draw
_STANDING, _LOCKED = "class_standing", "class_locked_{}"


def joined() -> Class | None:
    """Return the class that this visitor is in; None for none, and for one that is over."""
    code = state.class_code()
    try:
        return classroom().find(code) if code else None
    except ClassroomError:
        return None


def hidden() -> frozenset[str]:
    """Return the names of the controls that this visitor does not see."""
    found = None if state.is_teacher() else joined()
    return found.hidden if found else frozenset()


def class_line(part: Callable[[str], None], train: Callable[[Class | None], None]) -> None:
    """Say which class this visitor is in, or that it is over; nothing outside of classes.

    Args:
        part: Draws how far this device is with what the class trains; called with its code.
        train: Draws what the class trains on this device; called again and again, with None once
            the class is over.
    """
    if state.class_code() is None:
        return
    if (found := joined()) is None:
        state.leave_class()
        st.warning(
            _("That class is over, or its link is damaged. You can go on without it."),
            icon=":material/group_off:",
        )
    elif not state.is_teacher():
        with st.container(key="class_line", horizontal=True, vertical_alignment="center"):
            st.caption(_("Class {code}").format(code=f"**{found.code}**"), width="content")
            st.button(_("Leave"), key="leave_class", type="tertiary", on_click=state.leave_class)
            part(found.code)
            _follow(train)


@st.fragment(run_every=POLL_SECONDS)
def _follow(train: Callable[[Class | None], None]) -> None:
    """Draw the page anew when the teacher's lesson stands otherwise; lead to what is true."""
    with st.container(horizontal=True):
        found = in_class()
        train(found)
        if found and found.lesson:
            _follow_lesson(found)


def _follow_lesson(found: Class) -> None:
    standing = _round_of(found, found.lesson)
    if standing is None:
        return
    now = (found.lesson, standing.number, standing.is_revealed)
    before, st.session_state[_STANDING] = st.session_state.get(_STANDING), now
    if before not in (None, now):
        st.rerun()
    if standing.is_revealed and not (state.lesson() == found.lesson and state.lesson_step(3) == 2):
        st.page_link(
            "pages/4_Lessons.py", label=_("The answer is there"), icon=":material/visibility:",
            query_params=state.carried() | {"lesson": found.lesson, "step": "2"},
        )  # fmt: skip


def in_class() -> Class | None:
    """Return the class that this visitor is a student of; None for teachers."""
    return None if state.is_teacher() else joined()


def is_locked(lesson: Lesson) -> bool:
    """Whether the teacher has yet to show this visitor what is true."""
    found = _round(lesson)
    return found is not None and not found.is_revealed


def is_revealed(lesson: Lesson) -> bool:
    """Whether this visitor's teacher has shown the class what is true."""
    found = _round(lesson)
    return found is not None and found.is_revealed


def has_just_been_revealed(lesson: Lesson) -> bool:
    """Whether the teacher has shown what is true since this visitor's page was drawn last."""
    key = _LOCKED.format(lesson.name)
    was_locked, st.session_state[key] = st.session_state.get(key, False), is_locked(lesson)
    return was_locked and is_revealed(lesson)


def send(lesson: Lesson) -> None:
    """Send what this visitor predicted to their class, if they are in one."""
    found, standing = in_class(), _round(lesson)
    if found is None or standing is None:
        return
    try:
        student = student_key(visitor(), found.code)
        kept = classroom().answer(found.code, lesson.name, student, state.prediction(lesson.name))
    except ClassroomError:
        kept = False
    if not kept:
        st.toast(_("Your class could not take your answer."), icon=":material/cloud_off:")
    state.keep_answered_round(lesson.name, _place(found, standing))


def forget_what_was_cleared(lesson: Lesson) -> None:
    """Ask this visitor again if their class has begun anew since they answered."""
    found, standing = in_class(), _round(lesson)
    if found and standing and state.answered_round(lesson.name) != _place(found, standing):
        state.keep_prediction(lesson.name, None)


@st.fragment(run_every=POLL_SECONDS)
def wait_for_reveal(lesson: Lesson) -> None:
    """Show how many have answered until the teacher shows what is true; then run the page."""
    standing, found = _round(lesson), in_class()
    cleared = found and standing and state.answered_round(lesson.name) != _place(found, standing)
    if standing is None or standing.is_revealed or cleared:
        st.rerun()
    st.info(
        _("Your teacher shows to all at once what is true. Answers so far: {count}").format(
            count=standing.answers
        ),
        icon=":material/hourglass_top:",
    )


def _round(lesson: Lesson) -> Round | None:
    found = in_class()
    return _round_of(found, lesson.name) if found else None


def _round_of(found: Class, lesson: str) -> Round | None:
    try:
        return classroom().round(found.code, lesson)
    except ClassroomError:
        return None


def _place(found: Class, standing: Round) -> tuple[str, int]:
    return found.code, standing.number
