"""The command line: what each command writes and prints, and one clear line for bad input."""

import contextlib
import dataclasses
import io
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from denoiser import __version__, config
from denoiser.cli import progress
from denoiser.cli.commands import main
from denoiser.config import RECIPES, TrainConfig
from denoiser.data import filters
from denoiser.data.noise import KINDS
from denoiser.errors import ConfigError
from denoiser.jobs import train_run
from denoiser.models import store as models
from denoiser.nn import inference, training
from denoiser.runs.run import Run
from denoiser.runs.store import RunStore

ROOT = Path(__file__).resolve().parents[2]
TINY = ["--filters", "2", "--latent-dim", "2", "--batch-size", "16"]


@pytest.fixture(scope="module")
def data(tmp_path_factory, train_digits, held_out):
    """A file of 40 digits to train on and 12 to test."""
    path = tmp_path_factory.mktemp("data") / "digits.npz"
    np.savez(
        path,
        x_train=train_digits.images[:40], y_train=train_digits.labels[:40],
        x_test=held_out.images[:12], y_test=held_out.labels[:12],
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory, data):
    """What a tiny training leaves in the folder it was started in, and what it printed."""
    folder = tmp_path_factory.mktemp("trained")
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.delenv("DENOISER_HOME", raising=False)
        code = main(["train", "--epochs", "2", "--data", str(data), *TINY])
    runs_made = list((folder / "runs").iterdir())
    assert len(runs_made) == 1
    return SimpleNamespace(
        code=code, folder=folder, run=runs_made[0], out=out.getvalue(), err=err.getvalue()
    )


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


def test_ctrl_c_ends_a_training_early_and_keeps_what_was_learned(
    tmp_path, data, monkeypatch, capsys
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
    asked = ["--epochs", "9", "--data", str(data), "--run-dir", str(run), *TINY]
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


def test_what_was_learned_is_kept_even_if_a_picture_cannot_be_written(tmp_path, data, capsys):
    run, output = tmp_path / "run", tmp_path / "output.png"
    output.mkdir()
    asked = ["--data", str(data), "--run-dir", str(run), "-o", str(output), "--epochs", "1", *TINY]
    assert main(["train", "-p", str(tmp_path / "plot.png"), *asked]) == 2
    assert "output.png" in capsys.readouterr().err
    assert Run(run).status().state == "finished"
    assert Run(run).model().tensors


def test_a_stopped_training_is_resumed_as_it_was_set(tmp_path, data, monkeypatch, capsys):
    monkeypatch.setenv("DENOISER_HOME", str(tmp_path))
    step = progress.Progress.step

    def step_and_press(self, epoch, number, loss):
        step(self, epoch, number, loss)
        signal.raise_signal(signal.SIGINT)

    pictures = ["-o", str(tmp_path / "output.png"), "-p", str(tmp_path / "plot.png")]
    with monkeypatch.context() as patch:
        patch.setattr(progress.Progress, "step", step_and_press)
        assert main(["train", *pictures, "--epochs", "2", "--data", str(data), *TINY]) == 0
    (run,) = RunStore(tmp_path).runs()
    assert run.status().state == "stopped"
    assert len(run.history().steps) == 1
    assert main(["train", *pictures, "--resume", run.id]) == 0
    assert run.status().state == "finished"
    assert [s.step for s in run.history().steps] == list(range(1, 7))
    assert main(["train", *pictures, "--resume", run.id]) == 2
    assert "it is finished" in capsys.readouterr().err


def test_a_run_that_fails_is_explained_in_one_line(tmp_path, data, monkeypatch, capsys):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(train_run.Training, "fit", fail)
    flags = ["--data", str(data), "--run-dir", str(tmp_path / "run"), *TINY]
    pictures = ["-o", str(tmp_path / "output.png"), "-p", str(tmp_path / "plot.png")]
    assert main(["train", *pictures, *flags]) == 2
    assert "not enough memory" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("name", ["nothing", "../..", "a" * 12])
def test_only_a_run_that_exists_is_resumed(tmp_path, monkeypatch, capsys, name):
    monkeypatch.setenv("DENOISER_HOME", str(tmp_path))
    assert main(["train", "--resume", name]) == 2
    assert "run:" in capsys.readouterr().err


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


# denoise


@pytest.fixture
def array(tmp_path, noisy):
    """Six noisy digits in a file."""
    path = tmp_path / "noisy.npy"
    np.save(path, noisy[:6])
    return path


@pytest.fixture(scope="module")
def expected(trained, noisy):
    """What the trained model makes of those six."""
    return inference.denoise(inference.to_keras(Run(trained.run).model()), noisy[:6])


def denoise(path, output, model):
    return main(["denoise", str(path), str(output), "--model", str(model)])


def test_an_array_is_denoised_into_an_array(tmp_path, trained, array, expected):
    assert denoise(array, tmp_path / "out.npy", trained.run) == 0
    out = np.load(tmp_path / "out.npy")
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, expected, atol=1e-6)


