"""Weights from files of strangers: which network they are of, and what is refused."""

import json
import zipfile
from zipfile import ZipInfo

import h5py
import numpy as np
import pytest
from safetensors.numpy import save as to_safetensors
from weight_files import ENCODER, autoencoder, h5_of, keras_of, zip_of

from denoiser.config import TrainConfig
from denoiser.errors import ModelError
from denoiser.files import zips
from denoiser.models import imported, sizes
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


def test_a_keras_file_gives_its_tensors_by_their_paths():
    weights = imported.read(keras_of(H5))
    assert set(weights.tensors) == set(TENSORS)
    for path, tensor in TENSORS.items():
        np.testing.assert_array_equal(weights.tensors[path], tensor)


def test_an_optimizer_is_passed_over():
    trained = h5_of(TENSORS, lambda file: file.create_dataset("optimizer/vars/0", data=17))
    assert set(imported.read(keras_of(trained)).tensors) == set(TENSORS)


@pytest.mark.parametrize("name", ["tutorial", "unet"])
def test_a_file_of_ours_says_how_it_was_trained(name):
    assert imported.read(shipped(name)).config == models.load(name).config


@pytest.mark.parametrize("name", ["tutorial", "unet"])
def test_tensors_alone_say_which_network_they_are_of(name):
    weights = imported.read(to_safetensors(tensors_of(name)))
    assert weights.config == TrainConfig(network=name)
    assert set(weights.tensors) == set(tensors_of(name))


def with_metadata(**metadata):
    return to_safetensors(tensors_of("tutorial"), metadata=metadata)


BIG = {f"{ENCODER}conv2d/vars/0": np.zeros((3, 3, 1, 512), "f4")}
BIG |= {f"{ENCODER}conv2d_1/vars/0": np.zeros((1, 1, 1, 512), "f4")}
BIG |= {f"{ENCODER}dense/vars/0": np.zeros((1, 1024), "f4")}
REFUSED = {
    "nothing": (b"", "readable"),
    "text": (b"weights" * 100, "readable|neither"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(1000), "readable|neither"),
    "an HDF5 file": (H5, "save it as .keras"),
    "a pickle": (b"\x80\x04\x95" + bytes(1000), "readable|neither"),
    "an empty zip": (zip_of({}), "one file model.weights.h5 in the .keras file, got 0"),
    "a zip of something else": (zip_of({"a.txt": b"hello"}), "one file .*, got 0"),
    "weights under another name": (zip_of({"../model.weights.h5": H5}), "one file .*, got 0"),
    "a broken HDF5 file": (keras_of(H5[: len(H5) // 2]), "ends too early"),
    "no HDF5 file": (keras_of(b"x" * 1000), "expected an HDF5 file"),
    "another network": (keras_of(h5_of({"layers/dense/vars/0": np.ones((2, 2), "f4")})),
                        "got others: layers/dense/vars/0"),
    "no tensors": (to_safetensors({}), "got others: none"),
    "the reader": (shipped("classifier"), "network that denoises, got the digit reader"),
    "a number that is none": (changed(**{"latent.bias": np.full(16, np.nan, "f4")}),
                              "latent.bias: expected finite"),
    "an infinite number": (changed(**{"latent.bias": np.full(16, np.inf, "f4")}), "finite"),
    "doubles": (changed(**{"latent.bias": np.zeros(16)}), "float32 numbers, got float64"),
    "halves": (changed(**{"latent.bias": np.zeros(16, "f2")}), "float32 numbers, got float16"),
    "a long name": (changed(**{"x" * 500: np.zeros(1, "f4")}), "at most 200 letters"),
    "too many numbers": (keras_of(h5_of(BIG)), "at most 4,000,000 parameters"),
    "filters that are none": (changed(**{"encoder_conv_1.kernel": np.ones((), "f4")}),
                              "filters: expected a whole number"),
    "settings that are none": (with_metadata(config='{"epochs": 0}'), "epochs: expected"),
    "settings that are no JSON": (with_metadata(config="{"), "expected JSON"),
    "settings of a giant": (with_metadata(config='{"filters": [512, 512]}'), "at most 4,000,000"),
    "settings of nothing": (with_metadata(config='{"network": "x"}'), "network: expected one of"),
    "more bytes than may be sent": (to_safetensors({"a": np.zeros(2**22 + 1, "f4")}), "at most 16"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_what_are_no_weights_of_ours_is_refused_with_what_came(content, words):
    with pytest.raises(ModelError, match=f"weights: .*({words})"):
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


def test_what_a_keras_file_says_of_its_network_is_not_read():
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
