"""A network as Keras code: a statement a layer, in Keras' functional style.

What a layer is in Keras, `nn/networks.py` says as calls and this module as text. A layer's
answer is called `x` where only the next layer takes it; otherwise it is called as the layer.
"""

import builtins
import keyword
import re
from collections.abc import Callable, Mapping, Sequence

from denoiser.data.noise import KINDS
from denoiser.models.code.noise import function_of
from denoiser.models.code.section import WIDTH, Section, quoted, tuple_of
from denoiser.models.layers import INPUT, Layer, Pair, PlacedLayer, Shape, place

INDENT = "    "
INPUTS, NEXT = "inputs", "x"
# What the program defines before the network and uses after it.
TAKEN = {
    *dir(builtins), *(function_of(kind) for kind in KINDS), INPUTS, NEXT, "layers", "keras", "np",
    "tf", "json", "math", "Path", "model", "rng", "add_noise", "shifted", "x_train", "x_test",
    "y_train", "y_test", "KINDS", "STRENGTH",
}  # fmt: skip
# Ops that go on with what the layer before them began; all others begin a block.
GOES_ON = ("batch_normalization", "leaky_relu", "relu", "sigmoid", "softmax")
JOINED = {"add": "Add", "concatenate": "Join the channels of"}
CONVOLUTIONS = {"conv2d": "Convolution", "conv2d_transpose": "Transposed convolution"}
SAID = {"dense": "Dense layer", "batch_normalization": "Normalization"}
SEED = """\
# The same seed, the same weights to begin with.
keras.utils.set_random_seed({seed})
"""
SHORT = """
# momentum={momentum!r}: with Keras' 0.99, normalization would follow a short training too late.
"""
DEFAULT = Layer("", "")  # Keras' defaults are ours, but for pooling's strides


# Arguments; what is as Keras has it anyway is left out


def _convolution(layer: Layer) -> list[str]:
    given = [str(layer.units), _pair(layer.kernel), *_strides(layer, DEFAULT.strides)]
    return given + _bias(layer)


def _strides(layer: Layer, default: Pair) -> list[str]:
    given = [f"strides={_pair(layer.strides)}"] if layer.strides != default else []
    return given + ([f"padding={quoted(layer.padding)}"] if layer.padding != "valid" else [])


def _bias(layer: Layer) -> list[str]:
    return [] if layer.use_bias else ["use_bias=False"]


