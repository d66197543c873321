"""The architectures, built in Keras, with no weights worth anything yet.

A network takes digits with a channel axis, float32 in [0, 1]. This module
knows nothing of data, noise or training. Every layer has a name of its own, so
that a weight is found again by its name in any program.

`graph` and `weights` describe a network without Keras: that is what the
browser runs.
"""

import math
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data.digits import CLASSES, SIDE
from denoiser.errors import ModelError
from denoiser.models.sizes import check_autoencoder


class ConvAutoencoder:
    """The tutorial's convolutional autoencoder.

    Adrian Rosebrock: Denoising autoencoders with Keras, TensorFlow, and Deep
    Learning (PyImageSearch, 2020).
    """

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
            (encoder, decoder, autoencoder); the encoder maps (n, height, width,
            depth) to (n, latentDim), the decoder maps that back into [0, 1].

        Raises:
            NetworkError: A size the decoder could not give back, or none above zero.
        """
        check_autoencoder(width, height, depth, filters, latentDim)

        inputs = keras.Input((height, width, depth), name="picture")
        x = inputs
        for i, f in enumerate(filters, 1):
            x = layers.Conv2D(f, (3, 3), strides=2, padding="same", name=f"encoder_conv_{i}")(x)
            x = layers.LeakyReLU(negative_slope=0.2, name=f"encoder_relu_{i}")(x)
            x = layers.BatchNormalization(axis=-1, name=f"encoder_norm_{i}")(x)
        volume = x.shape[1:]
        x = layers.Flatten(name="encoder_flatten")(x)
        latent = layers.Dense(latentDim, name="latent")(x)
        encoder = keras.Model(inputs, latent, name="encoder")

        latent_inputs = keras.Input((latentDim,), name="latent_input")
        x = layers.Dense(math.prod(volume), name="decoder_dense")(latent_inputs)
        x = layers.Reshape(volume, name="decoder_reshape")(x)
        for i, f in enumerate(filters[::-1], 1):
            x = layers.Conv2DTranspose(
                f, (3, 3), strides=2, padding="same", name=f"decoder_conv_{i}"
            )(x)
            x = layers.LeakyReLU(negative_slope=0.2, name=f"decoder_relu_{i}")(x)
            x = layers.BatchNormalization(axis=-1, name=f"decoder_norm_{i}")(x)
        x = layers.Conv2DTranspose(depth, (3, 3), padding="same", name="decoder_conv_out")(x)
        outputs = layers.Activation("sigmoid", name="denoised")(x)
        decoder = keras.Model(latent_inputs, outputs, name="decoder")

        autoencoder = keras.Model(inputs, decoder(encoder(inputs)), name="autoencoder")
        return encoder, decoder, autoencoder


def build_unet(side: int = SIDE) -> keras.Model:
    """Build a small U-Net that sees a picture at three sizes and keeps its details.

    Ronneberger, Fischer, Brox: U-Net (2015), section 2; its skip connections
    let strokes pass by the bottleneck that the tutorial's network has. At its
    lowest size a second path sees the whole picture at once, which says what
    digit it may be, for a hundredth of the work. At 28x28: 15.7 M multiply-adds.
    """
    inputs = keras.Input((side, side, 1), name="picture")
    full = _conv(inputs, 16, "full_1")
    half = _conv(_conv(full, 32, "half_1", strides=2), 32, "half_2")
    low = _conv(half, 64, "low_1", strides=2)
    low = layers.Add(name="low_add")([low, _conv(_conv(low, 64, "low_2"), 64, "low_3")])
    low = layers.Add(name="whole_add")([low, _whole(low, 64)])
    low = _conv(low, 64, "low_4")
    half = layers.Add(name="half_add")([half, _upsample(low, 32, "half_up")])
    half = _conv(half, 32, "half_3")
    full = layers.Concatenate(name="full_concat")([full, _upsample(half, 16, "full_up")])
    full = _conv(full, 16, "full_2")
    x = layers.Conv2D(1, 3, padding="same", name="out")(full)
    return keras.Model(inputs, layers.Activation("sigmoid", name="denoised")(x), name="unet")


def _whole(x: Any, units: int) -> Any:
    """Let every place of (n, side, side, channels) know of all others, by `units` numbers."""
    channels = x.shape[-1]
    x = _conv(x, channels // 4, "whole_in", kernel=1)
    volume = x.shape[1:]
    x = layers.Flatten(name="whole_flatten")(x)
    x = layers.Dense(units, use_bias=False, name="whole_dense_1")(x)
    x = _norm_relu(x, "whole_dense_1")
    x = layers.Dense(math.prod(volume), use_bias=False, name="whole_dense_2")(x)
    x = _norm_relu(x, "whole_dense_2")
    x = layers.Reshape(volume, name="whole_reshape")(x)
    return layers.Conv2D(channels, 1, name="whole_out")(x)


def _conv(x: Any, channels: int, name: str, strides: int = 1, kernel: int = 3) -> Any:
    x = layers.Conv2D(
        channels, kernel, strides=strides, padding="same", use_bias=False, name=f"{name}_conv"
    )(x)
    return _norm_relu(x, name)


def _norm_relu(x: Any, name: str) -> Any:
    x = layers.BatchNormalization(name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _upsample(x: Any, channels: int, name: str) -> Any:
    return layers.Conv2DTranspose(channels, 2, strides=2, padding="same", name=name)(x)


def build_classifier(side: int = SIDE) -> keras.Model:
    """Build the digit classifier: (n, 28, 28, 1) to probabilities (n, 10). 1.95 M multiply-adds."""
    x = inputs = keras.Input((side, side, 1), name="picture")
    for i, channels in enumerate((16, 32, 64), 1):
        x = _conv(x, channels, f"block_{i}")
        if i < 3:
            x = layers.MaxPooling2D(2, name=f"block_{i}_pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(CLASSES, name="classes")(x)
    return keras.Model(
        inputs, layers.Activation("softmax", name="probabilities")(x), name=CLASSIFIER
    )


BUILDERS: dict[str, Callable[[TrainConfig], keras.Model]] = {
    "tutorial": lambda c: ConvAutoencoder.build(SIDE, SIDE, 1, c.filters, c.latent_dim)[2],
    "unet": lambda c: build_unet(),
    CLASSIFIER: lambda c: build_classifier(),
}


def build(config: TrainConfig) -> keras.Model:
    """Build the network that `config` names.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    return BUILDERS[config.network](config)


