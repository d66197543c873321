"""What is shown of a network's inside is what Keras computes there."""

import base64
from functools import cache

import numpy as np
import pytest
from node import run_in_node

from denoiser.data import digits
from denoiser.data.noise import add_noise
from denoiser.models import store as models
from denoiser.nn import inference, networks

DIGITS = 32
TOLERANCE = 1e-4  # of a layer's largest number
MODULES = {"inside/open_network.js": "{ OpenNetwork }", "inside/stages.js": "{ stagesOf }"}
DENOISERS = ("tutorial", "unet")
TENSORS = """
const numbersOf = (text) => {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Float32Array(bytes.buffer);
};
const textOf = (numbers) =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("base64");
const tensors = Object.fromEntries(Object.entries(input.tensors).map(
  ([name, { shape, numbers }]) => [name, { shape, data: numbersOf(numbers) }]));
const network = new OpenNetwork(input.graph, tensors, input.count);
const pictures = numbersOf(input.pictures);
"""
ALL_LAYERS = f"""{TENSORS}
network.run(pictures);
return Object.fromEntries(input.graph.map(({{ name }}) => [name, textOf(network.maps(name))]));
"""
ALTERED = f"""{TENSORS}
network.run(pictures);
return input.changes.map(({{ layer, off, held }}) => {{
  network.switchOff(layer, off);
  network.hold(layer, held);
  const again = textOf(network.runFrom(layer));
  const anew = textOf(network.run(pictures));
  network.switchOff(layer, []);
  network.hold(layer, []);
  return [again, anew, textOf(network.runFrom(layer))];
}});
"""
STAGES = """
return stagesOf(input).map(({ name, output, from, added }) => [name, output, from, added]);
"""


def text_of(numbers):
    return base64.b64encode(np.ascontiguousarray(numbers, np.float32).tobytes()).decode()


def numbers_of(text, shape):
    return np.frombuffer(base64.b64decode(text), np.float32).reshape(shape)


def asked(name, pictures, **others):
    model = models.load(name)
    tensors = {key: {"shape": list(tensor.shape), "numbers": text_of(tensor)}
               for key, tensor in model.tensors.items()}  # fmt: skip
    return {
        "graph": model.graph, "tensors": tensors, "count": len(pictures),
        "pictures": text_of(pictures), **others,
    }  # fmt: skip


@cache
def noisy(count=DIGITS):
    return add_noise(digits.bundled("test")[:count].clean, np.random.default_rng(0))


def activations(name, pictures, changed=None, change=None):
    """What each layer gives in Keras; the output of the layer `changed` goes through `change`."""
    in_keras = {layer.name: layer for layer in networks.flat_layers(inference.load_keras(name))}
    values = {}
    for node in models.load(name).graph:
        inputs = [values[before] for before in node["inputs"]]
        if inputs:
            values[node["name"]] = np.asarray(
                in_keras[node["name"]](inputs if len(inputs) > 1 else inputs[0])
            )
        else:
            values[node["name"]] = pictures[..., None]
        if node["name"] == changed:
            values[changed] = change(values[changed].copy())
    return values


@pytest.mark.parametrize("name", DENOISERS)
def test_every_layer_gives_what_it_gives_in_keras(name):
    in_browser = run_in_node(MODULES, ALL_LAYERS, asked(name, noisy()))
    expected = activations(name, noisy())
    assert list(in_browser) == list(expected)
    for layer, numbers in expected.items():
        found = numbers_of(in_browser[layer], numbers.shape)
        assert np.abs(found - numbers).max() <= TOLERANCE * np.abs(numbers).max(), layer


CHANGES = {
    "tutorial": [
        ("encoder_norm_1", [0, 5, 31], {}),
        ("decoder_reshape", [7], {}),
        ("decoder_norm_2", [3, 4], {}),
        ("latent", [], {0: 2.5, 9: -1.0}),
        ("latent", [15], {}),
    ],
    "unet": [
        ("full_1_relu", [2], {}),
        ("low_add", [0, 63], {}),
        ("half_add", [11], {}),
        ("whole_dense_1_relu", [1], {2: 0.5}),
    ],
}


@pytest.mark.parametrize("name", DENOISERS)
def test_channels_off_and_numbers_held_are_what_the_same_change_is_in_keras(name):
    changes = [{"layer": layer, "off": off, "held": list(held.items())}
               for layer, off, held in CHANGES[name]]  # fmt: skip
    pictures = noisy(8)
    answers = run_in_node(MODULES, ALTERED, asked(name, pictures, changes=changes))
    shape = (len(pictures), 28, 28, 1)
    unchanged = activations(name, pictures)["denoised"]
    for (layer, off, held), (again, anew, freed) in zip(CHANGES[name], answers, strict=True):

        def change(numbers, off=off, held=held):
            numbers[..., off] = 0
            for place, value in held.items():
                numbers[..., place] = value
            return numbers

        expected = activations(name, pictures, layer, change)["denoised"]
        assert np.abs(expected - unchanged).max() > 0.01, layer
        for found in (again, anew):
            np.testing.assert_allclose(numbers_of(found, shape), expected, atol=1e-5, err_msg=layer)
        np.testing.assert_allclose(numbers_of(freed, shape), unchanged, atol=1e-5, err_msg=layer)


def test_the_stages_of_the_tutorials_network_are_those_that_it_names():
    stages = run_in_node(MODULES, STAGES, models.load("tutorial").graph)
    assert stages == [
        ["picture", "picture", [], []],
        ["encoder_conv_1", "encoder_norm_1", ["picture"], []],
        ["encoder_conv_2", "encoder_norm_2", ["encoder_conv_1"], []],
        ["latent", "latent", ["encoder_conv_2"], []],
        ["decoder_dense", "decoder_reshape", ["latent"], []],
        ["decoder_conv_1", "decoder_norm_1", ["decoder_dense"], []],
        ["decoder_conv_2", "decoder_norm_2", ["decoder_conv_1"], []],
        ["decoder_conv_out", "denoised", ["decoder_conv_2"], []],
    ]


def test_the_u_nets_skip_connections_lead_where_its_graph_says():
    stages = run_in_node(MODULES, STAGES, models.load("unet").graph)
    skips = {name: added for name, _output, _from, added in stages if added}
    assert skips == {"low_3_conv": ["low_1_conv"], "whole_out": ["low_3_conv"],
                     "half_up": ["half_2_conv"]}  # fmt: skip
    assert {name: before for name, _output, before, _added in stages if len(before) > 1} == {
        "full_2_conv": ["full_1_conv", "full_up"]
    }
