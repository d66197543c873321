"""The browser and Keras give the same answers; what the browser cannot run, it refuses."""

import base64
import re
from functools import cache

import numpy as np
import pytest
import random_networks
from node import run_in_node

from denoiser.config import CLASSIFIER
from denoiser.data import digits
from denoiser.data.noise import add_noise
from denoiser.models import layers
from denoiser.models import store as models
from denoiser.models.layers import Layer
from denoiser.nn import inference, networks
from denoiser.ui.components import live
from denoiser.ui.session import state

NETWORKS = 60
PICTURES = 2
DIGITS = 32
TOLERANCE = 1e-5

KERNELS = ("SimdKernel", "PlainKernel")
over_kernels = pytest.mark.parametrize("kernel", KERNELS)
MODULES = {"network.js": "{ buildNetwork }", "kernel.js": "* as kernels"}
# Makes a tensor of {shape, numbers} as JSON has them.
TENSORS = """
const tensorsOf = (named) => Object.fromEntries(Object.entries(named).map(
  ([name, { shape, numbers }]) => [name, { shape, data: Float32Array.from(numbers) }]));
"""
RUN = (
    TENSORS
    + """
return input.networks.map(({ graph, tensors, pictures }) => {
  const run = buildNetwork(graph, tensorsOf(tensors), new kernels[input.kernel]());
  return pictures.map((picture) => Array.from(run(picture)));
});
"""
)
REFUSE = (
    TENSORS
    + """
return input.map(({ graph, tensors }) => {
  try {
    buildNetwork(graph, tensorsOf(tensors));
    return "";
  } catch (error) {
    return error.message;
  }
});
"""
)
RUN_SHIPPED = """
const panel = unpack(new Uint8Array(Buffer.from(input.container, "base64")));
const networks = { denoise: (picture) => panel.network.run(picture), classify: panel.classify };
return input.pictures.map((picture) => Array.from(networks[input.network](picture)));
"""


def sent(tensors):
    return {name: {"shape": list(tensor.shape), "numbers": tensor.ravel().tolist()}
            for name, tensor in tensors.items()}  # fmt: skip


@cache
def drawn(seed):
    """A random network: what Node gets of it, and what Keras answers."""
    network = random_networks.network(seed)
    weights = random_networks.weights(network, seed)
    model = networks.build_model("random", network)
    networks.set_weights(model, weights)
    shape = (PICTURES, *network[0].shape)
    pictures = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    asked = {
        "graph": layers.graph(network),
        "tensors": sent(weights),
        "pictures": pictures.reshape(PICTURES, -1).tolist(),
    }
    return asked, np.asarray(model(pictures)).reshape(PICTURES, -1)


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")  # of one number
@over_kernels
def test_random_networks_answer_in_the_browser_as_in_keras(kernel):
    both = [drawn(seed) for seed in range(NETWORKS)]
    asked = {"kernel": kernel, "networks": [asked for asked, _ in both]}
    in_browser = run_in_node(MODULES, RUN, asked)
    for seed, answers, (asked, expected) in zip(range(NETWORKS), in_browser, both, strict=True):
        np.testing.assert_allclose(
            answers, expected, rtol=TOLERANCE, atol=TOLERANCE, err_msg=f"{seed}: {asked['graph']}"
        )
    assert max(np.ptp(expected) for _, expected in both) > 1


@pytest.fixture(scope="module")
def noisy_digits():
    return add_noise(digits.bundled("test")[:DIGITS].clean, np.random.default_rng(0))


@pytest.mark.parametrize("name", models.names())
@over_kernels
def test_shipped_models_answer_in_the_browser_as_in_keras(name, kernel, noisy_digits):
    model = models.load(name)
    pictures = noisy_digits.reshape(DIGITS, -1).tolist()
    asked = {"graph": model.graph, "tensors": sent(model.tensors), "pictures": pictures}
    in_browser = run_in_node(MODULES, RUN, {"kernel": kernel, "networks": [asked]})[0]
    assert np.abs(in_browser - in_keras(name, noisy_digits)).max() <= TOLERANCE


def in_keras(name, pictures):
    answers = inference.load_keras(name).predict_on_batch(pictures[..., None])
    return answers.reshape(len(pictures), -1)


@pytest.mark.parametrize(("network", "name"), [("denoise", "unet"), ("classify", CLASSIFIER)])
def test_the_panel_unpacks_the_networks_that_it_was_sent(network, name, noisy_digits):
    model, classifier = models.load("unet"), models.load(CLASSIFIER)
    settings = state.Settings(model.name)
    container = live.container(model, [model], classifier, settings, live.test_view())
    asked = {
        "container": base64.b64encode(container).decode(),
        "network": network,
        "pictures": noisy_digits.reshape(DIGITS, -1).tolist(),
    }
    answers = run_in_node({"content.js": "{ unpack }"}, RUN_SHIPPED, asked, live.FOLDER)
    assert np.abs(answers - in_keras(name, noisy_digits)).max() <= TOLERANCE


# What is refused

