"""The home page without a browser: models that runs made, beside the shipped ones."""

import re
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from engine_tools import AnsweringEngine
from streamlit.testing.v1 import AppTest

from denoiser.errors import ModelError
from denoiser.jobs import import_model
from denoiser.models import store as models
from denoiser.runs.store import RunStore
from denoiser.ui.pages.denoise import own_weights
from denoiser.ui.session import run_models

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run with one snapshot."""
    st.cache_resource.clear()
    store = RunStore(tmp_path)
    monkeypatch.setattr(run_models, "run_store", lambda: store)
    model = models.load("tutorial")
    run = store.create(model.config)
    run.save_snapshot(3, model, np.zeros((8, 28, 28), np.uint8))
    yield run
    st.cache_resource.clear()


def opened(model):
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.query_params["model"] = model
    return app.run()


def sent_to_the_panel(app):
    """What the live panel was sent."""
    components = [component.proto for component in app.get("bidi_component")]
    return next(proto.bytes for proto in components if proto.HasField("bytes"))


def test_a_snapshot_in_the_url_is_the_panels_model(run):
    app = opened(f"{run.id}@3")
    assert not app.exception
    assert not app.warning
    sent = sent_to_the_panel(app)
    assert f'\\"model\\": \\"{run.id}@3\\"'.encode() in sent
    assert b"epoch 3" in sent


@pytest.mark.parametrize(
    "name", ["{id}@9", "{id}", "aaaaaaaaaaaa@1", "../../../../etc/passwd", "x" * 500, "{id}@-1"]
)
def test_a_name_that_leads_nowhere_leaves_the_shipped_models(run, name):
    app = opened(name.format(id=run.id))
    assert not app.exception
    assert b'\\"model\\": \\"tutorial\\"' in sent_to_the_panel(app)


def test_a_resumed_run_shows_the_model_that_it_made_last(run):
    first, second = models.load("tutorial"), models.load("plain")
    run.save_model(first)
    run.update(state="stopped")
    before = sent_to_the_panel(opened(run.id))
    run.update(state="queued", attempt=2)
    assert sent_to_the_panel(opened(run.id)) == before
    run.save_model(second)
    run.update(state="finished")
    assert sent_to_the_panel(opened(run.id)) != before


def test_a_snapshot_that_is_gone_is_said_to_be(run):
    assert "Of epoch 9 of run" in opened(f"{run.id}@9").warning[0].value


# Weights of one's own


@pytest.fixture
def engine(monkeypatch):
    def start(answer):
        fake = AnsweringEngine(answer)
        monkeypatch.setattr(own_weights, "engine", lambda: fake)
        return fake

    return start


def send(app, content=b"weights"):
    app.file_uploader[0].set_value(("../../evil.keras", content, "application/octet-stream"))
    return app.run()


def test_weights_of_ones_own_are_loaded_and_chosen(run, engine):
    run.save_model(models.load("unet"))
    run.update(state="finished", loaded=True)
    fake = engine(run.id)
    app = AppTest.from_file(str(APP), default_timeout=30).run()
    send(app)
    assert not app.exception
    ((function, _home, content, owner),) = fake.asked
    assert (function, content) == (import_model.load, b"weights")
    assert re.fullmatch("[0-9a-f]{32}", owner)
    assert app.query_params["model"] == run.id
    sent = sent_to_the_panel(app)
    assert f'\\"model\\": \\"{run.id}\\"'.encode() in sent
    assert b"From a file: " in sent
    app.run()
    assert len(fake.asked) == 1
    assert any(run.id in link.proto.query_string for link in app.get("page_link"))


def test_what_are_no_weights_is_refused_as_long_as_it_is_there(run, engine):
    fake = engine(ModelError("weights: expected one file model.weights.h5, got 0"))
    app = send(AppTest.from_file(str(APP), default_timeout=30).run())
    for _ in range(2):
        assert "expected one file" in app.error[0].value
        assert "model" not in app.query_params
        app.run()
    assert len(fake.asked) == 1


def test_the_page_starts_no_engine_for_those_who_only_look(run, monkeypatch):
    monkeypatch.setattr(own_weights, "engine", lambda: pytest.fail("it was started"))
    assert not AppTest.from_file(str(APP), default_timeout=30).run().exception
