"""Pictures to digits, through the engine: what was read once is kept for the session."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from denoiser.data import handwriting
from denoiser.data.handwriting import Handwriting
from denoiser.ui.components.upload import answer_of
from denoiser.ui.session import state
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.services import engine
from denoiser.ui.session.text import _


@dataclass(frozen=True)
class Found:
    """A digit that was found in a picture.

    Attributes:
        pixels: uint8 in [0, 255], shape (28, 28).
        steps: The picture and then the digit after each step, uint8, by the step's name.
        name: Of the picture's file.
        number: Which of the picture's digits it is, from 1.
        count: How many digits the picture has.
    """

    pixels: np.ndarray
    steps: dict[str, np.ndarray]
    name: str
    number: int
    count: int


def digits_in(files: Sequence[UploadedFile], off: tuple[str, ...]) -> list[Found]:
    """Return the digits in pictures, and say which pictures could not be read.

    Args:
        files: The pictures.
        off: Steps to leave out.
    """
    answers = _answers(files, off)
    found = []
    for file in files:
        sheet, problem = answers[file.file_id, off]
        if problem:
            show_problem(problem, file.name)
        if sheet:
            found += _found(file.name, sheet)
    return found


def _answers(
    files: Sequence[UploadedFile], off: tuple[str, ...]
) -> dict[tuple[str, tuple[str, ...]], tuple[Handwriting | None, Exception | None]]:
    """Return for each file what was read from it and None, or None and why it was refused."""
    kept = state.pictures_read()
    wanted = {(file.file_id, off): file for file in files}
    answers = {key: kept[key] for key in wanted if key in kept}
    missing = {key: file for key, file in wanted.items() if key not in kept}
    bar = st.progress(0.0) if missing else st.empty()
    for index, (key, file) in enumerate(missing.items()):
        text = _("Reading picture {number} of {count} …")
        bar.progress(index / len(missing), text.format(number=index + 1, count=len(missing)))
        answers[key] = answer_of(engine().submit(handwriting.read, file.getvalue(), off))
    bar.empty()
    state.keep_pictures_read(answers)
    return answers


def _found(name: str, sheet: Handwriting) -> list[Found]:
    count = len(sheet.digits)
    both = zip(sheet.digits, sheet.digit_steps, strict=True)
    return [
        Found(pixels, sheet.sheet_steps | steps, name, number, count)
        for number, (pixels, steps) in enumerate(both, 1)
    ]
