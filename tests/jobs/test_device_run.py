"""Trainings that devices hand over: what is kept of them, and that nothing else ever is."""

import json
import math
from dataclasses import asdict, replace

import keras
import numpy as np
import pytest
from device_runs import BEGUN, CONFIG, EPOCH_SECONDS, container, handed_over, trained, untrained
from hostile_weights import NO_NUMBERS, safetensors, tensor

from denoiser.config import TrainConfig
from denoiser.errors import ConfigError, ModelError, RunError
from denoiser.files import containers
from denoiser.files.atomic import MAX_UPLOAD
from denoiser.jobs import archive, device_run, results
from denoiser.metrics import SCORE_SEED
from denoiser.models import store as models
from denoiser.nn import inference
from denoiser.runs import claims, datasets, handover, names
from denoiser.runs.history import Epoch
from denoiser.runs.run import KEPT_SNAPSHOTS
from denoiser.runs.store import DISK_FULL, RunStore

PLAIN = untrained()
FLOATS = [name for name in PLAIN.tensors if not name.startswith("samples/")]
PICTURES = [name for name in PLAIN.tensors if name.startswith("samples/")]
NORM = "model/encoder_norm_1.moving_variance"


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture(scope="module")
def sent():
    """A training that learned something."""
    return trained()


@pytest.fixture(scope="module")
def run(sent, tmp_path_factory):
    """The run that was made of it."""
    store = RunStore(tmp_path_factory.mktemp("runs"))
    return store.run(device_run.keep(str(store.folder), sent.packed(), "me"))


def kept(store, sent):
    return store.run(device_run.keep(str(store.folder), sent.packed()))


def part(sent, name):
    return {k.removeprefix(name): t for k, t in sent.tensors.items() if k.startswith(name)}


def assert_same(tensors, others):
    assert tensors.keys() == others.keys()
    for name, found in tensors.items():
        np.testing.assert_array_equal(found, others[name])


# What is kept


def test_it_is_a_finished_run_of_who_sent_it_with_its_mark_and_name(run, sent):
    status = run.status()
    assert (status.state, status.owner, status.device, status.loaded) == (
        "finished", "me", True, False,
    )  # fmt: skip
    assert (status.steps_per_epoch, status.digits, status.created) == (2, 60, BEGUN)
    assert run.config == CONFIG
    assert names.given(run) == sent.told["name"]


def test_its_history_is_that_of_the_device(run, sent):
    history = run.history()
    assert [[step.step, step.loss] for step in history.steps] == sent.told["steps"]
    assert [step.epoch for step in history.steps] == [1, 1, 2, 2, 3, 3]
    assert [step.time - BEGUN for step in history.steps] == [5, 10, 15, 20, 25, 30]
    measured = [{"loss": e.loss, "val_loss": e.val_loss} for e in history.epochs]
    assert measured == sent.told["history"]
    assert history.epochs[1] == Epoch(2, time=BEGUN + 2 * EPOCH_SECONDS, **measured[1])


def test_its_samples_and_snapshots_are_those_of_the_device(run, sent):
    assert run.snapshots() == [0, 1, 2, 3]
    assert_same(
        {"noisy": run.noisy_samples(), "clean": run.clean_samples()}
        | {str(epoch): run.samples(epoch) for epoch in run.snapshots()},
        part(sent, "samples/"),
    )
    assert [run.has_weights(epoch) for epoch in run.snapshots()] == [False, True, True, True]
    for epoch in (1, 2, 3):
        snapshot = run.snapshot(epoch)
        assert_same(snapshot.tensors, part(sent, f"snapshot/{epoch}/"))
        assert (snapshot.config, snapshot.graph) == (CONFIG, run.model().graph)


def test_its_model_has_the_weights_that_were_sent_and_is_there_for_keras(run, sent, held_out):
    model = run.model()
    assert_same(model.tensors, part(sent, "model/"))
    for_keras = keras.saving.load_model(run.folder / "model.keras")
    answers = (for_keras, inference.to_keras(model))
    np.testing.assert_allclose(*(inference.denoise(n, held_out.clean) for n in answers), atol=1e-6)


