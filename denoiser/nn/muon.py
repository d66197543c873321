"""Muon for convolutions: Keras' optimizer, extended to kernels of four axes.

Knows optimizers only. Jordan and others: Muon, an optimizer for hidden layers
in neural networks (2024): momentum whose matrix is made orthogonal before each
step, so that rare directions learn as fast as common ones.
"""

import math
from typing import Any

import keras
from keras import ops

# Of fewer numbers an orthogonal matrix makes nothing better: biases, first and last layers.
SMALLEST_SIDE = 16
EPSILON = 1e-7


class ConvMuon(keras.optimizers.Muon):
    """Muon on matrices and on kernels, which are flattened to (rows x columns x in, out).

    Everything else, and kernels with a side below `SMALLEST_SIDE`, gets Adam at
    the same rate: Muon's steps are scaled to Adam's size, as in Liu and others:
    Muon is Scalable for LLM Training (2025), section 2.2.

    Args:
        learning_rate: A number, or a Keras schedule.
        **settings: Any others of Keras' Muon; without weight decay unless given here.
    """

    def __init__(self, learning_rate: Any = 1e-3, **settings: Any) -> None:
        plain = {"weight_decay": None, "adam_weight_decay": None}
        super().__init__(learning_rate, **(plain | settings))

    def _should_use_adamw(self, variable: Any) -> bool:
        shape = variable.shape
        return len(shape) < 2 or min(math.prod(shape[:-1]), *shape[-2:]) < SMALLEST_SIDE

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """Make a kernel's matrix nearly orthogonal, as Keras does, but with small products.

        Each of the iterations multiplies the matrix by a polynomial of its Gram
        matrix, whose side is that of the shorter one. So the polynomials are
        multiplied with one another first, and with the long matrix once.

        Args:
            x: float32, shape (..., in, out).
            steps: How many iterations; more bring the singular values closer to 1.

        Returns:
            float32 of the same shape.
        """
        matrix = _matrix(x)
        matrix = matrix / (ops.norm(matrix) + EPSILON)
        is_tall = matrix.shape[0] > matrix.shape[1]
        turned = ops.transpose(matrix)
        gram = turned @ matrix if is_tall else matrix @ turned
        product = identity = ops.eye(gram.shape[0])
        for _ in range(steps):
            factor = self.muon_a * identity + self.muon_b * gram + self.muon_c * gram @ gram
            product = factor @ product
            gram = factor @ gram @ factor
        return ops.reshape(matrix @ product if is_tall else product @ matrix, x.shape)

    def lr_adjust(self, x: Any) -> Any:
        """Scale a kernel's step as Keras scales that of a matrix."""
        return ops.reshape(super().lr_adjust(_matrix(x)), x.shape)


def _matrix(kernel: Any) -> Any:
    return ops.reshape(kernel, (-1, kernel.shape[-1]))
