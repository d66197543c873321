"""The Compare page without a browser, with an engine that answers when the test says so."""

import csv
import math
import re
import shutil
from concurrent.futures import Future
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from denoiser import assets, figures, metrics
from denoiser.config import RECIPES
from denoiser.data.filters import NOISY
from denoiser.data.noise import KINDS
from denoiser.errors import EngineError
from denoiser.jobs import comparison
from denoiser.jobs.comparison import Measured
from denoiser.metrics import Scores
from denoiser.models import store as models
from denoiser.models.store import Model
from denoiser.runs import names
from denoiser.runs.history import Epoch
from denoiser.runs.store import RunStore
from denoiser.ui.pages import compare
from denoiser.ui.pages.compare import pictures, results, table
from denoiser.ui.pages.compare.methods import methods
from denoiser.ui.pages.compare.request import FIRST, MOST, ComparisonRequest
from denoiser.ui.pages.compare.results import Comparison, ResultCache
from denoiser.ui.session.noises import Noise

APP = Path(__file__).parents[2] / "app.py"
PAGE = "pages/2_Compare.py"
MSE = {NOISY: 0.3, "unet": 0.01, "tutorial": 0.02, "median": 0.09, "total-variation": 0.04}
OFFERED = (*FIRST, "gaussian", "wavelet", "abcdefghijkl")


class FakeEngine:
    """Takes tasks and answers them with `answer_all`, or at once if it is `eager`."""

    def __init__(self):
        self.eager = True
        self.error = None
        self.problem = None
        self.asked = []
        self.kinds = []
        self._open = []

    def submit(self, task, method, kind, parameters):
        assert task is comparison.measure
        self.asked.append((method, dict(parameters)))
        self.kinds.append(kind)
        self._open.append((method, Future()))
        future = self._open[-1][1]
        if self.eager:
            self.answer_all()
        return future

    def answer_all(self):
        for method, future in self._open:
            if self.error:
                future.set_exception(self.error)
            else:
                future.set_result(measured(method))
        self._open = []


def measured(method):
    name = method.config.network if isinstance(method, Model) else method
    mse = MSE.get(name, 0.05)
    scores = Scores(mse=mse, psnr=1 / mse, ssim=1 - mse, reading_accuracy=1 - mse, count=500)
    return Measured(scores, np.zeros((8, 28, 28), np.uint8), np.arange(8))


@pytest.fixture
def engine(monkeypatch, tmp_path):
    fake = FakeEngine()
    monkeypatch.setattr(results, "engine", lambda: fake)
    monkeypatch.setattr(compare, "engine", lambda: fake)
    monkeypatch.setattr(compare, "run_store", lambda: RunStore(tmp_path))
    st.cache_resource.clear()
    yield fake
    st.cache_resource.clear()  # other tests want pages that have loaded nothing


@pytest.fixture
def run(tmp_path):
    """A finished run with the U-Net's weights."""
    return finished_run(tmp_path)


def finished_run(folder, data="bundled", state="finished"):
    run = RunStore(folder).create(replace(RECIPES["quick"], data=data))
    run.append(Epoch(1, 0.05, 0.04, 0.0))
    run.save_model(models.load("unet"))
    run.update(state=state)
    return run


def open_page(**query):
    page = AppTest.from_file(APP, default_timeout=30)
    page.switch_page(PAGE)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def html(page):
    """What the page shows as HTML, but for the map."""
    parts = [element.proto.body for element in page.get("html")]
    return "".join(part for part in parts if "noise-map" not in part)


def noise_map(page):
    return next(e.proto.body for e in page.get("html") if 'class="noise-map"' in e.proto.body)


# What the page shows


def test_page_compares_networks_with_filters_at_first(engine):
    page = open_page()
    assert page.multiselect[0].value == list(FIRST)
    assert [method for method, _ in engine.asked] == [NOISY, *FIRST]
    assert all(noise == {"mean": 0.5, "std": 0.5} for _, noise in engine.asked)
    for title in ("U-Net", "Tutorial autoencoder", "Median filter", "Total variation"):
        assert title in html(page)
    assert "0.0100" in html(page)
    assert "Computed on 500 held-out digits" in html(page)


