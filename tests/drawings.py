"""What somebody may draw on the pad: other fonts, strokes and shapes than in the training.

Everything is drawn on a sheet of 280x280 pixels with a round pen, as the pad does, and becomes
28x28 the MNIST way. Letters that look like a digit (O I l Z S B b q g o i z s) are left out.
"""

from itertools import chain, pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from denoiser.data import digits
from denoiser.data.handwriting import digit_of

SHEET = 280
PENS = (8, 40)  # pixels, as wide as the pad's
FONTS = ("STIXGeneral", "STIXGeneralItalic", "STIXGeneralBol", "DejaVuSansMono-Bold")
LETTERS = "ACDEFGHJKLMNPQRTUVWXYacdefhjkmnprtuvwxy"
# Places that the pen passes, x and y in tenths; | lifts it.
STROKES = {
    "A": "09 50 99 | 26 76", "C": "81 50 22 15 28 59 88", "D": "10 19 | 10 61 84 78 19",
    "E": "80 10 19 89 | 14 64", "F": "80 10 19 | 14 64", "G": "81 50 22 15 28 59 87 85 55",
    "H": "10 19 | 80 89 | 14 84", "J": "40 80 | 60 67 49 27", "K": "10 19 | 80 15 89",
    "L": "10 19 89", "M": "09 10 55 80 99", "N": "19 10 89 80", "P": "19 10 71 83 65 15",
    "T": "00 90 | 50 59", "Q": "50 22 15 28 59 87 84 72 50 | 66 99",
    "R": "19 10 71 83 65 15 | 55 89", "U": "10 17 39 69 87 80", "V": "00 59 90",
    "W": "00 29 54 79 90", "X": "10 89 | 80 19", "Y": "00 54 90 | 54 59",
    "a": "73 42 15 28 59 77 | 73 78 99", "d": "74 43 15 28 59 77 | 70 79",
    "e": "16 86 73 42 15 28 59 88", "f": "71 50 32 39 | 14 64", "h": "10 19 | 15 43 75 79",
    "k": "10 19 | 74 16 79", "x": "24 79 | 74 29", "m": "14 19 | 15 34 45 49 | 45 64 85 89",
    "n": "14 19 | 15 43 75 79", "p": "13 19 | 14 43 75 67 17", "r": "14 19 | 16 44 74",
    "t": "50 57 79 88 | 24 84", "u": "14 17 39 67 75 | 74 79", "y": "14 56 | 94 19",
}  # fmt: skip
DIGITS = {
    0: "50 32 25 28 59 77 74 62 50", 1: "31 50 59", 2: "32 50 71 54 29 79",
    3: "31 50 71 54 77 59 28", 4: "50 26 76 | 62 69", 5: "70 30 34 65 77 59 28",
    6: "60 33 27 49 77 55 36", 7: "20 70 49", 8: "71 50 32 55 77 59 37 55 71",
    9: "71 50 32 54 71 69",
}  # fmt: skip


def letters(count, rng):
    """Letters of fonts and of strokes, uint8 (count, 28, 28)."""
    return np.array([digit_of(_letter(rng)) for _ in range(count)])


def scribbles(count, rng):
    kinds = (_lissajous, _burst, _hatching, _brownian, _arcs)
    return np.array([digit_of(_sheet(rng, kinds[i % len(kinds)](rng))) for i in range(count)])


def numbers(count, rng):
    """Numbers of two or three digits, written by hand or with the mouse."""
    return np.array([digit_of(_number(rng)) for _ in range(count)])


def single_digits(count, rng):
    """The control: digits drawn like all else here, and what they are."""
    labels = rng.integers(10, size=count)
    return np.array([digit_of(_sheet(rng, _strokes(rng, DIGITS[i]))) for i in labels]), labels


def printed_digits(count, rng):
    labels = rng.integers(10, size=count)
    return np.array([digit_of(_print(rng, str(i))) for i in labels]), labels


def _letter(rng):
    if rng.random() < 0.5:
        return _print(rng, str(rng.choice(list(LETTERS))))
    return _sheet(rng, _strokes(rng, STROKES[str(rng.choice(list(STROKES)))]))


