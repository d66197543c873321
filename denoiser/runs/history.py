"""What a run has to say of itself: how it stands, and what it measured step by step.

It knows neither folders of runs nor trainers.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from denoiser.errors import DenoiserError

UNFINISHED = ("queued", "running")
ENDED = ("stopped", "finished", "failed")


@dataclass(frozen=True)
class Status:
    """How a run stands.

    Attributes:
        state: queued, running, stopped, finished or failed.
        reason: Why it stopped or failed, to be told in any language; None for no reason.
        fix: Settings that would help, by field of `TrainConfig`.
        created: When it was asked for, in seconds since 1970.
        queued: When it was last put in the queue, which is served in this order.
        owner: Key of the visitor who started it; "" for the terminal.
        engine: Whether the engine trains it; otherwise a terminal does.
        attempt: How often it was started or resumed.
        deaths: How often its trainer died without having come further.
        steps_per_epoch: 0 until it trains.
        digits: How many it trains on; 0 until it trains.
        loaded: Whether its weights were imported from a file, without a training here.
        device: Whether it was trained on a visitor's own device, and handed over from there.
    """

    state: str
    reason: DenoiserError | None = None
    fix: Mapping[str, Any] = field(default_factory=dict)
    created: float = 0.0
    queued: float = 0.0
    owner: str = ""
    engine: bool = True
    attempt: int = 1
    deaths: int = 0
    steps_per_epoch: int = 0
    digits: int = 0
    loaded: bool = False
    device: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return asdict(self) | {"reason": self.reason and self.reason.to_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Status":
        """Return the status that `to_json` wrote, also in earlier versions.

        Raises:
            AttributeError, KeyError, TypeError: `values` is no status.
        """
        known = {each.name for each in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        return cls(**kept | {"reason": _reason(values)})


def _reason(values: Mapping[str, Any]) -> DenoiserError | None:
    """Return a status' reason, which was a text until 0.2.0, and `said` the error it came from."""
    reason, said = values.get("reason"), values.get("said")
    if not isinstance(reason, str):
        return DenoiserError.from_json(reason) if reason else None
    error = DenoiserError.from_json(said) if said else DenoiserError(reason)
    # An end without an error of ours left the `said` of an end before it.
    return (error if str(error) == reason else DenoiserError(reason)) if reason else None


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
def read_history(path: Path, size: int, modified_ns: int) -> RunHistory:
    """Return the history in a file; a line that is torn or none of ours is left out.

    Args:
        path: The file, one JSON object a line.
        size: Of the file, in bytes; what was written after them is left out.
        modified_ns: When it was written; with `size` it says whether it was read before.
    """
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
