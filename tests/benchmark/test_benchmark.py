"""The benchmark: turns taken fairly, figures that add up, and a text that says them."""

import json
import os
import shutil
from itertools import cycle
from statistics import median

import numpy as np
import pytest

from denoiser.benchmark import benchmark, panel, report, sides, turns
from denoiser.benchmark.turns import BenchmarkProcess
from denoiser.config import TrainConfig
from denoiser.models import store as models

TINY = {"data": "bundled", "filters": (2,), "latent_dim": 2, "batch_size": 16, "epochs": 1}
DIGITS = 4500  # bundled ones to train on
TUTORIAL_EPOCHS = 25


class Sides:
    """Makes sides that answer in this process, and notes who was asked what."""

    def __init__(self, answer=lambda function, *arguments: function(*arguments)):
        self.asked = []
        self._names = iter(("stock", "ours"))
        self._answer = answer

    def __call__(self, prepare=None):
        return Side(next(self._names), self.asked, self._answer)


class Side:
    def __init__(self, name, asked, answer):
        self._name, self._asked, self._answer = name, asked, answer

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        pass

    def __call__(self, function, *arguments):
        self._asked.append((self._name, function.__name__))
        return self._answer(function, *arguments)


def measured(patch, made, seeds, rounds):
    """What a benchmark of one recipe and one batch finds with these sides."""
    recipes = {"fast": TrainConfig(**TINY, limit=80, optimizer="muon")}
    patch.setattr(benchmark, "BenchmarkProcess", made)
    patch.setattr(sides, "recipes", lambda data: recipes)
    patch.setattr(benchmark, "BATCHES", (40,))
    patch.setattr(panel, "PANEL_RUNS", 3)
    return benchmark.benchmark("bundled", seeds=seeds, rounds=rounds)


@pytest.fixture(scope="module")
def found():
    """What a benchmark of tiny trainings finds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sides, "TIMED_DIGITS", 64)
        patch.setattr(sides, "MATRIX_SIDE", 64)
        patch.setattr(turns, "CALL_SECONDS", 0.01)
        yield measured(patch, Sides(), [3], rounds=2)


@pytest.fixture
def scripted(monkeypatch):
    """What a benchmark finds whose sides answer with known figures, and who was asked what."""
    answers = {
        "stock_rate": cycle([90.0, 100.0, 200.0, 400.0]),  # the first one compiles
        "our_rate": cycle([1.0, 300.0, 200.0, 1600.0]),
        "matmul": cycle([1e9, 2e9, 4e9]),
        "our_training": cycle([{"seconds": 50.0, "mse": 0.01}, {"seconds": 25.0, "mse": 0.02}]),
        "predicted": cycle([np.zeros((40, 28, 28), np.float32)]),
        "denoised": cycle([np.full((40, 28, 28), 0.25, np.float32)]),
        "predict_rate": cycle([10.0]),
        "denoise_rate": cycle([40.0]),
    }
    monkeypatch.setattr(benchmark, "live_panel", lambda: None)
    made = Sides(lambda function, *arguments: next(answers[function.__name__]))
    return measured(monkeypatch, made, [3, 4], rounds=3), made.asked


def test_sides_take_turns(scripted):
    _found, asked = scripted
    rates = [(side, name) for side, name in asked if name in ("stock_rate", "our_rate")]
    assert rates[2:6] == [("stock", "stock_rate"), ("ours", "our_rate")] * 2
    names = [name for _, name in asked]
    place = names.index("our_training")
    assert names[place - 1 : place + 2] == ["stock_rate", "our_training", "stock_rate"]


def test_a_step_is_compared_by_the_median_of_ratios_of_neighbours(scripted):
    step = scripted[0]["training_step"]
    assert step["ratio"] == 3  # of 3, 1 and 4; the ratio of the medians is 1.5
    assert (step["stock_images_per_s"], step["our_images_per_s"]) == (200, 300)
    operations = 6 * models.load("tutorial").card["multiply_adds"]
    assert step["our_of_matmul"] == pytest.approx(300 * operations / 2e9)


def test_time_to_quality_is_the_tutorials_time_against_each_training(scripted):
    found, _asked = scripted
    assert found["tutorial"]["seconds"] == TUTORIAL_EPOCHS * DIGITS / 200
    quality = found["time_to_quality"]["fast"]
    # Stock before, between and after the trainings: 90, 100 and 200 images a second.
    tutorial = [TUTORIAL_EPOCHS * DIGITS / rate for rate in (95, 150)]
    ratios = [tutorial[0] / 50, tutorial[1] / 25]
    assert [training["ratio"] for training in quality["trainings"]] == pytest.approx(ratios)
    assert quality["ratio"] == pytest.approx(median(ratios))
    assert quality["reached"] is False  # the second one is worse than the tutorial's


def test_inference_says_how_far_both_sides_are_apart(scripted):
    (part,) = scripted[0]["inference"]
    assert (part["batch"], part["ratio"], part["largest_difference"]) == (40, 4, 0.25)


def test_real_sides_train_and_answer_the_same(found):
    assert [part["batch"] for part in found["inference"]] == [40]
    assert found["inference"][0]["largest_difference"] <= 1e-5
    (training,) = found["time_to_quality"]["fast"]["trainings"]
    assert training["seed"] == 3
    assert 0.01 < training["mse"] < 0.4


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_every_model_of_the_panel_is_timed(found):
    assert sorted(found["live_panel"]) == models.names()
    assert all(0 < milliseconds < 1000 for milliseconds in found["live_panel"].values())


def test_without_node_the_panel_is_left_out(found, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert panel.live_panel() is None
    assert "live panel" not in report.text(found | {"live_panel": None})


def test_the_text_says_every_ratio(found):
    text = report.text(found)
    ratios = [found["training_step"]["ratio"], *(part["ratio"] for part in found["inference"])]
    for ratio in ratios:
        assert f"{ratio:.2f}x" in text
    assert f"{found['time_to_quality']['fast']['ratio']:.1f}x" in text


def test_the_figures_are_json(found):
    assert json.loads(report.to_json(found)) == found


def test_the_recipes_are_trained_on_the_digits_that_were_asked_for():
    for config in sides.recipes("bundled").values():
        assert config.data == "bundled"


def test_a_side_is_a_process_of_its_own():
    with BenchmarkProcess() as side:
        pid = side(os.getpid)
        assert pid != os.getpid()
        assert side(os.getpid) == pid
        with pytest.raises(ZeroDivisionError):
            side(divmod, 1, 0)


def test_a_rate_is_work_over_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(turns.time, "perf_counter", lambda: now[0])
    assert turns.rate(lambda: now.append(now.pop() + 2), 10) == 5
