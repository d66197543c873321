"""One training: settings, digits and callbacks in, a trained network and its history out.

Watching, stopping and saving are callbacks' work: this module writes no file,
draws nothing and knows nothing of runs or pages.

All randomness comes from the seed, the epoch and the batch, never from what was
drawn before, so that the same seed gives the same history, and an epoch's
noise is the same whether or not the training was interrupted before it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from denoiser import networks
from denoiser.config import READER, TrainConfig
from denoiser.digits import Digits
from denoiser.noise import add_noise

WARM_UP = 0.25
READER_SHIFT = 2
# Compiling with XLA costs about ten seconds and then saves a third of each step.
XLA_STEPS = 2000
_TRAIN_NOISE, _VALIDATION_NOISE, _ORDER, _SHIFT = range(4)


@dataclass(frozen=True)
class History:
    """What a training measured, one number an epoch.

    Attributes:
        loss: Training loss: MSE, or cross-entropy for the reader.
        val_loss: The same on the validation digits.
    """

    loss: list[float]
    val_loss: list[float]


class TrainingBatches(keras.utils.PyDataset):
    """Batches of (noisy, clean) digits in an order of their own each epoch.

    Fixed noise is drawn once, as the tutorial does; fresh noise again every epoch.
    """

    def __init__(self, config: TrainConfig, digits: Digits) -> None:
        super().__init__()
        self.config = config
        self.clean = digits.clean
        self.epoch = 0
        self.order = self._order_of(0)
        self.noisy = None if config.fresh_noise else _fixed_noise(config, self.clean, _TRAIN_NOISE)

    def __len__(self) -> int:
        return math.ceil(len(self.clean) / self.config.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        size = self.config.batch_size
        chosen = self.order[index * size : (index + 1) * size]
        clean = self.clean[chosen]
        if self.noisy is not None:
            noisy = self.noisy[chosen]
        else:
            rng = self._rng(_TRAIN_NOISE, self.epoch, index)
            noisy = add_noise(clean, rng, self.config.noise, **self.config.noise_parameters)
        return noisy[..., None], clean[..., None]

    def on_epoch_begin(self) -> None:
        self.order = self._order_of(self.epoch)

    def on_epoch_end(self) -> None:
        # Keras also calls this once before the first epoch, which therefore has number 1.
        self.epoch += 1

    def _order_of(self, epoch: int) -> np.ndarray:
        return self._rng(_ORDER, epoch).permutation(len(self.clean))

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.config.seed, *key])


class ReaderBatches(TrainingBatches):
    """Batches of (clean digits shifted by up to two pixels, labels) for the reader."""

    def __init__(self, config: TrainConfig, digits: Digits) -> None:
        super().__init__(config, digits)
        self.labels = digits.labels

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        size = self.config.batch_size
        chosen = self.order[index * size : (index + 1) * size]
        shifts = self._rng(_SHIFT, self.epoch, index).integers(
            -READER_SHIFT, READER_SHIFT + 1, (len(chosen), 2)
        )
        moved = [
            np.roll(d, s, axis=(0, 1)) for d, s in zip(self.clean[chosen], shifts, strict=True)
        ]
        return np.stack(moved)[..., None], self.labels[chosen]


class Watcher(keras.callbacks.Callback):
    """Tells plain functions how a training goes, and asks one whether to stop."""

    def __init__(
        self,
        on_step: Callable[[int, Mapping[str, float]], None],
        on_epoch: Callable[[int, Mapping[str, float]], None],
        should_stop: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._on_step = on_step
        self._on_epoch = on_epoch
        self._should_stop = should_stop

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        self._on_step(batch, logs or {})
        if self._should_stop():
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._on_epoch(epoch, logs or {})


def validation_noise(config: TrainConfig, clean: np.ndarray) -> np.ndarray:
    """Return clean digits (n, 28, 28) under the noise that `val_loss` is measured with."""
    return _fixed_noise(config, clean, _VALIDATION_NOISE)


def _fixed_noise(config: TrainConfig, clean: np.ndarray, purpose: int) -> np.ndarray:
    rng = np.random.default_rng([config.seed, purpose])
    return add_noise(clean, rng, config.noise, **config.noise_parameters)


def train(
    config: TrainConfig,
    digits: Digits,
    validation: Digits,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[keras.Model, History]:
    """Train the network of `config` from new weights.

    Args:
        config: What to train and how; `limit` keeps the first so many digits.
        digits: To train on.
        validation: To measure `val_loss` on after each epoch, under fixed noise.
        callbacks: Keras callbacks; one may set `model.stop_training`.

    Returns:
        The trained network and its history, which is shorter than
        `config.epochs` if a callback stopped the training.

    Raises:
        NetworkError: The settings do not make a network.
    """
    keras.utils.set_random_seed(config.seed)
    digits = digits[: config.limit]
    is_reader = config.network == READER
    batches = (ReaderBatches if is_reader else TrainingBatches)(config, digits)
    model = networks.build(config)
    model.compile(
        loss="sparse_categorical_crossentropy" if is_reader else "mse",
        optimizer=keras.optimizers.Adam(learning_rate(config, len(batches))),
        jit_compile=config.epochs * len(batches) >= XLA_STEPS,
    )
    history = model.fit(
        batches,
        validation_data=_validation_arrays(config, validation),
        epochs=config.epochs,
        callbacks=list(callbacks),
        shuffle=False,
        verbose=0,
    ).history
    return model, History(loss=history["loss"], val_loss=history["val_loss"])


def _validation_arrays(config: TrainConfig, validation: Digits) -> tuple[np.ndarray, np.ndarray]:
    clean = validation.clean
    if config.network == READER:
        return clean[..., None], validation.labels
    return validation_noise(config, clean)[..., None], clean[..., None]


def learning_rate(
    config: TrainConfig, steps_per_epoch: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Return the learning rate of `config` as a number or as a schedule over all steps.

    "one-cycle" rises to the configured rate over the first quarter of all
    steps and falls to zero along a cosine: Smith and Topin, Super-Convergence
    (2018), section 3.
    """
    if config.schedule == "constant":
        return config.learning_rate
    steps = config.epochs * steps_per_epoch
    warm_up = max(1, round(WARM_UP * steps))
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=config.learning_rate / 25,
        warmup_target=config.learning_rate,
        warmup_steps=warm_up,
        decay_steps=max(1, steps - warm_up),
    )
