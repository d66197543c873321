"""The benchmark: turns taken fairly, figures that add up, and a text that says them."""

import json
import os
import shutil
from typing import ClassVar

import pytest

from denoiser.benchmark import benchmark
from denoiser.benchmark.benchmark import BenchmarkProcess
from denoiser.config import TrainConfig
from denoiser.models import store as models

TINY = {"data": "bundled", "filters": (2,), "latent_dim": 2, "batch_size": 16, "epochs": 1}


class HereSide(BenchmarkProcess):
    """A side in this process: what it is asked is noted."""

    asked: ClassVar[list[tuple[str, str]]] = []
    count = 0

    def __init__(self, prepare=None):
        self._name = ("stock", "ours")[type(self).count]
        type(self).count += 1

    def __exit__(self, *raised):
        pass

    def __call__(self, function, *arguments):
        self.asked.append((self._name, function.__name__))
        return function(*arguments)

    def close(self):
        pass


@pytest.fixture(scope="module")
def found():
    """What a benchmark of tiny trainings finds, and who was asked what."""
    with pytest.MonkeyPatch.context() as patch:
        recipes = {"fast": TrainConfig(**TINY, limit=80, optimizer="muon")}
        patch.setattr(benchmark, "BenchmarkProcess", HereSide)
        patch.setattr(benchmark, "recipes", lambda data: recipes)
        patch.setattr(benchmark, "TIMED_DIGITS", 64)
        patch.setattr(benchmark, "MATRIX_SIDE", 64)
        patch.setattr(benchmark, "BATCHES", (40,))
        patch.setattr(benchmark, "PANEL_RUNS", 3)
        patch.setattr(benchmark, "CALL_SECONDS", 0.01)
        yield benchmark.benchmark("bundled", seeds=[3], rounds=2)


def test_sides_take_turns(found):
    rates = [(side, name) for side, name in HereSide.asked if name in ("stock_rate", "our_rate")]
    assert rates[2:6] == [("stock", "stock_rate"), ("ours", "our_rate")] * 2
    asked = [name for _, name in HereSide.asked]
    place = asked.index("our_training")
    assert asked[place - 1 : place + 2] == ["stock_rate", "our_training", "stock_rate"]


def test_figures_add_up(found):
    step, tutorial = found["training_step"], found["tutorial"]
    for turn in step["turns"]:
        assert min(turn.values()) > 0
    assert min(t["ours"] / t["stock"] for t in step["turns"]) <= step["ratio"]
    assert step["our_of_matmul"] > 0
    assert tutorial["seconds"] == pytest.approx(25 * 4500 / step["stock_images_per_s"])
    quality = found["time_to_quality"]["fast"]
    assert [training["seed"] for training in quality["trainings"]] == [3]
    for training in quality["trainings"]:
        expected = training["tutorial_seconds"] / training["seconds"]
        assert training["ratio"] == pytest.approx(expected)
        assert 0.01 < training["mse"] < 0.4
    assert quality["reached"] is False  # so tiny a training cannot


def test_both_sides_answer_the_same(found):
    assert [part["batch"] for part in found["inference"]] == [40]
    for part in found["inference"]:
        assert part["largest_difference"] <= 1e-5


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_every_model_of_the_panel_is_timed(found):
    assert sorted(found["live_panel"]) == models.names()
    assert all(0 < milliseconds < 1000 for milliseconds in found["live_panel"].values())


def test_without_node_the_panel_is_left_out(found, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert benchmark.live_panel() is None
    assert "live panel" not in benchmark.text(found | {"live_panel": None})


def test_the_text_says_every_ratio(found):
    text = benchmark.text(found)
    ratios = [found["training_step"]["ratio"], *(part["ratio"] for part in found["inference"])]
    for ratio in ratios:
        assert f"{ratio:.2f}x" in text
    assert f"{found['time_to_quality']['fast']['ratio']:.1f}x" in text


def test_the_figures_are_json(found):
    assert json.loads(benchmark.to_json(found)) == found


def test_the_recipes_are_trained_on_the_digits_that_were_asked_for():
    for config in benchmark.recipes("bundled").values():
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
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: now[0])
    assert benchmark._rate(lambda: now.append(now.pop() + 2), 10) == 5
