"""Networks in Keras, built from their lists of layers, with new weights.

A network takes digits with a channel axis, float32 in [0, 1]. Which layers it has, say
`models.architectures`; this module knows how Keras makes each of them, and moves weights in
and out by name. It knows nothing of data, noise or training.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

from denoiser.config import TrainConfig
from denoiser.errors import ModelError
from denoiser.models import architectures
from denoiser.models.layers import Layer, place

AUTOENCODER = "autoencoder"
ENCODER = "encoder"  # the first of the models that an autoencoder is made of
MISFIT = "misfit"  # code of errors

# How Keras makes each op; those that take several inputs get them as a list.
KERAS_LAYERS: Mapping[str, Callable[[Layer], Any]] = {
    "input": lambda x: keras.Input(x.shape, name=x.name),
    "conv2d": lambda x: layers.Conv2D(x.units, x.kernel, **_convolution(x)),
    "conv2d_transpose": lambda x: layers.Conv2DTranspose(x.units, x.kernel, **_convolution(x)),
    "dense": lambda x: layers.Dense(x.units, use_bias=x.use_bias, name=x.name),
    "batch_normalization": lambda x: layers.BatchNormalization(epsilon=x.epsilon, name=x.name),
    "leaky_relu": lambda x: layers.LeakyReLU(negative_slope=x.negative_slope, name=x.name),
    "relu": lambda x: layers.ReLU(name=x.name),
    "sigmoid": lambda x: layers.Activation("sigmoid", name=x.name),
    "softmax": lambda x: layers.Activation("softmax", name=x.name),
    "max_pooling2d": lambda x: layers.MaxPooling2D(
        x.pool_size, strides=x.strides, padding=x.padding, name=x.name
    ),
    "reshape": lambda x: (
        layers.Reshape(x.shape, name=x.name) if x.shape else layers.Flatten(name=x.name)
    ),
    "concatenate": lambda x: layers.Concatenate(name=x.name),
    "add": lambda x: layers.Add(name=x.name),
}


def _convolution(layer: Layer) -> dict[str, Any]:
    return {
        "strides": layer.strides,
        "padding": layer.padding,
        "use_bias": layer.use_bias,
        "name": layer.name,
    }


class ConvAutoencoder:
    """The tutorial's convolutional autoencoder (see `architectures.tutorial`)."""

    @staticmethod
    def build(
        width: int,
        height: int,
        depth: int,
        filters: tuple[int, ...] = (32, 64),
        latentDim: int = 16,  # noqa: N803 - the tutorial's own name
    ) -> tuple[keras.Model, keras.Model, keras.Model]:
        """Build the encoder, the decoder, and the autoencoder made of both.

        Args:
            width: Pixels across; a multiple of 2 ** len(filters).
            height: Pixels down; a multiple of 2 ** len(filters).
            depth: Channels of a picture.
            filters: Channels of each stride-2 convolution, encoder order.
            latentDim: Numbers in the latent vector; more keeps more of a picture.

        Returns:
            (encoder, decoder, autoencoder); the encoder maps float32 (n, height, width,
            depth) to (n, latentDim), the decoder maps that back into [0, 1].

        Raises:
            NetworkError: A size the decoder could not give back, or none above zero.
        """
        lists = architectures.tutorial(width, height, depth, filters, latentDim)
        encoder, decoder = (
            build_model(name, part)
            for name, part in zip(("encoder", "decoder"), lists, strict=True)
        )
        return encoder, decoder, _chained([encoder, decoder])


def build(config: TrainConfig) -> keras.Model:
    """Build the network that `config` names, with the weights that Keras' seed gives.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    models = [build_model(name, part) for name, part in architectures.models_of(config).items()]
    return models[0] if len(models) == 1 else _chained(models)


def build_model(name: str, network: Sequence[Layer]) -> keras.Model:
    """Build a Keras model called `name` of a list of layers.

    Raises:
        ValueError: The list makes no network (see `layers.place`).
    """
    made: dict[str, Any] = {}
    for placed in place(network):
        layer = placed.layer
        inputs = [made[source] for source in layer.inputs]
        built = KERAS_LAYERS[layer.op](layer)
        made[layer.name] = built(inputs if len(inputs) > 1 else inputs[0]) if inputs else built
    first, *_, last = made.values()
    return keras.Model(first, last, name=name)


def _chained(models: Sequence[keras.Model]) -> keras.Model:
    """Return a model in which each of `models` is fed by the one before."""
    x = models[0].input
    for model in models:
        x = model(x)
    return keras.Model(models[0].input, x, name=AUTOENCODER)


def flat_layers(model: keras.Model) -> list[Any]:
    """Return the Keras layers of `model` in order, those of models inside it in their place."""
    flat: list[Any] = []
    for layer in model.layers:
        flat += flat_layers(layer) if isinstance(layer, keras.Model) else [layer]
    return flat


def weights(model: keras.Model) -> dict[str, np.ndarray]:
    """Return the weights of `model` by name, `<layer>.<weight>`: float32, each of its shape."""
    return {name: np.asarray(variable) for name, variable in _variables(model).items()}


def set_weights(model: keras.Model, tensors: Mapping[str, np.ndarray]) -> None:
    """Put weights into `model` by name.

    Args:
        model: A network.
        tensors: float32 by `<layer>.<weight>`, all that the network has and no others.

    Raises:
        ModelError: A name is missing or too many, or a shape or dtype is another.
    """
    variables = _variables(model)
    if set(variables) != set(tensors):
        missing, extra = set(variables) - set(tensors), set(tensors) - set(variables)
        raise _misfit(model.name, f"missing {sorted(missing)[:3]}, unexpected {sorted(extra)[:3]}")
    for name, variable in variables.items():
        tensor = tensors[name]
        if tensor.shape != tuple(variable.shape) or tensor.dtype != np.float32:
            raise _misfit(
                model.name,
                f"{name}: expected float32 {tuple(variable.shape)}, "
                f"got {tensor.dtype} {tensor.shape}",
            )
        variable.assign(tensor)


def _misfit(network: str, detail: str) -> ModelError:
    return ModelError(
        "These weights do not fit the network {network}: they were saved from one with other "
        "layers or other sizes. Build it with the settings that the weights were trained with.",
        code=MISFIT, network=network, detail=detail,
    )  # fmt: skip


def _variables(model: keras.Model) -> dict[str, Any]:
    return {
        f"{layer.name}.{variable.name}": variable
        for layer in flat_layers(model)
        for variable in layer.weights
        if variable.dtype == "float32"
    }
