"""The gradient by the input that the browser works out is Keras', for the network as it answers.

The reference is Keras in float64 with `training=False`: of two in float32 none would be right.
"""

import base64
from functools import cache

import numpy as np
import pytest
import random_networks
import tensorflow as tf
from node import run_in_node
from precision import counting_in, variables

from denoiser.config import CLASSIFIER
from denoiser.data import digits
from denoiser.data.noise import add_noise
from denoiser.models import architectures, layers
from denoiser.models import store as models
from denoiser.nn import networks

DENOISERS = ("tutorial", "plain", "unet", "unet-any")
SHIPPED = (*DENOISERS, CLASSIFIER)
DIGITS = 4
SIDE = 28
NETWORKS = 100
# Of a gradient's largest number. A sigmoid that answers nearly 1 has lost digits of its slope.
TOLERANCE = {"logits": 1e-5, "answers": 1e-4}
RANDOM_TOLERANCE = 1e-4  # some of these gradients nearly cancel out
ROUNDING = 1e-6  # where a softmax is sure, its slopes are smaller than what float32 knows of them
STEP = 1e-7  # so short that hardly a ReLU turns on it
KERNELS = ("SimdKernel", "PlainKernel")
over_kernels = pytest.mark.parametrize("kernel", KERNELS)
MODULES = {"inside/ink.js": "{ InkNetwork }", "kernel.js": "* as kernels"}
GRADIENTS = """
const floats = (text) => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
const text = ({ buffer, byteOffset, byteLength }) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");
const tensorsOf = (named) => Object.fromEntries(Object.entries(named).map(
  ([name, { shape, numbers }]) => [name, { shape, data: floats(numbers) }]));
return input.networks.map(({ graph, tensors, asked, changes }) => {
  const network = new InkNetwork(graph, tensorsOf(tensors), 1, new kernels[input.kernel]());
  for (const { layer, off, held } of changes) {
    network.switchOff(layer, off);
    network.hold(layer, held);
  }
  return asked.map(({ picture, weights, of }) =>
    text(network.gradient(floats(picture), floats(weights), of)));
});
"""


@pytest.fixture(scope="module", autouse=True)
def exact():
    with counting_in("float64"):
        yield


def sent(array):
    return base64.b64encode(np.ascontiguousarray(array, np.float32).tobytes()).decode()


def received(text, shape):
    return np.frombuffer(base64.b64decode(text), np.float32).reshape(shape).astype(np.float64)


class Case:
    """A network, pictures, and weights of what it gives for each of them; the same in Keras."""

    def __init__(self, network, tensors, pictures, weights, changes=()):
        self.graph, self.tensors, self.changes = layers.graph(network), tensors, changes
        self.pictures, self.weights = pictures, weights
        model = networks.build_model("model", network)
        for name, variable in variables(model).items():
            variable.assign(tensors[name])
        self._in_keras = {layer.name: layer for layer in networks.flat_layers(model)}

    def asked(self, of):
        return {
            "graph": self.graph,
            "tensors": {name: {"shape": list(tensor.shape), "numbers": sent(tensor)}
                        for name, tensor in self.tensors.items()},
            "asked": [{"picture": sent(picture), "weights": sent(weights), "of": of}
                      for picture, weights in zip(self.pictures, self.weights, strict=True)],
            "changes": [{"layer": layer, "off": off, "held": list(held.items())}
                        for layer, off, held in self.changes],
        }  # fmt: skip

    def reference(self, of):
        """Return the gradients by each picture."""
        pictures = tf.constant(self.pictures, tf.float64)
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            weighted = self.weighted(pictures, of)
        return tape.gradient(weighted, pictures).numpy()

    def weighted(self, pictures, of):
        """Return the weighted sum for each picture."""
        last = self.graph[-1]
        is_squashed = last["op"] in ("sigmoid", "softmax")
        name = last["inputs"][0] if of == "logits" and is_squashed else last["name"]
        numbers = tf.reshape(self._values(pictures)[name], self.weights.shape)
        return tf.reduce_sum(numbers * self.weights, axis=1)

    def _values(self, pictures):
        values = {}
        for node in self.graph:
            inputs = [values[before] for before in node["inputs"]]
            layer = self._in_keras[node["name"]]
            values[node["name"]] = (
                layer(inputs if len(inputs) > 1 else inputs[0]) if inputs else pictures
            )
            for changed, off, held in self.changes:
                if changed == node["name"]:
                    values[changed] = fixed(values[changed], off, held)
        return values


def fixed(numbers, off, held):
    """What channels that are off and numbers that are held make of a layer's numbers."""
    passes = np.ones(numbers.shape)
    passes[..., off] = 0
    values = np.zeros(numbers.shape)
    for place, value in held.items():
        passes.reshape(len(passes), -1)[:, place] = 0
        values.reshape(len(values), -1)[:, place] = value
    return numbers * passes + values


def check(answers, case, of, tolerance, title):
    for i, (answer, expected) in enumerate(zip(answers, case.reference(of), strict=True)):
        off = np.abs(received(answer, expected.shape) - expected).max()
        rounding = ROUNDING if title == CLASSIFIER and of == "answers" else 0
        assert off <= tolerance * np.abs(expected).max() + rounding, f"{title}, question {i}"


