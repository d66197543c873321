"""Kinds of pages with digits: what is written and printed on each.

What they imitate was set before any was read: exercise books, forms, tables, sums, dates and notes,
in many sizes and pens.
"""

import math
from collections.abc import Callable

import numpy as np
from pens import APART, Sheet


def plain(sheet: Sheet) -> None:
    """One to three rows."""
    rows(sheet, int(sheet.rng.integers(1, 4)))


def rows(sheet: Sheet, count: int, top: float = 0.08, bottom: float = 0.92, gap: float = 0.35,
         height: float | None = None) -> None:  # fmt: skip
    """Fill a part of the sheet with rows of digits."""
    width, tall = sheet.size
    room = (bottom - top) * tall / count
    height = height or min(room * sheet.rng.uniform(0.5, 0.75), 0.16 * sheet.side)
    for i in range(count):
        x = width * sheet.rng.uniform(0.06, 0.15)
        fit = int((0.9 * width - x) / (height * (0.75 + gap)))
        labels = sheet.any_digits(max(1, min(fit, 8, int(sheet.rng.integers(2, 9)))))
        sheet.row(labels, x, top * tall + i * room + (room - height) / 2, height, gap)


def squared(sheet: Sheet) -> None:
    """Squared paper, its lines lighter or as dark as ink, a little askew."""
    rng, cell = sheet.rng, sheet.side * sheet.rng.uniform(0.035, 0.09)
    ruling(sheet, cell, rng.uniform(-0.04, 0.04), both=True)
    count = int(rng.integers(1, 4))
    rows(sheet, count, height=min(cell * rng.uniform(1.3, 2.2), 0.6 * sheet.size[1] / count))


def ruled(sheet: Sheet) -> None:
    """Ruled paper, at times with a margin."""
    rng, cell = sheet.rng, sheet.side * sheet.rng.uniform(0.06, 0.14)
    ruling(sheet, cell, rng.uniform(-0.04, 0.04), both=False)
    if rng.random() < 0.5:
        x = sheet.size[0] * 0.05
        sheet.line(np.array([[x, -9], [x + rng.uniform(-9, 9), sheet.size[1] + 9]]),
                   sheet.side * 0.002, printed=True)  # fmt: skip
    count = max(1, min(3, int(0.8 * sheet.size[1] / (2 * cell))))
    rows(sheet, count, height=min(cell * rng.uniform(0.7, 1.4), 0.6 * sheet.size[1] / count))


def ruling(sheet: Sheet, cell: float, slope: float, both: bool) -> None:
    """Print lines `cell` pixels apart."""
    width, height = sheet.size
    thick = sheet.side * sheet.rng.uniform(0.0012, 0.004)
    far = 2 * sheet.side
    turn = np.array([[math.cos(slope), -math.sin(slope)], [math.sin(slope), math.cos(slope)]])
    middle = np.array([width, height]) / 2
    start = sheet.rng.uniform(0, cell, 2)
    for axis in (0, 1) if both else (1,):
        for place in np.arange(start[axis] - sheet.side, sheet.side, cell):
            ends = np.array(
                [[-far, place], [far, place]] if axis else [[place, -far], [place, far]]
            )
            sheet.line(ends @ turn.T + middle, thick, printed=True)


def boxes_joined(sheet: Sheet) -> None:
    """A row of boxes of a form that share walls, one digit in each."""
    _boxes(sheet, gap=0)


def boxes_apart(sheet: Sheet) -> None:
    """A row of boxes of a form, one digit in each."""
    _boxes(sheet, gap=sheet.rng.uniform(0.15, 0.4))


def _boxes(sheet: Sheet, gap: float) -> None:
    rng, (width, height) = sheet.rng, sheet.size
    count = int(rng.integers(3, 9))
    side = min(0.85 * width / (count * (1 + gap)), 0.6 * height)
    tall, thick = side * rng.uniform(1, 1.3), sheet.side * rng.uniform(0.0015, 0.004)
    left, top = (width - count * side * (1 + gap)) / 2, (height - tall) / 2
    for label in sheet.any_digits(count):
        frame = [
            (left, top),
            (left + side, top),
            (left + side, top + tall),
            (left, top + tall),
            (left, top),
        ]
        sheet.line(np.array(frame), thick, printed=True)
        high = tall * rng.uniform(0.5, 0.75)
        x, y = left + side * rng.uniform(0.2, 0.35), top + (tall - high) * rng.uniform(0.3, 0.7)
        sheet.write(label, x, y, min(high, 0.85 * side))
        left += side * (1 + gap)


