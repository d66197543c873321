"""Pages of handwritten digits as people photograph them, with what is on them.

Pages of all kinds (page_kinds.py) on many papers, some on a table, in uneven light, out of focus,
as a JPEG (photos.py).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import photos
from page_kinds import KINDS
from pens import FINER, Digit, Sheet
from PIL import Image
from skimage import transform

SIDES = (400, 700, 1000, 1000, 1600, 2400)  # pixels of a picture's longer side


@dataclass(frozen=True)
class Page:
    """A picture file, and the digits on it in reading order."""

    data: bytes
    digits: list[Digit]


def numbered(
    kind: str,
    seed: int,
    number: int,
    people: tuple[np.ndarray, np.ndarray],
    side: int | None = None,
) -> Page:
    """Write one of a seed's pages of a kind, as bench_pages.py does.

    Args:
        kind: One of `KINDS`.
        seed: Of all pages.
        number: Of this one among those of its kind.
        people: As `page` takes it.
        side: Pixels of the picture's longer side; one of `SIDES` where it is not given.
    """
    rng = np.random.default_rng([seed, list(KINDS).index(kind), number])
    return page(kind, rng, side or int(rng.choice(SIDES)), people)


def page(
    kind: str,
    rng: np.random.Generator,
    side: int,
    people: tuple[np.ndarray, np.ndarray],
) -> Page:
    """Write a page and photograph it.

    Args:
        kind: One of `KINDS`.
        rng: Source of all that differs between pages of a kind.
        side: Pixels of the picture's longer side.
        people: MNIST's digits, uint8 (n, 28, 28), and labels, int (n,): half of the pages are
            written by people, each digit by another, and half by the font of strokes.

    Returns:
        A JPEG, and what is on it in reading order.
    """
    share = rng.uniform(0.6, 1)
    size = (side, round(side * share)) if rng.random() < 0.7 else (round(side * share), side)
    on_table = kind == "note"
    scale = rng.uniform(0.45, 0.85) if on_table else 1
    sheet = Sheet(
        (round(size[0] * scale), round(size[1] * scale)),
        rng,
        people if rng.random() < 0.5 else None,
    )
    KINDS[kind](sheet)
    reflectance = _colored(sheet)
    digits = sheet.digits
    if on_table:
        reflectance, to_picture = _laid(reflectance, size, rng)
        digits = [Digit(d.label, to_picture(d.points), d.whole, d.alone) for d in digits]
    picture = photos.in_uneven_light(reflectance, rng)
    seen = (_within(digit, size) for digit in digits)
    return Page(photos.jpeg(picture), [digit for digit in seen if len(digit.points)])


def _within(digit: Digit, size: tuple[int, int]) -> Digit:
    """Return what is on the picture of a digit."""
    seen = ((digit.points >= 0) & (digit.points <= size)).all(1)
    return replace(digit, points=digit.points[seen], whole=digit.whole and bool(seen.all()))


def _colored(sheet: Sheet) -> np.ndarray:
    """Return what a sheet reflects, float32 (h, w, 3): ink on paper, or chalk on a board."""
    rng = sheet.rng
    ink, printed = (
        np.asarray(layer.reduce(FINER), np.float32)[..., None] / 255
        for layer in (sheet.ink, sheet.print)
    )
    if rng.random() < 0.06:
        paper = np.array(([0.1, 0.1, 0.11], [0.08, 0.2, 0.13])[rng.integers(2)])
        pen, lines = np.array([0.85, 0.85, 0.8]), np.array([0.45, 0.45, 0.45])
    else:
        papers = ([0.92, 0.91, 0.86], [0.93, 0.88, 0.45], [0.92, 0.7, 0.72], [0.8, 0.8, 0.78])
        paper = np.array(papers[rng.choice(4, p=[0.6, 0.16, 0.12, 0.12])]) * rng.uniform(0.85, 1)
        pens = ([0.1, 0.1, 0.12], [0.1, 0.15, 0.45], [0.3, 0.3, 0.32], [0.6, 0.12, 0.12])
        pen = np.array(pens[rng.choice(4, p=[0.4, 0.4, 0.12, 0.08])])
        colors = ([0.35, 0.4, 0.6], [0.3, 0.3, 0.3], [0.7, 0.35, 0.35], [0.35, 0.55, 0.4])
        lines = np.array(colors[rng.integers(4)])
    lines = paper + (lines - paper) * rng.uniform(0.35, 1.1)
    fibres = 1 + 0.015 * photos.grain(ink.shape[:2], 2, rng)[..., None]
    pressure = np.clip(0.92 + 0.08 * photos.grain(ink.shape[:2], 12, rng), 0.5, 1)[..., None]
    seen = paper * fibres * (1 - printed) + lines * printed
    return (seen * (1 - ink * pressure) + pen * ink * pressure).clip(0, 1).astype(np.float32)


def _laid(
    sheet: np.ndarray, size: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Lay a sheet on a table; return both, and what turns the sheet's places into the picture's."""
    width, height = size
    tall, wide = sheet.shape[:2]
    turn, skew = rng.uniform(-0.15, 0.15), rng.uniform(-0.04, 0.04, (4, 2))
    corners = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], float)
    placed = corners - [wide / 2, tall / 2] + skew * [wide, tall]
    rotate = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    placed = placed @ rotate
    placed *= min(1, *(0.97 * np.array(size) / np.ptp(placed, axis=0)))
    room = np.array(size) - np.ptp(placed, axis=0)
    placed += rng.uniform(0.02, 0.98, 2) * room - placed.min(0)
    to_picture = transform.ProjectiveTransform.from_estimate(corners, placed)
    colors = ([0.12, 0.12, 0.12], [0.35, 0.22, 0.12], [0.45, 0.43, 0.4], [0.55, 0.4, 0.25])
    color = np.array(colors[rng.integers(4)]) * rng.uniform(0.8, 1.1)
    streaks = np.array(
        Image.fromarray(rng.standard_normal((24, 3), np.float32)).resize(
            size, Image.Resampling.BICUBIC
        )
    )
    desk = color * (1 + 0.06 * streaks + 0.02 * photos.grain((height, width), 2, rng))[..., None]
    warped = transform.warp(sheet, to_picture.inverse, output_shape=(height, width), order=1)
    covered = transform.warp(
        np.ones(sheet.shape[:2]), to_picture.inverse, output_shape=(height, width), order=1
    )
    laid = desk * (1 - covered[..., None]) + warped * covered[..., None]
    return laid.astype(np.float32), to_picture
