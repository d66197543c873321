"""The faster layers: the same answers, gradients, weights and names as the ones they stand for."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from denoiser.config import TrainConfig
from denoiser.models.architectures import ARCHITECTURES
from denoiser.nn import fast, networks
from denoiser.nn.fast import Col2ImConv2DTranspose, Im2ColConv2D, MatmulBatchNormalization

CONVOLUTIONS = [
    layers.Conv2D(5, 3, strides=2, padding="same"),
    layers.Conv2D(5, 3, padding="same", use_bias=False),
    layers.Conv2D(4, (5, 2), strides=(1, 3), padding="same", activation="relu"),
    layers.Conv2D(3, 1, strides=3, padding="same"),
]
TRANSPOSED = [
    layers.Conv2DTranspose(1, 3, padding="same"),
    layers.Conv2DTranspose(1, (1, 5), padding="same", use_bias=False, activation="sigmoid"),
    layers.Conv2DTranspose(1, 2, padding="same"),
    layers.Conv2DTranspose(4, 3, strides=2, padding="same"),
    layers.Conv2DTranspose(4, 2, strides=2, padding="same", activation="relu"),
    layers.Conv2DTranspose(3, (5, 4), strides=(1, 3), padding="same", use_bias=False),
    layers.Conv2DTranspose(1, (3, 6), strides=2, padding="same"),
]
OTHERS = [
    layers.Conv2D(5, 3, padding="valid"),
    layers.Conv2D(5, 3, padding="same", dilation_rate=2),
    layers.Conv2DTranspose(1, 3),
    layers.Conv2DTranspose(2, 1, strides=2, padding="same"),
    layers.Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=1),
]


def network_of(layer, channels, height=11, width=8):
    """A network of one layer, with weights that are all different."""
    inputs = keras.Input((height, width, channels))
    network = keras.Model(inputs, type(layer).from_config(layer.get_config())(inputs))
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(size=w.shape) for w in network.get_weights()])
    return network


def pictures(network, count=3):
    shape = (count, *network.input.shape[1:])
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def gradients(network, inputs):
    with tf.GradientTape() as tape:
        tape.watch(given := tf.constant(inputs))
        loss = tf.reduce_sum(tf.sin(network(given, training=True)))
    return tape.gradient(loss, [given, *network.trainable_variables])


def assert_same(one, other):
    inputs = pictures(one)
    np.testing.assert_allclose(one(inputs), other(inputs), atol=1e-5)
    for a, b in zip(gradients(one, inputs), gradients(other, inputs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def large_map(norm):
    network = network_of(norm, channels=5, height=30, width=30)
    network.set_weights([np.abs(w) for w in network.get_weights()])  # a variance is positive
    return network


def statistics_after_training(network):
    network(pictures(network), training=True)
    return network.non_trainable_variables


def id_of(layer):
    return f"{type(layer).__name__} {layer.kernel_size} by {layer.strides}"


@pytest.mark.parametrize("layer", [*CONVOLUTIONS, *TRANSPOSED], ids=id_of)
def test_a_faster_layer_answers_as_the_one_it_stands_for(layer):
    is_convolution = layer in CONVOLUTIONS
    network = network_of(layer, channels=1 if is_convolution else 6)
    faster = fast.accelerated(network)
    kind = Im2ColConv2D if is_convolution else Col2ImConv2DTranspose
    assert type(faster.layers[-1]) is kind
    assert_same(network, faster)


def test_a_faster_normalization_answers_and_learns_as_the_one_it_stands_for():
    network = large_map(layers.BatchNormalization(momentum=0.7, epsilon=0.01))
    faster = fast.accelerated(network)
    assert type(faster.layers[-1]) is MatmulBatchNormalization
    assert_same(network, faster)
    for one, other in zip(
        statistics_after_training(network), statistics_after_training(faster), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.parametrize("changed", [{"axis": 1}, {"scale": False}, {"center": False}], ids=str)
def test_a_normalization_that_does_not_fit_stays(changed):
    network = large_map(layers.BatchNormalization(**changed))
    assert type(fast.accelerated(network).layers[-1]) is layers.BatchNormalization


@pytest.mark.parametrize("layer", [*OTHERS, CONVOLUTIONS[0]], ids=id_of)
def test_what_does_not_fit_stays(layer):
    channels = 1 if layer in OTHERS else 2
    assert type(fast.accelerated(network_of(layer, channels)).layers[-1]) is type(layer)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_network_is_the_same_but_for_its_speed(name):
    network = networks.build(TrainConfig(network=name))
    faster = fast.accelerated(network)
    assert {type(x) for x in networks.flat_layers(faster)} & set(fast.FASTER)
    inputs = pictures(network)
    np.testing.assert_allclose(network(inputs), faster(inputs), atol=1e-6)
    names = [[x.name for x in networks.flat_layers(each)] for each in (network, faster)]
    assert names[0] == names[1]
    assert list(networks.weights(faster)) == list(networks.weights(network))


def test_a_copy_shares_nothing():
    network = network_of(CONVOLUTIONS[0], channels=1)
    before = network.get_weights()
    faster = fast.accelerated(network)
    faster.set_weights([w + 1 for w in before])
    for now, then in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
