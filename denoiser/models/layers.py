"""A network as a list of layers: the one description from which all others are made.

A network is a list of `Layer`s in an order in which each comes after those that feed it;
the first is its input, the last its output. The Keras model (`nn.networks`), the sizes, the
names of the weights and the graph that the browser runs are made from this list. A new kind
of layer is one entry in `OPS`, one constructor in `nn/networks.py` and one operation in
`web/layers.js`. This module knows none of the architectures, no weights and no TensorFlow.

Shapes have no batch axis; pictures are (height, width, channels).
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Shape = tuple[int, ...]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Layer:
    """One layer of a network. Of the options, from `shape` on, an op heeds those that it lists.

    Attributes:
        name: Unlike any other in the network; its weights are called `<name>.<weight>`.
        op: What it does, a key of `OPS`.
        inputs: Names of the layers that feed it; () for the one before it in the list.
        shape: Of an "input", or what a "reshape" makes: () for one axis.
        units: Channels that a convolution gives; numbers that a "dense" layer gives.
        kernel: Rows and columns of a convolution's kernel.
        pool_size: Rows and columns of which a pooling makes one.
        strides: Rows and columns from one place of the kernel to the next; in a transposed
            convolution, of the output.
        padding: "same" or "valid", with Keras' meaning.
        use_bias: Whether each channel gets a number of its own added.
        epsilon: Added to variances, so that none is zero.
        negative_slope: What a number below zero is multiplied by.
    """

    name: str
    op: str
    inputs: tuple[str, ...] = ()
    shape: Shape = ()
    units: int = 1
    kernel: Pair = (1, 1)
    pool_size: Pair = (2, 2)
    strides: Pair = (1, 1)
    padding: Literal["same", "valid"] = "valid"
    use_bias: bool = True
    epsilon: float = 1e-3
    negative_slope: float = 0.0


@dataclass(frozen=True)
class Weight:
    """One array of a layer's weights.

    Attributes:
        shape: As Keras has it.
        initializer: How it begins, in Keras' words: "glorot_uniform", "zeros" or "ones".
        is_trainable: Whether gradients change it; statistics are changed in another way.
    """

    shape: Shape
    initializer: str = "zeros"
    is_trainable: bool = True


@dataclass(frozen=True)
class Op:
    """What there is to know of a kind of layer.

    Attributes:
        options: The fields of `Layer` that it heeds.
        shape: Makes the shape of the output of a layer and the shapes of its inputs; raises
            `ValueError` where they do not fit.
        weights: Makes the weights of the same, by name, in Keras' order.
        uses: Makes of the shapes of input and output how often the kernel is used.
    """

    options: tuple[str, ...]
    shape: Callable[[Layer, Sequence[Shape]], Shape]
    weights: Callable[[Layer, Sequence[Shape]], dict[str, Weight]] = lambda layer, inputs: {}
    uses: Callable[[Shape, Shape], int] = lambda source, target: 0


@dataclass(frozen=True)
class PlacedLayer:
    """A layer in its network.

    Attributes:
        layer: With all of its `inputs` named.
        source: Shape of its first input; () for the network's input.
        shape: Of its output.
        weights: By their names in the layer, in Keras' order.
    """

    layer: Layer
    source: Shape
    shape: Shape
    weights: Mapping[str, Weight] = field(default_factory=dict)

    @property
    def tensors(self) -> dict[str, str]:
        """Names of its weights in the network, by their names in the layer."""
        return {weight: f"{self.layer.name}.{weight}" for weight in self.weights}


def place(layers: Sequence[Layer]) -> list[PlacedLayer]:
    """Follow a picture through a network.

    Raises:
        ValueError: An op is unknown, an option is not one of its op, a layer is fed by
            none before it, two have one name, or shapes do not fit.
    """
    placed: dict[str, PlacedLayer] = {}
    before: tuple[str, ...] = ()
    for layer in layers:
        named = replace(layer, inputs=layer.inputs or (before if layer.op != INPUT else ()))
        _check(named, placed)
        op, shapes = OPS[layer.op], [placed[name].shape for name in named.inputs]
        source = shapes[0] if shapes else ()
        placed[layer.name] = PlacedLayer(
            named, source, op.shape(named, shapes), op.weights(named, shapes)
        )
        before = (layer.name,)
    return list(placed.values())


def _check(layer: Layer, placed: Mapping[str, PlacedLayer]) -> None:
    if layer.op not in OPS:
        raise _refused(layer, f"an op of {', '.join(OPS)}", layer.op)
    if layer.name in placed:
        raise _refused(layer, "a name of its own", layer.name)
    if missing := [name for name in layer.inputs if name not in placed]:
        raise _refused(layer, "inputs before it", ", ".join(missing))
    if bool(placed) == (layer.op == INPUT):
        raise _refused(layer, "one input, at the start", layer.op)
    unheeded = set(_OPTIONS) - set(OPS[layer.op].options)
    if strange := sorted(o for o in unheeded if getattr(layer, o) != getattr(_PLAIN, o)):
        raise _refused(layer, f"options of {layer.op}", ", ".join(strange))


def _refused(layer: Layer, expected: str, got: object) -> ValueError:
    return ValueError(f"layer {layer.name}: expected {expected}, got {got}")


def weights(layers: Sequence[Layer]) -> dict[str, Weight]:
    """Return every weight of a network by its name, `<layer>.<weight>`, in Keras' order."""
    return {
        placed.tensors[name]: weight
        for placed in place(layers)
        for name, weight in placed.weights.items()
    }


