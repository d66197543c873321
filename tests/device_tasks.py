"""Trainings as a page gives them to a device, and how Node or a browser reads them."""

import base64
from dataclasses import asdict
from typing import Any

import numpy as np

from denoiser.config import TrainConfig
from denoiser.data import digits
from denoiser.models import architectures, layers

# JavaScript, in the body of an async function: makes of `input` what DeviceTraining takes.
READ_IN_NODE = """
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
input.digits = { train: bytes(input.train), validation: bytes(input.validation) };
"""


def task(config: TrainConfig, validation: int | None = None) -> dict[str, Any]:
    """Return a training on the bundled digits, as JSON holds it.

    Args:
        config: Its `limit` is how many digits it trains on.
        validation: How many of the test digits it validates on; None for all.
    """
    network = architectures.layers_of(config)
    return {
        "graph": layers.graph(network),
        "shapes": {name: list(w.shape) for name, w in layers.weights(network).items()},
        "config": asdict(config),
        "train": _sent(digits.bundled("train").images[: config.limit]),
        "validation": _sent(digits.bundled("test").images[:validation]),
        "kinds": [],
        "count": config.limit or len(digits.bundled("train")),
    }


def _sent(images: np.ndarray) -> str:
    return base64.b64encode(images.tobytes()).decode()
