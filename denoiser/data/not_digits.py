"""Pictures that are no digit, and digits as a pen or a printer draws them, made in code.

The classifier learns from them what it must not read: letters, signs, shapes, scribbles, several
digits at once, blank and speckled sheets, static, the grey mean of many digits. Digits are drawn in
the same ways, so that it does not learn to refuse a way of drawing. What nobody could tell from
a digit is left out: an O, an l, a circle, a slash. Every picture is uint8, shape (28, 28).

Knows nothing of networks or trainings.
"""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from denoiser.data import drawing, scribbles
from denoiser.data.digits import CLASSES, SIDE, Digits, as_uint8
from denoiser.data.handwriting import digit_of

NOT_A_DIGIT = CLASSES  # the label of all that is no digit

LETTERS = "ACDEFGHJKLMNPQRTUVWXYacdefhjkmnprtuvwxy"
LETTERS += "ADGJTUYehrtuy"  # these once more: one stroke makes a digit of them
SIGNS = "+-=*#%&@?<>~^:;ΓΔΛΞΠΣΦΨΩαλμπωψЖЩШЮЯЫФЦДИЛ"
SIGN_SHARE = 0.2

# A pen's ways for each digit and letter: places it passes, x and y in tenths; | lifts it.
DIGIT_WAYS: dict[int, tuple[str, ...]] = {
    0: ("50 31 23 26 39 59 78 84 72 50", "60 40 22 26 49 68 75 62 40"),
    1: ("50 59", "32 50 59", "32 50 59 | 29 89"),
    2: ("22 40 70 73 29 79", "21 51 72 54 29 89", "22 50 73 54 28 37 59 78"),
    3: ("21 50 72 54 76 59 28", "21 71 44 76 69 39 27", "20 70 34 64 77 59 29"),
    4: ("40 26 86 | 62 69", "50 26 86 | 60 69", "30 25 75 | 70 69", "70 26 86 | 70 79"),
    5: ("71 31 24 54 76 59 28", "30 25 65 78 59 29 | 30 70", "80 30 34 74 79 29"),
    6: ("61 33 26 38 59 77 55 36", "50 25 38 69 77 55 27", "70 43 27 49 78 65 37"),
    7: ("21 71 49", "20 80 49 | 35 75", "22 20 70 64 39"),
    8: ("72 50 32 54 77 59 37 54 72", "71 41 34 76 59 36 64 81", "50 32 54 72 50 | 54 27 59 77 54"),
    9: ("72 50 32 44 63 72 69", "71 40 33 54 71 79", "73 60 32 44 72 | 72 77 59 38"),
}

LETTER_WAYS = (
    "29 50 79 | 36 66", "29 40 60 79 | 36 66", "72 40 23 26 49 77", "70 20 29 79 | 25 65",
    "20 29 58 75 73 51 20", "20 29 | 20 60 83 86 59 29", "70 20 29 | 25 65", "10 80 | 50 59",
    "72 40 23 26 49 77 75 55", "72 51 24 27 59 78 76 | 56 86", "20 29 | 70 79 | 25 75",
    "60 66 58 38 26", "30 80 | 60 67 49 28", "20 29 | 70 25 79", "20 29 79", "19 20 55 80 89",
    "29 20 79 70", "20 29 | 20 60 82 64 25", "29 20 71 73 54 24", "50 23 26 49 76 72 50 | 57 89",
    "51 23 27 59 77 73 51 | 67 89", "20 29 | 20 60 82 64 25 79", "20 80 | 50 48", "20 27 49 77 70",
    "20 26 38 68 76 | 70 79", "20 59 80", "10 39 54 69 90", "20 79 | 70 29", "20 54 80 | 54 59",
    "20 44 70 | 70 39", "72 42 24 27 49 76 | 72 79", "33 52 73 79 | 75 45 37 49 77",
    "75 44 26 48 77 | 70 79", "26 75 53 34 26 38 59 78", "71 50 42 49 | 25 74",
    "20 29 | 25 44 65 69", "20 29 | 26 54 75 79", "20 29 | 73 26 79", "24 29 | 25 44 49 | 45 64 69",
    "23 29 | 25 44 64 75 79", "22 29 | 23 52 74 56 26", "33 39 | 35 54 74", "24 29 | 26 45 64 65",
    "51 58 69 78 | 33 73",
    "50 59 | 34 74", "23 27 49 67 | 73 79", "23 27 48 68 76 | 74 78 89", "23 54 | 73 38 29",
    "22 25 46 75 | 72 77 59 39", "53 57 48 27 | 51 51",
)  # fmt: skip