def table(sheet: Sheet) -> None:
    """A table with a digit or two in each cell, drawn with a ruler or by hand."""
    rng, (width, height) = sheet.rng, sheet.size
    down, across = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    cell_w, cell_h = 0.86 * width / across, 0.84 * height / down
    left, top = 0.07 * width, 0.08 * height
    ruler = rng.random() < 0.6
    thick = sheet.side * rng.uniform(0.0015, 0.005)
    high = min(cell_h * rng.uniform(0.45, 0.65), cell_w * 0.55)
    for i in range(down + 1):
        _wall(
            sheet,
            (left, top + i * cell_h),
            (left + across * cell_w, top + i * cell_h),
            thick,
            ruler,
        )
    for j in range(across + 1):
        _wall(
            sheet, (left + j * cell_w, top), (left + j * cell_w, top + down * cell_h), thick, ruler
        )
    two = cell_w > 2.6 * high
    for i in range(down):
        for j in range(across):
            x, y = (
                left + j * cell_w + cell_w * 0.2,
                top + i * cell_h + (cell_h - high) * rng.uniform(0.35, 0.65),
            )
            sheet.row(sheet.any_digits(2 if two and rng.random() < 0.5 else 1), x, y, high, 0.3)


def _wall(sheet: Sheet, start: tuple, end: tuple, thick: float, ruler: bool) -> None:
    if ruler:
        sheet.line(np.array([start, end]), thick, printed=True)
    else:
        sheet.by_hand(start, end, max(thick, 1.5))


def underlined(sheet: Sheet) -> None:
    """A number, underlined once or twice."""
    rng, (width, height) = sheet.rng, sheet.size
    high = min(0.45 * height, 0.2 * sheet.side)
    labels = sheet.any_digits(int(rng.integers(1, 6)))
    x, y = 0.1 * width, 0.15 * height
    end = sheet.row(labels, x, y, high, 0.25)
    below = y + high * rng.uniform(1.14, 1.35)
    thick = high * sheet.stroke * rng.uniform(0.5, 1)
    for i in range(int(rng.integers(1, 3))):
        line = below + i * high * 0.16
        start, slope = x - high * rng.uniform(0, 0.3), rng.uniform(-0.05, 0.05) * high
        sheet.by_hand((start, line), (end, line + slope), thick)


def circled(sheet: Sheet) -> None:
    """Numbers with a ring around each."""
    rng, (width, height) = sheet.rng, sheet.size
    count = int(rng.integers(1, 4))
    room = width / count
    for i in range(count):
        labels = sheet.any_digits(int(rng.integers(1, 3)))
        high = min(0.3 * height, 0.55 * room / (len(labels) + 0.3))
        x, y = i * room + 0.28 * room, 0.35 * height
        before = len(sheet.digits)
        sheet.row(labels, x, y, high, 0.2)
        inside = np.concatenate([digit.points for digit in sheet.digits[before:]])
        center, reach = (inside.min(0) + inside.max(0)) / 2, np.ptp(inside, axis=0) / 2
        turns = np.linspace(0, 2 * np.pi * rng.uniform(0.97, 1.06), 40) + rng.uniform(0, 6)
        ring = np.stack([np.cos(turns), np.sin(turns)], 1) * (reach * 1.4 + 0.16 * high)
        ring *= np.linspace(1, rng.uniform(0.97, 1.06), 40)[:, None]
        sheet.line(center + ring, high * sheet.stroke * rng.uniform(0.5, 1))


