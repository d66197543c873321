"""Weights from files of strangers: which network they are of, and what is refused."""

import json
import zipfile
from zipfile import ZipInfo

import h5py
import numpy as np
import pytest
import random_networks
from safetensors.numpy import save as to_safetensors
from weight_files import (
    ENCODER,
    autoencoder,
    chained,
    config_of,
    early,
    h5_of,
    halves,
    keras_of,
    model_of,
    zip_of,
)

from denoiser.config import TrainConfig
from denoiser.errors import ModelError
from denoiser.files import zips
from denoiser.models import architectures, imported, layers, sizes
from denoiser.models import store as models

TENSORS = autoencoder()
H5 = h5_of(TENSORS)
SHIPPED = models.SHIPPED / "tutorial.safetensors"


def shipped(name="tutorial"):
    return (models.SHIPPED / f"{name}.safetensors").read_bytes()


def tensors_of(name):
    return models.load(name).tensors


def changed(**tensors):
    """The tutorial's shipped weights, without metadata, with other tensors in them."""
    return to_safetensors(tensors_of("tutorial") | tensors)


@pytest.mark.parametrize("filters", [(1,), (4, 6), (32, 64), (256,)])
@pytest.mark.parametrize("latent", [1, 16])
def test_a_keras_file_says_by_its_tensors_what_network_it_is(filters, latent):
    weights = imported.read(keras_of(h5_of(autoencoder(filters, latent))))
    assert weights.config == TrainConfig(filters=filters, latent_dim=latent)


NAMES = layers.keras_paths(architectures.tutorial(28, 28, 1, (4, 6), 3))
KERAS_2, KERAS_3 = (config_of(chained(halves(), keras)) for keras in (2, 3))
METRICS = {f"metrics/mean/vars/{i}": np.float32(i) for i in range(2)}


def assert_read(content):
    weights = imported.read(content)
    assert weights.config == TrainConfig(filters=(4, 6), latent_dim=3)
    assert set(weights.tensors) == set(NAMES.values())
    for path, tensor in TENSORS.items():
        np.testing.assert_array_equal(weights.tensors[NAMES[path]], tensor)


def in_one_model(tensors):
    """The tensors as a flat network has them: layers of a class are numbered through."""
    decoder = "layers/functional_1/layers/"
    shift = {"conv2d": 2, "batch_normalization": 2, "dense": 1, "conv2d_transpose": 0}
    flat = {}
    for path, tensor in tensors.items():
        layer = path.split("/")[3]
        kind, _, number = layer.rpartition("_") if layer[-1].isdigit() else (layer, "", "0")
        if layer in shift:
            kind, number = layer, "0"
        place = int(number) + (shift[kind] if path.startswith(decoder) else 0)
        flat[f"layers/{kind}_{place}/vars/{path[-1]}".replace("_0/", "/")] = tensor
    return flat


WRITTEN = {
    "no description": keras_of(H5),
    "Keras 3": keras_of(H5, KERAS_3),
    "Keras 2": keras_of(h5_of(TENSORS | METRICS), KERAS_2),
    "Keras 2.12 on Windows": keras_of(h5_of(early(TENSORS)), KERAS_2),
    "flat": keras_of(h5_of(in_one_model(TENSORS)),
                     config_of(model_of([*halves()[0], *halves()[1][1:]]))),
    "in a folder that was zipped again": zip_of(
        {"model.weights.h5": H5, "config.json": KERAS_3}, zipfile.ZIP_DEFLATED),
}  # fmt: skip


@pytest.mark.parametrize("content", WRITTEN.values(), ids=WRITTEN)
def test_a_keras_file_gives_the_tensors_of_its_layers(content):
    assert_read(content)


@pytest.mark.parametrize("where", ["optimizer", "layers/functional/optimizer", "metrics",
                                   "layers/gaussian_noise/seed_generator"])  # fmt: skip
@pytest.mark.parametrize("config", [b"{}", KERAS_3])
def test_what_only_a_training_needs_is_passed_over(where, config):
    trained = h5_of(TENSORS, lambda file: file.create_dataset(f"{where}/vars/0", data=17))
    assert_read(keras_of(trained, config))


def test_shapes_are_those_of_the_layers_that_are_described():
    one_more = config_of(chained(halves((4, 7), 3)))
    with pytest.raises(ModelError, match=r"encoder_conv_2.kernel .*4, 6\) in place of .*4, 7\)"):
        imported.read(keras_of(H5, one_more))


