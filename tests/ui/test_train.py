"""The Train page without a browser, with an engine that trains nothing."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from digit_files import npz
from engine_tools import AnsweringEngine
from streamlit.testing.v1 import AppTest

from denoiser.classroom.teachers import VISITOR, Attempts
from denoiser.config import RECIPES, TrainConfig
from denoiser.data import digits
from denoiser.errors import DigitsError, EngineError, NetworkError, RunError
from denoiser.files.archives import Upload
from denoiser.jobs import archive
from denoiser.models import store as models
from denoiser.runs import datasets, names
from denoiser.runs.history import Epoch, Step
from denoiser.runs.run import SAMPLES
from denoiser.runs.store import MAX_UNFINISHED, RunStore
from denoiser.ui.pages.train import (
    actions,
    device,
    durations,
    form_values,
    own_digits,
    progress,
    runs_list,
    start,
)  # fmt: skip
from denoiser.ui.session import services as shared
from denoiser.ui.session import visitor

APP = Path(__file__).parents[2] / "app.py"
PAGE = "pages/1_Train.py"
PIN = "4711"
SMALL = TrainConfig(data="bundled", limit=64, epochs=3)
PICTURES = np.zeros((SAMPLES, 28, 28), np.uint8)
IMPOSSIBLE = [
    ("epochs", 0, "1 to 1,000"),
    ("epochs", 1001, "1 to 1,000"),
    ("batch_size", None, "1 to 4,096"),
    ("learning_rate", 2.0, "0.0000001 to 1"),
    ("limit", 60_001, "32 to 60,000"),
    ("seed", -1, "0 to"),
    ("latent_dim", 0, "1 to 1,024"),
    ("filters", "32, 64, 128", "At most 2"),
    ("filters", "abc", "Whole numbers"),
    ("filters", "0", "Whole numbers"),
    ("filters", "513", "from 1 to 512"),
    ("filters", "", "Whole numbers"),
]


class FakeEngine(AnsweringEngine):
    """Is told of new runs and trains none."""

    ready = True

    def __init__(self):
        super().__init__()
        self.problem = None
        self.woken = 0

    def wake(self):
        self.woken += 1


@pytest.fixture
def engine(monkeypatch, store):
    fake = FakeEngine()
    for module in (shared, runs_list, actions, device, progress, own_digits):
        monkeypatch.setattr(module, "engine", lambda: fake)
        monkeypatch.setattr(module, "run_store", lambda: store)
    st.cache_resource.clear()
    yield fake
    st.cache_resource.clear()  # other tests want pages that have loaded nothing


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path)


@pytest.fixture
def teacher_pin(monkeypatch):
    monkeypatch.setenv(visitor.PIN_VARIABLE, PIN)


class Visit:
    """Somebody on the Train page, with a cookie of their own, who trains on the lab's computer."""

    def __init__(self, run=None, where="lab", **query):
        self.page = AppTest.from_file(str(APP), default_timeout=30)
        if where:
            self.page.session_state["train_where"] = where
        self.page.switch_page(PAGE)
        if run is not None:
            self.page.query_params["run"] = run if isinstance(run, str) else run.id
        for name, value in query.items():
            self.page.query_params[name] = value
        self.again()

    def again(self):
        self.page.run()
        assert not self.page.exception
        return self

    def field(self, name):
        return self.page.get_by_key(f"train_{name}")

    def set(self, **values):
        for name, value in values.items():
            self.field(name).set_value(value)
        return self.again()

    def choose(self, preset):
        return self.set(preset=preset)

    def button(self, key):
        return self.page.get_by_key(key)

    def click(self, key):
        self.button(key).click()
        return self.again()

    def buttons(self):
        return {button.label for button in self.page.button}

    @property
    def start(self):
        return self.page.get_by_key("train_start")

    @property
    def run_id(self):
        """Of the run that the address shows; None for the form."""
        return self.page.query_params.get("run")

    def texts(self):
        """All that is written on the page."""
        kinds = ("title", "markdown", "caption", "error", "info", "warning", "toast")
        written = [element.value for kind in kinds for element in getattr(self.page, kind)]
        return "\n".join([*written, *(html.proto.body for html in self.page.get("html"))])

    def start_training(self):
        self.click("train_start")
        assert self.run_id
        return self

    def give_pin(self, pin):
        self.page.text_input(key="teacher_pin").set_value(pin)
        return self.again()


