"""The Handwriting page without a browser."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import photos
import pytest
import streamlit as st
from engine_tools import AnsweringEngine
from PIL import Image
from safetensors.numpy import deserialize
from streamlit.testing.v1 import AppTest

from denoiser.data import digits, handwriting
from denoiser.data.handwriting import STEPS
from denoiser.ui.pages.handwriting import brought, reading, sources

APP = Path(__file__).parents[2] / "app.py"
PAGE = "pages/3_Handwriting.py"


@pytest.fixture(scope="module")
def sheet():
    """Three digits on paper."""
    shown = digits.bundled("test").images[:3]
    return photos.sheet([list(shown)], np.random.default_rng(0))


class WorkingEngine(AnsweringEngine):
    """Does at once what it is asked for."""

    def submit(self, function, *arguments):
        self.answer = function
        return super().submit(function, *arguments)

    @property
    def read(self):
        """What it was asked to read digits from: content, steps left out, taps."""
        return [arguments for function, *arguments in self.asked if function is handwriting.read]


@pytest.fixture
def engine(monkeypatch):
    fake = WorkingEngine()
    monkeypatch.setattr(reading, "engine", lambda: fake)
    return fake


def opened(source=sources.DRAW):
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.switch_page(PAGE).run()
    if source != sources.DRAW:
        app.button_group[0].set_value(source).run()
    assert not app.exception
    return app


def send(app, *files, name="image.jpg"):
    """Send pictures of one name, as a phone does."""
    app.file_uploader[0].set_value([(name, content, "image/jpeg") for content in files])
    app.run()
    assert not app.exception
    return app


def component(app, part):
    """What was sent last to the component whose data have a part of this name."""
    found = [json.loads(c.proto.json) for c in app.get("bidi_component") if c.proto.json]
    return next((data for data in found if part in data), None)


def marked(app):
    return component(app, "thumbnails")


def panels(app):
    """What each live panel was sent: its tensors' shapes, and the rest."""
    found = []
    for component in app.get("bidi_component"):
        if component.proto.HasField("bytes"):
            content = component.proto.bytes
            length = int.from_bytes(content[:8], "little")
            header = json.loads(content[8 : 8 + length])
            shapes = {name: tensor["shape"] for name, tensor in deserialize(content)}
            found.append((shapes, json.loads(header["__metadata__"]["panel"])))
    return found


def panel(app):
    ((shapes, rest),) = panels(app)
    return shapes, rest


def switch(app, step, on):
    toggle = next(toggle for toggle in app.toggle if toggle.key.endswith(step))
    toggle.set_value(on)
    return app.run()


def test_it_opens_with_a_pad_and_starts_no_engine(monkeypatch):
    monkeypatch.setattr(reading, "engine", lambda: pytest.fail("it was started"))
    shapes, rest = panel(opened())
    assert rest["mode"] == "pad"
    assert shapes["digits"][0] == shapes["labels"][0] > 20  # the gallery


@pytest.mark.parametrize("source", [sources.UPLOAD, sources.CAMERA])
def test_without_a_picture_it_says_what_makes_a_good_one(engine, source):
    app = opened(source)
    assert any("dark pen" in text.value for text in app.markdown)
    assert panels(app) == []
    assert engine.asked == []


def test_the_digits_of_a_picture_are_in_the_panel_without_labels(engine, sheet):
    app = send(opened(sources.UPLOAD), sheet)
    assert engine.read == [[sheet, (), ()]]
    shapes, rest = panel(app)
    assert shapes["digits"] == [3, 28, 28]
    assert "labels" not in shapes
    assert (rest["mode"], rest["initial"]["digit"]) == ("own", 0)
    assert len(app.toggle) == len(STEPS)
    assert any("digit 1 of 3" in text.value for text in app.caption)


def test_a_picture_is_read_once(engine, sheet):
    app = send(opened(sources.UPLOAD), sheet)
    app.run()
    assert len(engine.read) == 1


def test_a_step_that_is_off_is_left_out_and_comes_back(engine, sheet):
    app = send(opened(sources.UPLOAD), sheet)
    switch(app, "center", False)
    switch(app, "box", False)
    assert engine.read[-1][1] == ("box", "center")
    switch(app, "box", True)
    switch(app, "center", True)
    assert engine.read[-1][1] == ()


def test_a_picture_that_cannot_be_read_spoils_no_other(engine, sheet):
    app = send(opened(sources.UPLOAD), b"no picture", sheet)
    assert "no picture that the lab knows" in app.error[0].value
    assert panel(app)[0]["digits"] == [3, 28, 28]


def test_switches_stay_where_no_picture_can_be_read(engine):
    app = send(opened(sources.UPLOAD), b"no picture")
    assert len(app.toggle) == len(STEPS)
    assert panels(app) == []


