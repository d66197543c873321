"""One training on the visitor's device: its head, its curves and digits, and the live panel."""

import json
from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from denoiser.config import TrainConfig
from denoiser.errors import ConfigError, DenoiserError, ModelError
from denoiser.jobs import device_run
from denoiser.runs import names
from denoiser.ui.components.curves import device_curves
from denoiser.ui.components.device_supplies import device_supplies
from denoiser.ui.components.device_training import Answer, Called, device_training
from denoiser.ui.components.live import Denoiser, live_panel
from denoiser.ui.components.time_machine import device_time_machine
from denoiser.ui.components.upload import answer_of
from denoiser.ui.pages.train.progress import heading
from denoiser.ui.pages.train.settings_text import summary
from denoiser.ui.session import device, state
from denoiser.ui.session.classroom import hidden
from denoiser.ui.session.device import model_of
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.shipped import classifier, denoisers
from denoiser.ui.session.text import _, localized
from denoiser.ui.session.visitor import visitor

_ANSWER, _KERAS = "device_answer", "device_keras"
_CALLED, _GONE = "device_called", "device_gone"


def watch_on_device(id: str) -> None:
    """Show a training on the visitor's device; the browser knows whether there is one."""
    device_supplies()
    device_training(
        id, st.session_state.get(_ANSWER), st.session_state.get(_CALLED),
        leave=device.leave_run, gone=_lose, started=_follow, sent=_take,
    )  # fmt: skip
    if st.session_state.get(_GONE) == id:  # there is nothing else to show
        return
    _keras_file(id)
    left, right = st.columns([3, 2], gap="large")
    with left:
        device_curves(id, log=heading(_("**Loss** :small[lower is better]"), with_scale=True))
    with right:
        heading(_("**Digits** :small[as the network sees them]"))
        device_time_machine(id)
    _panel(id)


def called(id: str, config: Any) -> Called | None:
    """Return what a training is called that the browser began with settings, which may be anything.

    Returns:
        None where they are no settings.
    """
    try:
        settings = TrainConfig.from_json(json.dumps(config))
    except ConfigError:
        return None
    return Called(id, names.title(settings, _), summary(settings))


def _follow(id: str, config: Any) -> None:
    st.session_state[_CALLED] = called(id, config)
    device.open_run(id)


def _lose(id: str) -> None:
    st.session_state[_GONE] = id


def _panel(id: str) -> None:
    st.subheader(_("Your network at work"), anchor=False)
    st.caption(_("With its newest weights, also while it learns. Drag the noise."))
    try:
        own, shipped = model_of(id), denoisers()
        models: list[Denoiser] = [own, *shipped]
        state.keep_run_model(own.name)
        state.set_up_once(own.name, {"model": own.name}, [model.name for model in models])
        live_panel(models, classifier(), hidden())
    except ModelError as error:
        show_problem(error)


# What the browser hands over


def _take(id: str, sent: Literal["keep", "keras"], content: bytes) -> None:
    jobs: dict[str, Callable[[str, bytes], Answer]] = {"keep": _keep, "keras": _to_keras}
    try:
        st.session_state[_ANSWER] = jobs[sent](id, content)
    except DenoiserError as error:
        st.session_state[_ANSWER] = Answer(id, sent, problem=localized(error))


def _keep(id: str, content: bytes) -> Answer:
    folder = str(run_store().folder)
    run, problem = answer_of(engine().submit(device_run.keep, folder, content, visitor()))
    return Answer(id, "keep", run=run or "", problem=localized(problem) if problem else "")


def _to_keras(id: str, content: bytes) -> Answer:
    made, problem = answer_of(engine().submit(device_run.to_keras, content))
    st.session_state[_KERAS] = (id, made)
    return Answer(id, "keras", problem=localized(problem) if problem else "")


def _keras_file(id: str) -> None:
    """Offer the file that was made, where one was made of this training."""
    made_of, made = st.session_state.get(_KERAS, ("", None))
    if made_of == id and made:
        st.download_button(
            _("Save the file for Keras"), made, file_name=f"{id}.keras", type="primary",
            mime="application/octet-stream", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
