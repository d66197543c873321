"""The head of a training on the visitor's device: how it stands, and what can be done with it.

The browser knows all of it; Python is told when the visitor leaves it, starts another one, or
hands it over: then it is sent as `denoiser.jobs.device_run` takes it.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import streamlit as st

from denoiser import web
from denoiser.ui.components.device_start import duration_texts
from denoiser.ui.session import state
from denoiser.ui.session.noises import flatten
from denoiser.ui.session.text import _
from denoiser.ui.session.told import told

FOLDER = Path(__file__).parent
_KEY = "device_training"

_component = st.components.v2.component(
    "device_training",
    html=(FOLDER / "device_training.html").read_text(encoding="utf-8"),
    css=web.style(web.FOLDER / "buttons.css", FOLDER / "device_training.css"),
    js=web.bundle(FOLDER / "device_training.js"),
)


@dataclass(frozen=True)
class Answer:
    """What was done with a training that the browser sent.

    Attributes:
        id: Of the training.
        sent: What it was sent for.
        run: The id of the run that was made; "" for none.
        problem: Why that could not be done; "" where it could.
    """

    id: str
    sent: Literal["keep", "keras"]
    run: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Called:
    """What a training that was begun in the browser is called: its name, its settings in words."""

    id: str
    name: str
    about: str


def brief_training(id: str, called: Called | None, started: Callable[[str, Any], None]) -> None:
    """Show how a training stands, and its steps, inside another page; see `device_training`."""
    key = f"{_KEY}_brief"

    def begun() -> None:
        _begun(key, started)

    _component(key=key, data=_data(id, None, called, is_brief=True), on_started_change=begun)


def device_training(
    id: str,
    answer: Answer | None,
    called: Called | None,
    *,
    leave: Callable[[], None],
    gone: Callable[[str], None],
    started: Callable[[str, Any], None],
    sent: Callable[[str, Literal["keep", "keras"], bytes], None],
) -> None:
    """Show the head of a training.

    Args:
        id: Of the training.
        answer: What was done with what was sent last; None before.
        called: What a training is to be called that was begun here; None for none.
        leave: Called when the visitor has done with it.
        gone: Called with its id where the browser has no such training.
        started: Called with the id of another training that has begun in its place, and its
            settings, which may be anything.
        sent: Called with a training's id, what is to be done with it, and the training: from
            anywhere, at most as large as a message to the server may be.
    """

    def begun() -> None:
        _begun(_KEY, started)

    def lost() -> None:
        if told(_KEY, "gone") == id:
            gone(id)

    def keep() -> None:
        _hand("keep", sent)

    def keras() -> None:
        _hand("keras", sent)

    _component(
        key=_KEY, data=_data(id, answer, called, is_brief=False), on_left_change=leave,
        on_gone_change=lost, on_started_change=begun, on_keep_change=keep, on_keras_change=keras,
    )  # fmt: skip


def _data(
    id: str, answer: Answer | None, called: Called | None, *, is_brief: bool
) -> dict[str, Any]:
    carried = state.carried()
    return {
        "id": id,
        "isBrief": is_brief,
        "answer": vars(answer) if answer else None,
        "called": vars(called) if called else None,
        "links": {
            "try": _link(".", carried, "model"),
            "run": _link("./Train", carried, "run"),
        },
        "text": _texts() | duration_texts(),
    }


def _begun(key: str, started: Callable[[str, Any], None]) -> None:
    values = flatten(told(key, "started"))
    if isinstance(id := values.get("id"), str):
        started(id, values.get("config"))


def _link(page: str, carried: Mapping[str, str], name: str) -> str:
    return f"{page}?{urlencode({**carried, name: '{' + name + '}'}, safe='{}')}"


def _hand(
    what: Literal["keep", "keras"], sent: Callable[[str, Literal["keep", "keras"], bytes], None]
) -> None:
    values = flatten(told(_KEY, what))
    id, content = values.get("id"), values.get("content")
    if not isinstance(id, str) or not isinstance(content, str):
        return
    try:
        sent(id, what, base64.b64decode(content, validate=True))
    except binascii.Error:
        sent(id, what, b"")


def _texts() -> dict[str, str]:
    return _actions() | _facts() | _notices() | _of_steps()


def _actions() -> dict[str, str]:
    return {
        "resume": _("Resume"),
        "pause": _("Pause"),
        "step": _("One step"),
        "try": _("Try it"),
        "keep": _("Keep on the lab's computer"),
        "keep_sending": _("Sending it. The lab's computer measures how well it denoises …"),
        "kept": _("Kept: it has a link now, can be compared and exported."),
        "open_run": _("Open on the lab's computer"),
        "weights": _("Weights"),
        "keras": _("For Keras"),
        "keras_sending": _("The lab's computer makes the file …"),
        "rename": _("Rename"),
        "name": _("Name"),
        "save": _("Save"),
        "cancel": _("Cancel"),
        "delete": _("Delete"),
        "sure": _("Its curves and its weights will be gone for good."),
        "delete_for_good": _("Delete for good"),
        "new": _("New training"),
    }


def _facts() -> dict[str, str]:
    return {
        "progress": _("How much of it is done"),
        "is_running": _("Learns on this device"),
        "is_paused": _("Paused on this device"),
        "is_ended": _("Trained on this device"),
        "is_diverged": _("Went astray on this device"),
        "is_failed": _("Failed on this device"),
        "epoch": _("Epoch"),
        "step_number": _("Step"),
        "val_loss": _("Val loss"),
        "rate": _("Images a second"),
        "left": _("Time left"),
    }


def _notices() -> dict[str, str]:
    # A text's numbers are written by the browser: it gets them without their format.
    rose = _(
        "The training went astray: its loss rose to {high:.3f}, where it had been down at "
        "{low:.3f}. The learning rate is too high; train again with a lower one."
    )
    return {
        "rose": rose.replace(":.3f", ""),
        "black": _(
            "The training went astray: the network answers every digit with a black picture. The "
            "learning rate is too high; train again with a lower one."
        ),
        "no_number": _(
            "The training went astray: its loss grew beyond all numbers. The learning rate is too "
            "high; train again with a lower one."
        ),
        "fix": _("Start again with learning rate {rate}"),
        "failed": _(
            "The browser gave the training up, most likely for want of memory. Close other tabs, "
            "or train with smaller batches. ({problem})"
        ),
        "left_off": _("It waits where it was kept last. Resume: the result will be the same."),
        "begin_again": _("Its first epoch had not ended. Resume: it starts from the beginning."),
        "elsewhere": _("Another tab of this browser has it; what that tab keeps is shown here."),
        "no_answer": _(
            "No answer came from the lab's computer. It may be busy, or the connection was lost: "
            "try again."
        ),
        "not_kept": _(
            "This browser keeps nothing, as in a private window, or has no room: the training is "
            "gone when the page is closed. Keep it on the lab's computer."
        ),
        "gone_title": _("No such training"),
        "gone": _(
            "This training is not on this device: it was deleted, or it was trained in another "
            "browser. Only a training that is kept on the lab's computer has a link for everybody."
        ),
    }


def _of_steps() -> dict[str, str]:
    return {
        "change_title": _("What step {step} changed"),
        "change_better": _(
            "Loss on the step's own digits: {before} before, {after} after it: better."
        ),
        "change_worse": _(
            "Loss on the step's own digits: {before} before, {after} after it: worse. Not every "
            "step helps; most have to."
        ),
        "change_none": _(
            "Loss on the step's own digits: {before} before, {after} after it: too small a change "
            "to see."
        ),
        "moved_help": _(
            "How far the step moved the weights of each layer, as a share of their size. The first "
            "layer sees the picture, the last one draws the answer."
        ),
    }
