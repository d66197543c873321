"""A lesson on paper: room to predict, to note what was seen, to discuss; never the answer."""

from html import escape
from pathlib import Path

import streamlit as st

from denoiser.classroom.lesson import Lesson, Prediction
from denoiser.ui.components.print_button import print_button
from denoiser.ui.session import state
from denoiser.ui.session.text import _

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
        _room(lesson.prediction)
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
    return f'<div class="lines">{"<div></div>" * count}</div>'


def _room(prediction: Prediction) -> None:
    if prediction.kind == "sketch":
        st.image(_axes(prediction), alt=_("Val loss over epochs"), width="stretch")
    else:
        st.html(_boxes(prediction) if prediction.kind == "choice" else _scale(prediction))


def _boxes(prediction: Prediction) -> str:
    boxes = "".join(f"<li>{escape(choice)}</li>" for choice in prediction.choices)
    return f'<ul class="boxes">{boxes}</ul>'


def _scale(prediction: Prediction) -> str:
    step = (prediction.high - prediction.low) / TICKS
    marks = "".join(f"<li>{prediction.low + i * step:g}</li>" for i in range(TICKS + 1))
    return f'<ol class="scale">{marks}</ol><p class="blank">{escape(prediction.unit)}</p>'


def _axes(prediction: Prediction) -> str:
    """Return squared paper as SVG, with the dot at which the curve begins."""
    epochs, left, right, floor = len(prediction.curve), 50, 600, 240
    places = [left + i * (right - left) / (epochs - 1) for i in range(epochs)]
    grid = "".join(f"M{left} {y}H{right}" for y in range(0, floor + 1, 30))
    grid += "".join(f"M{x:.1f} 0V{floor}" for x in places)
    start = floor * (1 - prediction.curve[0] / prediction.high)
    numbers = "".join(
        f'<text x="{x:.1f}" y="{floor + 20}" text-anchor="middle">{i + 1}</text>'
        for i, x in enumerate(places)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-5 -15 {right + 15} {floor + 65}"'
        f' font-family="sans-serif" font-size="14">'
        f'<rect x="-5" y="-15" width="100%" height="100%" fill="white"/>'
        f'<path d="{grid}" stroke="#999" fill="none"/>'
        f'<circle cx="{left}" cy="{start:.1f}" r="5"/>'
        f'<text x="{left - 8}" y="5" text-anchor="end">{prediction.high:g}</text>'
        f'<text x="{left - 8}" y="{floor + 5}" text-anchor="end">0</text>{numbers}'
        f'<text x="{right}" y="{floor + 42}" text-anchor="end">{escape(_("epoch"))}</text></svg>'
    )