def train(run, epochs=1, **status):
    """What a trainer would leave behind."""
    run.save_samples(PICTURES, PICTURES)
    for epoch in range(1, epochs + 1):
        run.append(Step(2 * epoch, epoch, 0.1, 10.0 * epoch))
        run.append(Epoch(epoch, 0.1 / epoch, 0.05 / epoch, 10.0 * epoch + 1))
        run.save_sample(epoch, PICTURES)
    run.update(**{"state": "running", "steps_per_epoch": 2, "digits": 64} | status)
    return run


def finish(run, epochs=1):
    train(run, epochs, state="finished")
    run.save_model(models.load("tutorial"))
    return run


# The form


@pytest.mark.parametrize("name", ["device", "tutorial"])
def test_a_preset_fills_the_fields_with_its_recipe(engine, store, name):
    Visit().choose(name).start_training()
    (run,) = store.runs()
    assert run.config == RECIPES[name]


def test_fields_of_the_tutorials_network_are_shown_with_it_alone(engine):
    visit = Visit()
    assert visit.field("network").value == "unet-small"
    with pytest.raises(KeyError):
        visit.field("filters")
    visit.set(network="tutorial")
    assert visit.field("filters").value == "32, 64"
    assert visit.field("latent_dim").value == 16


def test_start_makes_a_run_with_exactly_these_settings(engine, store):
    visit = Visit().set(network="tutorial", data="bundled").set(
        filters="8 16", latent_dim=4, limit=100, epochs=2, batch_size=20, learning_rate=0.0005,
        optimizer="muon", schedule="constant", fresh_noise=False, growing_noise=True, seed=7,
    )  # fmt: skip
    visit.start_training()
    run = store.run(visit.run_id)
    assert run.config == TrainConfig(
        network="tutorial", filters=(8, 16), latent_dim=4, data="bundled", limit=100, epochs=2,
        batch_size=20, optimizer="muon", learning_rate=0.0005, schedule="constant",
        fresh_noise=False, growing_noise=True, seed=7,
    )  # fmt: skip
    assert run.status().state == "queued"
    assert engine.woken == 1


@pytest.mark.parametrize(("name", "value", "words"), IMPOSSIBLE)
def test_an_impossible_value_is_refused_where_it_stands(engine, store, name, value, words):
    visit = Visit().choose("tutorial").set(**{name: value})
    column = next(
        c for c in visit.page.columns if any(w.key == f"train_{name}" for w in widgets(c))
    )
    assert words in column.markdown[0].value
    assert visit.start.disabled
    assert len([text for text in visit.page.markdown if ":red[" in text.value]) == 1
    visit.choose("device")
    assert not visit.start.disabled
    assert store.runs() == []


def widgets(block):
    return (*block.number_input, *block.text_input)


def test_several_impossible_values_are_all_refused_at_once(engine):
    visit = Visit().choose("tutorial").set(epochs=0, seed=-1, filters="x")
    assert len([text for text in visit.page.markdown if ":red[" in text.value]) == 3


def test_a_network_too_large_for_the_panel_is_refused(engine):
    visit = Visit().choose("tutorial").set(filters="512 512")
    assert "parameters are too many" in visit.texts()
    assert visit.start.disabled


@pytest.fixture
def said(monkeypatch):
    """What the form tells the browser of this device and of the lab's computer, each time."""
    said = []
    monkeypatch.setattr(start, "device_start", lambda config, **rest: said.append(rest))
    return said


