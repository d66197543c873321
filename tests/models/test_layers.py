"""Networks as lists of layers: what is derived from them, and what makes no network."""

import json

import numpy as np
import pytest
import random_networks

from denoiser.config import CLASSIFIER, DENOISERS, TrainConfig
from denoiser.errors import NetworkError
from denoiser.models import architectures, layers
from denoiser.models.architectures import ARCHITECTURES
from denoiser.models.layers import OPS, Layer

LISTS = {name: architectures.layers_of(TrainConfig(network=name)) for name in ARCHITECTURES}
LISTS |= {f"random {seed}": random_networks.network(seed) for seed in range(5)}
over_lists = pytest.mark.parametrize("network", LISTS.values(), ids=LISTS)

PICTURE = Layer("picture", "input", shape=(6, 5, 2))


def after(*following, start=PICTURE):
    return [start, *following]


# What is derived


def test_every_network_that_settings_can_name_has_a_list():
    assert set(ARCHITECTURES) == {*DENOISERS, CLASSIFIER}


def test_a_layer_is_fed_by_the_one_before_it_unless_it_says_otherwise():
    network = after(Layer("a", "relu"), Layer("b", "relu"), Layer("c", "add", ("a", "b")))
    assert [node["inputs"] for node in layers.graph(network)] == [
        [], ["picture"], ["a"], ["a", "b"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "shape", "parameters", "multiply_adds"),
    [
        (Layer("x", "conv2d", units=3, kernel=(3, 2), padding="same"), [6, 5, 3], 39, 30 * 36),
        (Layer("x", "conv2d", units=3, kernel=(3, 2), use_bias=False), [4, 4, 3], 36, 16 * 36),
        (Layer("x", "conv2d", kernel=(2, 2), strides=(2, 3), padding="same"), [3, 2, 1], 9, 48),
        (Layer("x", "conv2d", kernel=(2, 2), strides=(3, 2)), [2, 2, 1], 9, 32),
        (Layer("x", "conv2d_transpose", units=3, kernel=(3, 1), strides=(2, 3), padding="same"),
         [12, 15, 3], 21, 30 * 18),
        (Layer("x", "conv2d_transpose", kernel=(3, 1), strides=(2, 3)), [13, 15, 1], 7, 180),
        (Layer("x", "max_pooling2d", pool_size=(2, 3), strides=(2, 1)), [3, 3, 2], 0, 0),
        (Layer("x", "max_pooling2d", strides=(4, 4), padding="same"), [2, 2, 2], 0, 0),
        (Layer("x", "dense", units=7), [6, 5, 7], 21, 30 * 14),
        (Layer("x", "batch_normalization"), [6, 5, 2], 8, 0),
        (Layer("x", "reshape"), [60], 0, 0),
        (Layer("x", "reshape", shape=(4, 15)), [4, 15], 0, 0),
        (Layer("x", "concatenate", ("picture", "picture")), [6, 5, 4], 0, 0),
        (Layer("x", "softmax"), [6, 5, 2], 0, 0),
    ],
    ids=str,
)  # fmt: skip
def test_a_layer_has_its_shape_weights_and_cost(layer, shape, parameters, multiply_adds):
    network = after(layer)
    assert layers.graph(network)[-1]["shape"] == shape
    assert layers.parameters(network) == parameters
    assert layers.multiply_adds(network) == multiply_adds


def test_multiply_adds_are_those_of_the_matrix_products():
    encoder = 14 * 14 * 9 * 1 * 32 + 7 * 7 * 9 * 32 * 64 + 3136 * 16
    decoder = 16 * 3136 + 7 * 7 * 9 * 64 * 64 + 14 * 14 * 9 * 64 * 32 + 28 * 28 * 9 * 32 * 1
    assert layers.multiply_adds(LISTS["tutorial"]) == encoder + decoder


@pytest.mark.parametrize(("name", "most"), [("unet", 16_000_000), (CLASSIFIER, 2_000_000)])
def test_a_network_is_light_enough_for_the_browser(name, most):
    assert layers.multiply_adds(LISTS[name]) <= most
    assert 4 * layers.parameters(LISTS[name]) <= 2_000_000


# Graphs


