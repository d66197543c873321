"""The live panel: noise and networks that run in the browser while a slider moves.

Python sends one safetensors container, and the browser sends back what the visitor settled on.
The container holds the digits (`digits`, uint8 (n, 28, 28); `labels`, uint8
(n,)), the weights of the chosen model (`model/<tensor>`) and of the classifier
(`classifier/<tensor>`), and, as JSON under the one metadata key `panel`, all else:
safetensors writes several keys in any order, and Streamlit sends what it has
sent before again where a byte differs.

What it shows is a `View`: the bundled test digits, digits that the visitor
brought, or a pad to draw on with the bundled digits as a gallery below it. What
is drawn never leaves the browser.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st
from safetensors.numpy import save

from denoiser import metrics, web
from denoiser.data import digits
from denoiser.models import code
from denoiser.models.store import Model
from denoiser.ui.components.live import latent_texts
from denoiser.ui.components.live.latent_data import latent_tensors
from denoiser.ui.components.live.mute_texts import mute_texts
from denoiser.ui.components.live.strip_texts import strip_texts
from denoiser.ui.components.share import note_refused
from denoiser.ui.session import state
from denoiser.ui.session.device import DeviceModel
from denoiser.ui.session.noises import described, flatten
from denoiser.ui.session.run_models import is_of_same_run, kept_epochs
from denoiser.ui.session.text import _
from denoiser.ui.session.told import told

FOLDER = Path(__file__).parent
_KEY = "live_{}"
_SHEETS = ("panel", "tiles", "bars", "pad", "gallery")
_INSIDE = ("strip", "detail", "mute", "code_view", "latent_desk", "latent_map")
Denoiser = Model | DeviceModel
_DRAWN = -1  # in place of a digit's number: what is on the pad


_component = st.components.v2.component(
    "live_panel",
    html=(FOLDER / "panel.html").read_text(encoding="utf-8"),
    css=web.style(
        web.FOLDER / "controls.css",
        *(FOLDER / f"{name}.css" for name in _SHEETS),
        *(web.FOLDER / "inside" / f"{name}.css" for name in _INSIDE),
    ),
    js=web.bundle(FOLDER / "panel.js"),
)


@dataclass(frozen=True)
class View:
    """What the panel shows.

    Attributes:
        mode: "test" for test digits that the URL names, "pad" for a pad with a gallery,
            "own" for digits without labels.
        images: uint8 in [0, 255], shape (n, 28, 28).
        labels: uint8, shape (n,); None in mode "own".
        digit: The digit that is large, in [0, n), or `_DRAWN`; None for the one in the URL.
        hidden: Names of the controls that are not shown: "model", "noise", "digit".
        is_open: Whether the network is open below the pictures at first.
        is_inside: Whether it is what the page is about: it comes first, the pictures are small.
    """

    mode: Literal["test", "pad", "own"]
    images: np.ndarray
    labels: np.ndarray | None = None
    digit: int | None = None
    hidden: frozenset[str] = frozenset()
    is_open: bool = False
    is_inside: bool = False


@st.cache_resource(show_spinner=False)
def test_view() -> View:
    """Return the bundled test digits that the URL can name."""
    chosen = digits.bundled("test")[: state.DIGITS]
    return View("test", chosen.images, chosen.labels)


def live_panel(
    denoisers: Sequence[Denoiser],
    classifier: Model,
    hidden: frozenset[str],
    *,
    is_open: bool = False,
) -> None:
    """Show the panel with test digits, opened with the settings in the URL.

    Args:
        denoisers: The models to choose from, the default first.
        classifier: The model that reads noisy and denoised digits.
        hidden: Names of the controls that are not shown: "model", "noise", "digit".
        is_open: Whether the network is open below the pictures at first.
    """
    _open(denoisers, classifier, replace(test_view(), hidden=hidden, is_open=is_open))


def inside_panel(
    denoisers: Sequence[Denoiser],
    classifier: Model,
    hidden: frozenset[str],
    below: Callable[[Denoiser], None],
) -> None:
    """Show the panel with the network open over the whole width.

    Args:
        denoisers: The models to choose from, the default first.
        classifier: The model that reads noisy and denoised digits.
        hidden: Names of the controls that are not shown.
        below: Draws what belongs to the chosen model, below the panel.
    """
    view = replace(test_view(), hidden=hidden, is_open=True, is_inside=True)
    _open(denoisers, classifier, view, below)


def drawing_panel(denoisers: Sequence[Denoiser], classifier: Model, hidden: frozenset[str]) -> None:
    """Show the panel with a pad to draw on; the arguments are those of `live_panel`."""
    _open(denoisers, classifier, replace(test_view(), mode="pad", digit=_DRAWN, hidden=hidden))


def own_digits_panel(
    denoisers: Sequence[Denoiser],
    classifier: Model,
    images: np.ndarray,
    digit: int,
    hidden: frozenset[str],
) -> None:
    """Show the panel with digits that a visitor brought.

    The page is run again when they choose another one of them; `state.own_digit` returns it.

    Args:
        denoisers: The models to choose from, the default first.
        classifier: The model that reads noisy and denoised digits.
        images: uint8 in [0, 255], shape (n, 28, 28).
        digit: The one that is large, in [0, n).
        hidden: Names of the controls that are not shown.
    """
    state.keep_own_digit(digit)
    _open(denoisers, classifier, View("own", images, digit=digit, hidden=hidden))


def _open(
    denoisers: Sequence[Denoiser],
    classifier: Model,
    view: View,
    below: Callable[[Denoiser], None] | None = None,
) -> None:
    note_refused(state.open_settings([model.name for model in denoisers]))
    _panel(denoisers, classifier, view, below)


@st.fragment
def _panel(
    denoisers: Sequence[Denoiser],
    classifier: Model,
    view: View,
    below: Callable[[Denoiser], None] | None,
) -> None:
    if view.mode == "own" and state.own_digit() != view.digit:
        st.rerun()
    names = [model.name for model in denoisers]
    if state.settings().model not in names:
        st.rerun()  # another epoch's model: the page knows where it is
    chosen = denoisers[names.index(state.settings().model)]
    key = _KEY.format("inside" if view.is_inside else view.mode)
    _component(
        key=key,
        data=container(chosen, denoisers, classifier, state.initial(), view),
        on_settings_change=partial(_settle, key, names, view),
    )
    if below:
        below(chosen)


def _settle(key: str, names: Sequence[str], view: View) -> None:
    if (changed := told(key, "settings")) is None:
        return
    sent = flatten(changed)
    if isinstance(asked := sent.get("model"), str) and is_of_same_run(asked, names):
        names = [*names, asked]
    settled = state.Settings.parse(sent, names)
    if view.mode == "own" and view.digit is not None:
        state.keep_own_digit(state.whole(sent.get("digit"), len(view.images) - 1, view.digit))
    if view.mode != "test":  # the digit that a link to the home page names stays
        settled = replace(settled, digit=state.settings().digit)
    state.settle(settled, names)


def container(
    model: Denoiser,
    denoisers: Sequence[Denoiser],
    classifier: Model,
    initial: state.Settings,
    view: View,
) -> bytes:
    """Return what the panel needs to run `model`; the same arguments give the same bytes."""
    tensors = {"digits": view.images}
    if view.labels is not None:
        tensors["labels"] = view.labels
    tensors |= {f"model/{name}": tensor for name, tensor in model.tensors.items()}
    tensors |= {f"classifier/{name}": tensor for name, tensor in classifier.tensors.items()}
    if view.is_inside:
        tensors |= latent_tensors(model.name)
    panel = {
        "mode": view.mode,
        "model": model.name,
        "model_graph": model.graph,
        "classifier_graph": classifier.graph,
        "models": [_described(other) for other in denoisers],
        "initial": _initial(initial, view),
        "least_digit": metrics.LEAST_DIGIT,
        "hidden": sorted(view.hidden),
        "isOpen": view.is_open,
        "isInside": view.is_inside,
        "epochs": kept_epochs(model.name),
        "code": _code(model) if view.is_inside else [],
        "latentText": latent_texts.latent_texts() if view.is_inside else {},
        "kinds": described(),
        "text": _texts() | _texts_of(view.mode) | strip_texts() | mute_texts(),
    }
    return save(tensors, metadata={"panel": json.dumps(panel)})


def _code(model: Denoiser) -> list[dict[str, str | None]]:
    """Return the network's lines in Keras; none of what a device trains: it is not known here."""
    if not isinstance(model, Model):
        return []
    section = code.of_config(model.config, model.name).section("network")
    pairs = zip(section.lines, section.layers, strict=True)
    return [{"text": text, "layer": layer} for text, layer in pairs]


