"""The kinds of noise: clean digits and a random generator in, noisy digits out.

A kind is what it draws at random, what it does with that to digits, and its parameters.
Command-line flags and sliders are built from `KINDS`, so a kind that is added there appears
everywhere. Pictures are white ink on black, as MNIST's are: dark stains on paper are bright
here. This module knows nothing of networks, files or pages.

The browser draws the same kinds (`web/noise.js`). A kind that it does not have works everywhere
but there: its sliders appear, and the browser refuses to draw it by name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from denoiser.data.noise_kinds import (
    CREASE,
    Draws,
    apply_drift,
    apply_gaussian,
    apply_jpeg,
    apply_masking,
    apply_paper,
    apply_poisson,
    apply_quantization,
    apply_salt_pepper,
    apply_scanner,
    apply_speckle,
    draw_drift,
    draw_gaussian,
    draw_masking,
    draw_nothing,
    draw_paper,
    draw_poisson,
    draw_salt_pepper,
    draw_scanner,
    draw_speckle,
)
from denoiser.errors import ConfigError

ANY = "any"
# What share of pictures each kind gets in a mixture: the tutorial's most of all.
SHARES = {"gaussian": 0.4}


@dataclass(frozen=True)
class Parameter:
    """One number that shapes a kind of noise. A larger value means more noise.

    Attributes:
        name: In flags and files.
        title: On pages.
        default: Where its slider stands at first.
        minimum: The least noise.
        maximum: The most noise.
        step: Between neighbouring values of a slider.
        help: What it does, in a few words.
        unit: Of its value; "" for none.
    """

    name: str
    title: str
    default: float
    minimum: float
    maximum: float
    step: float
    help: str
    unit: str = ""

    def validate(self, value: float) -> float:
        """Return `value` as a float; raise `ConfigError` outside [minimum, maximum]."""
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not self.minimum <= value <= self.maximum:  # NaN fails this too
            raise ConfigError(
                "noise {name}: expected a number from {minimum:g} to {maximum:g}, got {value}",
                field="noise_parameters",
                name=self.name,
                minimum=self.minimum,
                maximum=self.maximum,
                value=repr(value),
            )
        return float(value)


@dataclass(frozen=True)
class Kind:
    """A kind of noise: random numbers, and what is done with them to clean digits.

    Attributes:
        name: In flags and files.
        title: On pages.
        summary: Where such noise comes from, in a sentence.
        parameters: What shapes it.
        draw: `draw(rng, count, height, width)` returns random numbers by name, arrays whose
            first axis is the picture. They depend on no parameter and on no picture.
        apply: `apply(clean, draws, **parameters)` gets float32 in [0, 1] of shape
            (count, height, width) and every parameter; what it returns is clipped.
        is_random: Whether another draw makes other noise.
    """

    name: str
    title: str
    summary: str
    parameters: tuple[Parameter, ...]
    draw: Callable[[np.random.Generator, int, int, int], Draws]
    apply: Callable[..., np.ndarray]
    is_random: bool = True

    def validate(self, values: Mapping[str, float]) -> dict[str, float]:
        """Complete `values` with defaults and check each one.

        Raises:
            ConfigError: A name the kind does not have, or a value out of range.
        """
        if not isinstance(values, Mapping):
            raise ConfigError(
                "{name} noise: expected parameters by name, got {values}",
                field="noise_parameters",
                name=self.name,
                values=repr(values),
            )
        known = {parameter.name for parameter in self.parameters}
        if unknown := set(values) - known:
            raise ConfigError(
                "{name} noise: expected parameters among {known}, got {unknown}",
                field="noise_parameters",
                name=self.name,
                known=sorted(known),
                unknown=sorted(unknown),
            )
        return {p.name: p.validate(values.get(p.name, p.default)) for p in self.parameters}


def _draw_any(rng: np.random.Generator, count: int, height: int, width: int) -> Draws:
    """Draw for each picture its kind, how far up its range each parameter goes, and its noise.

    Returns:
        `kind`: places in `mixture()`, shape (count,). The rest is there for kinds that were
        drawn, for their pictures alone: `<kind>.parts`, in [0, 1), shape (pictures, parameters),
        and `<kind>.<name>` for each array that the kind itself draws.
    """
    kinds, shares = [KINDS[name] for name in mixture()], list(mixture().values())
    chosen = np.zeros(count, np.intp)
    found: dict[str, list[np.ndarray]] = {}
    # A generator for each picture, so that one's draws do not move the next one's.
    for i, seed in enumerate(rng.integers(2**63, size=count)):
        own = np.random.default_rng(seed)
        chosen[i] = own.choice(len(kinds), p=shares)
        kind = kinds[chosen[i]]
        drawn = {"parts": own.random((1, len(kind.parameters)))}
        for name, numbers in (drawn | dict(kind.draw(own, 1, height, width))).items():
            found.setdefault(f"{kind.name}.{name}", []).append(numbers)
    return {"kind": chosen} | {name: np.concatenate(arrays) for name, arrays in found.items()}


def _apply_any(clean: np.ndarray, draws: Draws, strength: float) -> np.ndarray:
    """Give each picture a kind and a strength of its own."""
    noisy = np.empty_like(clean)
    for place, name in enumerate(mixture()):
        prefix = f"{name}."
        own = {k.removeprefix(prefix): v for k, v in draws.items() if k.startswith(prefix)}
        for i, picture in enumerate(np.flatnonzero(draws["kind"] == place)):
            drawn = {k: v[i : i + 1] for k, v in own.items()}
            values = _values(KINDS[name], strength * drawn.pop("parts")[0])
            noisy[picture] = KINDS[name].apply(clean[picture : picture + 1], drawn, **values)[0]
    return noisy


def _values(kind: "Kind", parts: np.ndarray) -> dict[str, float]:
    """Return the parameters that lie at `parts`, in [0, 1], of their ranges."""
    return {
        p.name: p.minimum + part * (p.maximum - p.minimum)
        for p, part in zip(kind.parameters, parts.tolist(), strict=True)
    }


def parameter_names() -> list[str]:
    """Return the names of all kinds' parameters, each once."""
    return list(dict.fromkeys(p.name for kind in KINDS.values() for p in kind.parameters))


