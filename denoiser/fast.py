"""The same layers, computed with what a CPU is good at: matrix products.

`accelerated` copies a network and puts these layers where they pay. Each has
the weights, the name and, to float32 rounding, the answers of the Keras layer
it stands for, so weights move freely between the two. Knows no networks of
ours, only layers.
"""

from typing import Any

import keras
from keras import layers, ops


class PatchConv2D(layers.Conv2D):
    """A convolution of one channel, as one matrix product over the patches of a picture.

    Chellapilla, Puri, Simard: High Performance Convolutional Neural Networks
    for Document Processing (2006), section 4. With one channel a patch is as
    small as the kernel, so copying the patches is cheap.
    """

    @staticmethod
    def fits(layer: layers.Layer) -> bool:
        """Say whether `layer` is one that this class computes faster."""
        return (
            type(layer) is layers.Conv2D
            and layer.input.shape[-1] == 1
            and layer.padding == "same"
            and layer.dilation_rate == (1, 1)
        )

    def call(self, inputs: Any) -> Any:
        _, height, width, _ = inputs.shape
        (rows, columns), (down, across) = self.kernel_size, self.strides
        out_height, out_width = -(-height // down), -(-width // across)
        padded = ops.pad(
            inputs,
            ((0, 0), _same(height, rows, down), _same(width, columns, across), (0, 0)),
        )
        patches = ops.concatenate(
            [
                padded[:, i : i + down * out_height : down, j : j + across * out_width : across]
                for i in range(rows)
                for j in range(columns)
            ],
            axis=-1,
        )
        answer = ops.matmul(patches, ops.reshape(self.kernel, (rows * columns, self.filters)))
        return self.activation(answer + self.bias if self.use_bias else answer)


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return the pixels that "same" padding adds before and after `size` of them."""
    missing = max(0, (-(-size // stride) - 1) * stride + kernel - size)
    return missing // 2, missing - missing // 2


class ScatterConv2DTranspose(layers.Conv2DTranspose):
    """A transposed convolution to one channel: a matrix product, then shifted maps are added.

    Dumoulin, Visin: A guide to convolution arithmetic for deep learning (2016),
    section 4: every pixel stamps its kernel onto the answer.
    """

    @staticmethod
    def fits(layer: layers.Layer) -> bool:
        """Say whether `layer` is one that this class computes faster."""
        return (
            type(layer) is layers.Conv2DTranspose
            and layer.filters == 1
            and layer.strides == (1, 1)
            and layer.padding == "same"
            and layer.dilation_rate == (1, 1)
            and all(size % 2 for size in layer.kernel_size)
        )

    def call(self, inputs: Any) -> Any:
        _, height, width, channels = inputs.shape
        rows, columns = self.kernel_size
        stamps = ops.matmul(
            inputs, ops.transpose(ops.reshape(self.kernel, (rows * columns, channels)))
        )
        up, left = rows // 2, columns // 2
        stamps = ops.pad(stamps, ((0, 0), (up, up), (left, left), (0, 0)))
        answer = sum(
            stamps[:, i : i + height, j : j + width, -1 - (i * columns + j), None]
            for i in range(rows)
            for j in range(columns)
        )
        return self.activation(answer + self.bias if self.use_bias else answer)


FASTER = (PatchConv2D, ScatterConv2DTranspose)


def accelerated(network: keras.Model) -> keras.Model:
    """Copy a network, weights and all, with faster layers where there are some.

    Returns:
        A network that shares nothing with `network` and answers as it does.
    """

    def copied(layer: layers.Layer) -> layers.Layer:
        faster = next((kind for kind in FASTER if kind.fits(layer)), type(layer))
        return faster.from_config(layer.get_config())

    copy = keras.models.clone_model(network, clone_function=copied, recursive=True)
    copy.set_weights(network.get_weights())
    return copy
