"""The settings of one training, each described once, and the named recipes.

`TrainConfig` is one flat frozen dataclass whose fields carry a `Setting`: title, help, unit,
bounds, choices. Command-line flags, form fields, checks, the summary of a run, `config.json`
and the README's table are made from them, so that a new setting is one new field. This
module knows which values are possible, not how any of them is carried out.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self, TypeVar

from denoiser.data.noise import kind_named
from denoiser.errors import ConfigError

CLASSIFIER = "classifier"
RENAMED = {"reader": CLASSIFIER}  # networks, as files of earlier versions call them

Config = TypeVar("Config", bound="TrainConfig")


@dataclass(frozen=True)
class Choice:
    """One of the values that a setting can have.

    Attributes:
        value: As in files and flags.
        title: On pages.
        help: What it does, in a sentence.
    """

    value: Any
    title: str
    help: str


WRONG_COUNT = "wrong-count"  # code of an error: too many numbers, or none
MESSAGES: Mapping[type | str, str] = {  # by the kind that a value is not of, or the error's code
    bool: "{name}: expected true or false, got {value}",
    int: "{name}: expected a whole number from {minimum} to {maximum}, got {value}",
    float: "{name}: expected a number from {minimum:g} to {maximum:g}, got {value}",
    str: "{name}: expected the name of a source or a path, got {value}",
    tuple: "{name}: expected whole numbers, got {value}",
    Choice: "{name}: expected one of {expected}, got {value}",
    WRONG_COUNT: "{name}: expected 1 to {most} numbers, got {count}",
}


@dataclass(frozen=True)
class Setting:
    """What there is to say of a setting, for every place that shows, takes or checks it.

    Attributes:
        title: On pages.
        help: What it is and what more of it does, in a sentence; for the terminal, too.
        kind: int, float, bool, str, or tuple (of whole numbers).
        row: The row of the form that it stands in, with its neighbours of the same name.
        unit: Of its value; "" for none.
        minimum: The least value, of each number in a tuple; None where it has no bounds.
        maximum: The largest value, as `minimum`.
        most: How many numbers a tuple has at most.
        step: Between neighbouring values in a form.
        choices: The values to choose from; () where any of its kind will do.
        also: Values that are possible, but offered nowhere.
        is_optional: Whether None is a value, too.
        networks: The networks that heed it; () for all.
        summary: How the summary of a run says it, with {value}; "" to leave it out.
    """

    title: str
    help: str
    kind: type
    row: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    most: int = 1
    step: float | None = None
    choices: tuple[Choice, ...] = ()
    also: tuple[Any, ...] = ()
    is_optional: bool = False
    networks: tuple[str, ...] = ()
    summary: str = ""

    def validate(self, name: str, value: Any) -> Any:
        """Return `value`, numbers in a list as a tuple.

        Args:
            name: Of the setting's field, for the message and as the error's `field`.
            value: Anything.

        Raises:
            ConfigError: The setting cannot have this value.
        """
        if value is None and self.is_optional:
            return None
        if self.choices and self.kind is not bool:
            if value not in (possible := (*(c.value for c in self.choices), *self.also)):
                raise self._refused(Choice, name, value, expected=", ".join(map(str, possible)))
            return value
        if self.kind is not tuple:
            return self._checked(name, value, self.kind)
        try:
            numbers = tuple(value)
        except TypeError:
            raise self._refused(tuple, name, value) from None
        if not 1 <= len(numbers) <= self.most:
            raise self._refused(WRONG_COUNT, name, value, most=self.most, count=len(numbers))
        return tuple(self._checked(name, number, int) for number in numbers)

    def _checked(self, name: str, value: Any, kind: type) -> Any:
        """Return one value; raise `ConfigError` where it is not of its kind or out of bounds."""
        if kind in (bool, str):
            fits = isinstance(value, kind) and value != ""
        else:
            is_number = isinstance(value, (int, kind)) and not isinstance(value, bool)
            low, high = self.bounds
            fits = is_number and low <= value <= high  # NaN is not
        if not fits:
            raise self._refused(kind, name, value)
        return value

    def _refused(self, problem: type | str, name: str, value: Any, **more: Any) -> ConfigError:
        code = problem if isinstance(problem, str) else ""
        low, high = self.bounds
        return ConfigError(MESSAGES[problem], code=code, field=name, name=name, value=repr(value),
                           minimum=low, maximum=high, **more)  # fmt: skip

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value; infinite where there is none."""
        low = -math.inf if self.minimum is None else self.minimum
        return low, math.inf if self.maximum is None else self.maximum

    def is_heeded_by(self, network: str) -> bool:
        """Whether a network heeds the setting."""
        return not self.networks or network in self.networks