def flat_layers(model: keras.Model) -> list[layers.Layer]:
    """Return the layers of `model` in order, those of models inside it in their place."""
    flat: list[layers.Layer] = []
    for layer in model.layers:
        flat += flat_layers(layer) if isinstance(layer, keras.Model) else [layer]
    return flat


def weights(model: keras.Model) -> dict[str, np.ndarray]:
    """Return the weights of `model` by name, `<layer>.<weight>`, float32."""
    return {name: np.asarray(variable) for name, variable in _variables(model).items()}


def set_weights(model: keras.Model, tensors: dict[str, np.ndarray]) -> None:
    """Put weights into `model` by name.

    Raises:
        ModelError: A name is missing or too many, or a shape or dtype is another.
    """
    variables = _variables(model)
    if set(variables) != set(tensors):
        missing, extra = set(variables) - set(tensors), set(tensors) - set(variables)
        raise ModelError(
            "weights: expected those of {name}; missing {missing}, unexpected {extra}",
            name=model.name,
            missing=sorted(missing)[:3],
            extra=sorted(extra)[:3],
        )
    for name, variable in variables.items():
        tensor = tensors[name]
        if tensor.shape != tuple(variable.shape) or tensor.dtype != np.float32:
            raise ModelError(
                "weights: {name}: expected float32 {shape}, got {dtype} {shape_2}",
                name=name,
                shape=tuple(variable.shape),
                dtype=tensor.dtype,
                shape_2=tensor.shape,
            )
        variable.assign(tensor)


def _variables(model: keras.Model) -> dict[str, Any]:
    return {
        f"{layer.name}.{variable.name}": variable
        for layer in flat_layers(model)
        for variable in layer.weights
        if variable.dtype == "float32"
    }


def paths(model: keras.Model, prefix: str = "") -> dict[str, str]:
    """Return where a `.keras` file of a network like `model` has its weights.

    Keras names a path after each layer's class and its place among those of that
    class, never after its name: whoever builds the same network has the same paths.

    Returns:
        Names of tensors, as `weights` has them, by path in `model.weights.h5`.
    """
    found: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for layer in model.layers:
        kind = _snake_case(type(layer).__name__)
        path = f"{prefix}layers/{kind}_{counts[kind]}".removesuffix("_0")
        counts[kind] += 1
        if isinstance(layer, keras.Model):
            found |= paths(layer, f"{path}/")
        else:
            names = [f"{layer.name}.{variable.name}" for variable in layer.weights]
            found |= {f"{path}/vars/{i}": name for i, name in enumerate(names)}
    return found


