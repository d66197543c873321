"""What version 0.2.0 wrote and linked to keeps working: its run folders, zips, weights, URLs.

`0.2.0/` holds what the code of that version made: in `runs/` one training of a tiny tutorial
network that finished, one that was stopped in the middle of its second epoch, one that failed,
one in the queue, one whose terminal was killed, and one of the U-Net as it was then; a zip of
the first; and of two weights files, whose tensors would be large, the metadata and the shapes.
Left out are copies that nothing reads: `model.keras`, older checkpoints, the failed run's weights.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from engine_tools import IdleEngine
from safetensors.numpy import save
from streamlit.testing.v1 import AppTest

from denoiser.classroom import lessons
from denoiser.cli.main import main
from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data.filters import FILTERS
from denoiser.engine import client
from denoiser.errors import ModelError
from denoiser.jobs import archive
from denoiser.models import imported
from denoiser.models import store as models
from denoiser.runs.run import CARD, SAMPLES, WEIGHTS
from denoiser.runs.store import HOME_VARIABLE, RunStore
from denoiser.ui.pages.compare.request import ComparisonRequest
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.state import Settings

MADE = Path(__file__).parent / "0.2.0"
APP = Path(__file__).parents[2] / "app.py"
FINISHED, STOPPED, FAILED = "finished0020", "stopped00020", "failed000020"
QUEUED, KILLED, UNET = "queued000020", "killed000020", "unet00000020"
NAMES = {FINISHED, STOPPED, FAILED, QUEUED, KILLED, UNET}
CONFIG = TrainConfig(
    network="tutorial", filters=(1,), latent_dim=1, data="bundled", limit=96, epochs=2,
    fresh_noise=True, growing_noise=False, optimizer="adam", learning_rate=3e-3,
    schedule="one-cycle",
)  # fmt: skip
STEPS, EPOCHS = 6, 2
BLACK = "diverged: it answers every digit with a black picture. The learning rate is too high."
MODELS = ["tutorial", "unet", "unet-any", "plain"]
OFFERED = [*MODELS, FINISHED, *FILTERS]
# Not of 0.2.0, but handed out to classes before the next version.
LESSONS = (
    "what-noise-is", "why-it-can-be-undone", "through-the-bottleneck", "training-on-noise",
    "when-it-fails", "learned-by-heart", "reading-machines",
)  # fmt: skip


@pytest.fixture
def store(tmp_path):
    """A folder of runs as version 0.2.0 left it."""
    shutil.copytree(MADE / "runs", tmp_path / "runs")
    return RunStore(tmp_path / "runs")


def weights(name, path):
    """Write the weights file of that name, with zeros for its numbers; return its bytes."""
    made = json.loads((MADE / f"{name}.json").read_text(encoding="utf-8"))
    tensors = {name: np.zeros(shape, np.float32) for name, shape in made["shapes"].items()}
    path.write_bytes(save(tensors, made["metadata"]))
    return path.read_bytes()


def both(run, other):
    """Return pairs of the same tensor in two runs' models."""
    ours, theirs = run.model().tensors, other.model().tensors
    assert ours.keys() == theirs.keys()
    return [(ours[name], theirs[name]) for name in ours]


# Run folders


def test_all_its_runs_are_listed_and_the_queue_goes_on(store):
    assert {run.id for run in store.runs()} == NAMES
    assert [run.id for run in store.queue()] == [QUEUED]


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        (FINISHED, "finished", ""),
        (STOPPED, "stopped", "Stopped by request."),
        (FAILED, "failed", BLACK),
        (QUEUED, "queued", ""),
        (KILLED, "stopped", "Its terminal ended before it did."),
        (UNET, "finished", ""),
    ],
)
def test_a_status_says_the_state_and_the_reason(store, name, state, reason):
    status = store.run(name).status()
    assert (status.state, str(status.reason or "")) == (state, reason)


def test_a_failed_run_still_says_what_would_help(store):
    assert store.run(FAILED).status().fix == {"learning_rate": 0.1}


def test_settings_that_did_not_exist_have_the_values_that_were_fixed_then(store):
    assert store.run(FINISHED).config == CONFIG


