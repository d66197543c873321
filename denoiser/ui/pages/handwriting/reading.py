"""Pictures to digits, through the engine: what was read once is kept for the session."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from denoiser.data import handwriting
from denoiser.data.handwriting import Handwriting
from denoiser.files.pictures import Preview, preview
from denoiser.ui.components.upload import answer_of
from denoiser.ui.pages.handwriting.brought import Picture
from denoiser.ui.session import state
from denoiser.ui.session.services import engine
from denoiser.ui.session.text import _


@dataclass(frozen=True)
class Reading:
    """What became of a picture.

    Attributes:
        sheet: What was found on it; None where nothing could be.
        preview: The picture to look at; None where it cannot be read.
        problem: Why there is no sheet.
    """

    sheet: Handwriting | None
    preview: Preview | None
    problem: Exception | None


@dataclass(frozen=True)
class Found:
    """A digit that was found in a picture.

    Attributes:
        pixels: uint8 in [0, 255], shape (28, 28).
        steps: The picture and then the digit after each step, uint8, by the step's name.
        box: x, y, width and height in the picture's pixels, int, shape (4,).
        picture: The picture's id.
        name: The picture's name.
        number: Which of the picture's digits it is, from 1.
        count: How many digits the picture has.
    """

    pixels: np.ndarray
    steps: dict[str, np.ndarray]
    box: np.ndarray
    picture: str
    name: str
    number: int
    count: int


def read(pictures: Sequence[Picture], off: tuple[str, ...]) -> dict[str, Reading]:
    """Return by its id what became of each picture.

    Args:
        pictures: What was brought.
        off: Steps to leave out.
    """
    upright = "orientation" not in off
    wanted: dict[Any, tuple[Callable[..., Any], Sequence[Any]]] = {}
    for each in pictures:
        taps = each.taps.get(upright, ())
        wanted[each.id, off, taps] = handwriting.read, (each.content, off, taps)
        wanted[each.id, upright] = preview, (each.content, upright)
    answers = _answers(wanted)
    readings = {}
    for each in pictures:
        sheet, problem = answers[each.id, off, each.taps.get(upright, ())]
        readings[each.id] = Reading(sheet, answers[each.id, upright][0], problem)
    return readings


def _answers(
    wanted: Mapping[Any, tuple[Callable[..., Any], Sequence[Any]]],
) -> dict[Any, tuple[Any, Exception | None]]:
    """Return for each call its result and None, or None and why there is none."""
    kept = state.pictures_read()
    answers = {key: kept[key] for key in wanted if key in kept}
    missing = {key: call for key, call in wanted.items() if key not in kept}
    asked: dict[Any, Future[Any]] = {
        key: engine().submit(function, *arguments) for key, (function, arguments) in missing.items()
    }
    bar = st.progress(0.0, _("Reading …")) if asked else st.empty()
    for index, (key, future) in enumerate(asked.items()):
        answers[key] = answer_of(future)
        bar.progress((index + 1) / len(asked), _("Reading …"))
    bar.empty()
    state.keep_pictures_read(answers)
    return answers


def digits_in(pictures: Sequence[Picture], readings: Mapping[str, Reading]) -> list[Found]:
    """Return all digits, picture by picture, in reading order."""
    return [
        Found(pixels, sheet.sheet_steps | steps, box, each.id, each.name, number, len(sheet.digits))
        for each in pictures
        if (sheet := readings[each.id].sheet)
        for number, (pixels, steps, box) in enumerate(
            zip(sheet.digits, sheet.digit_steps, sheet.boxes, strict=True), 1
        )
    ]
