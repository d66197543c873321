"""Which of our networks a described one is, or in which layer it first differs from the nearest.

Layers are alike when they do the same with what like layers give them, so two networks are one
when their last layers are alike, in whatever order and under whatever names a file lists them.
Knows lists of layers, no files and no weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data.digits import SIDE
from denoiser.errors import DenoiserError, ModelError, NetworkError
from denoiser.models import architectures
from denoiser.models.described import Network
from denoiser.models.layers import INPUT, OPS, Layer, place

SKIPS = {"add", "concatenate"}  # only the U-Net has layers with two inputs
PICTURE = (SIDE, SIDE, 1)
MAX_HALVINGS = 2  # of 28 pixels
_AFTER_FILTERS = ("reshape", "dense", "conv2d_transpose")
_COMMAND = 'keras.Model(inputs, decoder(encoder(inputs))).save("autoencoder.keras")'
_refused = ModelError.about("weights")
_PARTS = {
    "encoder": DenoiserError("the tutorial's encoder"),
    "decoder": DenoiserError("the tutorial's decoder"),
    "unet": DenoiserError("the lab's U-Net"),
    "unet-small": DenoiserError("the lab's small U-Net"),
}
# How Keras writes layers down, in any language of people.
_WRITTEN = {
    "conv2d": "Conv2D({units}, {kernel}, strides={strides}, padding={padding!r}{bias})",
    "conv2d_transpose":
        "Conv2DTranspose({units}, {kernel}, strides={strides}, padding={padding!r}{bias})",
    "dense": "Dense({units}{bias})",
    "batch_normalization": "BatchNormalization(epsilon={epsilon:g})",
    "leaky_relu": "LeakyReLU(negative_slope={negative_slope:g})",
    "relu": "ReLU()",
    "sigmoid": "Activation('sigmoid')",
    "softmax": "Softmax()",
    "max_pooling2d": "MaxPooling2D({pool_size}, strides={strides}, padding={padding!r})",
    "concatenate": "Concatenate()",
    "add": "Add()",
    INPUT: "Input({shape})",
}  # fmt: skip


@dataclass(frozen=True)
class Likeness:
    """A network of ours that a described one is.

    Attributes:
        config: Which one, and its sizes.
        paths: Names of our tensors by their paths in the file, as `layers.keras_paths` has them.
    """

    config: TrainConfig
    paths: dict[str, str]


@dataclass(frozen=True)
class _Candidate:
    """A network of ours: its settings, its models by name, and its layers in one list."""

    network: str
    filters: tuple[int, ...]
    latent_dim: int

    def models(self) -> dict[str, list[Layer]]:
        if self.network == "tutorial":
            sides = architectures.tutorial(*PICTURE, self.filters, self.latent_dim)
            return dict(zip(("encoder", "decoder"), sides, strict=True))
        return architectures.models_of(TrainConfig(network=self.network))

    def layers(self) -> list[Layer]:
        return _fed(architectures.join(*self.models().values()))


class _Numbers:
    """Gives layers numbers: the same one to those that are alike."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], int] = {}

    def of(self, layers: Sequence[Layer]) -> dict[str, int]:
        """Return a number for each layer, by name; each has to stand after what feeds it."""
        found: dict[str, int] = {}
        for layer in layers:
            fed = [found[name] for name in layer.inputs]
            heeded = OPS[layer.op].options if layer.op in OPS and layer.op != INPUT else ()
            options = [getattr(layer, option) for option in heeded]
            exact = [f"{value:.6g}" if isinstance(value, float) else value for value in options]
            key = (layer.op, *exact, *(sorted(fed) if layer.op == "add" else fed))
            found[layer.name] = self._known.setdefault(key, len(self._known))
        return found


def recognized(theirs: Network) -> Likeness:
    """Tell which of our networks a described one is.

    Raises:
        ModelError: None of them; it says what the network is, or the first layer that differs
            from the nearest one of ours.
    """
    numbers = _Numbers()
    them = numbers.of(theirs.layers)
    answer, shape = them[theirs.output], theirs.layers[0].shape
    candidates = list(_candidates(theirs.layers))
    for candidate in candidates:
        ours = numbers.of(candidate.layers())
        if [*ours.values()][-1] == answer:
            _check_size(shape)
            return _likeness(candidate, ours, them, theirs)
    _check_size(shape)
    for part, layers in _halves(theirs.layers, candidates[0]):
        if [*numbers.of(_fed(layers)).values()][-1] == answer:
            raise _half(part)
    raise _other(theirs, them, candidates, numbers)


def _fed(layers: Sequence[Layer]) -> list[Layer]:
    """Return layers with what feeds each named."""
    return [placed.layer for placed in place(layers)]


def _candidates(theirs: Sequence[Layer]) -> Iterator[_Candidate]:
    """Yield our networks, the tutorial's with the sizes that it would have to have."""
    first = takewhile(lambda layer: layer.op not in _AFTER_FILTERS, theirs)
    filters = tuple(layer.units for layer in first if layer.op == "conv2d")
    latent = next((layer.units for layer in theirs if layer.op == "dense"), 0)
    yield _tutorial(filters[:MAX_HALVINGS], latent or TrainConfig().latent_dim)
    for network in ("unet", "unet-small", CLASSIFIER):
        yield _Candidate(network, (), 0)


