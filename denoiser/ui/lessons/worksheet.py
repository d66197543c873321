"""A lesson on paper: room to predict, to note what was seen, to discuss; never the answer."""

from html import escape
from pathlib import Path

import streamlit as st

from denoiser.lessons import Lesson, Prediction
from denoiser.ui import state
from denoiser.ui.print_button import print_button
from denoiser.ui.text import _

STYLE = Path(__file__).with_name("worksheet.css")
LINES = {"seen": 6, "discussed": 3}
TICKS = 10


def worksheet(lesson: Lesson) -> None:
    """Show the lesson as it is printed, and above it, not printed, how to print it."""
    st.html(STYLE)
    with st.container(key="worksheet_tools", horizontal=True, vertical_alignment="center"):
        print_button()
        st.button(
            _("Back to the lesson"), key="worksheet_back", type="tertiary",
            icon=":material/arrow_back:", on_click=state.show_worksheet, args=(False,),
        )  # fmt: skip
    with st.container(key="worksheet"):
        st.title(lesson.title, anchor=False)
        st.markdown(lesson.sections["question"])
        _section(_("1. Predict"))
        st.markdown(f"**{lesson.prediction.question}**")
        st.html(_room(lesson.prediction))
        _section(_("2. Try"))
        st.markdown(lesson.sections["experiment"])
        _section(_("3. See"))
        st.markdown(_("What did you see? How far off were you?"))
        st.html(_lines(LINES["seen"]))
        _section(_("Discuss"))
        st.markdown(lesson.sections["discussion"])
        st.html(_lines(LINES["discussed"]))


def _section(title: str) -> None:
    st.subheader(title, anchor=False)


def _lines(count: int) -> str:
    return f'<div class="lines">{"<hr>" * count}</div>'


def _room(prediction: Prediction) -> str:
    if prediction.kind == "choice":
        boxes = "".join(f"<li>{escape(choice)}</li>" for choice in prediction.choices)
        return f'<ul class="boxes">{boxes}</ul>'
    if prediction.kind == "sketch":
        return _axes(prediction)
    ticks = (
        prediction.low + i * (prediction.high - prediction.low) / TICKS for i in range(TICKS + 1)
    )
    marks = "".join(f"<li>{tick:g}</li>" for tick in ticks)
    return f'<ol class="scale">{marks}</ol><p class="blank">{escape(prediction.unit)}</p>'


def _axes(prediction: Prediction) -> str:
    start, epochs = prediction.answer[0], len(prediction.answer)
    width, height, left = 600, 300, 50
    grid = "".join(f"M{left} {y}H{width}" for y in range(0, height + 1, 30))
    step = (width - left) / (epochs - 1)
    grid += "".join(f"M{left + i * step:.1f} 0V{height}" for i in range(epochs))
    dot = height * (1 - start / prediction.high)
    return (
        f'<svg class="axes" viewBox="-5 -5 {width + 10} {height + 40}" role="img"'
        f' aria-label="{escape(_("Val loss over epochs"))}"><path d="{grid}"/>'
        f'<circle cx="{left}" cy="{dot:.1f}" r="5"/>'
        f'<text x="{left - 8}" y="10" text-anchor="end">{prediction.high:g}</text>'
        f'<text x="{left - 8}" y="{height}" text-anchor="end">0</text>'
        f'<text x="{(left + width) / 2}" y="{height + 25}" text-anchor="middle">'
        f"{escape(_('epoch'))} 1–{epochs}</text></svg>"
    )
