"""What this device trains for its class: one quiet line on every page.

The browser begins, stops and goes on as it is told here, wherever on the lab's pages it is, and
tells back points of its curve: never weights, at most one report a second, of at most 200 bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from denoiser import web
from denoiser.ui.session.text import _

FOLDER = Path(__file__).parent
_KEY = "device_class"

_component = st.components.v2.component(
    _KEY,
    html=(FOLDER / "device_class.html").read_text(encoding="utf-8"),
    css=(FOLDER / "device_class.css").read_text(encoding="utf-8"),
    js=web.bundle(FOLDER / "device_class.js"),
)


@dataclass(frozen=True)
class Share:
    """What a device has to train.

    Attributes:
        label: What tells it from what others train.
        epochs: How many it has.
        name: Of the training; "" where it has begun.
        about: Its settings in words; "" where it has begun.
        task: As `session.device.task` gives it; None where it has begun.
    """

    label: str
    epochs: int
    name: str = ""
    about: str = ""
    task: Mapping[str, Any] | None = None


def device_class(
    share: Share | None,
    *,
    code: str,
    number: int,
    is_running: bool,
    id: str,
    has_supplies: bool,
    received: Mapping[str, Any],
    told: Callable[[Any], None],
    reported: Callable[[Any], None],
) -> None:
    """Show the line, and have the device do what the class does.

    Args:
        share: What it trains; None where that is over.
        code: Of the class.
        number: Of the class's training; 0 where it is over.
        is_running: Whether it is to train now; else it is to wait.
        id: Of the training on the device, as it was told; "" before.
        has_supplies: Whether the device has what trainings need, as it was told.
        received: The end of what was reported: `x`, `epoch`, `status`; and `reports`, how many
            came, of the training `number`. What is missing is as at first.
        told: Called with what comes from the browser, which may be anything: `number`, the `id`
            and `hasSupplies`.
        reported: The same for `number`, `points`, `losses` and `status`, as
            `ClassTrainings.report` takes them.
    """

    def hear() -> None:
        told(st.session_state[_KEY].get("told"))

    def take() -> None:
        reported(st.session_state[_KEY].get("report"))

    at_first = {"number": number, "reports": 0, "x": 0, "epoch": 0, "status": ""}
    data = {
        "code": code,
        "number": number if share else 0,
        "wish": "running" if is_running else "stopped",
        "id": id,
        "hasSupplies": has_supplies,
        "share": vars(share) if share else None,
        "received": at_first | dict(received),
        "text": _texts(),
    }
    _component(
        key=_KEY, data=data, width="content", height="content",
        on_told_change=hear, on_report_change=take,
    )  # fmt: skip


def _texts() -> dict[str, str]:
    return {
        "begins": _("Your class trains: {setting} · it begins …"),
        "running": _("Your class trains: {setting}"),
        "stopped": _("Your class waits: {setting}"),
        "paused": _("Your device waits: {setting}"),
        "ended": _("Your device has trained: {setting}"),
        "diverged": _("Your training went astray: {setting}"),
        "failed": _("Your device could not train: {setting}"),
        "unable": _("Your class trains, but this browser cannot: {setting}"),
        "epoch": _("epoch {epoch} of {total}"),
        "val_loss": _("val loss {loss}"),
    }