def setting(default: Any, title: str, help: str, kind: type | None = None, **rest: Any) -> Any:
    """Return a dataclass field with a `Setting`, whose `kind` is the default's where none is given.

    Args:
        default: The field's default.
        title: As in `Setting`, like all others.
        help: As in `Setting`.
        kind: As in `Setting`.
        **rest: The other attributes of `Setting`.
    """
    described = Setting(title, help, kind or type(default), **rest)
    return field(default=default, metadata={"setting": described})


@dataclass(frozen=True)
class TrainConfig:
    """What to train, on what, and how. The defaults are the tutorial's.

    Every field but `noise` and `noise_parameters` carries a `Setting` (see `SETTINGS`),
    which says what it does, in what unit and within which bounds.

    Attributes:
        network: Name of the architecture: "tutorial", "unet", "unet-small", or "classifier".
        filters: Channels of each convolution that halves the picture, 1 to 512 each, at most 4.
        latent_dim: Numbers in the latent vector, 1 to 1024.
        data: Where clean digits come from: a source of `digits.SOURCES`, or a path.
        limit: Train on the first so many digits, 1 to 10 million; None for all.
        seed: Of weights, noise and order, 0 to 2**32 - 1.
        epochs: Times through all digits, 1 to 1000.
        batch_size: Digits in a step, 1 to 4096.
        learning_rate: The (highest) learning rate, 1e-7 to 1.
        optimizer: "adam" or "muon".
        schedule: "constant" or "one-cycle".
        noise: Name of the kind of noise, in `noise.KINDS`.
        noise_parameters: The kind's parameters by name; completed with defaults.
        fresh_noise: Whether noise is drawn again in every epoch.
        growing_noise: Whether noise is weak at first and grows to its strength in the first half.

    Raises:
        ConfigError: A value that its field cannot have; `field` names it.

    Example:
        >>> TrainConfig(epochs=3).epochs
        3
        >>> TrainConfig(epochs=0)
        Traceback (most recent call last):
        denoiser.errors.ConfigError: epochs: expected a whole number from 1 to 1000, got 0
    """

    network: str = setting(
        "tutorial", "Network", "The architecture.", row="network", also=(CLASSIFIER,),
        choices=(
            Choice("tutorial", "Tutorial autoencoder",
                   "Squeezes each digit through a few numbers."),
            Choice("unet", "U-Net", "Carries strokes past its bottleneck: sharper."),
            Choice("unet-small", "Small U-Net", "The same with half the channels: learns sooner."),
        ),
    )  # fmt: skip
    filters: tuple[int, ...] = setting(
        (32, 64), "Filters", "Channels of each convolution. More: sharper, slower.", row="network",
        minimum=1, maximum=512, most=4, networks=("tutorial",), summary="filters {value}",
    )  # fmt: skip
    latent_dim: int = setting(
        16, "Latent size", "Numbers each digit is squeezed into. More keep more.", row="network",
        minimum=1, maximum=1024, networks=("tutorial",), summary="latent {value}",
    )  # fmt: skip
    data: str = setting("mnist", "Digits", "Where clean digits come from.", row="digits")
    limit: int | None = setting(
        None, "How many", "Train on the first so many digits. More: better, and slower.", kind=int,
        row="digits", unit="digits", minimum=1, maximum=10_000_000, step=100, is_optional=True,
    )  # fmt: skip
    seed: int = setting(
        0, "Seed", "Where chance begins. Same seed, same training.", row="digits",
        minimum=0, maximum=2**32 - 1,
    )  # fmt: skip
    epochs: int = setting(
        25, "Epochs", "Rounds through all digits. More: better, up to a point.", row="steps",
        minimum=1, maximum=1000, summary="{value} epochs",
    )  # fmt: skip
    batch_size: int = setting(
        32, "Batch size", "Digits in a step. More: fewer, surer steps.", row="steps", unit="digits",
        minimum=1, maximum=4096, summary="batches of {value}",
    )  # fmt: skip
    learning_rate: float = setting(
        1e-3, "Learning rate", "Length of a step. Too large: it never settles.", row="steps",
        minimum=1e-7, maximum=1.0, step=0.0005, summary="learning rate {value}",
    )  # fmt: skip
    optimizer: str = setting(
        "adam", "Optimizer", "Turns gradients into steps.", row="optimizer",
        choices=(
            Choice("adam", "Adam", "Each weight learns at a pace of its own."),
            Choice("muon", "Muon", "Rare directions learn as fast as common ones."),
        ),
    )  # fmt: skip
    schedule: str = setting(
        "constant", "Rate over time", "How the learning rate changes.", row="optimizer",
        choices=(
            Choice("constant", "Constant", "The same from start to end."),
            Choice("one-cycle", "One cycle", "Begins gently, then fast, ends carefully."),
        ),
    )  # fmt: skip
    noise: str = "gaussian"
    noise_parameters: Mapping[str, float] = field(default_factory=dict)
    fresh_noise: bool = setting(
        False, "Noise", "Whether noise is drawn again in every epoch.", row="noise",
        choices=(
            Choice(True, "Fresh", "Drawn again every epoch: cannot be learned by heart."),
            Choice(False, "Fixed", "Drawn once: the same noisy digits every epoch."),
        ),
    )  # fmt: skip
    growing_noise: bool = setting(
        False, "Noise over time", "Whether noise begins weak and grows in the first half.",
        row="noise",
        choices=(
            Choice(False, "Constant", "At its strength from the first step."),
            Choice(True, "Growing", "Weak at first, at its strength from the middle on."),
        ),
    )  # fmt: skip

    def __post_init__(self) -> None:
        for name, described in settings(type(self)).items():
            object.__setattr__(self, name, described.validate(name, getattr(self, name)))
        kind = kind_named(self.noise)
        object.__setattr__(self, "noise_parameters", kind.validate(self.noise_parameters))

    def to_json(self) -> str:
        """Return the settings as a JSON object in a text, one key a field."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote, also in earlier versions.

        Raises:
            ConfigError: Anything else.
        """
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
        if isinstance(network := values.get("network"), str):
            values["network"] = RENAMED.get(network, network)
        return from_values(cls(), values)


