"""What is shown of a network's inside is what Keras computes there."""

import base64
from functools import cache

import numpy as np
import pytest
from activations import activations
from node import run_in_node

from denoiser.data import digits
from denoiser.data.noise import add_noise
from denoiser.models import store as models

DIGITS = 32
TOLERANCE = 1e-4  # of a layer's largest number
MODULES = {
    "inside/open_network.js": "{ OpenNetwork }",
    "inside/stages.js": "{ countOf, stagesOf }",
    "inside/terms.js": "{ arithmeticOf, channelOf, sumOf }",
    "inside/reach.js": "{ reachOf }",
}
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
# How far the terms of each map are from its sum, of the sum's largest number, by stage; and how far
# the layers after it are from what their formulas say.
ARITHMETIC = f"""{TENSORS}
network.run(pictures);
const stages = stagesOf(input.graph);
const size = (numbers) => Math.max(...numbers.map(Math.abs), 1e-6);
const bent = {{
  leaky_relu: (x, {{ slope }}) => (x < 0 ? slope * x : x),
  relu: (x) => Math.max(0, x),
  batch_normalization: (x, {{ scale, shift }}) => scale * x + shift,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
}};
const off = (stage) => Array.from({{ length: countOf(stage) }}, (_, map) => {{
  const found = arithmeticOf(network, stages, stage, map);
  if (!found) return [0, 0];
  const sums = found.sum.numbers.map((_, place) => found.bias(place) +
    (found.way === "weighs" ? sumOf(found.terms.map(({{ product }}) => sumOf(product.numbers)))
      : sumOf(found.terms.map(({{ product }}) => product.numbers[place]))));
  const wrong = sums.map((sum, place) => sum - found.sum.numbers[place]);
  const terms = size(wrong) / size(found.sum.numbers);
  let before = found.sum.numbers;
  let formulas = 0;
  for (const {{ op, picture, values }} of found.after) {{
    if (bent[op]) {{
      const said = before.map((x, place) => bent[op](x, values(place)));
      const wrong = size(said.map((x, i) => x - picture.numbers[i]));
      formulas = Math.max(formulas, wrong / Math.max(size(said), size(before)));
    }}
    before = picture.numbers;
  }}
  return [terms, formulas];
}}).reduce((most, pair) => most.map((number, i) => Math.max(number, pair[i])), [0, 0]);
const way = (stage) => arithmeticOf(network, stages, stage, 0).way;
return stages.slice(1).map((stage) => [stage.name, way(stage), ...off(stage)]);
"""
# The cells of each layer that change anything at a place, found by changing each of the input.
REACH = f"""{TENSORS}
return Object.fromEntries([...reachOf(network, input.layer, input.place)].map(
  ([name, cells]) => [name, Array.from(cells)]));
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


@pytest.mark.parametrize("name", DENOISERS)
def test_the_terms_of_each_map_add_up_and_the_formulas_after_it_hold(name):
    found = run_in_node(MODULES, ARITHMETIC, asked(name, noisy(1)))
    assert {way for _stage, way, *_off in found} == {"slides", "stamps", "weighs", "spreads"}
    for stage, _way, terms, formulas in found:
        assert terms < 1e-4, stage
        assert formulas < 1e-4, stage


@pytest.mark.parametrize(
    ("layer", "place", "patch"),
    [
        ("encoder_norm_1", 3 * 14 + 5, (6, 9, 10, 13)),
        ("encoder_norm_2", 2 * 7 + 3, (8, 15, 12, 19)),  # the 7x7 patch of the second convolution
        ("latent", 4, (0, 28, 0, 28)),
        ("denoised", 0, (0, 28, 0, 28)),
    ],
)
def test_a_cell_reaches_just_the_patch_of_the_picture_that_its_windows_cover(layer, place, patch):
    reached = run_in_node(MODULES, REACH, asked("tutorial", noisy(1), layer=layer, place=place))
    top, bottom, left, right = patch
    expected = np.zeros((28, 28), int)
    expected[top:bottom, left:right] = 1
    np.testing.assert_array_equal(np.reshape(reached["picture"], (28, 28)), expected)


def test_what_a_cell_reaches_is_what_changes_it_in_keras():
    """Every pixel of a U-Net's first skip connection is tried; the path of stamps, too."""
    for layer, place in (("half_2_relu", 5 * 14 + 6), ("low_1_relu", 3 * 7 + 2)):
        reached = run_in_node(MODULES, REACH, asked("unet", noisy(1), layer=layer, place=place))
        base = noisy(1)[0]
        changed = np.repeat(base[None], 784, axis=0).reshape(784, 784)
        changed[np.arange(784), np.arange(784)] += 0.5
        values = activations("unet", changed.reshape(784, 28, 28).astype(np.float32))[layer]
        before = activations("unet", base[None])[layer][0]
        cell = np.abs(values - before).max(axis=-1).reshape(784, -1)[:, place]
        seen = np.array(reached["picture"], bool)
        assert cell[~seen].max() < 1e-5 * np.abs(before).max()
        assert np.mean(cell[seen] > 1e-5) > 0.9
