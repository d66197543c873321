"""Tables of digits as text (CSV), as Kaggle's `train.csv`: a row a digit, a column a pixel.

A row has 784 numbers from the digit's first row to its last (in the order of the numbers in the
names of columns, where they have them), and maybe a label: in a column
that the header calls so; without a header, before the pixels, or after them. Separators,
quotes, byte order marks, line ends and decimal commas are as programs write them. Rows are
counted before any is read, and a line has an end.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from denoiser.data.digit_arrays import CLASSES
from denoiser.data.own_digits.arrays import PIXELS
from denoiser.errors import DenoiserError
from denoiser.files.archives import Entry

SUFFIXES = (".csv", ".tsv", ".txt")
LABELS = {"label", "labels", "class", "digit", "target", "y", "number"}
PASSED_OVER = {"", "id", "index", "imageid", "unnamed: 0"}
SEPARATORS = ";\t|, "  # a comma may stand in a number, and a space anywhere
MAX_LINE = 32_000  # bytes; a row of 785 floats has 20,000
HEAD = 2 * MAX_LINE
BLOCK = 2**20
ROWS = 200  # read at a time
MOST_CLASSES = 62  # of digits, large and small letters
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Columns:
    """How a table is written.

    Attributes:
        encoding: Of its text.
        separator: Between two columns; None for spaces.
        has_decimal_comma: Whether a comma stands for a decimal point.
        has_header: Whether its first row holds names.
        pixels: The places of the pixels' columns.
        label: The place of the label's; None for none, or where `is_label_unsure`.
        is_label_unsure: Whether one of the 785 holds the label, the first or the last.
    """

    encoding: str
    separator: str | None
    has_decimal_comma: bool
    has_header: bool
    pixels: tuple[int, ...]
    label: int | None
    is_label_unsure: bool = False


def is_text(head: bytes) -> bool:
    """Whether a file that begins so may be a table."""
    return head.startswith(UTF_16) or b"\0" not in head


def columns_of(head: bytes) -> Columns | int:
    """Find out how a table is written.

    Args:
        head: Its first bytes, `HEAD` of them.

    Returns:
        That; or how many columns there are, where it is no table of digits.
    """
    encoding = "utf-16" if head.startswith(UTF_16) else "utf-8-sig"
    text = head.decode(encoding, errors="replace").lstrip()
    first = text.splitlines()[0] if text else ""
    separator = next((mark for mark in SEPARATORS if mark in first), ",")
    has_decimal_comma = separator != "," and "," in first
    cells = [cell.strip().strip('"').strip() for cell in first.split(
        None if separator == " " else separator)]  # fmt: skip
    while len(cells) > PIXELS and not cells[-1]:  # a separator ends each row
        cells.pop()
    has_header = not all(_is_number(cell.replace(",", ".")) for cell in cells)
    names = [cell.lower() if has_header else "pixel" for cell in cells]
    pixels = [i for i, name in enumerate(names) if name not in LABELS | PASSED_OVER]
    if has_header:
        pixels = _in_order(names, pixels)
    labels = [i for i, name in enumerate(names) if name in LABELS]
    is_unsure = not labels and len(pixels) == PIXELS + 1
    if len(pixels) != PIXELS and not is_unsure:
        return len(cells)
    return Columns(encoding, None if separator == " " else separator, has_decimal_comma,
                   has_header, tuple(pixels), labels[0] if labels else None,
                   is_unsure)  # fmt: skip


def _in_order(names: Sequence[str], pixels: list[int]) -> list[int]:
    """Return columns by the numbers in their names, where each has one: pixel2 before pixel10."""
    numbers = [re.findall(r"\d+", names[i]) for i in pixels]
    if any(len(found) != 1 for found in numbers):
        return pixels
    order = sorted(range(len(pixels)), key=lambda i: int(numbers[i][0]))
    return [pixels[i] for i in order]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def count_rows(entry: Entry, refused: Callable[..., DenoiserError], most: int) -> int:
    """Return how many lines a table has, without reading what they say.

    Raises:
        DenoiserError: Made by `refused`: there are more than `most`, or one has no end.
    """
    end = b"\n" if b"\n" in entry.head(HEAD) else b"\r"
    count, rest = 0, b""
    with entry.open() as file:
        while block := file.read(BLOCK):
            block, start = rest + block, 0
            while len(block) - start > MAX_LINE:
                start = block.rfind(end, start, start + MAX_LINE) + 1
                if not start:
                    raise refused(
                        "It is no table: a line of it has more than {most:,} bytes. A row has 784 "
                        "numbers and maybe a label.", most=MAX_LINE,
                    )  # fmt: skip
            count, rest = count + block.count(end, 0, start), block[start:]
            if count > most + 1:  # a header
                raise refused("It has more than {most:,} rows, which is more than is read here. "
                              "Bring fewer of them.", most=most)  # fmt: skip
    return count + rest.count(end) + (not rest.endswith(end))


def read(
    entry: Entry, columns: Columns, refused: Callable[..., DenoiserError], most: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read a table of digits.

    Args:
        entry: Its file.
        columns: As `columns_of` found it.
        refused: Makes the error out of a message and its values.
        most: Bytes that its digits may have in memory: 784 each, four times as many where they
            are no whole numbers from 0 to 255.

    Returns:
        Digits as uint8 or float32, shape (n, 784), and labels as float32, shape (n,), or None.

    Raises:
        DenoiserError: Made by `refused`: there are too many rows, or a row is none of a digit.
    """
    count = count_rows(entry, refused, most // PIXELS) - columns.has_header
    width = len(columns.pixels) + (columns.label is not None)
    table, filled = np.empty((count, width), np.uint8), 0
    for rows in _rows(entry, columns, refused):
        if table.dtype == np.uint8 and not _are_bytes(rows):
            if count * PIXELS * 4 > most:
                raise refused("It has {count:,} rows of numbers that are not whole, which are at "
                              "most {most:,} here. Bring fewer of them, or whole numbers from 0 "
                              "to 255.", count=count, most=most // PIXELS // 4)  # fmt: skip
            table = table.astype(np.float32)
        table[filled : filled + len(rows)] = rows
        filled += len(rows)
    if not filled:
        raise refused("There is no digit in it, but the names of columns.")
    return _labelled(table[:filled], columns)


def _rows(
    entry: Entry, columns: Columns, refused: Callable[..., DenoiserError]
) -> Iterator[np.ndarray]:
    """Yield the rows, pixels first and then the label, float32, shape (m, 784 or 785)."""
    used = [*columns.pixels, *([] if columns.label is None else [columns.label])]
    with entry.open() as file:
        text = io.TextIOWrapper(file, columns.encoding, errors="replace")
        lines = (line for line in text if not line.isspace())
        read = int(columns.has_header)
        next(islice(lines, read, read), None)
        while chunk := list(islice(lines, ROWS)):
            joined = "".join(chunk).replace('"', "")
            if columns.has_decimal_comma:
                joined = joined.replace(",", ".")
            try:
                yield np.loadtxt(io.StringIO(joined), np.float32, comments=None, ndmin=2,
                                 delimiter=columns.separator, usecols=used)  # fmt: skip
            except (ValueError, IndexError) as error:
                raise refused(
                    "Something in rows {first:,} to {last:,} is no digit. Each row needs 784 "
                    "numbers, and maybe a label; a number that is missing is none.",
                    first=read + 1, last=read + len(chunk), detail=str(error),
                ) from None  # fmt: skip
            read += len(chunk)


def _are_bytes(rows: np.ndarray) -> bool:
    return bool(((rows >= 0) & (rows <= 255) & (rows == np.rint(rows))).all())


def _labelled(table: np.ndarray, columns: Columns) -> tuple[np.ndarray, np.ndarray | None]:
    if columns.is_label_unsure:
        first, last = table[:, 0], table[:, -1]
        if _looks_like_labels(last) > _looks_like_labels(first):
            return table[:, :-1], last
        return table[:, 1:], first
    return table[:, :PIXELS], None if columns.label is None else table[:, PIXELS]


def _looks_like_labels(column: np.ndarray) -> tuple[bool, bool, int, bool]:
    """Return what is larger for a column of labels than for one of a corner's pixels.

    Labels of something else, from 1 to 26 for letters, are labels, too, and refused later.
    """
    values = np.unique(column)
    are_classes = bool(np.isin(values, range(MOST_CLASSES)).all())
    return (len(values) > 1 and are_classes, bool(np.isin(values, range(CLASSES)).all()),
            len(values), bool(column.any()))  # fmt: skip
