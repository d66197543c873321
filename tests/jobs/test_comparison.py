"""Comparing models and filters on the same digits: scores, shown pictures, difference maps."""

import csv
import pickle
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from denoiser import assets, metrics
from denoiser.config import CLASSIFIER
from denoiser.data import digits, filters
from denoiser.data.digits import as_uint8
from denoiser.data.filters import FILTERS, NOISY
from denoiser.data.noise import KINDS, add_noise
from denoiser.errors import ConfigError, ModelError
from denoiser.jobs import comparison
from denoiser.models import store as models
from denoiser.nn import inference

TUTORIAL = {"mean": 0.5, "std": 0.5}
LOST, INVENTED = (10, 20, 250), (250, 20, 10)


@pytest.fixture(scope="module")
def measured():
    return {name: comparison.measure(name, "gaussian", TUTORIAL) for name in (NOISY, "tutorial")}


def test_at_least_five_hundred_digits_decide(measured):
    assert measured["tutorial"].scores.count >= 500


def test_scores_are_those_of_the_command_line(measured):
    networks = inference.load_keras("tutorial"), inference.load_keras(CLASSIFIER)
    held_out = digits.load("bundled", "test")
    expected = inference.evaluate(*networks, held_out, "gaussian", TUTORIAL, comparison.SEED)
    assert asdict(measured["tutorial"].scores) == pytest.approx(asdict(expected.denoised))
    assert asdict(measured[NOISY].scores) == pytest.approx(asdict(expected.noisy))


def test_a_model_scores_the_same_by_name_and_by_weights(measured):
    model = replace(models.load("tutorial"), name="run")
    by_weights = comparison.measure(model, "gaussian", TUTORIAL)
    assert by_weights.scores == measured["tutorial"].scores
    np.testing.assert_array_equal(by_weights.pictures, measured["tutorial"].pictures)


def test_a_filter_is_told_the_noise():
    noisy = comparison.noisy_digits("gaussian", TUTORIAL)
    expected = filters.denoise("gaussian", noisy, "gaussian", TUTORIAL)
    found = comparison.measure("gaussian", "gaussian", TUTORIAL)
    shown = comparison.shown_places()
    np.testing.assert_array_equal(found.pictures, as_uint8(expected[shown]))


def test_everybody_gets_the_noise_that_is_shown(measured):
    noisy = comparison.noisy_digits("gaussian", TUTORIAL)[comparison.shown_places()]
    np.testing.assert_array_equal(measured[NOISY].pictures, as_uint8(noisy))


def test_shown_digits_are_eight_of_different_classes(measured):
    shown = comparison.held_out()[comparison.shown_places()]
    assert shown.labels.tolist() == list(comparison.SHOWN_CLASSES)
    assert measured["tutorial"].pictures.shape == (8, 28, 28)
    assert measured["tutorial"].pictures.dtype == np.uint8
    assert (measured["tutorial"].readings == shown.labels).sum() >= 6


@pytest.mark.parametrize(
    ("method", "noise", "error"),
    [
        ("nobody", TUTORIAL, ModelError),
        ("tutorial", {"mean": 2.0}, ConfigError),
        ("median", {"size": 0.5}, ConfigError),
    ],
)
def test_impossible_questions_are_refused(method, noise, error):
    with pytest.raises(error):
        comparison.measure(method, "gaussian", noise)


