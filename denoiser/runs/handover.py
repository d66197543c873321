"""A training that a visitor's device hands over: bytes of one container in, checked parts out.

    device_run                     a text: a JSON object with all of `FIELDS`
      config                       every field of `TrainConfig`
      name                         that somebody gave it; "" for none
      begun, times                 when it began, when each epoch ended: seconds since 1970
      has_ended                    false where it was kept while it could have gone on
      steps                        [step, loss]: steps from 1 on, at most `MAX_STEPS` of them
      history                      {"loss", "val_loss"} of each epoch
      digits, steps_per_epoch      how many it trains on, and batches of them
    model/<tensor>                 float32: the weights to keep, those of its best epoch
    samples/noisy, samples/clean   uint8 (n, 28, 28), n from 1 to 8: the digits that are shown
    samples/<epoch>                the same, as the network saw them; 0 is before the first
    snapshot/<epoch>/<tensor>      float32: the weights after an epoch, of any epochs with samples

All of it may come from a stranger: nothing is taken that is not described here, and no tensor
that its network does not have. This module makes no run and loads no TensorFlow.
"""

import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from denoiser.config import SETTINGS, TrainConfig
from denoiser.errors import DenoiserError, RunError
from denoiser.files import containers
from denoiser.files.atomic import MAX_UPLOAD
from denoiser.models import imported
from denoiser.models.imported import Tensors, Weights
from denoiser.runs import claims, names
from denoiser.runs.claims import shown
from denoiser.runs.history import Epoch, RunHistory, Step

KEY = "device_run"
FIELDS = frozenset({"config", "name", "begun", "has_ended", "steps", "steps_per_epoch", "digits",
                    "history", "times"})  # fmt: skip
MAX_STEPS = 10_000  # the curve has fewer points by far
MAX_LOSS = 1e6  # far more than the MSE of pictures can be, and little enough to be drawn
MAX_DIGITS = int(SETTINGS["limit"].bounds[1])
_MODEL, _SAMPLES, _SNAPSHOT = "model", "samples", "snapshot"
_EPOCH = re.compile(r"0|[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class Handover:
    """A training as its device had it.

    Attributes:
        config: Its settings; the source of its digits is still as the device calls it.
        name: A line of at most `names.MAX_LETTERS` letters; "" for none.
        begun: When, in seconds since 1970.
        has_ended: Whether all of its epochs are done.
        steps_per_epoch: Batches in an epoch.
        digits: How many it trains on.
        history: Its steps, and its epochs from 1 on without a gap.
        noisy: The samples under noise, uint8 in [0, 255], shape (n, 28, 28).
        clean: The same as written.
        samples: What the network made of them, of the same shape and dtype, by epoch.
        model: The weights to keep.
        snapshots: Weights by epoch; each epoch is in `samples`, too.
    """

    config: TrainConfig
    name: str
    begun: float
    has_ended: bool
    steps_per_epoch: int
    digits: int
    history: RunHistory
    noisy: np.ndarray
    clean: np.ndarray
    samples: Mapping[int, np.ndarray]
    model: Weights
    snapshots: Mapping[int, Weights]


def read(content: bytes) -> Handover:
    """Read what a device hands over.

    Args:
        content: A container of at most 16 MB; snapshots may be left out to make it fit.

    Raises:
        RunError: It is too large or, with the code `claims.FOREIGN`, no such container.
    """
    if len(content) > MAX_UPLOAD:
        raise RunError(
            "This training is too large to be handed over: the lab takes at most {most} MB.",
            most=MAX_UPLOAD // 2**20,
            detail=f"expected at most {MAX_UPLOAD:,} bytes, got {len(content):,}",
        )
    try:
        return _handover(*containers.read(content))
    except Exception as error:  # parsers raise many types on damaged files
        raise RunError(
            "This is no training of a device, or it was damaged on its way. Try again from the "
            "device.",
            code=claims.FOREIGN,
            detail=_technical(error),
        ) from error


def _technical(error: Exception) -> str:
    said = f"there is no {error}" if isinstance(error, KeyError) else str(error)
    more = error.detail if isinstance(error, DenoiserError) else ""
    return " ".join(filter(None, [said, more])) or type(error).__name__


def _handover(texts: Mapping[str, Any], tensors: Tensors) -> Handover:
    told = _told(texts)
    config = TrainConfig.from_json(json.dumps(told["config"]))
    digits = claims.whole("digits", told["digits"], 1, config.limit or MAX_DIGITS)
    batches = math.ceil(digits / config.batch_size)
    begun = claims.moment("begun", told["begun"])
    epochs = _epochs(told["history"], told["times"], config.epochs)
    parts = _parts(tensors)
    noisy, clean, samples = _samples(parts[_SAMPLES], len(epochs))
    return Handover(
        config=config,
        name=_name(told["name"]),
        begun=begun,
        has_ended=_has_ended(told["has_ended"], len(epochs), config.epochs),
        steps_per_epoch=claims.whole("steps_per_epoch", told["steps_per_epoch"], batches, batches),
        digits=digits,
        history=RunHistory(_steps(told["steps"], batches, begun, epochs, config), epochs),
        noisy=noisy,
        clean=clean,
        samples=samples,
        model=_weights(config, parts[_MODEL]),
        snapshots=_snapshots(config, parts[_SNAPSHOT], samples.keys(), len(epochs)),
    )


# What it tells


def _told(texts: Mapping[str, Any]) -> dict[str, Any]:
    if texts.keys() != {KEY}:
        raise ValueError(f"expected the text {KEY} and no other, got {shown(sorted(texts))}")
    told = json.loads(texts[KEY])
    if not isinstance(told, dict):
        raise ValueError(f"{KEY}: expected a JSON object, got {shown(told)}")
    if told.keys() != FIELDS:
        missing, extra = sorted(FIELDS - told.keys()), sorted(told.keys() - FIELDS)
        raise ValueError(f"{KEY}: missing {missing}, unexpected {shown(extra)}")
    return told


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"name: expected a text, got {shown(value)}")
    return names.cleaned(value)[: names.MAX_LETTERS]


