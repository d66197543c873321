"""The Handwriting page without a browser."""

import json
from pathlib import Path

import numpy as np
import photos
import pytest
import streamlit as st
from engine_tools import AnsweringEngine
from safetensors.numpy import deserialize
from streamlit.testing.v1 import AppTest

from denoiser.data import digits, handwriting
from denoiser.data.handwriting import STEPS
from denoiser.ui.pages.handwriting import reading, sources

APP = Path(__file__).parents[2] / "app.py"
PAGE = "pages/3_Handwriting.py"


@pytest.fixture(scope="module")
def sheet():
    """Three digits on paper."""
    shown = digits.bundled("test").images[:3]
    return photos.sheet([list(shown)], np.random.default_rng(0))


@pytest.fixture
def engine(monkeypatch):
    fake = AnsweringEngine(handwriting.read)
    monkeypatch.setattr(reading, "engine", lambda: fake)
    return fake


def opened(source=sources.DRAW):
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.switch_page(PAGE).run()
    if source != sources.DRAW:
        app.button_group[0].set_value(source).run()
    assert not app.exception
    return app


def send(app, *files):
    app.file_uploader[0].set_value(
        [(f"{i}.jpg", content, "image/jpeg") for i, content in enumerate(files)]
    )
    app.run()
    assert not app.exception
    return app


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
    ((function, content, off),) = engine.asked
    assert (function, content, off) == (handwriting.read, sheet, ())
    shapes, rest = panel(app)
    assert shapes["digits"] == [3, 28, 28]
    assert "labels" not in shapes
    assert (rest["mode"], rest["initial"]["digit"]) == ("own", 0)
    assert len(app.toggle) == len(STEPS)
    assert any("digit 1 of 3" in text.value for text in app.caption)


def test_a_picture_is_read_once(engine, sheet):
    app = send(opened(sources.UPLOAD), sheet)
    app.run()
    assert len(engine.asked) == 1


def test_a_step_that_is_off_is_left_out_and_comes_back(engine, sheet):
    app = send(opened(sources.UPLOAD), sheet)
    switch(app, "center", False)
    switch(app, "box", False)
    assert engine.asked[-1][2] == ("box", "center")
    switch(app, "box", True)
    switch(app, "center", True)
    assert engine.asked[-1][2] == ()


def test_a_picture_that_cannot_be_read_spoils_no_other(engine, sheet):
    app = send(opened(sources.UPLOAD), b"no picture", sheet)
    assert "no picture that the lab knows" in app.error[0].value
    assert panel(app)[0]["digits"] == [3, 28, 28]


def test_switches_stay_where_no_picture_can_be_read(engine):
    app = send(opened(sources.UPLOAD), b"no picture")
    assert len(app.toggle) == len(STEPS)
    assert panels(app) == []


def test_a_files_name_is_no_markdown(engine):
    app = opened(sources.UPLOAD)
    app.file_uploader[0].set_value([("[x](https://evil.example).png", b"?", "image/png")])
    app.run()
    assert "](" not in app.error[0].value.replace("\\](", "")


def test_too_many_pictures_are_said_to_be(engine, monkeypatch, sheet):
    monkeypatch.setattr(sources, "MOST_FILES", 2)
    app = send(opened(sources.UPLOAD), sheet, b"?", sheet)
    assert "at most 2 pictures, got 3" in app.warning[0].value
    assert len(engine.asked) == 2


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