def mixture() -> dict[str, float]:
    """Return what share of pictures each kind gets under "any", by name; they sum to 1."""
    others = [name for name in KINDS if name != ANY and name not in SHARES]
    rest = (1 - sum(SHARES.values())) / len(others)
    return {name: SHARES.get(name, rest) for name in KINDS if name != ANY}


def _kinds() -> Iterator[Kind]:
    yield Kind(
        "gaussian",
        "Gaussian",
        "Random brightness added to every pixel, as an amplifier or a warm sensor adds it.",
        (
            Parameter("mean", "Mean", 0.5, 0, 1, 0.01, "brightness added to every pixel"),
            Parameter("std", "Std", 0.5, 0, 1, 0.01, "how much it differs between pixels"),
        ),
        draw_gaussian,
        apply_gaussian,
    )
    yield Kind(
        "poisson",
        "Poisson",
        "Too little light: a pixel counts single photons, and their number is chance.",
        (
            Parameter("stops", "Underexposure", 8, 0, 9, 0.5,
                      "each stop halves the light; white gets 512 photons at 0", "stops"),
            Parameter("dark", "Dark counts", 0.5, 0, 4, 0.1,
                      "counted by each pixel without light", "photons"),
        ),
        draw_poisson,
        apply_poisson,
    )  # fmt: skip
    yield Kind(
        "salt-pepper",
        "Salt and pepper",
        "Dead pixels and broken bits: some pixels are white or black, whatever was there.",
        (
            Parameter("amount", "Amount", 0.4, 0, 1, 0.01, "share of pixels that are hit"),
            Parameter("salt", "Salt", 0.5, 0, 1, 0.01, "share of these that turn white"),
        ),
        draw_salt_pepper,
        apply_salt_pepper,
    )
    yield Kind(
        "speckle",
        "Speckle",
        "Coherent light, as of lasers, radar and ultrasound, interferes: what is bright glitters.",
        (
            Parameter("std", "Std", 1, 0, 2, 0.01,
                      "how much brightness differs, relative to itself"),
        ),
        draw_speckle,
        apply_speckle,
    )  # fmt: skip
    yield Kind(
        "drift",
        "Brightness and contrast",
        "Lamps age and exposure wanders: every picture is another too dark, too bright, too pale.",
        (
            Parameter("brightness", "Brightness", 0.5, 0, 1, 0.01,
                      "how much brighter or darker at most"),
            Parameter("contrast", "Contrast lost", 0.8, 0, 1, 0.01,
                      "share of the contrast that is lost at most"),
        ),
        draw_drift,
        apply_drift,
    )  # fmt: skip
    yield Kind(
        "quantization",
        "Quantization",
        "Few grey levels: a converter or a file format with too few bits for a pixel.",
        (Parameter("bits", "Bits lost", 7, 0, 7, 1, "of 8; two levels are left at 7", "bits"),),
        draw_nothing,
        apply_quantization,
        is_random=False,
    )  # fmt: skip
    yield Kind(
        "jpeg",
        "JPEG",
        "Pictures that were compressed too hard: in blocks of 8x8 pixels, waves are rounded away.",
        (
            Parameter("compression", "Compression", 95, 0, 99, 1,
                      "100 minus the quality that the file was saved with"),
        ),
        draw_nothing,
        apply_jpeg,
        is_random=False,
    )  # fmt: skip
    yield Kind(
        "masking",
        "Masking",
        "Lost data: pixels are missing and read as black, as Vincent et al. trained with in 2008.",
        (Parameter("fraction", "Fraction", 0.5, 0, 1, 0.01, "share of pixels that are lost"),),
        draw_masking,
        apply_masking,
    )
    yield Kind(
        "paper",
        "Paper",
        "A page with a history: folded until the ink came off, and used as a coaster.",
        (
            Parameter("creases", "Creases", 2, 0, CREASE["count"], 1, "folds across the digit"),
            Parameter("stains", "Stains", 0.6, 0, 1, 0.01, "how dark three dried drops are"),
        ),
        draw_paper,
        apply_paper,
    )
    yield Kind(
        "scanner",
        "Scanner",
        "A copier or fax: black or white and nothing between, with streaks from dirty glass.",
        (
            Parameter("threshold", "Threshold", 0.8, 0.5, 0.95, 0.01,
                      "how strong ink has to be to be seen"),
            Parameter("streaks", "Streaks", 0.15, 0, 0.5, 0.01, "share of columns that are hit"),
        ),
        draw_scanner,
        apply_scanner,
    )  # fmt: skip
    yield Kind(
        ANY,
        "Any of these",
        "Nobody knows what will come: each picture gets one of these kinds, and its own strength.",
        (
            Parameter("strength", "Strength", 1, 0, 1, 0.01,
                      "how far up its range each kind may go"),
        ),
        _draw_any,
        _apply_any,
    )  # fmt: skip


