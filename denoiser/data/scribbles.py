"""Strokes of scribbles and shapes: lines without aim, squares, stars, arrows.

None is a digit, except by chance. What anybody could take for one, a circle or a slash, is left
out. Knows nothing of how they are drawn.
"""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from denoiser.data.drawing import Strokes, rounded

SWINGS = ((2, 3), (2, 5), (3, 4), (3, 5), (4, 5))  # not 1 and 2, which make an 8


def scribble(rng: np.random.Generator) -> Strokes:
    """Return some long line, round or jagged, in loops, to and fro, in one stroke or several.

    Its strokes are of any size, each float (n, 2).
    """
    return WAYS[rng.integers(len(WAYS))](rng)


def shape(rng: np.random.Generator) -> Strokes:
    """Return the strokes of some shape, by an unsteady hand, about from 0 to 1; float (n, 2)."""
    corners = SHAPES[rng.integers(len(SHAPES))]
    strokes = [np.array(stroke) + rng.normal(0, 0.025, (len(stroke), 2)) for stroke in corners]
    return [rounded(stroke) for stroke in strokes] if rng.random() < 0.2 else strokes


def _wandering(rng: np.random.Generator) -> Strokes:
    """A pen that turns now left, now right."""
    turns = ndimage.gaussian_filter1d(rng.normal(size=120), rng.uniform(3, 9)) * rng.uniform(0.8, 3)
    angles = np.cumsum(turns) + rng.uniform(0, 2 * np.pi)
    return [np.cumsum(np.stack([np.cos(angles), np.sin(angles)], 1), axis=0)]


def _jagged(rng: np.random.Generator) -> Strokes:
    return [rng.uniform(size=(rng.integers(6, 15), 2))]


def _tangled(rng: np.random.Generator) -> Strokes:
    return [rounded(stroke) for stroke in _jagged(rng)]


def _to_and_fro(rng: np.random.Generator) -> Strokes:
    count = rng.integers(5, 14)
    x = np.arange(count) / count * rng.uniform(0.5, 2.5)
    stroke = np.stack([x, np.arange(count) % 2 + rng.normal(0, 0.1, count)], 1)
    return [stroke if rng.random() < 0.5 else rounded(stroke)]


def _looped(rng: np.random.Generator) -> Strokes:
    t = np.linspace(0, 2 * np.pi * rng.uniform(2.2, 5), 160)
    forward, radius = rng.uniform(0.05, 0.35), 1 + rng.uniform(-0.12, 0.12) * t / np.pi
    wide = rng.uniform(0.4, 1)
    return [np.stack([forward * t + wide * radius * np.cos(t), radius * np.sin(t)], 1)]


def _spiral(rng: np.random.Generator) -> Strokes:
    t = np.linspace(0, 2 * np.pi * rng.uniform(1.8, 4), 160)
    return [np.stack([t * np.cos(t), t * np.sin(t)], 1)]


def _in_strokes(rng: np.random.Generator) -> Strokes:
    """Several lines that cross or do not."""
    strokes = [rng.uniform(size=(rng.integers(2, 5), 2)) for _ in range(rng.integers(3, 8))]
    return [rounded(stroke) if rng.random() < 0.5 else stroke for stroke in strokes]


def _swung(rng: np.random.Generator) -> Strokes:
    """A sum of swings, slow and fast, across and down: knots and rosettes."""
    t = np.linspace(0, 2 * np.pi, 200)[:, None]
    swings = np.arange(1, 6)
    heights = rng.normal(size=(2, 5)) / np.sqrt(swings)
    phases = rng.uniform(0, 2 * np.pi, (2, 5))
    return [np.stack([np.sin(t * swings + phases[axis]) @ heights[axis] for axis in (0, 1)], 1)]


def _knotted(rng: np.random.Generator) -> Strokes:
    """One swing across and another one down (Lissajous): fish and nets."""
    t = np.linspace(0, 2 * np.pi, 200)
    across, down = rng.permutation(SWINGS[rng.integers(len(SWINGS))])
    return [np.stack([np.sin(across * t + rng.uniform(0, np.pi)), np.sin(down * t)], 1)]


def _shaken(rng: np.random.Generator) -> Strokes:
    """A pen that trembles on its way."""
    steps = rng.normal(size=(rng.integers(20, 150), 2)) + rng.normal(0, 0.25, 2)
    return [np.cumsum(steps, axis=0)]


def _arched(rng: np.random.Generator) -> Strokes:
    """Parts of circles that lie about."""
    arcs = []
    for _ in range(rng.integers(3, 7)):
        t = np.linspace(0, rng.uniform(1.5, 5.5), 30) + rng.uniform(0, 2 * np.pi)
        arc = rng.uniform(0.2, 0.8) * np.stack([np.cos(t), np.sin(t)], 1)
        arcs.append(rng.uniform(0, 1.2, 2) + arc)
    return arcs


WAYS: tuple[Callable[[np.random.Generator], Strokes], ...] = (
    _wandering, _jagged, _tangled, _to_and_fro, _looped, _spiral, _in_strokes, _swung, _knotted,
    _shaken, _arched,
)  # fmt: skip

_STAR = [(0.5 + 0.5 * np.sin(a), 0.5 - 0.5 * np.cos(a)) for a in 0.8 * np.pi * np.arange(6)]
_WAVE = [(x, 0.5 + 0.25 * np.sin(12 * x)) for x in np.linspace(0, 1, 30)]
SHAPES: tuple[list[list[tuple[float, float]]], ...] = (
    [[(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]],  # square
    [[(0, 0), (1, 0), (1, 0.6), (0, 0.6), (0, 0)]],
    [[(0.5, 0), (1, 1), (0, 1), (0.5, 0)]],  # triangles
    [[(0, 0), (1, 0), (0.5, 1), (0, 0)]],
    [[(0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5), (0.5, 0)]],
    [_STAR],
    [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
    [[(0, 0.5), (1, 0.5)], [(0.5, 0), (0.5, 1)]],  # plus
    [[(0, 0.5), (1, 0.5)]],  # minus
    [[(0, 0.3), (1, 0.3)], [(0, 0.7), (1, 0.7)]],
    [[(0, 0.2), (1, 0.2)], [(0, 0.5), (1, 0.5)], [(0, 0.8), (1, 0.8)]],
    [[(0, 0.5), (1, 0.5)], [(0.6, 0.2), (1, 0.5), (0.6, 0.8)]],  # arrows
    [[(1, 0.5), (0, 0.5)], [(0.4, 0.2), (0, 0.5), (0.4, 0.8)]],
    [[(0.5, 1), (0.5, 0)], [(0.2, 0.4), (0.5, 0), (0.8, 0.4)]],
    [[(0.5, 0.3), (0.8, 0), (1, 0.3), (0.5, 1), (0, 0.3), (0.2, 0), (0.5, 0.3)]],  # heart
    [[(0, 0.6), (0.35, 1), (1, 0)]],  # tick
    [_WAVE],
    [[(0, 1), (0.25, 0), (0.5, 1), (0.75, 0), (1, 1)]],
    [[(0, 0), (0, 1), (1, 1)]],
    [[(0.3, 0), (0.3, 1)], [(0.7, 0), (0.7, 1)], [(0, 0.3), (1, 0.3)], [(0, 0.7), (1, 0.7)]],
)
