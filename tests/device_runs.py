"""Trainings as devices hand them over, made in Python: trained or drawn, and easy to change."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import random_networks
from safetensors.numpy import save as to_safetensors

from denoiser.config import TrainConfig
from denoiser.data import digits
from denoiser.models import architectures
from denoiser.runs.handover import KEY

CONFIG = TrainConfig(filters=(4, 6), latent_dim=3, data="bundled", limit=60, epochs=3,
                     learning_rate=0.01)  # fmt: skip
BEGUN = 1_700_000_000.0
EPOCH_SECONDS = 10.0
SHOWN = 8


@dataclass(frozen=True)
class DeviceRun:
    """What goes into a container.

    Attributes:
        told: The JSON object.
        tensors: All of them, by their names in the container.
    """

    told: Mapping[str, Any]
    tensors: Mapping[str, np.ndarray] = field(repr=False)

    def packed(self) -> bytes:
        return container(self.told, self.tensors)

    def telling(self, **changes: Any) -> "DeviceRun":
        return replace(self, told={**self.told, **changes})

    def having(self, **changes: np.ndarray | None) -> "DeviceRun":
        """Return it with other tensors; None leaves one out."""
        tensors = {**self.tensors, **changes}
        return replace(self, tensors={k: v for k, v in tensors.items() if v is not None})

    def with_settings(self, **changes: Any) -> "DeviceRun":
        return self.telling(config={**self.told["config"], **changes})


def container(told: Any, tensors: Mapping[str, np.ndarray], **texts: str) -> bytes:
    return to_safetensors(dict(tensors), metadata={KEY: json.dumps(told), **texts})


def untrained(config: TrainConfig = CONFIG) -> DeviceRun:
    """Return one with weights drawn at random, which needs no TensorFlow."""
    return handed_over(config, [_drawn(config, epoch) for epoch in range(config.epochs)])


def _drawn(config: TrainConfig, seed: int) -> tuple[dict[str, np.ndarray], float]:
    return random_networks.weights(architectures.layers_of(config), seed), 0.1 / (seed + 1)


def trained(config: TrainConfig = CONFIG) -> DeviceRun:
    """Return one that learned something, from the lab's own training."""
    from denoiser.nn import networks
    from denoiser.nn.training import Callbacks, Training

    train, test = digits.both(config.data)
    epochs = []

    def ended(_: int, logs: Mapping[str, float]) -> None:
        weights = {name: w.copy() for name, w in networks.weights(training.model).items()}
        epochs.append((weights, logs["val_loss"]))

    training = Training(config, train, test)
    training.fit(Callbacks(on_epoch=ended))
    return handed_over(config, epochs)


def handed_over(
    config: TrainConfig, epochs: list[tuple[dict[str, np.ndarray], float]], has_ended: bool = True
) -> DeviceRun:
    """Return what a device hands over after epochs that ended with these weights and val_losses."""
    count = config.limit or 4500
    per_epoch = -(-count // config.batch_size)
    best = min(range(len(epochs)), key=lambda i: epochs[i][1])
    clean = digits.bundled("test").images[:SHOWN]
    told = {
        "config": asdict(config),
        "name": "Anna's first",
        "begun": BEGUN,
        "has_ended": has_ended,
        "steps": [[step, 0.5 / step] for step in range(1, per_epoch * len(epochs) + 1)],
        "steps_per_epoch": per_epoch,
        "digits": count,
        "history": [{"loss": 0.2, "val_loss": val_loss} for _, val_loss in epochs],
        "times": [BEGUN + EPOCH_SECONDS * number for number, _ in enumerate(epochs, 1)],
    }
    tensors = _of("model", epochs[best][0]) | {"samples/clean": clean, "samples/noisy": clean // 2}
    for number in range(len(epochs) + 1):
        tensors[f"samples/{number}"] = np.full_like(clean, number)
    for number, (weights, _) in enumerate(epochs, 1):
        tensors |= _of(f"snapshot/{number}", weights)
    return DeviceRun(told, tensors)


def _of(part: str, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{part}/{name}": tensor for name, tensor in weights.items()}
