"""A run as a zip: what goes in comes out again, and nothing else does."""

import io
import json
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from denoiser.errors import DenoiserError, RunError
from denoiser.jobs import archive, results
from denoiser.models import store as models
from denoiser.runs.history import Epoch, Step
from denoiser.runs.run import SAMPLES
from denoiser.runs.store import RunStore

PICTURES = np.random.default_rng(0).integers(0, 256, (SAMPLES, 28, 28)).astype(np.uint8)
SCORES = {"mse": 0.5, "psnr": 3.0, "ssim": 0.25, "reading_accuracy": None, "count": 7}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run with the weights of a shipped model."""
    from denoiser.nn import inference

    model = models.load("tutorial")
    run = RunStore(tmp_path_factory.mktemp("from")).create(model.config, owner="secret")
    run.save_samples(PICTURES, 255 - PICTURES)
    for epoch in range(3):
        run.save_snapshot(epoch, model, PICTURES // (epoch + 1))
    run.append(Step(1, 1, 0.5, 10.0))
    run.append(Epoch(1, 0.5, 0.25, 11.0))
    run.append(Epoch(2, 0.25, 0.125, 12.0))
    results.keep(run, inference.to_keras(model), {"scores": SCORES | {"command": "rm -rf /"}})
    run.update(state="finished", steps_per_epoch=1, digits=7)
    return run


@pytest.fixture(scope="module")
def packed(run):
    return archive.pack(str(run.folder))


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path)


def changed(packed, **files):
    """The zip with other files in it: bytes replace one, None leaves it out."""
    content = {}
    with zipfile.ZipFile(io.BytesIO(packed)) as source:
        content |= {name: source.read(name) for name in source.namelist()}
    content |= files
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, data in content.items():
            if data is not None:
                target.writestr(name, data)
    return buffer.getvalue()


def names_in(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as source:
        return set(source.namelist())


def array(pictures):
    buffer = io.BytesIO()
    np.save(buffer, pictures)
    return buffer.getvalue()


def test_a_zip_has_all_that_was_promised(packed):
    assert {
        "config.json", "history.jsonl", "card.json", "status.json", "curves.png", "samples.png",
        "samples/00002.npy", "model.safetensors", "model.keras",
    } <= names_in(packed)  # fmt: skip


def test_a_zip_does_not_say_whose_the_run_is(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as source:
        assert all(b"secret" not in source.read(name) for name in source.namelist())


def test_what_was_packed_is_the_same_run_again(run, packed, store):
    assert archive.unpack(str(store.folder), packed, "me") == run.id
    again = store.run(run.id)
    assert (again.config, again.history()) == (run.config, run.history())
    assert (again.status().state, again.status().owner) == ("finished", "me")
    assert again.status().created == run.status().created
    assert again.snapshots() == [0, 1, 2]
    np.testing.assert_array_equal(again.samples(2), run.samples(2))
    np.testing.assert_array_equal(again.noisy_samples(), PICTURES)
    old, new = run.model(), again.model()
    assert (new.name, new.graph, new.card["history"]) == (run.id, old.graph, old.card["history"])
    assert new.card["title"] == old.card["title"]
    assert new.card["scores"] == SCORES
    for name, tensor in old.tensors.items():
        np.testing.assert_array_equal(new.tensors[name], tensor)


def test_a_run_that_is_there_already_is_left_alone(run, packed, store):
    first = archive.unpack(str(store.folder), packed)
    second = archive.unpack(str(store.folder), packed)
    assert first == run.id != second
    assert {r.id for r in store.runs()} == {first, second}
    assert store.run(second).model().name == second


def test_a_run_without_a_model_cannot_be_packed(run, store):
    with pytest.raises(RunError, match="has no model yet"):
        archive.pack(str(store.create(run.config).folder))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"config.json": None}, "there is no 'config.json'"),
        ({"config.json": b"{"}, "config"),
        ({"config.json": b"\xff"}, "exported"),
        ({"model.safetensors": None}, "there is no 'model.safetensors'"),
        ({"model.safetensors": b"PK"}, "weights: This file is damaged"),
        ({"history.jsonl": b"17"}, "exported"),
        ({"history.jsonl": b'{"epoch": 1, "loss": "<b>", "val_loss": 1, "time": 1}'}, "exported"),
        ({"card.json": b"[1]"}, "exported"),
        ({"status.json": b'{"state": "running"}'}, "had not ended"),
        ({"history.jsonl": b'{"epoch": Infinity, "loss": 1}'}, "exported"),
        ({"card.json": b'{"a":' + b"[" * 100_000}, "exported"),
        ({"status.json": b'{"state": "stopped", "created": NaN}'}, "created: expected"),
        ({"status.json": b'{"state": "stopped", "created": -1}'}, "created: expected"),
        ({"status.json": b'{"state": "stopped", "digits": Infinity}'}, "exported"),
        ({"samples/noisy.npy": array(PICTURES[:2])}, "samples"),
        ({"samples/noisy.npy": array(PICTURES.astype(float))}, "samples"),
        ({"samples/00001.npy": array(np.array([{}], object))}, "exported"),
        ({"samples/noisy.npy": None}, "exported"),
    ],
)  # fmt: skip
def test_a_zip_that_is_not_ours_is_refused_and_leaves_nothing(packed, store, files, words):
    with pytest.raises(DenoiserError, match=words):
        archive.unpack(str(store.folder), changed(packed, **files))
    assert not list(store.folder.iterdir())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 1000])
def test_what_is_no_zip_is_refused(store, content):
    with pytest.raises(RunError, match="expected a readable"):
        archive.unpack(str(store.folder), content)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(packed, store):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("config.json", bytes(archive.MAX_UNPACKED + 1))
    with pytest.raises(RunError, match="at most"):
        archive.unpack(str(store.folder), buffer.getvalue())


@pytest.mark.parametrize("source", ["/etc/passwd", "../../own.npz", "/srv/pictures"])
def test_a_path_in_a_zip_leads_to_no_file_of_this_machine(run, packed, store, source):
    config = replace(run.config, data=source).to_json().encode()
    opened = archive.unpack(str(store.folder), changed(packed, **{"config.json": config}))
    assert store.run(opened).config.data == str(store.folder / ".data" / "elsewhere.npz")


def test_settings_of_a_giant_are_refused_before_it_is_built(run, packed, store):
    config = replace(run.config, filters=(512, 512)).to_json().encode()
    with pytest.raises(DenoiserError, match="at most 4,000,000 parameters"):
        archive.unpack(str(store.folder), changed(packed, **{"config.json": config}))


def test_weights_of_another_network_are_refused(packed, store):
    other = models.SHIPPED / "unet.safetensors"
    with pytest.raises(DenoiserError, match="weights"):
        archive.unpack(
            str(store.folder), changed(packed, **{"model.safetensors": other.read_bytes()})
        )


def test_a_strangers_keras_file_and_other_files_are_never_kept(run, packed, store):
    sent = changed(packed, **{"model.keras": b"evil", "../../evil.txt": b"evil", "x.py": b"evil"})
    archive.unpack(str(store.folder), sent)
    written = [path for path in store.folder.rglob("*") if path.is_file()]
    assert all(b"evil" not in path.read_bytes() for path in written)
    assert (store.run(run.id).folder / "model.keras").stat().st_size > 1000


def test_an_id_that_is_none_gets_a_new_one(packed, store):
    with zipfile.ZipFile(io.BytesIO(packed)) as source:
        status = json.loads(source.read("status.json"))
    for bad in ("../../up", "x", None, 5):
        sent = changed(packed, **{"status.json": json.dumps(status | {"id": bad}).encode()})
        assert len(archive.unpack(str(store.folder), sent)) == 12
    assert len(store.runs()) == 4


def test_no_zip_is_of_a_run_of_tomorrow(packed, store):
    with zipfile.ZipFile(io.BytesIO(packed)) as source:
        status = json.loads(source.read("status.json"))
    sent = changed(packed, **{"status.json": json.dumps(status | {"created": 1e300}).encode()})
    created = store.run(archive.unpack(str(store.folder), sent)).status().created
    assert abs(created - time.time()) < 60


def test_a_reason_goes_with_a_zip_as_a_text(run, packed, store):
    reason = RunError("{count} digits", count=3)
    status = run.status()
    run.update(state="stopped", reason=reason)
    sent = archive.pack(str(run.folder))
    run.update(state=status.state, reason=None)
    with zipfile.ZipFile(io.BytesIO(sent)) as source:
        assert json.loads(source.read("status.json"))["reason"] == "3 digits"
    assert str(store.run(archive.unpack(str(store.folder), sent)).status().reason) == "3 digits"
    assert store.run(archive.unpack(str(store.folder), packed)).status().reason is None


@pytest.mark.parametrize("reason", ["{0.__class__}", {"message": "{x:>99}", "values": {"x": 1}}])
def test_a_strangers_reason_is_never_a_format(packed, store, reason):
    with zipfile.ZipFile(io.BytesIO(packed)) as source:
        status = json.loads(source.read("status.json"))
    status |= {"reason": reason, "said": {"message": "{x:>99}", "values": {"x": 1}}}
    sent = changed(packed, **{"status.json": json.dumps(status).encode()})
    opened = store.run(archive.unpack(str(store.folder), sent))
    assert str(opened.status().reason) == str(reason)


def test_a_zip_of_version_0_2_0_is_opened(packed, store):
    old = {
        "state": "stopped", "reason": "Stopped by request.",
        "said": {"message": "Stopped by request.", "values": {}}, "fix": {}, "created": 5.0,
        "queued": 5.0, "owner": "", "engine": True, "attempt": 1, "deaths": 0,
        "steps_per_epoch": 1, "digits": 7, "loaded": False, "id": "abcdefghijkl",
    }  # fmt: skip
    sent = changed(packed, **{"status.json": json.dumps(old).encode()})
    status = store.run(archive.unpack(str(store.folder), sent)).status()
    assert (status.state, str(status.reason)) == ("stopped", "Stopped by request.")
    assert store.run("abcdefghijkl").status() == status