def test_weights_of_described_layers_may_be_missing():
    half = {path: tensor for path, tensor in TENSORS.items() if "functional_1" not in path}
    with pytest.raises(ModelError, match=r"missing: .*decoder_conv_1"):
        imported.read(keras_of(h5_of(half), KERAS_3))


def test_a_description_of_a_megabyte_is_not_read():
    with pytest.raises(ModelError, match="described in at most 1,048,576 bytes"):
        imported.read(keras_of(H5, KERAS_3 + b" " * imported.MAX_CONFIG))


@pytest.mark.parametrize("name", ["tutorial", "unet"])
def test_a_file_of_ours_says_how_it_was_trained(name):
    assert imported.read(shipped(name)).config == models.load(name).config


@pytest.mark.parametrize("name", ["tutorial", "unet"])
def test_tensors_alone_say_which_network_they_are_of(name):
    weights = imported.read(to_safetensors(tensors_of(name)))
    assert weights.config == TrainConfig(network=name)
    assert set(weights.tensors) == set(tensors_of(name))


def test_the_small_unet_is_told_from_the_large_one_by_its_sizes():
    small = TrainConfig(network="unet-small")
    tensors = random_networks.weights(architectures.layers_of(small), 0)
    assert imported.read(to_safetensors(tensors)).config == small


def with_metadata(**metadata):
    return to_safetensors(tensors_of("tutorial"), metadata=metadata)


