"""The browser trains as Keras does: gradients, one step, many steps.

The reference is Keras in float64: its own float32 differs from that by more than the browser does.
"""

import base64
from functools import cache

import keras
import numpy as np
import pytest
import random_networks
import tensorflow as tf
from node import run_in_node
from precision import counting_in, variables

from denoiser.config import TrainConfig
from denoiser.data import digits
from denoiser.data.noise import add_noise
from denoiser.models import architectures, layers
from denoiser.nn import networks
from denoiser.nn.muon import ConvMuon

NETWORKS = 100
PICTURES = 6
TOLERANCE = 1e-5  # of the largest number of a tensor
LAB = tuple(architectures.ARCHITECTURES)
STEPS = 50
RATE = 2e-3
OPTIMIZERS = {"adam": keras.optimizers.Adam, "muon": ConvMuon}
MODULES = {"training.js": "{ Trainer }", "network.js": "{ Network }", "kernel.js": "* as kernels"}
NUMBERS = """
const floats = (text) => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
const text = (numbers) => {
  const bytes = new Uint8Array(Float32Array.from(numbers).buffer);
  return Buffer.from(bytes).toString("base64");
};
const tensorsOf = (named) => Object.fromEntries(Object.entries(named).map(
  ([name, { shape, numbers }]) => [name, { shape, data: floats(numbers) }]));
const texts = (tensors) => Object.fromEntries(
  Object.entries(tensors).map(([name, { data }]) => [name, text(data)]));
"""
GRADIENTS = (
    NUMBERS
    + """
return input.networks.map(({ graph, tensors, inputs, targets, loss }) => {
  const batchSize = input.batchSize;
  const settings = { batchSize, optimizer: "adam", loss, momentum: 0.9 };
  const trainer = new Trainer(graph, tensorsOf(tensors), settings, new kernels[input.kernel]());
  const value = trainer.gradients(floats(inputs), floats(targets));
  const [gradients, after] = [texts(trainer.lastGradients()), texts(trainer.tensors())];
  return { loss: value, gradients, tensors: after };
});
"""
)
TRAIN = (
    NUMBERS
    + """
const { graph, batches, optimizer, rate, pictures } = input;
const settings = { batchSize: input.batchSize, optimizer, loss: "mse", momentum: 0.99 };
const trainer = new Trainer(graph, tensorsOf(input.tensors), settings);
const losses = batches.map(
  ([inputs, targets]) => trainer.step(floats(inputs), floats(targets), rate));
const tensors = trainer.tensors();
const answers = new Network(graph, tensors, input.batchSize).run(floats(pictures));
return { losses, tensors: texts(tensors), answers: text(answers) };
"""
)


def sent(array):
    return base64.b64encode(np.ascontiguousarray(array, np.float32).tobytes()).decode()


def received(text, shape):
    return np.frombuffer(base64.b64decode(text), np.float32).reshape(shape)


def sent_tensors(tensors):
    return {
        name: {"shape": list(tensor.shape), "numbers": sent(tensor)}
        for name, tensor in tensors.items()
    }


@pytest.fixture(scope="module", autouse=True)
def exact():
    with counting_in("float64"):
        yield


def built(network, weights, momentum):
    model = networks.build_model("model", network)
    for name, variable in variables(model).items():
        variable.assign(weights[name])
    for layer in networks.flat_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum
    return model


def reference(network, weights, inputs, targets, loss):
    """Return the loss, gradients by the tensors' names, and the weights after the pass."""
    model = built(network, weights, 0.9)
    with tf.GradientTape() as tape:
        answers = model(inputs.astype(keras.config.floatx()), training=True)
        if loss == "mse":
            value = tf.reduce_mean((answers - targets.astype(keras.config.floatx())) ** 2)
        else:
            value = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(targets, answers))
    trained = model.trainable_variables
    found = dict(zip(map(id, trained), tape.gradient(value, trained), strict=True))
    named = variables(model)
    gradients = {name: found[id(v)].numpy() for name, v in named.items() if id(v) in found}
    return float(value), gradients, {name: v.numpy() for name, v in named.items()}


@cache
def drawn(seed):
    network = random_networks.network(seed)
    weights = random_networks.weights(network, seed)
    rng = np.random.default_rng(seed)
    placed = layers.place(network)
    inputs = rng.normal(size=(PICTURES, *network[0].shape)).astype(np.float32)
    targets = rng.normal(size=(PICTURES, *placed[-1].shape)).astype(np.float32)
    return network, weights, inputs, targets, "mse"


@cache
def of_digits(name):
    network = architectures.layers_of(TrainConfig(network=name))
    weights = random_networks.weights(network, 0)
    found = digits.bundled("test")[:PICTURES]
    if name == "classifier":
        return network, weights, found.clean[..., None], found.known_labels, "cross_entropy"
    noisy = add_noise(found.clean, np.random.default_rng(0))
    return network, weights, noisy[..., None], found.clean[..., None], "mse"


def asked(network, weights, inputs, targets, loss):
    return {
        "graph": layers.graph(network), "tensors": sent_tensors(weights), "inputs": sent(inputs),
        "targets": sent(targets), "loss": loss,
    }  # fmt: skip


def rounded_reference(*case):
    """Return the gradients of Keras in float32."""
    with counting_in("float32"):
        return reference(*case)[1]


