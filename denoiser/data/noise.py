"""The kinds of noise: clean digits and a random generator in, noisy digits out.

A kind is one function and its parameters; command-line flags and sliders are
built from the parameters, so a kind that is added to `KINDS` appears
everywhere. Pictures are white ink on black, as MNIST's are: dark stains on
paper are bright here. This module knows nothing of networks, files or pages.

The live panel draws the same kinds in the browser (`ui/live/noise.js`); a test
holds that both do the same to a digit.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.special import expit
from skimage.util import random_noise

from denoiser.errors import ConfigError

MOST_PHOTONS = 512  # that a white pixel gets when nothing is underexposed
MOST_CREASES = 8
STAINS = 3
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
                name=self.name,
                minimum=self.minimum,
                maximum=self.maximum,
                value=repr(value),
            )
        return float(value)


@dataclass(frozen=True)
class Kind:
    """A kind of noise: `apply(clean, rng, **parameters) -> noisy`.

    Attributes:
        name: In flags and files.
        title: On pages.
        summary: Where such noise comes from, in a sentence.
        parameters: What shapes it.
        apply: Gets pictures (n, height, width) and every parameter.
        is_random: Whether another draw makes other noise.
    """

    name: str
    title: str
    summary: str
    parameters: tuple[Parameter, ...]
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
                name=self.name,
                values=repr(values),
            )
        known = {parameter.name for parameter in self.parameters}
        if unknown := set(values) - known:
            raise ConfigError(
                "{name} noise: expected parameters among {known}, got {unknown}",
                name=self.name,
                known=sorted(known),
                unknown=sorted(unknown),
            )
        return {p.name: p.validate(values.get(p.name, p.default)) for p in self.parameters}


def _gaussian(clean: np.ndarray, rng: np.random.Generator, mean: float, std: float) -> np.ndarray:
    noise = rng.standard_normal(clean.shape, dtype=np.float32)
    noise *= np.float32(std)
    noise += np.float32(mean)
    noise += clean
    return noise


def _poisson(clean: np.ndarray, rng: np.random.Generator, stops: float, dark: float) -> np.ndarray:
    """Count photons: light comes in whole ones, and some are counted without light."""
    white = MOST_PHOTONS / 2**stops
    return rng.poisson(clean * white + dark) / white


def _salt_pepper(
    clean: np.ndarray, rng: np.random.Generator, amount: float, salt: float
) -> np.ndarray:
    return random_noise(clean, "s&p", rng=rng, amount=amount, salt_vs_pepper=salt)


def _speckle(clean: np.ndarray, rng: np.random.Generator, std: float) -> np.ndarray:
    return random_noise(clean, "speckle", rng=rng, var=std**2)


def _drift(
    clean: np.ndarray, rng: np.random.Generator, brightness: float, contrast: float
) -> np.ndarray:
    lost, shift = rng.random((2, len(clean), 1, 1), np.float32)
    return 0.5 + (clean - 0.5) * (1 - contrast * lost) + brightness * (2 * shift - 1)


def _quantization(clean: np.ndarray, rng: np.random.Generator, bits: float) -> np.ndarray:
    highest = 2 ** (8 - round(bits)) - 1
    return np.rint(clean * highest) / highest


def _jpeg(clean: np.ndarray, rng: np.random.Generator, compression: float) -> np.ndarray:
    quality = round(100 - compression)
    return np.stack([_through_jpeg(picture, quality) for picture in clean])


def _through_jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32) / 255


def _masking(clean: np.ndarray, rng: np.random.Generator, fraction: float) -> np.ndarray:
    """Force pixels to 0: Vincent et al. (2008), section 2.3, doi:10.1145/1390156.1390294."""
    return np.where(rng.random(clean.shape, np.float32) < fraction, 0, clean)


def _paper(
    clean: np.ndarray, rng: np.random.Generator, creases: float, stains: float
) -> np.ndarray:
    count, *shape = clean.shape
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    light = 1 - clean  # what the paper sends back
    for x, y, size in rng.random((STAINS, 3, count, 1, 1), np.float32):
        distance = np.hypot(columns - x * shape[1], rows - y * shape[0])
        light = light * (1 - stains * _stain(distance, 3 + 5 * size))
    for index, (angle, place) in enumerate(rng.random((MOST_CREASES, 2, count, 1, 1), np.float32)):
        if index < round(creases):
            across = _across(columns, rows, np.pi * angle, place)
            light = light + (1 - light) * np.exp(-(across**2))  # the ink came off
            light = light * (1 - 0.5 * np.exp(-((across - 2) ** 2)))  # a shadow beside
    return 1 - light


def _stain(distance: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return how dark a dried drop is, in [0, 1]: its rim is darkest."""
    return 0.6 * expit(4 * (radius - distance)) + 0.4 * np.exp(-((distance - radius) ** 2))


