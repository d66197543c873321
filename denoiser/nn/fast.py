"""The same layers, computed with what a CPU is good at: matrix products.

`accelerated` copies a network and puts these layers where they pay. Each has
the weights, the name and, to float32 rounding, the answers and the gradients of
the Keras layer it stands for, so weights move freely between the two. Knows no
networks of ours, only layers.

They pay when XLA compiles the step, which makes one loop of what stands between
two products; without it, each shift and sum is a pass of its own through memory.
"""

import math
from typing import Any

import keras
import tensorflow as tf
from keras import layers, ops

# Below this, numbers of one digit, XLA's own sums are as fast as products with ones.
LARGE_MAP = 4096


class Im2ColConv2D(layers.Conv2D):
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
        """Convolve maps of shape (n, height, width, 1), as `Conv2D.call` does."""
        patches = _patches(inputs, self.kernel_size, self.strides)
        answer = ops.matmul(patches, ops.reshape(self.kernel, (-1, self.filters)))
        answer = ops.reshape(answer, (-1, *self.compute_output_shape(inputs.shape)[1:]))
        return self.activation(answer + self.bias if self.use_bias else answer)


class Col2ImConv2DTranspose(layers.Conv2DTranspose):
    """A transposed convolution as one matrix product, of which shifted maps are added.

    Dumoulin, Visin: A guide to convolution arithmetic for deep learning (2016),
    section 4: every pixel stamps its kernel, times itself, onto the answer.
    XLA would put zeros between the pixels and multiply those as well.
    """

    @staticmethod
    def fits(layer: layers.Layer) -> bool:
        """Say whether `layer` is one that this class computes faster."""
        return (
            type(layer) is layers.Conv2DTranspose
            and layer.padding == "same"
            and layer.dilation_rate == (1, 1)
            and layer.output_padding is None
            and all(k >= s for k, s in zip(layer.kernel_size, layer.strides, strict=True))
        )

    def call(self, inputs: Any) -> Any:
        """Convolve maps of shape (n, height, width, channels), as `Conv2DTranspose.call` does."""

        @ops.custom_gradient
        def stamped(inputs: Any, kernel: Any) -> Any:
            def gradients(upstream: Any) -> tuple[Any, Any]:
                return self._gradients(inputs, kernel, upstream)

            return self._stamp(inputs, kernel), gradients

        answer = stamped(inputs, tf.convert_to_tensor(self.kernel))
        return self.activation(answer + self.bias if self.use_bias else answer)

    def _stamp(self, inputs: Any, kernel: Any) -> Any:
        _, height, width, channels = inputs.shape
        (rows, columns), (down, across) = self.kernel_size, self.strides
        stamps = ops.matmul(
            ops.reshape(inputs, (-1, channels)),
            ops.transpose(ops.reshape(kernel, (-1, channels))),
        )
        stamps = ops.reshape(stamps, (-1, height, width, rows, columns * self.filters))
        taps = ops.split(stamps, columns, axis=-1)
        stamps = ops.concatenate(_overlapped(taps, across, axis=2), axis=-1)
        taps = [stamps[:, :, :, row] for row in range(rows)]
        answer = ops.stack(_overlapped(taps, down, axis=1), axis=2)
        return ops.reshape(answer, (-1, down * height, across * width, self.filters))

    def _gradients(self, inputs: Any, kernel: Any, upstream: Any) -> tuple[Any, Any]:
        channels = inputs.shape[-1]
        if self.filters == 1:
            patches = _patches(upstream, self.kernel_size, self.strides)
            of_inputs = ops.matmul(patches, ops.reshape(kernel, (-1, channels)))
            of_kernel = ops.matmul(ops.transpose(patches), ops.reshape(inputs, (-1, channels)))
            return ops.reshape(of_inputs, ops.shape(inputs)), ops.reshape(of_kernel, kernel.shape)
        return ops.conv(upstream, kernel, self.strides, "same"), tf.raw_ops.Conv2DBackpropFilter(
            input=upstream,
            filter_sizes=kernel.shape,
            out_backprop=inputs,
            strides=[1, *self.strides, 1],
            padding="SAME",
        )


