"""The optimizer: orthogonal steps for kernels and matrices, Adam's for all else."""

import keras
import numpy as np
import pytest

from denoiser.nn.muon import ConvMuon


def step_of(optimizer, shape):
    """The change that a first step makes, and the gradient it is made from."""
    gradient = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    variable = keras.Variable(np.zeros(shape, np.float32))
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(gradient)])
    return np.asarray(variable), gradient


@pytest.mark.parametrize("shape", [(3, 3, 32, 64), (2, 2, 16, 24), (100, 16), (16, 100)])
def test_a_kernels_step_is_large_in_every_direction(shape):
    step, gradient = step_of(ConvMuon(0.01), shape)
    strengths = np.linalg.svd(step.reshape(-1, shape[-1]), compute_uv=False)
    given = np.linalg.svd(gradient.reshape(-1, shape[-1]), compute_uv=False)
    assert strengths.max() / strengths.min() < 2
    assert strengths.max() / strengths.min() < given.max() / given.min()
    assert (step * gradient).sum() < 0


@pytest.mark.parametrize("shape", [(40, 16), (16, 40), (24, 24)])
def test_a_matrix_is_made_orthogonal_as_keras_does_it(shape):
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(n, n)))[0] for n in shape)
    short = min(shape)
    strengths = np.geomspace(1, 1e-4, short)  # directions common and rare
    matrix = (left[:, :short] * strengths @ right[:short]).astype(np.float32)
    ours, theirs = (
        np.asarray(optimizer.zeropower_via_newtonschulz5(keras.ops.convert_to_tensor(matrix), 5))
        for optimizer in (ConvMuon(), keras.optimizers.Muon())
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_a_kernels_step_is_of_adams_size():
    step, _ = step_of(ConvMuon(0.01), (3, 3, 32, 64))
    assert 0.1 < np.sqrt((step**2).mean()) / 0.01 < 0.4


@pytest.mark.parametrize("shape", [(64,), (3, 3, 1, 32), (3, 3, 64, 1), (3, 3, 1, 64), (32, 10)])
def test_small_weights_get_adams_step(shape):
    step, _ = step_of(ConvMuon(0.01), shape)
    expected, _ = step_of(keras.optimizers.Adam(0.01), shape)
    np.testing.assert_allclose(step, expected, rtol=1e-4)


def test_weights_do_not_decay():
    variable = keras.Variable(np.ones((32, 32), np.float32))
    optimizer = ConvMuon(0.01)
    optimizer.build([variable])
    optimizer.apply([keras.ops.zeros((32, 32))])
    np.testing.assert_array_equal(variable, 1)