def _initial(settings: state.Settings, view: View) -> dict[str, Any]:
    panel = settings.to_panel()
    return panel if view.digit is None else panel | {"digit": view.digit}


def _described(model: Denoiser) -> dict[str, str]:
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
        "save_noisy": _("Download the noisy picture"),
        "save_denoised": _("Download the denoised picture"),
        "save_clean": _("Download the clean picture"),
        "save_side": _("Download size"),
        "reads": _("reads"),
        "no_digit": _("does not look like one digit"),
        "nothing_to_read": _("nothing to read"),
        "unread": _("no digit"),
        "sure": _("How sure the reader is"),
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
        "summary_unknown": _(
            "{model}: clean reads {clean}, noisy reads {noisy}, denoised reads {denoised}."
        ),
        "loading": _("loading …"),
        "missing": _("{model} did not arrive: is this device online? The model before it goes on."),
        "again": _("Try again"),
        "not_here": _("{model} is not on this device: it was deleted, or trained elsewhere."),
        "draw": _("Draw a digit"),
        "draw_here": _("Draw here"),
        "pad": _("Pad to draw on; without a pointer, choose a digit below"),
        "pen": _("Pen"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "fit": _("Scale to 20x20"),
        "center": _("Centre by mass"),
        "nothing": _("nothing drawn yet"),
    }


def _texts_of(mode: str) -> dict[str, str]:
    """Return the texts that are others in a mode than where test digits are shown."""
    of_modes = {
        "test": {},
        "pad": {
            "source": _("as 28x28 pixels"),
            "more": _("Digits to start from"),
            "more_help": _("noisy above, denoised below; choose one to put it on the pad"),
            "enlarge": _("Put digit {digit} on the pad, label {label}"),
        },
        "own": {
            "source": _("your digit {number}"),
            "more": _("Your digits under the same noise"),
            "enlarge": _("Enlarge your digit {number}"),
        },
    }
    return of_modes[mode]
