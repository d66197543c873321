"""The architectures, each a list of layers, no weights.

Every layer has a name of its own, so that a weight is found again by its name in any
program. A new architecture is one function here and its entry in `ARCHITECTURES`; its name
is a choice of `network` in `config`. This module knows nothing of data, noise or training.
"""

import math
from collections.abc import Callable

from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data.digits import CLASSES, SIDE
from denoiser.errors import NetworkError
from denoiser.models.layers import Layer, Pair

Layers = list[Layer]

SMALL = 8  # channels of the U-Net that learns in seconds, also on a phone


def layers_of(config: TrainConfig) -> Layers:
    """Return the network that `config` names, as one list.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    return join(*models_of(config).values())


def models_of(config: TrainConfig) -> dict[str, Layers]:
    """Return a network as the models that it has in Keras, by name, each fed by the one before.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    return ARCHITECTURES[config.network](config)


def join(first: Layers, *others: Layers) -> Layers:
    """Return networks as one: in place of an input comes the output of the one before."""
    return first + [layer for other in others for layer in other[1:]]


def tutorial(
    width: int, height: int, depth: int, filters: tuple[int, ...] = (32, 64), latent_dim: int = 16
) -> tuple[Layers, Layers]:
    """Return encoder and decoder of the tutorial's convolutional autoencoder.

    Adrian Rosebrock: Denoising autoencoders with Keras, TensorFlow, and Deep
    Learning (PyImageSearch, 2020).

    Args:
        width: Pixels across; a multiple of 2 ** len(filters).
        height: Pixels down; a multiple of 2 ** len(filters).
        depth: Channels of a picture.
        filters: Channels of each stride-2 convolution, encoder order.
        latent_dim: Numbers in the latent vector; more keeps more of a picture.

    Returns:
        What maps (height, width, depth) to (latent_dim,), and what maps that back into
        [0, 1].

    Raises:
        NetworkError: A size the decoder could not give back, or none above zero.
    """
    check_autoencoder(width, height, depth, filters, latent_dim)
    halvings = len(filters)
    volume = (height >> halvings, width >> halvings, filters[-1])
    encoder = [
        Layer("picture", "input", shape=(height, width, depth)),
        *_stages("encoder", "conv2d", filters),
        Layer("encoder_flatten", "reshape"),
        Layer("latent", "dense", units=latent_dim),
    ]
    decoder = [
        Layer("latent_input", "input", shape=(latent_dim,)),
        Layer("decoder_dense", "dense", units=math.prod(volume)),
        Layer("decoder_reshape", "reshape", shape=volume),
        *_stages("decoder", "conv2d_transpose", filters[::-1]),
        Layer("decoder_conv_out", "conv2d_transpose", units=depth, kernel=(3, 3), padding="same"),
        Layer("denoised", "sigmoid"),
    ]
    return encoder, decoder


def _stages(part: str, op: str, filters: tuple[int, ...]) -> Layers:
    """Return a convolution with stride 2, an activation and a normalization for each filter."""
    return [
        layer
        for i, count in enumerate(filters, 1)
        for layer in (
            Layer(f"{part}_conv_{i}", op, units=count, kernel=(3, 3), strides=(2, 2),
                  padding="same"),
            Layer(f"{part}_relu_{i}", "leaky_relu", negative_slope=0.2),
            Layer(f"{part}_norm_{i}", "batch_normalization"),
        )
    ]  # fmt: skip


def check_autoencoder(
    width: int, height: int, depth: int, filters: tuple[int, ...], latent_dim: int
) -> None:
    """Raise `NetworkError` for sizes of which the tutorial's network cannot be made.

    Its `field` is the setting to change. The arguments are those of `tutorial`.
    """
    if not filters:
        raise NetworkError("Give the network at least one number of filters.", field="filters")
    latent = ("latentDim", latent_dim, "latent_dim")
    sizes = [("width", width, ""), ("height", height, ""), ("depth", depth, ""), latent]
    for name, value, field in [*sizes, *(("filters", f, "filters") for f in filters)]:
        if value < 1:
            raise NetworkError(
                "{name} is {value}; a network needs a number above zero there.",
                field=field, name=name, value=value,
            )  # fmt: skip
    multiple = 2 ** len(filters)
    for name, value in (("width", width), ("height", height)):
        if value % multiple:
            raise NetworkError(
                "A picture's {name} of {value} cannot be halved {count} times, once a number of "
                "filters: it has to be a multiple of {multiple}. Give fewer numbers.",
                field="filters", name=name, multiple=multiple, count=len(filters), value=value,
            )  # fmt: skip


