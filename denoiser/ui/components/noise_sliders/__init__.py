"""A kind of noise and its parameters as sliders, and eight digits under it while they move.

Python sends one safetensors container, `digits` (uint8 (n, 28, 28)) with the
rest as JSON under the one metadata key `panel`, and is told once where a slider
was let go. The sliders are the live panel's, and so is the noise.
"""

import json
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from safetensors.numpy import save

from denoiser import web
from denoiser.data import digits
from denoiser.ui.session.noises import Noise, described, flatten, parse_sent
from denoiser.ui.session.text import _

FOLDER = Path(__file__).parent
SHOWN = 8
_KEY = "noise_sliders"

_component = st.components.v2.component(
    "noise_sliders",
    html=(FOLDER / "noise_sliders.html").read_text(encoding="utf-8"),
    css=web.style(FOLDER.parent / "live" / "panel.css", FOLDER / "noise_sliders.css"),
    js=web.bundle(FOLDER / "noise_sliders.js"),
)


def noise_sliders(
    noise: Noise, seed: int, keep: Callable[[Noise], None], filled: Callable[[], int]
) -> None:
    """Show the sliders.

    Args:
        noise: Where the sliders stand.
        seed: Of the noise that is shown.
        keep: Called with the noise when a slider was let go.
        filled: Says how often the noise was set by anything but the sliders. They go where
            it was set even if they were moved and set back before they were drawn
            again, and a move from before it was set does not undo that.
    """

    def moved() -> None:
        sent = st.session_state[_KEY].get("noise")
        if flatten(sent).get("filled") == filled():
            keep(parse_sent(sent))

    _component(key=_KEY, data=container(noise, seed, filled()), on_noise_change=moved)


def container(noise: Noise, seed: int, filled: int) -> bytes:
    """Return what the browser needs; the same arguments give the same bytes."""
    panel = {
        "values": noise.to_panel(),
        "seed": seed,
        "filled": filled,
        "kinds": described(),
        "text": {"noise": _("Kind of noise"), "picture": _("Eight digits under this noise")},
    }
    return save({"digits": digits.bundled("test").images[:SHOWN]}, {"panel": json.dumps(panel)})