def test_best_of_each_column_is_marked_once(engine):
    cells = html(open_page()).split('<td class="best">')[1:]
    assert [cell.split("</td>")[0].split(">")[1].split("<")[0] for cell in cells] == [
        "0.0100",
        "100.0",
        "0.990",
        "99.0%",
    ]


def test_everything_else_is_there_while_the_engine_computes(engine):
    engine.eager = False
    page = open_page()
    assert "Computing on 500 held-out digits: 0 of 5 done" in html(page)
    assert html(page).count("data:image/png") == 2  # the clean and the noisy digits
    assert len(page.get("plotly_chart")) == 1
    assert all(button.proto.disabled for button in page.get("download_button"))
    engine.answer_all()
    page.run()
    assert "Computed on" in html(page)
    assert html(page).count("data:image/png") == 2 + 2 * len(FIRST)
    assert not any(button.proto.disabled for button in page.get("download_button"))


def test_engine_that_cannot_be_reached_is_named(engine):
    engine.eager, engine.problem = False, EngineError("it did not start")
    assert "it did not start" in open_page().warning[0].value


def test_failure_is_told_and_can_be_tried_again(engine):
    engine.error = EngineError("the engine was lost")
    page = open_page()
    assert len(page.error) == 1
    assert "Noisy, Tutorial autoencoder, U-Net" in page.error[0].value
    assert "the engine was lost" in page.error[0].value
    engine.error = None
    next(button for button in page.button if button.label == "Try again").click().run()
    assert not page.error
    assert "0.0100" in html(page)


def test_same_question_is_computed_once_for_all_visitors(engine):
    open_page()
    count = len(engine.asked)
    open_page()
    assert len(engine.asked) == count
    open_page(std="0.3")
    assert len(engine.asked) == 2 * count


def test_only_a_new_contestant_is_computed(engine):
    page = open_page()
    page.multiselect[0].set_value(["tutorial", "gaussian"]).run()
    assert [method for method, _ in engine.asked[5:]] == ["gaussian"]
    assert "Gaussian blur" in html(page)
    assert "Median filter" not in html(page)


def test_filters_alone_have_no_curves(engine):
    page = open_page(names="median")
    assert not page.get("plotly_chart")
    assert "Filters do not learn" in "".join(text.value for text in page.markdown)


def test_nobody_chosen_still_shows_the_noise(engine):
    page = open_page()
    page.multiselect[0].set_value([]).run()
    assert not page.exception
    assert html(page).count("data:image/png") == 2


# Runs


def test_finished_run_is_compared_with_its_curve(engine, run):
    page = open_page(names=f"{run.id},unet")
    model, name = engine.asked[1][0], engine.asked[2][0]
    assert isinstance(model, Model)
    assert model.name == run.id
    assert name == "unet"
    assert '<th scope="row">Quick<small>U-Net</small>' in html(page)
    assert "Quick" in page.get("plotly_chart")[0].proto.spec


def test_another_training_can_be_added_where_there_is_room(engine, run, tmp_path):
    other = finished_run(tmp_path)
    names.rename(other, "Anna's")
    page = open_page(names=f"{run.id},unet")
    page.get_by_key("compare_added").select(other.id).run()
    assert page.query_params["names"] == f"{run.id},unet,{other.id}"
    assert "Anna&#x27;s" in html(page)


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_run_without_an_end_is_not_offered(tmp_path, state):
    unfinished = finished_run(tmp_path, state=state)
    assert unfinished.id not in methods([models.load("unet")], RunStore(tmp_path))


def test_run_that_has_seen_the_digits_says_so(tmp_path):
    seen, unseen = finished_run(tmp_path, data="mnist"), finished_run(tmp_path)
    offered = methods([], RunStore(tmp_path))
    assert "trained on these digits" in offered[seen.id].note
    assert offered[unseen.id].note == ""


def test_resumed_run_is_computed_again(tmp_path, run):
    before = methods([], RunStore(tmp_path))[run.id].identity
    run.update(attempt=2)
    assert methods([], RunStore(tmp_path))[run.id].identity != before


def test_run_whose_weights_are_gone_is_told(engine, run, tmp_path):
    (run.folder / "model.safetensors").write_bytes(b"broken")
    page = open_page(names=run.id)
    assert "are gone or damaged" in page.error[0].value
    assert str(tmp_path) not in page.error[0].value


