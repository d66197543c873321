"""What a `.keras` file says of its network, as data: a list of layers like our own.

`config.json` is read as JSON and only compared: no class that it names is looked up, and nothing
is made as it says. Layers of models inside models stand in their place; an activation that is
part of a layer becomes a layer of its own; what does nothing after a training is left out, and
so is what only brings pictures into shape. A layer that `Layer` cannot describe has its Keras
name for an op, which is none of ours. Keras 2 and 3 are known. This module knows no weights.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from denoiser.models.layers import INPUT, Layer, Pair, numbered

MAX_LAYERS = 1000
MAX_DEPTH = 10  # of models inside models
MAX_TEXT = 50  # letters of a name or a value that people are shown
MODULES = ("keras", "tf_keras", "tensorflow")  # whose classes are what they are called
WEIGHTED = ("Conv2D", "Conv2DTranspose", "Dense", "BatchNormalization")
# After a training they give what they are given.
IDLE = ("Dropout", "SpatialDropout2D", "GaussianDropout", "AlphaDropout", "GaussianNoise",
        "ActivityRegularization", "Identity")  # fmt: skip
# Options that our layers do not have, and what they are where they change nothing.
PLAIN: Mapping[str, Sequence[Any]] = {
    "data_format": ("channels_last", None),
    "dilation_rate": (1, [1, 1]),
    "groups": (1,),
    "output_padding": (None,),
    "axis": (-1, 3, [-1], [3]),
    "center": (True,),
    "scale": (True,),
    "renorm": (False,),
    "max_value": (None,),
    "threshold": (0, None),
}
# Of the sums; weights that are no float32 are refused as such.
DTYPES = ("None", "float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16")
TO_BYTES = "Rescaling(255)"
Config = Mapping[str, Any]


@dataclass
class Network:
    """A network as a file describes it.

    Attributes:
        layers: Each after those that feed it, by names of our own; sizes of the input that the
            file leaves open are -1.
        output: Name of the layer that gives the answer.
        places: Where the file has the weights of layers, by name, as `layers.keras_paths` does.
    """

    layers: list[Layer] = field(default_factory=list)
    output: str = ""
    places: dict[str, str] = field(default_factory=dict)


def network(text: bytes) -> Network | None:
    """Read a description of a network.

    Args:
        text: The `config.json` of a `.keras` file.

    Returns:
        The network; None where the text lists no layers, as that of a class of one's own.

    Raises:
        ValueError: It lists layers as Keras never does, or too many.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not _layers(said):
        return None
    try:
        return _Reader().read(said)
    except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"expected layers as Keras describes them, got {error!r:.100}") from error