def settings(config: type[TrainConfig]) -> dict[str, Setting]:
    """Return every `Setting` of a class of settings by the name of its field, in their order."""
    found = {each.name: each.metadata.get("setting") for each in fields(config)}
    return {name: described for name, described in found.items() if described is not None}


def from_values(base: Config, values: Mapping[str, Any]) -> Config:
    """Return `base` with `values` put over it, by field.

    Raises:
        ConfigError: There is no such field, or it cannot have the value.

    Example:
        >>> from_values(RECIPES["tutorial"], {"epochs": 2, "limit": 100}).epochs
        2
    """
    if unknown := set(values) - {each.name for each in fields(base)}:
        raise ConfigError("config: unknown fields {unknown}", unknown=sorted(unknown))
    return replace(base, **values)


SETTINGS: Mapping[str, Setting] = settings(TrainConfig)
DENOISERS: tuple[str, ...] = tuple(choice.value for choice in SETTINGS["network"].choices)


RECIPES: dict[str, TrainConfig] = {
    "tutorial": TrainConfig(),
    "device": TrainConfig(
        network="unet-small", data="bundled", limit=1500, fresh_noise=True, epochs=4,
        batch_size=8, optimizer="muon", learning_rate=3e-2, schedule="one-cycle",
    ),
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
