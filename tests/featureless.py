"""Pictures with nothing on them to read: paper, desks, cloth, static, light."""

from collections.abc import Callable

import numpy as np
import photos
from scipy import ndimage


def _plain(shape: tuple[int, int], color: float) -> np.ndarray:
    return np.full((*shape, 3), color, np.float32)


def empty_paper(shape: tuple[int, int], rng: np.random.Generator) -> bytes:
    """A sheet in uneven light, often with a shadow across it."""
    paper = photos.on_paper(np.zeros(shape, np.float32), rng)
    return photos.jpeg(photos.in_uneven_light(paper, rng))


def ruled_paper(shape: tuple[int, int], rng: np.random.Generator) -> bytes:
    """An exercise book on which nobody wrote."""
    sheet = _plain(shape, rng.uniform(0.75, 0.95))
    cell, thick = int(max(shape) * rng.uniform(0.04, 0.1)), max(1, int(max(shape) * 0.003))
    for top in range(int(rng.integers(cell)), shape[0], cell):
        sheet[top : top + thick] *= 0.6
    if rng.random() < 0.6:
        for left in range(int(rng.integers(cell)), shape[1], cell):
            sheet[:, left : left + thick] *= 0.6
    return photos.jpeg(photos.in_uneven_light(sheet, rng))


def gradient(shape: tuple[int, int], rng: np.random.Generator) -> bytes:
    """Light that falls off, without a grain."""
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    angle, curve = rng.uniform(0, 6), rng.uniform(-0.4, 0.4)
    light = 0.5 + 0.3 * (x * np.cos(angle) + y * np.sin(angle)) + curve * (x**2 + y**2 - 0.7)
    return photos.jpeg(np.dstack([(255 * light.clip(0, 1)).astype(np.uint8)] * 3))


def wood(shape: tuple[int, int], rng: np.random.Generator) -> bytes:
    """A desk: streaks along the grain, darker and lighter."""
    along = rng.uniform(15, 40)
    streaks = ndimage.gaussian_filter(
        rng.standard_normal(shape, np.float32), (rng.uniform(0.6, 3), along)
    )
    streaks += ndimage.gaussian_filter(rng.standard_normal(shape, np.float32), (6, 4 * along)) * 3
    y = np.arange(shape[0])[:, None] + 6 * np.sin(np.arange(shape[1])[None] / rng.uniform(60, 150))
    rings = np.sin(y / rng.uniform(4, 12) + 2 * photos.grain(shape, 80, rng))
    wave = 1 + rng.uniform(0.05, 0.14) * (streaks / streaks.std()) + rng.uniform(0.02, 0.1) * rings
    color = np.array([0.55, 0.38, 0.24]) * rng.uniform(0.6, 1.2)
    desk = (color * wave[..., None]).clip(0, 1).astype(np.float32)
    return photos.jpeg(photos.in_uneven_light(desk, rng))


def cloth(shape: tuple[int, int], rng: np.random.Generator) -> bytes:
    """Woven threads, with folds."""
    size = rng.uniform(2, 7)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    weave = np.sin(x / size) * np.sin(y / size) + 0.5 * photos.grain(shape, 2, rng)
    folds = photos.grain(shape, max(shape) / 5, rng)
    light = 1 + rng.uniform(0.08, 0.25) * weave + 0.15 * folds
    color = rng.uniform(0.2, 0.7, 3)
    return photos.jpeg(
        photos.in_uneven_light((color * light[..., None]).clip(0, 1).astype(np.float32), rng)
    )


def static(shape: tuple[int, int], rng: np.random.Generator) -> bytes:
    """Noise, of single pixels or of spots."""
    spots = photos.grain(shape, rng.choice([1, 2, 4, 8]), rng)
    return photos.jpeg(
        np.dstack([(128 + rng.uniform(10, 60) * spots).clip(0, 255).astype(np.uint8)] * 3)
    )


def clouds(shape: tuple[int, int], rng: np.random.Generator) -> bytes:
    """Soft spots of all sizes: a wall, a sky, a photo out of focus."""
    soft = sum(photos.grain(shape, max(shape) / n, rng) / n for n in (2, 4, 8, 16))
    picture = 128 + rng.uniform(30, 90) * soft
    return photos.jpeg(np.dstack([picture.clip(0, 255).astype(np.uint8)] * 3))


def plain(shape: tuple[int, int], rng: np.random.Generator) -> bytes:
    """One color."""
    return photos.jpeg(np.full((*shape, 3), rng.integers(0, 256, 3), np.uint8))


def blob(shape: tuple[int, int], rng: np.random.Generator) -> bytes:
    """A shadow or a thumb at the border, or one round spot out of focus."""
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    at = rng.uniform(-1, 1, 2)
    distance = np.hypot(x - at[0], y - at[1]) / rng.uniform(0.4, 0.9)
    light = 0.85 - 0.5 / (1 + np.exp((distance - 1) * rng.uniform(6, 15)))
    sheet = np.dstack([light] * 3).astype(np.float32)
    return photos.jpeg(photos.in_uneven_light(sheet, rng))


KINDS: dict[str, Callable[[tuple[int, int], np.random.Generator], bytes]] = {
    kind.__name__: kind
    for kind in (empty_paper, ruled_paper, gradient, wood, cloth, static, clouds, plain, blob)
}


def picture(kind: str, rng: np.random.Generator, side: int) -> bytes:
    """Return a JPEG of a kind, `side` pixels at its longer side."""
    shape = (side, round(side * rng.uniform(0.6, 1)))
    return KINDS[kind](shape if rng.random() < 0.5 else shape[::-1], rng)