def snake(name: str) -> str:
    """Return what Keras calls a class in paths: `conv2d` for `Conv2D`."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _layers(said: Any) -> list[Any]:
    config = said.get("config") if isinstance(said, dict) else None
    layers = config.get("layers") if isinstance(config, dict) else None
    return layers if isinstance(layers, list) else []


class _Reader:
    """Makes one network, layer by layer."""

    def __init__(self) -> None:
        self._made = Network()
        self._layers_left = MAX_LAYERS

    def read(self, said: Config) -> Network:
        last = self._model(said, "", "", 0)
        made = {layer.name: layer for layer in self._made.layers}
        while made[last].op in ("reshape", TO_BYTES):
            last = made[last].inputs[0]
        self._made.output = last
        return self._made

    def _model(self, said: Config, given: str, inside: str, depth: int) -> str:
        """Add the layers of a model; return which of ours gives its answer.

        Args:
            said: What the file says of the model.
            given: What feeds it; "" for the whole network.
            inside: Path of the model's weights.
            depth: Of models around it.
        """
        if depth > MAX_DEPTH:
            raise ValueError(f"expected models in models at most {MAX_DEPTH} deep")
        ours: dict[str, str] = {}  # names of our layers, by their names in this model
        counts: Counter[str] = Counter()
        source = given
        for layer in _layers(said):
            self._count_layer()
            name, calls = str(layer["config"]["name"]), layer.get("inbound_nodes") or []
            if layer["class_name"] == "InputLayer":
                source = ours[name] = given or self._input(layer["config"], said)
                continue
            source = source or self._input(layer["config"], said)
            fed = tuple(ours[each] for call in calls[:1] for each in _fed_by(call)) or (source,)
            if odd := _odd_use(layer, calls, len(fed)):
                source = self._add(Layer("", odd, fed))
                counts[snake(str(layer["class_name"]))] += 1
            else:
                source = self._layer(layer, fed, inside, counts, depth)
            ours[name] = source
        answers = [ours[name] for name in _names(said["config"].get("output_layers") or [])]
        if len(answers) > 1:
            return self._add(Layer("", f"{len(answers)} answers", tuple(answers)))
        return answers[0] if answers else source

    def _count_layer(self) -> None:
        self._layers_left -= 1
        if self._layers_left < 0:
            raise ValueError(f"expected at most {MAX_LAYERS:,} layers")

    def _input(self, config: Config, model: Config) -> str:
        built = model.get("build_config") or {}
        shape = (
            config.get("batch_shape")
            or config.get("batch_input_shape")
            or built.get("input_shape")
            or [None] * 4
        )
        sizes = tuple(-1 if size is None else int(size) for size in shape[1:])
        return self._add(Layer("", "another input" if self._made.layers else INPUT, shape=sizes))

    def _add(self, layer: Layer) -> str:
        name = str(len(self._made.layers))
        self._made.layers.append(replace(layer, name=name))
        return name

    def _layer(
        self,
        said: Config,
        fed: tuple[str, ...],
        inside: str,
        counts: "Counter[str]",
        depth: int,
    ) -> str:
        kind = snake(str(said["class_name"]))
        place = f"{inside}layers/{numbered(kind, counts[kind])}"
        before = len(self._made.places)
        if _layers(said):
            fed = (self._model(said, fed[0], f"{place}/", depth + 1),)
        elif not self._shapes_pictures(said, fed[0]):
            for i, layer in enumerate(_as_ours(said)):
                fed = (self._add(self._with_sizes(replace(layer, inputs=fed))),)
                if not i and said["class_name"] in WEIGHTED:
                    self._made.places[fed[0]] = place
        counts[kind] += len(self._made.places) > before  # files name only what has weights
        return fed[0]

    def _shapes_pictures(self, said: Config, source: str) -> bool:
        """Whether a layer only brings pictures into shape for those after it.

        Numbers from 0 to 255 become numbers from 0 to 1, which pictures of ours are.
        """
        first, config = self._made.layers[0], said["config"]
        if source != first.name:
            return False
        if said["class_name"] == "Reshape" and len(config["target_shape"]) == 3:
            self._made.layers[0] = replace(first, shape=_whole_numbers(config["target_shape"]))
            return True
        return said["class_name"] == "Rescaling" and _rescaling(config) == (1 / 255, 0)

    def _with_sizes(self, layer: Layer) -> Layer:
        """Return a layer that reshapes with the size that it leaves open."""
        if layer.op != "reshape" or layer.shape.count(-1) != 1:
            return layer
        source = self._made.layers[int(layer.inputs[0])]
        count = source.units if source.op == "dense" else math.prod(source.shape)
        rest = -math.prod(layer.shape)
        return replace(layer, shape=tuple(count // rest if n == -1 else n for n in layer.shape))


def _odd_use(layer: Config, calls: Sequence[Any], inputs: int) -> str:
    """Return how a layer is used as none of ours is; "" where it is used as they are."""
    kind = str(layer["class_name"])[:MAX_TEXT]
    if len(calls) > 1:
        return f"{kind}, {len(calls)} times"
    if any(_is_training(call) for call in calls):  # noise, or a norm of the batch, also afterwards
        return f"{kind} with training=True"
    return f"{kind} of {inputs} inputs" if inputs > 1 and _layers(layer) else ""


def _is_training(call: Any) -> bool:
    said = [call.get("kwargs", {})] if isinstance(call, dict) else [each[3] for each in call]
    return any(options.get("training") for options in said)


def _fed_by(call: Any) -> Iterator[str]:
    """Yield the names of what feeds a layer, in the order of its arguments."""
    if isinstance(call, dict):
        yield from _histories(call)
    else:  # as Keras 2 has it
        yield from (str(each[0]) for each in call)


def _histories(part: Any) -> Iterator[str]:
    if isinstance(part, dict) and part.get("class_name") == "__keras_tensor__":
        yield str(part["config"]["keras_history"][0])
    elif isinstance(part, (dict, list)):
        for each in part.values() if isinstance(part, dict) else part:
            yield from _histories(each)


def _names(outputs: Any) -> list[str]:
    if outputs and not isinstance(outputs[0], list):
        outputs = [outputs]  # Keras 3 has it so where there is one
    return [str(name) for name, *_ in outputs]


# Layers of Keras as ours


def _as_ours(said: Config) -> list[Layer]:
    """Return what a layer is in our words; nothing where it does nothing after a training."""
    kind, config = str(said["class_name"])[:MAX_TEXT], said["config"]
    module = str(said.get("module") or MODULES[0]).partition(".")[0]
    if module not in MODULES or ">" in str(said.get("registered_name")):
        return [Layer("", f"{kind} of {module[:MAX_TEXT]}")]
    if kind in IDLE:
        return []
    if (dtype := _dtype(config.get("dtype"))) not in DTYPES:
        return [Layer("", f"{kind}(dtype={dtype[:MAX_TEXT]!r})")]
    for option, plain in PLAIN.items():
        if config.get(option, plain[0]) not in plain and kind != "Rescaling":
            return [Layer("", f"{kind}({option}={str(config[option])[:MAX_TEXT]})")]
    if kind not in MADE:
        return [Layer("", kind)]
    return [*MADE[kind](config), *_activation(config.get("activation"))]


def _dtype(said: Any) -> str:
    return str(said["config"]["name"] if isinstance(said, dict) else said)


def _activation(said: Any) -> list[Layer]:
    if isinstance(said, dict) and said.get("class_name") != "function":
        return _as_ours(said)
    name = str(said["config"] if isinstance(said, dict) else said)
    return ACTIVATIONS.get(name, [Layer("", f'Activation("{name[:MAX_TEXT]}")')])


def _convolution(op: str) -> Callable[[Config], list[Layer]]:
    return lambda said: [
        Layer(
            "",
            op,
            units=int(said["filters"]),
            kernel=_pair(said["kernel_size"]),
            strides=_pair(said.get("strides", 1)),
            padding="same" if said.get("padding") == "same" else "valid",
            use_bias=bool(said.get("use_bias", True)),
        )
    ]


def _dense(said: Config) -> list[Layer]:
    return [Layer("", "dense", units=int(said["units"]), use_bias=bool(said.get("use_bias", True)))]


def _leaky(slope: Any) -> list[Layer]:
    slope = float(slope[0] if isinstance(slope, list) else slope)
    return [Layer("", "leaky_relu", negative_slope=slope) if slope else Layer("", "relu")]


def _pooling(said: Config) -> list[Layer]:
    size = _pair(said["pool_size"])
    return [
        Layer(
            "",
            "max_pooling2d",
            pool_size=size,
            strides=_pair(said.get("strides") or size),
            padding="same" if said.get("padding") == "same" else "valid",
        )
    ]


def _reshape(said: Config) -> list[Layer]:
    shape = _whole_numbers(said["target_shape"])
    return [Layer("", "reshape", shape=shape if len(shape) > 1 else ())]


def _rescale(said: Config) -> list[Layer]:
    scale, offset = _rescaling(said)
    if (scale, offset) == (1, 0):
        return []
    return [
        Layer("", f"Rescaling({scale:g})" if not offset else f"Rescaling({scale:g}, {offset:g})")
    ]


def _rescaling(said: Config) -> tuple[float, float]:
    scale = float(said["scale"])
    return 1 / 255 if math.isclose(scale, 1 / 255, rel_tol=1e-4) else scale, float(said["offset"])


def _whole_numbers(said: Any) -> tuple[int, ...]:
    return tuple(int(number) for number in said)


def _pair(said: Any) -> Pair:
    rows, columns = (said, said) if isinstance(said, int) else said
    return int(rows), int(columns)


ACTIVATIONS: Mapping[str, list[Layer]] = {
    "None": [],
    "linear": [],
    "relu": [Layer("", "relu")],
    "leaky_relu": [Layer("", "leaky_relu", negative_slope=0.2)],
    "sigmoid": [Layer("", "sigmoid")],
    "softmax": [Layer("", "softmax")],
}
MADE: Mapping[str, Callable[[Config], list[Layer]]] = {
    "Conv2D": _convolution("conv2d"),
    "Conv2DTranspose": _convolution("conv2d_transpose"),
    "Dense": _dense,
    "BatchNormalization": lambda said: [
        Layer("", "batch_normalization", epsilon=float(said.get("epsilon", 1e-3)))
    ],
    "Activation": lambda said: [],
    "LeakyReLU": lambda said: _leaky(said.get("negative_slope", said.get("alpha", 0.3))),
    "ReLU": lambda said: _leaky(said.get("negative_slope", 0)),
    "Softmax": lambda said: [Layer("", "softmax")],
    "MaxPooling2D": _pooling,
    "Flatten": lambda said: [Layer("", "reshape")],
    "Reshape": _reshape,
    "Rescaling": _rescale,
    "Concatenate": lambda said: [Layer("", "concatenate")],
    "Add": lambda said: [Layer("", "add")],
}
