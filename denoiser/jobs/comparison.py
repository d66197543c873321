"""Comparing models and filters: what each makes of the same noisy digits, and how good that is.

All of them get the same held-out digits under the same noise. `measure` and `noise_map`
load TensorFlow, so they run on a worker or on the command line; all else here is light.
Knows nothing of pages.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from denoiser import metrics
from denoiser.config import CLASSIFIER
from denoiser.data import digits, filters
from denoiser.data.digits import Digits, as_uint8
from denoiser.data.filters import FILTERS, NOISY
from denoiser.data.noise import KINDS, add_noise
from denoiser.errors import ModelError
from denoiser.metrics import Scores
from denoiser.models.store import Model

SEED = 0
SHOWN_CLASSES = (0, 2, 3, 4, 5, 7, 8, 9)  # not 1 and 6: seldom confused
INK = 0.35  # how bright kept strokes are in a difference map


@dataclass(frozen=True)
class Measured:
    """What one method made of the held-out digits.

    Attributes:
        scores: Over all held-out digits.
        pictures: The shown digits, denoised, uint8 in [0, 255], shape (8, 28, 28).
        readings: The digits that the classifier takes them for, `metrics.NO_DIGIT` for none; whole
            numbers, shape (8,).
    """

    scores: Scores
    pictures: np.ndarray
    readings: np.ndarray


def measure(method: str | Model, kind: str, parameters: Mapping[str, float]) -> Measured:
    """Score what a method makes of the held-out digits under a noise.

    Args:
        method: A filter's or a shipped model's name, a model, or "noisy",
            which does nothing.
        kind: The noise kind's name.
        parameters: Its parameters.

    Raises:
        ConfigError: Unknown noise, or parameters out of range.
        ModelError: No such model, or a damaged one.
    """
    from denoiser.nn import inference  # loads TensorFlow

    noisy = noisy_digits(kind, parameters)
    denoised = _denoised(method, noisy, kind, parameters)
    probabilities = inference.classify(_network(CLASSIFIER), denoised)
    known, shown = held_out(), shown_places()
    return Measured(
        scores=metrics.score(known.clean, denoised, known.labels, probabilities),
        pictures=as_uint8(denoised[shown]),
        readings=metrics.readings(probabilities[shown]),
    )


def _denoised(
    method: str | Model, noisy: np.ndarray, kind: str, parameters: Mapping[str, float]
) -> np.ndarray:
    from denoiser.nn import inference

    if isinstance(method, Model):
        return inference.denoise(inference.to_keras(method), noisy)
    if method == NOISY:
        return noisy
    if method in FILTERS:
        return filters.denoise(method, noisy, kind, parameters)
    return inference.denoise(_network(method), noisy)


@lru_cache(maxsize=8)
def _network(name: str) -> Any:
    from denoiser.nn import inference

    return inference.load_keras(name)


def noise_map(
    methods: Sequence[str],
    known: Digits,
    tell: Callable[[str, str], None] = lambda method, kind: None,
) -> dict[str, Any]:
    """Score methods under each kind of noise at its default strength.

    Args:
        methods: Names that `measure` takes.
        known: What they are scored on, with labels.
        tell: Called with the method and the kind of noise before each is scored.

    Returns:
        `scores`: by method and then by kind, `mse` and `reading_accuracy`; `digits`: how
        many; `seed`: of the noise.

    Raises:
        DigitsError: The digits have no labels.
    """
    from denoiser.nn import inference

    clean, labels = known.clean, known.known_labels
    scores: dict[str, dict[str, Any]] = {method: {} for method in methods}
    for kind in KINDS.values():
        parameters = kind.validate({})
        noisy = add_noise(clean, np.random.default_rng(SEED), kind.name, **parameters)
        for method in methods:
            tell(method, kind.name)
            denoised = _denoised(method, noisy, kind.name, parameters)
            probabilities = inference.classify(_network(CLASSIFIER), denoised)
            scores[method][kind.name] = {
                "mse": round(float(metrics.mse(clean, denoised).mean()), 6),
                "reading_accuracy": round(metrics.reading_accuracy(labels, probabilities), 4),
            }
    return {"digits": len(known), "seed": SEED, "scores": scores}


def read_noise_map(path: Path) -> dict[str, Any]:
    """Return a map that `python -m denoiser map` made: as of `noise_map`, and the `command`.

    Raises:
        ModelError: The file is missing or damaged; the message says how to make it.
    """
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
        return {name: made[name] for name in ("command", "digits", "scores")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            "The map is missing or damaged. Who runs this lab can make it again with: python -m "
            "denoiser map",
            detail=f"{path.name}: {getattr(error, 'strerror', None) or error}",
        ) from None


def held_out() -> Digits:
    """Return the digits that all are compared on: bundled ones that no shipped model has seen."""
    return digits.bundled("test")


def noisy_digits(kind: str, parameters: Mapping[str, float]) -> np.ndarray:
    """Return the held-out digits under noise, float32 in [0, 1], shape (500, 28, 28).

    Args:
        kind: The noise kind's name.
        parameters: Its parameters.

    Raises:
        ConfigError: Unknown noise, or parameters out of range.
    """
    return add_noise(held_out().clean, np.random.default_rng(SEED), kind, **parameters)


def shown_places() -> np.ndarray:
    """Return which of the held-out digits are shown: the first of each of eight classes.

    int64, shape (8,).
    """
    labels = held_out().known_labels
    return np.array([np.flatnonzero(labels == shown)[0] for shown in SHOWN_CLASSES])


def difference(
    clean: np.ndarray,
    denoised: np.ndarray,
    lost: tuple[int, int, int],
    invented: tuple[int, int, int],
) -> np.ndarray:
    """Draw which strokes a denoised picture lost and which it invented, on black.

    Ink that both have stays as a shade of grey. A stronger colour is a larger difference.

    Args:
        clean: uint8, any shape.
        denoised: uint8, the same shape.
        lost: Colour of ink that only `clean` has, red, green and blue in [0, 255].
        invented: Colour of ink that only `denoised` has.

    Returns:
        uint8, the same shape with three colour channels after it.
    """
    clean, denoised = clean[..., None] / 255, denoised[..., None] / 255
    kept = INK * 255 * np.minimum(clean, denoised)
    lost_ink, invented_ink = np.maximum(clean - denoised, 0), np.maximum(denoised - clean, 0)
    drawn = kept + lost_ink * np.array(lost) + invented_ink * np.array(invented)
    colors: np.ndarray = np.rint(np.minimum(drawn, 255)).astype(np.uint8)
    return colors


def to_csv(rows: Sequence[tuple[str, Scores]], kind: str, parameters: Mapping[str, float]) -> str:
    """Return scores as comma-separated values, a line each under a line of names.

    Args:
        rows: Methods' titles and scores.
        kind: Of the noise the digits were under.
        parameters: Of that noise.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    noise = {"noise": kind, **{f"noise_{k}": v for k, v in parameters.items()}, "noise_seed": SEED}
    writer.writerow(["method", *(field.name for field in fields(Scores)), *noise])
    for title, scores in rows:
        writer.writerow([title, *scores.to_dict().values(), *noise.values()])
    return text.getvalue()