Rng = np.random.Generator


def draw(digits: Digits, count: int, rng: Rng) -> Digits:
    """Draw what a classifier must refuse, and digits that it must not.

    Args:
        digits: Labelled ones, to put several into one picture, to turn over, to draw again.
        count: How many pictures.
        rng: Where chance comes from.

    Returns:
        `count` pictures in random order; the label of what is no digit is `NOT_A_DIGIT`.

    Example:
        >>> from denoiser.data.digits import bundled
        >>> drawn = draw(bundled("train"), 20, np.random.default_rng(0))
        >>> drawn.images.shape, drawn.images.dtype
        ((20, 28, 28), dtype('uint8'))
    """
    kinds, shares = list(KINDS), np.array(list(KINDS.values()))
    chosen = rng.choice(len(kinds), count, p=shares / shares.sum())
    drawn = [kinds[kind](rng, digits) for kind in chosen]
    images = np.array([picture for picture, _ in drawn], np.uint8).reshape(-1, SIDE, SIDE)
    return Digits(images, np.array([label for _, label in drawn], np.uint8))


# Digits: each returns a picture, uint8 (28, 28), and its label


def printed_digit(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Draw a digit of a font, as printed or with a pen; uint8 (28, 28), and its label."""
    label = int(rng.integers(CLASSES))
    return digit_of(drawing.written(rng, str(label))), label


def penned_digit(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Draw a digit as a mouse does, with corners or round; uint8 (28, 28), and its label."""
    label = int(rng.integers(CLASSES))
    return _penned(rng, DIGIT_WAYS[label]), label


def redrawn_digit(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Draw a digit again with another pen; uint8 (28, 28), and its label."""
    picture, label = _any_digit(rng, digits)
    return digit_of(drawing.with_pen(drawing.enlarged(picture), drawing.pen(rng))), label


# What is none: each returns a picture, uint8 (28, 28), and that label


def letter(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Draw a letter or a sign of a font, as printed or with a pen, uint8 (28, 28)."""
    return digit_of(drawing.written(rng, _any_letter(rng))), NOT_A_DIGIT


def penned_letter(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Draw a letter as a mouse does, with corners or round, uint8 (28, 28)."""
    return _penned(rng, LETTER_WAYS), NOT_A_DIGIT


def several(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Put two or three digits, or letters, beside or above each other, uint8 (28, 28)."""
    inks = [_one_of_several(rng, digits) for _ in range(2 + (rng.random() < 0.25))]
    if rng.random() < 0.5:
        radius = drawing.pen(rng)
        inks = [drawing.with_pen(ink, radius) for ink in inks]
    inks = [drawing.cropped(ink) for ink in inks if ink.any()]
    if rng.random() < 0.12:
        return digit_of(_in_a_row(rng, [ink.T for ink in inks]).T), NOT_A_DIGIT
    return digit_of(_in_a_row(rng, inks)), NOT_A_DIGIT


def scribble(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Draw a long line without aim, turned any way, uint8 (28, 28)."""
    strokes = drawing.tilted(rng, scribbles.scribble(rng), turn=180)
    return digit_of(drawing.drawn(strokes, drawing.pen(rng))), NOT_A_DIGIT


def shape(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Draw a square, a star, an arrow, a tick, a bar, uint8 (28, 28)."""
    strokes = drawing.tilted(rng, scribbles.shape(rng))
    return digit_of(drawing.drawn(strokes, drawing.pen(rng))), NOT_A_DIGIT


def turned(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Turn or mirror a digit that is none then, uint8 (28, 28)."""
    label, turn = TURNS[rng.integers(len(TURNS))]
    of_class = np.flatnonzero(digits.known_labels == label)
    if not of_class.size:
        return blank(rng, digits)
    picture = np.ascontiguousarray(turn(digits.images[rng.choice(of_class)]))
    if rng.random() < 0.4:
        picture = digit_of(drawing.with_pen(drawing.enlarged(picture), drawing.pen(rng)))
    return picture, NOT_A_DIGIT


def blank(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Make an even sheet, black or grey, or one with specks or a blot, uint8 (28, 28)."""
    if rng.random() < 0.25:
        spot = _spot(rng.uniform(11, 17, 2), rng.uniform(3, 10), rng.uniform(0.6, 1.6))
        return as_uint8(spot), NOT_A_DIGIT
    picture = np.full((SIDE, SIDE), rng.choice([0, 0, rng.uniform()]), np.float32)
    for _ in range(rng.integers(0, 6)):
        spot = _spot(rng.uniform(2, SIDE - 2, 2), rng.uniform(0.3, 2.2))
        picture = np.maximum(picture, rng.uniform(0.2, 1) * spot)
    return as_uint8(picture), NOT_A_DIGIT


def static(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Make noise with nothing below it: fine or coarse, weak or strong, uint8 (28, 28)."""
    rough = rng.normal(size=(SIDE, SIDE))
    if rng.random() < 0.4:
        rough = ndimage.gaussian_filter(rough, rng.uniform(0.4, 3), mode="wrap")
        rough /= rough.std()
    picture = rng.uniform(-0.3, 0.7) + rng.uniform(0.03, 0.7) * rough
    if rng.random() < 0.3:
        picture = (rough > rng.uniform(0, 2)).astype(float)
    return as_uint8(np.clip(picture, 0, 1)), NOT_A_DIGIT


def ghost(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    """Take the grey mean of many digits, which a network makes of pure noise; uint8 (28, 28)."""
    chosen = rng.integers(len(digits), size=rng.integers(8, 40))
    mean = digits.images[chosen].mean(axis=0, dtype=np.float32) / 255
    if rng.random() < 0.5:
        mean = ndimage.gaussian_filter(mean, rng.uniform(0.5, 2))
    strength = rng.uniform(0.2, 1) / max(float(mean.max()), 1e-3)
    return as_uint8(np.clip(mean * strength, 0, 1)), NOT_A_DIGIT


KINDS: dict[Callable[[Rng, Digits], tuple[np.ndarray, int]], float] = {  # and shares of 100
    printed_digit: 5, penned_digit: 6, redrawn_digit: 5,
    letter: 22, penned_letter: 12, several: 12, scribble: 23, shape: 4,
    turned: 3, blank: 3, static: 3, ghost: 2,
}  # fmt: skip

TURNS: tuple[tuple[int, Callable[[np.ndarray], np.ndarray]], ...] = (  # digits that are none then
    *((label, np.rot90) for label in (3, 4, 7, 8)),
    *((label, lambda picture: np.rot90(picture, 3)) for label in (3, 4, 7, 8)),
    *((label, lambda picture: np.rot90(picture, 2)) for label in (3, 4, 7)),
    *((label, np.fliplr) for label in (3, 7)),
)


def _any_digit(rng: Rng, digits: Digits) -> tuple[np.ndarray, int]:
    i = rng.integers(len(digits))
    return digits.images[i], int(digits.known_labels[i])


def _any_letter(rng: Rng) -> str:
    return str(rng.choice(list(SIGNS if rng.random() < SIGN_SHARE else LETTERS)))


def _penned(rng: Rng, ways: tuple[str, ...]) -> np.ndarray:
    way = ways[rng.integers(len(ways))].split(" | ")
    strokes = [np.array([list(map(int, place)) for place in line.split()]) / 9 for line in way]
    strokes = [stroke + rng.normal(0, 0.035, stroke.shape) for stroke in strokes]
    if rng.random() < 0.6:
        strokes = [drawing.rounded(stroke) for stroke in strokes]
    return digit_of(drawing.drawn(drawing.tilted(rng, strokes), drawing.pen(rng)))


def _one_of_several(rng: Rng, digits: Digits) -> np.ndarray:
    kind = rng.random()
    if kind < 0.65:
        return drawing.enlarged(_any_digit(rng, digits)[0])
    if kind < 0.8:
        return drawing.printed(rng, str(rng.integers(CLASSES)))
    if kind < 0.92:
        return drawing.enlarged(penned_digit(rng, digits)[0])
    return drawing.written(rng, _any_letter(rng))


def _in_a_row(rng: Rng, inks: list[np.ndarray]) -> np.ndarray:
    """Lay inks side by side, near to each other, not quite at one height."""
    height = max(ink.shape[0] for ink in inks) + 12
    row = np.zeros((height, sum(ink.shape[1] + 30 for ink in inks)), np.float32)
    left = 0
    for ink in inks:
        top = int(rng.integers(height - ink.shape[0] + 1))
        place = row[top : top + ink.shape[0], left : left + ink.shape[1]]
        np.maximum(place, ink, out=place)
        left += max(1, ink.shape[1] + int(rng.integers(-4, 26)))
    return row


def _spot(center: np.ndarray, radius: float, squeeze: float = 1) -> np.ndarray:
    y, x = np.mgrid[:SIDE, :SIDE]
    far = np.hypot((x - center[0]) * squeeze, y - center[1])
    spot: np.ndarray = np.clip(radius - far + 0.5, 0, 1)
    return spot
