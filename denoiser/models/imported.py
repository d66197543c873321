"""Weights out of a visitor's file: bytes in, settings and tensors out.

Two kinds of file are known, by their content: safetensors, and Keras' own
`.keras`. Nothing that such a file says of a network is believed or run. Of a
`.keras` file, only the tensors in its `model.weights.h5` are read, not the
network that its `config.json` describes; of a safetensors file, the tensors and
the settings, which are validated like any. Which of our networks it is, our
code finds out from the tensors, and it is our code that builds it
(`inference.from_imported`). This module loads no TensorFlow.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np
from safetensors.numpy import load as from_safetensors

from denoiser.config import CLASSIFIER, SETTINGS, TrainConfig
from denoiser.errors import DenoiserError, ModelError
from denoiser.files import hdf5, zips
from denoiser.files.atomic import MAX_UPLOAD
from denoiser.models import architectures, layers, sizes
from denoiser.models.layers import Layer

KERAS_WEIGHTS = "model.weights.h5"
OPTIMIZER = "optimizer"  # in a file of a training that can go on; not needed here
MAX_METADATA = 2**20
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
        tensors: All finite float32, by `<layer>.<weight>` or by path in a `.keras` file
            (`layers.keras_paths`). Not compared with the network yet.
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
        weights = _from_keras(content) if content.startswith(_ZIP) else _from_safetensors(content)
        weights = replace(weights, config=config or weights.config)
        _check(weights)
    except ModelError:
        raise
    except DenoiserError as error:
        raise ModelError("weights: {error}", error=error) from error
    except Exception as error:  # parsers raise many types on damaged files
        raise _refused(
            "expected a readable .safetensors or .keras file ({error})", error=error
        ) from error
    return weights


def _from_keras(content: bytes) -> Weights:
    with zips.open_zip(content, _refused) as archive:
        found = archive.namelist().count(KERAS_WEIGHTS)
        if found != 1:
            raise _refused(
                "expected one file {keras_weights} in the .keras file, got {found}",
                keras_weights=KERAS_WEIGHTS,
                found=found,
            )
        tensors = hdf5.arrays(zips.read(archive, KERAS_WEIGHTS), skipped={OPTIMIZER})
    return Weights(_network_of(tensors), tensors)


def _from_safetensors(content: bytes) -> Weights:
    if len(content) > MAX_UPLOAD:
        raise _refused(
            "expected at most {max_upload:,} bytes, got {count:,}",
            max_upload=MAX_UPLOAD,
            count=len(content),
        )
    if content.startswith(hdf5.SIGNATURE):
        raise _refused("expected a .safetensors or .keras file, got HDF5; save it as .keras")
    size = int.from_bytes(content[:8], "little")
    if size > MAX_METADATA:
        raise _refused("expected a readable .safetensors or .keras file, this is neither")
    tensors = from_safetensors(content)
    metadata = json.loads(content[8 : 8 + size]).get("__metadata__", {})
    if _SETTINGS in metadata:
        return Weights(TrainConfig.from_json(metadata[_SETTINGS]), tensors)
    return Weights(_network_of(tensors), tensors)


def _telling() -> Iterator[tuple[list[str], str, str]]:
    """Yield the names of the tensors that tell networks apart: in our files, then in Keras'.

    Each time: kernels of as many convolutions as an encoder can have, the kernel that makes
    the latent vector, and the U-Net's first one.
    """
    most = SETTINGS["filters"].most
    tutorial = architectures.tutorial(2**most, 2**most, 1, (1,) * most, 1)
    unet = architectures.unet()
    *convolutions, latent = _kernels(tutorial[0])
    first = _kernels(unet)[0]
    yield convolutions, latent, first
    paths = {name: path for models in (tutorial, [unet])
             for path, name in layers.keras_paths(models).items()}  # fmt: skip
    yield [paths[name] for name in convolutions], paths[latent], paths[first]


def _kernels(network: Sequence[Layer]) -> list[str]:
    return [name for name in layers.weights(network) if name.endswith(".kernel")]


def _network_of(tensors: Tensors) -> TrainConfig:
    """Tell a network by tensors that it alone has, and its sizes by their shapes."""
    for convolutions, latent, unet in _telling():
        if convolutions[0] in tensors and latent in tensors:
            present = takewhile(tensors.__contains__, convolutions)
            return TrainConfig(
                network="tutorial",
                filters=tuple(_outputs(tensors[name]) for name in present),
                latent_dim=_outputs(tensors[latent]),
            )
        if unet in tensors:
            return TrainConfig(network="unet")
    names = ", ".join(name[:MAX_NAME] for name in sorted(tensors)[:3]) or "none"
    raise _refused(
        "expected those of the tutorial's autoencoder (encoder and decoder) or of the lab's "
        "U-Net, got others: {names}",
        names=names,
    )


def _outputs(kernel: np.ndarray) -> int:
    return kernel.shape[-1] if kernel.ndim else 0


def _check(weights: Weights) -> None:
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
                "{name}: expected float32 numbers, got {dtype}", name=name, dtype=tensor.dtype
            )
        if not np.isfinite(tensor).all():
            raise _refused("{name}: expected finite numbers, got NaN or infinity", name=name)
