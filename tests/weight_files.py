"""Weights as Keras and this lab keep them, made without either: for tests of reading them."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence

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


# What a `.keras` file says of its network, by hand, as Keras 2 and 3 say it

SAME = {
    "strides": [2, 2],
    "padding": "same",
    "dilation_rate": [1, 1],
    "data_format": "channels_last",
}
LEAKY = ("LeakyReLU", {"negative_slope": 0.2})
NORM = ("BatchNormalization", {"axis": -1, "epsilon": 0.001, "center": True, "scale": True})
Layers = list[tuple[str, dict]]


def convolution(units: int, kind: str = "Conv2D", **options: object) -> tuple[str, dict]:
    said = {"filters": units, "kernel_size": [3, 3], **SAME, "use_bias": True}
    return kind, said | {"activation": "linear"} | options


def halves(filters: Sequence[int] = (4, 6), latent: int = 3, side: int = SIDE) -> list[Layers]:
    """The tutorial's encoder and decoder: classes of Keras and what they say of themselves."""
    small = side >> len(filters)
    encoder: Layers = [("InputLayer", {"shape": [side, side, 1]})]
    for count in filters:
        encoder += [convolution(count), LEAKY, NORM]
    encoder += [("Flatten", {}), ("Dense", {"units": latent, "activation": "linear"})]
    decoder: Layers = [
        ("InputLayer", {"shape": [latent]}),
        ("Dense", {"units": small * small * filters[-1], "activation": "linear"}),
        ("Reshape", {"target_shape": [small, small, filters[-1]]}),
    ]
    for count in filters[::-1]:
        decoder += [convolution(count, "Conv2DTranspose"), LEAKY, NORM]
    last = convolution(1, "Conv2DTranspose", strides=[1, 1])
    return [encoder, [*decoder, last, ("Activation", {"activation": "sigmoid"})]]


def model_of(layers: Layers, name: str = "model", keras: int = 3) -> dict:
    """A chain of layers, as `config.json` has it: those of a model in it are in its options."""
    said: list[dict] = []
    for place, (kind, options) in enumerate(layers):
        config = dict(options)
        if kind == "InputLayer":
            shape = [None, *config.pop("shape")]
            config["batch_shape" if keras == 3 else "batch_input_shape"] = shape
        if keras == 2 and "negative_slope" in config:
            config["alpha"] = float(np.float32(config.pop("negative_slope")))
        config.setdefault("name", f"{kind.lower()}_{place}")
        said.append({
            "module": "keras.src.models.functional" if kind == "Functional" else "keras.layers",
            "class_name": kind, "config": config, "registered_name": None,
            "name": config["name"], "inbound_nodes": _fed_by(said, keras),
        })  # fmt: skip
    first, last = ([said[i]["name"], 0, 0] for i in (0, -1))
    ends = (first, last) if keras == 3 else ([first], [last])
    config = {"name": name, "layers": said} | dict(
        zip(("input_layers", "output_layers"), ends, strict=True)
    )
    return {"module": "keras", "class_name": "Functional", "config": config}


def _fed_by(before: list[dict], keras: int) -> list:
    if not before:
        return []
    name = before[-1]["name"]
    if keras == 2:
        return [[[name, 0, 0, {}]]]
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}
    return [{"args": [tensor], "kwargs": {"mask": None}}]


def chained(models: Sequence[Layers], keras: int = 3) -> dict:
    """A model of models, each fed by the one before."""
    inside = [
        ("Functional", model_of(model, f"part_{i}", keras)["config"])
        for i, model in enumerate(models)
    ]
    return model_of([models[0][0], *inside], "autoencoder", keras)


def config_of(said: object) -> bytes:
    return json.dumps(said).encode()


def early(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same tensors where Keras had them until 2.13, on Windows."""
    moved = {}
    for path, tensor in tensors.items():
        layer, variable = path.rsplit("/vars/", 1)
        layer = layer.replace("layers/", "_layer_checkpoint_dependencies/")
        for kind in ("conv2d", "batch_normalization", "conv2d_transpose"):  # left out numbers
            layer = layer.replace(f"/{kind}_2", f"/{kind}_4").replace(f"/{kind}_1", f"/{kind}_2")
        moved[layer.replace("/", "\\") + f"/vars/{variable}"] = tensor
    return moved


# Changes that the library makes to a file, and that make it a hostile one


def in_itself(file: h5py.File) -> None:
    file["layers/again"] = file["layers"]


def fifty_deep(file: h5py.File) -> None:
    file["/".join("a" * 50)] = np.float32(1)


def gigabyte_in_chunks(file: h5py.File) -> None:
    file.create_dataset("bad", (2**14, 2**14), "f4", chunks=(2**10, 2**10), compression="gzip")


def gigabyte_never_written(file: h5py.File) -> None:
    file.create_dataset("bad", (2**14, 2**14), "f4")
