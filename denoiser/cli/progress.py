"""A training on the terminal: a progress bar, a line an epoch, and a clean stop by Ctrl-C.

Knows losses and counts, not networks or files.
"""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from tqdm import tqdm

from denoiser.cli import terminal


class Progress:
    """One bar over a whole training: loss, val_loss, images/s and time left.

    There is a bar only where standard error is a terminal; lines are written everywhere.

    Args:
        images_per_epoch: Digits that are trained on.
        batch_size: Of a step, in digits.
        epochs: Of the whole training.
    """

    def __init__(self, images_per_epoch: int, batch_size: int, epochs: int) -> None:
        self._images_per_epoch = images_per_epoch
        self._batch_size = batch_size
        self._epochs = epochs
        self._val_loss = ""
        self._bar = tqdm(
            total=images_per_epoch * epochs, unit=" images", dynamic_ncols=True, disable=None
        )

    def step(self, epoch: int, step: int, loss: float) -> None:
        """Move the bar after a step: epoch from 0, steps done in it, its loss."""
        if self._bar.disable:
            return
        in_epoch = min(step * self._batch_size, self._images_per_epoch)
        done = epoch * self._images_per_epoch + in_epoch
        if not self._bar.n:  # a resumed training was not this fast
            self._bar.initial = done - min(self._batch_size, in_epoch)
            self._bar.n = self._bar.initial
        self._bar.set_postfix_str(f"loss {loss:.4f}{self._val_loss}", refresh=False)
        self._bar.update(done - self._bar.n)

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Write a line after an epoch, counted from 0."""
        self._val_loss = f", val_loss {logs['val_loss']:.4f}"
        with terminal.reader_may_leave():
            self._bar.write(
                f"epoch {epoch + 1}/{self._epochs}: loss {logs['loss']:.4f}{self._val_loss}"
            )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *raised: object) -> None:
        """Leave the bar as it stands."""
        self._bar.close()


class Interrupt:
    """Whether the user pressed Ctrl-C; a second press stops at once."""

    def __init__(self) -> None:
        self.requested = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C as a request for as long as the block runs."""
        earlier = signal.signal(signal.SIGINT, self._request)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, earlier)

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        with terminal.reader_may_leave():
            tqdm.write("stopping after this step; press Ctrl-C again to stop at once")