def check_gradients(answer, case, title):
    loss, gradients, weights = reference(*case)
    assert answer["loss"] == pytest.approx(loss, rel=TOLERANCE), title
    assert answer["gradients"].keys() == gradients.keys()
    ill_conditioned = 0
    in_float32 = cache(lambda: rounded_reference(*case))
    largest_of_all = max((np.abs(g).max() for g in gradients.values()), default=0)
    for name, expected in gradients.items():
        got = received(answer["gradients"][name], expected.shape)
        largest = np.abs(expected).max()
        if largest < 1e-12:  # it cancels out altogether, as a bias before a normalization does
            largest = largest_of_all
        off = np.abs(got - expected).max()
        if off > TOLERANCE * largest:  # numbers that nearly cancel out: float32 has no more of them
            assert off <= 3 * np.abs(in_float32()[name] - expected).max(), f"{title}: {name}"
            ill_conditioned += 1
    assert ill_conditioned <= len(gradients) * (title not in LAB)
    for name, expected in weights.items():
        got = received(answer["tensors"][name], expected.shape)
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5, err_msg=f"{title}: {name}")


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")  # of one number
@pytest.mark.parametrize("kernel", ["SimdKernel", "PlainKernel"])
def test_random_networks_have_the_gradients_of_keras(kernel):
    cases = [drawn(seed) for seed in range(NETWORKS)]
    asking = {"kernel": kernel, "batchSize": PICTURES, "networks": [asked(*c) for c in cases]}
    answers = run_in_node(MODULES, GRADIENTS, asking)
    for seed, (answer, case) in enumerate(zip(answers, cases, strict=True)):
        check_gradients(answer, case, f"network {seed}")


@pytest.mark.parametrize("name", LAB)
def test_the_labs_networks_have_the_gradients_of_keras(name):
    case = of_digits(name)
    asking = {"kernel": "SimdKernel", "batchSize": PICTURES, "networks": [asked(*case)]}
    check_gradients(run_in_node(MODULES, GRADIENTS, asking)[0], case, name)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", ["tutorial", "unet"])
@pytest.mark.parametrize(("steps", "loss_off", "weights_off"), [(1, 1e-5, 0.01), (10, 1e-3, 0.1)])
def test_steps_lead_where_those_of_keras_lead(name, optimizer, steps, loss_off, weights_off):
    """Adam's first steps go by the sign of a gradient alone, also where that is but rounding.

    And rounding turns a ReLU on or off whose input is nearly zero, as it does in float32 Keras.
    """
    answer, losses, tensors = trained(name, optimizer, steps)
    assert answer["losses"] == pytest.approx(losses, rel=loss_off)
    for tensor, expected in tensors.items():
        got = received(answer["tensors"][tensor], expected.shape)
        way = np.linalg.norm(expected - start(name)[1][tensor])
        assert np.linalg.norm(got - expected) <= weights_off * way, tensor


def test_a_small_training_ends_with_the_loss_of_keras():
    answer, losses, _ = trained("tutorial", "adam", STEPS)
    assert answer["losses"][-1] == pytest.approx(losses[-1], rel=0.02)
    assert losses[-1] < losses[0] / 2


def test_keras_answers_as_the_browser_with_its_weights():
    network, _ = start("unet")
    answer, *_ = trained("unet", "muon", 10)
    tensors = {
        name: received(answer["tensors"][name], w.shape) for name, w in start("unet")[1].items()
    }
    model = built(network, tensors, 0.99)
    clean, noisy = pictures()
    expected = model(noisy[..., None], training=False).numpy().ravel()
    got = received(answer["answers"], expected.shape)
    assert np.mean((got - clean.ravel()) ** 2) == pytest.approx(
        np.mean((expected - clean.ravel()) ** 2), abs=1e-6
    )


@cache
def start(name):
    """A network, and weights that it may begin with."""
    network = architectures.layers_of(TrainConfig(network=name))
    keras.utils.set_random_seed(1)
    return network, {
        name: value.numpy().astype(np.float32)
        for name, value in variables(networks.build_model(name, network)).items()
    }


@cache
def pictures():
    clean = digits.bundled("test")[:PICTURES].clean
    return clean, add_noise(clean, np.random.default_rng(5))


@cache
def trained(name, optimizer, steps):
    """Take steps on both sides; the browser's answer, then losses and weights of Keras."""
    network, weights = start(name)
    clean = digits.bundled("train").clean
    rng = np.random.default_rng(2)
    batches = [(add_noise(c, rng), c) for c in np.split(clean[: 8 * STEPS], STEPS)[:steps]]
    answer = run_in_node(MODULES, TRAIN, {
        "graph": layers.graph(network), "tensors": sent_tensors(weights), "batchSize": 8,
        "batches": [[sent(noisy), sent(c)] for noisy, c in batches], "optimizer": optimizer,
        "rate": RATE, "pictures": sent(pictures()[1]),
    })  # fmt: skip
    model = built(network, weights, 0.99)
    taking = OPTIMIZERS[optimizer](learning_rate=RATE)
    losses = []
    for noisy, c in batches:
        with tf.GradientTape() as tape:
            answers = model(noisy[..., None].astype(np.float64), training=True)
            loss = tf.reduce_mean((answers - c[..., None]) ** 2)
        taking.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        losses.append(float(loss))
    return answer, losses, {name: v.numpy() for name, v in variables(model).items()}
