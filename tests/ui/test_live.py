"""What Python sends to the live panel, and the page without a browser."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from safetensors import safe_open
from safetensors.numpy import load as load_safetensors
from streamlit.testing.v1 import AppTest

from denoiser import assets, web
from denoiser.config import TrainConfig
from denoiser.data import digits
from denoiser.data.noise import KINDS
from denoiser.models import store as models
from denoiser.models.store import Model
from denoiser.ui.components import live
from denoiser.ui.components.live import latent_texts
from denoiser.ui.components.live.mute_texts import mute_texts
from denoiser.ui.components.live.strip_texts import strip_texts
from denoiser.ui.session.state import DIGITS, Settings

APP = Path(__file__).parents[2] / "app.py"
PAGES = ("app.py", "pages/2_Compare.py", "pages/3_Handwriting.py")


@pytest.fixture
def tiny():
    card = {"title": "Tiny", "summary": "Gives back what it gets."}
    graph = [{"name": "picture", "op": "input", "inputs": [], "shape": [28, 28, 1]}]
    return Model("tiny", card, TrainConfig(), {"w": np.ones(3, np.float32)}, graph)


def test_container_holds_digits_weights_and_the_rest(tiny, tmp_path):
    content = live.container(tiny, [tiny], tiny, Settings("tiny", seed=7), live.test_view())
    tensors = load_safetensors(content)
    expected = digits.bundled("test")[:DIGITS]
    np.testing.assert_array_equal(tensors["digits"], expected.images)
    np.testing.assert_array_equal(tensors["labels"], expected.labels)
    assert {"model/w", "classifier/w"} <= set(tensors)

    (tmp_path / "container").write_bytes(content)
    with safe_open(tmp_path / "container", framework="numpy") as file:
        panel = json.loads(file.metadata()["panel"])
    assert panel["initial"]["seed"] == 7
    assert panel["models"] == [{"name": "tiny"} | tiny.card]
    assert [kind["name"] for kind in panel["kinds"]] == list(KINDS)
    assert sum(kind["share"] for kind in panel["kinds"]) == pytest.approx(1)


def test_container_is_the_same_again(tiny):
    arguments = (tiny, [tiny], tiny, Settings("tiny"), live.test_view())
    assert live.container(*arguments) == live.container(*arguments)


@pytest.mark.parametrize("mode", ["pad", "own"])
def test_other_views_say_it_in_words_of_their_own(mode):
    of_mode = live._texts_of(mode)
    assert of_mode
    assert set(of_mode) <= set(live._texts())


def test_every_text_of_the_panel_is_sent():
    html = (live.FOLDER / "panel.html").read_text(encoding="utf-8")
    used = re.findall(r'data-(?:text|label)="(\w+)"', html)
    used += ["from", "to"]  # the ends of a walk, by their names
    script = web.bundle(live.FOLDER / "panel.js")
    used += re.findall(r"\btext\.(\w+)", script)
    begun = tuple(re.findall(r"\btext\[`(\w+_)\$\{", script))  # those of kinds of layers
    sent = live._texts() | strip_texts() | latent_texts.latent_texts() | mute_texts()
    assert set(used) <= set(sent)
    assert {name for name in sent if not name.startswith(begun)} <= set(used)


@pytest.fixture
def no_models(monkeypatch, tmp_path):
    st.cache_resource.clear()  # another file's pages may have loaded them
    monkeypatch.setattr(assets, "MODELS", tmp_path)


def open_page(path):
    page = AppTest.from_file(APP, default_timeout=30)
    return page.switch_page(path).run()


@pytest.mark.parametrize("path", PAGES)
def test_page_without_models_says_how_to_make_them(no_models, path):
    page = open_page(path)
    assert not page.exception
    assert "python -m denoiser ship" in page.error[0].value


@pytest.mark.parametrize("path", PAGES)
def test_page_without_a_card_says_how_to_make_it(no_models, path, tmp_path):
    for name in models.names(models.SHIPPED):
        shutil.copy(models.SHIPPED / f"{name}.safetensors", tmp_path)
    page = open_page(path)
    assert not page.exception
    assert "its scores are missing" in page.error[0].value
