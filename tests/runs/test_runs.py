"""The run folder and the folder of runs: what is written, what comes back, who waits for whom."""

import dataclasses
import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from denoiser.config import TrainConfig
from denoiser.errors import ModelError, RunError
from denoiser.models import store as models
from denoiser.runs import store as runs
from denoiser.runs.history import Epoch, RunHistory, Step
from denoiser.runs.run import KEPT_SNAPSHOTS, SAMPLES, Checkpoint, Run
from denoiser.runs.store import NO_SUCH_RUN, RunStore

CONFIG = TrainConfig(data="bundled", epochs=2)
WEIGHTS = {"latent.bias": np.ones(2, np.float32)}
PICTURES = np.arange(SAMPLES * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(-1, 28, 28)


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture
def run(store):
    return store.create(CONFIG)


def model(tensors=WEIGHTS, config=CONFIG):
    return models.Model("x", {"name": "x"}, config, tensors, [])


def checkpoint(step, value=0.0, size=0):
    return Checkpoint(step, {"a.b": np.full(3, value, np.float32)}, size, 0.5)


# What was asked, and how it stands


def test_a_new_run_says_what_was_asked_and_waits(run):
    assert TrainConfig.from_json((run.folder / "config.json").read_text()) == CONFIG == run.config
    assert run.status().state == "queued"
    assert run.status().created > 0


def test_a_run_is_named_by_its_folder(run):
    assert run.id == run.folder.name
    assert re.fullmatch(r"[a-z0-9]{12}", run.id)


def test_new_runs_get_folders_of_their_own(tmp_path):
    folders = {runs.new_folder(tmp_path) for _ in range(50)}
    assert len(folders) == 50
    assert {folder.parent for folder in folders} == {tmp_path}


def test_a_run_may_start_in_an_empty_folder_but_never_in_anothers(tmp_path):
    Run.create(CONFIG, tmp_path)
    with pytest.raises(RunError, match="expected a new or empty folder"):
        Run.create(TrainConfig(seed=1), tmp_path)
    assert Run(tmp_path).config == CONFIG


def test_an_update_changes_only_what_it_names(run):
    before = run.status()
    reason = RunError("too hot")
    run.update(state="failed", reason=reason)
    assert run.status() == dataclasses.replace(before, state="failed", reason=reason)


@pytest.mark.parametrize(
    "text", ["", "[1]", "{", '{"reason": "none"}', '{"state": "failed", "reason": [1]}']
)
def test_a_damaged_status_is_said_to_be_unreadable(run, text):
    (run.folder / "status.json").write_text(text)
    with pytest.raises(RunError, match=r"status\.json"):
        run.status()


def test_only_one_can_train_a_run(run):
    assert not run.is_locked()
    with run.locked():
        assert run.is_locked()
        with pytest.raises(RunError, match="somebody else"), run.locked():
            pass
    assert not run.is_locked()


def test_a_terminals_run_is_stopped_once_nobody_holds_it(tmp_path):
    run = Run.create(CONFIG, tmp_path / "mine", engine=False, state="running")
    with run.locked():
        assert run.status().state == "running"
    assert run.status().state == "stopped"
    assert "terminal" in str(run.status().reason)


def test_an_engines_run_still_runs_while_its_worker_is_being_replaced(run):
    run.update(state="running")
    assert run.status().state == "running"


# Stopping


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_run_that_has_not_begun_stops_at_once(run, state):
    run.update(state=state)
    run.request_stop()
    assert run.status().state == "stopped"
    assert run.is_stop_requested(run.status().attempt)


def test_a_run_that_trains_is_left_to_its_trainer_to_stop(run):
    run.update(state="running", steps_per_epoch=5)
    run.request_stop()
    assert run.status().state == "running"
    assert run.is_stop_requested(1)


@pytest.mark.parametrize("engine", [True, False])
@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_a_resumed_run_starts_anew_in_the_queue_or_in_a_terminal(store, run, state, engine):
    ended = {"reason": RunError("It broke."), "fix": {"batch_size": 1}, "queued": 1.0,
             "deaths": 3, "steps_per_epoch": 5, "digits": 40}  # fmt: skip
    before = run.update(state=state, engine=not engine, **ended)
    store.resume(run, engine=engine)
    with run.locked():  # as a terminal does that trains it
        after = run.status()
    assert after.queued > 1.0
    assert after == dataclasses.replace(
        before, state="queued", reason=None, fix={}, queued=after.queued, deaths=0,
        attempt=before.attempt + 1, engine=engine, steps_per_epoch=0,
    )  # fmt: skip
    assert store.queue() == ([run] if engine else [])


def test_a_terminal_resumes_a_run_that_lies_elsewhere_and_whatever_else_waits(store, tmp_path):
    elsewhere = Run.create(CONFIG, tmp_path / "elsewhere", owner="me", state="stopped")
    for _ in range(3):
        store.create(CONFIG, owner="me")
    with pytest.raises(RunError, match="3 unfinished"):
        store.resume(elsewhere)
    RunStore(tmp_path).resume(elsewhere, engine=False)
    with elsewhere.locked():
        assert elsewhere.status().state == "queued"
    assert not (tmp_path / "lock").exists()


def test_a_resumed_run_forgets_that_it_was_asked_to_stop(store, run):
    run.request_stop()
    store.resume(run)
    assert run.status().state == "queued"
    assert not run.is_stop_requested(run.status().attempt)


@pytest.mark.parametrize("engine", [True, False])
@pytest.mark.parametrize("state", ["queued", "running", "finished"])
def test_only_a_run_that_ended_early_can_be_resumed(store, run, state, engine):
    run.update(state=state)
    with pytest.raises(RunError, match=state):
        store.resume(run, engine=engine)


# History


def test_what_is_appended_comes_back(run):
    steps = [Step(1, 1, 0.5, 10.0), Step(2, 1, 0.25, 11.0), Step(3, 2, 0.125, 12.0)]
    for line in (*steps[:2], Epoch(1, 0.375, 0.3, 11.5), steps[2]):
        run.append(line)
    history = run.history()
    assert history.steps == tuple(steps)
    assert history.epochs == (Epoch(1, 0.375, 0.3, 11.5),)


def test_a_new_run_has_no_history_yet(run):
    assert run.history() == RunHistory((), ())
    assert run.history().best is None


@pytest.mark.parametrize("torn", ['{"step": 2, "epo', '{"step": 2}', "\x00\x00", "17", "null"])
def test_a_torn_last_line_is_forgiven(run, torn):
    run.append(Step(1, 1, 0.5, 10.0))
    with (run.folder / "history.jsonl").open("a") as file:
        file.write(torn)
    assert run.history().steps == (Step(1, 1, 0.5, 10.0),)


def test_a_line_that_was_written_twice_counts_once(run):
    for loss in (0.5, 0.4):
        run.append(Step(1, 1, loss, 10.0))
    assert [step.loss for step in run.history().steps] == [0.4]


def test_a_cut_history_goes_on_where_it_was_cut(run):
    run.append(Step(1, 1, 0.5, 10.0))
    size = run.history_size()
    run.append(Step(2, 1, 0.4, 10.0))
    run.cut_history(size)
    run.append(Step(2, 1, 0.3, 10.0))
    assert [step.loss for step in run.history().steps] == [0.5, 0.3]


def test_the_best_epoch_has_the_lowest_val_loss(run):
    for epoch, val_loss in enumerate((0.3, 0.1, 0.2), 1):
        run.append(Epoch(epoch, 0.0, val_loss, 1.0))
    assert run.history().best.epoch == 2


# Checkpoints


def test_the_newest_checkpoint_comes_back(run):
    assert run.load_checkpoint() is None
    for step in (3, 12, 7):
        run.save_checkpoint(checkpoint(step, step, size=100 + step))
    loaded = run.load_checkpoint()
    assert (loaded.step, loaded.history_size, loaded.loss_sum) == (12, 112, 0.5)
    np.testing.assert_array_equal(loaded.tensors["a.b"], np.full(3, 12, np.float32))


def test_two_checkpoints_are_kept(run):
    for step in range(5):
        run.save_checkpoint(checkpoint(step))
    assert len(list((run.folder / "checkpoint").iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"x" * 100, None])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(run, damage):
    for step in (1, 2):
        run.save_checkpoint(checkpoint(step))
    newest = max((run.folder / "checkpoint").iterdir())
    content = bytearray(newest.read_bytes())
    content[-1] ^= 1  # one bit
    newest.write_bytes(content if damage is None else damage)
    assert run.load_checkpoint().step == 1


# Snapshots


def test_a_snapshot_keeps_weights_and_samples(run):
    run.save_samples(PICTURES, 255 - PICTURES)
    run.save_snapshot(1, model(), PICTURES // 2)
    np.testing.assert_array_equal(run.noisy_samples(), PICTURES)
    np.testing.assert_array_equal(run.clean_samples(), 255 - PICTURES)
    np.testing.assert_array_equal(run.samples(1), PICTURES // 2)
    loaded = run.snapshot(1)
    assert loaded.name == f"{run.id}@1"
    np.testing.assert_array_equal(loaded.tensors["latent.bias"], [1, 1])


def test_a_snapshot_that_was_never_made_is_said_to_be_missing(run):
    assert run.snapshots() == []
    with pytest.raises(RunError, match=r"3\.npy, is missing"):
        run.samples(3)
    with pytest.raises(RunError, match="epoch 3"):
        run.snapshot(3)


def test_of_a_long_run_some_snapshots_are_kept_with_first_best_and_last(store):
    run = store.create(dataclasses.replace(CONFIG, epochs=300))
    long = model(config=run.config)
    for epoch in range(301):
        if epoch:
            run.append(Epoch(epoch, 0.1, 0.1 if epoch == 100 else 0.2, 1.0))
        run.save_snapshot(epoch, long, PICTURES)
    kept = run.snapshots()
    assert {0, 100, 300} <= set(kept)
    assert len(kept) <= KEPT_SNAPSHOTS + 3
    assert max(np.diff(kept)) <= 6
    assert len(list((run.folder / "snapshots").glob("*.safetensors"))) == len(kept)


# The model


def test_a_finished_run_keeps_its_model(run):
    assert not run.has_model()
    run.save_model(model())
    loaded = run.model()
    assert (loaded.name, loaded.card, loaded.config) == (run.id, {"name": "x"}, CONFIG)
    np.testing.assert_array_equal(loaded.tensors["latent.bias"], WEIGHTS["latent.bias"])


def test_a_card_is_read_without_the_weights(run):
    assert run.card() == {}
    run.save_model(model())
    (run.folder / "model.safetensors").write_bytes(b"damaged")
    assert run.card() == {"name": "x"}
    (run.folder / "card.json").write_text("[1]")
    with pytest.raises(ModelError, match="JSON object"):
        run.card()


def test_a_run_without_a_model_says_so(run):
    with pytest.raises(RunError, match="has made no model"):
        run.model()


# The folder of runs


def test_a_run_is_found_by_its_id(store, run):
    assert store.run(run.id) == run
    assert store.runs() == [run]


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "A" * 12, "a" * 13, "a/b/c/d/e/f/", "x" * 12, None, 7]
)
def test_what_is_no_runs_id_is_refused(store, run, name):
    with pytest.raises(RunError) as refused:
        store.run(name)
    assert (refused.value.code == NO_SUCH_RUN) == (name == "x" * 12)


def test_other_folders_and_damaged_runs_are_left_out(store, run):
    (store.folder / ".engine").mkdir()
    (store.folder / "notes").mkdir()
    (store.folder / ("b" * 12)).mkdir()
    damaged = store.create(CONFIG)
    (damaged.folder / "status.json").write_text("{")
    assert store.runs() == [run]


def test_a_deleted_run_is_gone(store, run):
    run.delete()
    assert store.runs() == []
    with pytest.raises(RunError):
        store.run(run.id)


def test_runs_wait_in_the_order_in_which_they_came(store):
    made = [store.create(CONFIG, owner=str(i)) for i in range(4)]
    assert store.queue() == made
    assert [store.position(run) for run in made] == [1, 2, 3, 4]
    made[0].update(state="running")
    assert [store.position(run) for run in made] == [0, 1, 2, 3]


def test_a_resumed_run_waits_behind_those_that_were_there_before(store):
    first, second = store.create(CONFIG), store.create(CONFIG)
    first.request_stop()
    store.resume(first)
    assert store.queue() == [second, first]


def test_as_many_runs_train_as_there_are_slots(store):
    made = [store.create(CONFIG, owner=str(i)) for i in range(3)]
    made[1].update(state="running")
    assert store.next_runs(0) == []
    assert store.next_runs(1) == [made[1]]
    assert store.next_runs(2) == [made[1], made[0]]


def test_one_run_a_visitor_trains_at_a_time(store):
    mine = [store.create(CONFIG, owner="me") for _ in range(2)]
    other = store.create(CONFIG, owner="you")
    assert store.next_runs(5) == [mine[0], other]


def test_a_terminals_run_is_not_the_engines(store):
    run = Run.create(CONFIG, runs.new_folder(store.folder), engine=False)
    with run.locked():
        assert store.next_runs(5) == store.queue() == []
        assert store.runs() == [run]


def test_a_visitor_may_have_three_unfinished_runs(store):
    made = [store.create(CONFIG, owner="me") for _ in range(3)]
    with pytest.raises(RunError, match="3 unfinished"):
        store.create(CONFIG, owner="me")
    store.create(CONFIG, owner="you")
    made[0].request_stop()
    store.create(CONFIG, owner="me")
    with pytest.raises(RunError, match="3 unfinished"):
        store.resume(made[0])


def test_no_run_is_started_on_a_full_disk(store, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=499 * 10**6))
    with pytest.raises(RunError, match=r"499 MB are free.*500 MB"):
        store.create(CONFIG)
    assert store.runs() == []