def test_the_form_says_how_large_and_how_long_before_start(engine, said):
    visit = Visit().choose("tutorial")
    assert "178,769 parameters" in visit.texts()
    assert "minutes" in said[-1]["lab_text"]
    assert "bundled digits" in said[-1]["why_not"]


def test_a_device_trains_what_takes_it_a_minute_unless_somebody_chooses(engine, said):
    visit = Visit(where=None)
    assert (said[-1]["where"], said[-1]["is_automatic"]) == ("device", True)
    with pytest.raises(KeyError):
        visit.button("train_start")
    visit.choose("tutorial")
    assert said[-1]["where"] == "lab"  # all of MNIST
    visit.set(data="bundled")
    assert (said[-1]["where"], said[-1]["why_not"]) == ("lab", "")  # minutes
    visit.page.session_state["train_where"] = "device"
    visit.again()
    assert said[-1]["where"] == "device"


def test_a_device_that_proves_slow_gives_way_for_these_settings_alone(engine, said):
    visit = Visit(where=None)
    visit.page.session_state["train_too_slow_here"] = RECIPES["device"]
    visit.again()
    assert said[-1]["where"] == "lab"
    visit.set(epochs=1)
    assert said[-1]["where"] == "device"


def test_a_preset_with_changes_says_what_changed_and_can_be_restored(engine):
    visit = Visit().set(epochs=3, seed=5)
    assert "changed: seed, epochs" in visit.texts()
    visit.click("train_undo")
    assert visit.field("epochs").value == RECIPES["device"].epochs
    assert "changed" not in visit.texts()


def test_fewer_digits_are_taken_where_there_are_fewer(engine):
    visit = Visit().choose("tutorial").set(data="bundled")
    assert visit.field("limit").value == 4_500
    assert not visit.start.disabled


def test_settings_are_still_there_after_a_visit_to_a_run(engine):
    visit = Visit().choose("tutorial").set(epochs=3, filters="8", seed=9, data="bundled")
    visit.start_training().again().click("run_new")
    assert visit.run_id is None
    assert [visit.field(n).value for n in ("epochs", "filters", "seed")] == [3, "8", 9]


def test_a_runs_settings_can_be_used_again(engine, store):
    config = replace(SMALL, filters=(4,), latent_dim=2, learning_rate=0.01,
                     noise_parameters={"mean": 0.25, "std": 0.75})  # fmt: skip
    visit = Visit(train(store.create(config))).click("run_settings_use")
    visit.start_training()
    assert store.run(visit.run_id).config == config


def test_one_visitor_cannot_take_all_turns(engine, store):
    visit = Visit().set(seed=1)
    for _ in range(MAX_UNFINISHED):
        visit.start_training().click("run_new")
    visit.click("train_start")
    assert visit.run_id is None
    assert "everybody gets a turn" in visit.texts()
    assert visit.field("seed").value == 1
    assert len(store.runs()) == MAX_UNFINISHED
    Visit().start_training()


def test_a_full_disk_is_told(engine, store, monkeypatch):
    monkeypatch.setattr("denoiser.runs.store.MIN_FREE_BYTES", 2**70)
    visit = Visit().click("train_start")
    assert "MB are free" in visit.texts()
    assert store.runs() == []


# Watching


def test_a_queued_run_says_its_place_and_when_it_starts(engine, store):
    train(store.create(replace(SMALL, epochs=40), owner="somebody"))
    store.create(SMALL, owner="somebody else")
    text = Visit(store.create(SMALL, owner="me")).texts()
    assert "waiting for its turn" in text
    assert "<dt>Position in the queue</dt><dd>2</dd>" in text
    assert "Starts in about" in text


def test_an_engine_that_does_not_come_is_named(engine, store):
    engine.problem = EngineError("the disk is full")
    assert "the disk is full" in Visit(store.create(SMALL)).texts()