def _snake_case(name: str) -> str:
    """Write a class's name as Keras does in paths: Conv2DTranspose, conv2d_transpose."""
    split = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", split).lower()


OPS: dict[type[layers.Layer], str] = {
    layers.InputLayer: "input",
    layers.Conv2D: "conv2d",
    layers.Conv2DTranspose: "conv2d_transpose",
    layers.Dense: "dense",
    layers.BatchNormalization: "batch_normalization",
    layers.LeakyReLU: "leaky_relu",
    layers.ReLU: "relu",
    layers.MaxPooling2D: "max_pooling2d",
    layers.Flatten: "reshape",
    layers.Reshape: "reshape",
    layers.Concatenate: "concatenate",
    layers.Add: "add",
}


def graph(model: keras.Model) -> list[dict[str, Any]]:
    """Describe `model` as a list of layers that any program can run.

    Returns:
        Layers in an order in which each comes after its inputs; the first is
        the input, the last the output. Each has `name`, `op`, `inputs` (names
        of layers), `shape` (of its output, no batch axis), `weights` (weight
        to tensor name) and the op's own numbers. Pictures are channels last.
    """
    nodes: list[dict[str, Any]] = []
    _append_graph(model, None, nodes)
    return nodes


def _append_graph(model: keras.Model, entry: str | None, nodes: list[dict[str, Any]]) -> str:
    """Append the layers of `model`, fed by the layer `entry`; return its output layer's name."""
    config = model.get_config()
    producer: dict[str, str] = {}
    for described in config["layers"]:
        layer = model.get_layer(described["name"])
        inputs = [producer[name] for name in _input_names(described["inbound_nodes"])]
        if isinstance(layer, keras.Model):
            producer[layer.name] = _append_graph(layer, inputs[0], nodes)
        elif isinstance(layer, layers.InputLayer) and entry is not None:
            producer[layer.name] = entry
        else:
            nodes.append(_layer_node(layer, inputs))
            producer[layer.name] = layer.name
    return nodes[-1]["name"]


def _input_names(described: Any) -> list[str]:
    """Find the names of the layers that feed a layer in its `get_config` description."""
    if isinstance(described, dict) and described.get("class_name") == "__keras_tensor__":
        return [described["config"]["keras_history"][0]]
    if isinstance(described, dict):
        described = list(described.values())
    if isinstance(described, (list, tuple)):
        return [name for item in described for name in _input_names(item)]
    return []


def _layer_node(layer: layers.Layer, inputs: list[str]) -> dict[str, Any]:
    activation = isinstance(layer, layers.Activation)
    node = {
        "name": layer.name,
        "op": layer.activation.__name__ if activation else _op(layer),
        "inputs": inputs,
        "shape": list(layer.output.shape[1:]),
    }
    if names := {w.name: f"{layer.name}.{w.name}" for w in layer.weights if w.dtype == "float32"}:
        node["weights"] = names
    if isinstance(layer, (layers.Conv2D, layers.Conv2DTranspose)):
        node |= {"strides": layer.strides[0], "padding": layer.padding}
    if isinstance(layer, layers.BatchNormalization):
        node["epsilon"] = layer.epsilon
    if isinstance(layer, layers.LeakyReLU):
        node["negative_slope"] = layer.negative_slope
    return node


def _op(layer: layers.Layer) -> str:
    return next(OPS[kind] for kind in type(layer).__mro__ if kind in OPS)


def multiply_adds(model: keras.Model) -> int:
    """Count the multiply-adds of one digit through the matrix products of `model`."""
    return sum(_layer_multiply_adds(layer) for layer in flat_layers(model))


def _layer_multiply_adds(layer: layers.Layer) -> int:
    if isinstance(layer, layers.Conv2DTranspose):
        return math.prod(layer.input.shape[1:3]) * math.prod(layer.kernel.shape)
    if isinstance(layer, layers.Conv2D):
        return math.prod(layer.output.shape[1:3]) * math.prod(layer.kernel.shape)
    if isinstance(layer, layers.Dense):
        return math.prod(layer.kernel.shape)
    return 0
