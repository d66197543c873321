"""How large a network is and how long it trains, by arithmetic alone.

So a page can say both before a training starts, and refuse settings that make
no network, without loading TensorFlow. The numbers come from the network's list
of layers (`architectures`), from which Keras builds it, too.
"""

from denoiser.config import TrainConfig
from denoiser.models import layers
from denoiser.models.architectures import layers_of

MAX_PARAMETERS = 4_000_000  # 16 MB of weights: what a model's file may have
# Forward, the gradient of the layer's input, the gradient of its kernel.
PASSES_TO_TRAIN = 3
# What noise, norms, activations and the optimizer cost for a digit, as multiply-adds that would
# take as long: fitted to six networks of 0.5 M to 26 M on two calm cores, batches of 32.
OTHER_WORK = 4_000_000
# Two cores that also serve pages; about twice this when they do nothing else.
TYPICAL_RATE = 5e9
# Digits loaded, network built and compiled, in a process that has TensorFlow loaded.
START_SECONDS = 8.0


def parameters(config: TrainConfig) -> int:
    """Count the numbers in the network's weights, as Keras' `count_params` does.

    Raises:
        NetworkError: Settings the architecture cannot have.

    Example:
        >>> parameters(TrainConfig())  # as the tutorial's network.summary() says
        178769
    """
    return layers.parameters(layers_of(config))


def multiply_adds(config: TrainConfig) -> int:
    """Count the multiply-adds of one digit through the matrix products of the network.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    return layers.multiply_adds(layers_of(config))


def seconds(config: TrainConfig, digits: int, rate: float, validation: int = 0) -> float:
    """Estimate how long a training takes from its start to its last epoch.

    Good to about a factor of two: a rate is measured, and what else runs on
    the machine changes it.

    Args:
        config: What to train; `limit` is heeded.
        digits: Digits there are to train on.
        rate: Multiply-adds of the forward pass that the machine trains in a
            second, backward pass included; larger is faster. See `TYPICAL_RATE`.
        validation: Digits to validate on after each epoch.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    trained = digits if config.limit is None else min(digits, config.limit)
    work = (multiply_adds(config) + OTHER_WORK) * (trained + validation / PASSES_TO_TRAIN)
    return START_SECONDS + config.epochs * work / rate
