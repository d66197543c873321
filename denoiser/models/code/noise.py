"""A kind of noise as NumPy code, with exactly the parameters of a training.

Each kind is a function of clean digits and the kind's parameters, written to be read: it may
draw its random numbers in another order than `data.noise_kinds`, so pictures are not the same,
but they are drawn from the same distribution. What is not random is the same to the last bit.
"""

from collections.abc import Iterable, Mapping
from string import Template

from denoiser.config import TrainConfig
from denoiser.data.noise import ANY, KINDS, mixture
from denoiser.data.noise_kinds import CONSTANTS
from denoiser.models.code.section import Section, commented

RNG = "rng = np.random.default_rng({seed})  # where all chance comes from"
# Functions of `clean`, float32 in [0, 1], shape (pictures, 28, 28, 1); their answers are not
# yet clipped. `$` stands before the names of constants.
KIND_CODE: Mapping[str, str] = {
    "gaussian": '''
def gaussian(clean, mean, std):
    """Add a number from a normal distribution to each pixel."""
    return clean + mean + std * rng.standard_normal(clean.shape, np.float32)
''',
    "poisson": '''
def poisson(clean, stops, dark):
    """Count photons: light comes in whole ones, and some are counted without light."""
    white = $photons / 2**stops  # photons of a white pixel
    return rng.poisson(clean * white + dark) / white
''',
    "salt-pepper": '''
def salt_pepper(clean, amount, salt):
    """Turn some of the pixels white or black."""
    is_hit = rng.random(clean.shape) < amount
    is_white = rng.random(clean.shape) < salt
    return np.where(is_hit, is_white, clean)
''',
    "speckle": '''
def speckle(clean, std):
    """Multiply each pixel by a number from a normal distribution of mean 1."""
    return clean * (1 + std * rng.standard_normal(clean.shape))
''',
    "drift": '''
def drift(clean, brightness, contrast):
    """Take contrast from each picture, and make it brighter or darker."""
    lost, shift = rng.random((2, len(clean), 1, 1, 1))
    return 0.5 + (clean - 0.5) * (1 - contrast * lost) + brightness * (2 * shift - 1)
''',
    "quantization": '''
def quantization(clean, bits):
    """Leave as many grey levels as the bits that are not lost can tell apart."""
    highest = 2 ** (8 - round(bits)) - 1
    return np.rint(clean * highest) / highest
''',
    "jpeg": '''
def jpeg(clean, compression):
    """Save each picture as a JPEG file and open it again."""
    quality = round(100 - compression)
    files = [tf.io.encode_jpeg(p, quality=quality) for p in np.uint8(np.rint(255 * clean))]
    opened = [tf.io.decode_jpeg(file, dct_method="INTEGER_ACCURATE") for file in files]
    return np.float32(opened) / 255
''',
    "masking": '''
def masking(clean, fraction):
    """Turn some of the pixels black."""
    return np.where(rng.random(clean.shape) < fraction, 0, clean)
''',
    "paper": '''
def paper(clean, creases, stains):
    """Put dried drops on each picture, then folds."""
    row, column, _ = np.ogrid[:28, :28, :1]
    light = 1 - clean.astype("float64")  # what the paper sends back
    for _ in range($stain_count):
        x, y, size = rng.random((3, len(clean), 1, 1, 1))
        outside = np.hypot(column - 28 * x, row - 28 * y) - ($stain_radius + $stain_growth * size)
        body = 1 / (1 + np.exp($stain_sharpness * outside))
        rim = np.exp(-(outside**2))
        light *= 1 - stains * ($stain_body * body + $stain_rim * rim)
    for _ in range(round(creases)):
        turn, place = rng.random((2, len(clean), 1, 1, 1))
        across = (column - 13.5) * np.cos(np.pi * turn) + (row - 13.5) * np.sin(np.pi * turn)
        across -= $crease_reach * (2 * place - 1)  # pixels from the fold
        light += (1 - light) * np.exp(-(across**2))  # the ink came off
        light *= 1 - $crease_shadow * np.exp(-((across - $crease_shadow_at) ** 2))
    return 1 - light
''',
    "scanner": '''
def scanner(clean, threshold, streaks):
    """Make ink white and paper black, and streak some of the columns."""
    is_streaked = rng.random((len(clean), 1, 28, 1)) < streaks
    is_white = rng.random((len(clean), 1, 28, 1)) < 0.5
    return np.where(is_streaked, is_white, clean > threshold)
''',
}
ADD_NOISE = '''
def add_noise(clean):
    """Return digits under this noise, in [0, 1]."""
    noisy = {call}
    return np.clip(noisy, 0, 1).astype("float32")
'''
ADD_ANY = '''
def add_noise(clean):
    """Return digits in [0, 1], each under a kind of noise and a strength of its own."""
    noisy = np.empty_like(clean)
    shares = [share for _, share, _ in KINDS]
    for i, chosen in enumerate(rng.choice(len(KINDS), len(clean), p=shares)):
        apply, _, ranges = KINDS[chosen]
        values = [rng.uniform(low, low + STRENGTH * (high - low)) for low, high in ranges]
        noisy[i] = apply(clean[i : i + 1], *values)[0]
    return np.clip(noisy, 0, 1)
'''


def section(config: TrainConfig) -> Section:
    """Write the noise of a training; after it runs, `add_noise(clean)` returns noisy digits."""
    chosen = KINDS[config.noise]
    values = config.noise_parameters
    said = commented(f"{chosen.title}: {chosen.summary}")
    opening = f"{said}\n{RNG.format(seed=config.seed)}"
    if chosen.name == ANY:
        texts = [*(code_of(name) for name in mixture()), _table(values["strength"]), ADD_ANY]
    else:
        arguments = ", ".join(f"{name}={value!r}" for name, value in values.items())
        call = f"{function_of(chosen.name)}(clean, {arguments})"
        texts = [code_of(chosen.name), ADD_NOISE.format(call=call)]
    return Section.of("noise", opening, *texts)


def code_of(kind: str) -> str:
    """Return the function of a kind of noise as code; raise `KeyError` where it has none."""
    return Template(KIND_CODE[kind]).substitute(_flat(CONSTANTS.items()))


def function_of(kind: str) -> str:
    """Return what the function of a kind is called in the code."""
    return kind.replace("-", "_")


def _flat(constants: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return constants by names without levels, as code."""
    flat: dict[str, str] = {}
    for name, value in constants:
        if isinstance(value, Mapping):
            flat |= {f"{name}_{inner}": repr(number) for inner, number in value.items()}
        else:
            flat[name] = repr(value)
    return flat


def _table(strength: float) -> str:
    """Write the kinds of a mixture, their shares, and the ranges of their parameters."""
    rows = [f"    {_row(name, share)}" for name, share in mixture().items()]
    return "\n".join(
        [
            "# Each kind, its share of the pictures, the least and the most of its parameters.",
            "KINDS = [",
            *rows,
            "]",
            f"STRENGTH = {strength!r}  # how far up its range each parameter may go",
        ]
    )


def _row(kind: str, share: float) -> str:
    parameters = KINDS[kind].parameters
    ranges = ", ".join(f"({p.minimum!r}, {p.maximum!r})" for p in parameters)
    names = ", ".join(p.name for p in parameters)
    return f"({function_of(kind)}, {share!r}, [{ranges}]),  # {names}"
