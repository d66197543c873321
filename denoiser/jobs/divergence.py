"""When a training goes nowhere, and what to say of it. It knows neither networks nor runs."""

import math

import numpy as np

from denoiser.errors import RunError

DIVERGED = "diverged"  # code of errors


class Divergence:
    """Says when a training goes nowhere.

    The loss is no number any more; or it is far above what it had been; or the
    network answers every digit with black, where it gets no gradient any more.
    """

    WARM_UP = 30  # steps before a rise counts
    MEMORY = 0.95  # of the smoothed loss, a step
    TIMES = 3.0  # the lowest smoothed loss: too high
    BLACK = 0.05  # the brightest pixel of a black picture
    BLACK_EPOCHS = 2  # a healthy network may begin with one

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0.0
        self._weight = 0.0
        self._lowest = math.inf
        self._black = 0

    def reason(self, loss: float) -> RunError | None:
        """Take in a step's loss; return why the training should end, or None."""
        if not math.isfinite(loss):
            return _no_number()
        self._count += 1
        self._sum = self.MEMORY * self._sum + (1 - self.MEMORY) * loss
        self._weight = self.MEMORY * self._weight + (1 - self.MEMORY)
        smoothed = self._sum / self._weight
        if self._count > self.WARM_UP and smoothed > self.TIMES * self._lowest:
            return RunError(
                "The training went astray: its loss rose to {high:.3f}, where it had been down at "
                "{low:.3f}. The learning rate is too high; train again with a lower one.",
                code=DIVERGED,
                high=smoothed,
                low=self._lowest,
            )
        self._lowest = min(self._lowest, smoothed)
        return None

    def reason_after_epoch(self, val_loss: float, denoised: np.ndarray) -> RunError | None:
        """Take in what an epoch ended with; return why the training should end, or None.

        Args:
            val_loss: Of the epoch.
            denoised: The samples as the network sees them now, float32 in [0, 1],
                shape (n, 28, 28).
        """
        if not math.isfinite(val_loss):
            return _no_number()
        self._black = self._black + 1 if denoised.max() < self.BLACK else 0
        if self._black < self.BLACK_EPOCHS:
            return None
        return RunError(
            "The training went astray: the network answers every digit with a black picture. The "
            "learning rate is too high; train again with a lower one.",
            code=DIVERGED,
        )


def _no_number() -> RunError:
    return RunError(
        "The training went astray: its loss grew beyond all numbers. The learning rate is too "
        "high; train again with a lower one.",
        code=DIVERGED,
        detail="the loss is NaN or infinite",
    )
