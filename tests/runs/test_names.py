"""What runs are called."""

from dataclasses import dataclass, replace

import pytest

from denoiser.config import RECIPES, SETTINGS, TrainConfig, setting
from denoiser.errors import RunError
from denoiser.runs import names
from denoiser.runs.run import Run


@pytest.fixture
def run(tmp_path):
    config = TrainConfig(latent_dim=4, epochs=8)
    return Run.create(config, tmp_path / "abcdefghijkl", state="finished")


@pytest.mark.parametrize(
    ("config", "title"),
    [
        (TrainConfig(latent_dim=4, epochs=8), "Tutorial · latent 4 · 8 epochs"),
        (TrainConfig(filters=(8, 16)), "Tutorial · filters 8, 16"),
        (replace(RECIPES["quick"], limit=320), "Quick · 320 bundled digits"),
        (replace(RECIPES["best"], optimizer="adam"), "Best · optimizer adam"),
        (TrainConfig(data="/home/me/secret.npz"), "Tutorial · own digits"),
        (TrainConfig(noise_parameters={"std": 0.2}), "Tutorial · gaussian, std 0.2"),
        (TrainConfig(noise="speckle"), "Tutorial · speckle"),
    ],
)
def test_a_run_is_called_by_its_recipe_and_what_differs_from_it(config, title):
    assert names.title(config) == title


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_itself_has_its_name_alone(recipe):
    assert names.title(RECIPES[recipe]) == names.recipe_title(recipe)


def test_every_setting_that_differs_is_said_and_so_is_a_new_one():
    @dataclass(frozen=True)
    class More(TrainConfig):
        warmth: int = setting(3, "Warmth", "How warm.", minimum=0, maximum=9, row="steps")

    assert names.title(More(warmth=7)) == "Tutorial · warmth 7"
    others = {"filters": (4,), "latent_dim": 3, "limit": 99, "seed": 5, "epochs": 2,
              "batch_size": 8, "learning_rate": 0.5, "optimizer": "muon", "schedule": "one-cycle",
              "fresh_noise": True, "growing_noise": True, "data": "bundled"}  # fmt: skip
    assert set(others) == set(SETTINGS) - {"network"}
    for name, value in others.items():
        assert names.title(replace(TrainConfig(), **{name: value})) != "Tutorial", name


def test_weights_from_a_file_are_called_by_their_network():
    text = names.title(TrainConfig(latent_dim=4, epochs=8), is_loaded=True)
    assert text == "From a file: Tutorial autoencoder · latent 4"


def test_a_given_name_comes_first_until_it_is_taken_away(run):
    names.rename(run, "  Anna's\n\tsmall   one ")
    assert names.name_of(run) == "Anna's small one"
    assert run.status().state == "finished"
    names.rename(run, " \u200b")
    assert names.name_of(run) == "Tutorial · latent 4 · 8 epochs"
    assert names.given(run) == ""


def test_a_name_is_one_line_of_what_can_be_seen():
    assert names.cleaned("a\u202e\x00\x1b[31mb\r\nc\ud800") == "a[31mb c"


def test_a_name_that_is_too_long_is_refused_and_the_old_one_stays(run):
    names.rename(run, "x" * names.MAX_LETTERS)
    with pytest.raises(RunError, match="at most 60 letters; this one has 61"):
        names.rename(run, "y" * 61)
    assert names.given(run) == "x" * 60


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a" * 10**6, b""])
def test_a_damaged_name_stops_nothing(run, content):
    (run.folder / names.FILE).write_bytes(content)
    assert len(names.name_of(run)) <= 60


@pytest.mark.parametrize("network", [choice.value for choice in SETTINGS["network"].choices])
def test_every_network_that_can_be_chosen_has_its_title(network):
    title = next(c.title for c in SETTINGS["network"].choices if c.value == network)
    config = TrainConfig(network=network)
    assert names.network_text(config).startswith(title)
    assert names.title(config, is_loaded=True) == f"From a file: {title}"
