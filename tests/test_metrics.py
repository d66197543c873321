"""MSE, PSNR, SSIM and reading accuracy: known values, and that worse pictures score worse."""

import itertools
import json
import math

import numpy as np
import pytest

from denoiser import metrics
from denoiser.data.noise import add_noise


@pytest.fixture(scope="module")
def clean(held_out):
    return held_out.clean[:20]


def grey(value, count=2):
    return np.full((count, 28, 28), value, np.float32)


def test_mse_is_the_mean_squared_difference_of_each_digit():
    pictures = np.stack([grey(0.5)[0], grey(0.1)[0]])
    np.testing.assert_allclose(metrics.mse(grey(0.0), pictures), [0.25, 0.01], rtol=1e-6)


def test_one_wrong_pixel_of_784_costs_its_share():
    picture = grey(0.0, 1)
    picture[0, 3, 4] = 1
    np.testing.assert_allclose(metrics.mse(grey(0.0, 1), picture), [1 / 784])


@pytest.mark.parametrize(("error", "decibels"), [(1.0, 0.0), (0.1, 20.0), (0.01, 40.0)])
def test_psnr_is_ten_decibels_for_each_power_of_ten_of_mse(error, decibels):
    np.testing.assert_allclose(metrics.psnr(grey(0.0), grey(error)), decibels, atol=1e-4)


def test_equal_pictures_are_perfect(clean):
    assert (metrics.mse(clean, clean) == 0).all()
    assert np.isposinf(metrics.psnr(clean, clean)).all()
    np.testing.assert_allclose(metrics.ssim(clean, clean), 1)


def test_ssim_of_two_grey_pictures_is_what_its_formula_says():
    a, b, c1 = 0.2, 0.8, 0.01**2
    expected = (2 * a * b + c1) / (a * a + b * b + c1)
    np.testing.assert_allclose(metrics.ssim(grey(a), grey(b)), expected, rtol=1e-4)


def test_ssim_sees_that_an_inverted_digit_is_another_picture(clean):
    assert metrics.ssim(clean, 1 - clean).max() < 0.1


def test_more_noise_scores_worse_on_every_scale(clean):
    scores = [
        metrics.score(clean, add_noise(clean, np.random.default_rng(0), mean=0.1, std=std))
        for std in (0.05, 0.2, 0.5, 1.0)
    ]
    for better, worse in itertools.pairwise(scores):
        assert better.mse < worse.mse
        assert better.psnr > worse.psnr
        assert better.ssim > worse.ssim


def test_reading_accuracy_is_the_share_of_digits_read_right():
    said = np.eye(10)[[3, 1, 4, 1]]
    assert metrics.reading_accuracy(np.array([3, 1, 4, 9]), said) == 0.75


def test_an_unsure_classifier_is_right_if_its_likeliest_class_is():
    said = np.full((1, 10), 0.09)
    said[0, 6] = 0.19
    assert metrics.reading_accuracy(np.array([6]), said) == 1.0


def test_scores_are_means_over_digits_and_counted(clean):
    picture = add_noise(clean, np.random.default_rng(0))
    scores = metrics.score(clean, picture)
    assert scores.count == len(clean)
    assert scores.mse == pytest.approx(metrics.mse(clean, picture).mean())
    assert scores.psnr == pytest.approx(metrics.psnr(clean, picture).mean())
    assert scores.ssim == pytest.approx(metrics.ssim(clean, picture).mean())


def test_equal_pictures_have_no_endless_score_in_json(clean):
    assert metrics.score(clean, clean).psnr == np.inf
    assert metrics.score(clean, clean).to_dict()["psnr"] is None


def test_a_picture_is_a_digit_where_that_is_likely_enough():
    rows = np.array([[0.06] * 5 + [0] * 5, [0.05] * 5 + [0] * 5, [0] * 9 + [1.0], [0.0] * 10])
    assert metrics.is_digit(rows).tolist() == [True, False, True, False]


def test_reading_accuracy_needs_labels_and_a_classifier(clean, held_out):
    labels, said = held_out.labels[: len(clean)], np.eye(10)[held_out.labels[: len(clean)]]
    assert metrics.score(clean, clean, labels, said).reading_accuracy == 1.0
    assert metrics.score(clean, clean, labels).reading_accuracy is None
    assert metrics.score(clean, clean, None, said).reading_accuracy is None


def test_scores_can_be_written_as_json(clean):
    scores = metrics.score(clean, grey(0.5, len(clean)))
    back = json.loads(json.dumps(scores.to_dict()))
    assert set(back) == {"mse", "psnr", "ssim", "reading_accuracy", "count"}
    assert math.isclose(back["mse"], scores.mse)