def sum_column(sheet: Sheet) -> None:
    """A sum or a difference in a column, with its sign and its rule."""
    rng, (width, height) = sheet.rng, sheet.size
    high = min(0.2 * height, 0.14 * sheet.side)
    columns = int(rng.integers(2, 4))
    step, left = high * rng.uniform(0.95, 1.2), 0.5 * width - columns * high / 2
    y = 0.08 * height
    for part in range(3):
        if part == 1:
            _sign(sheet, "+-"[rng.integers(2)], left - 1.3 * high, y + high / 2, high)
        if part == 2:
            rule = y - high * 0.05
            sheet.by_hand(
                (left - 1.2 * high, rule), (left + columns * step, rule), high * sheet.stroke
            )
            y += 0.12 * high
        for j, label in enumerate(sheet.any_digits(columns)):
            sheet.write(label, left + j * step, y, high * rng.uniform(0.92, 1.02))
        y += high * 1.3


def _sign(sheet: Sheet, sign: str, x: float, y: float, height: float) -> float:
    """Write + - = . , / : with the middle of its left side at x, y; returns where it ends."""
    wide, pen = height * 0.5, height * sheet.stroke
    slope = sheet.rng.uniform(-0.06, 0.06) * wide
    if sign in "+-":
        sheet.line(np.array([[x, y + slope], [x + wide, y - slope]]), pen)
    if sign == "+":
        sheet.line(
            np.array([[x + wide / 2 - slope, y - wide / 2], [x + wide / 2, y + wide / 2]]), pen
        )
    if sign == "=":
        for up in (-0.13, 0.13):
            sheet.line(np.array([[x, y + up * height + slope], [x + wide, y + up * height]]), pen)
    if sign in ".,:":
        wide = pen
        for up in (-0.2, 0.2) if sign == ":" else (0.45,):
            tail = 0.16 * height if sign == "," else 0.3 * pen
            at = y + up * height
            sheet.line(
                np.array([[x + pen / 2, at], [x + pen / 2 - 0.3 * tail, at + tail]]), pen * 1.1
            )
    if sign == "/":
        wide = height * sheet.rng.uniform(0.38, 0.55)
        over = height * sheet.rng.uniform(0.5, 0.62)
        sheet.line(np.array([[x, y + over], [x + wide, y - over]]), pen)
    return x + wide


def fraction(sheet: Sheet) -> None:
    """Fractions, one number over another."""
    rng, (width, height) = sheet.rng, sheet.size
    high, count = min(0.27 * height, 0.16 * sheet.side), int(rng.integers(1, 4))
    for i in range(count):
        x = width * (i + 0.25) / count
        upper = sheet.any_digits(int(rng.integers(1, 3)) if count < 3 else 1)
        y = 0.15 * height
        end = sheet.row(upper, x, y, high, 0.25)
        rule = y + high * 1.22
        end = max(end - 0.25 * high, x + 0.7 * high)
        sheet.by_hand((x - 0.2 * high, rule), (end + 0.15 * high, rule), high * sheet.stroke)
        sheet.row(sheet.any_digits(len(upper)), x, rule + 0.2 * high, high, 0.25)


def dates(sheet: Sheet) -> None:
    """Dates with slashes, dots or minus signs between the numbers."""
    rng, (width, height) = sheet.rng, sheet.size
    sign = "//./-"[rng.integers(5)]
    high = min(0.085 * width, 0.2 * height)
    for i in range(int(rng.integers(1, 4))):
        x, y = 0.05 * width, height * (0.1 + 0.28 * i)
        for part, count in enumerate((2, 2, int(rng.choice([2, 4])))):
            if part:
                x = _sign(sheet, sign, x, y + high / 2, high) + 0.22 * high
            x = sheet.row(sheet.any_digits(count), x, y, high, 0.22)


def signs(sheet: Sheet) -> None:
    """Sums in a row, negative numbers, decimals, clocks."""
    rng, (width, height) = sheet.rng, sheet.size
    high = min(0.1 * width, 0.22 * height)
    for i in range(int(rng.integers(1, 4))):
        x, y = 0.06 * width, height * (0.1 + 0.28 * i)
        form = ["-d", "d+d=d", "d-d=d", "d.dd", "d,d", "-d.d", "dd:dd", "d-d"][rng.integers(8)]
        for letter in form:
            if letter == "d":
                x = sheet.row(sheet.any_digits(1), x, y, high, 0.28)
            else:
                x = _sign(sheet, letter, x, y + high / 2, high) + 0.25 * high


