"""Weights as Keras and this lab keep them, made without either: for tests of reading them."""

import io
import zipfile
from collections.abc import Callable, Mapping

import h5py
import numpy as np

ENCODER, DECODER = "layers/functional/layers/", "layers/functional_1/layers/"
SIDE = 28


def autoencoder(filters: tuple[int, ...] = (4, 6), latent: int = 3) -> dict[str, np.ndarray]:
    """Random weights of the tutorial's network, by their paths in a `.keras` file."""
    shapes: dict[str, list[tuple[int, ...]]] = {}
    channels = 1
    for i, count in enumerate(filters):
        shapes[ENCODER + numbered("conv2d", i)] = [(3, 3, channels, count), (count,)]
        shapes[ENCODER + numbered("batch_normalization", i)] = [(count,)] * 4
        channels = count
    volume = (SIDE >> len(filters)) ** 2 * channels
    shapes[f"{ENCODER}dense"] = [(volume, latent), (latent,)]
    shapes[f"{DECODER}dense"] = [(latent, volume), (volume,)]
    for i, count in enumerate((*filters[::-1], 1)):
        shapes[DECODER + numbered("conv2d_transpose", i)] = [(3, 3, count, channels), (count,)]
        if i < len(filters):
            shapes[DECODER + numbered("batch_normalization", i)] = [(count,)] * 4
        channels = count
    rng = np.random.default_rng(0)
    return {
        f"{layer}/vars/{i}": rng.uniform(0.1, 0.5, shape).astype(np.float32)
        for layer, variables in shapes.items()
        for i, shape in enumerate(variables)
    }


def numbered(kind: str, i: int) -> str:
    return f"{kind}_{i}" if i else kind


def h5_of(
    tensors: Mapping[str, np.ndarray], change: Callable[[h5py.File], object] = lambda file: None,
    **options: str,
) -> bytes:  # fmt: skip
    """An HDF5 file, as Keras writes one, with a change made to it by the library."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        for path, tensor in tensors.items():
            file[path] = tensor
            file[path].parent.attrs["name"] = "a name"
        change(file)
    return buffer.getvalue()


def zip_of(
    files: Mapping[str | zipfile.ZipInfo, bytes], compression: int = zipfile.ZIP_STORED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def keras_of(h5: bytes, config: bytes = b"{}", **others: bytes) -> bytes:
    """A `.keras` file with this HDF5 file in it."""
    return zip_of({"metadata.json": b"{}", "config.json": config, "model.weights.h5": h5} | others)


# Changes that the library makes to a file, and that make it a hostile one


def in_itself(file: h5py.File) -> None:
    file["layers/again"] = file["layers"]


def fifty_deep(file: h5py.File) -> None:
    file["/".join("a" * 50)] = np.float32(1)


def gigabyte_in_chunks(file: h5py.File) -> None:
    file.create_dataset("bad", (2**14, 2**14), "f4", chunks=(2**10, 2**10), compression="gzip")


def gigabyte_never_written(file: h5py.File) -> None:
    file.create_dataset("bad", (2**14, 2**14), "f4")
