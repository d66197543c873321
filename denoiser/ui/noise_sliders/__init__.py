"""Mean and std of the noise as two sliders, and eight digits under it while they move.

Python sends one safetensors container, `digits` (uint8 (n, 28, 28)) with the
rest as JSON under the one metadata key `panel`, and is told once where a slider
was let go. The sliders are the live panel's, and so is the noise.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st
from safetensors.numpy import save

from denoiser import digits
from denoiser.errors import ConfigError
from denoiser.noise import KINDS
from denoiser.ui.live import FOLDER as LIVE
from denoiser.ui.live import module_text
from denoiser.ui.text import _

FOLDER = Path(__file__).parent
SHOWN = 8
KIND = KINDS["gaussian"]
_KEY = "noise_sliders"

_component = st.components.v2.component(
    "noise_sliders",
    html=(FOLDER / "noise_sliders.html").read_text(encoding="utf-8"),
    css="\n".join(
        path.read_text(encoding="utf-8")
        for path in (LIVE / "panel.css", FOLDER / "noise_sliders.css")
    ),
    js=module_text(
        (
            *(LIVE / name for name in ("mount.js", "safetensors.js", "random.js", "picture.js")),
            FOLDER / "noise_sliders.js",
        )
    ),
)


def noise_sliders(
    values: Mapping[str, float], seed: int, keep: Callable[[dict[str, float]], None]
) -> None:
    """Show the sliders.

    Args:
        values: Mean and std by name, where the sliders stand.
        seed: Of the noise that is shown.
        keep: Called with the values when a slider was let go.
    """

    def moved() -> None:
        if (sent := taken(st.session_state[_KEY].get("noise"))) is not None:
            keep(sent)

    _component(key=_KEY, data=container(values, seed), on_noise_change=moved)


def container(values: Mapping[str, float], seed: int) -> bytes:
    """Return what the browser needs; the same arguments give the same bytes."""
    panel = {
        "values": dict(values),
        "seed": seed,
        "noise": [asdict(parameter) for parameter in KIND.parameters],
        "text": _texts(),
    }
    return save({"digits": digits.bundled("test").images[:SHOWN]}, {"panel": json.dumps(panel)})


def taken(sent: Any) -> dict[str, float] | None:
    """Return the values that a browser sent, which may be anything; None if they are none."""
    try:
        return {name: round(value, 2) for name, value in KIND.validate(sent).items()}
    except ConfigError:
        return None


def _texts() -> dict[str, str]:
    return {
        "mean": _("Noise mean"),
        "std": _("Noise std"),
        "mean_help": _("Brightness added to every pixel. More: a brighter fog."),
        "std_help": _("How much it differs between pixels. More: wilder static."),
        "picture": _("Eight digits under this noise"),
    }
