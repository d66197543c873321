"""Our training and inference beside stock Keras': taking turns in one run, on one machine.

Stock is the tutorial's recipe as anyone would write it: Keras' own layers and
Adam, `fit` on arrays in batches of 32 with noise drawn once, `predict`, in a
process where nothing was set. Ours is what the lab runs. Each lives in a process
of its own, and only one works at a time. Machines are noisy, so what counts is
the median of ratios of neighbours in time.

Neither side's validation is timed. Ours includes all that comes before the
first step: building and compiling.
"""

import json
import multiprocessing
import os
import platform
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from denoiser import metrics, web
from denoiser.config import RECIPES, TrainConfig
from denoiser.data.digits import Digits, load
from denoiser.data.noise import add_noise
from denoiser.engine import memory
from denoiser.figures import TUTORIAL_VAL_LOSS
from denoiser.models import store as models

FIRST_ARRIVAL = 17  # epoch: the tutorial's val_loss is as low for the first time, as it jumps
TEST_SEED = 10_000
TIMED_DIGITS = 4_096
MATRIX_SIDE = 1_024
BATCHES = (1, 32, 1_024)
PANEL_RUNS = 200
CALL_SECONDS = 1.0


class BenchmarkProcess:
    """A process of its own that answers one call at a time."""

    def __init__(self, prepare: Callable[[], None] | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=prepare)

    def __call__(self, function: Callable, *arguments: Any) -> Any:
        """Return what `function` returns there, or raise what it raises."""
        return self._pool.submit(function, *arguments).result()

    def __enter__(self) -> "BenchmarkProcess":
        return self

    def __exit__(self, *raised: object) -> None:
        """End the process."""
        self._pool.shutdown()


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
        found = {"machine": _machine(), "data": data, "rounds": rounds, "training_step": step}
        digits = len(load(data, "train"))
        found["tutorial"] = _tutorial_time(step, digits)
        found |= {"target_mse": TUTORIAL_VAL_LOSS, "time_to_quality": {}}
        for name, config in recipes(data).items():
            tell(f"time to the tutorial's quality: {name}")
            found["time_to_quality"][name] = _time_to_quality(stock, ours, config, digits, seeds)
        tell("inference")
        found["inference"] = [_inference(stock, ours, data, n, rounds) for n in BATCHES]
        tell("live panel")
        found["live_panel"] = live_panel()
        return found


def recipes(data: str) -> dict[str, TrainConfig]:
    """Return by recipe what we train to be as good as the tutorial's."""
    return {name: replace(RECIPES[name], data=data) for name in ("fast", "sprint")}


# What is measured


def _training_step(
    stock: BenchmarkProcess, ours: BenchmarkProcess, data: str, rounds: int
) -> dict[str, Any]:
    """Measure images a second of training steps of the tutorial's network."""
    stock(stock_rate, data)  # the first of each compiles
    ours(our_rate, data)
    measures = {
        "stock": lambda: stock(stock_rate, data),
        "ours": lambda: ours(our_rate, data),
        "matmul": lambda: ours(matmul),
    }
    turns = in_turns(measures, rounds)
    rates = _compared(turns)
    product = statistics.median(turn["matmul"] for turn in turns)
    share = _operations_a_digit() / product
    return rates | {
        "matmul_gflops": product / 1e9,
        "stock_of_matmul": rates["stock_images_per_s"] * share,
        "our_of_matmul": rates["our_images_per_s"] * share,
        "turns": turns,
    }


def in_turns(
    measures: Mapping[str, Callable[[], float]],
    rounds: int,
    tell: Callable[[str], None] = lambda text: None,
) -> list[dict[str, float]]:
    """Measure everything once in each round, one after another, and return the rounds.

    `tell` gets a line of text after each measure.
    """
    turns: list[dict[str, float]] = []
    for turn in range(1, rounds + 1):
        turns.append({})
        for name, measure in measures.items():
            turns[-1][name] = measure()
            tell(f"{turn}/{rounds} {name} {turns[-1][name]:,.0f}")
    return turns


def typical(turns: Sequence[Mapping[str, float]], name: str, base: str) -> tuple[float, float]:
    """Return the median of a measure, and the median of its ratios to `base` in each turn."""
    rate = statistics.median(turn[name] for turn in turns)
    return rate, statistics.median(turn[name] / turn[base] for turn in turns)


