"""Whole files of digits and weights, in every form that is read, and parts that go into a zip."""

import io
from collections.abc import Callable

import numpy as np
from mutants import Original
from safetensors.numpy import save as to_safetensors
from weight_files import (
    autoencoder,
    chained,
    config_of,
    h5_of,
    halves,
    keras_of,
    zip_of,
)

from denoiser.config import TrainConfig
from denoiser.models.architectures import tutorial
from denoiser.models.layers import keras_paths


def npz() -> list[Original]:
    """Return files of digits: zips, and arrays that go into one."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 28, 28)).astype(np.uint8)
    labels = np.arange(40) % 10
    split = {"x_train": images[:30], "x_test": images[30:], "y_train": labels[:30]}
    saved = _saved(np.save, images)
    return [
        Original(_saved(np.savez, **split)),
        Original(_saved(np.savez_compressed, **split)),
        Original(_saved(np.savez_compressed, x=images / np.float32(255), y=labels)),
        Original(saved, lambda array: zip_of({"x.npy": array})),
        Original(_saved(np.save, labels), lambda y: zip_of({"x.npy": saved, "y.npy": y})),
    ]


def _saved(save: Callable, *arrays: np.ndarray, **named: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    save(buffer, *arrays, **named)
    return buffer.getvalue()


def weights() -> list[Original]:
    """Return files of weights of both kinds, and HDF5 that goes into a zip."""
    tensors = autoencoder((2, 3), 2)
    h5 = h5_of(tensors, lambda file: file.create_dataset("optimizer/vars/0", data=1))
    settings = TrainConfig(filters=(2, 3), latent_dim=2).to_json()
    networks = [config_of(chained(halves((2, 3), 2), keras)) for keras in (2, 3)]
    names = keras_paths(tutorial(28, 28, 1, (2, 3), 2))
    named = {names[path]: tensor for path, tensor in tensors.items()}
    return [
        Original(h5, keras_of),
        *(Original(text, lambda config: keras_of(h5, config)) for text in networks),
        Original(keras_of(h5, networks[0])),
        Original(to_safetensors(named, metadata={"config": settings, "graph": "[]"})),
        Original(to_safetensors(named)),
    ]