def test_a_run_shows_its_curve_and_digits_as_soon_as_there_are_some(engine, store):
    run = store.create(SMALL)
    visit = Visit(run)
    assert chart(visit) is None
    train(run, epochs=2)
    visit.again()
    assert "in training" in visit.texts()
    assert chart(visit)["lines"]["val_loss"] == [[1, 2], [0.05, 0.025]]
    assert "<dd>2 / 3</dd>" in visit.texts()
    assert b"epoch 2" in machine(visit)


def chart(visit):
    """What the chart was sent; None where there is no chart."""
    sent = [element.proto.json for element in visit.page.get("bidi_component")]
    return next((json.loads(text) for text in sent if "val_loss" in text), None)


def machine(visit):
    """What the time machine was sent."""
    sent = [element.proto.bytes for element in visit.page.get("bidi_component")]
    return next(content for content in sent if b"samples" in content)


def test_a_redraw_without_news_sends_the_same_again(engine, store):
    visit = Visit(train(store.create(SMALL), epochs=2))
    curves, digits = chart(visit), machine(visit)
    visit.again()
    assert chart(visit) == curves
    assert machine(visit) == digits


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("queued", "waiting"),
        ("running", "in training"),
        ("stopped", "stopped"),
        ("failed", "failed"),
        ("finished", "trained"),
    ],
)
def test_a_run_says_how_it_stands_below_its_name(engine, store, state, words):
    run = store.create(replace(RECIPES["device"], epochs=3))
    run.update(state=state)
    page = Visit(run).page
    assert page.title[0].value == "Quick, small · 3 epochs"
    assert words in page.caption[0].value


def test_who_started_a_run_can_name_it_and_nobody_else(engine, store):
    visit = Visit().start_training()
    run, name = store.run(visit.run_id), "*Anna* <b>1</b> [x](y)"
    visit.page.text_input(key="run_name").set_value(name)
    assert visit.again().page.title[0].value == r"\*Anna\* \<b\>1\</b\> \[x\](y)"
    assert names.given(run) == name
    assert "*Anna* &lt;b&gt;1&lt;/b&gt;" in Visit().texts()
    assert "Rename" not in str(Visit(run).page.get("popover"))
    visit.page.text_input(key="run_name").set_value("")
    assert visit.again().page.title[0].value == "Quick, small"


def test_a_runs_network_stands_on_its_page_and_in_the_list(engine, store):
    run = store.create(replace(SMALL, filters=(8, 16), latent_dim=4))
    for visit in (Visit(run), Visit()):
        assert "filters 8, 16 · latent 4" in visit.texts()


def test_the_form_comes_back_from_its_link(engine):
    visit = Visit().choose("tutorial").set(epochs=7, filters="8, 16", optimizer="muon")
    visit.set(fresh_noise=True)
    query = dict(visit.page.query_params)
    assert {"recipe", "epochs", "filters", "optimizer", "fresh_noise"} <= set(query)
    again = Visit(**query | {"noise": ["speckle"], "std": ["0.3"]})
    assert (again.field("epochs").value, again.field("filters").value) == (7, "8, 16")
    assert (again.field("optimizer").value, again.field("fresh_noise").value) == ("muon", True)
    assert "speckle" in again.page.query_params["noise"]


@pytest.mark.parametrize("value", ["nan", "-1", "1e9", "9" * 5000, "", "<script>", "None", "\0"])
def test_a_broken_link_leaves_the_forms_preset(engine, value):
    settings = ("epochs", "seed", "filters", "optimizer", "data", "learning_rate", "fresh_noise",
                "limit", "network", "noise", "std", "recipe")  # fmt: skip
    visit = Visit(**dict.fromkeys(settings, value))
    assert visit.field("network").value == "unet-small"
    assert visit.field("epochs").value == RECIPES["device"].epochs
    assert not visit.start.disabled
    assert set(visit.page.query_params) == set()


