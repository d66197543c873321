"""Weights out of a visitor's file: bytes in, settings and tensors out.

Two kinds of file are known, by their content: safetensors, and Keras' own `.keras`, of Keras 2
and 3. Nothing that such a file says of a network is run. Of a `.keras` file, what `config.json`
says of the layers is compared with ours (`likeness`), and the tensors in `model.weights.h5` are
read; of a safetensors file, the tensors and the settings, which are validated like any. It is our
code that builds the network (`inference.from_imported`). This module loads no TensorFlow.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from zipfile import ZipFile

import numpy as np

from denoiser.config import CLASSIFIER, SETTINGS, TrainConfig
from denoiser.errors import DenoiserError, ModelError
from denoiser.files import containers, hdf5, zips
from denoiser.files.atomic import MAX_UPLOAD
from denoiser.models import architectures, described, foreign, layers, likeness, sizes
from denoiser.models.layers import Layer

KERAS_WEIGHTS, KERAS_CONFIG = "model.weights.h5", "config.json"
# What a training needs to go on, and what it measured; not looked at, wherever it lies.
SKIPPED = {"optimizer", "metrics", "seed_generator"}
LAYERS, EARLY_LAYERS = "layers", "_layer_checkpoint_dependencies"  # the latter until Keras 2.13
MAX_CONFIG = 2**20
MAX_NAME = 200
_ZIP = b"PK"
_SETTINGS = "config"
Tensors = dict[str, np.ndarray]
_refused = ModelError.about("weights")


@dataclass(frozen=True)
class Weights:
    """What a file holds.

    Attributes:
        config: The network and, where the file says it, how it was trained.
        tensors: All of the network's, by `<layer>.<weight>`: finite float32, each of its shape.
    """

    config: TrainConfig
    tensors: Tensors


def read(content: bytes, config: TrainConfig | None = None) -> Weights:
    """Read a file of weights; its content says which kind of file it is, not its name.

    Args:
        content: At most 16 MB, and 32 MB unpacked.
        config: The network that they have to be of; None for what the file and its
            tensors say.

    Raises:
        ModelError: The kind of file is unknown, it is damaged or too large, or has
            no weights of a network that denoises.
    """
    try:
        if len(content) > MAX_UPLOAD:
            raise _too_large(len(content))
        weights = _from_keras(content) if content.startswith(_ZIP) else _from_safetensors(content)
        weights = replace(weights, config=config or weights.config)
        check(weights)
    except ModelError:
        raise
    except DenoiserError as error:
        raise ModelError("weights: {error}", error=error) from error
    except Exception as error:  # parsers raise many types on damaged files
        raise _refused(
            "this file cannot be read to its end, it may be damaged. Save the network again, and "
            "bring that file.",
            detail=f"expected a readable .safetensors or .keras file ({error})",
        ) from error
    return weights


def _too_large(count: int) -> DenoiserError:
    return _refused(
        "expected at most {max_upload:,} bytes, got {count:,}. Most of them are usually the "
        "optimizer's state, which is left out like this: "
        'keras.Model(model.input, model.output).save("network.keras")',
        max_upload=MAX_UPLOAD, count=count,
    )  # fmt: skip


def _from_keras(content: bytes) -> Weights:
    with zips.open_zip(content, _refused) as archive:
        names = archive.namelist()
        if KERAS_WEIGHTS not in names:
            raise foreign.refusal_of_zip(names)
        if (found := names.count(KERAS_WEIGHTS)) > 1:
            raise _refused(
                "expected one file {keras_weights} in the .keras file, got {found}",
                keras_weights=KERAS_WEIGHTS,
                found=found,
            )
        network = _described(archive)
        known = likeness.recognized(network) if network else None
        content = zips.read(archive, KERAS_WEIGHTS)
    tensors = _renumbered(hdf5.arrays(content, SKIPPED))
    if known is None:
        if (config := _network_of(tensors)) is None:
            raise _refused(
                "this file does not say which layers its network has, as where the network is a "
                "class of its own ({names}). Save it like this: keras.Model(inputs, "
                'decoder(encoder(inputs))).save("network.keras")',
                names=_names(tensors),
            )
        names_of = layers.keras_paths(list(architectures.models_of(config).values()))
        return Weights(config, {names_of.get(p, p): tensor for p, tensor in tensors.items()})
    named = {name: tensors[path] for path, name in known.paths.items() if path in tensors}
    return Weights(known.config, named)


def _described(archive: ZipFile) -> described.Network | None:
    """Return what a file says of its network; None where it does not say its layers."""
    if KERAS_CONFIG not in archive.namelist():
        return None
    text = zips.read(archive, KERAS_CONFIG, MAX_CONFIG + 1)
    if len(text) > MAX_CONFIG:
        raise _refused(
            "expected a network that is described in at most {max:,} bytes, this one takes more",
            max=MAX_CONFIG,
        )
    return described.network(text)


def _renumbered(tensors: Tensors) -> Tensors:
    """Return tensors by the paths that Keras 3 has for them.

    Until 2.13, Keras had another name for `layers`, left out numbers, and wrote backslashes on
    Windows.
    """
    parts = {path: re.split(r"[/\\]", path.replace(EARLY_LAYERS, LAYERS)) for path in tensors}
    numbers: dict[tuple[str, ...], dict[int, int]] = defaultdict(dict)
    for names in parts.values():
        for inside, kind, number in _layers_in(names):
            numbers[(*inside, kind)][number] = 0
    for found in numbers.values():
        found.update({number: place for place, number in enumerate(sorted(found))})
    renumbered = {}
    for path, names in parts.items():
        new = list(names)
        for inside, kind, number in _layers_in(names):
            new[len(inside)] = layers.numbered(kind, numbers[(*inside, kind)][number])
        renumbered["/".join(new)] = tensors[path]
    return renumbered


def _layers_in(path: Sequence[str]) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Yield of each layer in a path what is before it, its class and its number among such."""
    for i, (before, name) in enumerate(pairwise(path), 1):
        if before == LAYERS and (found := re.fullmatch(r"(.+?)(?:_(\d+))?", name)):
            yield tuple(path[:i]), found[1], int(found[2] or 0)


