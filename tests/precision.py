"""Keras in another precision, as the reference for what a browser computes in float32."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from denoiser.nn import networks


@contextmanager
def counting_in(dtype: str) -> Iterator[None]:
    """Let Keras make layers of this dtype: "float64" rounds so little that all machines agree."""
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    yield
    keras.config.set_floatx(before)
    keras.config.set_dtype_policy(before)


def variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Return the weights of a model made in the precision of now, by the names of their tensors."""
    return {
        f"{layer.name}.{variable.name}": variable
        for layer in networks.flat_layers(model)
        for variable in layer.weights
        if variable.dtype == keras.config.floatx()
    }