def test_its_card_has_what_the_lab_measured_itself(run, sent, held_out):
    card = run.model().card
    again = inference.evaluate(
        inference.to_keras(run.model()), inference.load_keras("classifier"), held_out,
        "gaussian", {}, SCORE_SEED,
    ).denoised.to_dict()  # fmt: skip
    command = f"python -m denoiser evaluate --model {run.id} --data bundled"
    assert card["scores"] == again | {"command": command}
    assert (card["trained_on"], card["kept_epoch"]) == ("device", run.history().best.epoch)
    # The helper's training has the lab's own noise, so what it claims is what the lab measures.
    assert card["measured_val_loss"] == pytest.approx(run.history().best.val_loss, rel=1e-4)
    assert card["history"]["val_loss"] == [e["val_loss"] for e in sent.told["history"]]


def test_a_claim_that_is_too_good_stands_beside_what_the_lab_measured(store):
    best = {"loss": 1e-9, "val_loss": 1e-9}
    card = kept(store, PLAIN.telling(history=[best] * 3)).card()
    assert card["measured_val_loss"] > 0.01


def test_it_can_be_exported_and_opened_again_with_its_mark(run, store):
    again = store.run(archive.unpack(str(store.folder), archive.pack(str(run.folder)), "you"))
    assert (again.status().device, again.status().loaded) == (True, False)
    assert again.history() == run.history()
    assert again.snapshots() == run.snapshots()
    marks = ("trained_on", "kept_epoch", "measured_val_loss")
    assert [again.card()[mark] for mark in marks] == [run.card()[mark] for mark in marks]
    assert_same(again.model().tensors, run.model().tensors)


def test_a_run_of_the_lab_has_no_mark(store):
    config = replace(CONFIG, epochs=1)
    plain = store.create(config)
    plain.save_samples(*[np.zeros((1, 28, 28), np.uint8)] * 2)
    results.keep(plain, inference.from_imported(handover.read(PLAIN.packed()).model), {})
    plain.update(state="finished")
    assert "trained_on" not in plain.card()
    again = store.run(archive.unpack(str(store.folder), archive.pack(str(plain.folder))))
    assert not again.status().device
    assert "trained_on" not in again.card()


def test_one_kept_before_its_end_has_stopped_and_goes_on_only_on_its_device(store):
    weights = part(PLAIN, "snapshot/1/"), part(PLAIN, "snapshot/2/")
    losses = (0.1, 0.2)
    early = handed_over(CONFIG, [*zip(weights, losses, strict=True)], has_ended=False)
    steps = [*early.told["steps"], [5, 0.05]]
    stopped = kept(store, early.telling(steps=steps))
    assert (stopped.status().state, stopped.status().device) == ("stopped", True)
    assert "device can go on" in str(stopped.status().reason)
    assert stopped.card()["kept_epoch"] == 1
    assert stopped.history().steps[-1].epoch == 3
    with pytest.raises(RunError, match="was trained on a device"):
        store.resume(stopped)
    with pytest.raises(RunError, match="was trained on a device"):
        store.resume(stopped, engine=False)
    assert stopped.status().state == "stopped"


def test_one_kept_in_its_first_epoch_has_the_weights_of_then(store):
    only = {n: t for n, t in PLAIN.tensors.items() if n.startswith("model/")}
    only |= {name: PLAIN.tensors[name] for name in ("samples/noisy", "samples/clean")}
    begun = replace(PLAIN, tensors=only).telling(
        has_ended=False, history=[], times=[], steps=[[1, 0.5]]
    )
    stopped = kept(store, begun)
    assert stopped.snapshots() == []
    assert stopped.card()["kept_epoch"] == 0
    assert stopped.history().steps[0].time == BEGUN