@pytest.mark.parametrize("id", ["aaaaaaaaaaaa", "../../etc", "<script>", "x" * 500])
def test_a_link_to_no_run_says_so_and_leads_back(engine, id):
    visit = Visit(id)
    assert visit.page.error
    visit.page.button(key="all_runs").click()
    visit.again()
    assert visit.run_id is None
    assert visit.start


def test_a_run_that_is_deleted_while_somebody_watches_is_said_to_be(engine, store):
    run = train(store.create(SMALL))
    visit = Visit(run)
    shutil.rmtree(run.folder)
    visit.again()
    assert "it was deleted" in visit.page.error[0].value
    assert str(store.folder) not in visit.texts()


# Who may do what


def test_who_started_a_run_can_stop_it(engine, store):
    visit = Visit().start_training()
    run = train(store.run(visit.run_id))
    visit.again().click("run_stop")
    assert run.is_stop_requested(1)
    assert "Stopping" in visit.texts()


def test_a_stopped_run_goes_on_when_its_owner_resumes_it(engine, store):
    visit = Visit().start_training()
    run = train(store.run(visit.run_id), state="stopped")
    visit.again().click("run_resume")
    assert run.status().state == "queued"
    assert run.status().attempt == 2
    assert engine.woken == 2


def test_a_deleted_run_is_gone_and_the_form_is_there_again(engine, store):
    visit = Visit().start_training()
    run = finish(store.run(visit.run_id))
    visit.again().click("run_delete")
    assert store.runs() == []
    assert not run.folder.exists()
    assert visit.run_id is None
    assert visit.start


def test_a_run_that_trains_cannot_be_deleted(engine, store):
    visit = Visit().start_training()
    run = store.run(visit.run_id)
    run.update(state="stopped")
    visit.again()
    run.update(state="running")  # resumed in another tab
    visit.click("run_delete")
    assert run.status().state == "running"
    assert "Stop it first" in visit.texts()


def test_a_stranger_watches_and_has_no_buttons_to_end_it(engine, store):
    owner = Visit().start_training()
    run = train(store.run(owner.run_id))
    stranger = Visit(run)
    assert chart(stranger) == chart(owner.again())
    assert not {"Stop", "Resume", "Delete for good"} & stranger.buttons()
    run.update(state="stopped")
    assert not {"Stop", "Resume", "Delete for good"} & stranger.again().buttons()
    assert {"Resume", "Delete for good"} <= owner.again().buttons()


@pytest.mark.parametrize("action", ["stop", "resume", "delete"])
def test_a_strangers_act_is_refused_however_it_is_sent(engine, store, monkeypatch, action):
    run = train(store.create(SMALL, owner="somebody"), state="stopped")
    told = []
    monkeypatch.setattr(actions, "visitor", lambda: "stranger")
    monkeypatch.setattr(visitor, "visitor", lambda: "stranger")
    monkeypatch.setattr(actions.st, "toast", lambda text, **_options: told.append(text))
    before = run.status()
    actions.act(action, run.id)
    assert "Only who started this training" in told[0]
    assert run.status() == before
    assert not run.is_stop_requested(1)


def test_the_same_visitor_owns_their_runs_in_another_tab(engine, store):
    first = Visit().start_training()
    run = train(store.run(first.run_id))
    other = Visit(run)
    other.page.session_state["visitor_token"] = first.page.session_state["visitor_token"]
    assert "Stop" in other.again().buttons()


def test_a_teacher_can_stop_any_run(engine, store, teacher_pin):
    run = train(store.create(SMALL, owner="somebody"))
    teacher = Visit(run)
    assert "Stop" not in teacher.buttons()
    teacher.give_pin(PIN).again()
    assert "Stop" in teacher.buttons()
    teacher.click("run_stop")
    assert run.is_stop_requested(1)


def test_a_wrong_pin_is_refused(engine, store, teacher_pin):
    run = train(store.create(SMALL, owner="somebody"))
    visit = Visit(run).give_pin("1234")
    assert "not the PIN" in visit.texts()
    assert "Stop" not in visit.again().buttons()


