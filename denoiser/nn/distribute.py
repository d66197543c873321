"""Training on several devices at once: the GPUs of a machine, or several machines.

TensorFlow's strategies copy the network to every device, and add up what each
learned from its share of a batch before any of them takes the step. So they see
what one device would see; only batch normalization takes its statistics from a
share. Knows neither networks nor data.
"""

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import tensorflow as tf

from denoiser.errors import ConfigError

CLUSTER = "TF_CONFIG"
MULTI_WORKER = "multi-worker"


class Replicas:
    """The devices that train together.

    Attributes:
        count: How many there are, on all machines.
    """

    def __init__(self, strategy: tf.distribute.Strategy) -> None:
        self._strategy = strategy
        self.count = strategy.num_replicas_in_sync

    def scope(self) -> AbstractContextManager[Any]:
        """Make every variable that is created within on each device."""
        scope: AbstractContextManager[Any] = self._strategy.scope()
        return scope

    def on_all(self, step: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
        """Make one function of a step that each device takes with its share of the digits.

        Args:
            step: Takes inputs, targets and their share of the batch, in (0, 1]; returns
                that share of the loss.

        Returns:
            A function that takes the inputs and targets of a whole batch, the same on each
            machine, and returns its loss.
        """
        strategy = self._strategy

        @tf.function(autograph=False)
        def together(*shares: Any) -> Any:
            return strategy.reduce("SUM", strategy.run(step, shares), axis=None)

        def step_of_all(inputs: np.ndarray, targets: np.ndarray) -> Any:
            if len(inputs) < self.count:
                raise ConfigError(
                    "batch size: expected at least {count} digits, one for each device, "
                    "in every batch, got one of {count_2}",
                    count=self.count,
                    count_2=len(inputs),
                )
            parts = [
                (a, b, np.float32(len(a) / len(inputs)))
                for a, b in zip(
                    *(np.array_split(x, self.count) for x in (inputs, targets)), strict=True
                )
            ]
            return together(*(self._handed_out(part) for part in zip(*parts, strict=True)))

        return step_of_all

    def _handed_out(self, values: tuple[Any, ...]) -> Any:
        """Give each device the value at its place."""
        return self._strategy.experimental_distribute_values_from_function(
            lambda context: tf.convert_to_tensor(values[context.replica_id_in_sync_group])
        )


def replicas(kind: str) -> Replicas:
    """Return the devices to train on.

    Args:
        kind: "mirrored" for all GPUs of this machine, or its processor where there
            are none; "multi-worker" for the machines that `TF_CONFIG` names, as soon
            as all of them have come.

    Raises:
        ConfigError: `TF_CONFIG` names none, or not this one.
    """
    if kind == MULTI_WORKER:
        is_first_worker()
        return Replicas(tf.distribute.MultiWorkerMirroredStrategy())
    return Replicas(tf.distribute.MirroredStrategy())


def is_first_worker() -> bool:
    """Say whether this is the machine that keeps what all of them learned.

    Raises:
        ConfigError: `TF_CONFIG` does not say.
    """
    try:
        described = json.loads(os.environ[CLUSTER])
        addresses, index = described["cluster"]["worker"], described["task"]["index"]
        addresses[index]
    except (KeyError, TypeError, ValueError, IndexError):
        raise ConfigError(
            "{cluster}: expected the addresses of all workers and which of them this is, such as "
            '{{"cluster": {{"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}}, '
            '"task": {{"type": "worker", "index": 0}}}}, got '
            "{get}",
            cluster=CLUSTER,
            get=os.environ.get(CLUSTER, "nothing")[:80],
        ) from None
    return bool(index == 0)
