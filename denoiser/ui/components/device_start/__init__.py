"""Where a training is to be done, this device or the lab's computer, and Start for this device.

How long it takes here is tried in the browser, for 0.3 seconds. A training on the device
begins in the browser at once; Python is told its id.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import streamlit as st

from denoiser import web
from denoiser.config import TrainConfig
from denoiser.ui.session.device import PATIENCE_S, task
from denoiser.ui.session.noises import flatten
from denoiser.ui.session.text import _
from denoiser.ui.session.told import told

FOLDER = Path(__file__).parent
Where = Literal["device", "lab"]
_KEY = "device_start"

_component = st.components.v2.component(
    "device_start",
    html=(FOLDER / "device_start.html").read_text(encoding="utf-8"),
    css=web.style(web.FOLDER / "buttons.css", FOLDER / "device_start.css"),
    js=web.bundle(FOLDER / "device_start.js"),
)


def device_start(
    config: TrainConfig,
    *,
    name: str,
    about: str,
    where: Where,
    why_not: str,
    lab_text: str,
    is_automatic: bool,
    choose: Callable[[Where, bool], None],
    started: Callable[[str], None],
) -> None:
    """Show both places with what each takes.

    Args:
        config: What would be trained.
        name: Of the training.
        about: Its settings in words.
        where: What is chosen.
        why_not: Why it cannot be trained on the device; "" where it can.
        lab_text: How long the lab's computer takes.
        is_automatic: Whether nobody has chosen; the lab's computer is then chosen by the browser
            where the device is too slow.
        choose: Called with another place, and whether the visitor chose it.
        started: Called with the id of the training that has begun on the device.
    """

    def chosen() -> None:
        sent = flatten(told(_KEY, "where"))
        if (place := sent.get("place")) in ("device", "lab"):
            choose(place, sent.get("isByHand") is True)

    def begun() -> None:
        if isinstance(id := told(_KEY, "started"), str):
            started(id)

    data = {
        "task": None if why_not else task(config),
        "name": name,
        "about": about,
        "where": where,
        "isAlone": False,
        "isAutomatic": is_automatic,
        "patience": PATIENCE_S,
        "whyNot": why_not,
        "text": _texts() | {"lab_time": lab_text},
    }
    _component(key=_KEY, data=data, on_where_change=chosen, on_started_change=begun)


def start_on_device(
    config: TrainConfig, *, key: str, name: str, about: str, started: Callable[[str], None]
) -> None:
    """Show Start alone, for a training that is to be done on the device.

    Args:
        config: What is trained.
        key: Of the component.
        name: As in `device_start`.
        about: As in `device_start`.
        started: As in `device_start`.
    """

    def begun() -> None:
        if isinstance(id := told(key, "started"), str):
            started(id)

    data = {
        "task": task(config), "name": name, "about": about, "where": "device", "isAlone": True,
        "isAutomatic": False, "patience": PATIENCE_S, "whyNot": "", "text": _texts(),
    }  # fmt: skip
    _component(key=key, data=data, on_started_change=begun)


def _texts() -> dict[str, str]:
    return {
        "where": _("Where"),
        "device": _("This device"),
        "lab": _("The lab's computer"),
        "measuring": _("measuring …"),
        "about": _("about {time}"),
        "too_large": _("Too large for this device: take smaller batches."),
        "too_old": _("This browser cannot train."),
        "start": _("Start training"),
        "running": _("trains on this device now; a new training lets it wait."),
        "watch": _("Watch it"),
        **duration_texts(),
    }


def duration_texts() -> dict[str, str]:
    """Return the words for durations, for the browser."""
    return {
        "second": _("a second"),
        "seconds": _("{count} seconds"),
        "minute": _("a minute"),
        "minutes": _("{count} minutes"),
        "hours": _("{count} hours"),
    }