def test_after_too_many_wrong_pins_even_the_right_one_has_to_wait(
    engine, store, teacher_pin, monkeypatch
):
    now = [1000.0]
    attempts = Attempts(lambda: now[0])
    monkeypatch.setattr(visitor, "_attempts", lambda: attempts)
    visit = Visit(train(store.create(SMALL, owner="somebody")))
    for number in range(VISITOR.free):
        visit.give_pin(str(number))
        visit.again()  # a redraw gives no PIN again
    visit.give_pin(PIN)
    assert "Try again in 1 seconds" in visit.texts()
    assert "Stop" not in visit.buttons()
    now[0] += 1.1
    assert "Stop" in visit.give_pin(PIN).buttons()


def test_without_a_pin_nobody_is_asked_for_one(engine, store, monkeypatch):
    monkeypatch.delenv(visitor.PIN_VARIABLE, raising=False)
    visit = Visit(train(store.create(SMALL, owner="somebody")))
    assert not visit.page.text_input


# How it ended


def test_a_failed_run_says_why_and_starts_again_with_the_fix(engine, store):
    failed = store.create(replace(SMALL, learning_rate=1.0))
    reason = "diverged: The learning rate is too high."
    failed.update(state="failed", reason=RunError(reason), fix={"learning_rate": 0.1})
    visit = Visit(failed)
    assert reason in visit.page.error[0].value
    assert "Start again with learning rate 0.1" in visit.buttons()
    visit.click("run_fix")
    assert visit.run_id != failed.id
    assert store.run(visit.run_id).config == replace(failed.config, learning_rate=0.1)


def test_a_failure_without_a_fix_offers_none(engine, store):
    failed = store.create(SMALL)
    failed.update(state="failed", reason=RunError("unexpected: it broke"))
    visit = Visit(failed)
    assert "it broke" in visit.page.error[0].value
    assert not any("Start again" in label for label in visit.buttons())


def test_a_stopped_run_names_the_epoch_whose_weights_are_kept(engine, store):
    run = train(
        store.create(SMALL), epochs=2, state="stopped", reason=RunError("Stopped by request.")
    )
    assert "best epoch, 2, are kept" in Visit(run).page.info[0].value


def test_a_finished_run_can_be_tried_compared_and_exported(engine, store):
    run = finish(store.create(SMALL))
    visit = Visit(run)
    links = {link.proto.label: link.proto for link in visit.page.get("page_link")}
    assert run.id in links["Try it"].query_string
    assert f"names={run.id}%2Ctutorial" in links["Compare"].query_string
    assert [button.label for button in visit.page.get("download_button")] == ["Export"]


def test_a_finished_runs_scores_are_read_without_its_weights(engine, store):
    run = finish(store.create(SMALL))
    (run.folder / "model.safetensors").write_bytes(b"damaged")
    scores = run.card()["scores"]
    assert f"<dt>Read right</dt><dd>{scores['reading_accuracy']:.1%}</dd>" in Visit(run).texts()


# The list


def test_the_list_shows_every_run_with_its_link_and_state(engine, store):
    mine = Visit().start_training()
    finished = finish(store.create(SMALL, owner="somebody"), epochs=3)
    store.run(mine.run_id).update(state="queued")
    text = mine.click("run_new").texts()
    for run in store.runs():
        assert f'href="./Train?run={run.id}"' in text
    assert "number 1 in the queue" in text
    assert "finished" in text
    assert "3 / 3" in text
    assert "0.0167" in text
    assert text.count('class="mine"') == 1
    assert finished.id in text


def test_a_damaged_run_does_not_hide_the_others(engine, store):
    good, damaged = store.create(SMALL), store.create(SMALL)
    (damaged.folder / "config.json").write_text("{")
    text = Visit().texts()
    assert good.id in text
    assert damaged.id not in text


