"""The kinds of noise: clean digits and a random generator in, noisy digits out.

A kind is one function and its parameters; command-line flags and sliders are
built from the parameters, so a kind that is added to `KINDS` appears
everywhere. This module knows nothing of networks, files or pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from denoiser.errors import ConfigError


@dataclass(frozen=True)
class Parameter:
    """One number that shapes a kind of noise. A larger value means more noise."""

    name: str
    default: float
    minimum: float
    maximum: float
    step: float
    help: str

    def validate(self, value: float) -> float:
        """Return `value` as a float; raise `ConfigError` outside [minimum, maximum]."""
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not self.minimum <= value <= self.maximum:  # NaN fails this too
            raise ConfigError(
                f"noise {self.name}: expected a number from {self.minimum:g} "
                f"to {self.maximum:g}, got {value!r}"
            )
        return float(value)


@dataclass(frozen=True)
class Kind:
    """A kind of noise: `apply(clean, rng, **parameters) -> noisy`."""

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    apply: Callable[..., np.ndarray]

    def validate(self, values: Mapping[str, float]) -> dict[str, float]:
        """Complete `values` with defaults and check each one.

        Raises:
            ConfigError: A name the kind does not have, or a value out of range.
        """
        if not isinstance(values, Mapping):
            raise ConfigError(f"{self.name} noise: expected parameters by name, got {values!r}")
        known = {parameter.name for parameter in self.parameters}
        if unknown := set(values) - known:
            raise ConfigError(
                f"{self.name} noise: expected parameters among {sorted(known)}, "
                f"got {sorted(unknown)}"
            )
        return {p.name: p.validate(values.get(p.name, p.default)) for p in self.parameters}


def _gaussian(clean: np.ndarray, rng: np.random.Generator, mean: float, std: float) -> np.ndarray:
    noise = rng.standard_normal(clean.shape, dtype=np.float32)
    noise *= np.float32(std)
    noise += np.float32(mean)
    noise += clean
    return np.clip(noise, 0.0, 1.0, out=noise)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="gaussian",
            summary="Random brightness added to every pixel, as a sensor adds it.",
            parameters=(
                Parameter("mean", 0.5, 0.0, 1.0, 0.01, "brightness added to every pixel"),
                Parameter("std", 0.5, 0.0, 1.0, 0.01, "how much it differs between pixels"),
            ),
            apply=_gaussian,
        ),
    )
}


def kind_named(name: str) -> Kind:
    """Return the kind called `name`; raise `ConfigError` if there is none."""
    try:
        return KINDS[name]
    except (KeyError, TypeError):
        raise ConfigError(f"noise: expected one of {sorted(KINDS)}, got {name!r}") from None


def add_noise(
    clean: np.ndarray, rng: np.random.Generator, kind: str = "gaussian", **parameters: float
) -> np.ndarray:
    """Cover clean digits with noise and clip to [0, 1].

    The default is the tutorial's: gaussian, mean 0.5, std 0.5.

    Args:
        clean: float32 in [0, 1], any shape.
        rng: Source of all randomness; the same state gives the same noise.
        kind: A name in `KINDS`.
        **parameters: The kind's parameters by name; the rest take their defaults.

    Returns:
        float32 in [0, 1], the shape of `clean`, which is left untouched.

    Raises:
        ConfigError: Unknown kind or parameter, or a value out of its range.
    """
    chosen = kind_named(kind)
    return chosen.apply(clean, rng, **chosen.validate(parameters))
