"""Whole files of digits, weights and trainings, in every form that is read, and parts of zips."""

import gzip
import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from device_runs import CONFIG, untrained
from digit_files import KAGGLE, csv, idx, pictures, tarred
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
from denoiser.data.digits import Digits
from denoiser.models.architectures import tutorial
from denoiser.models.layers import keras_paths


def npz() -> list[Original]:
    """Return files of digits: zips, and arrays that go into one."""
    images, labels = _digits()
    split = {"x_train": images[:30], "x_test": images[30:], "y_train": labels[:30]}
    saved = _saved(np.save, images)
    return [
        Original(_saved(np.savez, **split)),
        Original(_saved(np.savez_compressed, **split)),
        Original(_saved(np.savez_compressed, x=images / np.float32(255), y=labels)),
        Original(saved, lambda array: zip_of({"x.npy": array})),
        Original(_saved(np.save, labels), lambda y: zip_of({"x.npy": saved, "y.npy": y})),
    ]


def tables() -> list[Original]:
    """Return tables of digits as text, and packed ones."""
    images, labels = _digits()
    plain = csv(images, labels, ["label", *KAGGLE])
    return [
        Original(plain),
        Original(csv(images / 255, labels, separator=";", form="%.4f").replace(b".", b",")),
        Original(plain, gzip.compress),
        Original(gzip.compress(plain)),
        Original(csv(images).decode().encode("utf-16")),
    ]


def idx_files() -> list[Original]:
    """Return MNIST's files of digits: as they are, packed, and with labels beside them."""
    images, labels = _digits()
    return [
        Original(idx(images)),
        Original(idx(images), gzip.compress),
        Original(idx((images / 255).astype("f4"))),
        Original(idx(labels), lambda y: zip_of({"a": idx(images), "b": y})),
        Original(zip_of({"train-images": idx(images), "t10k-images": idx(images)})),
    ]


def folders() -> list[Original]:
    """Return folders of pictures, packed in a zip and in a tar."""
    images, labels = _digits()
    files = pictures(Digits(images, labels), "train/class_{label}")
    first, *others = files.items()
    return [
        Original(zip_of(files)),
        Original(gzip.decompress(tarred(files))),
        Original(gzip.decompress(tarred(files)), gzip.compress),
        Original(first[1], lambda content: zip_of(dict(others) | {first[0]: content})),
    ]


def _digits() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 28, 28)).astype(np.uint8)
    return images, (np.arange(40) % 10).astype(np.uint8)


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


def device_runs() -> list[Original]:
    """Return trainings as devices hand them over, with and without snapshots."""
    sent = untrained(replace(CONFIG, filters=(2, 3), latent_dim=2, epochs=2))
    snapshots = [name for name in sent.tensors if name.startswith("snapshot/")]
    return [
        Original(sent.packed()),
        Original(sent.having(**dict.fromkeys(snapshots)).packed()),
    ]
