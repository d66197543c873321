"""What trainings in the browser need, brought to the page once: the worker's program, the digits.

It shows nothing. Components find what it brought by the lab that they share
(`denoiser/web/device_lab.js`), however often the page is run again.
"""

import gzip
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st
from safetensors.numpy import save

from denoiser import web
from denoiser.data import digits

KEY = "device_supplies"

_component = st.components.v2.component(
    KEY, js=web.bundle(Path(__file__).with_name("device_supplies.js"))
)


def device_supplies(key: str = KEY) -> None:
    """Bring them to the page.

    Args:
        key: Of the component, where a page brings them from two places.
    """
    _component(key=key, data=container())


@cache
def container() -> bytes:
    """Return a safetensors container of about 1 MB.

    It holds the bundled digits, `train` and `validation`, each as uint8 (n,) of what gzip makes
    of (count, 28, 28) pixels, and the worker's JavaScript under the metadata key `worker`.
    """
    tensors = {"train": _compressed("train"), "validation": _compressed("test")}
    worker = web.bundle(web.FOLDER / "training_worker.js")
    return save(tensors, metadata={"worker": worker})


def _compressed(split: digits.Split) -> np.ndarray:
    pixels = digits.bundled(split).images.tobytes()
    return np.frombuffer(gzip.compress(pixels, mtime=0), np.uint8)
