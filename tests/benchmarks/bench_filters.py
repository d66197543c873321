"""What each classical filter scores on bundled training digits under the tutorial's noise.

    python tests/benchmarks/bench_filters.py [digits]

The strengths in denoiser/data/filters.py were chosen by these numbers.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from denoiser import metrics
from denoiser.data import digits, filters, noise


def main() -> None:
    """Print MSE, SSIM and time of each filter."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    clean = digits.bundled("train")[:count].clean
    noisy = noise.add_noise(clean, np.random.default_rng(0))
    print(f"{'filter':18}{'MSE':>8}{'SSIM':>8}{'ms a digit':>12}")
    for name in filters.FILTERS:
        started = time.perf_counter()
        filtered = filters.denoise(name, noisy, "gaussian", {})
        took = (time.perf_counter() - started) * 1000 / count
        mse, ssim = (score(clean, filtered).mean() for score in (metrics.mse, metrics.ssim))
        print(f"{name:18}{mse:8.4f}{ssim:8.3f}{took:12.2f}")


if __name__ == "__main__":
    main()
