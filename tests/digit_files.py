"""Files of a few labelled digits, for trainings that take seconds."""

from pathlib import Path

import numpy as np

from denoiser.data.digits import Digits


def save_digits(folder: Path, train: Digits, test: Digits) -> Path:
    """Write digits to train on and to test, with their labels, as an `.npz`; return its path."""
    path = folder / "digits.npz"
    np.savez(path, x_train=train.images, y_train=train.labels,
             x_test=test.images, y_test=test.labels)  # fmt: skip
    return path