def _pair(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else tuple_of(pair)


# What Keras calls each op, and its arguments but the name.
KERAS_CODE: Mapping[str, tuple[str, Callable[[Layer], list[str]]]] = {
    "conv2d": ("Conv2D", _convolution),
    "conv2d_transpose": ("Conv2DTranspose", _convolution),
    "dense": ("Dense", lambda x: [str(x.units), *_bias(x)]),
    "batch_normalization": (
        "BatchNormalization",
        lambda x: [f"epsilon={x.epsilon!r}"] if x.epsilon != DEFAULT.epsilon else [],
    ),
    "leaky_relu": ("LeakyReLU", lambda x: [f"negative_slope={x.negative_slope!r}"]),
    "relu": ("ReLU", lambda x: []),
    "sigmoid": ("Activation", lambda x: ['"sigmoid"']),
    "softmax": ("Activation", lambda x: ['"softmax"']),
    "max_pooling2d": ("MaxPooling2D", lambda x: [_pair(x.pool_size), *_strides(x, x.pool_size)]),
    "reshape": ("Reshape", lambda x: [tuple_of(x.shape)]),
    "concatenate": ("Concatenate", lambda x: []),
    "add": ("Add", lambda x: []),
}


def section(
    made_of: Sequence[Layer], name: str, seed: int = 0, momentum: float | None = None
) -> Section:
    """Write a network; after it runs, `model` is its Keras model.

    Args:
        made_of: The network's layers.
        name: Of the Keras model.
        seed: Of the weights that it begins with.
        momentum: Of batch normalization; None for Keras' own.

    Raises:
        ValueError: The layers make no network.
    """
    opening = SEED.format(seed=seed) + ("" if momentum is None else SHORT.format(momentum=momentum))
    written: list[tuple[str, str | None]] = [(line, None) for line in opening.split("\n")]
    placed = place(made_of)
    called = _names(placed)
    for i, each in enumerate(placed):
        if i and (comment := _comment(each, placed[i - 1])):
            written += [("", None), (f"# {' '.join(comment.split())}", None)]
        written += [(line, each.layer.name) for line in _statement(each, called, momentum)]
    last = called[placed[-1].layer.name]
    ending = f"model = keras.Model({INPUTS}, {last}, name={quoted(name)})"
    written += [("", None), (ending, None)]
    lines, owners = zip(*written, strict=True)
    return Section("network", lines, owners)


def _names(placed: Sequence[PlacedLayer]) -> dict[str, str]:
    """Return what the code calls each layer's answer."""
    fed: dict[str, list[int]] = {each.layer.name: [] for each in placed}
    for i, each in enumerate(placed):
        for source in each.layer.inputs:
            fed[source].append(i)
    names: dict[str, str] = {}
    for i, (name, uses) in enumerate(fed.items()):
        is_next_only = set(uses) <= {i + 1}
        own = NEXT if is_next_only else _identifier(name, {*TAKEN, *names.values()})
        names[name] = own if i else INPUTS
    return names


def _identifier(name: str, taken: set[str]) -> str:
    """Return a name that Python takes and that is not in `taken`."""
    made = re.sub(r"\W", "_", name, flags=re.ASCII)
    if made[:1].isdigit() or keyword.iskeyword(made) or keyword.issoftkeyword(made):
        made = f"layer_{made}"
    while made in taken:
        made += "_"
    return made


def _statement(placed: PlacedLayer, called: Mapping[str, str], momentum: float | None) -> list[str]:
    layer = placed.layer
    target, name = called[layer.name], f"name={quoted(layer.name)}"
    if layer.op == INPUT:
        return [f"{target} = keras.Input({tuple_of(placed.shape)}, {name})"]
    kind, arguments = KERAS_CODE[layer.op]
    given = arguments(layer)
    if layer.op == "reshape" and not layer.shape:
        kind, given = "Flatten", []
    if layer.op == "batch_normalization" and momentum is not None:
        given.append(f"momentum={momentum!r}")
    sources = [called[source] for source in layer.inputs]
    fed = sources[0] if len(sources) == 1 else f"[{', '.join(sources)}]"
    return _broken(f"{target} = layers.{kind}", [*given, name], fed)


def _broken(opening: str, arguments: Sequence[str], fed: str) -> list[str]:
    """Return a call of a call, in as few lines as fit, broken as ruff and black break it."""
    joined = ", ".join(arguments)
    if len(f"{opening}({joined})({fed})") <= WIDTH:
        return [f"{opening}({joined})({fed})"]
    if fed.startswith("[") and len(f"{opening}({joined})(") <= WIDTH:
        return [f"{opening}({joined})(", f"{INDENT}{fed}", ")"]
    if len(f"{INDENT}{joined}") <= WIDTH:
        return [f"{opening}(", f"{INDENT}{joined}", f")({fed})"]
    return [f"{opening}(", *(f"{INDENT}{argument}," for argument in arguments), f")({fed})"]


# Comments


def _comment(placed: PlacedLayer, before: PlacedLayer) -> str:
    """Return what is said of the block that a layer begins; "" where it begins none."""
    layer = placed.layer
    follows = layer.inputs == (before.layer.name,)
    if follows and (layer.op in GOES_ON or (layer.op == "dense" and before.layer.op == "reshape")):
        return ""
    if layer.op in JOINED:
        return f"{JOINED[layer.op]} {' and '.join(layer.inputs)}: {_sizes(placed.shape)}"
    return f"{_said(layer)}: {_sizes(placed.source)} to {_sizes(placed.shape)}"


def _said(layer: Layer) -> str:
    if layer.op in CONVOLUTIONS:
        stride = "" if layer.strides == DEFAULT.strides else f", stride {_by(layer.strides)}"
        return f"{CONVOLUTIONS[layer.op]} {_by(layer.kernel)}{stride}"
    if layer.op == "max_pooling2d":
        return f"The largest of each {_by(layer.pool_size)} pixels"
    if layer.op == "reshape":
        return "Reshape" if layer.shape else "Flatten"
    return SAID.get(layer.op, "Activation")


def _by(pair: Pair) -> str:
    return f"{pair[0]}x{pair[1]}"


def _sizes(shape: Shape) -> str:
    return "x".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]} numbers"
