"""The Lessons page's parts: the list of lessons, and one lesson step by step.

A lesson goes from what a student predicts over what they try to what is true, and
shows no step before the prediction is made. Lessons are read again for every page,
so that a teacher sees at once what they wrote.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from denoiser.classroom import lessons
from denoiser.classroom.lesson import Lesson
from denoiser.errors import ClassroomError
from denoiser.models.store import Model
from denoiser.ui.components.live import live_panel
from denoiser.ui.pages.classroom.trainings import results
from denoiser.ui.pages.lessons.predictions import ask, compare
from denoiser.ui.pages.lessons.training import lesson_training
from denoiser.ui.session import state
from denoiser.ui.session.classroom import (
    forget_what_was_cleared,
    has_just_been_revealed,
    hidden,
    is_locked,
    is_revealed,
    joined,
    send,
    wait_for_reveal,
)
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.text import _
from denoiser.ui.session.visitor import has_pin

STYLE = Path(__file__).with_name("lessons.css")
PREDICT, TRY, REVEAL = STEPS = range(3)


def all_lessons() -> list[Lesson]:
    """Return every lesson that can be read; say of the others what is wrong with them."""
    st.html(STYLE)
    found, problems = lessons.lessons(translate=_)
    for problem in problems:
        show_problem(problem, is_warning=True)
    return found


def lesson_list(found: Sequence[Lesson]) -> None:
    """Show the lessons to choose from."""
    st.title(_("Lessons"), anchor=False)
    st.markdown(_("Say what you expect, try it, and see how far off you were."))
    if state.lesson():
        st.warning(
            _("The link names a lesson that is not here. These are all."),
            icon=":material/search_off:",
        )
    _of_the_class(found)
    for i, lesson in enumerate(found):
        if i % 2 == 0:  # a row of its own for each two: Tab and phones go by rows
            columns = st.columns(2)
        with (
            columns[i % 2],
            st.container(border=True, key=f"lesson_{lesson.name}", height="stretch"),
        ):
            st.subheader(f"{i + 1}. {lesson.title}", anchor=False)
            st.markdown(lesson.summary)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    _("Begin"),
                    key=f"begin_{lesson.name}",
                    help=lesson.title,
                    on_click=state.open_lesson,
                    args=(lesson.name,),
                )
                st.caption(_("{minutes} minutes").format(minutes=lesson.minutes), width="content")


def _of_the_class(found: Sequence[Lesson]) -> None:
    """Lead with the lesson that the teacher has chosen, if there is one."""
    taught = joined()
    lesson = next((lesson for lesson in found if taught and lesson.name == taught.lesson), None)
    if lesson:
        st.button(
            _("Your class: {lesson}").format(lesson=lesson.title), key="begin_class_lesson",
            type="primary", icon=":material/arrow_forward:",
            on_click=state.open_lesson, args=(lesson.name,),
        )  # fmt: skip


def walk_through(lesson: Lesson, denoisers: Sequence[Model], classifier: Model) -> None:
    """Show the step of a lesson that the URL asks for, or the first where nothing is predicted.

    Args:
        lesson: The one to show.
        denoisers: The models to choose from, the default first.
        classifier: The model that reads digits.
    """
    forget_what_was_cleared(lesson)
    if has_just_been_revealed(lesson) and state.prediction(lesson.name) is not None:
        state.open_lesson(lesson.name, REVEAL)
    last = _last_step(lesson)
    step = min(state.lesson_step(len(STEPS)), last)
    _head(lesson, step, last)
    if step == PREDICT:
        _predict(lesson)
    elif step == TRY:
        _try(lesson, denoisers, classifier)
    else:
        _reveal(lesson)


def _last_step(lesson: Lesson) -> int:
    """Return the last step that may be seen: what is true comes after a prediction, or with it."""
    if state.is_teacher() or is_revealed(lesson):
        return REVEAL
    if state.prediction(lesson.name) is None:
        return PREDICT
    return TRY if is_locked(lesson) else REVEAL


def _head(lesson: Lesson, step: int, last: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="lesson_head"):
        st.title(lesson.title, anchor=False, width="content")
        st.button(
            _("All lessons"), key="lesson_list", type="tertiary", icon=":material/arrow_back:",
            on_click=state.open_lesson, args=(None,),
        )  # fmt: skip
        st.button(
            _("Worksheet"), key="lesson_worksheet", type="tertiary", icon=":material/print:",
            on_click=state.show_worksheet, args=(True,),
        )  # fmt: skip
    titles = (_("1. Predict"), _("2. Try"), _("3. See"))
    with st.container(horizontal=True, key="lesson_steps"):
        for place, title in enumerate(titles):
            st.button(
                title, key=f"lesson_step_{place}", type="primary" if place == step else "secondary",
                disabled=place > last, shortcut=_key(place - step),
                on_click=state.open_lesson, args=(lesson.name, place),
            )  # fmt: skip


def _key(steps_on: int) -> str | None:
    """Return the key of a presenter for a step: one on, or one back; on a projector only."""
    keys = {1: "PageDown", -1: "PageUp"}
    return keys.get(steps_on) if state.projector() else None


def _predict(lesson: Lesson) -> None:
    question, field = st.columns([3, 2], gap="large")
    with question:
        st.markdown(lesson.sections["question"])
    with field, st.container(border=True):
        is_made = ask(lesson)
    if is_made:
        send(lesson)
        state.open_lesson(lesson.name, TRY)
        st.rerun()


def _try(lesson: Lesson, denoisers: Sequence[Model], classifier: Model) -> None:
    st.markdown(lesson.sections["experiment"])
    names = [model.name for model in denoisers]
    state.set_up_once(lesson.name, lesson.setups[0].settings, names)
    with st.container(horizontal=True, key="lesson_setups"):
        for i, setup in enumerate(lesson.setups):
            st.button(
                setup.title, key=f"lesson_setup_{i}", icon=":material/tune:",
                on_click=state.set_up, args=(setup.settings, names),
            )  # fmt: skip
    own = lesson_training(lesson, lesson.training) if lesson.training else []
    live_panel([*denoisers, *own], classifier, hidden(), is_open=lesson.is_inside)
    if is_locked(lesson):
        wait_for_reveal(lesson)
        return
    st.button(
        _("See what is true"), key="lesson_next", type="primary", icon=":material/arrow_forward:",
        on_click=state.open_lesson, args=(lesson.name, REVEAL),
    )  # fmt: skip


def _reveal(lesson: Lesson) -> None:
    compare(lesson)
    if lesson.shares and (found := joined()):
        with contextlib.suppress(ClassroomError):  # the lesson goes on without it
            results(found.code)
    text, discussion = st.columns([3, 2], gap="large")
    with text:
        st.markdown(lesson.sections["reveal"])
    with discussion, st.container(border=True):
        st.subheader(_("Discuss"), anchor=False)
        st.markdown(lesson.sections["discussion"])
    if state.is_teacher() or not (has_pin() or joined()):
        with st.expander(_("For the teacher")):
            st.markdown(lesson.sections["teacher"])
