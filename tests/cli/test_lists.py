"""`models` and `runs`: what there is, for people and as JSON."""

import json
from dataclasses import replace

import pytest

from denoiser.cli.main import main
from denoiser.config import RECIPES
from denoiser.errors import RunError
from denoiser.models import store as models
from denoiser.runs import names
from denoiser.runs.history import Epoch
from denoiser.runs.run import Run
from denoiser.runs.store import RunStore


def test_models_lists_each_model_with_its_card(capsys):
    assert main(["models", "--json"]) == 0
    assert [card["name"] for card in json.loads(capsys.readouterr().out)] == models.names()
    assert main(["models"]) == 0
    printed = capsys.readouterr().out
    for name in models.names():
        card = models.load(name).card
        for words in (f"{name}: {card['title']}", card["scores"]["command"]):
            assert words in printed


# runs


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with an old run that finished and a new one that waits."""
    monkeypatch.setenv("DENOISER_HOME", str(tmp_path))
    old = Run.create(RECIPES["quick"], tmp_path / ("a" * 12), created=1e9, state="finished")
    for epoch, val_loss in enumerate((0.05, 0.03, 0.04), 1):
        old.append(Epoch(epoch, 0.1, val_loss, 1e9 + epoch))
    Run.create(replace(RECIPES["tutorial"], epochs=7), tmp_path / ("b" * 12), created=2e9)
    return RunStore(tmp_path)


def test_runs_are_listed_newest_first_with_what_they_reached(home, capsys):
    assert main(["runs"]) == 0
    head, new, old = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "state", "network", "epochs", "val_loss", "when", "name"]
    assert new.split()[:5] == ["b" * 12, "queued", "tutorial", "0/7", "-"]
    assert old.split()[:5] == ["a" * 12, "finished", "unet", "3/8", "0.0300"]
    assert old.split()[5].startswith("2001-09-")
    assert new.endswith("Tutorial · 7 epochs")
    assert old.endswith("Quick")


def test_a_run_gets_a_name_and_loses_it(home, capsys):
    assert main(["rename", "b" * 12, "Anna's"]) == 0
    assert names.given(home.run("b" * 12)) == "Anna's"
    assert main(["rename", str(home.folder / ("b" * 12)), ""]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{'b' * 12}: Tutorial · 7 epochs"
    assert main(["rename", "b" * 12, "x" * 61]) == 2
    assert main(["rename", "c" * 12, "x"]) == 2


def test_runs_are_listed_as_json(home, capsys):
    home.run("b" * 12).update(state="failed", reason=RunError("too hot"))
    assert main(["runs", "--json"]) == 0
    new, old = json.loads(capsys.readouterr().out)
    assert (new["id"], new["state"], new["reason"]) == ("b" * 12, "failed", "too hot")
    assert (new["epochs"], new["epochs_asked"], new["val_loss"]) == (0, 7, None)
    assert (old["network"], old["epochs"], old["val_loss"]) == ("unet", 3, 0.03)


def test_a_run_that_a_device_trained_says_so(home, capsys):
    home.run("a" * 12).update(device=True)
    assert main(["runs"]) == 0
    _, new, old = capsys.readouterr().out.splitlines()
    assert new.endswith("Tutorial · 7 epochs")
    assert old.endswith("Quick (on a device)")
    assert main(["runs", "--json"]) == 0
    assert [run["device"] for run in json.loads(capsys.readouterr().out)] == [False, True]


def test_a_damaged_run_hides_no_other(home, capsys):
    (home.folder / ("b" * 12) / "config.json").write_text("{")
    assert main(["runs", "--json"]) == 0
    assert [run["id"] for run in json.loads(capsys.readouterr().out)] == ["a" * 12]


def test_no_runs_are_no_accident_and_make_no_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DENOISER_HOME", str(tmp_path / "none"))
    assert main(["runs"]) == 0
    assert capsys.readouterr().out == f"no runs in {tmp_path / 'none'}\n"
    assert main(["runs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert not (tmp_path / "none").exists()
