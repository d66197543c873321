"""The settings of a training: round trips, the recipes, and what is refused."""

import dataclasses
import json
import math

import pytest

from denoiser.config import RECIPES, TrainConfig, from_values
from denoiser.errors import ConfigError

OTHER = TrainConfig(
    network="unet", filters=(8, 16, 32), latent_dim=4, data="digits.npz", limit=100,
    noise_parameters={"mean": 0.25, "std": 0.75}, fresh_noise=True, epochs=3, batch_size=64,
    learning_rate=3e-3, schedule="one-cycle", seed=7,
)  # fmt: skip

INVALID = [
    ("network", "resnet"), ("network", None),
    ("filters", ()), ("filters", (1,) * 5), ("filters", (0,)), ("filters", (513,)),
    ("filters", 32), ("filters", ("32",)), ("filters", (8.0,)),
    ("latent_dim", 0), ("latent_dim", 1025), ("latent_dim", 16.0),
    ("data", ""), ("data", None),
    ("limit", 0), ("limit", -1), ("limit", 1.5),
    ("noise", "static"), ("noise", None), ("noise", []),
    ("fresh_noise", 1), ("fresh_noise", "yes"), ("growing_noise", None),
    ("epochs", 0), ("epochs", 1001), ("epochs", True), ("epochs", "25"),
    ("batch_size", 0), ("batch_size", 4097), ("batch_size", None),
    ("learning_rate", 0), ("learning_rate", -1e-3), ("learning_rate", 2),
    ("learning_rate", math.nan), ("learning_rate", math.inf), ("learning_rate", "fast"),
    ("learning_rate", 10**400),
    ("schedule", "cosine"),
    ("seed", -1), ("seed", 2**32), ("seed", 0.5),
]  # fmt: skip


@pytest.mark.parametrize("config", [*RECIPES.values(), OTHER], ids=[*RECIPES, "other"])
def test_settings_survive_json(config):
    assert TrainConfig.from_json(config.to_json()) == config


def test_json_holds_one_key_a_field():
    names = [field.name for field in dataclasses.fields(TrainConfig)]
    assert list(json.loads(OTHER.to_json())) == names


def test_the_tutorial_recipe_is_the_tutorial_to_the_letter():
    recipe = RECIPES["tutorial"]
    assert recipe == TrainConfig()
    assert (recipe.network, recipe.filters, recipe.latent_dim) == ("tutorial", (32, 64), 16)
    assert (recipe.data, recipe.limit) == ("mnist", None)
    assert (recipe.noise, recipe.noise_parameters) == ("gaussian", {"mean": 0.5, "std": 0.5})
    assert recipe.fresh_noise is False
    assert (recipe.epochs, recipe.batch_size) == (25, 32)
    assert (recipe.learning_rate, recipe.schedule) == (1e-3, "constant")


@pytest.mark.parametrize("name", ["quick", "best"])
def test_our_own_recipes_draw_the_noise_again_every_epoch(name):
    assert RECIPES[name].fresh_noise


def test_the_quick_recipe_needs_no_network_connection():
    assert RECIPES["quick"].data == "bundled"


@pytest.mark.parametrize(("field", "value"), INVALID)
def test_an_invalid_value_is_refused_with_its_field_and_what_came(field, value):
    with pytest.raises(ConfigError, match=rf"^{field}: expected") as refused:
        TrainConfig(**{field: value})
    assert "got" in str(refused.value)
    assert refused.value.field == field


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(TrainConfig)])
def test_every_field_refuses_something(field):
    with pytest.raises(ConfigError):
        TrainConfig(**{field: object()})


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"std": 2.0}, "std.*got 2.0"),
        ({"mean": -0.1}, "mean.*got -0.1"),
        ({"volume": 1.0}, "volume"),
        ([0.5, 0.5], "by name"),
    ],
)
def test_invalid_noise_parameters_are_refused(parameters, words):
    with pytest.raises(ConfigError, match=words) as refused:
        TrainConfig(noise_parameters=parameters)
    assert refused.value.field == "noise_parameters"


def test_missing_noise_parameters_take_their_defaults():
    assert TrainConfig(noise_parameters={"std": 0.1}).noise_parameters == {"mean": 0.5, "std": 0.1}


def test_settings_cannot_be_changed_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainConfig().epochs = 3


def test_values_are_put_over_a_recipe_and_the_rest_stays():
    changed = from_values(RECIPES["best"], {"epochs": 1, "network": "tutorial"})
    assert changed == dataclasses.replace(RECIPES["best"], epochs=1, network="tutorial")


def test_an_unknown_field_is_refused_by_name():
    with pytest.raises(ConfigError, match="epoch_count"):
        TrainConfig.from_json('{"epoch_count": 3}')


@pytest.mark.parametrize("text", ["", "{", "epochs: 3", "[" * 100_000, "[]", "3", "null", '"x"'])
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(ConfigError, match="config: expected"):
        TrainConfig.from_json(text)
