"""One training: settings and digits in, a trained network and its history out.

Showing, stopping and saving are work of callbacks: this module writes no file,
draws nothing and knows nothing of runs or pages. A training can be left after
any step and go on from there in another process (`Training.state`, `restore`).

The loop is our own, because Keras' `fit` tells only means of losses, begins with
whole epochs, and fails on several machines.

All randomness comes from the seed, the epoch and the batch, never from what was
drawn before, so that the same seed gives the same history, and an epoch's
noise is the same whether or not the training was interrupted before it.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data import not_digits
from denoiser.data.digits import Digits
from denoiser.data.noise import add_noise
from denoiser.nn import fast, networks
from denoiser.nn.distribute import Replicas
from denoiser.nn.muon import ConvMuon

WARM_UP = 0.25
GROWN_FROM, GROWN_AFTER = 0.3, 0.5
CLASSIFIER_SHIFT = 2
# From here on, compiling with XLA, five to ten seconds, is worth the third of each step it saves.
COMPILED_DIGITS = 64_000
SHORT_STEPS, SHORT_MOMENTUM = 1000, 0.9
OPTIMIZER = "optimizer/"
OPTIMIZERS = {"adam": keras.optimizers.Adam, "muon": ConvMuon}
VALIDATED_AT_ONCE = 1024
_TRAIN_NOISE, _VALIDATION_NOISE, _ORDER, _SHIFT, _DRAWN = range(5)


@dataclass(frozen=True)
class History:
    """What a training measured, one number an epoch.

    Attributes:
        loss: Training loss: MSE, or cross-entropy for the classifier.
        val_loss: The same on the validation digits.
    """

    loss: list[float]
    val_loss: list[float]


class TrainingBatches:
    """Batches of (noisy, clean) digits in an order of their own each epoch.

    Fixed noise is drawn once, as the tutorial does; fresh noise again every epoch.
    Growing noise is mixed with the clean digit: three tenths of it at first, all of it
    from the middle of the training on. To learn what is easy first is curriculum
    learning: Bengio et al. (2009), section 3, doi:10.1145/1553374.1553380.
    """

    def __init__(self, config: TrainConfig, digits: Digits) -> None:
        self.config = config
        self.clean = digits.clean
        self.noisy = None if config.fresh_noise else _fixed_noise(config, self.clean, _TRAIN_NOISE)
        self._order_of = lru_cache(1)(self._drawn_order)

    def __len__(self) -> int:
        """Return how many there are in an epoch."""
        return math.ceil(len(self.clean) / self.config.batch_size)

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Make one batch.

        Args:
            epoch: From 0.
            step: Batches of the epoch that come before.

        Returns:
            Inputs and targets, float32 in [0, 1], shape (n, 28, 28, 1) each.
        """
        clean = self.clean[chosen := self.chosen(epoch, step)]
        if self.noisy is not None:
            noisy = self.noisy[chosen]
        else:
            rng = self._rng(_TRAIN_NOISE, epoch, step)
            noisy = add_noise(clean, rng, self.config.noise, **self.config.noise_parameters)
        if self.config.growing_noise:
            noisy = clean + self._grown(epoch, step) * (noisy - clean)
        return noisy[..., None], clean[..., None]

    def _grown(self, epoch: int, step: int) -> np.float32:
        """Return how much of the noise a batch gets, from 0 to 1."""
        done = (epoch + step / len(self)) / self.config.epochs
        return np.float32(min(1.0, GROWN_FROM + (1 - GROWN_FROM) * done / GROWN_AFTER))

    def chosen(self, epoch: int, step: int) -> np.ndarray:
        """Return the places of a batch's digits among all, int64, shape (n,)."""
        size = self.config.batch_size
        return self._order_of(epoch)[step * size : (step + 1) * size]

    def _drawn_order(self, epoch: int) -> np.ndarray:
        return self._rng(_ORDER, epoch).permutation(len(self.clean))

    def _rng(self, purpose: int, epoch: int, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.config.seed, purpose, epoch + 1, *key])