def test_the_history_has_each_step_and_each_epoch(store):
    history = store.run(FINISHED).history()
    assert [step.step for step in history.steps] == list(range(1, STEPS + 1))
    assert [epoch.epoch for epoch in history.epochs] == list(range(1, EPOCHS + 1))
    assert history.best == history.epochs[-1]


def test_the_snapshots_show_their_digits_and_hold_their_weights(store):
    run = store.run(FINISHED)
    assert run.snapshots() == [0, 1, 2]
    for samples in (run.noisy_samples(), run.clean_samples(), *map(run.samples, run.snapshots())):
        assert (samples.shape, samples.dtype) == ((SAMPLES, 28, 28), np.uint8)
    last = run.snapshot(EPOCHS).tensors
    assert all(np.array_equal(last[name], tensor) for name, tensor in run.model().tensors.items())


def test_the_model_denoises_what_its_last_snapshot_shows(store):
    from denoiser.nn import inference

    run = store.run(FINISHED)
    denoised = inference.denoise(inference.to_keras(run.model()), run.noisy_samples() / 255.0)
    # The samples were denoised before they were rounded to whole grey levels.
    np.testing.assert_allclose(denoised, run.samples(2) / 255.0, atol=0.01)


def test_a_model_on_the_command_line_is_scored_as_its_card_says(store, capsys):
    run = store.run(FINISHED)
    assert main(["evaluate", "--model", str(run.folder), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)["denoised"]
    kept = json.loads((run.folder / CARD).read_text())["scores"]
    assert scores["mse"] == pytest.approx(kept["mse"], abs=1e-5)
    assert scores["reading_accuracy"] == pytest.approx(kept["reading_accuracy"], abs=0.005)


@pytest.mark.slow
def test_a_stopped_run_goes_on_in_the_middle_of_its_epoch(store):
    from denoiser.jobs import train_run

    run = store.run(STOPPED)
    before = run.history()
    assert [step.step for step in before.steps] == [1, 2, 3, 4]
    store.resume(run)
    train_run.train_run(run)
    history = run.history()
    assert run.status().state == "finished", run.status().reason
    assert (history.steps[:4], history.epochs[:1]) == (before.steps, before.epochs)
    assert [step.step for step in history.steps] == list(range(1, STEPS + 1))
    # The weights are those of the training that nothing stopped then.
    for tensor, expected in both(run, store.run(FINISHED)):
        np.testing.assert_allclose(tensor, expected, atol=1e-6)


def test_weights_of_the_unet_as_it_was_are_told_to_be_of_another_network(store):
    from denoiser.nn import inference

    run = store.run(UNET)
    content = weights("unet", run.folder / WEIGHTS)
    assert run.status().state == "finished"
    assert run.history().epochs
    with pytest.raises(ModelError):
        inference.to_keras(run.model())
    with pytest.raises(ModelError):
        inference.from_imported(imported.read(content))


# Files


@pytest.mark.slow
def test_its_zip_becomes_the_run_that_it_was_made_of(store, tmp_path):
    home = tmp_path / "other"
    home.mkdir()
    content = (MADE / f"{FINISHED}.zip").read_bytes()
    opened, run = RunStore(home).run(archive.unpack(str(home), content)), store.run(FINISHED)
    assert opened.id == run.id
    assert opened.config == run.config
    assert opened.history() == run.history()
    assert opened.status().state == "finished"
    assert np.array_equal(opened.samples(2), run.samples(2))
    assert all(np.array_equal(tensor, expected) for tensor, expected in both(opened, run))


def test_its_weights_can_be_brought_to_the_lab(store):
    content = (store.run(FINISHED).folder / WEIGHTS).read_bytes()
    brought = imported.read(content)
    assert brought.config == CONFIG
    assert brought.tensors.keys() == store.run(FINISHED).model().tensors.keys()


def test_the_network_that_was_called_reader_is_a_classifier_of_ten_classes(tmp_path):
    from denoiser.nn import inference

    path = tmp_path / "reader.safetensors"
    weights("reader", path)
    model = models.load_files(path, path.with_suffix(".json"))
    assert model.config.network == CLASSIFIER
    with pytest.raises(ModelError, match="do not fit the network classifier") as refused:
        inference.to_keras(model)
    assert "got float32 (3136, 10)" in refused.value.detail


# Pages


@pytest.fixture
def opened(store, monkeypatch):
    """A function that opens a page with a query, in a lab that has the old runs."""
    monkeypatch.setenv(HOME_VARIABLE, str(store.folder))
    monkeypatch.setattr(client, "Engine", IdleEngine)
    st.cache_resource.clear()

    def open_page(page=None, **query):
        app = AppTest.from_file(str(APP), default_timeout=30)
        if page:
            app.switch_page(page)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    yield open_page
    st.cache_resource.clear()


def texts(page):
    return " ".join(str(element.value) for element in (*page.markdown, *page.caption, *page.error,
                                                       *page.info, *page.warning))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (FINISHED, "Digits"),
        (STOPPED, "Stopped by request."),
        (FAILED, BLACK),
        (KILLED, "Its terminal ended before it did."),
        (UNET, "Loss"),
    ],
)
def test_a_link_to_a_run_shows_it(opened, name, told):
    assert told in texts(opened("pages/1_Train.py", run=name))


