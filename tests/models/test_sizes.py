"""Sizes by arithmetic are those of the networks that Keras builds; how long trainings take."""

from dataclasses import replace

import pytest

from denoiser.config import RECIPES, TrainConfig
from denoiser.errors import NetworkError
from denoiser.models import sizes
from denoiser.models.architectures import ARCHITECTURES
from denoiser.nn import networks

CONFIGS = [
    *(TrainConfig(network=name) for name in ARCHITECTURES),
    TrainConfig(filters=(1,), latent_dim=1),
    TrainConfig(filters=(16,), latent_dim=1024),
    TrainConfig(filters=(512,), latent_dim=2),
    TrainConfig(filters=(1, 1), latent_dim=16),
    TrainConfig(filters=(64, 32), latent_dim=7),
    TrainConfig(filters=(3, 129), latent_dim=100),
    TrainConfig(network="unet", filters=(8, 8, 8), latent_dim=2),
    *RECIPES.values(),
]
IMPOSSIBLE = [
    TrainConfig(filters=(8, 8, 8)),
    TrainConfig(filters=(4, 8, 16, 32), latent_dim=2),
]
RATE = 1e9


def estimate(digits=1000, rate=RATE, validation=0, **values):
    return sizes.seconds(TrainConfig(**values), digits, rate, validation)


@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_sizes_are_those_that_keras_counts(config):
    assert sizes.parameters(config) == networks.build(config).count_params()


@pytest.mark.parametrize("config", IMPOSSIBLE, ids=str)
@pytest.mark.parametrize("size", [sizes.parameters, sizes.multiply_adds,
                                  lambda config: sizes.seconds(config, 1000, RATE)])  # fmt: skip
def test_settings_that_make_no_network_are_refused_in_the_words_of_its_builder(config, size):
    with pytest.raises(NetworkError) as built:
        networks.build(config)
    with pytest.raises(NetworkError) as counted:
        size(config)
    assert str(counted.value) == str(built.value)


# Duration


def test_twice_the_epochs_or_the_digits_take_twice_as_long_but_start_once():
    once = estimate(epochs=1) - sizes.START_SECONDS
    assert estimate(epochs=2) - sizes.START_SECONDS == pytest.approx(2 * once)
    assert estimate(digits=2000, epochs=1) - sizes.START_SECONDS == pytest.approx(2 * once)


def test_a_machine_of_twice_the_rate_needs_half_the_time_after_the_start():
    slow, fast = estimate() - sizes.START_SECONDS, estimate(rate=2 * RATE) - sizes.START_SECONDS
    assert fast == pytest.approx(slow / 2)


def test_only_the_digits_within_the_limit_count():
    assert estimate(limit=100) == estimate(digits=100)
    assert estimate(limit=5000) == estimate()


def test_a_digit_to_validate_on_costs_a_third_of_one_to_train_on():
    once = estimate() - sizes.START_SECONDS
    assert estimate(validation=3000) - sizes.START_SECONDS == pytest.approx(2 * once)


def test_a_larger_network_takes_longer():
    assert estimate(filters=(8, 16)) < estimate() < estimate(network="unet")


def test_the_batch_size_and_what_is_no_work_change_nothing():
    config = TrainConfig()
    other = replace(config, batch_size=64, learning_rate=1e-4, seed=9)
    assert sizes.seconds(other, 1000, RATE) == sizes.seconds(config, 1000, RATE)


def test_the_quick_recipe_is_a_matter_of_a_minute_or_so():
    expected = sizes.seconds(RECIPES["quick"], 4500, sizes.TYPICAL_RATE, 500)
    assert 20 < expected < 120
