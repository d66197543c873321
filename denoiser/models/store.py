"""Models: weights and a card, found by name, without TensorFlow.

A model is two files: its weights, `.safetensors`, whose metadata holds the
network's graph (see `layers.graph`) and the settings it was trained with;
and its card, `.json`. Shipped ones lie side by side under one name. This
module does not run a network.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from denoiser import assets
from denoiser.config import CLASSIFIER, RECIPES, TrainConfig
from denoiser.data.noise import ANY
from denoiser.errors import ConfigError, ModelError
from denoiser.files.atomic import write_whole

SHIPPED = assets.MODELS
MAX_BYTES = 16 * 2**20
DAMAGED = "damaged model"  # code of errors

_HELD_OUT = replace(RECIPES["best"], network="tutorial", data="mnist-held-out")
_CLEAN = replace(_HELD_OUT, noise_parameters={"mean": 0.0, "std": 0.0}, fresh_noise=False)
# A stranger to the denoisers: it judges them, so it changes as seldom as can be.
_CLASSIFIER = replace(_CLEAN, network=CLASSIFIER, epochs=14, batch_size=128)


@dataclass(frozen=True)
class Blueprint:
    """What a shipped model is called and how it is made again."""

    title: str
    summary: str
    config: TrainConfig


BLUEPRINTS: dict[str, Blueprint] = {
    "tutorial": Blueprint(
        "Tutorial autoencoder",
        "The tutorial's network: every digit passes through 16 numbers.",
        replace(_HELD_OUT, epochs=25),
    ),
    "unet": Blueprint(
        "U-Net",
        "Skip connections carry the strokes past the bottleneck: sharper digits.",
        replace(_HELD_OUT, network="unet"),
    ),
    "unet-any": Blueprint(
        "U-Net for any noise",
        "Trained on all kinds of noise, weak and strong, and never told which it is given.",
        replace(_HELD_OUT, network="unet", noise=ANY, noise_parameters={}, epochs=24),
    ),
    "plain": Blueprint(
        "Autoencoder without noise",
        "The tutorial's network, but it never saw noise in training.",
        replace(_CLEAN, epochs=4),
    ),
    "classifier": Blueprint(
        "Digit reader",
        "A classifier trained on clean digits and on what is none; it says how readable a "
        "picture is.",
        _CLASSIFIER,
    ),
}


@dataclass(frozen=True)
class Model:
    """A network's weights and what is known of them.

    Attributes:
        name: As in its file's name.
        card: Title, summary, settings, history and scores; {} where no card lies beside it.
        config: The settings it was trained with.
        tensors: Weights by name, `<layer>.<weight>`, float32, each of its layer's shape.
        graph: Its layers, as `layers.graph` gives them.
    """

    name: str
    card: dict[str, Any]
    config: TrainConfig
    tensors: dict[str, np.ndarray]
    graph: list[dict[str, Any]]


def names(folder: Path = SHIPPED) -> list[str]:
    """Return the names of the models in `folder`, sorted; [] where there are none."""
    return sorted(path.stem for path in folder.glob("*.safetensors"))


def load(name: str, folder: Path = SHIPPED) -> Model:
    """Load the model called `name`.

    Raises:
        ModelError: There is none of that name, or its files are damaged.

    Example:
        >>> model = load("tutorial")
        >>> sum(tensor.size for tensor in model.tensors.values())
        178769
    """
    if name not in (found := names(folder)):
        available = ", ".join(found) or "none; make them with: python -m denoiser ship"
        raise ModelError(
            "model: expected one of: {available}; got {name}", available=available, name=repr(name)
        )
    return load_files(folder / f"{name}.safetensors", folder / f"{name}.json")


def load_files(path: Path, card: Path) -> Model:
    """Load a model from its weights file and, where there is one, its card.

    Raises:
        ModelError: The file is missing, too large, damaged or not one of ours.
    """
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise _damaged(path, f"expected at most {MAX_BYTES:,} bytes, got {size:,}")
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        graph = _graph_from_json(metadata["graph"])
        config = TrainConfig.from_json(metadata["config"])
    except KeyError as error:
        raise _damaged(path, f"there is no {error} in it, which this program writes") from None
    except (OSError, SafetensorError, ValueError, RecursionError, ConfigError) as error:
        raise _damaged(path, getattr(error, "strerror", None) or str(error)) from error
    return Model(path.stem, read_card(card), config, tensors, graph)


def _graph_from_json(text: str) -> list[dict[str, Any]]:
    graph = json.loads(text)
    if not isinstance(graph, list) or not all(isinstance(node, dict) for node in graph):
        raise ValueError("its graph is no list of layers")
    return graph


def save(model: Model, path: Path, card: Path) -> None:
    """Write a model's weights to `path` and what is known of them to `card`, each whole.

    Raises:
        OSError: The folder cannot be written to.
    """
    save_weights(model, path)
    text = json.dumps(model.card, indent=2, ensure_ascii=False) + "\n"
    write_whole(card, text.encode(errors="backslashreplace"))  # file names may be no Unicode


def save_weights(model: Model, path: Path) -> None:
    """Write a model's weights to `path`, whole; raise `OSError` where that cannot be done."""
    metadata = {"graph": json.dumps(model.graph), "config": model.config.to_json()}
    write_whole(path, to_safetensors(model.tensors, metadata=metadata))


def read_card(path: Path) -> dict[str, Any]:
    """Return a model's card; {} where there is no such file.

    Raises:
        ModelError: It is no JSON object.
    """
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, getattr(error, "strerror", None) or str(error)) from error
    if not isinstance(card, dict):
        raise _damaged(path, f"expected a JSON object, got {type(card).__name__}")
    return card


def _damaged(path: Path, detail: str) -> ModelError:
    return ModelError(
        "A file of this model, {file}, is missing, damaged or not one of this lab. Where it was "
        "trained here, train it again; where it was shipped with the lab, install the lab anew.",
        code=DAMAGED,
        file=path.name,
        detail=detail,
    )
