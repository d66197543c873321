"""The run folder: what is written into it, and what comes back out."""

import json
import re

import numpy as np
import pytest

from denoiser import models, runs
from denoiser.config import TrainConfig
from denoiser.errors import ModelError
from denoiser.runs import Run

CONFIG = TrainConfig(data="bundled", epochs=2)


@pytest.fixture
def run(tmp_path):
    return Run.create(CONFIG, runs.new_folder(tmp_path))


def state_of(run):
    return json.loads((run.folder / "status.json").read_text())["state"]


def history_of(run):
    return [json.loads(line) for line in (run.folder / "history.jsonl").read_text().splitlines()]


def test_a_new_run_says_what_was_asked_and_that_it_runs(run):
    assert TrainConfig.from_json((run.folder / "config.json").read_text()) == CONFIG
    assert state_of(run) == "running"


def test_a_run_is_named_by_its_folder(run):
    assert run.id == run.folder.name
    assert re.fullmatch(r"[a-z0-9]{12}", run.id)


def test_new_runs_get_folders_of_their_own(tmp_path):
    folders = {runs.new_folder(tmp_path) for _ in range(50)}
    assert len(folders) == 50
    assert {folder.parent for folder in folders} == {tmp_path}


def test_a_run_may_start_in_an_empty_folder_but_never_in_anothers(tmp_path):
    run = Run.create(CONFIG, tmp_path)
    run.append(0, {"loss": 1.0})
    with pytest.raises(ModelError, match="expected a new folder"):
        Run.create(TrainConfig(seed=1), tmp_path)
    assert TrainConfig.from_json((tmp_path / "config.json").read_text()) == CONFIG
    assert len(history_of(run)) == 1


def test_the_history_grows_by_a_line_an_epoch(run):
    run.append(0, {"loss": np.float32(0.5), "val_loss": 0.25})
    assert history_of(run) == [{"epoch": 0, "loss": 0.5, "val_loss": 0.25}]
    run.append(1, {"loss": 0.25, "val_loss": 0.125})
    assert [line["epoch"] for line in history_of(run)] == [0, 1]


def test_a_finished_run_keeps_its_model(run):
    weights = {"latent.bias": np.ones(2, np.float32)}
    run.finish(models.Model("x", {"name": run.id}, CONFIG, weights, []), "finished")
    assert state_of(run) == "finished"
    model = runs.load_model(run.folder)
    assert (model.name, model.card, model.config) == (run.id, {"name": run.id}, CONFIG)
    np.testing.assert_array_equal(model.tensors["latent.bias"], weights["latent.bias"])


def test_a_run_without_a_model_says_so(run):
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        runs.load_model(run.folder)
