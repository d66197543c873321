"""Our training and inference beside stock Keras': taking turns in one run, on one machine.

Each side runs in a process of its own, and only one works at a time. Machines are noisy, so
what counts is the median of ratios of neighbours in time. `sides` says what each does.
"""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from denoiser.benchmark import sides
from denoiser.benchmark.panel import live_panel
from denoiser.benchmark.turns import BenchmarkProcess, compared, in_turns
from denoiser.config import RECIPES, TrainConfig
from denoiser.data.digits import load
from denoiser.engine import memory
from denoiser.figures import TUTORIAL_VAL_LOSS
from denoiser.models import store as models

FIRST_ARRIVAL = 17  # epoch: the tutorial's val_loss is as low for the first time, as it jumps
BATCHES = (1, 32, 1_024)


def benchmark(
    data: str,
    seeds: Sequence[int],
    rounds: int,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Measure both sides in turns.

    Args:
        data: Where the digits come from, as in `TrainConfig`.
        seeds: Of the trainings that are timed until they are as good as the tutorial's.
        rounds: How often each rate is measured on each side.
        tell: Gets a line of text before each part.

    Returns:
        Figures as JSON has them; every `ratio` is ours against stock, larger is better.
    """
    with BenchmarkProcess() as stock, BenchmarkProcess(memory.keep_freed) as ours:
        tell("training step")
        step = _training_step(stock, ours, data, rounds)
        digits = len(load(data, "train"))
        trained = {}
        for name, config in sides.recipes(data).items():
            tell(f"time to the tutorial's quality: {name}")
            trained[name] = _time_to_quality(stock, ours, config, digits, seeds)
        tell("inference")
        inference = [_inference(stock, ours, data, n, rounds) for n in BATCHES]
        tell("live panel")
        return {
            "machine": {
                "cores": os.cpu_count(), "processor": platform.processor() or platform.machine()
            },
            "data": data,
            "rounds": rounds,
            "training_step": step,
            "tutorial": _tutorial_time(step, digits),
            "target_mse": TUTORIAL_VAL_LOSS,
            "time_to_quality": trained,
            "inference": inference,
            "live_panel": live_panel(),
        }  # fmt: skip


def _training_step(
    stock: BenchmarkProcess, ours: BenchmarkProcess, data: str, rounds: int
) -> dict[str, Any]:
    """Measure images a second of training steps of the tutorial's network."""
    stock(sides.stock_rate, data)  # the first of each compiles
    ours(sides.our_rate, data)
    measures = {
        "stock": lambda: stock(sides.stock_rate, data),
        "ours": lambda: ours(sides.our_rate, data),
        "matmul": lambda: ours(sides.matmul),
    }
    turns = in_turns(measures, rounds)
    rates = compared(turns)
    product = statistics.median(turn["matmul"] for turn in turns)
    share = _operations_a_digit() / product
    return rates | {
        "matmul_gflops": product / 1e9,
        "stock_of_matmul": rates["stock_images_per_s"] * share,
        "our_of_matmul": rates["our_images_per_s"] * share,
        "turns": turns,
    }


def _operations_a_digit() -> float:
    """Return the floating-point operations of a training step of the tutorial's network.

    Two a multiply-add; once forward, and backward once for weights and once for inputs.
    """
    return 3 * 2 * float(models.load("tutorial").card["multiply_adds"])


def _tutorial_time(step: dict[str, Any], digits: int) -> dict[str, float]:
    epochs = RECIPES["tutorial"].epochs
    per_epoch = digits / step["stock_images_per_s"]
    return {
        "epochs": epochs, "seconds_per_epoch": per_epoch, "seconds": per_epoch * epochs
    }  # fmt: skip


def _time_to_quality(
    stock: BenchmarkProcess,
    ours: BenchmarkProcess,
    config: TrainConfig,
    digits: int,
    seeds: Sequence[int],
) -> dict[str, Any]:
    """Train with each seed, and measure stock before and after."""
    trainings = []
    rate = stock(sides.stock_rate, config.data)
    for seed in seeds:
        training = ours(sides.our_training, replace(config, seed=seed))
        before, rate = rate, stock(sides.stock_rate, config.data)
        tutorial = RECIPES["tutorial"].epochs * digits / statistics.mean((before, rate))
        ratio = tutorial / training["seconds"]
        trainings.append({"seed": seed, "ratio": ratio, "tutorial_seconds": tutorial} | training)
    ratio = statistics.median(training["ratio"] for training in trainings)
    return {
        "network": config.network,
        "ratio": ratio,
        "ratio_to_first_arrival": ratio * FIRST_ARRIVAL / RECIPES["tutorial"].epochs,
        "reached": all(training["mse"] <= TUTORIAL_VAL_LOSS for training in trainings),
        "trainings": trainings,
    }


def _inference(
    stock: BenchmarkProcess, ours: BenchmarkProcess, data: str, count: int, rounds: int
) -> dict[str, Any]:
    """Measure one call with `count` digits, on each side."""
    theirs, mine = stock(sides.predicted, data, count), ours(sides.denoised, data, count)
    measures = {
        "stock": lambda: stock(sides.predict_rate, data, count),
        "ours": lambda: ours(sides.denoise_rate, data, count),
    }
    return compared(in_turns(measures, rounds)) | {
        "batch": count,
        "largest_difference": float(np.abs(theirs - mine).max()),
    }
