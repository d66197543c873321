"""The shipped models, loaded once for all visitors."""

import streamlit as st

from denoiser import assets
from denoiser.config import CLASSIFIER
from denoiser.errors import ModelError
from denoiser.models import store as models
from denoiser.models.store import Model

FIRST = "tutorial"  # the default model, where it is shipped


def denoisers() -> list[Model]:
    """Return the models that denoise, the default first.

    Raises:
        ModelError: There are none, or one is damaged; the message says how to make them.
    """
    names = [name for name in models.names(assets.MODELS) if name != CLASSIFIER] or [FIRST]
    return [_load(name) for name in sorted(names, key=_order)]


def classifier() -> Model:
    """Return the model that reads digits; raise `ModelError` if it is missing or damaged."""
    return _load(CLASSIFIER)


def _order(name: str) -> int:
    known = list(models.BLUEPRINTS)
    return known.index(name) if name in known else len(known)


@st.cache_resource(show_spinner=False)
def _load(name: str) -> Model:
    model = models.load(name, assets.MODELS)
    if "scores" not in model.card:
        raise ModelError(
            "The shipped model {name} is not complete: its scores are missing. Who runs this lab "
            "can make it again with: python -m denoiser ship {name}",
            name=name,
        )
    return model
