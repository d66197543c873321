"""The time machine: the same digits, eight at most, as the network saw them, epoch by epoch.

Python sends one safetensors container: `noisy`, `clean` (both uint8 (n, 28, 28))
and `samples` (uint8 (epochs, n, 28, 28)), with texts and losses as JSON under
the one metadata key `panel`. Slider and play run in the browser alone.
"""

import json
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import streamlit as st
from safetensors.numpy import save

from denoiser import web
from denoiser.runs.run import Run
from denoiser.ui.session import state
from denoiser.ui.session.run_models import run_model_name
from denoiser.ui.session.text import _

FOLDER = Path(__file__).parent

_component = st.components.v2.component(
    "time_machine",
    html=(FOLDER / "time_machine.html").read_text(encoding="utf-8"),
    css=(FOLDER / "time_machine.css").read_text(encoding="utf-8"),
    js=web.bundle(FOLDER / "time_machine.js"),
)


def time_machine(run: Run) -> None:
    """Show the samples of a run that has some."""
    _component(key=f"time_machine_{run.id}", data=container(run))


def device_time_machine(id: str) -> None:
    """Show the samples of a training on the visitor's device, which only the browser knows."""
    panel = {
        "epochs": [],
        "text": _texts() | _texts_of_device(),
        "device": id,
        "link": f"./?{urlencode(state.carried() | {'model': '{model}'}, safe='{}')}",
    }
    _component(key=f"time_machine_{id}", data=save({}, metadata={"panel": json.dumps(panel)}))


def container(run: Run) -> bytes:
    """Return what the browser needs; the same snapshots give the same bytes."""
    epochs = run.snapshots()
    val_losses = {epoch.epoch: epoch.val_loss for epoch in run.history().epochs}
    panel = {
        "epochs": [_described(run, epoch, val_losses) for epoch in epochs],
        "text": _texts(),
        "device": "",
        "link": "",
    }
    tensors = {
        "noisy": run.noisy_samples(),
        "clean": run.clean_samples(),
        "samples": _samples(run, tuple(epochs)),
    }
    return save(tensors, metadata={"panel": json.dumps(panel)})


@lru_cache(maxsize=16)
def _samples(run: Run, epochs: tuple[int, ...]) -> np.ndarray:
    # What an epoch made of the samples never changes, and every viewer asks each second.
    return np.stack([run.samples(epoch) for epoch in epochs])


def _described(run: Run, epoch: int, val_losses: dict[int, float]) -> dict[str, str | None]:
    name = _("epoch {epoch}").format(epoch=epoch) if epoch else _first(run)
    if epoch in val_losses:
        name += " · " + _("val loss {loss:.4f}").format(loss=val_losses[epoch])
    kept, query = run.has_weights(epoch), state.carried() | {"model": run_model_name(run.id, epoch)}
    return {
        "label": name,
        "link": f"./?{urlencode(query)}" if kept else None,
    }


def _first(run: Run) -> str:
    return _("as loaded") if run.status().loaded else _("before training")


def _texts() -> dict[str, str]:
    return {
        "noisy": _("Noisy"),
        "denoised": _("Denoised"),
        "clean": _("Clean"),
        "slider": _("Epoch shown"),
        "play": _("Play"),
        "pause": _("Pause"),
        "newest": _("Newest"),
        "try": _("Try this snapshot"),
        "noisy_picture": _("Digits under noise"),
        "denoised_picture": _("What the network makes of them"),
        "clean_picture": _("The same digits as they were written"),
    }


def _texts_of_device() -> dict[str, str]:
    return {
        "before": _("before training"),
        "epoch": _("epoch {epoch} · val loss {loss}"),
        "now": _("now, after step {step}"),
    }
