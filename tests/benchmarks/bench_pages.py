"""How many digits are found on pages, and how many are read right, invented, or lost in silence.

    python tests/benchmarks/bench_pages.py [pages of each kind] [seed]

Writes pages of all kinds with the bundled test digits (tests/pages.py) in sizes from 400 pixels to
12 megapixels, and pictures of nothing (tests/featureless.py). Prints each kind's counts. Figures in
the log are of seeds that were not looked at before.
"""

import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import featureless  # noqa: E402
from page_kinds import KINDS  # noqa: E402
from page_scores import Score, score  # noqa: E402

import pages  # noqa: E402
from denoiser import metrics  # noqa: E402
from denoiser.data import digits, handwriting  # noqa: E402
from denoiser.errors import DigitsError  # noqa: E402
from denoiser.nn import inference  # noqa: E402

LARGE = 4000  # pixels a side of the pages of one kind: 12 megapixels


def main() -> None:
    """Print what was found on pages of each kind, on all, and on pictures of nothing."""
    count, seed = (int(given) for given in (*sys.argv[1:], 16, 1000)[:2])
    bundled = digits.load("bundled", "test")
    classifier = inference.load_keras("classifier")
    total, seconds = Score(), 0.0
    for kind in KINDS:
        of_kind = Score()
        for i in range(count):
            side = LARGE if i == count - 1 and kind == "note" else None
            page = pages.numbered(kind, seed, i, (bundled.images, bundled.labels), side)
            started = time.process_time()
            found = _read(page.data)
            seconds += time.process_time() - started
            of_kind += score(page, found, _labels(classifier, found))
        print(f"{kind:14s} {_told(of_kind)}", flush=True)
        total += of_kind
    print(f"all            {_told(total)}")
    print(f"{1000 * seconds / (count * len(KINDS)):.0f} ms of one core a page")
    for number, kind in enumerate(featureless.KINDS):
        rngs = [np.random.default_rng([seed, number, i]) for i in range(count)]
        pictures = (
            featureless.picture(kind, rng, int(rng.choice(pages.SIDES[:4]))) for rng in rngs
        )
        some = sum(found is not None and len(found.digits) > 0 for found in map(_read, pictures))
        print(f"{kind:14s} digits in {some} of {count} pictures of nothing", flush=True)


def _read(data: bytes) -> handwriting.Handwriting | None:
    try:
        return handwriting.read(data)
    except DigitsError:
        return None


def _labels(classifier: object, found: handwriting.Handwriting | None) -> np.ndarray:
    if found is None or not len(found.digits):
        return np.zeros(0, int)
    probabilities = inference.classify(classifier, found.digits / np.float32(255))
    return metrics.readings(probabilities)


def _told(counts: Score) -> str:
    share = 100 / max(1, counts.all)
    return (
        f"{counts.all:4d} digits: found {counts.found * share:5.1f}%, read right "
        f"{counts.right * share:5.1f}%, invented {counts.invented * share:4.1f}%, "
        f"said {counts.said}, silent {counts.silent}"
    )


if __name__ == "__main__":
    main()
