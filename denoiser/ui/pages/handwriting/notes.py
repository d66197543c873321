"""What was found on the pictures: one is shown with its marks, the others can be chosen."""

import base64
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import streamlit as st

from denoiser.ui.components.marked_picture import Act, Marks, Thumbnail, marked_picture
from denoiser.ui.pages.handwriting import brought
from denoiser.ui.pages.handwriting.brought import Picture
from denoiser.ui.pages.handwriting.reading import Found, Reading
from denoiser.ui.session import state
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.text import _

_SHOWN = "handwriting_shown"  # the picture's id, and the digit that was chosen then


def choose(pictures: Sequence[Picture], found: Sequence[Found]) -> tuple[Picture, int]:
    """Return the picture to show and the digit to show large, as the visitor wants them.

    Args:
        pictures: At least one.
        found: All their digits.
    """
    chosen = min(state.own_digit(), max(0, len(found) - 1))
    ids = [picture.id for picture in pictures]
    shown, chosen_then = st.session_state.get(_SHOWN, (None, None))
    if asked := brought.wanted():
        shown, point = asked
        chosen = _nearest(found, shown, point, chosen)
    elif found and (chosen != chosen_then or shown not in ids):
        shown = found[chosen].picture
    if shown not in ids:
        shown = ids[-1]
    state.keep_own_digit(chosen)
    st.session_state[_SHOWN] = shown, chosen
    return pictures[ids.index(shown)], chosen


def _nearest(
    found: Sequence[Found], picture: str, point: brought.Point | None, otherwise: int
) -> int:
    """Return the digit of a picture that is nearest to a point, the first where there is none."""
    places = [i for i, digit in enumerate(found) if digit.picture == picture]
    if not places or point is None:
        is_here = otherwise in places
        return otherwise if is_here or not places else places[0]
    centers = np.array([found[i].box[:2] + found[i].box[2:] / 2 for i in places])
    return places[int(np.square(centers - point).sum(axis=1).argmin())]


def notes(
    pictures: Sequence[Picture],
    readings: Mapping[str, Reading],
    shown: Picture,
    chosen: Found | None,
    upright: bool,
) -> None:
    """Show a picture with its marks, the others to choose from, and why some could not be read.

    Args:
        pictures: All of them.
        readings: What became of each, by its id.
        shown: The one to show.
        chosen: The digit that is large.
        upright: Whether pictures are turned upright.
    """
    if error := brought.refused():
        show_problem(error, is_warning=True)
    for picture in pictures:
        if problem := readings[picture.id].problem:
            show_problem(problem, picture.name)
    marked_picture(
        [_thumbnail(picture, readings[picture.id]) for picture in pictures],
        shown.id,
        _marks(shown, readings[shown.id], chosen, upright),
        partial(_done, shown.id, upright, _first(pictures, readings, shown)),
    )


def _done(shown: str, upright: bool, first: int, act: Act) -> None:
    if act.kind == "choose" and isinstance(act.value, int):
        state.keep_own_digit(first + act.value)
    else:
        brought.act(shown, upright, act)


def _first(pictures: Sequence[Picture], readings: Mapping[str, Reading], shown: Picture) -> int:
    """Return the place of a picture's first digit among all."""
    before = pictures[: pictures.index(shown)]
    return sum(len(sheet.digits) for each in before if (sheet := readings[each.id].sheet))


def _thumbnail(picture: Picture, reading: Reading) -> Thumbnail:
    address = _address(reading.preview.thumbnail) if reading.preview else ""
    if reading.preview is None:
        told = _("cannot be read")
    elif reading.sheet is None:
        told = _("nothing found")
    else:
        count = len(reading.sheet.digits)
        told = _("1 digit") if count == 1 else _("{count} digits").format(count=count)
    return Thumbnail(picture.id, picture.name, address, told)


def _marks(picture: Picture, reading: Reading, chosen: Found | None, upright: bool) -> Marks | None:
    if reading.preview is None:
        return None
    sheet = reading.sheet
    is_here = chosen is not None and chosen.picture == picture.id
    return Marks(
        picture=_address(reading.preview.picture),
        size=reading.preview.size,
        boxes=sheet.boxes if sheet else np.zeros((0, 4), int),
        doubtful=sheet.doubtful if sheet else (),
        left_out=sheet.left_out if sheet else (),
        corners=sheet.sheet_corners if sheet else None,
        chosen=chosen.number - 1 if chosen and is_here else None,
        is_changed=bool(picture.taps.get(upright)),
    )


def _address(file: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(file).decode()
