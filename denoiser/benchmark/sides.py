"""What each side of the benchmark does in its own process, as functions that can be sent there.

Stock is the tutorial's recipe as anyone would write it: Keras' own layers and Adam, `fit` on
arrays in batches of 32 with noise drawn once, `predict`, in a process where nothing was set.
Ours is what the lab runs. Neither side's validation is timed. Ours includes all that comes
before the first step: building and compiling.
"""

import time
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from denoiser import metrics
from denoiser.benchmark.turns import rate
from denoiser.config import RECIPES, TrainConfig
from denoiser.data.digits import load
from denoiser.data.noise import add_noise

TEST_SEED = 10_000
TIMED_DIGITS = 4_096
MATRIX_SIDE = 1_024


def recipes(data: str) -> dict[str, TrainConfig]:
    """Return by name the recipes that train until they are as good as the tutorial's."""
    return {name: replace(RECIPES[name], data=data) for name in ("fast", "sprint")}


# Stock


@cache
def stock_set_up(data: str, count: int | None = None) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return the tutorial's network as its script compiles it, noisy and clean digits.

    Args:
        data: Where the digits come from, as in `TrainConfig`.
        count: How many of them, the first ones; None for all.

    Returns:
        A Keras model; the digits under noise and without it, float32 in [0, 1],
        shape (n, 28, 28, 1).
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
    """Return what stock `predict` makes of digits with the shipped weights.

    float32 in [0, 1], shape (count, 28, 28).
    """
    answers: np.ndarray = _shipped().predict(_noisy(data, count)[..., None], verbose=0)
    return answers[..., 0]


def predict_rate(data: str, count: int) -> float:
    """Return the images a second of a call of stock `predict`."""
    return rate(lambda: predicted(data, count), count)


# Ours


class _TimedTraining:
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

    def images_per_s(self) -> float:
        """Take the next steps, from the first of an epoch where too few are left of it."""
        from denoiser.nn.training import Callbacks

        if self._step + self._per_call > self._training.steps_per_epoch:
            self._step = 0
        times: list[float] = []
        callbacks = Callbacks(
            lambda epoch, step, loss: times.append(time.perf_counter()),
            should_stop=lambda: len(times) >= self._per_call,
        )
        self._training.fit(callbacks, 0, self._step)
        self._step += len(times)
        return (len(times) - 1) * self._size / (times[-1] - times[0])


_timed_training = cache(_TimedTraining)


def our_rate(data: str, **changes: Any) -> float:
    """Return the images a second of our training's steps.

    They are those of the fast recipe with the tutorial's batches and digits, and with
    `changes`, settings by name.
    """
    return _timed_training(data, **changes).images_per_s()


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
    return rate(lambda: product().numpy(), 2 * MATRIX_SIDE**3)


def denoised(data: str, count: int) -> np.ndarray:
    """Return what our `denoise` makes of digits with the shipped weights.

    float32 in [0, 1], shape (count, 28, 28).
    """
    from denoiser.nn import inference

    return inference.denoise(_shipped(), _noisy(data, count))


def denoise_rate(data: str, count: int) -> float:
    """Return the images a second of our `denoise`."""
    return rate(lambda: denoised(data, count), count)


# Both


@cache
def _shipped() -> Any:
    from denoiser.nn import inference

    return inference.load_keras("tutorial")


@cache
def _noisy(data: str, count: int) -> np.ndarray:
    digits = load(data, "test")
    clean = np.resize(digits.clean, (count, *digits.clean.shape[1:]))
    return add_noise(clean, np.random.default_rng(TEST_SEED))