def _print(rng, text):
    name = FONTS[rng.integers(len(FONTS))]
    font = ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", 180)
    sheet = Image.new("L", (SHEET, SHEET))
    ImageDraw.Draw(sheet).text((SHEET / 2, SHEET / 2), text, 255, font, anchor="mm")
    turned = sheet.rotate(rng.normal(0, 5), Image.Resampling.BICUBIC)
    return np.asarray(turned, np.float32) / 255


def _strokes(rng, ways):
    places = [
        np.array([[int(x), int(y)] for x, y in way.split()], float) for way in ways.split(" | ")
    ]
    bent = [_smooth(rng, way + rng.normal(0, 0.25, way.shape)) for way in places]
    turn = rng.normal(0, 0.08)
    return [way @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]] for way in bent]


def _smooth(rng, way):
    """Round the corners of a way, more or less (Chaikin)."""
    for _ in range(rng.integers(0, 4)):
        corners = chain.from_iterable(
            (0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b) for a, b in pairwise(way)
        )
        way = np.array([way[0], *corners, way[-1]])
    return way


def _sheet(rng, strokes):
    """Draw strokes of any scale as large as a hand would, float32 in [0, 1], shape (280, 280)."""
    width, room = rng.uniform(*PENS), rng.uniform(130, 220)
    places = np.concatenate(strokes)
    scale = room / max(np.ptp(places, axis=0).max(), 1e-6)
    corner = SHEET / 2 - scale * (places.min(0) + places.max(0)) / 2
    sheet = Image.new("L", (SHEET, SHEET))
    pen = ImageDraw.Draw(sheet)
    for stroke in strokes:
        line = [tuple(place) for place in corner + scale * stroke]
        pen.line(line, 255, round(width), "curve")
        for x, y in line:
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), 255)
    return np.asarray(sheet, np.float32) / 255


def _number(rng):
    count = rng.integers(2, 4)
    if rng.random() < 0.5:
        ways = [_strokes(rng, DIGITS[int(rng.integers(10))]) for _ in range(count)]
        return _sheet(
            rng,
            [
                stroke + np.array([i * rng.uniform(7, 9), 0])
                for i, way in enumerate(ways)
                for stroke in way
            ],
        )
    chosen = digits.bundled("test").images[rng.integers(500, size=count)]
    row = np.zeros((60, 200), np.float32)
    left = 0
    for digit in chosen:
        columns = np.flatnonzero(digit.any(0))
        cut = digit[:, columns[0] : columns[-1] + 1] / 255
        top = rng.integers(14, 18)
        row[top : top + 28, left : left + cut.shape[1]] += cut
        left += cut.shape[1] + rng.integers(0, 7)
    return row.clip(0, 1)


def _lissajous(rng):
    t = np.linspace(0, 2 * np.pi, 200)
    a, b = rng.choice([(3, 2), (3, 4), (5, 4), (5, 3)])
    return [np.stack([np.sin(a * t + rng.uniform(0.4, 1.2)), np.sin(b * t)], 1)]


def _burst(rng):
    angles = np.arange(rng.integers(5, 10)) + rng.normal(0, 0.2)
    ends = [
        np.array([np.cos(a), np.sin(a)]) * rng.uniform(0.6, 1.2)
        for a in 2 * np.pi * angles / len(angles)
    ]
    return [np.array([[0, 0], end]) for end in ends]


def _hatching(rng):
    down = np.sort(rng.uniform(0, 1, rng.integers(9, 18)))
    return [np.stack([rng.uniform(0, 0.3, len(down)) + 0.7 * (np.arange(len(down)) % 2), down], 1)]


def _brownian(rng):
    return [np.cumsum(rng.normal(size=(rng.integers(40, 150), 2)), axis=0)]


def _arcs(rng):
    def arc():
        t = np.linspace(0, rng.uniform(2, 5), 30)[:, None] + rng.uniform(0, 6)
        return rng.uniform(0, 1.5, 2) + rng.uniform(0.3, 0.9) * np.concatenate(
            [np.cos(t), np.sin(t)], 1
        )

    return [arc() for _ in range(rng.integers(5, 9))]
