"""One training: settings, digits and callbacks in, a trained network and its history out.

Watching, stopping and saving are callbacks' work: this module writes no file,
draws nothing and knows nothing of runs or pages. A training can be left after
any step and go on from there in another process (`Training.state`, `restore`).

All randomness comes from the seed, the epoch and the batch, never from what was
drawn before, so that the same seed gives the same history, and an epoch's
noise is the same whether or not the training was interrupted before it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from denoiser import fast, memory, networks
from denoiser.config import READER, TrainConfig
from denoiser.digits import Digits
from denoiser.muon import ConvMuon
from denoiser.noise import add_noise

WARM_UP = 0.25
READER_SHIFT = 2
# From here on, compiling with XLA, about ten seconds, is worth the third of each step it saves.
LONG_STEPS = 2000
SHORT_MOMENTUM = 0.9
OPTIMIZER = "optimizer/"
OPTIMIZERS = {"adam": keras.optimizers.Adam, "muon": ConvMuon}
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
        self.begin(0, 0)
        self.noisy = None if config.fresh_noise else _fixed_noise(config, self.clean, _TRAIN_NOISE)

    def begin(self, epoch: int, step: int) -> None:
        """Go on with an epoch, from 0, of which `step` batches were already given."""
        self.epoch = epoch
        self.skipped = step
        self.order = self._order_of(epoch)

    @property
    def last_share(self) -> float:
        """How many digits the last batch of an epoch has, as a share of a whole batch."""
        size = self.config.batch_size
        return ((len(self.clean) - 1) % size + 1) / size

    def __len__(self) -> int:
        return math.ceil(len(self.clean) / self.config.batch_size) - self.skipped

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        index += self.skipped
        clean = self.clean[chosen := self._chosen(index)]
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

    def _chosen(self, index: int) -> np.ndarray:
        size = self.config.batch_size
        return self.order[index * size : (index + 1) * size]

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
        index += self.skipped
        chosen = self._chosen(index)
        shifts = self._rng(_SHIFT, self.epoch, index).integers(
            -READER_SHIFT, READER_SHIFT + 1, (len(chosen), 2)
        )
        moved = [
            np.roll(d, s, axis=(0, 1)) for d, s in zip(self.clean[chosen], shifts, strict=True)
        ]
        return np.stack(moved)[..., None], self.labels[chosen]


class Watcher(keras.callbacks.Callback):
    """Tells plain functions how a training goes, and asks one whether to stop.

    Args:
        on_step: Gets the epoch's number, from 0, the number of steps done in it and
            the loss of the last one, a mean over its digits.
        on_epoch: Gets the epoch's number, from 0, and its `loss` and `val_loss`;
            not called for an epoch that was left early.
        should_stop: Asked after every step, and while validating.
    """

    def __init__(
        self,
        on_step: Callable[[int, int, float], None],
        on_epoch: Callable[[int, Mapping[str, float]], None],
        should_stop: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._on_step = on_step
        self._on_epoch = on_epoch
        self._should_stop = should_stop
        self.stopped = False
        self.last_share = 1.0  # of a whole batch that the last one has; `Training` knows
        self._epoch, self._mean = 0, 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._epoch, self._mean = epoch, 0.0

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        # Keras tells the mean over the digits so far; only the last batch may have fewer.
        mean = (logs or {})["loss"]
        share = self.last_share if batch + 1 == self.params["steps"] else 1.0
        self._on_step(self._epoch, batch + 1, mean + (mean - self._mean) * batch / share)
        self._mean = mean
        if self._should_stop():
            self.stopped = self.model.stop_training = self.model.stop_evaluating = True

    def on_test_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        if self.stopped or self._should_stop():
            self.stopped = self.model.stop_training = self.model.stop_evaluating = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if not self.stopped:
            self._on_epoch(epoch, logs or {})


class _KeepFreed(keras.callbacks.Callback):
    # TensorFlow's generators, which carry the batches, tell the C library to give back what is
    # freed as soon as the first of them starts: a step takes a sixth longer then.
    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        if batch == 0:
            memory.keep_freed()


def validation_noise(config: TrainConfig, clean: np.ndarray) -> np.ndarray:
    """Return clean digits (n, 28, 28) under the noise that `val_loss` is measured with."""
    return _fixed_noise(config, clean, _VALIDATION_NOISE)


def _fixed_noise(config: TrainConfig, clean: np.ndarray, purpose: int) -> np.ndarray:
    rng = np.random.default_rng([config.seed, purpose])
    return add_noise(clean, rng, config.noise, **config.noise_parameters)


class Training:
    """One training, from its first step or from where another process left it.

    Attributes:
        model: The network, compiled; its weights change while it trains.
        steps_per_epoch: Batches in an epoch.

    Raises:
        NetworkError: The settings do not make a network.
    """

    def __init__(self, config: TrainConfig, digits: Digits, validation: Digits) -> None:
        keras.utils.set_random_seed(config.seed)
        is_reader = config.network == READER
        self._config = config
        self._batches = (ReaderBatches if is_reader else TrainingBatches)(
            config, digits[: config.limit]
        )
        self._validation = _validation_arrays(config, validation)
        self.steps_per_epoch = len(self._batches)
        self.model = fast.accelerated(networks.build(config))
        steps = config.epochs * self.steps_per_epoch
        if steps < LONG_STEPS:
            _follow_short_training(self.model)
        self.model.compile(
            loss="sparse_categorical_crossentropy" if is_reader else "mse",
            optimizer=OPTIMIZERS[config.optimizer](learning_rate(config, self.steps_per_epoch)),
            jit_compile=steps >= LONG_STEPS,
        )
        # Else the first step makes its variables, and is made into a graph twice: two seconds.
        self.model.optimizer.build(self.model.trainable_variables)

    def state(self) -> dict[str, np.ndarray]:
        """Return all that changes while training: weights and optimizer, by name."""
        optimizer = self.model.optimizer.variables
        weights = networks.weights(self.model)
        return weights | {f"{OPTIMIZER}{i}": np.asarray(v) for i, v in enumerate(optimizer)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Put a `state` back.

        Raises:
            ModelError: It is not one of this training.
        """
        optimizer = {k: v for k, v in state.items() if k.startswith(OPTIMIZER)}
        networks.set_weights(self.model, {k: v for k, v in state.items() if k not in optimizer})
        for i, variable in enumerate(self.model.optimizer.variables):
            variable.assign(optimizer[f"{OPTIMIZER}{i}"])

    def fit(
        self, callbacks: Sequence[keras.callbacks.Callback] = (), epoch: int = 0, step: int = 0
    ) -> None:
        """Train to the end, or until a callback sets `model.stop_training`.

        Args:
            callbacks: Keras callbacks.
            epoch: The epoch to begin with, from 0.
            step: Steps of it that are already done; after all of them, what is
                left of it is the validation.
        """
        if step == self.steps_per_epoch:
            self._validate(callbacks, epoch)
        elif step:  # the rest of an epoch is a fit of its own: Keras begins with a whole one
            self._fit(callbacks, epoch, epoch + 1, step)
        epoch += step > 0
        if epoch < self._config.epochs and not self.model.stop_training:
            self._fit(callbacks, epoch, self._config.epochs, 0)

    def _validate(self, callbacks: Sequence[keras.callbacks.Callback], epoch: int) -> None:
        val_loss = self.model.evaluate(*self._validation, verbose=0)
        for callback in callbacks:
            callback.on_epoch_end(epoch, {"val_loss": val_loss})

    def _fit(
        self, callbacks: Sequence[keras.callbacks.Callback], first: int, end: int, step: int
    ) -> None:
        for callback in callbacks:
            if isinstance(callback, Watcher):
                callback.last_share = self._batches.last_share
        self._batches.begin(first, step)
        self.model.fit(
            self._batches,
            validation_data=self._validation,
            initial_epoch=first,
            epochs=end,
            callbacks=[_KeepFreed(), *callbacks],
            shuffle=False,
            verbose=0,
        )


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
    training = Training(config, digits, validation)
    training.fit(callbacks)
    history = training.model.history.history
    return training.model, History(loss=history["loss"], val_loss=history["val_loss"])


def _follow_short_training(model: keras.Model) -> None:
    # Keras' momentum of 0.99 averages over hundreds of steps: in a training of a few hundred,
    # the network would validate with the statistics of its first, useless weights.
    for layer in networks.flat_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = SHORT_MOMENTUM


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
