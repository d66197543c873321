"""The class trains: the teacher shares out settings, and sees every device's curve arrive.

Curves are points, never weights, and belong to no name. Start, Stop and Go on reach every device
within two seconds, on whatever page its student is.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from denoiser.classroom.curves import ShareResult, best_of, median_curve, result_of
from denoiser.classroom.lesson import Lesson
from denoiser.classroom.trainings import ClassTraining, DeviceCurve
from denoiser.config import TrainConfig
from denoiser.errors import ClassroomError
from denoiser.models import sizes
from denoiser.ui.components.class_curves import class_curves, share_colors
from denoiser.ui.pages.classroom.choices import (
    EXAMPLES,
    base_config,
    base_titles,
    difference_titles,
    shared_out,
)
from denoiser.ui.pages.classroom.shares import labels
from denoiser.ui.pages.train.durations import duration_text
from denoiser.ui.session.device import TYPICAL_RATE, counts
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.services import class_trainings
from denoiser.ui.session.text import _

STYLE = Path(__file__).with_name("classroom.css")
POLL_SECONDS = 1.0
LESSON = "lesson"  # in place of a base: all that it shares out
_OF_LESSON = "class_base_of"
_BASE, _DIFFERS, _VALUES = "class_base", "class_differs", "class_values"


def class_trains(code: str, lesson: Lesson | None) -> None:
    """Show what the class trains and how far it is, and what it could train next.

    Args:
        code: Of the class.
        lesson: That the class is about; None for none.

    Raises:
        ClassroomError: The file of classes cannot be read or written.
    """
    st.subheader(_("The class trains"), anchor=False)
    setup, shown = st.columns([2, 3], gap="large")
    with setup:
        _set_up(code, lesson)
    with shown:
        is_there = class_trainings().find(code) is not None
        st.fragment(_watch, run_every=POLL_SECONDS if is_there else None)(code)


# What is to be trained


def results(code: str) -> None:
    """Show what each setting has reached in what the class trained; nothing where it trained none.

    Args:
        code: Of the class.

    Raises:
        ClassroomError: The file of classes cannot be read.
    """
    training = class_trainings().find(code)
    if training is None or not (curves := class_trainings().curves(code)):
        return
    st.html(STYLE)
    st.subheader(_("What your class found"), anchor=False)
    st.html(_table(curves, labels(training.settings)))


def _set_up(code: str, lesson: Lesson | None) -> None:
    titles = base_titles()
    if lesson and lesson.shares:
        titles = {LESSON: _("As in the lesson: {lesson}").format(lesson=lesson.title)} | titles
    name = lesson.name if lesson else ""
    if st.session_state.get(_BASE) not in titles or st.session_state.get(_OF_LESSON) != name:
        st.session_state[_BASE] = next(iter(titles))
    st.session_state[_OF_LESSON] = name
    st.selectbox(_("Settings"), list(titles), key=_BASE, format_func=titles.__getitem__)
    if lesson and st.session_state[_BASE] == LESSON:
        _preview(lesson.shares)
        _start_button(code, lesson.shares)
        return
    base, problem = base_config(st.session_state[_BASE])
    if base is None or problem:
        _refuse(problem)
        _start_button(code, [])
        return
    shares = _differing(base)
    if shares:
        _preview(shares)
    _start_button(code, shares)


def _differing(base: TrainConfig) -> list[TrainConfig]:
    """Ask what differs from student to student; return what is shared out, [] for a problem."""
    titles = difference_titles(base)
    names = list(titles)
    if st.session_state.get(_DIFFERS) not in names:
        st.session_state[_DIFFERS] = names[1]
        _fill_values()
    st.selectbox(
        _("What differs"), names, key=_DIFFERS, format_func=titles.__getitem__,
        on_change=_fill_values,
    )  # fmt: skip
    name = st.session_state[_DIFFERS]
    if not name:
        return shared_out(base, name, "")[0]
    st.session_state.setdefault(_VALUES, EXAMPLES[name])
    text = st.text_input(_("Values to share out"), key=_VALUES, max_chars=120)
    shares, problem = shared_out(base, name, text)
    if problem:
        _refuse(problem)
    return shares


def _fill_values() -> None:
    st.session_state[_VALUES] = EXAMPLES.get(st.session_state.get(_DIFFERS, ""), "")


def _refuse(problem: str) -> None:
    st.markdown(f":red[:material/error: {problem}]")


def _preview(shares: Sequence[TrainConfig]) -> None:
    colors = share_colors(len(shares))
    items = "".join(
        f'<li style="--share: {color}">{escape(label)}</li>'
        for label, color in zip(labels(shares), colors, strict=True)
    )
    st.html(f'<ul class="shares">{items}</ul>')
    said = (
        _("Every student gets one of them, each as often as the others.")
        if len(shares) > 1
        else _("Every student gets the same settings.")
    )
    time = duration_text(max(map(_seconds, shares)))
    about = _("Each device draws random numbers of its own; an ordinary one takes about {time}.")
    st.caption(f"{said} {about.format(time=time)}")


def _seconds(config: TrainConfig) -> float:
    trained, validation = counts()
    return sizes.seconds(config, trained, TYPICAL_RATE, validation) - sizes.START_SECONDS


def _start_button(code: str, shares: Sequence[TrainConfig]) -> None:
    replaces = class_trainings().find(code) is not None
    if st.button(
        _("Start for all"), key="class_start", type="primary", icon=":material/play_arrow:",
        disabled=not shares,
        help=_("It takes the place of what the class trained before.") if replaces else None,
    ):  # fmt: skip
        class_trainings().start(code, shares)


# What is trained


def _watch(code: str) -> None:
    try:
        training = class_trainings().find(code)
        curves = class_trainings().curves(code) if training else []
    except ClassroomError as error:
        show_problem(error)
        return
    if training:
        _show(code, training, curves)
    else:
        st.html(f'<p class="no-training">{escape(_nothing())}</p>')


def _show(code: str, training: ClassTraining, curves: Sequence[DeviceCurve]) -> None:
    said = labels(training.settings)
    with st.container(horizontal=True, vertical_alignment="center", key="class_training"):
        _counts(result_of(curves))
        _buttons(code, training)
    best, epochs = best_of(curves), max(config.epochs for config in training.settings)
    class_curves(
        [(curve.share, curve.points) for curve in curves], median_curve(curves, epochs),
        None if best is None else (best, curves[best].best or 0.0), said, epochs,
    )  # fmt: skip
    st.html(_table(curves, said))


def _nothing() -> str:
    return _(
        "Every student's device trains by itself. Here you see their curves arrive, and what "
        "each setting has reached. Weights and names stay where they are."
    )


def _counts(result: ShareResult) -> None:
    text = _("**{ended} of {devices}** have ended") if result.devices else _("No device yet")
    text = text.format(ended=result.ended, devices=result.devices)
    if result.lost:
        text += " · " + _("{count} went astray or failed").format(count=result.lost)
    st.markdown(text, width="stretch")


def _buttons(code: str, training: ClassTraining) -> None:
    act = class_trainings()
    if training.is_running:
        st.button(_("Stop all"), key="class_stop", icon=":material/pause:",
                  on_click=act.stop, args=(code,))  # fmt: skip
    else:
        st.button(_("Go on"), key="class_go_on", type="primary", icon=":material/play_arrow:",
                  on_click=act.go_on, args=(code,))  # fmt: skip
    st.button(_("Clear"), key="class_clear_training", icon=":material/ink_eraser:",
              help=_("The curves are deleted; what devices have trained stays on them."),
              on_click=act.clear, args=(code,))  # fmt: skip


def _table(curves: Sequence[DeviceCurve], said: Sequence[str]) -> str:
    """Return what each share has reached, as HTML."""
    results = [
        result_of([curve for curve in curves if curve.share == share]) for share in range(len(said))
    ]
    lowest = min((result.best for result in results if result.best is not None), default=None)
    rows = "".join(
        f'<tr><th scope="row"><i style="--share: {color}"></i>{escape(label)}</th>'
        f"<td>{result.devices}</td><td>{result.ended}</td>"
        f"<td>{_loss(result.best, is_lowest=result.best == lowest)}</td>"
        f"<td>{_loss(result.median)}</td></tr>"
        for label, color, result in zip(said, share_colors(len(said)), results, strict=True)
    )
    titles = (_("Setting"), _("Devices"), _("Ended"), _("Best val loss"), _("Median val loss"))
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    return (
        '<div class="class-results"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _loss(loss: float | None, *, is_lowest: bool = False) -> str:
    if loss is None:
        return "–"
    return f"<b>{loss:.4f}</b>" if is_lowest else f"{loss:.4f}"