def test_deleted_run_in_a_link_is_left_out(engine, run):
    shutil.rmtree(run.folder)
    assert open_page(names=f"{run.id},unet").multiselect[0].value == ["unet"]


# The link


def test_link_reopens_the_same_comparison(engine):
    page = open_page(names="wavelet,plain", mean="0.3", std="0.7")
    assert page.multiselect[0].value == ["wavelet", "plain"]
    assert [slider.value for slider in page.slider] == [0.3, 0.7]
    assert engine.asked[-1] == ("plain", {"mean": 0.3, "std": 0.7})


def test_what_is_chosen_goes_into_the_link(engine):
    page = open_page()
    page.slider[0].set_value(0.2).run()
    page.multiselect[0].set_value(["unet"]).run()
    assert page.query_params == {"names": "unet", "mean": "0.2"}


def test_another_kind_of_noise_brings_its_own_sliders(engine):
    page = open_page(names="unet")
    page.selectbox[0].set_value("paper").run()
    assert [slider.label for slider in page.slider] == ["Creases", "Stains"]
    assert page.query_params == {"names": "unet", "noise": "paper"}
    page.slider[0].set_value(4.0).run()
    assert page.query_params == {"names": "unet", "noise": "paper", "creases": "4"}
    assert not page.exception


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_noise_can_be_asked_for_by_link(engine, kind):
    open_page(names="unet", noise=kind)
    assert engine.kinds[-1] == kind


@pytest.mark.parametrize(
    "asked",
    [
        ComparisonRequest(("unet",), Noise.parse({"mean": 0, "std": 1})),
        ComparisonRequest((), Noise.parse({"noise": "jpeg", "compression": 40})),
        ComparisonRequest(("abcdefghijkl", "median", "unet", "wavelet")),
        ComparisonRequest.default(OFFERED),
    ],
)
def test_query_round_trip(asked):
    assert ComparisonRequest.parse(asked.to_query(OFFERED), OFFERED) == asked


def test_defaults_stay_out_of_the_link():
    assert ComparisonRequest.default(OFFERED).to_query(OFFERED) == {}


@pytest.mark.parametrize(
    "values",
    [
        {"names": "../../etc,<script>", "mean": "nan", "std": "inf"},
        {"names": "classifier", "mean": "-0.1", "std": "1e9"},
        {"names": "," * 9999, "mean": "", "std": "0x1"},
        {"mean": "9" * 5000},
    ],
)
def test_broken_link_falls_back_to_the_defaults(values):
    assert ComparisonRequest.parse(values, OFFERED) == ComparisonRequest.default(OFFERED)


def test_what_a_broken_link_asked_for_in_vain_is_told():
    values = {"names": "tutorial,nobody", "mean": "nan"}
    assert ComparisonRequest.parse(values, OFFERED).refused(values) == ["names", "mean"]
    values = {"names": "tutorial", "mean": "0.3"}
    assert ComparisonRequest.parse(values, OFFERED).refused(values) == []


def test_too_long_link_is_cut_and_doubles_are_dropped():
    parsed = ComparisonRequest.parse({"names": ",".join(["unet", *OFFERED])}, OFFERED)
    assert len(parsed.names) == MOST == len(set(parsed.names))


# Files


def complete(names=("tutorial", "median")):
    offered = methods([models.load("tutorial")], RunStore(Path("nowhere")))
    done = {}
    for name in (NOISY, *names):
        done[name] = Future()
        done[name].set_result(measured(name))
    return Comparison(ComparisonRequest(names), tuple(offered[name] for name in names), done)


def test_table_as_a_file_has_a_line_for_everybody():
    lines = list(csv.DictReader(table.file(complete()).splitlines()))
    assert [float(line["mse"]) for line in lines] == [0.02, 0.09, 0.3]


def test_figure_as_a_file_has_a_row_for_everything(monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        figures,
        "comparison_figure",
        lambda rows, title, legend: drawn.update(rows=rows, legend=legend) or b"png",
    )
    assert pictures.file(complete())() == b"png"
    assert [label.split("\n")[0] for label, _ in drawn["rows"]] == [
        "Clean",
        "Noisy",
        "Tutorial autoencoder",
        "lost and invented",
        "Median filter",
        "lost and invented",
    ]
    assert set(drawn["legend"]) == {"lost", "invented"}


