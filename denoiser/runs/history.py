"""What a run has to say of itself: how it stands, and what it measured step by step.

Knows neither folders of runs nor who trains.
"""

import hashlib
import io
import json
import os
import re
import secrets
import shutil
import string
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
import numpy as np
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.numpy import load as from_safetensors
from safetensors.numpy import save as to_safetensors
from denoiser.models import store as models
from denoiser.config import TrainConfig
from denoiser.errors import ConfigError, DenoiserError, RunError
from denoiser.files.atomic import write_whole

UNFINISHED = ("queued", "running")
ENDED = ("stopped", "finished", "failed")


@dataclass(frozen=True)
class Status:
    """How a run stands.

    Attributes:
        state: queued, running, stopped, finished or failed.
        reason: Why it stopped or failed, in plain words.
        said: The reason as an error tells it to JSON, for other languages; {} for none.
        fix: Settings that would help, by field of `TrainConfig`.
        created: When it was asked for, in seconds since 1970.
        queued: When it was last put in the queue, which is served in this order.
        owner: Key of the visitor who started it; "" for the terminal.
        engine: Whether the engine trains it; otherwise a terminal does.
        attempt: How often it was started or resumed by somebody.
        deaths: How often its trainer died without having come further.
        steps_per_epoch: 0 until it trains.
        digits: How many it trains on; 0 until it trains.
        loaded: Whether it is weights that somebody brought, and no training of ours.
    """

    state: str
    reason: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    fix: dict[str, Any] = field(default_factory=dict)
    created: float = 0.0
    queued: float = 0.0
    owner: str = ""
    engine: bool = True
    attempt: int = 1
    deaths: int = 0
    steps_per_epoch: int = 0
    digits: int = 0
    loaded: bool = False

    @property
    def why(self) -> DenoiserError:
        """The reason, as it can be told in any language."""
        if self.said:
            error = DenoiserError.from_json(self.said)
            if str(error) == self.reason:  # and not that of an earlier end
                return error
        return DenoiserError(self.reason)


def reasoned(error: DenoiserError) -> dict[str, Any]:
    """Return the fields of a `Status` that say why a run ended."""
    return {"reason": str(error), "said": error.to_json()}


@dataclass(frozen=True)
class Step:
    """Training loss somewhere on the way.

    Attributes:
        step: From 1, over the whole run.
        epoch: From 1.
        loss: Mean over the steps since the line before.
        time: When, in seconds since 1970.
    """

    step: int
    epoch: int
    loss: float
    time: float


@dataclass(frozen=True)
class Epoch:
    """What an epoch (from 1) ended with, and when, in seconds since 1970."""

    epoch: int
    loss: float
    val_loss: float
    time: float


@dataclass(frozen=True)
class RunHistory:
    """All that a run has measured so far, each step and each epoch once, in order."""

    steps: tuple[Step, ...]
    epochs: tuple[Epoch, ...]

    @property
    def best(self) -> Epoch | None:
        """The epoch with the lowest val_loss."""
        return min(self.epochs, key=lambda epoch: epoch.val_loss, default=None)


@lru_cache(maxsize=64)
def _read_history(path: Path, size: int, modified_ns: int) -> RunHistory:
    """Parse a history; size and time say whether it is the one read before."""
    steps: dict[int, Step] = {}
    epochs: dict[int, Epoch] = {}
    for line in path.read_bytes()[:size].splitlines():
        try:
            values = json.loads(line)
            if "step" in values:
                steps[values["step"]] = Step(**values)
            else:
                epochs[values["epoch"]] = Epoch(**values)
        except (ValueError, TypeError, KeyError):
            continue
    return RunHistory(
        tuple(steps[i] for i in sorted(steps)), tuple(epochs[i] for i in sorted(epochs))
    )