def parameters(layers: Sequence[Layer]) -> int:
    """Count the numbers in a network's weights, as Keras' `count_params` does."""
    return sum(math.prod(weight.shape) for weight in weights(layers).values())


def multiply_adds(layers: Sequence[Layer]) -> int:
    """Count the multiply-adds of one picture through the matrix products of a network."""
    return sum(
        OPS[placed.layer.op].uses(placed.source, placed.shape)
        * math.prod(placed.weights["kernel"].shape)
        for placed in place(layers)
        if "kernel" in placed.weights
    )


def graph(layers: Sequence[Layer]) -> list[dict[str, Any]]:
    """Describe a network as JSON can hold it, for any program to run: the browser runs this.

    Returns:
        A dictionary a layer, in the list's order: `name`, `op`, `inputs` (names of layers),
        `shape` (of the output), `weights` (weight to tensor name, where there are any) and
        the options of its op that shapes do not tell. A pair of equal numbers is one number.
    """
    return [_node(placed) for placed in place(layers)]


def _node(placed: PlacedLayer) -> dict[str, Any]:
    layer = placed.layer
    node: dict[str, Any] = {
        "name": layer.name,
        "op": layer.op,
        "inputs": list(layer.inputs),
        "shape": list(placed.shape),
    }
    if placed.weights:
        node["weights"] = placed.tensors
    told = [option for option in OPS[layer.op].options if option not in _IN_SHAPES]
    return node | {option: _as_json(getattr(layer, option)) for option in told}


def _as_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return value[0] if len(set(value)) == 1 else list(value)
    return value


def keras_paths(models: Sequence[Sequence[Layer]]) -> dict[str, str]:
    """Return where a `.keras` file has a network's weights.

    Keras names a path after each layer's class, which is our op, and its place among those
    of that class, never after the layer's name: networks alike have the same paths.

    Args:
        models: The network as its Keras models, each fed by the one before.

    Returns:
        Names of tensors, as `weights` has them, by path in `model.weights.h5`.
    """
    paths: dict[str, str] = {}
    for place_of_model, layers in enumerate(models):
        inside = f"layers/{numbered('functional', place_of_model)}/" if len(models) > 1 else ""
        counts: Counter[str] = Counter()
        for placed in place(layers):
            layer = numbered(placed.layer.op, counts[placed.layer.op])
            counts[placed.layer.op] += 1
            for i, tensor in enumerate(placed.tensors.values()):
                paths[f"{inside}layers/{layer}/vars/{i}"] = tensor
    return paths


def numbered(name: str, number: int) -> str:
    """Return what Keras calls the next of a name's like: `conv2d`, `conv2d_1`, `conv2d_2`."""
    return f"{name}_{number}" if number else name


# Shapes of outputs, by the options and the shapes of the inputs


def _only(layer: Layer, inputs: Sequence[Shape], axes: int | None = None) -> Shape:
    """Return the shape of the one input; raise `ValueError` unless there is one with `axes`."""
    if len(inputs) != 1 or (axes is not None and len(inputs[0]) != axes):
        raise _refused(layer, f"one input of {axes or 'any'} axes", list(inputs))
    return inputs[0]


def _same(layer: Layer, inputs: Sequence[Shape]) -> Shape:
    return _only(layer, inputs)


