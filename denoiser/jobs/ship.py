"""Shipped models, trained again from their blueprints and scored on the official test digits.

Knows neither who asked nor how progress is shown.
"""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from denoiser.config import CLASSIFIER
from denoiser.data import digits
from denoiser.data.digits import Digits
from denoiser.jobs.run_training import EpochHook, StepHook
from denoiser.metrics import SCORE_SEED
from denoiser.models import store as models
from denoiser.models.store import Model

if TYPE_CHECKING:
    import keras


def ship(
    name: str,
    folder: Path,
    on_step: StepHook = lambda epoch, step, loss: None,
    on_epoch: EpochHook = lambda epoch, logs: None,
) -> Model:
    """Train the shipped model called `name`, score it, and write weights and card.

    Args:
        name: A name in `models.BLUEPRINTS`.
        folder: Where the files go; except for the classifier itself, the classifier is there.
        on_step: Told each step: epoch from 0, steps done in it, loss.
        on_epoch: Told each epoch: its number from 0, `loss` and `val_loss`.

    Raises:
        DigitsError: MNIST cannot be had.
        ModelError: There is no classifier in `folder`.
        OSError: The files cannot be written.
    """
    from denoiser.nn import inference, training

    blueprint = models.BLUEPRINTS[name]
    config = blueprint.config
    train_digits, test_digits = (digits.load(config.data, split) for split in ("train", "test"))
    started = time.monotonic()
    callbacks = training.Callbacks(on_step, on_epoch)
    network, history = training.train(config, train_digits, test_digits, callbacks)
    card = {
        "title": blueprint.title,
        "summary": blueprint.summary,
        "made_with": f"python -m denoiser ship {name}",
        "train_digits": len(train_digits),
        "train_seconds": round(time.monotonic() - started),
        "history": asdict(history),
        **_scores(name, network, test_digits, folder),
    }
    model = inference.from_keras(name, config, network, card)
    models.save(model, folder / f"{name}.safetensors", folder / f"{name}.json")
    return model


def _scores(
    name: str, network: "keras.Model", test_digits: Digits, folder: Path
) -> dict[str, dict[str, Any]]:
    """Return what the card says of the test digits, and with which command it was measured."""
    from denoiser.nn import inference

    command = {"command": f"python -m denoiser evaluate --model {name} --data mnist"}
    if name == CLASSIFIER:
        return {"scores": inference.evaluate_classifier(network, test_digits).to_dict() | command}
    classifier = inference.to_keras(models.load(CLASSIFIER, folder))
    found = inference.evaluate(network, classifier, test_digits, "gaussian", {}, SCORE_SEED)
    return {
        "scores": found.denoised.to_dict() | command,
        "noisy_scores": found.noisy.to_dict() | command,
    }