class MatmulBatchNormalization(layers.BatchNormalization):
    """A batch normalization whose sums over digits and pixels are products with ones.

    XLA adds up a map on one core, and multiplies matrices on all of them. The
    gradient is that of Ioffe, Szegedy: Batch Normalization (2015), section 3.
    """

    @staticmethod
    def fits(layer: layers.Layer) -> bool:
        """Say whether `layer` is one that this class computes faster."""
        return (
            type(layer) is layers.BatchNormalization
            and math.prod(layer.input.shape[1:]) > LARGE_MAP
            and layer.axis in (-1, len(layer.input.shape) - 1)
            and layer.scale
            and layer.center
            and not layer.renorm
        )

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalize maps of shape (n, ..., channels), as `BatchNormalization.call` does."""
        if not (training and self.trainable) or mask is not None:
            return super().call(inputs, training=training, mask=mask)
        answer, mean, variance = self._normalized(
            inputs, tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        )
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + ops.stop_gradient(now) * (1 - self.momentum))
        return answer

    def _normalized(self, inputs: Any, gamma: Any, beta: Any) -> tuple[Any, Any, Any]:
        @ops.custom_gradient
        def normalized(inputs: Any, gamma: Any, beta: Any) -> Any:
            count = ops.cast(ops.size(inputs) // inputs.shape[-1], inputs.dtype)
            mean = _sum(inputs) / count
            variance = _sum(ops.square(inputs - mean)) / count
            scale = ops.rsqrt(variance + self.epsilon)
            factor = gamma * scale

            def gradients(upstream: Any, *_: Any) -> tuple[Any, Any, Any]:
                of_beta = _sum(upstream)
                of_gamma = (_sum(upstream * inputs) - mean * of_beta) * scale
                spread = (of_beta + (inputs - mean) * (scale * of_gamma)) / count
                return (upstream - spread) * factor, of_gamma, of_beta

            answer = inputs * factor + (beta - mean * factor)
            return (answer, mean, variance), gradients

        answer, mean, variance = normalized(inputs, gamma, beta)
        return answer, mean, variance


FASTER = (Im2ColConv2D, Col2ImConv2DTranspose, MatmulBatchNormalization)


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


def _patches(inputs: Any, kernel_size: tuple[int, int], strides: tuple[int, int]) -> Any:
    """Lay out what each place of a "same" kernel sees of (n, h, w, 1), one row each."""
    _, height, width, _ = inputs.shape
    (rows, columns), (down, across) = kernel_size, strides
    out_height, out_width = -(-height // down), -(-width // across)
    padding = (_same(height, rows, down), _same(width, columns, across))
    padded = ops.pad(inputs, ((0, 0), *padding, (0, 0)))
    patches = [
        padded[:, i : i + down * out_height : down, j : j + across * out_width : across]
        for i in range(rows)
        for j in range(columns)
    ]
    return ops.reshape(ops.concatenate(patches, axis=-1), (-1, rows * columns))


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return the pixels that "same" padding adds before and after `size` of them."""
    missing = max(0, (-(-size // stride) - 1) * stride + kernel - size)
    return missing // 2, missing - missing // 2


def _overlapped(taps: list[Any], stride: int, axis: int) -> list[Any]:
    """Add the maps of a kernel's taps, each shifted as far along `axis` as it reaches.

    Returns:
        One map for each of the `stride` places that a pixel becomes.
    """
    before = (len(taps) - stride) // 2
    places: list[Any] = [0.0] * stride
    for tap, stamps in enumerate(taps):
        by, place = divmod(tap - before, stride)
        places[place] = places[place] + _shifted(stamps, by, axis)
    return places


def _shifted(maps: Any, by: int, axis: int) -> Any:
    """Move (n, h, w, ...) by `by` places along `axis`; zeros come in."""
    if not by:
        return maps
    padding, kept = [(0, 0)] * len(maps.shape), [slice(None)] * len(maps.shape)
    padding[axis] = (max(by, 0), max(-by, 0))
    kept[axis] = slice(max(-by, 0), maps.shape[axis] - max(by, 0))
    return ops.pad(maps[tuple(kept)], padding)


def _sum(maps: Any) -> Any:
    """Return the sum of each channel, (c,), of maps (n, ..., c)."""
    rows = ops.reshape(maps, (-1, maps.shape[-1]))
    return ops.matmul(ops.ones((1, ops.shape(rows)[0])), rows)[0]
