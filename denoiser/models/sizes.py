"""How large a network is and how long it trains, by arithmetic alone.

So a page can say both before a training starts, and refuse settings that make
no network, without loading TensorFlow. The numbers are those of the networks
that `networks` builds, layer by layer; this module builds none.
"""

from collections.abc import Iterator
from typing import NamedTuple

from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data.digits import CLASSES, SIDE
from denoiser.errors import NetworkError

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


class _Layer(NamedTuple):
    parameters: int
    multiply_adds: int


def parameters(config: TrainConfig) -> int:
    """Count the numbers in the network's weights, as Keras' `count_params` does.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    return sum(layer.parameters for layer in _layers(config))


def multiply_adds(config: TrainConfig) -> int:
    """Count the multiply-adds of one digit through the matrix products of the network.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    return sum(layer.multiply_adds for layer in _layers(config))


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


def check_autoencoder(
    width: int, height: int, depth: int, filters: tuple[int, ...], latent_dim: int
) -> None:
    """Raise `NetworkError` for sizes of which the tutorial's network cannot be made.

    Args:
        width: Pixels across; a multiple of 2 ** len(filters).
        height: Pixels down; a multiple of 2 ** len(filters).
        depth: Channels of a picture.
        filters: Channels of each stride-2 convolution.
        latent_dim: Numbers in the latent vector.
    """
    if not filters:
        raise NetworkError("filters: expected at least one number, got none")
    sizes = {"width": width, "height": height, "depth": depth, "latentDim": latent_dim}
    for name, value in [*sizes.items(), *(("filters", f) for f in filters)]:
        if value < 1:
            raise NetworkError(
                "{name}: expected a number above zero, got {value}", name=name, value=value
            )
    multiple = 2 ** len(filters)
    for name, value in (("width", width), ("height", height)):
        if value % multiple:
            raise NetworkError(
                "{name}: expected a multiple of {multiple}, because {count} filters halve "
                "it {count} times, got {value}",
                name=name,
                multiple=multiple,
                count=len(filters),
                value=value,
            )


def _layers(config: TrainConfig) -> Iterator[_Layer]:
    return _NETWORKS[config.network](config)


def _tutorial(config: TrainConfig) -> Iterator[_Layer]:
    check_autoencoder(SIDE, SIDE, 1, config.filters, config.latent_dim)
    side, channels = SIDE, 1
    for count in config.filters:
        side //= 2
        yield from (_conv(side, 3, channels, count), _norm(count))
        channels = count
    yield _dense(side * side * channels, config.latent_dim)
    yield _dense(config.latent_dim, side * side * channels)
    for count in reversed(config.filters):
        # A transposed convolution uses its kernel once for each pixel that it takes.
        yield from (_conv(side, 3, channels, count), _norm(count))
        side, channels = side * 2, count
    yield _conv(side, 3, channels, 1)


def _unet(config: TrainConfig) -> Iterator[_Layer]:
    full, half, low = SIDE, SIDE // 2, SIDE // 4
    yield from _block(full, 1, 16)
    yield from _block(half, 16, 32)
    yield from _block(half, 32, 32)
    yield from _block(low, 32, 64)
    for _ in range(3):
        yield from _block(low, 64, 64)
    yield from _whole(low, 64, 64)
    yield _conv(low, 2, 64, 32)
    yield from _block(half, 32, 32)
    yield _conv(half, 2, 32, 16)
    yield from _block(full, 16 + 16, 16)
    yield _conv(full, 3, 16, 1)


def _whole(side: int, channels: int, units: int) -> Iterator[_Layer]:
    numbers = side * side * (channels // 4)
    yield from _block(side, channels, channels // 4, kernel=1)
    for inputs, outputs in ((numbers, units), (units, numbers)):
        yield from (_dense(inputs, outputs, bias=False), _norm(outputs))
    yield _conv(side, 1, channels // 4, channels)


def _classifier(config: TrainConfig) -> Iterator[_Layer]:
    full, half, low = SIDE, SIDE // 2, SIDE // 4
    yield from _block(full, 1, 16)
    yield from _block(half, 16, 32)
    yield from _block(low, 32, 64)
    yield _dense(low * low * 64, CLASSES)


_NETWORKS = {"tutorial": _tutorial, "unet": _unet, CLASSIFIER: _classifier}


def _block(side: int, inputs: int, outputs: int, kernel: int = 3) -> Iterator[_Layer]:
    yield from (_conv(side, kernel, inputs, outputs, bias=False), _norm(outputs))


def _conv(side: int, kernel: int, inputs: int, outputs: int, bias: bool = True) -> _Layer:
    """Count a convolution whose kernel is used at side x side places."""
    weights = kernel * kernel * inputs * outputs
    return _Layer(weights + bias * outputs, side * side * weights)


def _dense(inputs: int, outputs: int, bias: bool = True) -> _Layer:
    return _conv(1, 1, inputs, outputs, bias)


def _norm(channels: int) -> _Layer:
    return _Layer(4 * channels, 0)
