"""Weights from files, made into runs: the same answers as where they came from, and no more."""

import base64
import io
import json
import marshal
import math
import sys
import threading
import zipfile
from contextlib import contextmanager

import keras
import numpy as np
import pytest
from keras import layers
from safetensors.numpy import save as to_safetensors
from weight_files import autoencoder, chained, config_of, h5_of, halves, keras_of, zip_of

from denoiser.cli.main import main
from denoiser.config import TrainConfig
from denoiser.errors import ModelError, RunError
from denoiser.files import hdf5
from denoiser.jobs import archive, import_model, results
from denoiser.models import architectures, imported
from denoiser.models import layers as lists
from denoiser.models import store as models
from denoiser.nn import inference, networks
from denoiser.runs.run import KERAS, SAMPLES
from denoiser.runs.store import RunStore

SMALL = TrainConfig(filters=(4, 6), latent_dim=3)


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture(autouse=True)
def _unscored(monkeypatch):
    """Spare most runs a second of scoring; `brought` comes first and has scores."""
    monkeypatch.setattr(results, "scores", lambda *_: {})


@pytest.fixture(scope="module")
def pictures(held_out):
    return held_out.clean[:4]


def loaded(store, content):
    return store.run(import_model.load(str(store.folder), content, "me"))


def answers(network, pictures):
    return np.asarray(network(pictures[..., None], training=False))[..., 0]


def assert_answers_like(run, network, pictures):
    again = answers(inference.to_keras(run.model()), pictures)
    np.testing.assert_allclose(again, answers(network, pictures), atol=1e-6)


def stirred(network):
    """The network with other weights than new ones have, norms included."""
    rng = np.random.default_rng(0)
    for variable in network.weights:
        variable.assign(variable + rng.uniform(0.01, 0.2, variable.shape).astype(np.float32))
    return network