def _from_safetensors(content: bytes) -> Weights:
    if problem := foreign.refusal(content):
        raise problem
    if not containers.may_be_one(content):
        raise _refused(
            "expected a readable .safetensors or .keras file, this is neither. Save the network "
            'as Keras does: model.save("network.keras")'
        )
    texts, tensors = containers.read(content)
    if _SETTINGS in texts:
        return Weights(TrainConfig.from_json(texts[_SETTINGS]), tensors)
    if (config := _network_of(tensors)) is None:
        raise _refused(
            "expected those of the tutorial's autoencoder (encoder and decoder) or of the lab's "
            "U-Net, got others: {names}. Save the whole network as Keras does: "
            'model.save("network.keras")',
            names=_names(tensors),
        )
    return Weights(config, tensors)


def _names(tensors: Tensors) -> str:
    return ", ".join(name[:MAX_NAME] for name in sorted(tensors)[:3]) or "none"


def _telling() -> Iterator[tuple[list[str], str, list[str]]]:
    """Yield the names of the tensors that tell networks apart: in our files, then in Keras'.

    Each time: kernels of as many convolutions as an encoder can have, the kernel that makes
    the latent vector, and all of the U-Nets'.
    """
    most = SETTINGS["filters"].most
    tutorial = architectures.tutorial(2**most, 2**most, 1, (1,) * most, 1)
    unet = architectures.unet()
    *convolutions, latent = _kernels(tutorial[0])
    kernels = _kernels(unet)
    yield convolutions, latent, kernels
    paths = {name: path for models in (tutorial, [unet])
             for path, name in layers.keras_paths(models).items()}  # fmt: skip
    yield [paths[name] for name in convolutions], paths[latent], [paths[name] for name in kernels]


def _kernels(network: Sequence[Layer]) -> list[str]:
    return [name for name in layers.weights(network) if name.endswith(".kernel")]


def _network_of(tensors: Tensors) -> TrainConfig | None:
    """Tell a network by tensors that it alone has, and its sizes by their shapes."""
    for convolutions, latent, kernels in _telling():
        if convolutions[0] in tensors and latent in tensors:
            present = takewhile(tensors.__contains__, convolutions)
            return TrainConfig(
                network="tutorial",
                filters=tuple(_outputs(tensors[name]) for name in present),
                latent_dim=_outputs(tensors[latent]),
            )
        if tensors.keys() >= set(kernels):
            is_small = _outputs(tensors[kernels[0]]) == architectures.SMALL
            return TrainConfig(network="unet-small" if is_small else "unet")
    return None


def _outputs(kernel: np.ndarray) -> int:
    return kernel.shape[-1] if kernel.ndim else 0


def check(weights: Weights) -> None:
    """Refuse weights that are not all those of their network, and no others.

    Args:
        weights: Of any settings, with tensors of any names, shapes, dtypes and numbers.

    Raises:
        ModelError: The network denoises nothing or is too large, or a tensor is missing, too
            many, of another shape or dtype, or not finite.
        NetworkError: The architecture cannot have these settings.
    """
    _check_numbers(weights)
    _check_fit(weights)


def _check_numbers(weights: Weights) -> None:
    if weights.config.network == CLASSIFIER:
        raise _refused("expected a network that denoises, got the digit reader")
    if (parameters := sizes.parameters(weights.config)) > sizes.MAX_PARAMETERS:
        raise _refused(
            "expected at most {most:,} parameters, got {parameters:,}",
            most=sizes.MAX_PARAMETERS,
            parameters=parameters,
        )
    for name, tensor in weights.tensors.items():
        if len(name) > MAX_NAME:
            raise _refused(
                "expected names of at most {max_name} letters, got {count}",
                max_name=MAX_NAME,
                count=len(name),
            )
        if tensor.dtype != np.float32:
            raise _refused(
                "the lab takes float32 numbers, those of {name} are {dtype}. Save them as float32.",
                name=name,
                dtype=tensor.dtype,
            )
        if not np.isfinite(tensor).all():
            raise _refused(
                "{name} holds NaN or infinity in place of finite numbers: the training that it is "
                "of has failed. Train it again, with a smaller learning rate.",
                name=name,
            )


def _check_fit(weights: Weights) -> None:
    """Compare names and shapes with those of the network."""
    tensors = weights.tensors
    expected = layers.weights(architectures.layers_of(weights.config))
    missing, extra = expected.keys() - tensors.keys(), tensors.keys() - expected.keys()
    if missing:
        raise _refused(
            "weights of some layers are missing in this file. Train the network to an end, save it "
            'as a whole with model.save("network.keras"), and bring that file.',
            detail=f"missing: {sorted(missing)[:3]}; unexpected: {sorted(extra)[:3]}",
        )
    if extra:
        raise _refused(
            "this network has more layers than the lab's, which takes the tutorial's autoencoder "
            "and its own U-Net as they are.",
            detail=f"unexpected: {sorted(extra)[:3]}",
        )
    for name, weight in expected.items():
        if tensors[name].shape != weight.shape:
            raise _refused(
                "the weights of {name} have another shape than that layer of the lab's network: "
                "{shape_2} in place of {shape}. Build the network as the tutorial does.",
                name=name, shape=weight.shape, shape_2=tensors[name].shape,
            )  # fmt: skip