KINDS: dict[str, Kind] = {kind.name: kind for kind in _kinds()}


def kind_named(name: str) -> Kind:
    """Return the kind called `name`; raise `ConfigError` if there is none."""
    try:
        return KINDS[name]
    except (KeyError, TypeError):
        raise ConfigError(
            "noise: expected one of {kinds}, got {name}",
            field="noise", kinds=sorted(KINDS), name=repr(name),
        ) from None  # fmt: skip


def add_noise(
    clean: np.ndarray, rng: np.random.Generator, kind: str = "gaussian", **parameters: float
) -> np.ndarray:
    """Cover clean digits with noise and clip to [0, 1].

    The default is the tutorial's: gaussian, mean 0.5, std 0.5.

    Args:
        clean: float32 in [0, 1], shape (..., height, width).
        rng: Source of all randomness; the same state gives the same noise.
        kind: A name in `KINDS`.
        **parameters: The kind's parameters by name; the rest take their defaults.

    Returns:
        float32 in [0, 1], the shape of `clean`, which is left untouched.

    Raises:
        ConfigError: Unknown kind or parameter, or a value out of its range.

    Example:
        >>> clean = np.zeros((2, 28, 28), np.float32)
        >>> noisy = add_noise(clean, np.random.default_rng(0), "gaussian", mean=0.2, std=0.1)
        >>> noisy.shape, noisy.dtype, round(float(noisy.mean()), 1)
        ((2, 28, 28), dtype('float32'), 0.2)
    """
    chosen = kind_named(kind)
    values = chosen.validate(parameters)
    if not clean.size:
        return clean.copy()
    pictures = clean.reshape(-1, *clean.shape[-2:])
    noisy = chosen.apply(pictures, chosen.draw(rng, *pictures.shape), **values)
    clipped: np.ndarray = np.clip(noisy, 0, 1, dtype=np.float32)
    return clipped.reshape(clean.shape)
