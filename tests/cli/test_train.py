"""`train`: its pictures, its run folder, its settings, Ctrl-C, and going on."""

import contextlib
import dataclasses
import io
import json
import os
import signal
import sys

import numpy as np
import pytest
from PIL import Image

from denoiser.cli import progress
from denoiser.cli.main import main
from denoiser.config import RECIPES, TrainConfig
from denoiser.errors import ConfigError
from denoiser.jobs import train_run
from denoiser.nn import inference, training
from denoiser.runs.run import Run
from denoiser.runs.store import RunStore


def picture(path):
    with Image.open(path) as opened:
        return np.asarray(opened)


def json_in(path):
    return json.loads(path.read_text(encoding="utf-8"))


# train


def test_training_writes_the_tutorials_two_pictures(trained):
    assert trained.code == 0
    assert picture(trained.folder / "output.png").shape == (8 * 28, 2 * 28)
    plot = picture(trained.folder / "plot.png")
    assert min(plot.shape[:2]) > 200
    assert plot.min() < plot.max()


def test_the_output_picture_shows_noisy_test_digits_and_what_the_kept_model_makes_of_them(
    trained, held_out
):
    model = Run(trained.run).model()
    noisy = training.validation_noise(model.config, held_out.clean[:12])[:8]
    denoised = inference.denoise(inference.to_keras(model), noisy)
    shown = picture(trained.folder / "output.png") / 255
    np.testing.assert_allclose(shown[:, :28], noisy.reshape(-1, 28), atol=1.01 / 255)
    np.testing.assert_allclose(shown[:, 28:], denoised.reshape(-1, 28), atol=1.01 / 255)


def test_a_run_folder_is_complete(trained, data):
    asked = TrainConfig.from_json((trained.run / "config.json").read_text())
    assert asked == dataclasses.replace(
        RECIPES["tutorial"], epochs=2, data=str(data), filters=(2,), latent_dim=2, batch_size=16
    )
    assert Run(trained.run).status().state == "finished"
    assert [epoch.epoch for epoch in Run(trained.run).history().epochs] == [1, 2]
    card = json_in(trained.run / "card.json")
    assert card["name"] == trained.run.name
    assert len(card["history"]["loss"]) == len(card["history"]["val_loss"]) == 2


def test_training_prints_the_losses_of_each_epoch_and_where_things_are(trained):
    card = json_in(trained.run / "card.json")
    for epoch, (loss, val_loss) in enumerate(zip(*card["history"].values(), strict=True), 1):
        assert f"epoch {epoch}/2: loss {loss:.4f}, val_loss {val_loss:.4f}" in trained.out
    for name in ("output.png", "plot.png", trained.run.name):
        assert name in trained.out


def test_the_progress_bar_shows_loss_rate_and_images(trained):
    last = trained.err.split("\r")[-1]
    assert "80/80" in last
    assert "images/s" in last
    assert "val_loss" in last


def test_there_is_no_bar_where_there_is_no_terminal(capsys):
    with progress.Progress(10, 5, 2) as bar:
        bar.step(0, 1, 0.5)
        bar.epoch(0, {"loss": 0.5, "val_loss": 0.25})
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out == "epoch 1/2: loss 0.5000, val_loss 0.2500\n"


@pytest.mark.slow
def test_ctrl_c_ends_a_training_early_and_keeps_what_was_learned(
    tmp_path, tiny, monkeypatch, capsys
):
    before = signal.getsignal(signal.SIGINT)
    step = progress.Progress.step

    def step_and_press_once(self, epoch, number, loss):
        step(self, epoch, number, loss)
        if (epoch, number) == (1, 1):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(progress.Progress, "step", step_and_press_once)
    run = tmp_path / "mine"
    output, plot = tmp_path / "some.png", tmp_path / "curves.png"
    asked = ["--epochs", "9", "--run-dir", str(run), *tiny]
    assert main(["train", "-s", "3", "-o", str(output), "-p", str(plot), *asked]) == 0
    assert "stopping after this step" in capsys.readouterr().out
    assert Run(run).status().state == "stopped"
    model = Run(run).model()
    assert len(model.card["history"]["loss"]) == len(model.card["history"]["val_loss"]) == 1
    assert picture(output).shape == (3 * 28, 2 * 28)
    assert plot.is_file()
    assert signal.getsignal(signal.SIGINT) == before