LIST = [
    Layer("picture", "input", shape=(6, 6, 2)),
    Layer("conv", "conv2d", units=3, kernel=(3, 2), padding="same"),
    Layer("relu", "leaky_relu", negative_slope=0.1),
    Layer("norm", "batch_normalization"),
    Layer("pool", "max_pooling2d", strides=(2, 2)),
    Layer("up", "conv2d_transpose", units=3, kernel=(2, 2), strides=(2, 2), padding="same"),
    Layer("sum", "add", ("up", "norm")),
    Layer("both", "concatenate", ("sum", "picture")),
    Layer("flat", "reshape"),
    Layer("dense", "dense", units=4),
]


def layer(changed, /, **changes):
    """Change a node of the graph; None takes a key out."""

    def change(graph, tensors):
        node = next(node for node in graph if node["name"] == changed)
        node.update(changes)
        for key in [key for key, value in node.items() if value is None]:
            del node[key]

    return change


def tensor(name, change):
    return lambda graph, tensors: tensors.update({name: change(tensors[name])})


def without(name):
    return lambda graph, tensors: tensors.pop(name)


REFUSED = {
    "an unknown op": (layer("relu", op="elu"), r"layer relu \(elu\): this op is unknown"),
    "a name of every object": (layer("relu", op="toString"), "this op is unknown"),
    "dilation": (layer("conv", dilation_rate=2), "conv .*unknown: dilation_rate"),
    "channels first": (layer("conv", data_format="channels_first"), "unknown: data_format"),
    "an axis": (layer("both", axis=1), "unknown: axis"),
    "an option of another op": (layer("relu", strides=1), "unknown: strides"),
    "causal padding": (layer("conv", padding="causal"), "expected same or valid, got causal"),
    "no padding": (layer("conv", padding=None), "expected same or valid, got undefined"),
    "no stride": (layer("conv", strides=0), "strides: .* got 0"),
    "half a stride": (layer("up", strides=[1, 0.5]), "strides: .* got 1,0.5"),
    "three strides": (layer("pool", strides=[1, 1, 1]), "strides: .* got 1,1,1"),
    "a pool that is text": (layer("pool", pool_size="2"), "pool_size: .* got 2"),
    "a slope that is text": (layer("relu", negative_slope="0.1"), "expected a number, got 0.1"),
    "no epsilon": (layer("norm", epsilon=None), "epsilon: expected a number"),
    "another stride": (layer("conv", strides=2), "expected the shape 3,3,3, got 6,6,3"),
    "another padding": (layer("conv", padding="valid"), "expected the shape 4,5,3, got 6,6,3"),
    "another shape": (layer("flat", shape=[181]), "6,6,5 does not become 181"),
    "a large window": (layer("pool", pool_size=9), "window of 9 does not fit on 6"),
    "two inputs": (layer("relu", inputs=["conv", "conv"]), "expected 1 inputs, got 2"),
    "no inputs": (layer("sum", inputs=[]), "expected one or more inputs, got 0"),
    "a later input": (layer("conv", inputs=["relu"]), "no layers before it are called relu"),
    "a second input layer": (layer("relu", op="input", negative_slope=None), "the only input"),
    "one name for two": (layer("relu", name="conv"), "has the same name"),
    "sums of two shapes": (layer("sum", inputs=["pool", "norm"]), "not as large"),
    "pictures of two sizes": (layer("both", inputs=["pool", "picture"]), "not as large"),
    "a missing tensor": (without("conv.kernel"), "conv.kernel is missing"),
    "a missing weight": (layer("conv", weights={"bias": "conv.bias"}), "weights kernel"),
    "no weights": (layer("norm", weights=None), "weights gamma,beta,moving_mean,moving_variance"),
    "a weight too many": (layer("dense", weights={"kernel": "dense.kernel", "mask": "dense.bias"}),
                          "got kernel,mask"),
    "weights for nothing": (layer("relu", weights={"bias": "conv.bias"}), "expected the weights"),
    "a kernel turned": (tensor("conv.kernel", lambda k: k.transpose(0, 1, 3, 2)),
                        "weights of 3,2,2,2, got 3,2,3,2"),
    "a kernel of two axes": (tensor("conv.kernel", lambda k: k.reshape(6, 6)), "conv .*weights"),
    "a flat kernel": (tensor("dense.kernel", lambda k: k.ravel()), "dense .*weights"),
    "a short bias": (tensor("up.bias", lambda b: b[:2]), "weights of 3, got 2"),
    "a short mean": (tensor("norm.moving_mean", lambda m: m[:1]), "weights of 3, got 1"),
}  # fmt: skip


@cache
def refusals():
    """Every change to the network, with what the browser says to it; "" for the network itself."""
    weights = random_networks.weights(LIST, 0)
    asked = []
    for change in (lambda graph, tensors: None, *(change for change, _ in REFUSED.values())):
        graph, tensors = layers.graph(LIST), dict(weights)
        change(graph, tensors)
        asked.append({"graph": graph, "tensors": sent(tensors)})
    return dict(zip(("", *REFUSED), run_in_node(MODULES, REFUSE, asked), strict=True))


def test_a_network_that_is_understood_is_not_refused():
    assert refusals()[""] == ""


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, (_, words) in REFUSED.items()])
def test_what_the_browser_cannot_run_is_refused(name, words):
    assert re.search(words, refusals()[name]), refusals()[name]