def test_a_files_name_is_no_markdown(engine):
    app = send(opened(sources.UPLOAD), b"?", name="[x](https:evil.example).png")
    assert "](" not in app.error[0].value.replace("\\](", "")


def test_more_pictures_than_are_kept_are_said_to_be_too_many(engine, monkeypatch, sheet):
    monkeypatch.setattr(brought, "MOST_FILES", 2)
    app = send(opened(sources.UPLOAD), sheet, b"?", sheet)
    assert "1 of 3 pictures were not taken" in app.warning[0].value
    assert len(engine.read) == 2


def test_pictures_weigh_no_more_than_a_session_may_keep(engine, monkeypatch, sheet):
    monkeypatch.setattr(brought, "MOST_BYTES", 2 * len(sheet))
    app = send(opened(sources.UPLOAD), sheet, sheet)
    assert not app.warning
    assert "1 of 1 pictures were not taken" in send(app, sheet).warning[0].value


def test_what_was_brought_stays_over_sources_and_pages(engine, sheet):
    app = send(opened(sources.UPLOAD), sheet)
    app.button_group[0].set_value(sources.DRAW).run()
    assert marked(app) is None
    app.button_group[0].set_value(sources.CAMERA).run()
    assert len(marked(app)["thumbnails"]) == 1
    app.switch_page("pages/4_Lessons.py").run()
    app.switch_page(PAGE).run()
    assert len(marked(app)["marks"]["digits"]) == 3
    assert len(engine.read) == 1


def test_pictures_of_one_name_are_told_apart_wherever_they_are_named(engine, sheet):
    app = send(send(opened(sources.UPLOAD), sheet, sheet), b"?")
    names = [thumbnail["name"] for thumbnail in marked(app)["thumbnails"]]
    assert names == ["image.jpg", "image.jpg (2)", "image.jpg (3)"]
    assert app.error[0].value.startswith("**image.jpg (3)**: ")
    app.session_state["brought_wanted"] = marked(app)["thumbnails"][1]["id"], None  # shown next
    app.run()
    assert any("digit 1 of 3 in image.jpg (2)" in text.value for text in app.caption)


def test_what_was_tapped_is_read_again_and_chosen(engine, sheet):
    app = send(opened(sources.UPLOAD), sheet, sheet)
    (first, second) = app.session_state["brought_pictures"]
    x, y, width, height = marked(app)["marks"]["digits"][1]["box"]
    point = (x + width / 2, y + height / 2)
    app.session_state["brought_pictures"] = first, replace(second, taps={True: (point,)})
    app.session_state["brought_wanted"] = second.id, point
    app.run()
    marks = marked(app)["marks"]
    assert engine.read[2:] == [[sheet, (), (point,)]]
    assert (len(marks["digits"]), marks["isChanged"]) == (2, True)
    assert [left["reason"] for left in marks["leftOut"]] == ["removed"]
    assert marks["notes"][0]["name"] == "1 × removed"
    assert marks["chosen"] is not None  # the nearest that is left
    assert panel(app)[1]["initial"]["digit"] == 3 + marks["chosen"]


def test_an_empty_picture_is_shown_with_nothing_on_it(engine):
    empty = io.BytesIO()
    Image.new("L", (400, 300), 200).save(empty, "JPEG")
    app = send(opened(sources.UPLOAD), empty.getvalue())
    assert "nothing on it stands out" in app.error[0].value
    assert (marked(app)["marks"]["digits"], panels(app)) == ([], [])
    assert marked(app)["thumbnails"][0]["told"] == "nothing found"


APPLE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605.1.15 {} Safari/604.1"
CHROME = "Mozilla/5.0 (Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:143.0) Gecko/20100101 Firefox/143.0"


@pytest.mark.parametrize(
    ("agent", "any_file"),
    [(CHROME, True), (FIREFOX, True), (APPLE.format("Version/18.0"), False),
     (APPLE.format("CriOS/140"), False)],
)  # fmt: skip
def test_any_file_can_be_chosen_but_where_the_browser_makes_a_jpeg_of_it(
    monkeypatch, agent, any_file
):
    monkeypatch.setattr(type(st.context), "headers", {"User-Agent": agent})
    assert (opened(sources.UPLOAD).file_uploader[0].proto.type == []) == any_file


@pytest.mark.parametrize(
    ("url", "camera"),
    [
        ("http://192.168.1.20:8501/Handwriting", False),
        ("http://localhost:8501/Handwriting", True),
        ("https://lab.example/Handwriting", True),
    ],
)
def test_where_browsers_allow_no_camera_it_says_why(engine, monkeypatch, url, camera):
    monkeypatch.setattr(type(st.context), "url", url)
    app = opened(sources.CAMERA)
    assert bool(app.get("camera_input")) == camera
    assert any("https" in note.value for note in app.info) != camera