def test_snapshots_may_be_left_out(store):
    first = [name for name in FLOATS if name.startswith("snapshot/1/")]
    run = kept(store, PLAIN.having(**dict.fromkeys([*first, "samples/0"])))
    assert run.snapshots() == [1, 2, 3]
    assert [run.has_weights(epoch) for epoch in (1, 2, 3)] == [False, True, True]


def test_of_a_long_training_the_lab_keeps_as_many_snapshots_as_of_its_own(store):
    config = replace(CONFIG, epochs=151)
    weights = part(PLAIN, "model/")
    epochs = [(weights, 0.1 if epoch == 76 else 0.2) for epoch in range(1, 152)]
    sent = handed_over(config, epochs)
    without = [f"snapshot/{e}/{n}" for e in range(1, 152) if e != 76 for n in weights]
    run = kept(store, sent.having(**dict.fromkeys(without)))
    assert {0, 4, 76, 148, 151} <= set(run.snapshots())
    assert len(run.snapshots()) <= KEPT_SNAPSHOTS + 3
    assert [epoch for epoch in run.snapshots() if run.has_weights(epoch)] == [76]


@pytest.mark.parametrize("config", [TrainConfig(network="unet-small"), TrainConfig()])
def test_the_labs_own_networks_are_kept(store, config):
    config = replace(config, data="bundled", epochs=1, limit=32)
    assert kept(store, untrained(config)).model().config == config


def test_a_source_of_digits_leads_to_no_file_of_this_machine(store):
    ours = str(store.folder / datasets.FOLDER / "abcdefghijkl.npz")
    for source, there in (
        ("/etc/passwd", str(store.folder / ".data" / "elsewhere.npz")),
        ("../../own.npz", str(store.folder / ".data" / "elsewhere.npz")),
        ("/another/lab/.data/abcdefghijkl.npz", ours),
        ("mnist", "mnist"),
    ):
        run = kept(store, PLAIN.with_settings(data=source))
        assert run.config.data == run.model().config.data == run.snapshot(1).config.data == there


def test_a_name_is_a_line_that_can_be_seen(store):
    for name, given in (
        ("\u202eevil\x00\x1b[31m\nline", "evil[31m line"), ("", ""), ("x" * 500, "x" * 60),
        ("\ud800", ""), ("\0" * 60 + "seen", "seen"),
    ):  # fmt: skip
        assert handover.read(PLAIN.telling(name=name).packed()).name == given
    run = kept(store, PLAIN.telling(name="\u202eAnna\n" + "x" * 99))
    assert names.given(run) == "Anna " + "x" * 55


def test_a_clock_that_goes_fast_makes_no_run_of_tomorrow(store, monkeypatch):
    monkeypatch.setattr(claims.time, "time", lambda: BEGUN + 15)
    run = kept(store, PLAIN.telling(begun=1e300))
    assert run.status().created == BEGUN + 15
    assert [epoch.time - BEGUN for epoch in run.history().epochs] == [10, 15, 15]


# For Keras


def test_a_keras_file_gives_the_same_answers_and_nothing_is_kept(sent, held_out, tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(device_run.to_keras(sent.packed()))
    network = keras.saving.load_model(path)
    ours = inference.from_imported(handover.read(sent.packed()).model)
    answers = [inference.denoise(each, held_out.clean) for each in (network, ours)]
    np.testing.assert_allclose(*answers, atol=1e-6)
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]


# What is refused, and leaves nothing


def assert_refused(store, content, words):
    """A container is refused for what is wrong with it, by both functions, in plain words."""
    for refuse in (lambda: device_run.keep(str(store.folder), content),
                   lambda: device_run.to_keras(content)):  # fmt: skip
        with pytest.raises(RunError, match="Try again from the device") as refused:
            refuse()
        assert refused.value.code == claims.FOREIGN
        assert words in refused.value.detail
        assert str(store.folder) not in refused.value.detail
    assert not store.folder.exists()