def _compared(turns: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the medians of images a second of both sides, and of their ratio in each turn."""
    rate, ratio = typical(turns, "ours", "stock")
    stock = statistics.median(turn["stock"] for turn in turns)
    return {"ratio": ratio, "stock_images_per_s": stock, "our_images_per_s": rate}


def _operations_a_digit() -> float:
    """Return the floating-point operations of a training step of the tutorial's network.

    Two a multiply-add; once forward, and backward once for weights and once for inputs.
    """
    return 3 * 2 * models.load("tutorial").card["multiply_adds"]


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
    rate = stock(stock_rate, config.data)
    for seed in seeds:
        training = ours(our_training, replace(config, seed=seed))
        before, rate = rate, stock(stock_rate, config.data)
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
    theirs, mine = stock(predicted, data, count), ours(denoised, data, count)
    measures = {
        "stock": lambda: stock(predict_rate, data, count),
        "ours": lambda: ours(denoise_rate, data, count),
    }
    return _compared(in_turns(measures, rounds)) | {
        "batch": count,
        "largest_difference": float(np.abs(theirs - mine).max()),
    }


def live_panel() -> dict[str, float] | None:
    """Return by model the milliseconds of a digit in the live panel's network, run by Node.

    None where there is no Node.
    """
    node = shutil.which("node")
    if node is None:
        return None
    with TemporaryDirectory() as folder:
        for name in ("safetensors.js", "kernel.js", "network.js"):
            shutil.copy(web.FOLDER / name, folder)
        Path(folder, "package.json").write_text('{"type": "module"}')
        script = Path(folder, "time.js")
        script.write_text(_TIME_A_NETWORK)
        run = [node, str(script), str(PANEL_RUNS)]
        return {name: _panel_ms(run, name) for name in models.names()}


_TIME_A_NETWORK = """
import { readFileSync } from "node:fs";
import { parse } from "./safetensors.js";
import { buildNetwork } from "./network.js";

const [runs, path] = process.argv.slice(2);
const { metadata, tensors } = parse(new Uint8Array(readFileSync(path)));
const network = buildNetwork(JSON.parse(metadata.graph), tensors);
const picture = Float64Array.from({ length: 28 * 28 }, (_, i) => (i % 7) / 7);
const times = Array.from({ length: Number(runs) }, () => {
  const start = performance.now();
  network(picture);
  return performance.now() - start;
});
console.log(times.sort((a, b) => a - b)[runs >> 1]);
"""


def _panel_ms(run: Sequence[str], name: str) -> float:
    path = models.SHIPPED / f"{name}.safetensors"
    answer = subprocess.run([*run, str(path)], capture_output=True, text=True, check=True)
    return float(answer.stdout)


def _machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "processor": platform.processor() or platform.machine()}


# In the stock process


@cache
def stock_set_up(data: str, count: int | None = None) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return the tutorial's network as its script compiles it, noisy and clean digits.

    The digits have a channel axis and are the first `count`; without it, all.
    """
    import keras

    from denoiser.nn import networks

    keras.utils.set_random_seed(0)
    config = RECIPES["tutorial"]
    network = networks.build(config)
    network.compile(loss="mse", optimizer=keras.optimizers.Adam(config.learning_rate))
    clean = load(data, "train")[:count].clean
    return network, add_noise(clean, np.random.default_rng(0))[..., None], clean[..., None]


def stock_rate(data: str) -> float:
    """Return the images a second of a stock `fit`."""
    network, noisy, clean = stock_set_up(data, TIMED_DIGITS)
    started = time.perf_counter()
    network.fit(noisy, clean, batch_size=RECIPES["tutorial"].batch_size, verbose=0)
    return len(noisy) / (time.perf_counter() - started)


def predicted(data: str, count: int) -> np.ndarray:
    """Return what stock `predict` makes of digits with the shipped weights, (count, 28, 28)."""
    return _shipped().predict(_noisy(data, count)[..., None], verbose=0)[..., 0]


def predict_rate(data: str, count: int) -> float:
    """Return the images a second of a call of stock `predict`."""
    return _rate(lambda: predicted(data, count), count)


# In our process


class _Steps:
    """A training of which some steps are timed at a time."""

    def __init__(self, data: str, **changes: Any) -> None:
        from denoiser.nn.training import Training

        tutorial = RECIPES["tutorial"]
        like_it = {"batch_size": tutorial.batch_size, "limit": tutorial.limit}
        config = replace(recipes(data)["fast"], **(like_it | changes))
        digits = load(data, "train")
        self._training = Training(config, digits, digits[:1])
        self._per_call = min(TIMED_DIGITS // config.batch_size, self._training.steps_per_epoch)
        self._size = config.batch_size
        self._step = 0

    def rate(self) -> float:
        from denoiser.nn.training import Callbacks

        if self._step + self._per_call > self._training.steps_per_epoch:
            self._step = 0
        times: list[float] = []
        watcher = Callbacks(
            lambda epoch, step, loss: times.append(time.perf_counter()),
            should_stop=lambda: len(times) >= self._per_call,
        )
        self._training.fit(watcher, 0, self._step)
        self._step += len(times)
        return (len(times) - 1) * self._size / (times[-1] - times[0])


_steps = cache(_Steps)


def our_rate(data: str, **changes: Any) -> float:
    """Return the images a second of our training's steps.

    They are those of the fast recipe with the tutorial's batches and digits, and with
    `changes`.
    """
    return _steps(data, **changes).rate()


def our_training(config: TrainConfig) -> dict[str, float]:
    """Train from new weights and score on the test digits, which is not timed.

    Returns:
        `seconds` from first to last, and `mse` under a noise that no training saw.
    """
    from denoiser.nn import inference
    from denoiser.nn.training import train

    digits, test = load(config.data, "train"), load(config.data, "test")
    started = time.perf_counter()
    network, _ = train(config, digits, test[:1])
    seconds = time.perf_counter() - started
    answers = inference.denoise(network, _noisy(config.data, len(test)))
    return {"seconds": seconds, "mse": float(metrics.mse(test.clean, answers).mean())}


def matmul() -> float:
    """Return the floating-point operations a second of a product of large matrices."""
    import tensorflow as tf

    matrix = tf.random.normal((MATRIX_SIDE, MATRIX_SIDE))
    product = tf.function(lambda: tf.matmul(matrix, matrix), autograph=False)
    return _rate(lambda: product().numpy(), 2 * MATRIX_SIDE**3)


def denoised(data: str, count: int) -> np.ndarray:
    """Return what we make of digits with the shipped weights, shape (count, 28, 28)."""
    from denoiser.nn import inference

    return inference.denoise(_shipped(), _noisy(data, count))


def denoise_rate(data: str, count: int) -> float:
    """Return the images a second of our `denoise`."""
    return _rate(lambda: denoised(data, count), count)


# In both


@cache
def _shipped() -> Any:
    from denoiser.nn import inference

    return inference.load_keras("tutorial")


@cache
def _noisy(data: str, count: int) -> np.ndarray:
    digits: Digits = load(data, "test")
    clean = np.resize(digits.clean, (count, *digits.clean.shape[1:]))
    return add_noise(clean, np.random.default_rng(TEST_SEED))


def _rate(work: Callable[[], Any], amount: float) -> float:
    """Return how much is done a second, by the median of calls."""
    work()
    times: list[float] = []
    while sum(times) < CALL_SECONDS:
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return amount / statistics.median(times)


# On paper


def text(found: dict[str, Any]) -> str:
    """Write what `benchmark` found for people, ratios first."""
    step, tutorial = found["training_step"], found["tutorial"]
    lines = [
        f"training step    {step['ratio']:6.2f}x   {step['our_images_per_s']:,.0f} images/s, stock "
        f"{step['stock_images_per_s']:,.0f}; {step['our_of_matmul']:.0%} and "
        f"{step['stock_of_matmul']:.0%} of {step['matmul_gflops']:.0f} GFLOP/s",
        f"the tutorial                {tutorial['epochs']} epochs of "
        f"{tutorial['seconds_per_epoch']:.0f} s: {tutorial['seconds']:,.0f} s",
    ]
    for name, quality in found["time_to_quality"].items():
        trainings = ", ".join(
            f"{training['seconds']:.0f} s to {training['mse']:.5f}"
            for training in quality["trainings"]
        )
        lines.append(
            f"{name:16} {quality['ratio']:6.1f}x   {quality['network']}: {trainings}; "
            f"{quality['ratio_to_first_arrival']:.1f}x to the tutorial's first arrival"
        )
    for part in found["inference"]:
        lines.append(
            f"{part['batch']:4} at a time   {part['ratio']:6.2f}x   "
            f"{part['our_images_per_s']:,.0f} images/s, stock {part['stock_images_per_s']:,.0f}; "
            f"largest difference {part['largest_difference']:.1e}"
        )
    for name, milliseconds in (found["live_panel"] or {}).items():
        lines.append(f"live panel                  {name}: {milliseconds:.1f} ms a digit")
    return "\n".join(lines)


def to_json(found: dict[str, Any]) -> str:
    """Write what `benchmark` found for programs."""
    return json.dumps(found, indent=1)