STRANGE = '=1+1 $\\frac{ <b onclick="x">'  # a formula, broken mathematics, a button


def test_a_strange_name_is_text_wherever_it_is_shown(engine, run, tmp_path):
    names.rename(run, STRANGE)
    page = open_page(names=f"{run.id},unet")
    assert "&lt;b onclick" in html(page)
    assert "<b onclick" not in html(page)
    assert "&lt;b onclick" in page.get("plotly_chart")[0].proto.spec
    method = methods([], RunStore(tmp_path))[run.id]
    done = {name: Future() for name in (NOISY, run.id)}
    for future in done.values():
        future.set_result(measured("unet"))
    compared = Comparison(ComparisonRequest((run.id,)), (method,), done)
    assert table.file(compared).splitlines()[1].startswith(("\"'=1+1", "'=1+1"))
    assert pictures.file(compared)().startswith(b"\x89PNG")


def test_runs_of_the_same_name_are_told_apart_also_from_a_shipped_model(tmp_path):
    runs = [finished_run(tmp_path) for _ in range(3)]
    for run, name in zip(runs, ("Anna's", "Anna's", "Tutorial autoencoder"), strict=True):
        names.rename(run, name)
    offered = methods([models.load("tutorial")], RunStore(tmp_path))
    assert len({method.title for method in offered.values()}) == len(offered)
    assert offered[runs[0].id].title == f"Anna's ({runs[0].id[:4]})"


# The store of answers


def test_store_forgets_the_oldest_answer_first():
    store, asked = ResultCache(most=2), []
    for name in ("a", "b", "a", "c", "a", "b"):
        store.ask((name, "gaussian", (0.5, 0.5)), lambda name=name: asked.append(name) or Future())
    assert asked == ["a", "b", "c", "b"]


def test_store_forgets_only_failures_when_told_to():
    store, keys = (
        ResultCache(),
        [(name, "jpeg", (95,)) for name in ("good", "bad", "open", "unknown")],
    )
    futures = dict(zip(keys, (Future(), Future(), Future()), strict=False))
    for key, future in futures.items():
        store.ask(key, lambda future=future: future)
    futures[keys[0]].set_result(1)
    futures[keys[1]].set_exception(EngineError("lost"))
    store.forget_failures(keys)
    again = [store.ask(key, Future) is future for key, future in futures.items()]
    assert again == [True, False, True]


# The map


def test_a_cell_of_the_map_opens_its_digits(engine):
    page = open_page()
    found = re.findall(r'<a href="\?([^"]*)"', noise_map(page))
    scored = set(comparison.read_noise_map(assets.NOISE_MAP)["scores"]) - {NOISY}
    assert len(found) == len(scored) * len(KINDS)
    asked = dict(
        parse_qsl(unescape(next(link for link in found if "unet-any" in link and "paper" in link)))
    )
    page = open_page(**asked)
    assert page.multiselect[0].value == ["unet-any"]
    assert engine.kinds[-1] == "paper"
    assert engine.asked[-1] == ("unet-any", KINDS["paper"].validate({}))


def test_the_map_marks_the_best_of_each_column(engine):
    cells = noise_map(open_page()).split('<td class="best"')[1:]
    assert len(cells) >= len(KINDS)
    assert "trained on clean digits" in noise_map(open_page())


def test_without_a_map_the_page_says_how_to_make_one(engine, monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "NOISE_MAP", tmp_path / "none.json")
    page = open_page()
    assert "python -m denoiser map" in page.info[0].value


def test_nothing_is_claimed_of_equal_pictures_nor_read_from_what_is_no_digit():
    readings = np.full(8, metrics.NO_DIGIT)
    same = Measured(Scores(0.0, math.inf, 1.0, 1.0, 500), np.zeros((8, 28, 28), np.uint8), readings)
    psnr = next(column for column in table._columns() if column.score == "psnr")
    assert psnr.text(same) == "–"
    assert pictures._reading_line(readings).count('<li class="wrong">– ✗</li>') == 8