JUNK = [None, True, False, -1, 0, 7, 1.5, -0.5, math.nan, math.inf, -math.inf, 2**70, "", "x", "7",
        [], {}, [[]], [None], {"x": 1}, [1, 2, 3]]  # fmt: skip
MOMENTS = [0, 7, 1.5, 2**70]
POSSIBLE = {
    "name": ["", "x", "7"], "has_ended": [True, False], "begun": MOMENTS, "steps": [[]],
    "times": [[1, 2, 3]],
}  # fmt: skip
# Where a value may be, but not beside the others.
BLAMED = {"config": "has_ended", "digits": "steps_per_epoch", "history": "times"}


def alike(value, others):
    return any(type(value) is type(other) and value == other for other in others)


@pytest.mark.parametrize("name", sorted(handover.FIELDS))
def test_a_field_of_another_kind_is_refused(store, name):
    for junk in JUNK:
        if not alike(junk, POSSIBLE.get(name, [])):
            with pytest.raises(RunError) as refused:
                handover.read(PLAIN.telling(**{name: junk}).packed())
            detail = refused.value.detail
            assert detail.startswith((f"{name}: ", BLAMED.get(name, name))), (junk, detail)
    assert_refused(store, PLAIN.telling(**{name: None}).packed(), f"{name}: expected")


def test_what_may_be_in_a_field_is_taken():
    for name, values in POSSIBLE.items():
        for value in values:
            handover.read(PLAIN.telling(**{name: value}).packed())


def changed(path, value):
    """The training with another value somewhere in its JSON object."""
    told = json.loads(json.dumps(PLAIN.told))
    place = told
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return container(told, PLAIN.tensors)


INNER = {
    ("history", 0): ("history", []),
    ("history", 2, "loss"): ("loss", [0, 7, 1.5]),
    ("history", 1, "val_loss"): ("val_loss", [0, 7, 1.5]),
    ("times", 0): ("times", MOMENTS),
    ("steps", 0): ("steps", []),
    ("steps", 5, 0): ("steps", []),
    ("steps", 1, 1): ("steps", [0, 7, 1.5]),
}


@pytest.mark.parametrize(("path", "what"), INNER.items(), ids=map(str, INNER))
def test_numbers_of_another_kind_are_refused(store, path, what):
    word, possible = what
    for junk in JUNK:
        if alike(junk, possible):
            handover.read(changed(path, junk))
            continue
        with pytest.raises(RunError) as refused:
            handover.read(changed(path, junk))
        assert refused.value.detail.startswith(f"{word}: expected"), (junk, refused.value.detail)
    assert_refused(store, changed(path, "x"), f"{word}: expected")


@pytest.mark.parametrize("name", asdict(CONFIG))
def test_settings_that_cannot_be_are_refused(store, name):
    count = 0
    for junk in JUNK:
        try:
            replace(CONFIG, **{name: junk})
        except (ConfigError, TypeError):
            count += 1
            assert_refused(store, PLAIN.with_settings(**{name: junk}).packed(), "")
    assert count > 10


def repeated(name, value, count):
    return PLAIN.telling(**{name: [value] * count}).packed()


