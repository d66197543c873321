"""What a student's device does for its class: it trains a share, and reports its curve.

It is drawn again every second and a half on every page, so it asks for no more than what has
changed. A class that cannot be read trains nothing.
"""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from denoiser.classroom.store import Class, student_key
from denoiser.classroom.trainings import ClassTraining
from denoiser.errors import ClassroomError, NetworkError
from denoiser.runs import names
from denoiser.ui.components.class_news import Share, class_news
from denoiser.ui.components.device_supplies import device_supplies
from denoiser.ui.pages.classroom.shares import labels, of_student
from denoiser.ui.pages.train.settings_text import summary
from denoiser.ui.session import state
from denoiser.ui.session.device import MODEL, run_id, task
from denoiser.ui.session.noises import flatten
from denoiser.ui.session.services import class_trainings
from denoiser.ui.session.text import _
from denoiser.ui.session.visitor import visitor

_PART = "class_part"


@dataclass
class _Part:
    """This visitor's part in a training of their class.

    Attributes:
        code: Of the class.
        number: Of the training; 0 once it is over.
        share: The place of their settings; None where there is no room for them.
        id: Of the training on their device; "" before the browser has told.
        has_supplies: Whether the browser has what trainings need.
        received: What was reported last, for the browser: it tells nothing twice.
    """

    code: str
    number: int
    share: int | None
    id: str
    has_supplies: bool
    received: dict[str, Any]


def train_with_class(found: Class | None) -> None:
    """Have this device train what its class trains; `device_class` says how far it is.

    Args:
        found: The class that this visitor is a student of; None once it is over.
    """
    try:
        training = class_trainings().find(found.code) if found else None
        part = _part(found, training)
    except ClassroomError:
        return  # what has begun goes on
    if part is None or part.share is None:
        return
    class_news(
        _share(training, part) if training else None,
        code=part.code, number=part.number,
        is_running=training is not None and training.is_running,
        id=part.id, has_supplies=part.has_supplies, received=part.received,
        begun=_hear, reported=_report,
    )  # fmt: skip
    if training and not part.has_supplies:
        device_supplies("class_supplies")
    if found and training and part.id and "train" not in found.hidden:
        _link(part.id)


def _part(found: Class | None, training: ClassTraining | None) -> _Part | None:
    """Return this visitor's part, after they have joined what is new to them; None for none."""
    part: _Part | None = st.session_state.get(_PART)
    if found is None or training is None:
        if part:  # its browser has yet to hear that it is over
            part.number = 0
        return part
    if part is None or (part.code, part.number) != (found.code, training.number):
        student = student_key(visitor(), found.code)
        share = class_trainings().join(found.code, training.number, student)
        has_supplies = part is not None and part.has_supplies
        part = _Part(found.code, training.number, share, "", has_supplies, {})
        st.session_state[_PART] = part
    return part


def _share(training: ClassTraining, part: _Part) -> Share | None:
    assert part.share is not None, "expected this visitor to have a share"
    config = training.settings[part.share]
    label = labels(training.settings)[part.share]
    if part.id:  # its browser has begun, and keeps what it trains
        return Share(label)
    own = of_student(config, student_key(visitor(), part.code))
    try:
        return Share(label, names.title(config, _), summary(config), task(own))
    except NetworkError:
        return None


def _link(id: str) -> None:
    if run_id() != id:
        st.page_link(
            "pages/1_Train.py", label=_("Watch"), icon=":material/show_chart:",
            query_params=state.carried() | {"device": id},
        )  # fmt: skip


# What the browser tells


def _hear(sent: Any) -> None:
    values, part = flatten(sent), st.session_state.get(_PART)
    if not isinstance(part, _Part) or values.get("number") != part.number:
        return
    id = values.get("id")
    if isinstance(id, str) and MODEL.fullmatch(f"device-{id}"):
        part.id = id
    part.has_supplies = values.get("hasSupplies") is True


def _report(sent: Any) -> None:
    values, part = flatten(sent), st.session_state.get(_PART)
    if not isinstance(part, _Part) or values.get("number") != part.number:
        return
    points, losses = values.get("points"), values.get("losses")
    try:
        taken = class_trainings().report(
            part.code, part.number, student_key(visitor(), part.code),
            points, losses, values.get("status"),
        )  # fmt: skip
    except ClassroomError:
        return  # the browser tells it again
    reports = part.received.get("reports", 0) + 1
    part.received = part.received | {"number": part.number, "reports": reports}
    if taken:
        part.received |= {"status": values["status"]}
        part.received |= {"x": points[-1][0]} if points else {}
        part.received |= {"epoch": losses[-1][0]} if losses else {}
