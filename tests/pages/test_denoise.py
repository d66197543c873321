"""The home page without a browser: models that runs made, beside the shipped ones."""

from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from denoiser import models
from denoiser.runs import Home
from denoiser.ui import guests

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run with one snapshot."""
    st.cache_resource.clear()
    home = Home(tmp_path)
    monkeypatch.setattr(guests, "home", lambda: home)
    model = models.load("tutorial")
    run = home.create(model.config)
    run.save_snapshot(3, model, np.zeros((8, 28, 28), np.uint8))
    yield run
    st.cache_resource.clear()


def opened(model):
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.query_params["model"] = model
    return app.run()


def sent_to_the_panel(app):
    """What the live panel was sent."""
    (panel,) = app.get("bidi_component")
    return panel.proto.bytes if panel.proto.HasField("bytes") else b""


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
    assert "no weights are kept of epoch 9" in opened(f"{run.id}@9").warning[0].value
