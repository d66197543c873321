"""Every kind of noise, now and later: its range, its seed, and that more of it is more noise."""

import io
import math
import re

import numpy as np
import pytest
from PIL import Image

from denoiser.data.noise import ANY, KINDS, add_noise, mixture
from denoiser.errors import ConfigError

PARAMETERS = [
    pytest.param(kind, parameter, id=f"{kind.name}-{parameter.name}")
    for kind in KINDS.values()
    for parameter in kind.parameters
]
RANDOM = [kind.name for kind in KINDS.values() if kind.is_random]
over_random_kinds = pytest.mark.parametrize("kind", RANDOM)
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


@over_random_kinds
def test_another_seed_gives_other_noise(kind, clean):
    assert mse(add_noise(clean, rng(3), kind), add_noise(clean, rng(4), kind)) > 0


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(RANDOM)))
def test_a_kind_that_is_not_random_does_the_same_whatever_the_seed(kind, clean):
    np.testing.assert_array_equal(add_noise(clean, rng(3), kind), add_noise(clean, rng(4), kind))


@over_random_kinds
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
    assert parameter.title


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


def test_poisson_noise_counts_whole_photons():
    grey = np.full((100, 28, 28), 0.5, np.float32)
    noisy = add_noise(grey, rng(), "poisson", stops=5, dark=0)  # white gets 512 / 2**5 photons
    counts = noisy * 16
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-5)
    assert counts.mean() == pytest.approx(8, abs=0.05)
    assert counts.var() == pytest.approx(8, rel=0.05)


def test_salt_and_pepper_hits_the_share_that_was_asked_for_and_nothing_else():
    grey = np.full((100, 28, 28), 0.5, np.float32)
    noisy = add_noise(grey, rng(), "salt-pepper", amount=0.3, salt=0.25)
    shares = [(noisy == value).mean() for value in (0, 0.5, 1)]
    assert shares == pytest.approx([0.225, 0.7, 0.075], abs=0.005)


def test_masking_forces_the_share_that_was_asked_for_to_black(clean):
    noisy = add_noise(clean, rng(), "masking", fraction=0.25)
    ink = clean > 0
    assert (noisy[ink] == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert ((noisy == clean) | (noisy == 0)).all()


def test_quantization_leaves_as_many_grey_levels_as_its_bits(clean):
    for bits, levels in ((7, 2), (6, 4), (4, 16)):
        assert len(np.unique(add_noise(clean, rng(), "quantization", bits=bits))) == levels


def test_jpeg_is_what_pillow_makes_of_the_picture(clean):
    file = io.BytesIO()
    Image.fromarray(np.rint(clean[0] * 255).astype(np.uint8)).save(file, "JPEG", quality=10)
    noisy = add_noise(clean[:1], rng(), "jpeg", compression=90)[0]
    np.testing.assert_array_equal(np.rint(noisy * 255), np.asarray(Image.open(file)))


def test_streaks_go_through_the_whole_picture():
    noisy = add_noise(np.zeros((50, 28, 28), np.float32), rng(), "scanner", streaks=0.5)
    assert (noisy == noisy[:, :1]).all()
    assert noisy.mean() == pytest.approx(0.25, abs=0.03)


def test_a_mixture_gives_each_kind_its_share():
    shares = mixture()
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) == set(KINDS) - {ANY}
    black = np.zeros((1000, 28, 28), np.float32)
    untouched = (add_noise(black, rng(), ANY) == 0).all(axis=(1, 2)).mean()
    certain = sum(shares[name] for name in ("speckle", "masking", "quantization", "jpeg"))
    perhaps = shares["drift"] + shares["scanner"]
    assert certain - 0.04 < untouched < certain + perhaps + 0.04


def test_a_mixture_of_no_strength_is_hardly_noise(clean):
    assert mse(clean, add_noise(clean, rng(), ANY, strength=0)) < 0.002
