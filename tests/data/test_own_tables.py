"""Tables of digits as text: Kaggle's, MNIST's, and what programs make of them."""

import gzip

import numpy as np
import pytest
from digit_files import KAGGLE, csv, zipped

from denoiser.data import own_digits
from denoiser.data.own_digits import tables
from denoiser.errors import DigitsError
from denoiser.files.archives import Upload


@pytest.fixture(scope="module")
def some(train_digits):
    """Twenty bundled digits with labels."""
    return train_digits[:20]


def sent(*files):
    return own_digits.read([Upload(*file) for file in files], own_digits.OF_VISITORS)


def read(content, name="digits.csv"):
    return sent((name, content)).parts[None]


def same(found, images, labels):
    np.testing.assert_array_equal(found.images, images)
    if labels is None:
        assert found.labels is None
    else:
        np.testing.assert_array_equal(found.labels, labels)


def test_kaggles_two_tables_are_read_as_they_come(some):
    train = csv(some.images[:12], some.labels[:12], ["label", *KAGGLE])
    test = csv(some.images[12:], None, KAGGLE)
    sample = b"ImageId,Label\n1,0\n2,0\n"
    found = sent(("train.csv", train))
    same(found.parts[None], some.images[:12], some.labels[:12])
    both = {"train.csv": train, "test.csv": test, "sample_submission.csv": sample}
    for files in ([("digit-recognizer.zip", zipped(both))], both.items()):
        found = sent(*files)
        same(found.split("train"), some.images[:12], some.labels[:12])
        same(found.split("test"), some.images[12:], None)
        assert "Not used: 1 of the files" in str(found.notes[0])


VARIANTS = {
    "no header": csv,
    "semicolons": lambda x, y: csv(x, y, ["label", *KAGGLE], ";"),
    "tabs": lambda x, y: csv(x, y, ["label", *KAGGLE], "\t"),
    "spaces": lambda x, y: csv(x, y, None, " "),
    "spaces after commas": lambda x, y: csv(x, y, ["label", *KAGGLE], ", "),
    "lines of Windows": lambda x, y: csv(x, y, ["label", *KAGGLE], end="\r\n"),
    "lines of old Macs": lambda x, y: csv(x[:8], y[:8], ["label", *KAGGLE], end="\r"),
    "a byte order mark": lambda x, y: b"\xef\xbb\xbf" + csv(x, y, ["label", *KAGGLE]),
    "UTF-16": lambda x, y: csv(x, y, ["label", *KAGGLE]).decode().encode("utf-16"),
    "quotes": lambda x, y: csv(x, y, [f'"{name}"' for name in ["label", *KAGGLE]], form='"%d"'),
    "a separator at each end": lambda x, y: csv(x, y).replace(b"\n", b",\n"),
    "empty lines": lambda x, y: b"\n\n" + csv(x, y).replace(b"\n", b"\n\n"),
    "no last line end": lambda x, y: csv(x, y).rstrip(b"\n"),
    "floats up to 255": lambda x, y: csv(x, y, form="%.1f"),
    "floats up to 1": lambda x, y: csv(x / 255, y, form="%.6f"),
    "exponents": lambda x, y: csv(x / 255, y, form="%.8e"),
    "decimal commas": lambda x, y: csv(x / 255, y, None, ";", form="%.6f").replace(b".", b","),
    "-1 to 1": lambda x, y: csv(x / 127.5 - 1, y, form="%.6f"),
    "gzip": lambda x, y: gzip.compress(csv(x, y)),
}


@pytest.mark.parametrize("write", VARIANTS.values(), ids=VARIANTS)
def test_a_table_is_read_however_it_is_written(some, write):
    content = write(some.images, some.labels)
    found = read(content, "digits.csv.gz" if content.startswith(b"\x1f\x8b") else "digits.csv")
    count = len(found)
    assert count in (8, 20)
    same(found, some.images[:count], some.labels[:count])


def columns(table, names, **more):
    """Return a table with columns put before and after."""
    return csv(table, None, names, **more)


def test_the_label_is_found_by_its_name_wherever_it_stands(some):
    pixels, labels = some.images.reshape(20, -1), some.labels
    last = np.column_stack([pixels, labels])
    numbered = np.column_stack([np.arange(20), labels, pixels])
    for table, names in (
        (last, [*KAGGLE, "class"]),
        (last, None),
        (numbered, ["", "label", *KAGGLE]),
        (numbered, ["Id", "Digit", *KAGGLE]),
    ):
        same(read(columns(table, names)), some.images, labels)
    same(read(columns(numbered[:, [0, *range(2, 786)]], ["id", *KAGGLE])), some.images, None)
    same(read(columns(pixels, None)), some.images, None)