def test_runs_lie_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("DENOISER_HOME", str(tmp_path / "there"))
    assert runs.default_store().folder == tmp_path / "there"
    monkeypatch.delenv("DENOISER_HOME")
    monkeypatch.chdir(tmp_path)
    assert runs.default_store().folder == tmp_path / "runs"


def test_history_is_one_json_object_a_line(run):
    run.append(Step(1, 1, float("nan"), 10.0))
    run.append(Epoch(1, 0.5, 0.25, 10.0))
    lines = (run.folder / "history.jsonl").read_text().splitlines()
    assert [sorted(json.loads(line)) for line in lines] == [
        ["epoch", "loss", "step", "time"],
        ["epoch", "loss", "time", "val_loss"],
    ]


# Why it ended

GERMAN = {"{count} digits are too few": "zu wenig: {count}"}


def test_why_a_run_ended_can_be_told_in_another_language(run):
    reason = RunError("{count} digits are too few", code="few", field="limit", count=3)
    run.update(state="failed", reason=reason)
    read = run.status().reason
    assert read == reason
    assert (str(read), read.code, read.field) == ("3 digits are too few", "few", "limit")
    assert read.localized(GERMAN.get) == "zu wenig: 3"
    run.update(state="stopped", reason=RunError("Something else."))
    assert str(run.status().reason) == "Something else."


