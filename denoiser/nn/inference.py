"""Running a model with TensorFlow: denoise, read, evaluate.

Knows models and arrays, not files, pages or how a model was trained.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np

from denoiser import metrics
from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data.digits import CLASSES, Digits
from denoiser.data.noise import add_noise
from denoiser.errors import ModelError
from denoiser.metrics import ReadingScores, Scores
from denoiser.models import architectures, layers, sizes
from denoiser.models import store as models
from denoiser.models.imported import Weights
from denoiser.nn import networks

BATCHES = (1, 32, 256)


@dataclass(frozen=True)
class Evaluation:
    """Scores of the same digits under noise and after denoising."""

    noisy: Scores
    denoised: Scores


def load_keras(name: str) -> keras.Model:
    """Build the shipped model called `name` in Keras; raise `ModelError` if there is none."""
    return to_keras(models.load(name))


def to_keras(model: models.Model) -> keras.Model:
    """Build a model's network and put its weights in.

    Raises:
        ModelError: The weights are not those of its network.
    """
    network = networks.build(model.config)
    networks.set_weights(network, model.tensors)
    return network


def from_imported(weights: Weights) -> keras.Model:
    """Build the network that imported weights are of, and put them in.

    Raises:
        ModelError: They are not those of the network.
    """
    network = networks.build(weights.config)
    networks.set_weights(network, weights.tensors)
    return network


def from_keras(
    name: str, config: TrainConfig, network: keras.Model, card: Mapping[str, Any]
) -> models.Model:
    """Return a trained network as a model, with a copy of its weights.

    Args:
        name: The model's.
        config: What it was trained with, and its architecture.
        network: The Keras model.
        card: More facts for the model's card.
    """
    facts = {
        "name": name,
        "network": config.network,
        "parameters": network.count_params(),
        "multiply_adds": sizes.multiply_adds(config),
        "config": asdict(config),
    }
    weights = {k: v.copy() for k, v in networks.weights(network).items()}
    graph = layers.graph(architectures.layers_of(config))
    return models.Model(name, facts | dict(card), config, weights, graph)


def denoise(network: keras.Model, noisy: np.ndarray) -> np.ndarray:
    """Denoise digits.

    Args:
        network: A denoising network.
        noisy: float32 in [0, 1], shape (n, 28, 28).

    Returns:
        float32 in [0, 1], shape (n, 28, 28).

    Example:
        >>> from denoiser.data import digits
        >>> clean = digits.bundled("test")[:8].clean
        >>> noisy = add_noise(clean, np.random.default_rng(0))
        >>> denoised = denoise(load_keras("tutorial"), noisy)
        >>> bool((metrics.mse(clean, denoised) < metrics.mse(clean, noisy)).all())
        True
    """
    return _run(network, noisy)[..., 0]


def finite(denoised: np.ndarray) -> np.ndarray:
    """Return what a network answered, float32 of any shape, if it is numbers.

    Raises:
        ModelError: Some of it is NaN or infinite.
    """
    if not np.isfinite(denoised).all():
        raise ModelError(
            "This network's numbers grow beyond all bounds: its answer to a digit is no picture. "
            "Its training has failed; train it again with a lower learning rate.",
            detail="it gives NaN or infinity",
        )
    return denoised


def encode(network: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """Return the codes that an autoencoder gives to digits: its latent vectors.

    Args:
        network: An autoencoder that is an encoder and a decoder.
        pictures: float32 in [0, 1], shape (n, 28, 28).

    Returns:
        float32, shape (n, numbers of a code).

    Raises:
        ModelError: The network has no encoder of its own.
    """
    encoders = [layer for layer in network.layers if layer.name == networks.ENCODER]
    if not encoders:
        raise ModelError("model: expected an autoencoder with a latent vector, got another network")
    return _run(encoders[0], pictures)


def classify(classifier: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """Return the probability of each digit from 0 to 9; `metrics.is_digit` tells if it is one.

    Args:
        classifier: The network that reads digits.
        pictures: float32 in [0, 1], shape (n, 28, 28).

    Returns:
        float32 in [0, 1], shape (n, 10); what a row lacks to 1 is the probability of no digit.
    """
    return _run(classifier, pictures)[:, :CLASSES]


def _run(network: keras.Model, pictures: np.ndarray) -> np.ndarray:
    largest = BATCHES[-1]
    starts = range(0, max(1, len(pictures)), largest)
    return np.concatenate([_run_batch(network, pictures[i : i + largest]) for i in starts])


def _run_batch(network: keras.Model, pictures: np.ndarray) -> np.ndarray:
    # Batches have few shapes, because TensorFlow traces the network for each.
    count = len(pictures)
    size = next(size for size in BATCHES if size >= count)
    padded = np.zeros((size, *pictures.shape[1:], 1), np.float32)
    padded[:count, ..., 0] = pictures
    return np.asarray(network.predict_on_batch(padded))[:count]


def evaluate(
    network: keras.Model,
    classifier: keras.Model,
    digits: Digits,
    kind: str,
    parameters: Mapping[str, float],
    seed: int,
) -> Evaluation:
    """Score a model on digits under noise.

    Args:
        network: A denoising network.
        classifier: The network that reads the pictures.
        digits: Clean digits; without labels there is no reading accuracy.
        kind: The noise kind's name.
        parameters: Its parameters.
        seed: Of the noise; the same seed gives the same noise.

    Raises:
        ConfigError: Unknown noise, or parameters out of range.
        ModelError: The network's answers are no numbers.
    """
    clean = digits.clean
    noisy = add_noise(clean, np.random.default_rng(seed), kind, **parameters)

    def scored(pictures: np.ndarray) -> Scores:
        read = None if digits.labels is None else classify(classifier, pictures)
        return metrics.score(clean, pictures, digits.labels, read)

    return Evaluation(noisy=scored(noisy), denoised=scored(finite(denoise(network, noisy))))


def evaluate_classifier(classifier: keras.Model, digits: Digits) -> ReadingScores:
    """Return how well the classifier reads clean digits.

    Raises:
        ModelError: The digits have no labels to compare with.
    """
    if digits.labels is None:
        raise ModelError(
            "{classifier}: expected labelled digits to evaluate it on, got none labelled",
            classifier=CLASSIFIER,
        )
    probabilities = classify(classifier, digits.clean)
    return ReadingScores(
        reading_accuracy=metrics.reading_accuracy(digits.labels, probabilities),
        refused=float((~metrics.is_digit(probabilities)).mean()),
        count=len(digits),
    )