def test_an_exported_run_is_opened_and_shown(engine, store):
    run = finish(store.create(SMALL))
    engine.answer = run.id
    visit = Visit()
    send(visit, "run_zip")
    assert engine.asked[0][:3] == (archive.unpack, str(store.folder), b"PK")
    assert visit.run_id == run.id


def test_a_zip_that_is_none_of_ours_is_refused(engine):
    engine.answer = RunError("zip: expected one that this lab exported")
    visit = Visit()
    send(visit, "run_zip")
    assert "expected one that this lab exported" in visit.page.error[0].value
    assert visit.run_id is None


def test_weights_from_a_file_are_listed_and_shown_as_what_they_are(engine, store):
    run = store.create(SMALL)
    run.save_samples(PICTURES, PICTURES)
    run.save_sample(0, PICTURES)
    run.save_model(models.load("tutorial"))
    run.update(state="finished", loaded=True)
    assert "loaded from a file" in Visit().texts()
    visit = Visit(run)
    assert visit.page.title[0].value == "From a file: Tutorial autoencoder"
    assert "Trained elsewhere" in visit.texts()
    assert "Use these settings" not in visit.buttons()
    assert b"as loaded" in machine(visit)
    assert "Try it" in {link.proto.label for link in visit.page.get("page_link")}


def test_a_run_that_a_device_trained_says_so_and_goes_on_only_there(engine, store, monkeypatch):
    monkeypatch.setattr(actions, "may_control", lambda run: True)
    run = finish(store.create(SMALL))
    run.update(device=True)
    assert "finished on a device" in Visit().texts()
    visit = Visit(run)
    assert "Tutorial autoencoder, trained on a device" in visit.texts()
    assert "Use these settings" in visit.buttons()
    run.update(state="stopped", reason=RunError("Its device can go on with it."))
    assert "stopped on a device" in Visit().texts()
    visit = Visit(run)
    assert "Tutorial autoencoder, stopped on a device" in visit.texts()
    assert "Its device can go on with it. The weights of its best epoch, 1, are kept" in (
        visit.texts()
    )
    assert "Delete for good" in visit.buttons()
    assert "Resume" not in visit.buttons()
    run.update(device=False)
    assert "Resume" in visit.again().buttons()


def test_how_fast_the_lab_trains_no_device_says(store):
    ours = durations.rate(store)
    run = finish(store.create(SMALL), epochs=3)
    assert durations.rate(store) != ours
    run.update(device=True)
    assert durations.rate(store) == ours


# Digits of one's own


def brought(store, count=100):
    """Digits that a visitor brought, kept by the real code."""
    images = np.arange(count, dtype=np.uint8)[:, None, None] + PICTURES[:1]
    return datasets.keep(str(store.folder), [Upload("digits.npz", npz(x=images))])


def send(visit, name, content=b"PK"):
    uploader = next(field for field in visit.page.file_uploader if field.key == name)
    ending = next(iter(uploader.proto.type), ".npz")
    file = f"../evil{ending}", content, "application/octet-stream"
    uploader.set_value([file] if uploader.proto.multiple_files else file)
    return visit.again()


def test_own_digits_are_sent_to_the_engine_and_trained_on(engine, store):
    engine.answer = brought(store)
    visit = Visit().set(data="own")
    assert "Choose their file first" in visit.texts()
    assert visit.start.disabled
    send(visit, "own_digits_file", b"digits")
    files = [("../evil.npz", b"digits")]
    assert engine.asked == [(datasets.keep, str(store.folder), files)]
    assert visit.field("limit").value == 90
    assert "90 to train on, 10 to validate" in visit.texts()
    visit.start_training()
    assert store.run(visit.run_id).config.data == engine.answer
    assert store.run(visit.run_id).config.limit is None
    assert "own digits" in visit.texts()
    assert str(store.folder) not in visit.texts()