def test_a_status_file_has_one_reason(run):
    run.update(state="failed", reason=RunError("It broke."))
    written = json.loads((run.folder / "status.json").read_text())
    empty = {"values": {}, "code": "", "field": "", "detail": ""}
    assert written["reason"] == {"message": "It broke."} | empty
    assert set(written) == {field.name for field in dataclasses.fields(run.status())}


OLD_STATUS = """{
  "state": "failed",
  "reason": "3 digits are too few",
  "said": {"message": "{count} digits are too few", "values": {"count": 3}},
  "fix": {"learning_rate": 0.1},
  "created": 1760000000.5,
  "queued": 1760000001.5,
  "owner": "me",
  "engine": true,
  "attempt": 2,
  "deaths": 1,
  "steps_per_epoch": 5,
  "digits": 40,
  "loaded": false
}"""


def test_a_status_of_version_0_2_0_is_read_with_its_reason(run):
    (run.folder / "status.json").write_text(OLD_STATUS)
    status = run.status()
    assert (status.state, status.owner, status.attempt, status.deaths) == ("failed", "me", 2, 1)
    assert (status.fix, status.created) == ({"learning_rate": 0.1}, 1760000000.5)
    assert str(status.reason) == "3 digits are too few"
    assert status.reason.localized(GERMAN.get) == "zu wenig: 3"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"reason": "3 digits are too few"', '"reason": "disk {full}"', "disk {full}"),
        ('"said": {"message": "{count} digits are too few", "values": {"count": 3}}', '"said": {}',
         "3 digits are too few"),
        ('"reason": "3 digits are too few"', '"reason": ""', "None"),
    ],
)  # fmt: skip
def test_a_reason_of_version_0_2_0_is_the_one_of_the_newest_end(run, old, new, reason):
    assert old in OLD_STATUS
    (run.folder / "status.json").write_text(OLD_STATUS.replace(old, new))
    assert str(run.status().reason) == reason
