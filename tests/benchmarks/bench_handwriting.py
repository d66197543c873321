"""How well photographed digits are read, against the same digits as MNIST has them.

    DENOISER_MNIST=mnist.npz python tests/benchmarks/bench_handwriting.py [digits]

Writes official test digits on paper, photographs them (tests/photos.py), turns the
photos into digits again (denoiser/data/handwriting.py), and lets the shipped classifier read both.
"""

import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import photos  # noqa: E402

from denoiser import metrics  # noqa: E402
from denoiser.data import digits, handwriting  # noqa: E402
from denoiser.errors import DigitsError  # noqa: E402
from denoiser.nn import inference  # noqa: E402


def main() -> None:
    """Print reading accuracy of originals and photos, their ratio, and the time a photo takes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    chosen = digits.load("mnist", "test")[:count]
    sheets = [photos.photograph(d, np.random.default_rng(i)) for i, d in enumerate(chosen.images)]
    started = time.perf_counter()
    found = [_first(sheet) for sheet in sheets]
    took = (time.perf_counter() - started) / count
    classifier = inference.load_keras("classifier")
    original, photographed = (
        metrics.reading_accuracy(chosen.labels, inference.classify(classifier, pictures))
        for pictures in (chosen.clean, np.stack(found) / np.float32(255))
    )
    print(f"{count} digits: originals {original:.1%}, photographed {photographed:.1%}")
    print(f"ratio {photographed / original:.4f}, {took * 1000:.0f} ms a photo")


def _first(sheet: bytes) -> np.ndarray:
    """Return the first digit of a photo; nothing to read where none was found."""
    try:
        return handwriting.read(sheet).digits[0]
    except DigitsError:
        return np.zeros((digits.SIDE, digits.SIDE), np.uint8)


if __name__ == "__main__":
    main()