def unet(side: int = SIDE, channels: int = 16) -> Layers:
    """Return a small U-Net that sees a picture at three sizes and keeps its details.

    Ronneberger, Fischer, Brox: U-Net (2015), section 2; its skip connections
    let strokes pass by the bottleneck that the tutorial's network has. At its
    lowest size a second path sees the whole picture at once, which says what
    digit it may be, for a hundredth of the work. At 28x28: 15.7 M multiply-adds
    with 16 channels, 4.0 M with 8.

    Args:
        side: Pixels across and down; a multiple of 4.
        channels: At full size; twice as many at half of it, and again; a multiple of 4.
    """
    full, half, low, lowest = channels, 2 * channels, 4 * channels, side // 4
    return [
        Layer("picture", "input", shape=(side, side, 1)),
        *_block("full_1", full),
        *_block("half_1", half, strides=(2, 2)),
        *_block("half_2", half),
        *_block("low_1", low, strides=(2, 2)),
        *_block("low_2", low),
        *_block("low_3", low),
        Layer("low_add", "add", ("low_1_relu", "low_3_relu")),
        *_whole((lowest, lowest, low), 64),
        Layer("whole_add", "add", ("low_add", "whole_out")),
        *_block("low_4", low),
        _doubled("half_up", half),
        Layer("half_add", "add", ("half_2_relu", "half_up")),
        *_block("half_3", half),
        _doubled("full_up", full),
        Layer("full_concat", "concatenate", ("full_1_relu", "full_up")),
        *_block("full_2", full),
        Layer("out", "conv2d", units=1, kernel=(3, 3), padding="same"),
        Layer("denoised", "sigmoid"),
    ]


def _whole(picture: tuple[int, int, int], units: int) -> Layers:
    """Let every place of (height, width, channels) know of all others, by `units` numbers."""
    height, width, channels = picture
    volume = (height, width, channels // 4)
    return [
        *_block("whole_in", volume[-1], kernel=(1, 1)),
        Layer("whole_flatten", "reshape"),
        Layer("whole_dense_1", "dense", units=units, use_bias=False),
        *_norm_relu("whole_dense_1"),
        Layer("whole_dense_2", "dense", units=math.prod(volume), use_bias=False),
        *_norm_relu("whole_dense_2"),
        Layer("whole_reshape", "reshape", shape=volume),
        Layer("whole_out", "conv2d", units=channels),
    ]


def _block(name: str, units: int, kernel: Pair = (3, 3), strides: Pair = (1, 1)) -> Layers:
    convolution = Layer(
        f"{name}_conv", "conv2d", units=units, kernel=kernel, strides=strides, padding="same",
        use_bias=False,
    )  # fmt: skip
    return [convolution, *_norm_relu(name)]


def _norm_relu(name: str) -> Layers:
    return [Layer(f"{name}_norm", "batch_normalization"), Layer(f"{name}_relu", "relu")]


def _doubled(name: str, units: int) -> Layer:
    """Return a layer that makes a picture twice as large."""
    return Layer(
        name, "conv2d_transpose", units=units, kernel=(2, 2), strides=(2, 2), padding="same"
    )


def classifier(side: int = SIDE) -> Layers:
    """Return the digit classifier: (side, side, 1) to eleven probabilities. 1.95 M multiply-adds.

    They are those of the digits 0 to 9 and, at last, that it is no digit.

    Args:
        side: Pixels across and down.
    """
    return [
        Layer("picture", "input", shape=(side, side, 1)),
        *_block("block_1", 16),
        Layer("block_1_pool", "max_pooling2d", strides=(2, 2)),
        *_block("block_2", 32),
        Layer("block_2_pool", "max_pooling2d", strides=(2, 2)),
        *_block("block_3", 64),
        Layer("flatten", "reshape"),
        Layer("classes", "dense", units=CLASSES + 1),
        Layer("probabilities", "softmax"),
    ]


def _tutorial_models(config: TrainConfig) -> dict[str, Layers]:
    encoder, decoder = tutorial(SIDE, SIDE, 1, config.filters, config.latent_dim)
    return {"encoder": encoder, "decoder": decoder}


ARCHITECTURES: dict[str, Callable[[TrainConfig], dict[str, Layers]]] = {
    "tutorial": _tutorial_models,
    "unet": lambda config: {"unet": unet()},
    "unet-small": lambda config: {"unet-small": unet(channels=SMALL)},
    CLASSIFIER: lambda config: {CLASSIFIER: classifier()},
}