def test_the_train_page_has_a_link_to_each_run(opened):
    lists = " ".join(element.proto.body for element in opened("pages/1_Train.py").get("html"))
    for name in NAMES:
        assert f"run={name}" in lists


@pytest.mark.parametrize("model", [FINISHED, STOPPED, f"{FINISHED}@1"])
def test_a_link_to_a_runs_model_shows_it_in_the_live_panel(opened, model):
    page = opened(model=model)
    assert not page.warning
    sent = next(c.proto.bytes for c in page.get("bidi_component") if c.proto.HasField("bytes"))
    assert f'\\"model\\": \\"{model}\\"'.encode() in sent


# URLs: what the code of 0.2.0 read in each


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ("tutorial", 113, 0.5, 0.5, 42)),
        ({"model": "unet"}, ("unet", 113, 0.5, 0.5, 42)),
        ({"model": "tutorial", "digit": "5", "mean": "0.3", "std": "0.7", "seed": "3"},
         ("tutorial", 5, 0.3, 0.7, 3)),
        ({"model": "plain", "digit": "199", "seed": "4294967295"},
         ("plain", 199, 0.5, 0.5, 4294967295)),
        ({"mean": "0", "std": "1"}, ("tutorial", 113, 0.0, 1.0, 42)),
        ({"mean": "0.333", "std": "2", "digit": "200", "seed": "-1", "model": "reader"},
         ("tutorial", 113, 0.33, 0.5, 42)),
    ],
)  # fmt: skip
def test_a_link_to_the_live_panel_means_what_it_meant(query, expected):
    model, digit, mean, std, seed = expected
    noise = Noise("gaussian", {"mean": mean, "std": std})
    assert Settings.parse(query, MODELS) == Settings(model, digit, noise, seed)


@pytest.mark.parametrize(
    ("query", "names", "mean", "std"),
    [
        ({}, ("tutorial", "unet", "median", "total-variation"), 0.5, 0.5),
        ({"names": "unet,wavelet"}, ("unet", "wavelet"), 0.5, 0.5),
        ({"names": f"{FINISHED},tutorial,median", "mean": "0.2", "std": "0.9"},
         (FINISHED, "tutorial", "median"), 0.2, 0.9),
        ({"names": ""}, (), 0.5, 0.5),
        ({"names": "gone00000020,unet"}, ("unet",), 0.5, 0.5),
        ({"names": "non-local-means,gaussian,plain,unet,tutorial"},
         ("non-local-means", "gaussian", "plain", "unet"), 0.5, 0.5),
    ],
)  # fmt: skip
def test_a_link_to_a_comparison_means_what_it_meant(query, names, mean, std):
    noise = Noise("gaussian", {"mean": mean, "std": std})
    assert ComparisonRequest.parse(query, OFFERED) == ComparisonRequest(names, noise)


def test_the_lessons_that_links_name_are_there():
    shipped, _problems = lessons.lessons()
    assert {lesson.name for lesson in shipped} >= set(LESSONS)