def _slid(layer: Layer, window: Pair, picture: Shape) -> Shape:
    """Return (height, width) of what a window that slides over a picture gives."""
    if layer.padding == "same":
        return tuple(-(-n // s) for n, s in zip(picture, layer.strides, strict=False))
    if window[0] > picture[0] or window[1] > picture[1]:
        raise _refused(layer, f"a picture of at least {window}", picture)
    sides = zip(picture, window, layer.strides, strict=False)
    return tuple((n - k) // s + 1 for n, k, s in sides)


def _convolved(layer: Layer, inputs: Sequence[Shape]) -> Shape:
    return (*_slid(layer, layer.kernel, _only(layer, inputs, 3)), layer.units)


def _pooled(layer: Layer, inputs: Sequence[Shape]) -> Shape:
    picture = _only(layer, inputs, 3)
    return (*_slid(layer, layer.pool_size, picture), picture[2])


def _spread(layer: Layer, inputs: Sequence[Shape]) -> Shape:
    over = [max(k - s, 0) if layer.padding == "valid" else 0
            for k, s in zip(layer.kernel, layer.strides, strict=True)]  # fmt: skip
    height, width, _ = _only(layer, inputs, 3)
    return height * layer.strides[0] + over[0], width * layer.strides[1] + over[1], layer.units


def _reshaped(layer: Layer, inputs: Sequence[Shape]) -> Shape:
    count = math.prod(_only(layer, inputs))
    shape = layer.shape or (count,)
    if math.prod(shape) != count:
        raise _refused(layer, f"a shape of {count} numbers", shape)
    return shape


def _joined(layer: Layer, inputs: Sequence[Shape]) -> Shape:
    if len({shape[:-1] for shape in inputs}) != 1:
        raise _refused(layer, "inputs of one size", list(inputs))
    return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))


def _added(layer: Layer, inputs: Sequence[Shape]) -> Shape:
    if len(set(inputs)) != 1:
        raise _refused(layer, "inputs of one shape", list(inputs))
    return inputs[0]


# Weights, in Keras' order


def _kernel(layer: Layer, shape: Shape) -> dict[str, Weight]:
    bias = {"bias": Weight((layer.units,))} if layer.use_bias else {}
    return {"kernel": Weight(shape, "glorot_uniform"), **bias}


def _norm(layer: Layer, inputs: Sequence[Shape]) -> dict[str, Weight]:
    channels = inputs[0][-1:]
    return {
        "gamma": Weight(channels, "ones"),
        "beta": Weight(channels),
        "moving_mean": Weight(channels, is_trainable=False),
        "moving_variance": Weight(channels, "ones", is_trainable=False),
    }


INPUT = "input"
_CONVOLUTION = ("units", "kernel", "strides", "padding", "use_bias")
_IN_SHAPES = {"shape", "units", "kernel", "use_bias"}
OPS: dict[str, Op] = {
    INPUT: Op(("shape",), lambda layer, inputs: layer.shape),
    "conv2d": Op(
        _CONVOLUTION,
        _convolved,
        lambda layer, inputs: _kernel(layer, (*layer.kernel, inputs[0][-1], layer.units)),
        lambda source, target: math.prod(target[:-1]),
    ),
    "conv2d_transpose": Op(
        _CONVOLUTION,
        _spread,
        lambda layer, inputs: _kernel(layer, (*layer.kernel, layer.units, inputs[0][-1])),
        lambda source, target: math.prod(source[:-1]),  # once for each pixel that it takes
    ),
    "dense": Op(
        ("units", "use_bias"),
        lambda layer, inputs: (*_only(layer, inputs)[:-1], layer.units),
        lambda layer, inputs: _kernel(layer, (inputs[0][-1], layer.units)),
        lambda source, target: math.prod(target[:-1]),
    ),
    "batch_normalization": Op(("epsilon",), _same, _norm),
    "leaky_relu": Op(("negative_slope",), _same),
    "relu": Op((), _same),
    "sigmoid": Op((), _same),
    "softmax": Op((), _same),
    "max_pooling2d": Op(("pool_size", "strides", "padding"), _pooled),
    "reshape": Op(("shape",), _reshaped),
    "concatenate": Op((), _joined),
    "add": Op((), _added),
}
_PLAIN = Layer("", "")
_OPTIONS = ("shape", *_CONVOLUTION, "pool_size", "epsilon", "negative_slope")
