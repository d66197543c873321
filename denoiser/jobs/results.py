"""What is kept of a network in a run's folder: samples, scores, weights, and a file for Keras.

It loads TensorFlow when its functions are called. It trains nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from denoiser import metrics
from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data.digits import Digits, as_uint8
from denoiser.metrics import SCORE_SEED
from denoiser.runs import names
from denoiser.runs.run import KERAS, SAMPLES, Run

if TYPE_CHECKING:
    import keras

MEASURED_VAL_LOSS = "measured_val_loss"  # on a card: of who did not train it


def save_samples(run: Run, validation: Digits) -> np.ndarray:
    """Keep the digits that every snapshot of a run shows: one of each class, as far as they go.

    Returns:
        Those digits under the run's noise, float32 in [0, 1], shape (n, 28, 28), n at most SAMPLES.
    """
    from denoiser.nn.training import validation_noise

    labels, shown = validation.labels, np.arange(min(SAMPLES, len(validation)))
    if labels is not None and len(found := np.unique(labels, return_index=True)[1]) >= SAMPLES:
        shown = found[:SAMPLES]
    noisy = validation_noise(run.config, validation.clean)[shown]
    run.save_samples(as_uint8(noisy), validation.images[shown])
    return noisy


def denoise_few(network: "keras.Model", noisy: np.ndarray) -> np.ndarray:
    """Return what a network makes of a few digits, both float32 in [0, 1], shape (n, 28, 28)."""
    # Called directly: `predict` would be compiled for these few digits first.
    return np.asarray(network(noisy[..., None], training=False))[..., 0]


def scores(network: "keras.Model", validation: Digits, id: str, source: str) -> dict[str, Any]:
    """Score a run's network for its card, with the command that does it again.

    Args:
        network: Noisy digits in, denoised digits out.
        validation: The digits to score it on, under the tutorial's noise.
        id: Of the run.
        source: Of the digits, for the command.
    """
    from denoiser.nn import inference

    classifier = inference.load_keras(CLASSIFIER)
    evaluation = inference.evaluate(network, classifier, validation, "gaussian", {}, SCORE_SEED)
    command = f"python -m denoiser evaluate --model {id} --data {source}"
    return evaluation.denoised.to_dict() | {"command": command}


def val_loss(network: "keras.Model", config: TrainConfig, validation: Digits) -> float:
    """Measure a network as its training does after an epoch.

    Args:
        network: Noisy digits in, denoised digits out.
        config: It says under which noise.
        validation: The digits to measure it on.

    Raises:
        ModelError: The network's answers are no numbers.
    """
    from denoiser.nn import inference
    from denoiser.nn.training import validation_noise

    clean = validation.clean
    denoised = inference.denoise(network, validation_noise(config, clean))
    return float(metrics.mse(clean, inference.finite(denoised)).mean())


def keep(run: Run, network: "keras.Model", facts: Mapping[str, Any]) -> None:
    """Keep a run's trained network, with its card, and for other programs.

    Args:
        run: Its history goes on the card.
        network: Trained with the run's settings.
        facts: What else the card says.
    """
    from denoiser.nn import inference

    epochs = run.history().epochs
    history = {
        "loss": [epoch.loss for epoch in epochs],
        "val_loss": [epoch.val_loss for epoch in epochs],
    }
    facts = {"name": run.id, "history": history, **facts}
    name = facts["name"]
    facts["title"] = names.title(run.config)
    if run.status().device:
        facts["trained_on"] = "device"
    run.save_model(inference.from_keras(name, run.config, network, facts))
    save_keras(network, run.config, run.folder / KERAS)


def save_keras(network: "keras.Model", config: TrainConfig, path: Path) -> None:
    """Write a network for other programs, without its optimizer; `path` ends with `.keras`."""
    from denoiser.nn import networks

    plain = networks.build(config)
    networks.set_weights(plain, networks.weights(network))
    temporary = path.with_name(f".{path.name}.keras")
    plain.save(temporary)
    temporary.replace(path)