def test_the_estimate_and_the_limit_follow_own_digits(engine, store, said):
    visit = Visit().choose("tutorial").set(data="own")
    engine.answer = brought(store)
    send(visit, "own_digits_file").set(epochs=1)
    assert "seconds" in said[-1]["lab_text"]
    visit.set(limit=91)
    assert "32 to 90" in visit.texts()
    assert visit.start.disabled


def test_a_file_without_digits_is_refused_as_long_as_it_is_there(engine):
    engine.answer = DigitsError("npz: expected an array 'x' or 'x_train', got pictures")
    visit = send(Visit().set(data="own"), "own_digits_file")
    for _ in range(2):
        assert "expected an array 'x'" in visit.page.error[0].value
        assert visit.start.disabled
        visit.set(seed=5)
    assert len(engine.asked) == 1


def test_what_was_done_to_own_digits_is_told_and_can_be_undone_before_training(engine, store):
    white = np.full((50, 28, 28), 255, np.uint8)
    white[:, 8:20, 12:16] = 0
    engine.answer = datasets.keep(str(store.folder), [Upload("x.npz", npz(x=white))])
    visit = send(Visit().set(data="own"), "own_digits_file")
    assert "They were black on white; now they are white on black" in visit.texts()
    assert "Every tenth is kept to validate with" in visit.texts()
    assert "MNIST itself need not be sent" in visit.texts()  # where it would be too large
    first, engine.answer = engine.answer, datasets.inverted
    switch = next(box for box in visit.page.checkbox if "Exchange" in box.label)
    assert switch.value
    switch.uncheck()
    visit.again()
    assert engine.asked[-1] == (datasets.inverted, str(store.folder), first)
    assert "now they are white on black" not in visit.texts()
    assert "Every tenth" in visit.texts()
    visit.start_training()
    trained = digits.load(store.run(visit.run_id).config.data, "train")
    np.testing.assert_array_equal(trained.images, white[:45])


def test_files_that_are_too_large_together_are_refused_here(engine, monkeypatch):
    monkeypatch.setattr("denoiser.ui.components.upload.MAX_UPLOAD", 2**20)
    visit = send(Visit().set(data="own"), "own_digits_file", bytes(2**20 + 1))
    assert "larger than 1 MB. Send fewer, or pack them" in visit.page.error[0].value
    assert not engine.asked


def test_settings_with_own_digits_are_used_again_while_those_are_kept(engine, store):
    config = replace(SMALL, data=brought(store), limit=50)
    run = train(store.create(config))
    visit = Visit(run).click("run_settings_use")
    assert (visit.field("data").value, visit.field("limit").value) == ("own", 50)
    visit.start_training()
    assert store.run(visit.run_id).config == config
    shutil.rmtree(store.folder / datasets.FOLDER)
    visit = Visit(run).click("run_settings_use")
    assert "no longer kept here" in visit.texts()
    assert visit.start.disabled


# What a form's values stand for


def test_every_preset_is_possible():
    for config in RECIPES.values():
        assert form_values.checked(form_values.values_of(config)) == (config, {})


def test_what_only_the_network_knows_is_said_at_the_field_that_its_error_names(monkeypatch):
    values = form_values.values_of(RECIPES["tutorial"])
    for field, shown in (("latent_dim", "latent_dim"), ("", "network"), ("height", "network")):
        error = NetworkError("{name}: impossible", field=field, name="some: words")

        def refuse(_config, error=error):
            raise error

        monkeypatch.setattr(form_values.sizes, "parameters", refuse)
        assert form_values.checked(values) == (None, {shown: "some: words: impossible"})


def test_values_that_a_terminal_may_choose_are_possible_in_the_form():
    config = replace(
        RECIPES["tutorial"], epochs=1000, batch_size=4096, latent_dim=1024, filters=(1,),
        learning_rate=1e-7, seed=2**32 - 1,
    )  # fmt: skip
    assert form_values.checked(form_values.values_of(config)) == (config, {})
