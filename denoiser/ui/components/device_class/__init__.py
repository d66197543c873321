"""What this device trains for its class: one quiet line on every page.

The browser begins, stops and goes on as `class_news` tells it, wherever on the lab's pages it
is, and tells back points of its curve: never weights, at most one report a second, of at most
200 bytes. Nothing is shown while the class trains nothing.
"""

from pathlib import Path

import streamlit as st

from denoiser import web
from denoiser.ui.session.text import _

FOLDER = Path(__file__).parent

_component = st.components.v2.component(
    "device_class",
    html=(FOLDER / "device_class.html").read_text(encoding="utf-8"),
    css=(FOLDER / "device_class.css").read_text(encoding="utf-8"),
    js=web.bundle(FOLDER / "device_class.js"),
)


def device_class(code: str) -> None:
    """Show the line.

    Args:
        code: Of the class that this visitor is a student of.
    """
    data = {"code": code, "text": _texts()}
    _component(key="device_class", data=data, width="content", height="content")


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
