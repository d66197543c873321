"""The wire between a class and what a device trains for it; it shows nothing.

It lies in the part of the page that is drawn again every second and a half, and after each
report, so it is small: what acts on it is `device_class`, which is drawn once a page. A message
of less than 10 kB is also none that Streamlit keeps and names again, which goes wrong (as of
1.67) where a visitor turns to another page at that moment.
"""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from denoiser import web
from denoiser.ui.session.told import told

_KEY = "class_news"

_component = st.components.v2.component(
    _KEY, js=web.bundle(Path(__file__).with_name("class_news.js"))
)


@dataclass(frozen=True)
class Share:
    """What a device has to train.

    Attributes:
        label: What tells it from what others train.
        name: Of the training; "" where it has begun.
        about: Its settings in words; "" where it has begun.
        task: As `session.device.task` gives it; None where it has begun.
    """

    label: str
    name: str = ""
    about: str = ""
    task: Mapping[str, Any] | None = None


def class_news(
    share: Share | None,
    *,
    code: str,
    number: int,
    is_running: bool,
    id: str,
    has_supplies: bool,
    received: Mapping[str, Any],
    begun: Callable[[Any], None],
    reported: Callable[[Any], None],
) -> None:
    """Tell the device what its class does.

    Args:
        share: What it trains; None where that is over.
        code: Of the class.
        number: Of the class's training; 0 where it is over.
        is_running: Whether it is to train now; else it is to wait.
        id: Of the training on the device, as it was told; "" before.
        has_supplies: Whether the device has what trainings need, as it was told.
        received: The end of what was reported: `x`, `epoch`, `status`; and `reports`, how many
            came, of the training `number`. What is missing is as at first.
        begun: Called with what comes from the browser, which may be anything: `number`, the
            `id` and `hasSupplies`.
        reported: The same for `number`, `points`, `losses` and `status`, as
            `ClassTrainings.report` takes them.
    """

    def hear() -> None:
        begun(told(_KEY, "told"))

    def take() -> None:
        reported(told(_KEY, "report"))

    at_first = {"number": number, "reports": 0, "x": 0, "epoch": 0, "status": ""}
    data = {
        "code": code,
        "number": number if share else 0,
        "wish": "running" if is_running else "stopped",
        "id": id,
        "hasSupplies": has_supplies,
        "share": vars(share) | {"task": packed(share.task)} if share else None,
        "received": at_first | dict(received),
    }
    _component(key=_KEY, data=data, on_told_change=hear, on_report_change=take)


def packed(task: Mapping[str, Any] | None) -> str:
    """Return a task as base64 of what gzip makes of its JSON, about 4 kB; "" for none."""
    if task is None:
        return ""
    return base64.b64encode(gzip.compress(json.dumps(task).encode(), mtime=0)).decode()
