"""A picture with what was found on it: digits framed and numbered, what was left out marked.

Around it stand the other pictures to choose from, and below it what was left out, in words. The
browser says what the visitor did as an `Act`; what becomes of it is the page's business. The
component reads no picture and knows no files.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import streamlit as st

from denoiser import web
from denoiser.data.handwriting import LeftOut
from denoiser.ui.session.text import _
from denoiser.ui.session.told import told

FOLDER = Path(__file__).parent
_KEY = "marked_picture"

_component = st.components.v2.component(
    "marked_picture",
    html=(FOLDER / "marked_picture.html").read_text(encoding="utf-8"),
    css=(FOLDER / "marked_picture.css").read_text(encoding="utf-8"),
    js=web.bundle(FOLDER / "marked_picture.js"),
)


@dataclass(frozen=True)
class Thumbnail:
    """One of the pictures to choose from.

    Attributes:
        id: By which the browser names it.
        name: As the visitor knows it.
        picture: Its address, small; "" where it could not be read.
        told: What was found on it, in the visitor's language.
    """

    id: str
    name: str
    picture: str
    told: str


@dataclass(frozen=True)
class Marks:
    """The large picture, and what was found on it; places are in its pixels.

    Attributes:
        picture: Its address; it may be smaller than `size`.
        size: Width and height.
        boxes: x, y, width and height of each digit, int, shape (n, 4), in reading order.
        doubtful: Places in `boxes` of those that may be two digits.
        left_out: What is there besides.
        corners: Of the paper on what it lies on, float, shape (4, 2); None where all is paper.
        chosen: The digit that the page shows large, in [0, n); None for none of these.
        is_changed: Whether the visitor has changed anything.
    """

    picture: str
    size: tuple[int, int]
    boxes: np.ndarray
    doubtful: tuple[int, ...]
    left_out: Sequence[LeftOut]
    corners: np.ndarray | None
    chosen: int | None
    is_changed: bool


@dataclass(frozen=True)
class Act:
    """What a visitor did.

    Attributes:
        kind: "show" or "remove" a picture, "choose" a digit, "tap" something on the picture to
            take it or leave it out, "undo" the last tap or "reset" all.
        value: A picture's id, a digit's place, or a point (x, y); None for others.
    """

    kind: Literal["show", "remove", "choose", "tap", "undo", "reset"]
    value: str | int | tuple[float, float] | None = None


def marked_picture(
    thumbnails: Sequence[Thumbnail], shown: str, marks: Marks | None, on_act: Callable[[Act], None]
) -> None:
    """Show a picture with its marks, and the others to choose from.

    Args:
        thumbnails: All pictures.
        shown: The id of the one that `marks` are of.
        marks: None where it could not be read.
        on_act: Is told what the visitor did, before the page is run again.
    """
    data = {
        "thumbnails": [vars(thumbnail) for thumbnail in thumbnails],
        "shown": shown,
        "marks": _described(marks) if marks else None,
        "text": _texts(),
    }
    _component(key=_KEY, data=data, on_act_change=partial(_acted, on_act))


def parse_sent(sent: Any) -> Act | None:
    """Return what the browser sent as an act; None for anything that is none."""
    kind, value = (sent.get("kind"), sent.get("value")) if isinstance(sent, dict) else (None, None)
    if kind in ("undo", "reset"):
        return Act(kind)
    if kind in ("show", "remove") and isinstance(value, str):
        return Act(kind, value)
    if kind == "choose" and type(value) is int:
        return Act(kind, value)
    if kind == "tap" and isinstance(value, (list, tuple)) and _is_point(value):
        return Act(kind, (float(value[0]), float(value[1])))
    return None


def _is_point(value: Sequence[Any]) -> bool:
    return len(value) == 2 and all(type(x) in (int, float) and math.isfinite(x) for x in value)


def _acted(on_act: Callable[[Act], None]) -> None:
    if act := parse_sent(told(_KEY, "act")):
        on_act(act)


def _described(marks: Marks) -> dict[str, Any]:
    count = len(marks.boxes)
    return {
        "picture": marks.picture,
        "size": list(marks.size),
        "digits": [
            {"box": box, "isDoubtful": i in marks.doubtful, "label": _label(i, count, marks)}
            for i, box in enumerate(marks.boxes.tolist())
        ],
        "leftOut": [
            {"box": list(left.box), "reason": left.reason, "name": _names()[left.reason][0],
             "label": _("Left out, {reason}: take it as a digit").format(
                 reason=_names()[left.reason][0])}
            for left in marks.left_out
        ],
        "corners": None if marks.corners is None else marks.corners.tolist(),
        "chosen": marks.chosen,
        "isChanged": marks.is_changed,
        "told": _told(count, len(marks.left_out)),
        "notes": _notes(marks),
    }  # fmt: skip


def _label(place: int, count: int, marks: Marks) -> str:
    label = _("Digit {number} of {count}").format(number=place + 1, count=count)
    return f"{label}, {_('may be two')}" if place in marks.doubtful else label


def _told(count: int, left_out: int) -> str:
    if not left_out:
        return _("Taken as digits: {count}. Nothing is left out.").format(count=count)
    text = _("Taken as digits: {count}. Left out: {left_out}.")
    return text.format(count=count, left_out=left_out)


def _notes(marks: Marks) -> list[dict[str, str]]:
    """Return for each reason how often it holds, its name, and what it means."""
    counted = Counter(left.reason for left in marks.left_out)
    notes = [
        {"reason": reason, "name": f"{counted[reason]} × {name}", "meaning": meaning}
        for reason, (name, meaning) in _names().items()
        if counted[reason]
    ]
    if marks.doubtful:
        numbers = ", ".join(str(place + 1) for place in marks.doubtful)
        name = _("{numbers} may be two").format(numbers=numbers)
        meaning = _("digits that touch are hard to tell apart; leave a gap when you write")
        notes.insert(0, {"reason": "doubtful", "name": name, "meaning": meaning})
    return notes


def _names() -> dict[str, tuple[str, str]]:
    """Return for each of `handwriting.REASONS` its name on the picture, and what it means."""
    return {
        "cut off": (_("cut off"), _("it runs off the picture: photograph a little more")),
        "touching": (_("touching"), _("digits that touch could not be told apart")),
        "faint": (_("faint"), _("too pale to be told from the paper: press harder")),
        "too many": (_("too many"), _("only 32 digits are taken from one picture")),
        "line": (_("line"), _("a rule, a box, a ring or an underline")),
        "sign": (_("sign"), _("plus, minus, slash, dot or comma")),
        "mark": (_("no digit"), _("does not look like a digit")),
        "removed": (_("removed"), _("you took it out")),
    }


def _texts() -> dict[str, str]:
    return {
        "alt": _("Your picture"),
        "pictures": _("Your pictures"),
        "remove": _("Remove {name}"),
        "leave_out": _("Leave this digit out"),
        "undo": _("Undo"),
        "reset": _("Reset what I tapped"),
        "hint": _(
            "Tap a digit to choose it, and × to leave it out. Tap something with + to take it as "
            "a digit."
        ),
        "waiting": _("Reading …"),
    }
