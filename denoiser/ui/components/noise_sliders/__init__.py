"""A kind of noise and its parameters as sliders, and eight digits under it while they move.

Python sends one safetensors container, `digits` (uint8 (n, 28, 28)) with the
rest as JSON under the one metadata key `panel`; the browser sends the noise back
when a slider is let go. The sliders and the noise are the live panel's.
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
from denoiser.ui.session.told import told

FOLDER = Path(__file__).parent
SHOWN = 8
_KEY = "noise_sliders"

_component = st.components.v2.component(
    "noise_sliders",
    html=(FOLDER / "noise_sliders.html").read_text(encoding="utf-8"),
    css=web.style(web.FOLDER / "controls.css", FOLDER / "noise_sliders.css"),
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
        filled: Returns how often anything but the sliders has set the noise. A move that the
            browser sent before the last of these is ignored.
    """

    def moved() -> None:
        sent = told(_KEY, "noise")
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
