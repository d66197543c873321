"""Every classical filter, on real digits: what it gives, and that it helps."""

import numpy as np
import pytest

from denoiser import metrics
from denoiser.data import filters, noise
from denoiser.data.filters import FILTERS
from denoiser.errors import ConfigError

TUTORIAL = {"mean": 0.5, "std": 0.5}
over_filters = pytest.mark.parametrize("name", FILTERS)


def under_noise(held_out, parameters, count=40):
    clean = held_out[:count].clean
    return clean, noise.add_noise(clean, np.random.default_rng(0), **parameters)


@over_filters
@pytest.mark.parametrize("parameters", [TUTORIAL, {"mean": 0.0, "std": 0.5}, {"mean": 0.3}])
def test_filtered_digits_are_closer_to_the_clean_ones(name, parameters, held_out):
    clean, noisy = under_noise(held_out, parameters)
    filtered = filters.denoise(name, noisy, "gaussian", parameters)
    assert metrics.mse(clean, filtered).mean() < 0.8 * metrics.mse(clean, noisy).mean()
    assert metrics.ssim(clean, filtered).mean() > metrics.ssim(clean, noisy).mean()


@over_filters
@pytest.mark.parametrize("parameters", [TUTORIAL, {"mean": 1.0, "std": 0.0}, {"mean": 0, "std": 0}])
def test_filter_gives_digits_as_it_takes_them(name, parameters, held_out):
    _, noisy = under_noise(held_out, parameters, count=3)
    before = noisy.copy()
    filtered = filters.denoise(name, noisy, "gaussian", parameters)
    assert filtered.shape == noisy.shape
    assert filtered.dtype == np.float32
    assert filtered.min() >= 0
    assert filtered.max() <= 1
    np.testing.assert_array_equal(noisy, before)


@over_filters
def test_each_digit_is_filtered_by_itself(name, held_out):
    _, noisy = under_noise(held_out, TUTORIAL, count=3)
    together = filters.denoise(name, noisy, "gaussian", TUTORIAL)
    alone = [filters.denoise(name, noisy[i : i + 1], "gaussian", TUTORIAL)[0] for i in range(3)]
    np.testing.assert_allclose(together, alone, atol=1e-5)


@over_filters
def test_black_and_white_come_back_from_under_a_shift(name):
    shift = {"mean": 0.4, "std": 0.0}
    picture = np.zeros((1, 28, 28), np.float32)
    picture[:, :, 14:] = 1
    filtered = filters.denoise(name, np.clip(picture + 0.4, 0, 1), "gaussian", shift)[0]
    assert filtered[:, 4].mean() < 0.1
    assert filtered[:, 23].mean() > 0.9


def test_levels_are_those_of_a_clipped_normal_distribution():
    black, white = filters.levels("gaussian", TUTORIAL)
    assert black == pytest.approx(0.5, abs=2e-3)  # clipped on both sides alike
    assert white == pytest.approx(1 - 0.5 * 0.0833, abs=2e-3)  # 0.0833: E[max(Z - 1, 0)]
    assert filters.levels("gaussian", TUTORIAL) == (black, white)


@pytest.mark.parametrize("kind", noise.KINDS)
def test_white_is_brighter_than_black_under_every_kind(kind):
    black, white = filters.levels(kind, {})
    assert 0 <= black < white <= 1


def test_unknown_filter_is_refused(held_out):
    with pytest.raises(ConfigError, match="expected one of median"):
        filters.denoise("sharpen", held_out[:1].clean, "gaussian", {})
