"""Digits that a visitor brings to train on: a choice in the form, and a way in for their file."""

from concurrent.futures import Future
from pathlib import Path

from denoiser.runs import datasets
from denoiser.ui.components.upload import upload
from denoiser.ui.pages.train.durations import SIZES, digit_counts
from denoiser.ui.session import state
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.text import _

OWN = "own"


def choice_of(source: str) -> str:
    """Return what the form calls a source; bundled for one that only a terminal can name."""
    if source in SIZES:
        return source
    return OWN if Path(source).parent.name == datasets.FOLDER else "bundled"


def source_of(choice: str) -> str:
    """Return the source that a choice of the form stands for; itself where there is none yet."""
    return state.own_digits() or OWN if choice == OWN else choice


def own_digits() -> int | None:
    """Show the field for a file; return how many digits there are to train on, once it is read."""
    source = upload(
        _("Digits of 28x28 pixels: arrays `x_train` and `x_test`, or one `x`"),
        ["npz"], "own_digits_file", _submit,
    )  # fmt: skip
    if source is None:
        return None
    state.keep_own_digits(source)
    counts = digit_counts(source)
    return counts[0] if counts else None


def _submit(content: bytes) -> Future[str]:
    return engine().submit(datasets.keep, str(run_store().folder), content)


def own_help() -> str:
    """Return how many digits of their own there are, in words."""
    if not (counts := digit_counts(source_of(OWN))):
        return _("MNIST's way: white on black.")
    train, test = counts
    return _("{train:,} to train on, {test:,} to validate.").format(train=train, test=test)


def problem_of(source: str) -> str:
    """Return why a source cannot be trained on; "" where it can."""
    if digit_counts(source):
        return ""
    if source == OWN:
        return _("Choose their file first.")
    return _("They are no longer kept here: choose their file again.")
