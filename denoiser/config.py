"""The settings of one training, and the named recipes.

`TrainConfig` is one flat frozen dataclass: command-line flags, form fields and
`config.json` are all made from it. It knows which values are possible, not how
any of them is carried out.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from denoiser.data.noise import kind_named
from denoiser.errors import ConfigError

DENOISERS = ("tutorial", "unet")
CLASSIFIER = "classifier"
RENAMED = {"reader": "classifier"}  # as files of earlier versions call it
SCHEDULES = ("constant", "one-cycle")
OPTIMIZERS = ("adam", "muon")


@dataclass(frozen=True)
class TrainConfig:
    """What to train, on what, and how. The defaults are the tutorial's.

    Raises:
        ConfigError: A value that its field cannot have.
    """

    network: str = "tutorial"
    filters: tuple[int, ...] = (32, 64)
    latent_dim: int = 16
    data: str = "mnist"
    limit: int | None = None
    noise: str = "gaussian"
    noise_parameters: Mapping[str, float] = field(default_factory=dict)
    fresh_noise: bool = False
    growing_noise: bool = False
    epochs: int = 25
    batch_size: int = 32
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    seed: int = 0

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "filters", tuple(self.filters))
        except TypeError:
            raise ConfigError(
                "filters: expected whole numbers, got {filters}", filters=repr(self.filters)
            ) from None
        _one_of("network", self.network, (*DENOISERS, CLASSIFIER))
        _one_of("optimizer", self.optimizer, OPTIMIZERS)
        _one_of("schedule", self.schedule, SCHEDULES)
        object.__setattr__(
            self, "noise_parameters", kind_named(self.noise).validate(self.noise_parameters)
        )
        if not 1 <= len(self.filters) <= 4:
            raise ConfigError(
                "filters: expected 1 to 4 numbers, got {count}", count=len(self.filters)
            )
        for count in self.filters:
            _whole("filters", count, 1, 512)
        _whole("latent_dim", self.latent_dim, 1, 1024)
        _whole("epochs", self.epochs, 1, 1000)
        _whole("batch_size", self.batch_size, 1, 4096)
        _whole("seed", self.seed, 0, 2**32 - 1)
        if self.limit is not None:
            _whole("limit", self.limit, 1, 10_000_000)
        _number("learning_rate", self.learning_rate, 1e-7, 1.0)
        _true_or_false("fresh_noise", self.fresh_noise)
        _true_or_false("growing_noise", self.growing_noise)
        if not isinstance(self.data, str) or not self.data:
            raise ConfigError(
                "data: expected the name of a source or a path, got {data}", data=repr(self.data)
            )

    def to_json(self) -> str:
        """Return the settings as a JSON object, one key a field."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> "TrainConfig":
        """Read what `to_json` wrote; raise `ConfigError` for anything else."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(
                "config: expected JSON, got {text} ({error})", text=repr(text[:40]), error=error
            ) from None
        if not isinstance(values, dict):
            raise ConfigError(
                "config: expected a JSON object, got {name}", name=type(values).__name__
            )
        if values.get("network") in RENAMED:
            values["network"] = RENAMED[values["network"]]
        return from_values(cls(), values)


def from_values(base: TrainConfig, values: Mapping[str, Any]) -> TrainConfig:
    """Return `base` with `values` put over it; raise `ConfigError` for unknown fields."""
    if unknown := set(values) - {field.name for field in fields(base)}:
        raise ConfigError("config: unknown fields {unknown}", unknown=sorted(unknown))
    return replace(base, **values)


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(
            "{name}: expected one of {expected}, got {value}",
            name=name,
            expected=", ".join(allowed),
            value=repr(value),
        )


def _true_or_false(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ConfigError(
            "{name}: expected true or false, got {value}", name=name, value=repr(value)
        )


def _whole(name: str, value: Any, minimum: int, maximum: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
        raise ConfigError(
            "{name}: expected a whole number from {minimum} to {maximum}, got {value}",
            name=name,
            minimum=minimum,
            maximum=maximum,
            value=repr(value),
        )


def _number(name: str, value: Any, minimum: float, maximum: float) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not minimum <= value <= maximum:  # NaN fails this too
        raise ConfigError(
            "{name}: expected a number from {minimum:g} to {maximum:g}, got {value}",
            name=name,
            minimum=minimum,
            maximum=maximum,
            value=repr(value),
        )


RECIPES: dict[str, TrainConfig] = {
    "tutorial": TrainConfig(),
    "quick": TrainConfig(
        network="unet", data="bundled", limit=1500, fresh_noise=True, epochs=8,
        optimizer="muon", learning_rate=2e-2, schedule="one-cycle",
    ),
    "fast": TrainConfig(
        limit=42_000, fresh_noise=True, growing_noise=True, epochs=3, batch_size=64,
        optimizer="muon", learning_rate=1.5e-2, schedule="one-cycle",
    ),
    "sprint": TrainConfig(
        network="unet", limit=3000, fresh_noise=True, epochs=1, batch_size=16,
        optimizer="muon", learning_rate=2e-2, schedule="one-cycle",
    ),
    "best": TrainConfig(
        network="unet", fresh_noise=True, epochs=20, optimizer="muon", learning_rate=1e-2,
        schedule="one-cycle",
    ),
}  # fmt: skip


def recipe_named(name: str) -> TrainConfig:
    """Return the recipe called `name`; raise `ConfigError` if there is none."""
    _one_of("recipe", name, tuple(RECIPES))
    return RECIPES[name]