EPOCH = {"loss": 0.1, "val_loss": 0.1}
UNTRUE = {
    "a field too many": (PLAIN.telling(evil=1), "unexpected ['evil']"),
    "settings too many": (PLAIN.with_settings(evil=1), "unknown fields"),
    "another noise": (PLAIN.with_settings(noise="evil"), "evil"),
    "a number too many in an epoch": (PLAIN.telling(history=[EPOCH | {"x": 1}] * 3), "history"),
    "a loss beyond all": (PLAIN.telling(history=[EPOCH | {"loss": 1e7}] * 3), "loss: expected"),
    "a time too many": (PLAIN.telling(times=[1, 2, 3, 4]), "times: expected a list of at most 3"),
    "a time too few": (PLAIN.telling(times=[1, 2]), "times: expected 3, got 2"),
    "an epoch too many": (PLAIN.telling(history=[EPOCH] * 4), "history: expected a list"),
    "an end before its end": (
        handed_over(CONFIG, [(part(PLAIN, "model/"), 0.1)] * 2), "has_ended: expected 3 epochs",
    ),
    "a step of no epoch": (PLAIN.telling(steps=[[7, 0.1]]), "steps: expected a whole number"),
    "a step of an epoch to come": (
        handed_over(CONFIG, [(part(PLAIN, "model/"), 0.1)], False).telling(steps=[[5, 0.1]]),
        "from 1 to 4",
    ),
    "a step twice": (PLAIN.telling(steps=[[1, 0.1], [1, 0.1]]), "steps: expected each once"),
    "steps back": (PLAIN.telling(steps=[[2, 0.1], [1, 0.1]]), "steps: expected each once"),
    "three numbers of a step": (PLAIN.telling(steps=[[1, 0.1, 1]]), "steps: expected step and"),
    "a step as an object": (PLAIN.telling(steps=[{"step": 1}]), "steps: expected step and loss"),
    "a whole number as a float": (PLAIN.telling(digits=60.0), "digits: expected a whole number"),
    "true for a step": (PLAIN.telling(steps=[[True, 0.1]]), "steps: expected a whole number"),
    "true for digits": (
        PLAIN.telling(digits=True, steps_per_epoch=1, steps=[]), "digits: expected a whole number",
    ),
    "more digits than were asked for": (PLAIN.telling(digits=61), "from 1 to 60"),
    "no digits": (PLAIN.telling(digits=0), "digits: expected a whole number"),
    "other batches": (PLAIN.telling(steps_per_epoch=3), "from 2 to 2"),
    "the reader of digits": (PLAIN.with_settings(network="classifier"), "the digit reader"),
    "a giant": (PLAIN.with_settings(filters=[512, 512]), "at most 4,000,000 parameters"),
    "a picture that cannot be halved": (PLAIN.with_settings(filters=[2, 2, 2]), "multiple of 8"),
    "another network": (PLAIN.with_settings(network="unet"), "missing"),
    "another size": (PLAIN.with_settings(latent_dim=4), "another shape"),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "words"), UNTRUE.values(), ids=UNTRUE)
def test_what_does_not_go_together_is_refused(store, sent, words):
    assert_refused(store, sent.packed(), words)


@pytest.mark.parametrize("name", sorted(handover.FIELDS))
def test_no_field_may_be_missing(store, name):
    told = {k: v for k, v in PLAIN.told.items() if k != name}
    assert_refused(store, container(told, PLAIN.tensors), f"missing ['{name}']")


def test_lines_without_end_are_refused(store):
    assert_refused(store, repeated("steps", [1, 1], 10**6), "header of at most")
    assert_refused(store, repeated("times", 1, 10**6), "header of at most")
    assert_refused(store, repeated("history", EPOCH, 1001), "history: expected a list of at most")
    assert_refused(store, repeated("steps", [1, 1], handover.MAX_STEPS + 1), "at most 10,000")


# Texts


def with_text(text, key="device_run"):
    header, data = PLAIN.packed(), b""
    size = int.from_bytes(header[:8], "little")
    told, data = json.loads(header[8 : 8 + size]), header[8 + size :]
    return safetensors(told | {"__metadata__": {key: text}}, data)


TEXTS = {
    "no JSON": ("{", "Expecting property name"),
    "nothing": ("", "Expecting value"),
    "a list": ("[]", "expected a JSON object"),
    "a text": ('"device_run"', "expected a JSON object"),
    "brackets in brackets": ("[" * 100_000, "recursion"),
    "a number of 10,000 digits": ('{"begun": 1%s}' % ("0" * 10_000), "4300"),
}


@pytest.mark.parametrize(("text", "words"), TEXTS.values(), ids=TEXTS)
def test_texts_that_are_no_training_are_refused(store, text, words):
    assert_refused(store, with_text(text), words)


