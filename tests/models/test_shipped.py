"""The shipped models keep what their cards and the README promise, on digits they never saw."""

import json
import math
import shlex
from functools import cache

import drawings
import numpy as np
import pytest

from denoiser import metrics
from denoiser.cli import main as command_line
from denoiser.config import CLASSIFIER
from denoiser.models import architectures, layers, sizes
from denoiser.models import store as models
from denoiser.nn import inference

DENOISERS = sorted(set(models.BLUEPRINTS) - {CLASSIFIER})
MOST_MSE = {"tutorial": 0.0143, "unet": 0.0083}
MOST_MSE_BUNDLED = {"tutorial": 0.0155, "unet": 0.0093}

over_models = pytest.mark.parametrize("name", models.BLUEPRINTS)
over_denoisers = pytest.mark.parametrize("name", DENOISERS)
network_of = cache(inference.load_keras)


@pytest.fixture(scope="module")
def denoised(noisy):
    """The held-out digits, noisy and then denoised by the model called so."""
    return cache(lambda name: inference.denoise(network_of(name), noisy))


def mse(a, b):
    return float(np.square(a - b, dtype=np.float64).mean())


def accuracy(held_out, pictures):
    return metrics.reading_accuracy(
        held_out.labels, inference.classify(network_of(CLASSIFIER), pictures)
    )


def test_what_is_shipped_is_what_the_blueprints_say():
    assert models.names() == sorted(models.BLUEPRINTS)


def arguments(command):
    """The arguments in a command of ours."""
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "denoiser"]
    return words[3:]


# On the 500 bundled test digits


@pytest.mark.parametrize(("name", "most"), MOST_MSE_BUNDLED.items())
def test_a_shipped_model_denoises_digits_it_has_not_seen(name, most, held_out, denoised):
    assert mse(held_out.clean, denoised(name)) <= most


def test_a_model_that_never_saw_noise_is_clearly_worse(held_out, denoised):
    clean = held_out.clean
    assert mse(clean, denoised("plain")) > 2 * mse(clean, denoised("tutorial"))


def test_a_model_that_never_saw_noise_gives_clean_digits_back(held_out):
    clean = held_out.clean
    assert mse(clean, inference.denoise(network_of("plain"), clean)) < 0.015


def test_the_classifier_names_clean_digits(held_out):
    assert accuracy(held_out, held_out.clean) >= 0.985


def taken_for_digits(pictures):
    """The share of pictures, uint8, that the classifier takes for a digit."""
    probabilities = inference.classify(network_of(CLASSIFIER), pictures / np.float32(255))
    return metrics.is_digit(probabilities).mean()


@pytest.mark.parametrize("kind", [drawings.letters, drawings.scribbles, drawings.numbers])
def test_the_classifier_takes_nothing_else_for_a_digit(kind):
    assert taken_for_digits(kind(1000, np.random.default_rng(1))) <= 0.02


def test_the_classifier_takes_nothing_for_a_digit():
    even = np.stack([np.full((28, 28), grey, np.uint8) for grey in range(256)])
    static = np.random.default_rng(0).integers(0, 256, (200, 28, 28), np.uint8)
    assert taken_for_digits(even) == taken_for_digits(static) == 0


@pytest.mark.parametrize("kind", [drawings.single_digits, drawings.printed_digits])
def test_the_classifier_does_not_refuse_a_way_of_drawing(kind):
    """The control: digits drawn in just those ways are still digits, and read right."""
    pictures, labels = kind(400, np.random.default_rng(1))
    probabilities = inference.classify(network_of(CLASSIFIER), pictures / np.float32(255))
    assert metrics.is_digit(probabilities).mean() >= 0.98
    assert metrics.reading_accuracy(labels, probabilities) >= 0.97


def test_the_classifier_refuses_few_digits_and_few_denoised_ones(held_out, denoised):
    assert taken_for_digits(held_out.images) >= 0.99
    assert taken_for_digits(np.rint(255 * denoised("unet")).astype(np.uint8)) >= 0.97


@pytest.mark.parametrize("name", ["tutorial", "unet"])
def test_denoised_digits_are_far_easier_to_read_than_noisy_ones(name, held_out, noisy, denoised):
    assert accuracy(held_out, denoised(name)) > accuracy(held_out, noisy) + 0.5


# Their files


@over_models
def test_a_shipped_model_is_made_by_its_blueprint(name):
    model, blueprint = models.load(name), models.BLUEPRINTS[name]
    assert model.config == blueprint.config
    assert (model.card["title"], model.card["summary"]) == (blueprint.title, blueprint.summary)
    assert model.card["train_digits"] == 55_000
    history = model.card["history"]
    assert len(history["loss"]) == len(history["val_loss"]) == blueprint.config.epochs


@over_models
def test_a_shipped_graph_is_the_one_its_network_has_today(name):
    model = models.load(name)
    graph = layers.graph(architectures.layers_of(model.config))
    assert model.graph == graph
    assert model.card["parameters"] == sizes.parameters(model.config)
    assert model.card["multiply_adds"] == sizes.multiply_adds(model.config)


@over_models
def test_shipped_weights_are_finite(name):
    for tensor in models.load(name).tensors.values():
        assert np.isfinite(tensor).all()


# Their cards


@over_models
def test_a_card_names_the_commands_that_made_and_scored_it(name):
    card = models.load(name).card
    made = command_line.parser().parse_args(arguments(card["made_with"]))
    scored = command_line.parser().parse_args(arguments(card["scores"]["command"]))
    assert made.names == [name]
    assert (scored.model, scored.data) == (name, "mnist")


@over_denoisers
def test_a_denoisers_card_has_every_score(name):
    card = models.load(name).card
    for scores in (card["scores"], card["noisy_scores"]):
        assert scores["count"] == 10_000
        assert all(math.isfinite(scores[key]) for key in ("mse", "psnr", "ssim"))
        assert 0 <= scores["reading_accuracy"] <= 1
    assert card["noisy_scores"]["mse"] == pytest.approx(0.329, abs=0.005)
    assert card["scores"]["mse"] < card["noisy_scores"]["mse"]


@pytest.mark.parametrize(("name", "most"), MOST_MSE.items())
def test_a_denoisers_card_keeps_the_promise(name, most):
    assert models.load(name).card["scores"]["mse"] <= most


def test_the_classifiers_card_keeps_the_promise():
    scores = models.load(CLASSIFIER).card["scores"]
    assert scores["reading_accuracy"] >= 0.994
    assert scores["refused"] <= 0.005
    assert scores["count"] == 10_000


@over_models
@pytest.mark.usefixtures("mnist_file")
def test_the_cards_command_gives_the_cards_scores(name, capsys):
    scores = models.load(name).card["scores"]
    assert command_line.main([*arguments(scores["command"]), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    printed = printed.get("denoised", printed)
    for key in set(scores) - {"command"}:
        assert printed[key] == pytest.approx(scores[key], abs=1.5e-4, rel=1e-4), key
