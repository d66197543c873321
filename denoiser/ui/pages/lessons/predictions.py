"""What a student predicts in a lesson: the field that asks, and the gap to what is true."""

import math
from typing import Any

import streamlit as st

from denoiser.classroom.lesson import Lesson, Prediction
from denoiser.ui.components.sketch import sketch
from denoiser.ui.pages.train.settings_text import range_text
from denoiser.ui.session import state
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.text import _


def ask(lesson: Lesson) -> bool:
    """Ask for a prediction and keep it; return whether one was made now."""
    st.markdown(f"**{lesson.prediction.question}**")
    value = _field(lesson)
    st.caption(_("Nobody is marked. Guess before you look."))
    sent = st.button(
        _("That is my prediction"), key="lesson_predict", type="primary",
        icon=":material/arrow_forward:",
    )  # fmt: skip
    if not sent:
        return False
    if problem := _problem(lesson.prediction, value):
        show_problem(problem)
        return False
    state.keep_prediction(lesson.name, value)
    return True


def _field(lesson: Lesson) -> Any:
    prediction, made = lesson.prediction, state.prediction(lesson.name)
    question, key = prediction.question, f"lesson_field_{lesson.name}"
    if prediction.kind == "choice":
        return st.radio(
            question, range(len(prediction.choices)), index=made, key=key,
            format_func=prediction.choices.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
    if prediction.kind == "sketch":
        return sketch(key, prediction.curve, made, prediction.high, revealed=False)
    return st.number_input(
        question, value=made, step=1.0, format="%g", key=key, label_visibility="collapsed",
        placeholder=f"{prediction.low:g}–{prediction.high:g} {prediction.unit}".strip(),
    )  # fmt: skip


def _problem(prediction: Prediction, value: Any) -> str:
    if value is None:
        return {
            "choice": _("Choose one first: a guess is enough."),
            "sketch": _("Draw the curve first: a guess is enough."),
        }.get(prediction.kind, _("Say a number first: a guess is enough."))
    if prediction.kind == "number" and not prediction.low <= value <= prediction.high:
        return range_text(prediction.low, prediction.high)
    return ""


def compare(lesson: Lesson) -> None:
    """Show what was predicted beside what is true."""
    prediction, made = lesson.prediction, state.prediction(lesson.name)
    st.markdown(f"**{prediction.question}**")
    if made is None and prediction.kind != "sketch":  # a teacher who shows it
        st.metric(_("It is"), _true(prediction), width="content")
        return
    if prediction.kind == "sketch":
        with st.container(key="lesson_sketch"):
            sketch(f"lesson_truth_{lesson.name}", prediction.curve, made, prediction.high,
                   revealed=True)  # fmt: skip
        return
    said, true, gap = _in_words(prediction, made)
    with st.container(horizontal=True, key="lesson_gap"):
        st.metric(_("You said"), said, width="content")
        st.metric(_("It is"), true, width="content")
        st.markdown(gap, width="content")


def _true(prediction: Prediction) -> str:
    if prediction.kind == "choice":
        return prediction.choices[int(prediction.answer)]
    return f"{prediction.answer:g} {prediction.unit}".strip()


def _in_words(prediction: Prediction, made: Any) -> tuple[str, str, str]:
    true = _true(prediction)
    if prediction.kind == "choice":
        is_right = made == prediction.answer
        return prediction.choices[made], true, _("That is it.") if is_right else _("It is another.")
    said = f"{made:g} {prediction.unit}".strip()
    apart = abs(made - prediction.answer)
    is_right = math.isclose(apart, 0, abs_tol=1e-9)
    gap = _("Exactly.") if is_right else _("{apart} apart.").format(apart=f"{apart:g}")
    return said, true, gap
