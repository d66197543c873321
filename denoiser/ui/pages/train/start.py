"""What a training would make, where it is to be done, and Start.

This device is chosen for what it can do in a minute, as far as arithmetic or a trial in the
browser can tell, until the visitor chooses; the lab's computer for all else.
"""

from collections.abc import Callable

import streamlit as st

from denoiser.config import TrainConfig
from denoiser.models import sizes
from denoiser.runs import names
from denoiser.runs.store import RunStore
from denoiser.ui.components.device_start import Where, device_start
from denoiser.ui.pages.train.durations import duration_text, estimate
from denoiser.ui.pages.train.settings_text import summary
from denoiser.ui.session import device, state
from denoiser.ui.session.device import is_hopeless, model_of, why_not
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.text import _

_WHERE = "train_where"  # as the visitor chose
_SLOW = "train_too_slow_here"  # the settings that the browser found too slow


def start_here(
    config: TrainConfig | None, store: RunStore, start: Callable[[TrainConfig], str]
) -> None:
    """Show it.

    Args:
        config: What would be trained; None where that is impossible.
        store: Its finished runs say how fast the lab's computer is.
        start: Starts a training on the lab's computer and shows it; returns why it could not.
    """
    if config is None:
        st.markdown(_("Nothing to start yet: see the red line."))
        _start_button(None, start)
        return
    where = _where(config)

    def choose(place: Where, is_by_hand: bool) -> None:
        if is_by_hand:
            st.session_state[_WHERE] = place
        else:
            st.session_state[_SLOW] = config

    def started(id: str) -> None:
        device.open_run(id)
        own = model_of(id).name
        noise = {"noise": config.noise, **config.noise_parameters}
        state.set_up_once(own, {"model": own, **noise}, [own])

    device_start(
        config, name=names.title(config, _), about=summary(config), where=where,
        why_not=why_not(config), lab_text=_lab_text(config, store),
        is_automatic=_WHERE not in st.session_state, choose=choose, started=started,
    )  # fmt: skip
    if where == "lab":
        _start_button(config, start)
    st.caption(_("{count} parameters").format(count=f"{sizes.parameters(config):,}"))


def _where(config: TrainConfig) -> Where:
    if why_not(config):
        return "lab"
    chosen: Where | None = st.session_state.get(_WHERE)
    if chosen:
        return chosen
    is_slow = st.session_state.get(_SLOW) == config
    return "lab" if is_slow or is_hopeless(config) else "device"


def _lab_text(config: TrainConfig, store: RunStore) -> str:
    return _("about {time}").format(time=duration_text(estimate(config, store)))


def _start_button(config: TrainConfig | None, start: Callable[[TrainConfig], str]) -> None:
    pressed = st.button(
        _("Start training"), type="primary", width="stretch", disabled=config is None,
        icon=":material/play_arrow:", key="train_start",
    )  # fmt: skip
    if pressed and config is not None and (problem := start(config)):
        show_problem(problem)