def test_labels_of_a_single_class_are_found_before_the_pixels(some):
    same(read(csv(some.images, np.full(20, 3))), some.images, np.full(20, 3))


WRONG = {
    "other columns": (b"a,b\n1,2\n", r"digits.csv has 2 columns.*784 numbers"),
    "a picture's size": (csv(np.zeros((3, 32, 32))), "has 1,024 columns"),
    "786 without a header": (csv(np.zeros((3, 786))), "has 786 columns"),
    "nothing": (b"", "has 1 columns"),
    "a header alone": (",".join(KAGGLE).encode(), "no digit"),
    "words": (csv(np.zeros((20, 784)), None, KAGGLE) + b"a" + b",1" * 783, "rows 2 to 22"),
    "a short row": (csv(np.zeros((20, 784))) + b"1,2,3\n", "rows 1 to 21 is no digit"),
    "a gap": (csv(np.zeros((20, 784))) + b",0" * 783 + b"\n", "rows 1 to 21 is no digit"),
    "nan": (csv(np.zeros((20, 784))) + b"nan" + b",0" * 783 + b"\n", "NaN.*1 times"),
    "infinity": (csv(np.zeros((20, 784))) + b"1e999" + b",0" * 783 + b"\n", "Infinity"),
    "label 10": (csv(np.zeros((20, 784)), np.full(20, 10), ["label", *KAGGLE]), "10 to 10"),
    "a long line": (csv(np.zeros((20, 784))) + b"0" * 40_000, "a line of it has more than 32,000"),
    "an open quote": (csv(np.zeros((20, 784))) + b'"' + b"0,\n" * 784, "is no digit"),
}


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_table_of_digits_is_named_for_what_it_is(content, words):
    with pytest.raises(DigitsError, match=rf"^digits\.csv: .*{words}"):
        read(content)


def test_more_rows_than_may_be_kept_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(np, "loadtxt", lambda *_, **__: pytest.fail("it was read"))
    row = b"0," * 783 + b"0\n"
    with pytest.raises(DigitsError, match="more than 85,598 rows"):
        read(gzip.compress(row * 86_000, 1), "digits.csv.gz")


def test_fewer_rows_may_be_of_floats(some):
    limits = own_digits.Limits(20 * 784 * 4, None, own_digits.OF_VISITORS.bounds)
    table = Upload("digits.csv", csv(some.images / 255, some.labels, form="%.6f"))
    assert len(own_digits.read([table], limits).parts[None]) == 19 + 1
    limits = own_digits.Limits(19 * 784 * 4, None, own_digits.OF_VISITORS.bounds)
    with pytest.raises(DigitsError, match="at most 19 here"):
        own_digits.read([table], limits)


def test_lines_are_counted_across_blocks(some, monkeypatch):
    monkeypatch.setattr(tables, "BLOCK", 1000)
    same(read(csv(some.images, some.labels)), some.images, some.labels)
    with pytest.raises(DigitsError, match="a line of it"):
        read(csv(some.images, some.labels) + b"0" * 33_000 + b"\n")


def test_columns_that_were_sorted_as_text_are_put_in_order(some):
    order = sorted(range(784), key=lambda i: f"pixel{i}")
    pixels = some.images.reshape(20, -1)[:, order]
    header = [f"pixel{i}" for i in order]
    same(read(csv(pixels, some.labels, ["label", *header])), some.images, some.labels)


def test_columns_named_by_row_and_column_stay_as_they_are(some):
    header = [f"{x}x{y}" for y in range(28) for x in range(28)]
    same(read(csv(some.images, some.labels, ["label", *header])), some.images, some.labels)


@pytest.mark.parametrize("first", [True, False])
def test_labels_of_letters_are_not_taken_for_pixels(some, first):
    letters = (np.arange(20) % 26 + 1)[:, None]
    pixels = some.images.reshape(20, -1)
    table = np.hstack([letters, pixels] if first else [pixels, letters])
    with pytest.raises(DigitsError, match="labels go from 1 to 20"):
        read(csv(table, None))
