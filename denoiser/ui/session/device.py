"""Trainings on the visitor's own device: which ones there can be, and what one is given.

What the browser keeps of them this side does not know: a page names one by its id, which is in
the address, and its model by `device-ID` or `device-ID@EPOCH`.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from denoiser.config import DENOISERS, TrainConfig
from denoiser.data import digits
from denoiser.models import architectures, layers, sizes
from denoiser.runs.run import SAMPLES
from denoiser.ui.session import state
from denoiser.ui.session.noises import described
from denoiser.ui.session.text import _

_KEY, _PREFIX = "device", "device-"  # in the URL: of a training, of its models
_ID = re.compile(r"[a-z0-9]{12}")
MODEL = re.compile(r"device-([a-z0-9]{12})(?:@\d{1,5})?")
SOURCE = "bundled"  # of the digits that a device has
PATIENCE_S = 60  # what a device can do in that time is done there, unless somebody chooses
HOPELESS_S = 300  # what arithmetic says takes so long is not even tried there
TYPICAL_RATE = 3e9  # as in `sizes.seconds`, of a slow device: none is measured yet


@dataclass(frozen=True)
class DeviceModel:
    """A model that only the visitor's browser has, as the live panel takes it.

    Attributes:
        name: `device-ID` or `device-ID@EPOCH`.
        card: Its title and summary for while the browser has not told better.
        tensors: {}, where another model has its weights, float32, each of its layer's shape.
        graph: Empty: the browser knows it.
    """

    name: str
    card: Mapping[str, Any]
    tensors: Mapping[str, np.ndarray] = field(default_factory=dict)
    graph: list[dict[str, Any]] = field(default_factory=list)


def model_of(id: str) -> DeviceModel:
    """Return the newest model of a training on the device."""
    return _described(f"device-{id}")


def device_models() -> list[DeviceModel]:
    """Return the model of the device that the URL names, or named last; [] for none."""
    name = state.run_model()
    return [_described(name)] if name and MODEL.fullmatch(name) else []


def _described(name: str) -> DeviceModel:
    summary = _("The network that you train on this device.")
    return DeviceModel(name, {"title": _("Your network"), "summary": summary})


def why_not(config: TrainConfig) -> str:
    """Return why a training cannot be done on a device; "" where it can."""
    if config.data != SOURCE:
        return _("For bundled digits only: choose them under Digits.")
    if config.network not in DENOISERS:
        return _("This network is trained on the lab's computer only.")
    return ""


def is_hopeless(config: TrainConfig) -> bool:
    """Whether arithmetic alone says that a training takes a device far longer than a minute."""
    trained, validation = counts()
    seconds = sizes.seconds(config, trained, TYPICAL_RATE, validation) - sizes.START_SECONDS
    return seconds > HOPELESS_S


def counts() -> tuple[int, int]:
    """Return how many digits a device has to train on and to validate with."""
    return len(digits.bundled("train")), len(digits.bundled("test"))


def task(config: TrainConfig) -> dict[str, Any]:
    """Return what the browser trains, as JSON: see `DeviceTask` in denoiser/web/device_store.js.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    network = architectures.layers_of(config)
    trained, _validation = counts()
    return {
        "graph": layers.graph(network),
        "shapes": {name: list(w.shape) for name, w in layers.weights(network).items()},
        "config": asdict(config),
        "kinds": described(),
        "shown": _shown(),
        "count": min(config.limit or trained, trained),
    }


@cache
def _shown() -> list[int]:
    """Return the places of the validation digits that are shown: one of each class at first."""
    labels = digits.bundled("test").labels
    assert labels is not None, "expected the bundled digits to have labels"
    return [int(place) for place in np.unique(labels, return_index=True)[1][:SAMPLES]]


# In the URL


def run_id() -> str | None:
    """Return the id of the training on the visitor's device that the URL asks for, if it is one."""
    id = st.query_params.get(_KEY, "")
    return id if _ID.fullmatch(id) else None


def is_models_page() -> bool:
    """Whether the URL names a model of the visitor's device."""
    return st.query_params.get("model", "").startswith(_PREFIX)


def open_run(id: str) -> None:
    """Show a training on the visitor's device from now on."""
    st.query_params.from_dict(state.carried() | {_KEY: id})


def leave_run() -> None:
    """Show no training of the device any more; the panel's settings leave the URL with it."""
    state.replace_in_url((_KEY, *state.FIELDS), {})