def test_an_answer_can_be_opened_without_tensorflow(measured, tmp_path):
    file = tmp_path / "measured"
    file.write_bytes(pickle.dumps(measured["tutorial"]))
    code = (
        "import pickle, sys, pathlib\n"
        "answer = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "print(answer.scores.count, {'tensorflow', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "500 set()"


def test_difference_map_tells_lost_invented_and_kept_strokes_apart():
    clean = np.array([[0, 255, 0, 255, 255]], np.uint8)
    denoised = np.array([[0, 0, 255, 255, 127]], np.uint8)
    background, lost, invented, kept, half = comparison.difference(clean, denoised, LOST, INVENTED)[
        0
    ]
    assert background.tolist() == [0, 0, 0]
    assert tuple(lost) == LOST
    assert tuple(invented) == INVENTED
    assert len(set(kept.tolist())) == 1
    assert 0 < kept[0] < 255
    assert kept[2] < half[2] < lost[2]


def test_equal_pictures_have_no_colour_in_their_difference_map(held_out):
    clean = held_out[:3].images
    drawn = comparison.difference(clean, clean, LOST, INVENTED)
    assert drawn.shape == (3, 28, 28, 3)
    assert drawn.dtype == np.uint8
    assert (drawn == drawn[..., :1]).all()


def test_table_as_a_file_holds_every_score_and_the_noise(measured):
    rows = [("Tutorial, the", measured["tutorial"].scores), ("Nothing", measured[NOISY].scores)]
    lines = comparison.to_csv(rows, "gaussian", TUTORIAL).splitlines()
    tutorial, nothing = csv.DictReader(lines)
    assert (tutorial["method"], nothing["method"]) == ("Tutorial, the", "Nothing")
    for name, value in asdict(measured["tutorial"].scores).items():
        assert float(tutorial[name]) == value
    assert (tutorial["noise"], tutorial["noise_mean"], tutorial["noise_std"]) == (
        "gaussian",
        "0.5",
        "0.5",
    )
    assert int(tutorial["noise_seed"]) == comparison.SEED


# The map


def test_the_map_holds_the_scores_under_each_kind(held_out):
    known = held_out[:20]
    told = []
    found = comparison.noise_map([NOISY, "median"], known, lambda *what: told.append(what))
    assert found["digits"] == 20
    assert len(told) == 2 * len(KINDS)
    noisy = add_noise(known.clean, np.random.default_rng(comparison.SEED), "masking")
    filtered = filters.denoise("median", noisy, "masking", KINDS["masking"].validate({}))
    for name, pictures in ((NOISY, noisy), ("median", filtered)):
        read = inference.classify(inference.load_keras(CLASSIFIER), pictures)
        assert found["scores"][name]["masking"] == {
            "mse": pytest.approx(metrics.mse(known.clean, pictures).mean(), abs=1e-6),
            "reading_accuracy": metrics.reading_accuracy(known.labels, read),
        }


def test_the_shipped_map_has_every_shipped_model_filter_and_kind():
    scores = comparison.read_noise_map(assets.NOISE_MAP)["scores"]
    assert set(scores) == {NOISY, *FILTERS, *models.names()} - {CLASSIFIER}
    assert all(set(of_kinds) == set(KINDS) for of_kinds in scores.values())


@pytest.mark.parametrize("kind", KINDS)
def test_one_model_for_any_noise_beats_the_best_filter(kind):
    scores = comparison.read_noise_map(assets.NOISE_MAP)["scores"]
    ours, theirs = scores["unet-any"][kind], [scores[name][kind] for name in FILTERS]
    assert ours["mse"] < min(found["mse"] for found in theirs)
    assert ours["reading_accuracy"] > max(found["reading_accuracy"] for found in theirs)


@pytest.mark.parametrize("kind", ["gaussian", "scanner"])
def test_the_shipped_map_says_what_a_model_scores_today(kind, mnist_file):
    known = digits.load(str(mnist_file), "test")
    noisy = add_noise(known.clean, np.random.default_rng(comparison.SEED), kind)
    denoised = inference.denoise(inference.load_keras("unet-any"), noisy)
    found = comparison.read_noise_map(assets.NOISE_MAP)["scores"]["unet-any"][kind]
    assert found["mse"] == pytest.approx(metrics.mse(known.clean, denoised).mean(), rel=1e-3)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"digits": 1', "\x00"])
def test_a_map_that_is_missing_or_damaged_is_said_to_be(content, tmp_path):
    path = tmp_path / "map.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ModelError, match="python -m denoiser map"):
        comparison.read_noise_map(path)
