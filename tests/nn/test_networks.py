"""Networks in Keras: those that their lists of layers describe, with the weights they name."""

import math

import keras
import numpy as np
import pytest
import random_networks

from denoiser import config
from denoiser.config import TrainConfig
from denoiser.errors import ModelError, NetworkError
from denoiser.models import architectures, layers, sizes
from denoiser.models.architectures import ARCHITECTURES
from denoiser.models.layers import OPS, Layer
from denoiser.nn import networks
from denoiser.nn.networks import ConvAutoencoder

ENCODER = ["Conv2D", "LeakyReLU", "BatchNormalization"] * 2 + ["Flatten", "Dense"]
DECODER = ["Dense", "Reshape", *["Conv2DTranspose", "LeakyReLU", "BatchNormalization"] * 2]
DECODER += ["Conv2DTranspose", "Activation"]

over_networks = pytest.mark.parametrize("name", ARCHITECTURES)


@pytest.fixture(scope="module")
def built():
    """Each network once, by name."""
    return {name: networks.build(TrainConfig(network=name)) for name in ARCHITECTURES}


@pytest.fixture(scope="module")
def tutorial():
    """The tutorial's (encoder, decoder, autoencoder) for MNIST."""
    return ConvAutoencoder.build(28, 28, 1)


def pictures(count=2, shape=(28, 28, 1)):
    return np.random.default_rng(0).random((count, *shape), np.float32)


def kinds_of(model):
    kinds = [type(layer).__name__ for layer in networks.flat_layers(model)]
    return [kind for kind in kinds if kind != "InputLayer"]


# The tutorial's


def test_the_tutorials_network_has_its_number_of_parameters(tutorial):
    assert tutorial[2].count_params() == 178_769


def test_the_tutorials_network_has_its_layers_in_its_order(tutorial):
    encoder, decoder, autoencoder = tutorial
    assert kinds_of(encoder) == ENCODER
    assert kinds_of(decoder) == DECODER
    assert kinds_of(autoencoder) == ENCODER + DECODER


def test_the_tutorials_layers_have_its_numbers(tutorial):
    layers = networks.flat_layers(tutorial[2])
    convolutions = [x for x in layers if type(x).__name__.startswith("Conv2D")]
    assert [x.filters for x in convolutions] == [32, 64, 64, 32, 1]
    assert [x.strides for x in convolutions] == [(2, 2)] * 4 + [(1, 1)]
    assert {(x.kernel_size, x.padding) for x in convolutions} == {((3, 3), "same")}
    slopes = [x.negative_slope for x in layers if isinstance(x, keras.layers.LeakyReLU)]
    assert slopes == pytest.approx([0.2] * 4)
    assert layers[-1].activation is keras.activations.sigmoid


def test_the_encoder_gives_the_latent_vector_and_the_decoder_takes_it(tutorial):
    encoder, decoder, autoencoder = tutorial
    assert encoder.output_shape == decoder.input_shape == (None, 16)
    latent = encoder(pictures())
    np.testing.assert_allclose(decoder(latent), autoencoder(pictures()), rtol=1e-5)


@pytest.mark.parametrize(
    ("width", "height", "depth", "filters", "latent"),
    [(28, 28, 1, (8,), 2), (32, 32, 3, (4, 8), 16), (32, 32, 1, (4, 8, 16), 3),
     (28, 20, 1, (4, 8), 16), (2, 6, 2, (3,), 1)],
    ids=str,
)  # fmt: skip
def test_a_network_of_any_valid_size_gives_pictures_of_the_size_it_takes(
    width, height, depth, filters, latent
):
    encoder, _, autoencoder = ConvAutoencoder.build(width, height, depth, filters, latent)
    noisy = pictures(3, (height, width, depth))
    denoised = np.asarray(autoencoder(noisy))
    assert encoder(noisy).shape == (3, latent)
    assert denoised.shape == noisy.shape
    assert ((denoised >= 0) & (denoised <= 1)).all()


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((27, 28, 1), "width of 27 .*multiple of 4"),
        ((28, 30, 1), "height of 30 .*multiple of 4"),
        ((28, 28, 1, (8, 8, 8)), "width of 28 .*multiple of 8"),
        ((0, 28, 1), "width is 0"),
        ((28, -4, 1), "height is -4"),
        ((28, 28, 0), "depth is 0"),
        ((28, 28, 1, ()), "at least one number of filters"),
        ((28, 28, 1, (8, 0)), "filters is 0"),
        ((28, 28, 1, (8,), 0), "latentDim is 0"),
    ],
    ids=str,
)
def test_a_size_the_decoder_could_not_give_back_is_refused(sizes, words):
    with pytest.raises(NetworkError, match=words):
        ConvAutoencoder.build(*sizes)


# All of them


def test_settings_shape_the_tutorials_network():
    model = networks.build(TrainConfig(filters=(4, 8), latent_dim=3))
    assert model.get_layer("encoder").output_shape == (None, 3)
    assert networks.weights(model)["encoder_conv_2.kernel"].shape == (3, 3, 4, 8)


def test_settings_that_make_no_network_are_refused():
    with pytest.raises(NetworkError, match="multiple of 8"):
        networks.build(TrainConfig(filters=(8, 8, 8)))


@pytest.mark.parametrize("name", config.DENOISERS)
def test_a_denoiser_gives_digits(built, name):
    denoised = np.asarray(built[name](pictures(3)))
    assert denoised.shape == (3, 28, 28, 1)
    assert ((denoised >= 0) & (denoised <= 1)).all()


def test_the_classifier_gives_probabilities(built):
    said = np.asarray(built["classifier"](pictures(3)))
    assert said.shape == (3, 11)  # ten digits and none of them
    assert (said >= 0).all()
    np.testing.assert_allclose(said.sum(1), 1, rtol=1e-5)


