"""The trainings that the visitor's browser keeps; nothing where it keeps none."""

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from denoiser import web
from denoiser.ui.session import state
from denoiser.ui.session.text import _

FOLDER = Path(__file__).parent

_component = st.components.v2.component(
    "device_list",
    html=(FOLDER / "device_list.html").read_text(encoding="utf-8"),
    css=web.style(web.FOLDER / "buttons.css", FOLDER / "device_list.css"),
    js=web.bundle(FOLDER / "device_list.js"),
)


def device_list() -> None:
    """Show them, each with a link."""
    query = urlencode({**state.carried(), "device": "{id}"}, safe="{}")
    _component(key="device_list", data={"link": f"./Train?{query}", "text": _texts()})


def _texts() -> dict[str, str]:
    return {
        "title": _("On this device"),
        "help": _("Only this browser has them, for as long as it keeps its data."),
        "running": _("learns now"),
        "paused": _("paused"),
        "ended": _("trained"),
        "diverged": _("went astray"),
        "failed": _("failed"),
        "about": _("{state} · epoch {epoch} of {total} · val loss {loss}"),
        "begun": _("{state} · epoch {epoch} of {total}"),
    }
