"""What each layer of a shipped model gives in Keras, also while something in it is changed."""

from collections.abc import Callable

import numpy as np

from denoiser.models import store as models
from denoiser.nn import inference, networks

Change = Callable[[np.ndarray], np.ndarray]


def activations(
    name: str, pictures: np.ndarray, changed: str | None = None, change: Change | None = None
) -> dict[str, np.ndarray]:
    """Return what each layer gives, float32, (n, ...), by its name.

    Args:
        name: Of the model.
        pictures: float32, shape (n, 28, 28).
        changed: A layer whose output goes through `change` before others read it; or none.
        change: Gets a copy of the layer's output, and returns what stands for it.
    """
    in_keras = {layer.name: layer for layer in networks.flat_layers(inference.load_keras(name))}
    values: dict[str, np.ndarray] = {}
    for node in models.load(name).graph:
        inputs = [values[before] for before in node["inputs"]]
        if inputs:
            given = in_keras[node["name"]](inputs if len(inputs) > 1 else inputs[0])
            values[node["name"]] = np.asarray(given)
        else:
            values[node["name"]] = pictures[..., None]
        if change and node["name"] == changed:
            values[changed] = change(values[changed].copy())
    return values
