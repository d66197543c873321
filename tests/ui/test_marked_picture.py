"""What a visitor does on a picture: as it is sent, and what becomes of it."""

import math
from types import SimpleNamespace

import pytest

from denoiser.data.handwriting import REASONS
from denoiser.ui.components import marked_picture
from denoiser.ui.components.marked_picture import Act, parse_sent
from denoiser.ui.pages.handwriting import brought


@pytest.mark.parametrize(
    ("sent", "act"),
    [
        ({"kind": "tap", "value": [3, 4.5]}, Act("tap", (3.0, 4.5))),
        ({"kind": "choose", "value": 2}, Act("choose", 2)),
        ({"kind": "remove", "value": "a"}, Act("remove", "a")),
        ({"kind": "undo", "value": None}, Act("undo")),
    ],
)
def test_what_a_visitor_did_is_understood(sent, act):
    assert parse_sent(sent) == act


@pytest.mark.parametrize(
    "sent",
    [None, "tap", {}, {"kind": "tap"}, {"kind": "tap", "value": [1]},
     {"kind": "drop", "value": "a"}, {"kind": "tap", "value": [1, math.nan]},
     {"kind": "tap", "value": ["1", 2]},
     {"kind": "choose", "value": True}, {"kind": "show", "value": 1}],
)  # fmt: skip
def test_what_no_visitor_does_is_not_taken(sent):
    assert parse_sent(sent) is None


def test_every_reason_has_a_name_and_a_meaning():
    assert set(marked_picture._names()) == set(REASONS)


@pytest.fixture
def session(monkeypatch):
    kept = {}
    monkeypatch.setattr(brought.st, "session_state", kept)
    return kept


def sent(*names):
    return [
        SimpleNamespace(file_id=f"{i}{name}", name=name, size=3, getvalue=lambda: b"abc")
        for i, name in enumerate(names)
    ]


def names(*files, **options):
    brought.bring(sent(*files), **options)
    return [picture.name for picture in brought.pictures()]


def test_names_are_made_different_and_have_no_folder(session):
    assert names("a.jpg", "a.jpg", "a.jpg (2)") == ["a.jpg", "a.jpg (2)", "a.jpg (2) (2)"]
    assert names("C:\\fakepath\\b.jpg", "/x/b.jpg")[3:] == ["b.jpg", "b.jpg (2)"]
    assert names("camera.jpg", name="Photo")[5:] == ["Photo"]
    assert names("camera.jpg", name="Photo")[6:] == ["Photo (2)"]


def test_the_first_of_what_came_is_wanted_once(session):
    brought.bring(sent("a"))
    brought.bring(sent("b", "c"))
    assert brought.wanted() == ("0b", None)
    assert brought.wanted() is None


def test_taps_are_undone_one_by_one_and_all_and_belong_to_a_turn(session):
    brought.bring(sent("a", "b"))

    def taps(upright=True):
        return brought.pictures()[0].taps.get(upright)

    for point in ((1.0, 1.0), (2.0, 2.0), (3.0, 3.0)):
        brought.act("0a", True, Act("tap", point))
    brought.act("0a", False, Act("tap", (9.0, 9.0)))
    brought.act("0a", True, Act("undo"))
    assert (taps(), taps(False)) == (((1.0, 1.0), (2.0, 2.0)), ((9.0, 9.0),))
    assert brought.pictures()[1].taps == {}
    brought.act("0a", True, Act("reset"))
    assert taps() == ()


def test_a_picture_is_removed(session):
    brought.bring(sent("a", "b"))
    brought.act("0a", True, Act("remove", "0a"))
    assert [picture.id for picture in brought.pictures()] == ["1b"]