def _has_ended(value: Any, done: int, epochs: int) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"has_ended: expected true or false, got {shown(value)}")
    if value and done < epochs:
        raise ValueError(f"has_ended: expected {epochs} epochs, got {done}")
    return value


def _list(what: str, value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"{what}: expected a list of at most {most:,}, got {shown(value)}")
    return value


def _epochs(history: Any, times: Any, most: int) -> tuple[Epoch, ...]:
    measured, ends = _list("history", history, most), _list("times", times, most)
    if len(measured) != len(ends):
        raise ValueError(f"times: expected {len(measured)}, got {len(ends)}")
    pairs = zip(measured, ends, strict=True)
    return tuple(_epoch(number, *pair) for number, pair in enumerate(pairs, 1))


def _epoch(number: int, measured: Any, end: Any) -> Epoch:
    if not isinstance(measured, dict) or measured.keys() != {"loss", "val_loss"}:
        raise ValueError(f"history: expected loss and val_loss, got {shown(measured)}")
    losses = {name: claims.number(name, value, MAX_LOSS) for name, value in measured.items()}
    return Epoch(number, time=claims.moment("times", end), **losses)


def _steps(
    told: Any, per_epoch: int, begun: float, epochs: Sequence[Epoch], config: TrainConfig
) -> tuple[Step, ...]:
    """Check steps; when each was done is as good as the ends of the epochs around it say."""
    last = per_epoch * min(len(epochs) + 1, config.epochs)
    pairs = [_pair(each, last) for each in _list("steps", told, MAX_STEPS)]
    numbers = [step for step, _ in pairs]
    if sorted(set(numbers)) != numbers:
        raise ValueError("steps: expected each once, in their order")
    ends = [per_epoch * number for number in range(len(epochs) + 1)]
    times = np.interp(numbers, ends, [begun, *(epoch.time for epoch in epochs)])
    return tuple(
        Step(step, (step - 1) // per_epoch + 1, loss, float(time))
        for (step, loss), time in zip(pairs, times, strict=True)
    )


def _pair(value: Any, last: int) -> tuple[int, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"steps: expected step and loss, got {shown(value)}")
    return claims.whole("steps", value[0], 1, last), claims.number("steps", value[1], MAX_LOSS)


# Its tensors


def _parts(tensors: Tensors) -> dict[str, Tensors]:
    parts: dict[str, Tensors] = {_MODEL: {}, _SAMPLES: {}, _SNAPSHOT: {}}
    for path, tensor in tensors.items():
        part, _, name = path.partition("/")
        if part not in parts:
            raise ValueError(f"expected tensors of {', '.join(parts)}, got {shown(path)}")
        parts[part][name] = tensor
    return parts


def _samples(
    tensors: Tensors, last: int
) -> tuple[np.ndarray, np.ndarray, Mapping[int, np.ndarray]]:
    for pictures in tensors.values():
        claims.check_pictures(pictures)
    claims.check_as_many(tensors.values())
    noisy, clean = tensors.pop("noisy"), tensors.pop("clean")
    return noisy, clean, {_number(name, 0, last): tensors[name] for name in tensors}


def _snapshots(
    config: TrainConfig, tensors: Tensors, seen: Set[int], last: int
) -> Mapping[int, Weights]:
    by_epoch: dict[int, Tensors] = defaultdict(dict)
    for path, tensor in tensors.items():
        epoch, _, name = path.partition("/")
        by_epoch[_number(epoch, 1, last)][name] = tensor
    if unseen := sorted(by_epoch.keys() - seen):
        raise ValueError(f"snapshot: expected samples of the epochs {shown(unseen)}, too")
    return {epoch: _weights(config, found) for epoch, found in by_epoch.items()}


def _number(text: str, first: int, last: int) -> int:
    """Return an epoch's number, which can be written in one way only."""
    if not _EPOCH.fullmatch(text) or not first <= int(text) <= last:
        raise ValueError(f"expected an epoch from {first} to {last}, got {shown(text)}")
    return int(text)


def _weights(config: TrainConfig, tensors: Tensors) -> Weights:
    weights = Weights(config, tensors)
    imported.check(weights)
    return weights
