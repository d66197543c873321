"""Small networks drawn at random, of every op with every option, and weights for them."""

import numpy as np

from denoiser.models import layers
from denoiser.models.layers import OPS, Layer, Shape, place

MOST_PIXELS = 150
MOST_UNITS = 5


def network(seed: int) -> list[Layer]:
    """Draw a network: up to eight layers, branches that come together, odd sizes."""
    rng = np.random.default_rng(seed)
    made = [Layer("input", "input", shape=_numbers(rng, 4, 11, 2) + _numbers(rng, 1, 4, 1))]
    for i in range(rng.integers(3, 9)):
        made.append(_layer(rng, f"layer_{i}", {p.layer.name: p.shape for p in place(made)}))
    return _used(made)


def _used(network: list[Layer]) -> list[Layer]:
    """Leave out the layers from which no path leads to the last one."""
    used = {network[-1].name}
    for layer in reversed(network):
        used |= set(layer.inputs) if layer.name in used else set()
    return [layer for layer in network if layer.name in used]


def weights(network: list[Layer], seed: int) -> dict[str, np.ndarray]:
    """Draw weights with which numbers neither vanish nor grow; float32."""
    rng = np.random.default_rng(seed)
    return {
        name: _tensor(rng, name.rpartition(".")[2], weight.shape)
        for name, weight in layers.weights(network).items()
    }


def _tensor(rng: np.random.Generator, name: str, shape: Shape) -> np.ndarray:
    if name == "kernel":
        tensor = rng.normal(size=shape) / np.sqrt(np.prod(shape[:-1]))
    elif name in ("gamma", "moving_variance"):
        tensor = rng.uniform(0.5, 1.5, shape)
    else:
        tensor = rng.normal(size=shape)
    return tensor.astype(np.float32)


def _layer(rng: np.random.Generator, name: str, shapes: dict[str, Shape]) -> Layer:
    """Draw a layer that fits on the last of `shapes`, or on one before it."""
    source = str(rng.choice(list(shapes)) if rng.random() < 0.3 else list(shapes)[-1])
    shape = shapes[source]
    needs_picture = ["conv2d", "conv2d_transpose", "max_pooling2d"]
    fitting = [op for op in OPS if op != "input"
               and not (op in needs_picture and len(shape) != 3)
               and not (op == "conv2d_transpose" and np.prod(shape[:2]) > MOST_PIXELS)]  # fmt: skip
    op = str(rng.choice([*fitting, *needs_picture * (len(shape) == 3)]))
    options = {option: _OPTIONS[option](rng, shape) for option in OPS[op].options}
    if options.get("padding") == "valid" and op != "conv2d_transpose":
        window = "pool_size" if op == "max_pooling2d" else "kernel"
        options[window] = tuple(min(pair) for pair in zip(options[window], shape, strict=False))
    return Layer(name, op, (source, *_partners(rng, op, source, shapes)), **options)


def _partners(
    rng: np.random.Generator, op: str, source: str, shapes: dict[str, Shape]
) -> tuple[str, ...]:
    """Draw the other inputs of an op that takes several."""
    axes = {"add": None, "concatenate": -1}
    if op not in axes:
        return ()
    alike = [name for name, shape in shapes.items()
             if shape[: axes[op]] == shapes[source][: axes[op]]]  # fmt: skip
    others = [name for name in alike if name != source] or alike
    return tuple(str(name) for name in rng.choice(others, rng.integers(1, 3)))


def _numbers(rng: np.random.Generator, low: int, high: int, count: int) -> tuple[int, ...]:
    return tuple(int(n) for n in rng.integers(low, high + 1, count))


def _shape(rng: np.random.Generator, shape: Shape) -> Shape:
    """Draw another shape of as many numbers; () for one axis."""
    count = int(np.prod(shape))
    divisors = [n for n in range(1, 8) if count % n == 0]
    across = int(rng.choice(divisors))
    return ((), (count,), shape[::-1], (count // across, across, 1))[rng.integers(4)]


_OPTIONS = {
    "shape": _shape,
    "units": lambda rng, shape: int(rng.integers(1, MOST_UNITS + 1)),
    "kernel": lambda rng, shape: _numbers(rng, 1, 4, 2),
    "pool_size": lambda rng, shape: _numbers(rng, 1, 3, 2),
    "strides": lambda rng, shape: _numbers(rng, 1, 3, 2),
    "padding": lambda rng, shape: str(rng.choice(["same", "valid"])),
    "use_bias": lambda rng, shape: bool(rng.integers(2)),
    "epsilon": lambda rng, shape: float(rng.choice([1e-3, 1e-5])),
    "negative_slope": lambda rng, shape: float(rng.choice([0.0, 0.2, 0.5])),
}
