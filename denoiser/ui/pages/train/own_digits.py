"""Digits that a visitor brings to train on: a choice in the form, and a way in for their file."""

import html
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import streamlit as st

from denoiser import figures
from denoiser.data.own_digits import INVERTED
from denoiser.files.archives import Upload
from denoiser.files.atomic import MAX_UPLOAD
from denoiser.runs import datasets
from denoiser.ui.components.png import data_uri
from denoiser.ui.components.upload import answer_of, uploads
from denoiser.ui.pages.train.durations import SIZES, digit_counts
from denoiser.ui.session import state
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.text import _, localized

OWN = "own"
PREVIEWED = 14  # digits
PREVIEW = "width: 100%; max-width: 34rem; image-rendering: pixelated"


def choice_of(source: str) -> str:
    """Return what the form calls a source; bundled for one that only a terminal can name."""
    if source in SIZES:
        return source
    return OWN if Path(source).parent.name == datasets.FOLDER else "bundled"


def source_of(choice: str) -> str:
    """Return the source that a choice of the form stands for; itself where there is none yet."""
    return state.own_digits() or OWN if choice == OWN else choice


def own_digits() -> int | None:
    """Show the field for files, and what was read of them; return how many there are to train on.

    Returns:
        That number, once they are read or changed; else None.
    """
    source = uploads(_("Files of digits"), "own_digits_file", _submit)
    st.caption(
        _("Arrays (`.npz`, `.npy`), tables (`.csv`), MNIST's idx files, or pictures in folders "
          "called 0 to 9, packed as `.zip`: up to {size} MB. MNIST itself need not be sent: "
          "choose “Full MNIST” instead.").format(size=MAX_UPLOAD // 2**20)
    )  # fmt: skip
    if source:
        state.keep_own_digits(source)
    if (kept := state.own_digits()) and datasets.is_kept(kept):
        source = _shown(kept) or source
    counts = digit_counts(source) if source else None
    return counts[0] if counts else None


def _submit(files: Sequence[Upload]) -> Future[str]:
    return engine().submit(datasets.keep, str(run_store().folder), files)


def _shown(source: str) -> str | None:
    """Show kept digits, what was done to them, and a switch for black and white.

    Returns:
        The source of the same digits with black for white where that is asked for now.
    """
    place, told = st.container(), datasets.about(source)
    wanted = st.checkbox(
        _("Exchange black and white"), told.is_inverted, key=f"own_inverted_{Path(source).stem}",
        help=_("The networks expect white digits on black, as MNIST's are."),
    )  # fmt: skip
    changed = None if wanted == told.is_inverted else _inverted(source)
    with place:
        _preview(changed or source)
    return changed


def _inverted(source: str) -> str | None:
    with st.spinner(_("Reading it …")):
        future = engine().submit(datasets.inverted, str(run_store().folder), source)
        answer = answer_of(future)
    changed, problem = answer
    if problem:
        show_problem(problem)
    if changed:
        state.keep_own_digits(changed)
    return changed


def _preview(source: str) -> None:
    told = datasets.about(source)
    digits = figures.side_by_side(datasets.first(source, PREVIEWED), 1)
    st.html(f'<img style="{PREVIEW}" src="{data_uri(digits)}" '
            f'alt="{html.escape(_("The first of them"))}">')  # fmt: skip
    notes = [note for note in told.notes if told.is_inverted or note.code != INVERTED]
    st.caption(" ".join(localized(note) for note in notes))


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