def test_other_texts_are_refused(store):
    told = json.dumps(PLAIN.told)
    assert_refused(store, with_text(told, "evil"), "expected the text device_run and no other")
    assert_refused(store, container(PLAIN.told, PLAIN.tensors, evil=told), "and no other")
    weights = models.SHIPPED / "tutorial.safetensors"
    assert_refused(store, weights.read_bytes(), "expected the text device_run and no other")


# Tensors

ONE = np.ones(1, np.float32)
STRANGE = {
    "": "tensors of", "evil": "tensors of", "evil/x": "tensors of", "/model/x": "tensors of",
    "../evil": "tensors of", "model": "unexpected", "model/": "unexpected",
    "model/evil": "unexpected", "model/\x00": "unexpected", "model/x\n\u202e": "unexpected",
    f"model/{'x' * 300}": "at most 200 letters",
    "snapshot": "expected an epoch", "snapshot/1": "unexpected", "snapshot/1/evil": "unexpected",
    "snapshot/0/x": "expected an epoch from 1 to 3",
    "snapshot/4/x": "expected an epoch from 1 to 3",
    "snapshot/01/x": "expected an epoch", "snapshot/-1/x": "expected an epoch",
    "snapshot/../x": "expected an epoch", "snapshot/\uff11/x": "expected an epoch",
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_a_tensor_of_another_name_is_refused(store, name):
    assert_refused(store, PLAIN.having(**{name: ONE}).packed(), STRANGE[name])


@pytest.mark.parametrize("name", ["", "4", "01", "-1", "1.0", " 1", "evil", "../evil", "\uff11",
                                  "1/x", "99999", "1\n", "\x00"])  # fmt: skip
def test_samples_of_no_epoch_are_refused(store, name):
    pictures = PLAIN.tensors["samples/1"]
    assert_refused(
        store, PLAIN.having(**{f"samples/{name}": pictures}).packed(), "expected an epoch from 0"
    )


@pytest.mark.parametrize("name", [n for n in PLAIN.tensors if n != "samples/0"])
def test_no_tensor_may_be_missing(store, name):
    words = "too" if name in PICTURES else "missing"
    words = f"there is no '{name[8:]}'" if name[8:] in ("noisy", "clean") else words
    assert_refused(store, PLAIN.having(**{name: None}).packed(), words)


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int32, np.uint8, bool])
def test_weights_of_another_dtype_are_refused(store, dtype):
    for name in FLOATS:
        other = PLAIN.tensors[name].astype(dtype)
        assert_refused(store, PLAIN.having(**{name: other}).packed(), "the lab takes float32")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(store, bad):
    for name in FLOATS:
        other = PLAIN.tensors[name].copy()
        other.flat[-1] = bad
        assert_refused(store, PLAIN.having(**{name: other}).packed(), "NaN or infinity")


SHAPES = {
    "an axis more": lambda a: a[None],
    "an axis less": lambda a: a.reshape(-1)[:1].reshape(()),
    "nothing": lambda a: a[:0],
    "one more": lambda a: np.concatenate([a, a[:1]]),
}


@pytest.mark.parametrize("change", SHAPES.values(), ids=SHAPES)
def test_weights_of_another_shape_are_refused(store, change):
    for name in FLOATS:
        other = PLAIN.having(**{name: change(PLAIN.tensors[name])}).packed()
        assert_refused(store, other, "another shape")


@pytest.mark.parametrize(
    "change",
    [*SHAPES.values(), lambda a: a.astype(np.float32), lambda a: a.astype(np.int8),
     lambda a: np.concatenate([a, a]), lambda a: a[:, :27]],
)  # fmt: skip
def test_samples_of_another_kind_are_refused(store, change):
    for name in PICTURES:
        other = PLAIN.having(**{name: change(PLAIN.tensors[name])}).packed()
        assert_refused(store, other, "samples: expected uint8")


def test_samples_are_as_many_in_each_epoch(store):
    for name in PICTURES:
        other = PLAIN.having(**{name: PLAIN.tensors[name][:2]}).packed()
        assert_refused(store, other, "as many of each epoch")