@cache
def noisy():
    return add_noise(digits.bundled("test")[:DIGITS].clean, np.random.default_rng(0))


def weights_of_regions(rng):
    """One pixel of a stroke, one at an edge, one anywhere; a region's mean; weights at random."""
    chosen = np.zeros((5, SIDE, SIDE))
    chosen[0, 14, 14] = 1
    chosen[1, 0, rng.integers(SIDE)] = 1
    chosen[2, rng.integers(SIDE), rng.integers(SIDE)] = 1
    row, column = rng.integers(0, SIDE - 8, 2)
    chosen[3, row : row + 5, column : column + 8] = 1 / 40
    chosen[4, column : column + 6, row : row + 4] = rng.normal(size=(6, 4))
    return chosen.reshape(5, -1)


@cache
def shipped_parts(name):
    model = models.load(name)
    network = architectures.layers_of(model.config)
    rng = np.random.default_rng(1)
    weights = np.eye(11)[[3, 7, 10]] if name == CLASSIFIER else weights_of_regions(rng)
    pictures = np.repeat(noisy()[..., None], len(weights), axis=0)
    return network, model.tensors, pictures, np.tile(weights, (DIGITS, 1))


@cache
def shipped(name):
    return Case(*shipped_parts(name))


@over_kernels
@pytest.mark.parametrize("of", ["logits", "answers"])
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_models_have_the_gradients_of_keras(name, of, kernel):
    case = shipped(name)
    answers = run_in_node(MODULES, GRADIENTS, {"kernel": kernel, "networks": [case.asked(of)]})
    check(answers[0], case, of, TOLERANCE[of], name)


CHANGES = {
    "tutorial": (
        ("encoder_norm_1", (0, 5, 31), {}),
        ("latent", (15,), {0: 2.5, 9: -1.0}),
        ("decoder_reshape", (7,), {}),
        ("decoder_conv_out", (), {3 * SIDE + 14: 0.0}),
    ),
    "unet": (
        ("full_1_relu", (2,), {}),
        ("low_add", (0, 63), {}),
        ("whole_dense_1_relu", (1,), {2: 0.5}),
        ("full_concat", (17,), {20 * 28 * 32: 1.0}),
    ),
    CLASSIFIER: (("block_2_pool", (3, 4), {}), ("classes", (), {7: 2.0})),
}


@pytest.mark.parametrize("of", ["logits", "answers"])
@pytest.mark.parametrize("name", CHANGES)
def test_channels_off_and_numbers_held_pass_no_gradient(name, of):
    case, unchanged = Case(*shipped_parts(name), CHANGES[name]), shipped(name)
    asked = {"kernel": "SimdKernel", "networks": [case.asked(of)]}
    check(run_in_node(MODULES, GRADIENTS, asked)[0], case, of, TOLERANCE[of], name)
    difference = np.abs(case.reference(of) - unchanged.reference(of)).max()
    assert difference > 0.1 * np.abs(unchanged.reference(of)).max()


@pytest.mark.parametrize("name", DENOISERS)
def test_the_gradient_tells_how_logits_change_nearby(name):
    """On a short way they change by the product of way and gradient: they are linear nearby."""
    case = shipped(name)
    asked = {"kernel": "SimdKernel", "networks": [case.asked("logits")]}
    answers = run_in_node(MODULES, GRADIENTS, asked)[0]
    gradients = np.array([received(answer, case.pictures.shape[1:]) for answer in answers])
    before = case.weighted(case.pictures, "logits")
    for direction in np.random.default_rng(2).normal(size=(5, SIDE, SIDE, 1)) / SIDE:
        changes = case.weighted(case.pictures + STEP * direction, "logits") - before
        slopes = (gradients * direction).sum(axis=(1, 2, 3))
        steepest = np.linalg.norm(gradients.reshape(len(gradients), -1), axis=1)
        assert (np.abs(changes / STEP - slopes) <= TOLERANCE["logits"] * steepest).all()


@cache
def drawn(seed):
    network = random_networks.network(seed)
    rng = np.random.default_rng(seed)
    count = int(np.prod(layers.place(network)[-1].shape))
    pictures = rng.normal(size=(2, *network[0].shape)).astype(np.float32)
    weights = rng.normal(size=(2, count)).astype(np.float32)
    return Case(network, random_networks.weights(network, seed), pictures, weights)


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")  # of one number
@over_kernels
@pytest.mark.parametrize("of", ["logits", "answers"])
def test_random_networks_have_the_gradients_of_keras(of, kernel):
    cases = [drawn(seed) for seed in range(NETWORKS)]
    asked = {"kernel": kernel, "networks": [case.asked(of) for case in cases]}
    answers = run_in_node(MODULES, GRADIENTS, asked)
    for seed, (answer, case) in enumerate(zip(answers, cases, strict=True)):
        check(answer, case, of, RANDOM_TOLERANCE, f"network {seed}")
