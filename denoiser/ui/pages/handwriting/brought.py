"""The pictures that a visitor brought, kept for their session: whatever page or source they visit.

Streamlit forgets what is in a field that is not drawn, so they are taken out of it at once. How
many there are and what they weigh is bounded. Names are made different: phones call every photo
"image.jpg".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from denoiser.errors import DigitsError
from denoiser.ui.components.marked_picture import Act

MOST_FILES = 32
MOST_BYTES = 64 * 2**20
MOST_TAPS = 200
_PICTURES, _WANTED, _REFUSED = "brought_pictures", "brought_wanted", "brought_refused"
Point = tuple[float, float]
Taps = tuple[Point, ...]


@dataclass(frozen=True)
class Picture:
    """A picture, and what its visitor tapped on it.

    Attributes:
        id: Unlike that of any other.
        name: Unlike that of any other in the session.
        content: Its file.
        taps: Points in its pixels, by whether it was turned upright: in another turn they are
            other places.
    """

    id: str
    name: str
    content: bytes
    taps: dict[bool, Taps] = field(default_factory=dict)


def pictures() -> tuple[Picture, ...]:
    """Return what was brought so far, the newest last."""
    kept: tuple[Picture, ...] = st.session_state.get(_PICTURES, ())
    return kept


def bring(files: Sequence[UploadedFile], name: str = "") -> None:
    """Keep pictures, as far as there is room; the first of them is wanted next.

    Args:
        files: As a field has them.
        name: What to call them in place of their files' names.
    """
    kept, came = pictures(), 0
    st.session_state[_REFUSED] = None
    for file in files:
        weight = sum(len(picture.content) for picture in kept) + file.size
        if len(kept) >= MOST_FILES or weight > MOST_BYTES:
            st.session_state[_REFUSED] = _no_room(came, len(files))
            break
        called = _unlike(name or file.name, {picture.name for picture in kept})
        kept += (Picture(file.file_id, called, file.getvalue()),)
        came += 1
    if came:
        want(kept[-came].id)
    st.session_state[_PICTURES] = kept


def refused() -> DigitsError | None:
    """Return why some of what was brought last is not there."""
    error: DigitsError | None = st.session_state.get(_REFUSED)
    return error


def want(picture: str, point: Point | None = None) -> None:
    """Have the page show a picture next, and the digit of it that is nearest to a point."""
    st.session_state[_WANTED] = picture, point


def wanted() -> tuple[str, Point | None] | None:
    """Return what `want` was last asked for, once."""
    asked: tuple[str, Point | None] | None = st.session_state.pop(_WANTED, None)
    return asked


def act(shown: str, upright: bool, done: Act) -> None:
    """Do with the picture that is shown what its visitor did on the page; other acts do nothing."""
    value = done.value
    st.session_state[_REFUSED] = None
    if done.kind == "show" and isinstance(value, str):
        want(value)
    elif done.kind == "remove":
        st.session_state[_PICTURES] = tuple(each for each in pictures() if each.id != value)
    elif done.kind == "tap" and isinstance(value, tuple):
        _change(shown, upright, lambda taps: (*taps, value)[-MOST_TAPS:])
        want(shown, value)
    elif done.kind in ("undo", "reset"):
        _change(shown, upright, lambda taps: taps[:-1] if done.kind == "undo" else ())
        want(shown)


def _change(shown: str, upright: bool, changed: Callable[[Taps], Taps]) -> None:
    st.session_state[_PICTURES] = tuple(
        replace(each, taps=each.taps | {upright: changed(each.taps.get(upright, ()))})
        if each.id == shown
        else each
        for each in pictures()
    )


def _no_room(came: int, sent: int) -> DigitsError:
    return DigitsError(
        "{left} of {sent} pictures were not taken: up to {most} are kept at once, of {size} MB in "
        "all. Remove some below, and send these again.",
        left=sent - came, sent=sent, most=MOST_FILES, size=MOST_BYTES // 2**20,
    )  # fmt: skip


def _unlike(name: str, others: set[str]) -> str:
    """Return a name that no other has: image.jpg, image.jpg (2), image.jpg (3)."""
    name = PurePath(name.replace("\\", "/")).name[-80:] or "?"
    number = 1
    while (numbered := name if number == 1 else f"{name} ({number})") in others:
        number += 1
    return numbered