# Bytes


def huge():
    return {"large": np.zeros(MAX_UPLOAD, np.uint8)}


BYTES = {
    "nothing": (b"", "header"),
    "a few bytes": (b"1234567", "header"),
    "a header of a gigabyte": (safetensors(b"{}", size=10**9), "header of at most 1,048,576"),
    "a header of exabytes": (safetensors(b"{}", size=2**63), "header of at most 1,048,576"),
    "a header a little too long": (
        safetensors({"__metadata__": {"x": "x" * containers.MAX_HEADER}}), "header of at most",
    ),
    "a header beyond its end": (safetensors(b"{}", size=1000), "eader"),
    "a header that is no JSON": (safetensors(b"evil"), "eader"),
    "brackets in brackets": (safetensors(b'{"a":' + b"[" * 500_000), "recursion"),
    "no texts": (safetensors({"a": NO_NUMBERS}), "expected the text device_run"),
    "texts that are none": (safetensors({"__metadata__": {"device_run": {}}}), "eader"),
    "an array of terabytes": (safetensors({"a": tensor([2**40, 2**40])}, bytes(4)), "overflow"),
    "tensors in one place": (
        safetensors({str(i): tensor([1]) for i in range(9)}, bytes(4)), "invalid offset",
    ),
    "a zip": (b"PK\x03\x04" + bytes(100), "header"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), BYTES.values(), ids=BYTES)
def test_bytes_that_are_no_container_are_refused(store, content, words):
    assert_refused(store, content, words)


def test_a_container_cut_short_is_refused_wherever_it_is_cut(store):
    whole = PLAIN.packed()
    for size in (8, 9, 100, len(whole) // 2, len(whole) - 1):
        assert_refused(store, whole[:size], "")
    assert_refused(store, whole + b"\0", "")


def test_a_container_that_is_too_large_is_told_so(store):
    large = PLAIN.having(**huge()).packed()
    for refuse in (lambda: device_run.keep(str(store.folder), large),
                   lambda: device_run.to_keras(large)):  # fmt: skip
        with pytest.raises(RunError, match=r"too large .*at most 16 MB"):
            refuse()
    assert not store.folder.exists()


# What is wrong only later leaves nothing, too


def nothing_is_left(store):
    return not store.folder.exists() or not list(store.folder.iterdir())


def test_a_network_that_answers_no_numbers_is_refused(store):
    bad = np.full_like(PLAIN.tensors[NORM], -1e30)
    sent = PLAIN.having(**{NORM: bad}).packed()
    for refuse in (lambda: device_run.keep(str(store.folder), sent),
                   lambda: device_run.to_keras(sent)):  # fmt: skip
        with pytest.raises(ModelError, match="beyond all bounds"):
            refuse()
    assert nothing_is_left(store)


def test_a_full_disk_is_told_and_nothing_is_left(store, monkeypatch):
    monkeypatch.setattr("denoiser.runs.store.MIN_FREE_BYTES", 2**70)
    with pytest.raises(RunError, match="MB are free") as full:
        kept(store, PLAIN)
    assert full.value.code == DISK_FULL
    assert nothing_is_left(store)


def test_a_failure_on_the_way_leaves_nothing(store, monkeypatch):
    def fail(*_):
        raise OSError("no room")

    monkeypatch.setattr(results, "keep", fail)
    with pytest.raises(OSError, match="no room"):
        kept(store, PLAIN)
    assert nothing_is_left(store)


def test_nothing_that_comes_with_it_is_kept(store):
    run = kept(store, PLAIN.with_settings(data="/evil/evil"))
    written = [path for path in store.folder.rglob("*") if path.is_file()]
    assert not [path for path in written if b"evil" in path.read_bytes()]
    assert {path.parent for path in store.folder.iterdir()} == {store.folder}
    assert [run.id] == [path.name for path in store.folder.iterdir()]
