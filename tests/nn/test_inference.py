"""Running a model: digits in, digits out, whatever their number, and scores that repeat."""

import numpy as np
import pytest

from denoiser.config import TrainConfig
from denoiser.data.digits import Digits
from denoiser.errors import ConfigError, ModelError
from denoiser.models import store as models
from denoiser.nn import inference, networks

TINY = TrainConfig(filters=(2,), latent_dim=2)


@pytest.fixture(scope="module")
def network():
    return networks.build(TINY)


@pytest.fixture(scope="module")
def classifier():
    return networks.build(TrainConfig(network="classifier"))


@pytest.mark.parametrize("count", [1, 256, 257])
def test_as_many_digits_come_out_as_went_in(network, classifier, noisy, count):
    denoised = inference.denoise(network, noisy[:count])
    assert denoised.shape == (count, 28, 28)
    assert denoised.dtype == np.float32
    assert ((denoised >= 0) & (denoised <= 1)).all()
    assert inference.classify(classifier, noisy[:count]).shape == (count, 10)


def test_a_digit_is_denoised_the_same_alone_and_among_others(network, noisy):
    together = inference.denoise(network, noisy[:300])
    for i in (0, 255, 256, 299):
        alone = inference.denoise(network, noisy[i : i + 1])
        np.testing.assert_allclose(alone[0], together[i], atol=1e-6)


def test_denoising_leaves_the_noisy_digits_as_they_are(network, noisy):
    before = noisy.copy()
    inference.denoise(network, noisy)
    np.testing.assert_array_equal(noisy, before)


def test_a_model_from_disk_does_what_the_network_did(network, noisy, tmp_path):
    path, card = tmp_path / "tiny.safetensors", tmp_path / "tiny.json"
    models.save(inference.from_keras("tiny", TINY, network, {}), path, card)
    back = inference.to_keras(models.load_files(path, card))
    np.testing.assert_allclose(
        inference.denoise(back, noisy[:3]), inference.denoise(network, noisy[:3]), atol=1e-6
    )


def test_weights_of_another_network_are_refused(network):
    other = models.Model("x", {}, TrainConfig(filters=(4,)), networks.weights(network), [])
    with pytest.raises(ModelError, match="expected"):
        inference.to_keras(other)


def test_an_evaluation_repeats_for_a_seed_and_differs_for_another(network, classifier, held_out):
    def run(seed):
        return inference.evaluate(network, classifier, held_out[:50], "gaussian", {}, seed)

    assert run(0) == run(0)
    assert run(0).noisy.mse != run(1).noisy.mse
    assert run(0).denoised.mse != run(1).denoised.mse


def test_an_evaluation_scores_the_noise_that_was_asked_for(network, classifier, held_out):
    parameters = {"mean": 0.0, "std": 0.0}
    evaluation = inference.evaluate(network, classifier, held_out[:50], "gaussian", parameters, 0)
    assert evaluation.noisy.mse == 0
    assert evaluation.noisy.ssim == pytest.approx(1)
    assert evaluation.denoised.mse > 0
    assert evaluation.noisy.count == evaluation.denoised.count == 50


def test_without_labels_there_is_no_reading_accuracy(network, classifier, held_out):
    unlabelled = Digits(held_out.images[:10], None)
    evaluation = inference.evaluate(network, classifier, unlabelled, "gaussian", {}, 0)
    assert evaluation.noisy.reading_accuracy is None
    assert evaluation.denoised.reading_accuracy is None
    with pytest.raises(ModelError, match="expected labelled digits"):
        inference.evaluate_classifier(classifier, unlabelled)


def test_an_unknown_noise_is_refused(network, classifier, held_out):
    with pytest.raises(ConfigError, match="static"):
        inference.evaluate(network, classifier, held_out[:10], "static", {}, 0)
