"""Counts of photons are Poisson's, and the quick way to them is the defined one."""

import numpy as np
import pytest
from scipy import stats

from denoiser.data.photons import FEW, count_photons

LIGHT = [(512.0, 4.0), (90.5, 0.0), (2.0, 0.5), (1.0, 0.0)]  # white, dark


@pytest.fixture(scope="module")
def chance():
    numbers = np.random.default_rng(1).random((FEW + 4, 28, 28))
    numbers[0, 0, :2] = 0, 1 - 2**-53  # the ends of what a generator gives
    return numbers


@pytest.mark.parametrize(("white", "dark"), LIGHT)
def test_counts_are_poissons_distribution_inverted(white, dark, chance):
    clean = np.random.default_rng(2).random(chance.shape, np.float32)
    counts = count_photons(clean, chance, white, dark)[:, 1:]
    expected = stats.poisson.ppf(chance, clean.astype(np.float64) * white + dark)[:, 1:]
    np.testing.assert_array_equal(counts, expected)


@pytest.mark.parametrize(("white", "dark"), LIGHT)
def test_a_table_for_stored_digits_gives_what_a_picture_at_a_time_gives(
    white, dark, chance, held_out
):
    clean = held_out.clean[: len(chance)]
    alone = [
        count_photons(clean[i : i + 1], chance[i : i + 1], white, dark)[0]
        for i in range(len(chance))
    ]
    np.testing.assert_array_equal(count_photons(clean, chance, white, dark), np.stack(alone))


def test_where_no_light_is_no_photon_is_counted(chance):
    counts = count_photons(np.zeros(chance.shape, np.float32), chance, 512.0, 0.0)
    assert counts[:, 1:].max() == 0