def test_an_array_may_be_named_in_capitals(tmp_path, trained, array, expected):
    loud = array.rename(tmp_path / "NOISY.NPY")
    assert denoise(loud, tmp_path / "OUT.NPY", trained.run) == 0
    np.testing.assert_allclose(np.load(tmp_path / "OUT.NPY"), expected, atol=1e-6)


def test_an_array_is_denoised_into_a_picture_with_a_digit_a_row(tmp_path, trained, array, expected):
    assert denoise(array, tmp_path / "out.png", trained.run) == 0
    shown = picture(tmp_path / "out.png") / 255
    np.testing.assert_allclose(shown, expected.reshape(-1, 28), atol=0.51 / 255)


def test_a_grid_of_digits_is_denoised_into_the_same_grid(tmp_path, trained, noisy):
    pixels = np.rint(noisy[:6] * 255).astype(np.uint8)
    grid = np.vstack([np.hstack(pixels[:3]), np.hstack(pixels[3:])])
    Image.fromarray(grid).save(tmp_path / "grid.png")
    assert denoise(tmp_path / "grid.png", tmp_path / "out.png", trained.run) == 0
    network = inference.to_keras(Run(trained.run).model())
    digits = inference.denoise(network, pixels.astype(np.float32) / 255)
    shown = picture(tmp_path / "out.png") / 255
    assert shown.shape == (2 * 28, 3 * 28)
    for i, digit in enumerate(digits):
        row, column = divmod(i, 3)
        tile = shown[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
        np.testing.assert_allclose(tile, digit, atol=0.51 / 255)


def test_a_shipped_model_denoises_from_the_command_line(tmp_path, held_out, array):
    assert denoise(array, tmp_path / "out.npy", "unet") == 0
    error = np.square(np.load(tmp_path / "out.npy") - held_out.clean[:6]).mean()
    assert error < 0.03


# evaluate and models


def evaluated(capsys, *flags):
    assert main(["evaluate", *map(str, flags), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_evaluation_is_printed_as_json(trained, data, capsys):
    result = evaluated(capsys, "--model", trained.run, "--data", data, "--noise-std", 0.25)
    assert result["noise"] == {"kind": "gaussian", "mean": 0.5, "std": 0.25, "seed": 0}
    for scores in (result["noisy"], result["denoised"]):
        assert scores["count"] == 12
        assert set(scores) == {"mse", "psnr", "ssim", "reading_accuracy", "count"}


def test_an_evaluation_repeats_for_a_seed(trained, data, capsys):
    asked = ["--model", trained.run, "--data", data]
    first = evaluated(capsys, *asked, "--seed", 1)
    assert evaluated(capsys, *asked, "--seed", 1) == first
    assert evaluated(capsys, *asked, "--seed", 2)["noisy"] != first["noisy"]


def test_an_evaluation_is_printed_as_a_table(trained, data, capsys):
    assert main(["evaluate", "--model", str(trained.run), "--data", str(data)]) == 0
    head, noisy, denoised = capsys.readouterr().out.splitlines()
    assert head.split() == ["MSE", "PSNR", "dB", "SSIM", "read"]
    assert noisy.split()[0] == "noisy"
    assert denoised.split()[0] == "denoised"


def test_unlabelled_digits_have_no_reading_accuracy(trained, tmp_path, held_out, capsys):
    np.savez(tmp_path / "x.npz", x_test=held_out.images[:5])
    assert main(["evaluate", "--model", str(trained.run), "--data", str(tmp_path / "x.npz")]) == 0
    assert all(line.split()[-1] == "-" for line in capsys.readouterr().out.splitlines()[1:])


def test_the_classifier_is_evaluated_on_clean_digits(data, capsys):
    result = evaluated(capsys, "--model", "classifier", "--data", data)
    assert result["count"] == 12
    assert result["reading_accuracy"] > 0.8


def test_models_lists_each_model_with_its_card(capsys):
    assert main(["models", "--json"]) == 0
    assert [card["name"] for card in json.loads(capsys.readouterr().out)] == models.names()
    assert main(["models"]) == 0
    printed = capsys.readouterr().out
    for name in models.names():
        card = models.load(name).card
        for words in (f"{name}: {card['title']}", card["scores"]["command"]):
            assert words in printed


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == __version__


# Bad input


@pytest.fixture(scope="module")
def place(tmp_path_factory, trained, data):
    """A folder of files that are wrong in one way each; `{name}` in a command names them."""
    folder = tmp_path_factory.mktemp("wrong")
    grey = np.full((3, 28, 28), 0.5, np.float32)
    np.save(folder / "good.npy", grey)
    np.save(folder / "size.npy", grey[:, :27])
    np.save(folder / "one.npy", grey[0])
    np.save(folder / "none.npy", grey[:0])
    np.save(folder / "bytes.npy", (grey * 255).astype(np.uint8))
    np.save(folder / "bright.npy", grey * 255)
    np.save(folder / "nan.npy", grey * np.nan)
    np.save(folder / "objects.npy", np.array([{}] * 3, dtype=object))
    (folder / "text.npy").write_text("0.5")
    (folder / "empty.npy").write_bytes(b"")
    (folder / "cut.npy").write_bytes((folder / "good.npy").read_bytes()[:999])
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 28, 28), }" % 10**30
    size = len(header).to_bytes(2, "little")
    (folder / "huge.npy").write_bytes(b"\x93NUMPY\x01\x00" + size + header)
    (folder / "zip.npy").write_bytes(data.read_bytes())
    (folder / "text.png").write_text("a picture")
    Image.new("L", (30, 28)).save(folder / "size.png")
    (folder / "damaged").mkdir()
    (folder / "damaged" / "model.safetensors").write_bytes(b"\0" * 100)
    return {"dir": folder, "run": trained.run, "data": data}


BAD_INPUT = [
    ("train --data {dir}/none.npz", "none.npz"),
    ("train --data {dir}/text.png", "text.png"),
    ("train --data {data} --epochs 0", "epochs: expected .* got 0"),
    ("train --data {data} --limit 0", "limit: expected .* got 0"),
    ("train --data {data} --batch-size 0", "batch_size: expected .* got 0"),
    ("train --data {data} --seed -1", "seed: expected .* got -1"),
    ("train --data {data} --learning-rate 0", "learning_rate: expected .* got 0"),
    ("train --data {data} --learning-rate nan", "learning_rate: expected .* got nan"),
    ("train --data {data} --noise-mean 2", "mean: expected .* got 2"),
    ("train --data {data} --noise masking --noise-mean 0", r"masking.*'fraction'.* got .'mean'"),
    ("train --data {data} --noise-std nan", "std: expected .* got nan"),
    ("train --data {data} --filters 0", "filters: expected .* got 0"),
    ("train --data {data} --filters 8 8 8", "multiple of 8"),
    ("train --data {data} --latent-dim 0", "latent_dim: expected .* got 0"),
    ("train --data {data} -s 0", "--samples: expected .* got 0"),
    ("train --data {data} -o {dir}/picture.txt", r"picture\.txt: expected a name that ends in"),
    ("train --data {data} -o {dir}/none/output.png", "expected a folder that exists"),
    ("train --data {data} -p {dir}/plot", "plot: expected a name that ends in"),
    ("train --data {data} -p {dir}/plot.bmp", r"plot\.bmp: expected a name that ends in"),
    ("train --data {data} --run-dir {run}", "expected a new folder"),
    ("denoise {dir}/missing.npy {dir}/out.npy --model {run}", r"missing\.npy"),
    ("denoise {dir}/size.npy {dir}/out.npy --model {run}", r"got \(3, 27, 28\)"),
    ("denoise {dir}/one.npy {dir}/out.npy --model {run}", r"got \(28, 28\)"),
    ("denoise {dir}/none.npy {dir}/out.npy --model {run}", r"none\.npy: expected"),
    ("denoise {dir}/bytes.npy {dir}/out.npy --model {run}", "expected floats .* got uint8"),
    ("denoise {dir}/bright.npy {dir}/out.npy --model {run}", r"in \[0, 1\]"),
    ("denoise {dir}/nan.npy {dir}/out.npy --model {run}", r"in \[0, 1\]"),
    ("denoise {dir}/objects.npy {dir}/out.npy --model {run}", r"objects\.npy: expected"),
    ("denoise {dir}/text.npy {dir}/out.npy --model {run}", r"text\.npy: expected"),
    ("denoise {dir}/empty.npy {dir}/out.npy --model {run}", r"empty\.npy: expected"),
    ("denoise {dir}/cut.npy {dir}/out.npy --model {run}", r"cut\.npy: expected"),
    ("denoise {dir}/huge.npy {dir}/out.npy --model {run}", r"huge\.npy: expected"),
    ("denoise {dir}/zip.npy {dir}/out.npy --model {run}", r"zip\.npy: expected"),
    ("denoise {dir}/text.png {dir}/out.npy --model {run}", r"text\.png: expected a readable"),
    ("denoise {dir}/size.png {dir}/out.npy --model {run}", "28x28 pixels .* got 30x28"),
    ("denoise {dir} {dir}/out.npy --model {run}", "expected a readable"),
    ("denoise {dir}/good.npy {dir}/out.txt --model {run}", r"out\.txt: expected a name"),
    ("denoise {dir}/good.npy {dir}/none/out.png --model {run}", "expected a folder that exists"),
    ("denoise {dir}/good.npy {dir}/none/out.npy --model {run}", "expected a folder that exists"),
    ("denoise {dir}/good.npy {dir}/out.npy --model nobody", "expected one of: .* got 'nobody'"),
    ("denoise {dir}/good.npy {dir}/out.npy --model ../reader", "expected one of: "),
    ("denoise {dir}/good.npy {dir}/out.npy --model classifier", "expected one that denoises"),
    ("denoise {dir}/good.npy {dir}/out.npy --model {dir}", "expected one that has made a model"),
    ("denoise {dir}/good.npy {dir}/out.npy --model {dir}/damaged", r"model\.safetensors: expected"),
    ("evaluate --model nobody", "expected one of: .* got 'nobody'"),
    ("evaluate --model {run} --data {dir}/none.npz", r"none\.npz"),
    ("evaluate --model {run} --noise-std 5", "std: expected .* got 5"),
    ("evaluate --model {run} --seed -1", "--seed: expected .* got -1"),
    ("ship nobody", "expected names among .* got .*nobody"),
]


@pytest.mark.parametrize(("command", "words"), BAD_INPUT)
def test_bad_input_ends_with_one_clear_line_and_leaves_nothing(
    place, command, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DENOISER_HOME", raising=False)
    monkeypatch.setattr(training, "train", lambda *_: pytest.fail("it started to train"))
    before = set(place["dir"].iterdir())
    code = main([word.format(**place) for word in command.split()])
    printed = capsys.readouterr()
    assert code == 2
    lines = printed.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("denoiser: ")
    assert re.search(words, lines[0])
    assert not printed.out
    assert not list(tmp_path.iterdir())
    assert set(place["dir"].iterdir()) == before


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "required: COMMAND"),
        ("fly", "invalid choice: 'fly'"),
        ("train --epochs many", "--epochs: invalid int value: 'many'"),
        ("train --network classifier", "--network: invalid choice: 'classifier'"),
        ("train --recipe slow", "--recipe: invalid choice: 'slow'"),
        ("train --wings 2", "unrecognized arguments: --wings 2"),
        ("denoise in.npy", "required: output, --model"),
        ("evaluate", "required: --model"),
    ],
)
def test_a_wrong_flag_ends_with_its_usage_and_one_clear_line(command, words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(command.split())
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("usage: python -m denoiser")
    assert words in lines[-1]


def test_the_exit_code_reaches_the_shell():
    done = subprocess.run(
        [sys.executable, "-m", "denoiser", "evaluate", "--model", "nobody"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout


def test_every_setting_has_a_flag(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = capsys.readouterr().out
    for field in dataclasses.fields(config.TrainConfig):
        if field.name != "noise_parameters":
            assert f"--{field.name.replace('_', '-')}" in shown


# worker


def test_a_worker_wants_to_know_of_which_cluster(capsys):
    assert main(["worker"]) == 2
    assert "tcp://host:8786" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--training", "-1"], ["--training", "0", "--inference", "0"]])
def test_a_worker_that_would_do_nothing_is_refused(capsys, flags):
    assert main(["worker", "tcp://127.0.0.1:1", *flags]) == 2
    assert "worker: expected" in capsys.readouterr().err


# map


def test_map_scores_everybody_under_every_noise(data, tmp_path, monkeypatch):
    monkeypatch.setattr(filters, "FILTERS", {"median": filters.FILTERS["median"]})
    monkeypatch.setattr(models, "names", lambda _folder=None: ["classifier", "tutorial"])
    assert main(["map", "--data", str(data), "-o", str(tmp_path / "map.json")]) == 0
    made = json_in(tmp_path / "map.json")
    assert made["command"] == f"python -m denoiser map --data {data}"
    assert made["digits"] == 12
    assert set(made["scores"]) == {"noisy", "median", "tutorial"}
    assert set(made["scores"]["tutorial"]) == set(KINDS)


def test_map_wants_digits_with_labels(tmp_path, held_out, capsys):
    np.savez(tmp_path / "x.npz", x_test=held_out.images[:5])
    code = main(["map", "--data", str(tmp_path / "x.npz"), "-o", str(tmp_path / "map.json")])
    assert code == 2
    assert "expected digits with labels" in capsys.readouterr().err