@over_lists
def test_a_graph_has_every_layer_after_those_that_feed_it_and_ends_in_the_output(network):
    seen = set()
    for node in layers.graph(network):
        assert set(node["inputs"]) <= seen
        assert (node["op"] == "input") == (not seen)
        seen.add(node["name"])
    assert len(seen) == len(network)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_uses_every_layer(name):
    nodes = layers.graph(LISTS[name])
    fed = {source for node in nodes for source in node["inputs"]}
    assert {node["name"] for node in nodes} - fed == {nodes[-1]["name"]}


@over_lists
def test_a_graph_names_every_weight_once_and_is_plain_json(network):
    nodes = layers.graph(network)
    named = [tensor for node in nodes for tensor in node.get("weights", {}).values()]
    assert named == list(layers.weights(network))
    assert json.loads(json.dumps(nodes)) == nodes


def test_a_graph_says_pairs_as_one_number_where_both_are_the_same():
    network = after(
        Layer("a", "conv2d", strides=(2, 2), padding="same"), Layer("b", "conv2d", strides=(1, 3))
    )
    assert [node.get("strides") for node in layers.graph(network)] == [None, 2, [1, 3]]


# What makes no network

BROKEN = {
    "an unknown op": (after(Layer("x", "attention")), "x: expected an op of .*, got attention"),
    "a second input": (after(Layer("x", "input", shape=(1,))), "one input, at the start"),
    "no input": ([Layer("x", "relu")], "one input, at the start"),
    "a name twice": (after(Layer("picture", "relu")), "a name of its own, got picture"),
    "a later input": (after(Layer("x", "relu", ("y",))), "inputs before it, got y"),
    "another op's option": (after(Layer("x", "relu", strides=(2, 2))), "of relu, got strides"),
    "two inputs too many": (after(Layer("x", "relu", ("picture",) * 2)), "one input"),
    "no picture": (after(Layer("x", "conv2d"), start=Layer("i", "input", shape=(4,))), "3 axes"),
    "a picture too small": (after(Layer("x", "conv2d", kernel=(7, 1))), r"at least \(7, 1\)"),
    "a pool too large": (after(Layer("x", "max_pooling2d", pool_size=(2, 6))), "at least"),
    "too many numbers": (after(Layer("x", "reshape", shape=(61,))), "a shape of 60 numbers"),
    "sums of two shapes": (after(Layer("x", "conv2d"), Layer("y", "add", ("picture", "x"))),
                           "inputs of one shape"),
    "pictures of two sizes": (after(Layer("x", "max_pooling2d"),
                                    Layer("y", "concatenate", ("picture", "x"))),
                              "inputs of one size"),
}  # fmt: skip


@pytest.mark.parametrize(("network", "words"), BROKEN.values(), ids=BROKEN)
def test_a_list_that_makes_no_network_is_refused(network, words):
    with pytest.raises(ValueError, match=words):
        layers.place(network)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"filters": (8, 8, 8)}, "filters"),
        ({"filters": ()}, "filters"),
        ({"filters": (8, 0)}, "filters"),
        ({"latent_dim": 0}, "latent_dim"),
        ({"depth": 0}, ""),
    ],
    ids=str,
)
def test_an_error_names_the_setting_that_has_to_change(values, field):
    with pytest.raises(NetworkError) as refused:
        architectures.tutorial(**{"width": 28, "height": 28, "depth": 1} | values)
    assert refused.value.field == field


# The random networks of the tests


def test_random_networks_have_every_op_with_every_option():
    drawn = [layer for seed in range(60) for layer in random_networks.network(seed)]
    assert {layer.op for layer in drawn} == set(OPS)
    slid = [layer for layer in drawn if "strides" in OPS[layer.op].options]
    for op in {layer.op for layer in slid}:
        alike = [layer for layer in slid if layer.op == op]
        assert {layer.padding for layer in alike} == {"same", "valid"}
        assert {s for layer in alike for s in layer.strides} == {1, 2, 3}
        assert any(len(set(layer.strides)) == 2 for layer in alike)
    assert {n for layer in slid for n in layer.kernel} == {1, 2, 3, 4}
    assert {layer.use_bias for layer in drawn if layer.op == "dense"} == {True, False}


def test_random_weights_are_those_of_the_network():
    network = random_networks.network(1)
    weights = random_networks.weights(network, 1)
    assert {name: weight.shape for name, weight in layers.weights(network).items()} == {
        name: tensor.shape for name, tensor in weights.items()
    }
    assert {tensor.dtype for tensor in weights.values()} == {np.dtype(np.float32)}