def _tutorial(filters: tuple[int, ...], latent_dim: int) -> _Candidate:
    """Return the tutorial's network with these sizes, or its own ones where it cannot have them."""
    asked = _Candidate("tutorial", filters, latent_dim)
    try:
        asked.models()
    except NetworkError:
        return _Candidate("tutorial", TrainConfig().filters, latent_dim)
    return asked


def _halves(theirs: Sequence[Layer], tutorial: _Candidate) -> Iterator[tuple[str, list[Layer]]]:
    """Yield the tutorial's encoder and decoder, each with the sizes that it would have to have."""
    yield "encoder", tutorial.models()["encoder"]
    filters = tuple(layer.units for layer in theirs if layer.op == "conv2d_transpose")[-2::-1]
    latent = theirs[0].shape[0] if len(theirs[0].shape) == 1 else tutorial.latent_dim
    yield "decoder", _tutorial(filters, max(latent, 1)).models()["decoder"]


def _likeness(
    candidate: _Candidate, ours: dict[str, int], them: dict[str, int], theirs: Network
) -> Likeness:
    config = TrainConfig(network=candidate.network)
    if candidate.network == "tutorial":
        config = TrainConfig(filters=candidate.filters, latent_dim=candidate.latent_dim)
    places = {them[name]: path for name, path in theirs.places.items()}
    paths = {
        f"{places[ours[placed.layer.name]]}/vars/{i}": tensor
        for placed in place(candidate.layers())
        for i, tensor in enumerate(placed.tensors.values())
    }
    return Likeness(config, paths)


def _check_size(shape: Sequence[int]) -> None:
    """Refuse pictures of another size; -1 is a size that is left open."""
    if len(shape) != 3 or all(n in (-1, size) for n, size in zip(shape, PICTURE, strict=True)):
        return
    height, width, channels = ("?" if n < 0 else n for n in shape)
    raise _refused(
        "this network takes pictures of {width}x{height} pixels (channels: {channels}), those of "
        "the lab have 28x28 (channels: 1). Train it on such pictures.",
        width=width, height=height, channels=channels,
    )  # fmt: skip


def _half(part: str) -> DenoiserError:
    if part == "encoder":
        return _refused(
            "this is only the encoder: it makes a few numbers of a picture, and the decoder is "
            "missing. Save both as one: {command}", command=_COMMAND,
        )  # fmt: skip
    return _refused(
        "this is only the decoder: it makes a picture of a few numbers, and the encoder is "
        "missing. Save both as one: {command}", command=_COMMAND,
    )  # fmt: skip


def _other(
    theirs: Network, them: dict[str, int], candidates: Sequence[_Candidate], numbers: _Numbers
) -> DenoiserError:
    """Return the refusal of a network that is none of ours: where it leaves the nearest one."""
    known = set(them.values())
    skips = any(layer.op in SKIPS for layer in theirs.layers)

    def nearness(candidate: _Candidate) -> tuple[int, bool]:
        alike = known.intersection(numbers.of(candidate.layers()).values())
        return len(alike), skips == (candidate.network != "tutorial")

    nearest = max((c for c in candidates if c.network != CLASSIFIER), key=nearness)
    layers = nearest.layers()
    ours = numbers.of(layers)
    missing = next((layer for layer in layers if ours[layer.name] not in known), None)
    fed = [ours[name] for name in missing.inputs] if missing else [ours[layers[-1].name]]
    own = set(ours.values())
    strange = [layer for layer in theirs.layers if them[layer.name] not in own]
    here = next((x for x in strange if [them[name] for name in x.inputs] == fed), None)
    if missing is None:
        here = here or next(iter(strange), None)
    return _refused(
        "the lab takes the tutorial's autoencoder and its own U-Net, layer by layer, and this "
        "network is neither: {difference} Build it like one of them, and train it again.",
        difference=_difference(nearest, missing, here),
    )


def _difference(nearest: _Candidate, missing: Layer | None, here: Layer | None) -> DenoiserError:
    if missing is None:
        return DenoiserError(
            "after the last layer of {part} there is {here}.",
            part=_PARTS[list(nearest.models())[-1]], here=_written(here) if here else "?",
        )  # fmt: skip
    part, number = next(
        (part, number)
        for part, layers in nearest.models().items()
        for number, layer in enumerate(layers)
        if layer.name == missing.name
    )
    if here is None:
        return DenoiserError(
            "layer {number} of {part} is {ours}, here it is missing.",
            number=number, part=_PARTS[part], ours=_written(missing),
        )  # fmt: skip
    return DenoiserError(
        "layer {number} of {part} is {ours}, here it is {here}.",
        number=number, part=_PARTS[part], ours=_written(missing), here=_written(here),
    )  # fmt: skip


def _written(layer: Layer) -> str:
    """Return a layer as Keras writes it."""
    if layer.op == "reshape":
        return f"Reshape({layer.shape})" if layer.shape else "Flatten()"
    values = vars(layer) | {"bias": "" if layer.use_bias else ", use_bias=False"}
    return _WRITTEN[layer.op].format(**values) if layer.op in _WRITTEN else layer.op