class ClassifierBatches(TrainingBatches):
    """Batches of (pictures shifted by up to two pixels, labels) for the classifier.

    To each clean digit comes a picture of `not_digits`.
    """

    def __init__(self, config: TrainConfig, digits: Digits) -> None:
        rng = np.random.default_rng([config.seed, _DRAWN])
        drawn = not_digits.draw(digits, len(digits), rng)
        self.labels = np.concatenate([digits.known_labels, drawn.known_labels])
        super().__init__(config, Digits(np.concatenate([digits.images, drawn.images]), self.labels))

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Make one batch, as in `TrainingBatches`; its targets are labels, uint8, shape (n,)."""
        chosen = self.chosen(epoch, step)
        shifts = self._rng(_SHIFT, epoch, step).integers(
            -CLASSIFIER_SHIFT, CLASSIFIER_SHIFT + 1, (len(chosen), 2)
        )
        moved = [
            np.roll(d, s, axis=(0, 1)) for d, s in zip(self.clean[chosen], shifts, strict=True)
        ]
        return np.stack(moved)[..., None], self.labels[chosen]


@dataclass(frozen=True)
class Callbacks:
    """Functions that a training calls, one of which may stop it.

    Attributes:
        on_step: Called with the epoch's number, from 0, the number of steps done in it and
            the loss of the last one, a mean over its digits.
        on_epoch: Called with the epoch's number, from 0, and its `loss` and `val_loss`;
            not called for an epoch that was left early.
        should_stop: Asked after every step, and while validating.
    """

    on_step: Callable[[int, int, float], None] = lambda epoch, step, loss: None
    on_epoch: Callable[[int, Mapping[str, float]], None] = lambda epoch, logs: None
    should_stop: Callable[[], bool] = lambda: False


def validation_noise(config: TrainConfig, clean: np.ndarray) -> np.ndarray:
    """Return digits under the noise that `val_loss` is measured with.

    Args:
        config: Of the training.
        clean: float32 in [0, 1], shape (n, 28, 28).

    Returns:
        float32 in [0, 1], shape (n, 28, 28).
    """
    return _fixed_noise(config, clean, _VALIDATION_NOISE)


def _fixed_noise(config: TrainConfig, clean: np.ndarray, purpose: int) -> np.ndarray:
    rng = np.random.default_rng([config.seed, purpose])
    return add_noise(clean, rng, config.noise, **config.noise_parameters)


class Training:
    """One training, from its first step or from where another process left it.

    Attributes:
        model: The network; its weights change while it trains.
        batches: What is trained on; `batches.batch(epoch, step)` gives inputs and targets,
            float32 in [0, 1], shape (n, 28, 28, 1), or labels for the classifier.
        train_on: The compiled step: takes inputs and targets, changes the weights and
            returns the loss.
        steps_per_epoch: Batches in an epoch.
        stopped: Whether a callback ended it early.

    Args:
        config: What to train and how; `limit` keeps the first so many digits.
        digits: To train on.
        validation: To measure `val_loss` on after each epoch.
        replicas: Devices that share every batch; without them, there is one.

    Raises:
        NetworkError: The settings do not make a network.
    """

    def __init__(
        self,
        config: TrainConfig,
        digits: Digits,
        validation: Digits,
        replicas: Replicas | None = None,
    ) -> None:
        keras.utils.set_random_seed(config.seed)
        is_classifier = config.network == CLASSIFIER
        kept = digits[: config.limit]
        self._config = config
        self.batches = (ClassifierBatches if is_classifier else TrainingBatches)(config, kept)
        self._validation = _validation_arrays(config, validation)
        self._loss = (
            keras.losses.sparse_categorical_crossentropy
            if is_classifier
            else keras.losses.mean_squared_error
        )
        self.steps_per_epoch = len(self.batches)
        self.stopped = False
        steps = config.epochs * self.steps_per_epoch
        is_compiled = steps * config.batch_size >= COMPILED_DIGITS
        with replicas.scope() if replicas else nullcontext():
            self.model = fast.accelerated(networks.build(config))
            self._optimizer = OPTIMIZERS[config.optimizer](
                learning_rate(config, self.steps_per_epoch)
            )
            self._optimizer.build(self.model.trainable_variables)
        if steps < SHORT_STEPS:
            _follow_short_training(self.model)
        self.train_on = (
            replicas.on_all(self._step)
            if replicas
            else tf.function(self._step, jit_compile=is_compiled, autograph=False)
        )
        self._answer = tf.function(
            self.model, input_signature=[tf.TensorSpec((None, *self.model.input_shape[1:]))]
        )

    def state(self) -> dict[str, np.ndarray]:
        """Return all that changes while training: weights and optimizer.

        Returns:
            Arrays by name, each with the shape and dtype of its variable.
        """
        optimizer = self._optimizer.variables
        weights = networks.weights(self.model)
        return weights | {f"{OPTIMIZER}{i}": np.asarray(v) for i, v in enumerate(optimizer)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Put a `state` back.

        Args:
            state: Arrays by name, each with the shape and dtype of its variable.

        Raises:
            ModelError: It is not one of this training.
        """
        optimizer = {k: v for k, v in state.items() if k.startswith(OPTIMIZER)}
        networks.set_weights(self.model, {k: v for k, v in state.items() if k not in optimizer})
        for i, variable in enumerate(self._optimizer.variables):
            variable.assign(optimizer[f"{OPTIMIZER}{i}"])

    def fit(self, callbacks: Callbacks | None = None, epoch: int = 0, step: int = 0) -> History:
        """Train to the end, or until a callback stops it.

        Args:
            callbacks: Called after each step and epoch.
            epoch: The epoch to begin with, from 0.
            step: Steps of it that are already done; after all of them, what is
                left of it is the validation.

        Returns:
            What was measured in the epochs that were carried to their end here; the
            `loss` of the first is that of its steps from `step` on.
        """
        callbacks, history, self.stopped = callbacks or Callbacks(), History([], []), False
        while epoch < self._config.epochs and not self.stopped:
            loss = self._train_epoch(callbacks, epoch, step)
            val_loss = self._validate(callbacks)
            if not self.stopped:
                history.loss.append(loss)
                history.val_loss.append(val_loss)
                callbacks.on_epoch(epoch, {"loss": loss, "val_loss": val_loss})
                self.stopped = epoch + 1 < self._config.epochs and callbacks.should_stop()
            epoch, step = epoch + 1, 0
        return history

    def _train_epoch(self, callbacks: Callbacks, epoch: int, step: int) -> float:
        """Return the mean loss of the digits that were trained on."""
        total, count = 0.0, 0
        for done, (inputs, targets) in enumerate(self._ahead(epoch, step), step + 1):
            loss = float(self.train_on(inputs, targets))
            total, count = total + loss * len(inputs), count + len(inputs)
            callbacks.on_step(epoch, done, loss)
            if callbacks.should_stop():
                self.stopped = True
                break
        return total / count if count else math.nan

    def _step(self, inputs: Any, targets: Any, share: Any = 1.0) -> Any:
        """Take a step; `share` is how much of the batch this is."""
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self._loss(targets, self.model(inputs, training=True))) * share
        self._optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def _ahead(self, epoch: int, step: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give an epoch's batches from `step` on, each made while the one before is trained on."""
        with ThreadPoolExecutor(1) as thread:
            made = None
            for following in range(step, self.steps_per_epoch):
                making = thread.submit(self.batches.batch, epoch, following)
                if made:
                    yield made.result()
                made = making
            if made:
                yield made.result()

    def _validate(self, callbacks: Callbacks) -> float:
        total = 0.0
        inputs, targets = self._validation
        for i in range(0, len(inputs), VALIDATED_AT_ONCE):
            if self.stopped or callbacks.should_stop():
                self.stopped = True
                break
            now = slice(i, i + VALIDATED_AT_ONCE)
            losses = self._loss(targets[now], self._answer(inputs[now]))
            total += float(tf.reduce_mean(losses)) * len(inputs[now])
        return total / len(inputs)


def train(
    config: TrainConfig, digits: Digits, validation: Digits, callbacks: Callbacks | None = None
) -> tuple[keras.Model, History]:
    """Train the network of `config` from new weights.

    Args:
        config: What to train and how; `limit` keeps the first so many digits.
        digits: To train on.
        validation: To measure `val_loss` on after each epoch, under fixed noise.
        callbacks: Called after each step and epoch; they may stop it.

    Returns:
        The trained network and its history, which is shorter than
        `config.epochs` if a callback stopped the training.

    Raises:
        NetworkError: The settings do not make a network.
    """
    training = Training(config, digits, validation)
    return training.model, training.fit(callbacks)


def _follow_short_training(model: keras.Model) -> None:
    # Keras' momentum of 0.99 averages over hundreds of steps: in a training of a few hundred,
    # the network would validate with the statistics of its first, useless weights.
    for layer in networks.flat_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = SHORT_MOMENTUM


def _validation_arrays(config: TrainConfig, validation: Digits) -> tuple[np.ndarray, np.ndarray]:
    clean = validation.clean
    if config.network == CLASSIFIER:
        return clean[..., None], validation.known_labels
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
