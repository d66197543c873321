"""The live panel: noise and networks that run in the browser while a slider moves.

Python sends one safetensors container and is told what the visitor settled on.
The container holds the digits (`digits`, uint8 (n, 28, 28); `labels`, uint8
(n,)), the weights of the chosen model (`model/<tensor>`) and of the reader
(`reader/<tensor>`), and, as JSON under the one metadata key `panel`, all else:
safetensors writes several keys in any order, and Streamlit sends what it has
sent before again where a byte differs.
"""

import json
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st
from safetensors.numpy import save

from denoiser import digits
from denoiser.models import Model
from denoiser.ui import state
from denoiser.ui.noises import described, flat
from denoiser.ui.text import _

FOLDER = Path(__file__).parent
MODULES = (
    "mount.js", "safetensors.js", "random.js", "picture.js", "noise.js", "noise_controls.js",
    "kernel.js", "network.js", "panel.js",
)  # fmt: skip
_KEY = "live"


def module_text(paths: Sequence[Path] = tuple(FOLDER / name for name in MODULES)) -> str:
    """Return JavaScript files as one module, as inline components have to be.

    Args:
        paths: In the order of their dependence; the panel's, unless others are
            named. The lines that import one from another are left out.
    """
    joined = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return re.sub(r'^import .* from "\.+/.*";\n', "", joined, flags=re.MULTILINE)


_component = st.components.v2.component(
    "live_panel",
    html=(FOLDER / "panel.html").read_text(encoding="utf-8"),
    css=(FOLDER / "panel.css").read_text(encoding="utf-8"),
    js=module_text(),
)


def live_panel(denoisers: Sequence[Model], reader: Model) -> None:
    """Show the panel, opened with the settings in the URL.

    Args:
        denoisers: The models to choose from, the default first.
        reader: The model that reads noisy and denoised digits.
    """
    state.open_settings([model.name for model in denoisers])
    _panel(denoisers, reader)


@st.fragment
def _panel(denoisers: Sequence[Model], reader: Model) -> None:
    names = [model.name for model in denoisers]
    chosen = denoisers[names.index(state.settings().model)]
    _component(
        key=_KEY,
        data=container(chosen, denoisers, reader, state.initial()),
        on_settings_change=partial(_settle, names),
    )


def _settle(names: Sequence[str]) -> None:
    sent = st.session_state[_KEY].get("settings")
    state.settle(state.Settings.parse(flat(sent), names), names)


def container(
    model: Model, denoisers: Sequence[Model], reader: Model, initial: state.Settings
) -> bytes:
    """Return what the panel needs to run `model`; the same arguments give the same bytes."""
    images, labels = _digits()
    tensors = {"digits": images, "labels": labels}
    tensors |= {f"model/{name}": tensor for name, tensor in model.tensors.items()}
    tensors |= {f"reader/{name}": tensor for name, tensor in reader.tensors.items()}
    panel = {
        "model": model.name,
        "model_graph": model.graph,
        "reader_graph": reader.graph,
        "models": [_described(other) for other in denoisers],
        "initial": initial.to_panel(),
        "kinds": described(),
        "text": _texts(),
    }
    return save(tensors, metadata={"panel": json.dumps(panel)})


@st.cache_resource(show_spinner=False)
def _digits() -> tuple[np.ndarray, np.ndarray | None]:
    chosen = digits.bundled("test")[: state.DIGITS]
    return chosen.images, chosen.labels


def _described(model: Model) -> dict[str, str]:
    title, summary = model.card.get("title", model.name), model.card.get("summary", "")
    return {"name": model.name, "title": _(title), "summary": _(summary) if summary else ""}


def _texts() -> dict[str, str]:
    """Return every text of the panel; {braces} are filled in by the browser."""
    return {
        "noisy": _("Noisy"),
        "denoised": _("Denoised"),
        "clean": _("Clean"),
        "noisy_picture": _("The digit under noise"),
        "denoised_picture": _("What the network makes of the noisy digit"),
        "clean_picture": _("The digit as it was written"),
        "reads": _("reads"),
        "label": _("label"),
        "right": _("right"),
        "wrong": _("wrong"),
        "source": _("test digit {digit}"),
        "noise": _("Kind of noise"),
        "same_noise": _("This noise is the same every time"),
        "new_noise": _("New noise"),
        "new_digit": _("New digit"),
        "reset": _("Reset noise"),
        "model": _("Model"),
        "more": _("More digits under the same noise"),
        "more_help": _("noisy above, denoised below; choose one to enlarge it"),
        "enlarge": _("Enlarge digit {digit}, label {label}"),
        "summary": _("{model}: noisy reads {noisy}, denoised reads {denoised}; label {label}."),
        "loading": _("loading …"),
    }
