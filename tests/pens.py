"""Digits as pens write them: a sheet that is written on, by a font of strokes or by MNIST's people.

A sheet is drawn at twice its size and made small at last: strokes get grey edges.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

FINER = 2  # drawn that much larger, then made small: strokes get grey edges

# Strokes of digits in a box of width 0.6 and height 1: places x,y in hundredths of the height.
# The first of each is the plainest; a space ends a stroke's place, a semicolon a stroke.
FONT = {
    0: [
        "30,0 8,18 2,50 9,84 30,100 51,84 58,50 52,18 30,0",
        "36,2 12,14 4,55 20,96 48,88 58,50 50,14 28,4",
    ],
    1: ["30,0 30,100", "34,0 26,100", "8,26 34,0 34,100"],
    2: [
        "6,22 16,4 38,0 54,14 52,36 30,68 4,98 60,98",
        "4,26 20,2 48,6 52,32 24,72 2,97 30,94 62,99",
    ],
    3: [
        "6,10 30,0 54,16 48,38 24,46 52,56 58,78 38,98 4,90",
        "6,3 54,3 26,40 52,50 56,80 30,99 3,86",
    ],
    4: [
        "40,0 2,66 62,66; 42,30 42,100",
        "44,0 4,62 64,62; 46,0 46,100",
        "12,0 6,56 62,54; 46,14 42,100",
    ],
    5: [
        "54,2 12,2 8,44 34,38 56,54 54,82 30,99 4,90",
        "10,4 8,46 36,38 58,58 52,86 26,99 2,88; 10,3 56,2",
    ],
    6: [
        "48,0 20,24 5,62 14,93 36,100 54,86 54,64 36,52 12,62",
        "36,0 10,40 4,74 20,98 48,94 56,72 38,54 8,68",
    ],
    7: ["2,3 58,3 24,100", "4,6 58,2 38,46 28,100; 16,50 54,48", "3,2 56,4 42,40 34,100"],
    8: [
        "52,12 28,0 10,16 24,42 50,60 54,86 30,100 6,84 12,60 44,38 52,12",
        "30,46 10,28 14,6 34,0 52,12 48,32 28,48 6,70 10,94 34,100 54,86 50,62 30,46",
    ],
    9: [
        "54,22 34,0 10,10 6,36 24,52 48,40 54,20 48,70 34,100",
        "52,8 22,2 5,24 18,48 46,42 54,12 54,56 50,100",
    ],
}
APART = {
    4: "10,0 2,62 42,62; 60,22 54,100",
    5: "12,16 8,48 36,40 58,60 52,86 28,99 4,90; 14,0 58,-2",
}
ROUND = {0, 2, 3, 5, 6, 8, 9}  # strokes that bend; the others have corners


@dataclass(frozen=True)
class Digit:
    """A digit on a page.

    Attributes:
        label: 0 to 9.
        points: Where its ink is, x and y in the picture's pixels, float, shape (n, 2).
        whole: It is all on the page; else it only has to be said.
        alone: It touches no other digit; else it may be found, or said.
    """

    label: int
    points: np.ndarray
    whole: bool = True
    alone: bool = True

    @property
    def box(self) -> np.ndarray:
        """Left, top, right and bottom, float, shape (4,)."""
        return np.concatenate([self.points.min(0), self.points.max(0)])


@dataclass
class Sheet:
    """A sheet that is being written on.

    Attributes:
        size: Width and height in pixels.
        rng: Source of all that differs between sheets.
        digits: What was written, with places in the sheet's pixels.
    """

    size: tuple[int, int]
    rng: np.random.Generator
    people: tuple[np.ndarray, np.ndarray] | None  # MNIST's digits and labels, if they write
    digits: list[Digit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.side = max(self.size)
        fine = tuple(FINER * n for n in self.size)
        self.ink, self.print = Image.new("L", fine), Image.new("L", fine)
        self.pen = self.rng.uniform(0.05, 0.13)  # of a digit's height
        self.slant = self.rng.uniform(-0.05, 0.2)
        self.handmade = self.rng.uniform(0.01, 0.03)  # how far places are from the font's

    # Lines

    def line(self, points: np.ndarray, width: float, printed: bool = False) -> None:
        """Draw through points (n, 2) in the sheet's pixels, `width` in pixels."""
        draw = ImageDraw.Draw(self.print if printed else self.ink)
        wide = max(1, round(width * FINER))
        places = [tuple(point) for point in np.asarray(points, float) * FINER]
        draw.line(places, 255, wide, "curve")
        if not printed:
            for x, y in (places[0], places[-1]):
                draw.ellipse([x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2], 255)

    def by_hand(self, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
        """Draw a line from hand to hand: it shakes a little and bows."""
        share = np.linspace(0, 1, 12)[:, None]
        points = np.array(start) * (1 - share) + np.array(end) * share
        length = math.dist(start, end)
        across = np.array([end[1] - start[1], start[0] - end[0]]) / max(length, 1)
        bow = self.rng.uniform(-0.01, 0.01) * length * np.sin(np.pi * share)
        shake = self.rng.normal(0, 0.0012 * length + 0.1, (12, 1))
        self.line(points + across * (bow + shake), width)

    # Digits

    def write(self, label: int, x: float, y: float, height: float, **options: object) -> float:
        """Write a digit; its top left corner is x, y. Returns where it ends on the right.

        Args:
            label: 0 to 9.
            x, y, height: In pixels.
            options: `whole` and `alone` of the digit; `apart`: its parts do not touch.
        """
        apart = bool(options.pop("apart", False))
        if self.people is not None and not apart:
            mask = self._by_people(label, height)
        else:
            mask = self._by_font(label, height, apart)
        top, first = round(y * FINER), round(x * FINER)
        self.ink.paste(255, (first, top), Image.fromarray(mask))
        rows, columns = np.nonzero(mask > 127)
        ends = [line.argmin() for line in (rows, columns, -rows, -columns)]
        chosen = np.r_[np.linspace(0, len(rows) - 1, 300).astype(int), ends]
        points = np.stack([columns[chosen] + first, rows[chosen] + top], 1) / FINER
        self.digits.append(Digit(label, points, **options))  # type: ignore[arg-type]
        return float(points[:, 0].max())

    def _by_font(self, label: int, height: float, apart: bool) -> np.ndarray:
        """Return the ink of a digit that strokes make, cropped; uint8."""
        rng, side = self.rng, height * FINER
        forms = FONT[label]
        form = APART[label] if apart else forms[rng.integers(len(forms))]
        pen = max(1.6 * FINER, self.pen * side)
        wide, turn = rng.uniform(0.85, 1.15), rng.uniform(-0.07, 0.07)
        canvas = Image.new("L", (int(2.2 * side + pen), int(2 * side + pen)))
        draw = ImageDraw.Draw(canvas)
        for stroke in form.split("; "):
            places = np.array([place.split(",") for place in stroke.split()], float) / 100
            if not apart:
                places += rng.normal(0, self.handmade, places.shape)
            x, y = wide * places[:, 0] + self.slant * (0.5 - places[:, 1]), places[:, 1]
            x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
            curve = np.stack([x, y], 1) * (side - pen) + side / 2
            if label in ROUND and len(curve) > 2:
                curve = smooth(curve)
            draw.line([tuple(p) for p in curve], 255, round(pen), "curve")
            for px, py in curve[[0, -1]]:
                draw.ellipse([px - pen / 2, py - pen / 2, px + pen / 2, py + pen / 2], 255)
        return cropped(np.asarray(canvas))

    def _by_people(self, label: int, height: float) -> np.ndarray:
        """Return the ink of one of MNIST's digits, cropped; uint8."""
        images, labels = self.people  # type: ignore[misc]
        image = cropped(images[self.rng.choice(np.flatnonzero(labels == label))], 40)
        tall = max(6, round(height * FINER))
        wide = max(2, round(image.shape[1] * tall / image.shape[0]))
        large = Image.fromarray(np.pad(image, 1)).resize((wide, tall), Image.Resampling.BICUBIC)
        sharp = np.clip((np.asarray(large, np.float32) / 255 - 0.3) / 0.4, 0, 1)
        return cropped((sharp * 255).astype(np.uint8))

    def row(
        self, labels: list[int], x: float, y: float, height: float, gap: float = 0.35, **options
    ) -> float:
        """Write digits side by side; returns where the last ends.

        Args:
            gap: Between them, in shares of their height; as much again at random.
        """
        for label in labels:
            lower = height * self.rng.uniform(-0.06, 0.06)
            x = self.write(label, x, y + lower, height * self.rng.uniform(0.92, 1.06), **options)
            x += height * gap * self.rng.uniform(0.7, 1.4)
        return x

    def any_digits(self, count: int) -> list[int]:
        """Return digits at random."""
        return self.rng.integers(0, 10, count).tolist()

    @property
    def stroke(self) -> float:
        """Share of the height that the pen is wide, in a row of usual digits."""
        return self.pen


def smooth(points: np.ndarray) -> np.ndarray:
    """Return points on a Catmull-Rom spline through points (n, 2), float."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
                   + (3 * b - 3 * c + d - a) * t**3)
        )  # fmt: skip
    return np.concatenate([*parts, points[-1:]])


def cropped(picture: np.ndarray, above: int = 60) -> np.ndarray:
    """Return the part of a picture (h, w) that has ink, of the same dtype."""
    rows, columns = (np.flatnonzero((picture > above).any(axis)) for axis in (1, 0))
    return np.ascontiguousarray(picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
