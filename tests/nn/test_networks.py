"""The architectures: layers, sizes and costs, and how they are described to other programs."""

import json
import math

import keras
import numpy as np
import pytest

from denoiser import config
from denoiser.config import TrainConfig
from denoiser.errors import ModelError, NetworkError
from denoiser.nn import networks
from denoiser.nn.networks import ConvAutoencoder

ENCODER = ["Conv2D", "LeakyReLU", "BatchNormalization"] * 2 + ["Flatten", "Dense"]
DECODER = ["Dense", "Reshape", *["Conv2DTranspose", "LeakyReLU", "BatchNormalization"] * 2]
DECODER += ["Conv2DTranspose", "Activation"]

over_networks = pytest.mark.parametrize("name", networks.BUILDERS)


@pytest.fixture(scope="module")
def built():
    """Each network once, by name."""
    return {name: networks.build(TrainConfig(network=name)) for name in networks.BUILDERS}


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
        ((27, 28, 1), "width: expected a multiple of 4.*got 27"),
        ((28, 30, 1), "height: expected a multiple of 4.*got 30"),
        ((28, 28, 1, (8, 8, 8)), "width: expected a multiple of 8.*got 28"),
        ((0, 28, 1), "width: expected a number above zero, got 0"),
        ((28, -4, 1), "height: expected a number above zero, got -4"),
        ((28, 28, 0), "depth: expected a number above zero, got 0"),
        ((28, 28, 1, ()), "filters: expected at least one number, got none"),
        ((28, 28, 1, (8, 0)), "filters: expected a number above zero, got 0"),
        ((28, 28, 1, (8,), 0), "latentDim: expected a number above zero, got 0"),
    ],
    ids=str,
)
def test_a_size_the_decoder_could_not_give_back_is_refused(sizes, words):
    with pytest.raises(NetworkError, match=words):
        ConvAutoencoder.build(*sizes)


# All of them


def test_every_network_that_settings_can_name_can_be_built():
    assert set(networks.BUILDERS) == {*config.DENOISERS, config.CLASSIFIER}


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
    assert said.shape == (3, 10)
    assert (said >= 0).all()
    np.testing.assert_allclose(said.sum(1), 1, rtol=1e-5)


def test_multiply_adds_are_those_of_the_matrix_products(built):
    encoder = 14 * 14 * 9 * 1 * 32 + 7 * 7 * 9 * 32 * 64 + 3136 * 16
    decoder = 16 * 3136 + 7 * 7 * 9 * 64 * 64 + 14 * 14 * 9 * 64 * 32 + 28 * 28 * 9 * 32 * 1
    assert networks.multiply_adds(built["tutorial"]) == encoder + decoder


def test_the_unet_is_light_enough_for_the_browser(built):
    weights = networks.weights(built["unet"]).values()
    assert networks.multiply_adds(built["unet"]) <= 16_000_000
    assert sum(weight.nbytes for weight in weights) <= 2_000_000


def test_the_classifier_is_light_enough_for_the_browser(built):
    assert networks.multiply_adds(built["classifier"]) <= 2_000_000


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


# Graphs


@over_networks
def test_a_graph_has_every_layer_after_those_that_feed_it(built, name):
    nodes = networks.graph(built[name])
    seen = set()
    for node in nodes:
        assert set(node["inputs"]) <= seen
        assert node["name"] not in seen
        seen.add(node["name"])
    assert [node["op"] for node in nodes].count("input") == 1
    assert nodes[0]["op"] == "input"


@over_networks
def test_a_graph_uses_every_layer_and_ends_in_the_output(built, name):
    nodes = networks.graph(built[name])
    fed = {name for node in nodes for name in node["inputs"]}
    assert {node["name"] for node in nodes} - fed == {nodes[-1]["name"]}
    assert tuple(nodes[0]["shape"]) == built[name].input_shape[1:]
    assert tuple(nodes[-1]["shape"]) == built[name].output_shape[1:]


@over_networks
def test_a_graph_names_every_weight_once(built, name):
    named = [
        tensor
        for node in networks.graph(built[name])
        for tensor in node.get("weights", {}).values()
    ]
    assert sorted(named) == sorted(networks.weights(built[name]))


@over_networks
def test_a_graph_says_what_each_kind_of_layer_needs(built, name):
    needed = {
        "conv2d": {"strides", "padding", "weights"},
        "conv2d_transpose": {"strides", "padding", "weights"},
        "dense": {"weights"},
        "batch_normalization": {"epsilon", "weights"},
        "leaky_relu": {"negative_slope"},
    }
    for node in networks.graph(built[name]):
        assert needed.get(node["op"], set()) <= set(node)
        assert math.prod(node["shape"]) > 0


@over_networks
def test_a_graph_is_plain_json(built, name):
    nodes = networks.graph(built[name])
    assert json.loads(json.dumps(nodes)) == nodes