def students(filters=(32, 64), latent=16):
    """The tutorial's script as somebody types it: layers without names."""
    x = inputs = keras.Input((28, 28, 1))
    for count in filters:
        x = layers.Conv2D(count, (3, 3), strides=2, padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        x = layers.BatchNormalization(axis=-1)(x)
    volume = x.shape[1:]
    encoder = keras.Model(inputs, layers.Dense(latent)(layers.Flatten()(x)), name="encoder")
    latent_inputs = keras.Input((latent,))
    x = layers.Reshape(volume)(layers.Dense(math.prod(volume))(latent_inputs))
    for count in filters[::-1]:
        x = layers.Conv2DTranspose(count, (3, 3), strides=2, padding="same")(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        x = layers.BatchNormalization(axis=-1)(x)
    x = layers.Conv2DTranspose(1, (3, 3), padding="same")(x)
    decoder = keras.Model(latent_inputs, layers.Activation("sigmoid")(x), name="decoder")
    return keras.Model(inputs, decoder(encoder(inputs)), name="autoencoder")


def half(network, place):
    """The encoder or the decoder of a student's network."""
    return network.layers[1 + place]


def wrapped(network):
    """The network, trained, as a part of one that puts noise on pictures of 0 to 255."""
    network.compile(loss="mse", optimizer="adam", metrics=["mae"])
    network.fit(np.zeros((2, 28, 28, 1)), np.zeros((2, 28, 28, 1)), verbose=0)
    noisy = [layers.Rescaling(1 / 255), layers.GaussianNoise(0.5), layers.Dropout(0.1)]
    return keras.Sequential([keras.Input((28, 28, 1)), *noisy, network])


def fused():
    """The network in two Sequential parts, activations as options of their layers."""
    leaky = {"strides": 2, "padding": "same", "activation": layers.LeakyReLU(negative_slope=0.2)}
    encoder = keras.Sequential([
        layers.Conv2D(4, 3, **leaky), layers.BatchNormalization(),
        layers.Conv2D(6, 3, **leaky), layers.BatchNormalization(),
        layers.Flatten(), layers.Dense(3),
    ])  # fmt: skip
    decoder = keras.Sequential([
        layers.Dense(294), layers.Reshape((7, 7, -1)),
        layers.Conv2DTranspose(6, 3, **leaky), layers.BatchNormalization(),
        layers.Conv2DTranspose(4, 3, **leaky), layers.BatchNormalization(),
        layers.Conv2DTranspose(1, 3, padding="same", activation="sigmoid"),
    ])  # fmt: skip
    inputs = keras.Input((28, 28, 1))
    return keras.Model(inputs, decoder(encoder(inputs)))


def in_one_model(network):
    flat = [layer for part in (0, 1) for layer in half(network, part).layers[1:]]
    return keras.Sequential([keras.Input((28, 28, 1)), *flat])


class Subclass(keras.Model):
    """A network with a training step of one's own."""

    def train_step(self, data):
        return super().train_step(data)


def saved(network, folder):
    path = folder / "network.keras"
    network.save(path)
    return path.read_bytes()


# What comes out is what went in


@pytest.mark.parametrize("config", [SMALL, TrainConfig(network="unet")], ids=["tutorial", "unet"])
def test_an_exported_keras_file_gives_the_same_answers(store, tmp_path, pictures, config):
    network = stirred(networks.build(config))
    run = loaded(store, saved(network, tmp_path))
    assert run.config.network == config.network
    assert_answers_like(run, network, pictures)


def test_a_students_own_copy_of_the_tutorial_gives_the_same_answers(store, tmp_path, pictures):
    students((2,), 2)  # so that the next one's layers are numbered on
    network = stirred(students((8, 16), 5))
    network.compile(loss="mse", optimizer="adam")
    network.optimizer.build(network.trainable_variables)  # a trained one is saved with it
    run = loaded(store, saved(network, tmp_path))
    assert (run.config.filters, run.config.latent_dim) == ((8, 16), 5)
    assert_answers_like(run, network, pictures)


PUT_TOGETHER = {
    "wrapped": (lambda: wrapped(students((4, 6), 3)), 255),
    "fused": (fused, 1),
    "flat": (lambda: in_one_model(students((4, 6), 3)), 1),
    "halves in a row": (
        lambda: keras.Sequential([half(students((4, 6), 3), i) for i in (0, 1)]),
        1,
    ),
    "of a class of its own": (lambda: Subclass(*_ends(students((4, 6), 3))), 1),
}


def _ends(network):
    return network.input, network.output


@pytest.mark.parametrize(("build", "brightest"), PUT_TOGETHER.values(), ids=PUT_TOGETHER)
def test_the_same_network_put_together_in_another_way_gives_the_same_answers(
    store, tmp_path, pictures, build, brightest
):
    network = stirred(build())
    run = loaded(store, saved(network, tmp_path))
    assert run.config.filters == SMALL.filters
    again = answers(inference.to_keras(run.model()), pictures)
    np.testing.assert_allclose(again, answers(network, pictures * brightest), atol=1e-5)


def test_a_wrapped_unet_gives_the_same_answers(store, tmp_path, pictures):
    inside = stirred(networks.build(TrainConfig(network="unet")))
    inputs = keras.Input((28, 28, 1))
    network = keras.Model(inputs, inside(layers.GaussianNoise(0.5)(inputs)))
    assert_answers_like(loaded(store, saved(network, tmp_path)), network, pictures)


def test_the_command_that_leaves_out_the_optimizer_does(tmp_path, pictures):
    network = students((4, 6), 3)
    network.compile(loss="mse", optimizer="adam")
    network.fit(pictures[..., None], pictures[..., None], verbose=0)
    whole = saved(network, tmp_path)
    small = saved(keras.Model(network.input, network.output), tmp_path)
    assert len(small) < 0.8 * len(whole)
    read, again = imported.read(small), imported.read(whole)
    for name, tensor in again.tensors.items():
        np.testing.assert_array_equal(read.tensors[name], tensor)


@pytest.mark.parametrize("with_settings", [True, False])
def test_safetensors_give_the_same_answers(store, pictures, with_settings):
    network = stirred(networks.build(SMALL))
    metadata = {"config": SMALL.to_json(), "graph": "[]"} if with_settings else None
    run = loaded(store, to_safetensors(networks.weights(network), metadata=metadata))
    assert run.config.filters == SMALL.filters
    assert_answers_like(run, network, pictures)
    assert run.model().graph == lists.graph(architectures.layers_of(SMALL))


@pytest.mark.parametrize("config", [TrainConfig(), TrainConfig(network="unet")])
def test_paths_are_those_that_keras_writes(tmp_path, config):
    network = networks.build(config)
    with zipfile.ZipFile(io.BytesIO(saved(network, tmp_path))) as file:
        content = file.read("model.weights.h5")
    paths = lists.keras_paths(list(architectures.models_of(config).values()))
    tensors = hdf5.arrays(content)
    assert set(tensors) == set(paths)
    weights = networks.weights(network)
    assert set(paths.values()) == set(weights)
    for path, name in paths.items():
        np.testing.assert_array_equal(tensors[path], weights[name])


# What can be done with it


@pytest.fixture(scope="module")
def brought(tmp_path_factory):
    """The run of a shipped model's file."""
    store = RunStore(tmp_path_factory.mktemp("runs"))
    return loaded(store, (models.SHIPPED / "tutorial.safetensors").read_bytes())


def test_it_is_a_finished_run_of_who_brought_it(brought):
    status = brought.status()
    assert (status.state, status.owner, status.loaded) == ("finished", "me", True)
    assert brought.history().epochs == ()
    assert brought.noisy_samples().shape == brought.samples(0).shape == (SAMPLES, 28, 28)


def test_its_card_has_scores_and_the_command_for_them(brought):
    card = brought.model().card
    assert card["scores"]["mse"] < 0.02
    assert card["scores"]["command"].endswith(f"--model {brought.id} --data bundled")
    assert card["title"].startswith("Tutorial")


def test_it_can_be_exported_and_opened_again(brought, store):
    again = store.run(archive.unpack(str(store.folder), archive.pack(str(brought.folder))))
    assert again.status().loaded
    np.testing.assert_array_equal(again.samples(0), brought.samples(0))


def test_the_command_line_knows_it(brought, monkeypatch, capsys):
    monkeypatch.setenv("DENOISER_HOME", str(brought.folder.parent))
    assert main(["evaluate", "--model", brought.id]) == 0
    assert "denoised" in capsys.readouterr().out


def test_paths_in_its_settings_lead_nowhere_else(store):
    settings = {"network": "tutorial", "filters": [4, 6], "latent_dim": 3, "data": "/etc/passwd"}
    tensors = networks.weights(networks.build(SMALL))
    run = loaded(store, to_safetensors(tensors, metadata={"config": json.dumps(settings)}))
    assert run.config.data.startswith(str(store.folder))


def test_a_full_disk_is_told(store, monkeypatch):
    monkeypatch.setattr("denoiser.runs.store.MIN_FREE_BYTES", 2**70)
    with pytest.raises(RunError, match="MB are free"):
        loaded(store, keras_of(h5_of(autoencoder())))


# What is refused, and leaves nothing


def without(path):
    return {name: tensor for name, tensor in autoencoder().items() if name != path}


FIRST = "layers/functional/layers/conv2d/vars/0"
REFUSED = {
    "one is missing": (without("layers/functional/layers/dense/vars/1"), "missing.*latent.bias"),
    "one is too many": (autoencoder() | {"layers/x/vars/0": np.ones(1, "f4")}, "unexpected"),
    "another shape": (autoencoder() | {FIRST: np.ones((5, 5, 1, 4), "f4")}, "another shape .*5, 5"),
    "28 halved three times": (autoencoder((2, 2, 2), 2), "multiple of 8"),
    "it answers NaN": (
        autoencoder() | {FIRST.replace("conv2d", "batch_normalization").replace("/0", "/3"):
                         np.full(4, -1e30, "f4")}, "gives NaN"),
}  # fmt: skip


@pytest.mark.parametrize(("tensors", "words"), REFUSED.values(), ids=REFUSED)
def test_weights_of_no_network_of_ours_are_refused_and_leave_nothing(store, tensors, words):
    with pytest.raises(ModelError, match=words):
        loaded(store, keras_of(h5_of(tensors)))
    assert not store.folder.exists() or not list(store.folder.iterdir())


# Files that would do something, were they believed


def lambda_layer(canary):
    """A layer whose function, as bytecode, writes a file."""
    code = compile(f"open({canary!r}, 'w').write('x')", "x", "exec")
    return {"class_name": "Lambda", "config": {"name": "x", "function": {
        "class_name": "__lambda__",
        "config": {"code": base64.b64encode(marshal.dumps(code)).decode(), "defaults": None,
                   "closure": None}}}}  # fmt: skip


def of_class(module, name, **config):
    return {"module": module, "class_name": name, "config": config, "registered_name": name}


def configs(canary):
    return {
        "a function as bytecode": lambda_layer(canary),
        "a function of the system": of_class("os", "system", command=f"touch {canary}"),
        "a function of subprocess": of_class("subprocess", "Popen", args=["touch", canary]),
        "a download": of_class("keras.utils", "get_file", fname="x", origin=f"file://{canary}"),
        "another saved model": of_class("keras.saving", "load_model", filepath=canary),
        "a vocabulary that is a file": of_class(
            "keras.layers", "TextVectorization", vocabulary="/etc/passwd"),
        "a table that is a file": of_class(
            "tensorflow.lookup", "StaticHashTable", initializer={"filename": "/etc/passwd"}),
        "a saved model in a layer": of_class("keras.layers", "TFSMLayer", filepath=canary),
        "a class of another module": of_class("antigravity", "x"),
        "a module to import": of_class("this", "s"),
        "deep nesting": json.loads("[" * 900 + "]" * 900),
    }  # fmt: skip


WATCHED = ("open", "exec", "compile", "marshal.", "pickle.", "os.", "subprocess.", "socket.",
           "urllib.", "shutil.", "ctypes.", "import")  # fmt: skip
_events: list[tuple[int, list[str]]] = []


@contextmanager
def watched():
    """Note what this thread opens, runs or imports for the length of a block.

    Other tests of this process may have left threads that look after runs.
    """
    if not hasattr(sys, "_weights_watched"):
        sys._weights_watched = True
        sys.addaudithook(_note)  # it can never be removed
    _events.append((threading.get_ident(), []))
    try:
        yield _events[-1][1]
    finally:
        _events.pop()


def _note(event, arguments):
    if _events and event.startswith(WATCHED) and threading.get_ident() == _events[-1][0]:
        _events[-1][1].append(f"{event} {arguments}"[:200])


def test_the_watch_sees_what_it_is_for(tmp_path):
    (tmp_path / "x").touch()
    with watched() as events:
        (tmp_path / "x").read_bytes()
        exec(marshal.loads(marshal.dumps(compile("1", "x", "eval"))))
    assert {event.split()[0] for event in events} >= {"open", "marshal.loads", "exec", "compile"}


@pytest.mark.parametrize("name", configs("x"))
def test_nothing_that_a_keras_file_says_is_done(store, tmp_path, name):
    canary = tmp_path / "canary"
    config = json.dumps(configs(str(canary))[name]).encode()
    content = keras_of(
        h5_of(autoencoder()), config, **{"../evil.txt": b"x", "/tmp/evil": b"x", "x.npy": config}
    )
    imported.read(content)  # what is imported on first use is imported now
    with watched() as events:
        weights = imported.read(content)
    assert events == []
    assert weights.config == SMALL
    assert not canary.exists()


@pytest.mark.parametrize("name", configs("x"))
@pytest.mark.parametrize("part", ["layer", "activation"])
def test_nothing_that_a_layer_says_is_done(store, tmp_path, name, part):
    canary = tmp_path / "canary"
    said = chained(halves())
    layer = said["config"]["layers"][1]["config"]["layers"][1]
    hostile = configs(str(canary))[name]
    if part == "activation":
        layer["config"]["activation"] = hostile
    elif isinstance(hostile, dict):
        layer |= hostile | {"config": {"name": layer["name"]} | hostile["config"]}
    else:
        layer["config"] = hostile
    content = keras_of(h5_of(autoencoder()), config_of(said))
    with pytest.raises(ModelError):  # what is imported on first use is imported now
        imported.read(content)
    with watched() as events, pytest.raises(ModelError):
        imported.read(content)
    assert events == []
    assert not canary.exists()


def test_what_comes_with_weights_is_not_kept(store):
    sent = keras_of(h5_of(autoencoder()), b"evil", **{"../../evil.txt": b"evil", "x.py": b"evil"})
    run = loaded(store, sent)
    written = [path for path in store.folder.rglob("*") if path.is_file()]
    assert run.folder / KERAS in written
    assert not [path for path in written if b"evil" in path.read_bytes()]
    assert {path.parent for path in store.folder.iterdir()} == {store.folder}


def test_a_pickle_under_the_name_of_weights_is_not_read(store):
    buffer = io.BytesIO()
    np.save(buffer, np.array([lambda_layer("x")], object), allow_pickle=True)
    with pytest.raises(ModelError, match="expected an HDF5 file"):
        loaded(store, zip_of({"model.weights.h5": buffer.getvalue()}))