def _across(
    columns: np.ndarray, rows: np.ndarray, angle: np.ndarray, place: np.ndarray
) -> np.ndarray:
    """Return how many pixels each one lies from a line through the picture."""
    middle_x, middle_y = columns.mean(), rows.mean()
    from_middle = (columns - middle_x) * np.cos(angle) + (rows - middle_y) * np.sin(angle)
    return from_middle - (2 * place - 1) * 10


def _scanner(
    clean: np.ndarray, rng: np.random.Generator, threshold: float, streaks: float
) -> np.ndarray:
    """Keep what is dark enough as black on white, and streak where the glass is dirty."""
    hit, colour = rng.random((2, len(clean), 1, clean.shape[2]), np.float32)
    ink = (clean > threshold).astype(np.float32)
    return np.where(hit < streaks, (colour < 0.5).astype(np.float32), ink)


def _any(clean: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Give each picture a kind and a strength of its own."""
    kinds = [kind for kind in KINDS.values() if kind.name != ANY]
    shares = np.array(list(mixture().values()))
    # A generator for each, so that one picture's draws do not move the next one's.
    seeds = rng.integers(2**63, size=len(clean))
    return np.concatenate(
        [
            _one_of_any(picture, np.random.default_rng(seed), kinds, shares, strength)
            for picture, seed in zip(clean[:, None], seeds, strict=True)
        ]
    )


def _one_of_any(
    clean: np.ndarray,
    rng: np.random.Generator,
    kinds: list[Kind],
    shares: np.ndarray,
    strength: float,
) -> np.ndarray:
    kind = kinds[rng.choice(len(kinds), p=shares)]
    parts = strength * rng.random(len(kind.parameters))
    values = {
        p.name: p.minimum + part * (p.maximum - p.minimum)
        for p, part in zip(kind.parameters, parts, strict=True)
    }
    return kind.apply(clean, rng, **values)


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
        _gaussian,
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
        _poisson,
    )  # fmt: skip
    yield Kind(
        "salt-pepper",
        "Salt and pepper",
        "Dead pixels and broken bits: some pixels are white or black, whatever was there.",
        (
            Parameter("amount", "Amount", 0.4, 0, 1, 0.01, "share of pixels that are hit"),
            Parameter("salt", "Salt", 0.5, 0, 1, 0.01, "share of these that turn white"),
        ),
        _salt_pepper,
    )
    yield Kind(
        "speckle",
        "Speckle",
        "Coherent light, as of lasers, radar and ultrasound, interferes: what is bright glitters.",
        (
            Parameter("std", "Std", 1, 0, 2, 0.01,
                      "how much brightness differs, relative to itself"),
        ),
        _speckle,
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
        _drift,
    )  # fmt: skip
    yield Kind(
        "quantization",
        "Quantization",
        "Few grey levels: a converter or a file format with too few bits for a pixel.",
        (Parameter("bits", "Bits lost", 7, 0, 7, 1, "of 8; two levels are left at 7", "bits"),),
        _quantization,
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
        _jpeg,
        is_random=False,
    )  # fmt: skip
    yield Kind(
        "masking",
        "Masking",
        "Lost data: pixels are missing and read as black, as Vincent et al. trained with in 2008.",
        (Parameter("fraction", "Fraction", 0.5, 0, 1, 0.01, "share of pixels that are lost"),),
        _masking,
    )
    yield Kind(
        "paper",
        "Paper",
        "A page with a history: folded until the ink came off, and used as a coaster.",
        (
            Parameter("creases", "Creases", 2, 0, MOST_CREASES, 1, "folds across the digit"),
            Parameter("stains", "Stains", 0.6, 0, 1, 0.01, "how dark three dried drops are"),
        ),
        _paper,
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
        _scanner,
    )  # fmt: skip
    yield Kind(
        ANY,
        "Any of these",
        "Nobody knows what will come: each picture gets one of these kinds, and its own strength.",
        (
            Parameter("strength", "Strength", 1, 0, 1, 0.01,
                      "how far up its range each kind may go"),
        ),
        _any,
    )  # fmt: skip


KINDS: dict[str, Kind] = {kind.name: kind for kind in _kinds()}


def kind_named(name: str) -> Kind:
    """Return the kind called `name`; raise `ConfigError` if there is none."""
    try:
        return KINDS[name]
    except (KeyError, TypeError):
        raise ConfigError(
            "noise: expected one of {kinds}, got {name}", kinds=sorted(KINDS), name=repr(name)
        ) from None


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
    """
    chosen = kind_named(kind)
    values = chosen.validate(parameters)
    if not clean.size:
        return clean.copy()
    pictures = clean.reshape(-1, *clean.shape[-2:])
    noisy = chosen.apply(pictures, rng, **values)
    return np.clip(noisy, 0, 1, dtype=np.float32).reshape(clean.shape)