BIG = {f"{ENCODER}conv2d/vars/0": np.zeros((3, 3, 1, 512), "f4")}
BIG |= {f"{ENCODER}conv2d_1/vars/0": np.zeros((1, 1, 1, 512), "f4")}
BIG |= {f"{ENCODER}dense/vars/0": np.zeros((1, 1024), "f4")}
REFUSED = {
    "nothing": (b"", "this file is empty"),
    "text": (b"weights" * 100, "readable|neither"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(1000), "readable|neither"),
    "an HDF5 file": (H5, "save it as .keras"),
    "a whole network in HDF5": (
        h5_of(TENSORS, lambda file: file.attrs.__setitem__("model_config", "{}")),
        r"load_model.*save\(.network.keras"),
    "a pickle": (b"\x80\x04\x95" + bytes(1000), "pickle.*may hold code"),
    "PyTorch's zip": (zip_of({"x/data.pkl": b"\x80\x02", "x/data/0": b"x"}), "PyTorch"),
    "PyTorch's pickle": (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + bytes(99), "PyTorch"),
    "a SavedModel in a zip": (zip_of({"a/saved_model.pb": b"x", "a/variables/x": b"x"}),
                              "SavedModel"),
    "a SavedModel's graph": (b"\x08\x01\x12\x80\x01" + bytes(99), "SavedModel"),
    "ONNX": (b"\x08\x08\x12\x07tf2onnx" + bytes(99), "converted"),
    "TensorFlow Lite": (b"\x1c\0\0\0TFL3" + bytes(99), "converted"),
    "arrays": (zip_of({"arr_0.npy": b"\x93NUMPY"}), "arrays of NumPy"),
    "an array": (b"\x93NUMPY\x01\0" + bytes(99), "arrays of NumPy"),
    "a packed .keras file": (zip_of({"a/network.keras": b"PK"}), "Unpack it"),
    "a packed file": (b"\x1f\x8b\x08" + bytes(99), "Unpack it"),
    "a description alone": (KERAS_3, "without its weights"),
    "a page of a website": (b"<!DOCTYPE html><html>" + bytes(99), "Download the file itself"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1" + bytes(99), "Download"),
    "a checkpoint": (bytes(99) + bytes.fromhex("57fb808b247547db"), "checkpoint"),
    "an empty zip": (zip_of({}), "one file model.weights.h5 in the .keras file, got 0"),
    "a zip of something else": (zip_of({"a.txt": b"hello"}), "one file .*, got 0"),
    "weights under another name": (zip_of({"../model.weights.h5": H5}), "one file .*, got 0"),
    "a broken HDF5 file": (keras_of(H5[: len(H5) // 2]), "ends too early"),
    "no HDF5 file": (keras_of(b"x" * 1000), "expected an HDF5 file"),
    "a class of ones own": (keras_of(h5_of({"layers/dense/vars/0": np.ones((2, 2), "f4")})),
                            r"class of its own \(layers/dense/vars/0.*Save it like this"),
    "a flat network without a description": (
        keras_of(h5_of({"layers/conv2d/vars/0": np.ones((3, 3, 1, 2), "f4")})), "of its own"),
    "tensors of PyTorch": (to_safetensors({"conv.weight": np.ones((2, 2), "f4")}),
                           "got others: conv.weight. Save the whole network as Keras does"),
    "no tensors": (to_safetensors({}), "got others: none"),
    "the reader": (shipped("classifier"), "network that denoises, got the digit reader"),
    "a number that is none": (changed(**{"latent.bias": np.full(16, np.nan, "f4")}),
                              "latent.bias holds NaN .*finite"),
    "an infinite number": (changed(**{"latent.bias": np.full(16, np.inf, "f4")}), "finite"),
    "doubles": (changed(**{"latent.bias": np.zeros(16)}), "float32 numbers, .* float64"),
    "halves": (changed(**{"latent.bias": np.zeros(16, "f2")}), "float32 numbers, .* float16"),
    "a long name": (changed(**{"x" * 500: np.zeros(1, "f4")}), "at most 200 letters"),
    "too many numbers": (keras_of(h5_of(BIG)), "at most 4,000,000 parameters"),
    "filters that are none": (changed(**{"encoder_conv_1.kernel": np.ones((), "f4")}),
                              "filters: expected a whole number"),
    "settings that are none": (with_metadata(config='{"epochs": 0}'), "epochs: expected"),
    "settings that are no JSON": (with_metadata(config="{"), "expected JSON"),
    "settings of a giant": (with_metadata(config='{"filters": [512, 512]}'), "at most 4,000,000"),
    "settings of nothing": (with_metadata(config='{"network": "x"}'), "network: expected one of"),
    "more bytes than may be sent": (to_safetensors({"a": np.zeros(2**22 + 1, "f4")}),
                                    r"at most 16.* optimizer.*keras.Model\(model.input"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_what_are_no_weights_of_ours_is_refused_with_what_came(content, words):
    with pytest.raises(ModelError, match=f"(?s)weights: .*({words})"):
        imported.read(content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_weights_are_refused():
    twice = zip_of({ZipInfo("model.weights.h5"): H5, ZipInfo("model.weights.h5"): H5})
    with pytest.raises(ModelError, match=r"one file model\.weights\.h5 .* got 2"):
        imported.read(twice)


def test_a_symbolic_link_in_a_zip_is_only_its_text():
    entry = ZipInfo("model.weights.h5")
    entry.external_attr = 0o120777 << 16
    with pytest.raises(ModelError, match="expected an HDF5 file"):
        imported.read(zip_of({entry: b"/etc/passwd"}))


def test_a_bomb_in_a_keras_file_is_refused_before_it_is_unpacked(monkeypatch):
    content = zip_of({"model.weights.h5": bytes(zips.MAX_UNPACKED + 1)}, zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(ModelError, match="at most 33,554,432 bytes in it, got 33,554,433"):
        imported.read(content)


def test_a_zip_in_the_zip_is_not_opened():
    nested = keras_of(zip_of({"model.weights.h5": H5}))
    with pytest.raises(ModelError, match="expected an HDF5 file"):
        imported.read(nested)


def test_links_out_of_the_file_are_refused():
    linked = h5_of(TENSORS, lambda f: f.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/")))
    with pytest.raises(ModelError):
        imported.read(keras_of(linked))


def test_a_description_that_is_none_is_passed_over():
    weights = imported.read(keras_of(H5, config=b"\xff{ no JSON at all"))
    assert weights.config.filters == (4, 6)


def test_the_graph_of_a_file_is_not_read():
    weights = imported.read(with_metadata(graph="[[[", config=json.dumps({"filters": [32, 64]})))
    assert weights.config == TrainConfig()


def test_a_network_may_be_asked_for(monkeypatch):
    config = TrainConfig(seed=7)
    assert imported.read(shipped(), config).config == config
    monkeypatch.setattr(sizes, "MAX_PARAMETERS", 1000)
    with pytest.raises(ModelError, match="at most 1,000 parameters, got 178,769"):
        imported.read(shipped(), config)
