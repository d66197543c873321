"""The training of a lesson, on the student's own device and on the lesson's page.

Where the lesson shares a setting out, a student chooses a value; in a class, *The class trains*
does. What was trained last is shown, with a way to train again.
"""

from typing import Any

import streamlit as st

from denoiser.classroom.lesson import Lesson
from denoiser.config import SETTINGS, TrainConfig
from denoiser.runs.names import number_text, setting_text
from denoiser.ui.components.curves import device_curves
from denoiser.ui.components.device_start import start_on_device
from denoiser.ui.components.device_supplies import device_supplies
from denoiser.ui.components.device_training import brief_training
from denoiser.ui.components.time_machine import device_time_machine
from denoiser.ui.pages.train import form
from denoiser.ui.pages.train.device import called
from denoiser.ui.pages.train.settings_text import summary
from denoiser.ui.session import state
from denoiser.ui.session.device import DeviceModel, model_of
from denoiser.ui.session.text import _

_CALLED = "lesson_called"
_TRAINED, _SHARE = "lesson_{}_trained", "lesson_{}_share"


def lesson_training(lesson: Lesson, training: TrainConfig) -> list[DeviceModel]:
    """Show it.

    Args:
        lesson: The one that is tried.
        training: Its training.

    Returns:
        The model that the visitor trained last, also while it learns; [] before.
    """
    device_supplies()
    with st.container(border=True, key="lesson_training"):
        config = _share(lesson) or training
        with st.container(horizontal=True, vertical_alignment="center"):
            start_on_device(
                config, key=f"lesson_start_{lesson.name}", name=_name(lesson, config),
                about=summary(config), started=lambda id: _keep(lesson, id),
            )  # fmt: skip
            if st.button(
                _("Set up this training"), key="lesson_set_up", type="tertiary",
                icon=":material/tune:", help=_("On the Train page, to change any of its settings."),
                on_click=form.fill_from, args=(config,),
            ):  # fmt: skip
                st.switch_page("pages/1_Train.py")
        return _trained(lesson)


def _share(lesson: Lesson) -> TrainConfig | None:
    """Let the visitor choose one of the values that are shared out; None where none are."""
    if not lesson.shares:
        return None
    setting = SETTINGS[lesson.shared]
    places = range(len(lesson.shares))
    chosen = st.segmented_control(
        _(setting.title), places, default=lesson.shares.index(lesson.training)
        if lesson.training in lesson.shares else 0,
        format_func=lambda i: number_text(getattr(lesson.shares[i], lesson.shared)),
        key=_SHARE.format(lesson.name), required=True, persist_state="session", wrap=True,
    )  # fmt: skip
    return lesson.shares[chosen]


def _name(lesson: Lesson, config: TrainConfig) -> str:
    if not lesson.shares:
        return lesson.title
    value = setting_text(SETTINGS[lesson.shared], getattr(config, lesson.shared), _)
    return f"{lesson.title} · {value}"


def _keep(lesson: Lesson, id: str) -> None:
    st.session_state[_TRAINED.format(lesson.name)] = id


def _trained(lesson: Lesson) -> list[DeviceModel]:
    id = st.session_state.get(_TRAINED.format(lesson.name))
    if id is None:
        return []

    def fixed(other: str, config: Any) -> None:
        st.session_state[_CALLED] = called(other, config)
        _keep(lesson, other)

    brief_training(id, st.session_state.get(_CALLED), fixed)
    curve, digits = st.columns([3, 2], gap="large")
    with curve:
        device_curves(id, log=True)
    with digits:
        device_time_machine(id)
        st.page_link(
            "pages/1_Train.py", label=_("All there is to do with it"),
            icon=":material/open_in_full:", query_params=state.carried() | {"device": id},
        )  # fmt: skip
    return [model_of(id)]