def uneven(sheet: Sheet) -> None:
    """Rows whose digits differ in height by up to a half."""
    rng, (width, height) = sheet.rng, sheet.size
    high = min(0.1 * width, 0.26 * height)
    sheet.pen = min(sheet.pen, 0.09)
    for i in range(int(rng.integers(1, 4))):
        x, y = 0.06 * width, height * (0.08 + 0.3 * i)
        for label in sheet.any_digits(int(rng.integers(4, 8))):
            size = high * rng.uniform(0.5, 1.0)
            down = rng.uniform(0, 1) * (high - size)
            pen, sheet.pen = sheet.pen, sheet.pen * high / size
            x = sheet.write(label, x, y + down, size) + high * rng.uniform(0.2, 0.4)
            sheet.pen = pen


def touching(sheet: Sheet) -> None:
    """Numbers in which a pair of digits touches."""
    rng, (width, height) = sheet.rng, sheet.size
    high = min(0.16 * width, 0.32 * height)
    for i in range(int(rng.integers(1, 3))):
        x, y = 0.06 * width, height * (0.12 + 0.42 * i)
        labels = sheet.any_digits(4)
        at = int(rng.integers(1, 4))
        for j, label in enumerate(labels):
            pair = at - 1 <= j <= at
            x = sheet.write(label, x, y, high, alone=not pair)
            x += -0.06 * high if j == at - 1 else 0.3 * high
    # MNIST's digits need not touch where their boxes do: it is the ink that counts.


def apart(sheet: Sheet) -> None:
    """Digits among which are a 4 of two strokes that do not meet and a 5 with its hat off."""
    rng, (width, height) = sheet.rng, sheet.size
    high = min(0.13 * width, 0.3 * height)
    sheet.slant = rng.uniform(-0.02, 0.08)
    for i in range(int(rng.integers(1, 3))):
        x, y = 0.06 * width, height * (0.12 + 0.4 * i)
        labels = [*sheet.any_digits(3), 4, 5]
        rng.shuffle(labels)
        for label in labels:
            x = sheet.write(label, x, y, high, apart=label in APART) + 0.4 * high


def cut(sheet: Sheet) -> None:
    """A row whose last digit runs off the picture."""
    rng, (width, height) = sheet.rng, sheet.size
    high = min(0.2 * width, 0.5 * height)
    labels = sheet.any_digits(int(rng.integers(1, 4)))
    end = sheet.row(labels, 0.08 * width, 0.2 * height, high, 0.35)
    label = int(rng.choice([0, 2, 3, 5, 8]))
    sheet.write(label, width - 0.25 * high, 0.2 * height, high, whole=False)
    assert end <= width


def many(sheet: Sheet) -> None:
    """More than 32 digits."""
    width, height = sheet.size
    across, down = 8, int(sheet.rng.integers(5, 7))
    high = min(0.55 * height / down, 0.075 * width)
    for i in range(down):
        sheet.row(
            sheet.any_digits(across), 0.06 * width, (0.06 + 0.9 * i / down) * height, high, 0.25
        )


def big_and_small(sheet: Sheet) -> None:
    """A digit three or four times as tall as those below it."""
    rng, (width, height) = sheet.rng, sheet.size
    big = 0.5 * height
    small = big / rng.uniform(2.5, 4)
    pen = sheet.pen = min(sheet.pen, 0.07)
    sheet.row(sheet.any_digits(int(rng.integers(1, 3))), 0.15 * width, 0.06 * height, big, 0.3)
    sheet.pen = pen * rng.uniform(1, 2)
    sheet.row(sheet.any_digits(int(rng.integers(2, 6))), 0.1 * width, 0.7 * height, small, 0.4)


def note(sheet: Sheet) -> None:
    """Rows on a note, which is then laid on a table."""
    rows(sheet, int(sheet.rng.integers(1, 5)), 0.1, 0.9)


KINDS: dict[str, Callable[[Sheet], None]] = {
    write.__name__: write
    for write in (
        plain, squared, ruled, boxes_joined, boxes_apart, table, underlined, circled, sum_column,
        fraction, dates, signs, uneven, touching, apart, cut, many, big_and_small, note,
    )
}  # fmt: skip
