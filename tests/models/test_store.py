"""Weights and cards on disk: round trips, and every way in which a file can be wrong."""

import dataclasses
import json
import struct

import numpy as np
import pytest
from safetensors.numpy import save as to_safetensors

from denoiser.config import TrainConfig
from denoiser.errors import ModelError
from denoiser.models import store as models
from denoiser.models.store import Model

CONFIG = TrainConfig(filters=(2,), latent_dim=2, epochs=1)
GRAPH = [{"name": "picture", "op": "input", "inputs": [], "shape": [28, 28, 1]}]


@pytest.fixture
def model():
    tensors = {
        "latent.kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
        "latent.bias": np.array([0.1, -0.2, 3e-8], np.float32),
    }
    return Model("tiny", {"title": "Winzig, aber größer als 0"}, CONFIG, tensors, GRAPH)


@pytest.fixture
def folder(tmp_path, model):
    """A folder with one model in it, `tiny`."""
    models.save(model, tmp_path / "tiny.safetensors", tmp_path / "tiny.json")
    return tmp_path


def metadata(**changed):
    return {"graph": json.dumps(GRAPH), "config": CONFIG.to_json()} | changed


def test_a_model_comes_back_as_it_was_saved(folder, model):
    back = models.load("tiny", folder)
    assert (back.name, back.card, back.config, back.graph) == (
        model.name, model.card, model.config, model.graph,
    )  # fmt: skip
    assert set(back.tensors) == set(model.tensors)
    for name, tensor in model.tensors.items():
        np.testing.assert_array_equal(back.tensors[name], tensor)
        assert back.tensors[name].dtype == np.float32


def test_models_are_listed_by_name(folder, model):
    models.save(model, folder / "best-2.safetensors", folder / "best-2.json")
    assert models.names(folder) == ["best-2", "tiny"]


def test_a_folder_without_models_lists_none(tmp_path):
    assert models.names(tmp_path) == []
    assert models.names(tmp_path / "missing") == []


def test_a_model_without_a_card_has_an_empty_one(folder):
    (folder / "tiny.json").unlink()
    assert models.load("tiny", folder).card == {}


def test_a_model_can_be_saved_over_an_older_one(folder, model):
    newer = dataclasses.replace(model, card={"title": "newer"})
    models.save(newer, folder / "tiny.safetensors", folder / "tiny.json")
    assert models.load("tiny", folder).card == {"title": "newer"}
    assert sorted(path.name for path in folder.iterdir()) == ["tiny.json", "tiny.safetensors"]


def test_an_unknown_name_is_refused_and_the_known_ones_are_named(folder):
    with pytest.raises(ModelError, match="expected one of: tiny; got 'huge'"):
        models.load("huge", folder)


def test_where_there_are_no_models_the_error_says_how_to_make_them(tmp_path):
    with pytest.raises(ModelError, match="python -m denoiser ship"):
        models.load("tutorial", tmp_path)


@pytest.mark.parametrize(
    "name",
    ["../tiny", "models/../tiny", "./tiny", "/tiny", "..", "", "tiny\n", "tiny\0", "TINY", "-tiny",
     "tiny.safetensors", "*", "t?ny", "\\tiny", "x" * 5000],
)  # fmt: skip
def test_a_name_is_never_a_path(folder, name):
    (folder / "models").mkdir()
    with pytest.raises(ModelError, match="expected one of"):
        models.load(name, folder)
    with pytest.raises(ModelError, match="expected one of"):
        models.load(name, folder / "models")


def refused(folder, content, words):
    (folder / "tiny.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=words) as error:
        models.load("tiny", folder)
    assert "tiny.safetensors" in str(error.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"none\.safetensors"):
        models.load_files(tmp_path / "none.safetensors", tmp_path / "none.json")


def test_a_file_cut_off_anywhere_is_refused(folder):
    whole = (folder / "tiny.safetensors").read_bytes()
    for length in range(0, len(whole), 37):
        refused(folder, whole[:length], "missing, damaged")


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 100, b"PK\x03\x04 a zip", b"\x89HDF\r\n\x1a\n a Keras file", b"{}" * 50,
     struct.pack("<Q", 2**63) + b"{}", struct.pack("<Q", 2) + b"{}", b"\xff" * 4096],
    ids=["empty", "zeros", "zip", "hdf5", "json", "endless header", "no tensors", "ones"],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused(folder, content):
    refused(folder, content, "missing, damaged")


def test_weights_of_another_program_are_refused(folder, model):
    refused(folder, to_safetensors(model.tensors), "this program writes")


@pytest.mark.parametrize("missing", ["graph", "config"])
def test_weights_that_lack_a_part_are_refused_and_it_is_named(folder, model, missing):
    kept = {key: value for key, value in metadata().items() if key != missing}
    refused(folder, to_safetensors(model.tensors, metadata=kept), missing)


@pytest.mark.parametrize(
    "changed",
    [{"config": "{"}, {"config": "[]"}, {"config": '{"epochs": 0}'}, {"config": '{"new": 1}'},
     {"config": '{"noise": []}'}, {"config": "[" * 99_999}, {"graph": "{"}, {"graph": "3"},
     {"graph": "{}"}, {"graph": "[1]"}, {"graph": "[" * 99_999}],
    ids=lambda changed: str(changed)[:30],
)  # fmt: skip
def test_damaged_metadata_is_refused(folder, model, changed):
    refused(folder, to_safetensors(model.tensors, metadata=metadata(**changed)), "missing, damaged")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(folder, monkeypatch):
    monkeypatch.setattr(models, "MAX_BYTES", 100)
    size = (folder / "tiny.safetensors").stat().st_size
    with pytest.raises(ModelError, match=f"expected at most 100 bytes, got {size}"):
        models.load("tiny", folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"\xff\xfe", b"[" * 99_999],
    ids=["empty", "cut off", "list", "number", "not text", "deep"],
)
def test_a_damaged_card_is_refused(folder, content):
    (folder / "tiny.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"tiny\.json, is missing, damaged"):
        models.load("tiny", folder)


def test_every_blueprint_names_itself_and_keeps_the_bundled_digits_out():
    assert set(models.BLUEPRINTS) == {"tutorial", "unet", "unet-any", "plain", "classifier"}
    for blueprint in models.BLUEPRINTS.values():
        assert blueprint.title
        assert blueprint.summary
        assert blueprint.config.data == "mnist-held-out"


def test_only_the_plain_model_and_the_classifier_never_see_noise():
    without = {
        name
        for name, blueprint in models.BLUEPRINTS.items()
        if not any(blueprint.config.noise_parameters.values())
    }
    assert without == {"plain", "classifier"}
    assert models.BLUEPRINTS["plain"].config.network == "tutorial"
