"""Every kind of noise, now and later: its range, its seed, and that more of it is more noise."""

import math
import re

import numpy as np
import pytest

from denoiser.errors import ConfigError
from denoiser.noise import KINDS, add_noise

PARAMETERS = [
    pytest.param(kind, parameter, id=f"{kind.name}-{parameter.name}")
    for kind in KINDS.values()
    for parameter in kind.parameters
]
over_kinds = pytest.mark.parametrize("kind", KINDS)
over_parameters = pytest.mark.parametrize(("kind", "parameter"), PARAMETERS)


def rng(seed=0):
    return np.random.default_rng(seed)


def mse(a, b):
    return float(np.square(a - b, dtype=np.float64).mean())


@pytest.fixture(scope="module")
def clean(held_out):
    return held_out.clean[:100]


@over_kinds
@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28), (7, 28, 28), (0, 28, 28)], ids=str)
def test_noisy_digits_are_float32_in_range_and_of_the_same_shape(kind, shape):
    noisy = add_noise(rng().random(shape, np.float32), rng(), kind)
    assert noisy.shape == shape
    assert noisy.dtype == np.float32
    assert ((noisy >= 0) & (noisy <= 1)).all()


@over_parameters
def test_the_ends_of_a_range_are_valid_and_stay_in_range(kind, parameter, clean):
    for value in (parameter.minimum, parameter.maximum):
        noisy = add_noise(clean, rng(), kind.name, **{parameter.name: value})
        assert np.isfinite(noisy).all()
        assert noisy.min() >= 0
        assert noisy.max() <= 1


@over_kinds
def test_the_clean_digits_are_left_untouched(kind, clean):
    before = clean.copy()
    noisy = add_noise(clean, rng(), kind)
    assert not np.shares_memory(noisy, clean)
    np.testing.assert_array_equal(clean, before)


@over_kinds
def test_the_same_seed_gives_the_same_noise(kind, clean):
    np.testing.assert_array_equal(add_noise(clean, rng(3), kind), add_noise(clean, rng(3), kind))


@over_kinds
def test_another_seed_gives_other_noise(kind, clean):
    assert mse(add_noise(clean, rng(3), kind), add_noise(clean, rng(4), kind)) > 0


@over_kinds
def test_every_digit_gets_noise_of_its_own(kind, clean):
    noisy = add_noise(np.stack([clean[0], clean[0]]), rng(), kind)
    assert mse(noisy[0], noisy[1]) > 0


@over_parameters
def test_a_larger_parameter_means_more_noise(kind, parameter, clean):
    values = np.linspace(parameter.minimum, parameter.maximum, 5)
    errors = [
        mse(clean, add_noise(clean, rng(), kind.name, **{parameter.name: float(value)}))
        for value in values
    ]
    assert errors == sorted(set(errors))


@over_parameters
def test_a_default_lies_within_its_range_on_a_step(kind, parameter):
    assert parameter.minimum <= parameter.default <= parameter.maximum
    steps = (parameter.default - parameter.minimum) / parameter.step
    assert math.isclose(steps, round(steps), abs_tol=1e-6)
    assert parameter.help


@over_parameters
@pytest.mark.parametrize("wrong", ["below", "above", math.nan, math.inf, True, None, "0.5"])
def test_a_value_out_of_range_is_refused_by_name(kind, parameter, wrong, clean):
    ends = {"below": parameter.minimum - 1, "above": parameter.maximum + 1}
    value = ends.get(wrong, wrong)
    with pytest.raises(ConfigError) as refused:
        add_noise(clean, rng(), kind.name, **{parameter.name: value})
    message = str(refused.value)
    assert parameter.name in message
    assert f"{parameter.minimum:g} to {parameter.maximum:g}, got {value!r}" in message


@over_kinds
def test_an_unknown_parameter_is_refused_by_name(kind, clean):
    with pytest.raises(ConfigError, match=re.escape("got ['loudness']")):
        add_noise(clean, rng(), kind, loudness=0.5)


def test_an_unknown_kind_is_refused_and_the_known_ones_are_named(clean):
    with pytest.raises(ConfigError, match=r"expected one of \[.*'gaussian'.*\], got 'static'"):
        add_noise(clean, rng(), "static")


def test_the_default_noise_is_the_tutorials(held_out):
    clean = held_out.clean
    tutorial = np.clip(clean + rng(1).normal(loc=0.5, scale=0.5, size=clean.shape), 0, 1)
    ours = add_noise(clean, rng(2))
    assert ours.mean() == pytest.approx(tutorial.mean(), abs=0.004)
    assert ours.std() == pytest.approx(tutorial.std(), abs=0.004)
    assert mse(clean, ours) == pytest.approx(mse(clean, tutorial), abs=0.004)
    assert mse(clean, ours) == pytest.approx(0.329, abs=0.01)


def test_gaussian_noise_has_the_mean_and_the_std_that_were_asked_for():
    noisy = add_noise(np.zeros((100, 28, 28), np.float32), rng(), mean=0.5, std=0.05)
    assert noisy.mean() == pytest.approx(0.5, abs=0.002)
    assert noisy.std() == pytest.approx(0.05, abs=0.002)


def test_no_noise_leaves_digits_as_they_are(clean):
    np.testing.assert_array_equal(add_noise(clean, rng(), mean=0.0, std=0.0), clean)