# From lists


def test_keras_makes_every_op():
    assert set(networks.KERAS_LAYERS) == set(OPS)


def keras_multiply_adds(layer):
    """Count by what Keras made, beside what the list says."""
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return math.prod(layer.input.shape[1:3]) * math.prod(layer.kernel.shape)
    if isinstance(layer, keras.layers.Conv2D):
        return math.prod(layer.output.shape[1:3]) * math.prod(layer.kernel.shape)
    if isinstance(layer, keras.layers.Dense):
        return math.prod(layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)
    return 0


@pytest.mark.parametrize("seed", range(12))
def test_keras_has_the_shapes_weights_and_sizes_of_a_random_list(seed):
    network = random_networks.network(seed)
    model = networks.build_model("random", network)
    for placed in layers.place(network):
        assert model.get_layer(placed.layer.name).output.shape[1:] == placed.shape
    assert_weights_are_those_of(network, model)
    flat = networks.flat_layers(model)
    assert layers.multiply_adds(network) == sum(keras_multiply_adds(layer) for layer in flat)


@over_networks
def test_keras_has_the_weights_of_an_architectures_list(built, name):
    network = architectures.layers_of(TrainConfig(network=name))
    assert_weights_are_those_of(network, built[name])
    flat = networks.flat_layers(built[name])
    assert layers.multiply_adds(network) == sum(keras_multiply_adds(layer) for layer in flat)


def assert_weights_are_those_of(network, model):
    made, described = networks.weights(model), layers.weights(network)
    assert {name: tensor.shape for name, tensor in made.items()} == {
        name: weight.shape for name, weight in described.items()
    }
    trained = {f"{layer.name}.{variable.name}" for layer in networks.flat_layers(model)
               for variable in layer.trainable_variables}  # fmt: skip
    assert trained == {name for name, weight in described.items() if weight.is_trainable}
    for name, weight in described.items():
        begun = {"zeros": np.zeros, "ones": np.ones}.get(weight.initializer)
        assert begun is None or (made[name] == begun(weight.shape)).all()
    assert layers.parameters(network) == model.count_params()


def test_a_layer_is_added_by_one_edit_of_a_list(monkeypatch):
    before = TrainConfig(network="unet")
    plain = sizes.parameters(before), sizes.multiply_adds(before)
    pretend = Layer("pretend", "conv2d", units=5, kernel=(3, 3), padding="same")

    def with_pretend_layer(settings):
        network = architectures.unet()
        at = next(i for i, layer in enumerate(network) if layer.name == "full_1_norm")
        return {"unet": [*network[:at], pretend, *network[at:]]}

    monkeypatch.setitem(ARCHITECTURES, "unet", with_pretend_layer)
    model = networks.build(before)
    assert model.get_layer("pretend").kernel.shape == (3, 3, 16, 5)
    assert model.get_layer("full_1_norm").gamma.shape == (5,)
    assert networks.weights(model)["pretend.kernel"].shape == (3, 3, 16, 5)
    # The other convolutions of this size see 5 channels in place of 16.
    pixels, normed = 28 * 28, 4 * (16 - 5)
    more = 9 * 16 * 5 - 9 * (16 - 5) * 32 - 9 * (16 - 5) * 16
    assert sizes.parameters(before) == model.count_params() == plain[0] + more + 5 - normed
    assert sizes.multiply_adds(before) == (
        plain[1] + pixels * 9 * 16 * 5 - 14 * 14 * 9 * 11 * 32 - pixels * 9 * 11 * 16
    )
    graph = {node["name"]: node for node in layers.graph(architectures.layers_of(before))}
    assert graph["full_1_norm"]["inputs"] == ["pretend"]
    assert graph["pretend"]["weights"] == {"kernel": "pretend.kernel", "bias": "pretend.bias"}


# Weights


@over_networks
def test_weights_are_float32_and_all_there(built, name):
    weights = networks.weights(built[name])
    assert {weight.dtype for weight in weights.values()} == {np.dtype(np.float32)}
    assert sum(weight.size for weight in weights.values()) == built[name].count_params()


@over_networks
def test_a_network_with_the_weights_of_another_does_the_same(built, name):
    twin = networks.build(TrainConfig(network=name))
    before = np.asarray(twin(pictures()))
    networks.set_weights(twin, networks.weights(built[name]))
    expected = np.asarray(built[name](pictures()))
    assert np.abs(before - expected).max() > 1e-5
    np.testing.assert_allclose(twin(pictures()), expected, rtol=1e-6)


WRONG_WEIGHTS = {
    "missing": (lambda w: w.pop("latent.bias"), r"missing \['latent.bias'\]"),
    "too many": (lambda w: w.update(extra=w["latent.bias"]), r"unexpected \['extra'\]"),
    "shape": (lambda w: w.update({"latent.bias": np.zeros(17, "f4")}), r"\(16,\), got.*\(17,\)"),
    "axes": (lambda w: w.update({"latent.bias": np.zeros((16, 1), "f4")}), r"\(16, 1\)"),
    "dtype": (lambda w: w.update({"latent.bias": np.zeros(16)}), "float32.*got float64"),
    "none at all": (lambda w: w.clear(), "missing"),
}


@pytest.mark.parametrize(("change", "words"), WRONG_WEIGHTS.values(), ids=WRONG_WEIGHTS)
def test_weights_that_do_not_fit_are_refused(built, change, words):
    weights = networks.weights(built["tutorial"])
    change(weights)
    with pytest.raises(ModelError, match=words):
        networks.set_weights(built["tutorial"], weights)