def test_a_second_ctrl_c_stops_at_once():
    interrupt = progress.Interrupt()
    with interrupt.listening():
        signal.raise_signal(signal.SIGINT)
        assert interrupt.requested
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def then(after, function):
    """A function that is done before another thing is."""

    def both(*arguments):
        function(*arguments)
        after()

    return both


@pytest.mark.slow
def test_a_path_that_no_terminal_can_show_is_no_accident(tmp_path, data, tiny, monkeypatch):
    folder = tmp_path / os.fsdecode("zi\u7b26 caf".encode() + b"\xff")
    folder.mkdir()
    own = folder / data.name
    own.write_bytes(data.read_bytes())
    printed = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", printed)
    pictures = ["-o", str(folder / "o.png"), "-p", str(folder / "p.png")]
    run = ["--run-dir", str(folder / "run"), "--epochs", "1"]
    assert main(["train", "--data", str(own), *pictures, *run, *tiny[2:]]) == 0
    said = printed.buffer.getvalue().decode("ascii")
    assert "zi\\u7b26 caf\\udcff" in said
    assert Run(folder / "run").model().config.data == str(own)
    assert main(["evaluate", "--model", str(folder / "run"), "--data", str(own)]) == 0


@pytest.mark.slow
def test_a_training_goes_on_when_nobody_reads_what_it_says(tmp_path, tiny, monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    gone = io.TextIOWrapper(os.fdopen(writing, "wb", 0), encoding="utf-8", write_through=True)
    monkeypatch.setattr(sys, "stdout", gone)
    pictures = ["-o", str(tmp_path / "o.png"), "-p", str(tmp_path / "p.png")]
    asked = ["--run-dir", str(tmp_path / "run"), "--epochs", "2", *pictures, *tiny]
    assert main(["train", *asked]) == 0
    assert Run(tmp_path / "run").status().state == "finished"
    assert (tmp_path / "o.png").is_file()


@pytest.mark.slow
def test_what_was_learned_is_kept_even_if_a_picture_cannot_be_written(
    tmp_path, tiny, monkeypatch, capsys
):
    run, output = tmp_path / "run", tmp_path / "pictures" / "output.png"
    output.parent.mkdir()
    monkeypatch.setattr(train_run, "train_run", then(output.parent.rmdir, train_run.train_run))
    asked = ["--run-dir", str(run), "-o", str(output), "--epochs", "1", *tiny]
    assert main(["train", "-p", str(tmp_path / "plot.png"), *asked]) == 1
    printed = capsys.readouterr()
    assert "output.png" in printed.err
    assert f"run: {run}" in printed.out
    assert Run(run).status().state == "finished"
    assert Run(run).model().tensors


@pytest.mark.slow
def test_a_stopped_training_is_resumed_as_it_was_set(tmp_path, tiny, monkeypatch, capsys):
    monkeypatch.setenv("DENOISER_HOME", str(tmp_path))
    step = progress.Progress.step

    def step_and_press(self, epoch, number, loss):
        step(self, epoch, number, loss)
        signal.raise_signal(signal.SIGINT)

    pictures = ["-o", str(tmp_path / "output.png"), "-p", str(tmp_path / "plot.png")]
    with monkeypatch.context() as patch:
        patch.setattr(progress.Progress, "step", step_and_press)
        assert main(["train", *pictures, "--epochs", "2", *tiny]) == 0
    (run,) = RunStore(tmp_path).runs()
    assert run.status().state == "stopped"
    assert len(run.history().steps) == 1
    assert main(["train", *pictures, "--resume", run.id]) == 0
    assert run.status().state == "finished"
    assert [s.step for s in run.history().steps] == list(range(1, 7))
    assert main(["train", *pictures, "--resume", run.id]) == 2
    assert f"Run {run.id} is finished" in capsys.readouterr().err


def test_a_run_that_fails_is_explained_in_one_line(tmp_path, tiny, monkeypatch, capsys):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(training.Training, "fit", fail)
    flags = ["--run-dir", str(tmp_path / "run"), *tiny]
    pictures = ["-o", str(tmp_path / "output.png"), "-p", str(tmp_path / "plot.png")]
    assert main(["train", *pictures, *flags]) == 1
    assert "not enough memory" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("name", ["nothing", "../..", "a" * 12])
def test_only_a_run_that_exists_is_resumed(tmp_path, monkeypatch, capsys, name):
    monkeypatch.setenv("DENOISER_HOME", str(tmp_path))
    assert main(["train", "--resume", name]) == 2
    said = capsys.readouterr().err
    assert "training" in said
    assert name in said


@pytest.fixture
def asked_for(tmp_path, data, monkeypatch):
    """The settings that `train` with some flags would train with."""
    seen = []

    def refuse(run, *_):
        seen.append(run.config)
        raise ConfigError("seen enough")

    def asked_for(*flags):
        with contextlib.chdir(tmp_path):
            assert main(["train", *flags]) == 2
        return seen[-1]

    monkeypatch.setattr(train_run, "train_run", refuse)
    monkeypatch.setenv("DENOISER_MNIST", str(data))
    monkeypatch.setenv("DENOISER_HOME", str(tmp_path / "home"))
    return asked_for


def test_without_flags_the_training_is_the_tutorials(asked_for):
    assert asked_for() == RECIPES["tutorial"]
    assert (asked_for().epochs, asked_for().batch_size) == (25, 32)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_can_be_asked_for_by_name(asked_for, recipe):
    assert asked_for("--recipe", recipe) == RECIPES[recipe]


@pytest.mark.parametrize(
    ("flags", "changed"),
    [
        ("--network tutorial", {"network": "tutorial"}),
        ("--filters 8 16", {"filters": (8, 16)}),
        ("--latent-dim 3", {"latent_dim": 3}),
        ("--epochs 1", {"epochs": 1}),
        ("--batch-size 7", {"batch_size": 7}),
        ("--optimizer adam", {"optimizer": "adam"}),
        ("--learning-rate 0.01", {"learning_rate": 0.01}),
        ("--schedule constant", {"schedule": "constant"}),
        ("--no-fresh-noise", {"fresh_noise": False}),
        ("--growing-noise", {"growing_noise": True}),
        ("--noise gaussian", {"noise": "gaussian"}),
        ("--noise-mean 0.25", {"noise_parameters": {"mean": 0.25, "std": 0.5}}),
        (
            "--noise masking --noise-fraction 0.2",
            {"noise": "masking", "noise_parameters": {"fraction": 0.2}},
        ),
        ("--noise any", {"noise": "any", "noise_parameters": {"strength": 1.0}}),
        ("--noise-std 0", {"noise_parameters": {"mean": 0.5, "std": 0.0}}),
        ("--seed 5", {"seed": 5}),
        ("--data bundled", {"data": "bundled"}),
        ("--limit 9", {"limit": 9}),
    ],
)
def test_a_flag_replaces_one_setting_of_the_recipe(asked_for, flags, changed):
    expected = dataclasses.replace(RECIPES["best"], **changed)
    assert asked_for("--recipe", "best", *flags.split()) == expected


@pytest.mark.usefixtures("asked_for")
def test_runs_go_where_the_environment_says(tmp_path, asked_for):
    asked_for()
    assert [path.name for path in (tmp_path / "home").glob("*/config.json")] == ["config.json"]
