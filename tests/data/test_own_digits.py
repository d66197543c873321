"""Digits that somebody brings: arrays of every kind, what is done to them, and what is refused."""

import gzip
import io
import struct
import zipfile

import numpy as np
import pytest
from digit_files import idx, npy, npz, png, zipped
from scipy import ndimage

from denoiser.data import own_digits
from denoiser.data.own_digits import ink
from denoiser.errors import DigitsError
from denoiser.files.archives import Upload
from denoiser.files.atomic import MAX_UPLOAD


@pytest.fixture(scope="module")
def some(train_digits):
    """Twenty bundled digits with labels."""
    return train_digits[:20]


def sent(*files):
    """Read files, (name, content) each, as a visitor sends them."""
    uploads = [Upload(*file) for file in files]
    return own_digits.read(uploads, own_digits.OF_VISITORS)


def brought(**arrays):
    return sent(("digits.npz", npz(**arrays)))


def notes(found):
    return " ".join(map(str, found.notes))


def same(found, images, labels):
    np.testing.assert_array_equal(found.images, images)
    assert found.images.dtype == np.uint8
    if labels is None:
        assert found.labels is None
    else:
        np.testing.assert_array_equal(found.labels, labels)
        assert found.labels.dtype == np.uint8


# Splits


def test_a_file_with_one_array_gives_every_tenth_digit_to_validate_with(some):
    train, test = brought(x=some.images, y=some.labels).both()
    is_test = np.arange(20) % 10 == 9
    same(test, some.images[is_test], some.labels[is_test])
    same(train, some.images[~is_test], some.labels[~is_test])


@pytest.mark.parametrize("only", ["x_train", "train_images", "images"])
def test_where_there_are_only_digits_to_train_on_every_tenth_of_them_is_kept(some, only):
    train, test = brought(**{only: some.images}).both()
    assert (len(train), len(test)) == (18, 2)


def test_digits_to_test_with_are_never_trained_on(some):
    found = brought(x_test=some.images, y_test=some.labels)
    same(found.split("test"), some.images, some.labels)
    with pytest.raises(DigitsError, match="none to train on"):
        found.split("train")


def test_all_that_is_not_to_train_on_is_to_validate_with(some):
    found = brought(x_train=some.images[:12], x_val=some.images[12:16], x_test=some.images[16:])
    same(found.split("train"), some.images[:12], None)
    same(found.split("test"), some.images[12:], None)


@pytest.mark.parametrize("count", range(1, 10))
def test_too_few_digits_are_told_how_many_it_takes(some, count):
    with pytest.raises(DigitsError, match=f"10 digits are needed.*there are {count}"):
        brought(x=some.images[:count]).both()


@pytest.mark.parametrize(
    ("x", "y"),
    [("x", "y"), ("X", "Y"), ("images", "labels"), ("data", "target"), ("arr_0", "arr_1")],
)
def test_arrays_are_found_under_the_names_that_people_give(some, x, y):
    found = brought(**{x: some.images, y: some.labels, "secret": np.uint8([1] * 20)})
    same(found.parts[None], some.images, some.labels)


def test_an_array_of_another_name_is_taken_where_only_one_may_be_digits(some):
    found = brought(handwriting=some.images, means=np.zeros(784))
    same(found.parts[None], some.images, None)
    assert "Not used: 1 of the files" in notes(found)


# Shapes and kinds


@pytest.mark.parametrize("shape", [(20, 784), (20, 28, 28, 1), (20, 1, 28, 28), (20, 784, 1)])
def test_axes_of_one_and_flat_digits_are_taken(some, shape):
    same(brought(x=some.images.reshape(shape)).parts[None], some.images, None)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda x: x.astype("int64"), ""),
        (lambda x: x.astype("uint16"), ""),
        (lambda x: x.astype("float32") / 255, ""),
        (lambda x: x.astype("float64") / 255, ""),
        (lambda x: x.astype("float16") / 255, ""),
        (lambda x: x / 255 * 1.0000002, ""),
        (lambda x: x / 255 - 1e-7, ""),
        (lambda x: x.astype("float32"), "up to 255, are divided by 255"),
        (lambda x: x - 1e-5, "divided by 255"),
        (lambda x: x.astype("uint16") * 257, "divided by 257"),
        (lambda x: x / 127.5 - 1, "from -1 to 1, are moved to 0 to 1"),
        (lambda x: x / 255 - 0.5, "from -0.5 to 0.5, are moved to 0 to 1"),
        (np.asfortranarray, ""),
        (lambda x: x.astype(">u2"), ""),
    ],
)
def test_numbers_of_every_range_become_the_same_digits_and_what_was_done_is_said(
    some, change, note
):
    found = brought(x=change(some.images))
    np.testing.assert_allclose(found.parts[None].images.astype(int), some.images, atol=1)
    assert note in notes(found)
    assert bool(note) == bool(found.notes)


@pytest.mark.parametrize(("kind", "note"), [("bool", ""), ("uint8", "0 and 1"), ("int64", "0 and")])
def test_two_colours_become_black_and_white(some, kind, note):
    found = brought(x=(some.images > 127).astype(kind))
    same(found.parts[None], np.where(some.images > 127, 255, 0), None)
    assert note in notes(found)


def test_splits_that_were_scaled_differently_become_alike(some):
    found = brought(x_train=some.images[:10].astype("f4"), x_test=some.images[10:] / 255)
    same(found.parts["train"], some.images[:10], None)
    same(found.parts["test"], some.images[10:], None)


def grey(*shape, kind="uint8"):
    return np.zeros(shape, kind)


def ramp(low, high):
    return np.linspace(low, high, 20 * 784).reshape(20, 28, 28)


WRONG = {
    "nothing": ({}, "no digits in it"),
    "other things": ({"secret": grey(20)}, "labels in it, but no digits"),
    "32x32": ({"x": grey(20, 32, 32)}, r"28x28 pixels here.*this one has \(20, 32, 32\)"),
    "one digit": ({"x": grey(28, 28)}, r"one digit in it, of shape \(28, 28\)"),
    "a number": ({"x": np.uint8(3)}, r"this one has \(\)"),
    "color": ({"x": grey(20, 28, 28, 3)}, r"\(20, 28, 28, 3\): the digits are in colour"),
    "last axis": ({"x": grey(28, 28, 20)}, r"counted by the last axis.*moveaxis"),
    "last axis, flat": ({"x": grey(784, 20)}, "counted by the last axis"),
    "empty": ({"x": grey(0, 28, 28)}, "no digit in it"),
    "text": ({"x": grey(20, 28, 28, kind="U3")}, "saved as <U3, not as numbers"),
    "complex": ({"x": grey(20, 28, 28, kind="c8")}, "saved as complex64, not as numbers"),
    "nan": ({"x": ramp(0, 1) + np.nan}, r"NaN \(not a number\) stands 15,680 times"),
    "one nan": ({"x": np.where(ramp(0, 1) == 1, np.nan, 0.5)}, "stands 1 times"),
    "infinite": ({"x": grey(20, 28, 28, kind="f4") - np.inf}, "Infinity stands 15,680 times"),
    "standardised": ({"x": (ramp(0, 1) ** 4 - 0.2) / 0.26}, r"standardised.*x \* std \+ mean"),
    "mean taken off": ({"x": ramp(-0.13, 0.87)}, "are negative: they go from -0.13 to 0.87"),
    "negative bytes": ({"x": ramp(-128, 127).astype("i1")}, "negative: they go from -128 to 127"),
    "up to 2": ({"x": ramp(0, 2)}, "go from 0 to 2, which is neither"),
    "up to 16": ({"x": ramp(0, 16)}, "go from 0 to 16, which is neither"),
    "up to 1000": ({"x": ramp(0, 1000).astype(int)}, "go from 0 to 1000, which is neither"),
    "up to 10^9": ({"x": ramp(0, 1e9)}, "which is neither"),
    "fewer labels": ({"x": grey(20, 28, 28), "y": grey(19)}, r"20 digits, but.*shape \(19,\)"),
    "wide labels": ({"x": grey(20, 28, 28), "y": grey(20, 3)}, r"labels have the shape \(20, 3\)"),
    "a label": ({"x": grey(20, 28, 28), "y": np.uint8(3)}, r"20 digits, but.*shape \(\)"),
    "halves": ({"x": grey(20, 28, 28), "y": np.full(20, 0.5)}, "labels are no whole numbers"),
    "not hot": ({"x": grey(20, 28, 28), "y": grey(20, 10)}, "not one of them 1"),
    "text labels": ({"x": grey(20, 28, 28), "y": grey(20, kind="U3")}, "labels are saved as <U3"),
    "label 10": ({"x": grey(20, 28, 28), "y": grey(20) + 10}, "go from 10 to 10"),
    "label -1": ({"x": grey(20, 28, 28), "y": grey(20, kind="i8") - 1}, "go from -1 to -1"),
}


@pytest.mark.parametrize(("arrays", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_taken_is_named_for_what_it_is(arrays, words):
    with pytest.raises(DigitsError, match=rf"^digits\.npz: .*{words}"):
        brought(**arrays)


# Labels


@pytest.mark.parametrize(
    "change",
    [
        lambda y: y.astype("int64"),
        lambda y: y.astype("float32"),
        lambda y: y[:, None],
        lambda y: np.eye(10, dtype="uint8")[y],
        lambda y: np.eye(10)[y],
        lambda y: np.eye(10, dtype=bool)[y],
    ],
)
def test_labels_are_taken_as_numbers_and_one_hot(some, change):
    same(brought(x=some.images, y=change(some.labels)).parts[None], some.images, some.labels)


# Black on white


def test_black_on_white_is_inverted_and_said(some):
    for images in (255 - some.images, 1 - some.images / 255):
        found = brought(x=images, y=some.labels)
        same(found.parts[None], some.images, some.labels)
        assert found.is_inverted
        assert "They were black on white" in notes(found)


def test_white_on_black_stays_however_bold(train_digits, held_out):
    for size in (1, 2, 3, 5):
        bold = ndimage.grey_dilation(held_out.images, (1, size, size))
        assert not ink.black_on_white(bold).any(), size
        assert ink.black_on_white(255 - bold).mean() > 0.99, size
    assert not ink.black_on_white(train_digits.images).any()


def test_bold_pictures_of_things_stay_white_on_black():
    """Shirts, bags and boots of Fashion-MNIST fill most of a picture, and reach its frame."""
    rng = np.random.default_rng(0)
    things = np.zeros((60, 28, 28), np.uint8)
    for i in range(20):
        left, top = rng.integers(2, 6), rng.integers(5, 10)
        things[i, :, left : 28 - left] = 220  # a coat, from top to bottom
        things[20 + i, top:26] = 220  # a bag, from left to right
        things[40 + i, 6:24, :] = 160  # a boot
        things[40 + i, 2:12, : rng.integers(4, 12)] = 160
    found = brought(x=things)
    assert not found.is_inverted
    assert not found.notes
    assert brought(x=255 - things).is_inverted


def test_digits_of_both_colours_are_not_mixed_in_silence(some):
    mixed = some.images.copy()
    mixed[:8] = 255 - mixed[:8]
    found = brought(x=mixed)
    assert not found.is_inverted
    assert "8 of them were black on white, 12 white on black" in notes(found)
    same(found.parts[None], mixed, None)


# Files of MNIST's kind, and several at once


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_mnists_own_files_are_read_as_they_are_named(some, pack):
    files = {
        "train-images-idx3-ubyte": idx(some.images[:12]),
        "train-labels-idx1-ubyte": idx(some.labels[:12]),
        "t10k-images-idx3-ubyte": idx(some.images[12:]),
        "t10k-labels-idx1-ubyte": idx(some.labels[12:]),
    }
    ending = ".gz" if pack is gzip.compress else ""
    packed = {f"{name}{ending}": pack(content) for name, content in files.items()}
    for found in (sent(*packed.items()), sent(("MNIST.zip", zipped(packed)))):
        same(found.split("train"), some.images[:12], some.labels[:12])
        same(found.split("test"), some.images[12:], some.labels[12:])
        assert not found.notes
    images, labels = list(packed.items())[2:]
    same(sent(images).parts[None], some.images[12:], None)  # its own name says nothing
    same(sent(images, labels).split("test"), some.images[12:], some.labels[12:])
    with pytest.raises(DigitsError, match="labels in it, but no digits"):
        sent(labels)


def test_idx_of_numbers_of_other_kinds_is_read(some):
    for kind in ("i2", "i4", "f4", "f8"):
        found = sent(("digits.idx3", idx(some.images.astype(kind))))
        same(found.parts[None], some.images, None)


def test_arrays_without_an_archive_are_told_by_their_shapes(some):
    found = sent(("a.npy", npy(some.images)), ("b.npy", npy(some.labels)))
    same(found.parts[None], some.images, some.labels)


def test_an_idx_file_cut_off_is_refused(some):
    whole = idx(some.images)
    for length in (3, 5, 15, 16, len(whole) - 1):
        with pytest.raises(DigitsError, match=r"^digits: "):
            sent(("digits", whole[:length]))


# Damaged and hostile


def test_pickled_objects_are_never_loaded():
    buffer = io.BytesIO()
    np.savez(buffer, x=np.array([{"digit": 3}] * 20, dtype=object))
    with pytest.raises(DigitsError, match="damaged"):
        sent(("digits.npz", buffer.getvalue()))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 no zip", b"\x1f\x8b no gzip"])
def test_what_is_nothing_of_this_kind_is_refused(content):
    with pytest.raises(DigitsError, match=r"^digits\.npz: "):
        sent(("digits.npz", content))


def test_a_file_cut_off_anywhere_is_refused(some):
    whole = npz(x=some.images)
    for length in range(0, len(whole), 97):
        with pytest.raises(DigitsError):
            sent(("digits.npz", whole[:length]))


def member(name, content, **changed):
    """Return a zip file with one member; `changed` attributes are put on its entry."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
        for attribute, value in changed.items():
            setattr(archive.infolist()[0], attribute, value)
    return file.getvalue()


def npy_that_claims(shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n" + b"\0" * 784


HOSTILE = {
    "a member that is no array": member("x", b"hello"),
    "an array of another kind": member("x.npy", b"hello"),
    "a shape beyond the data": member("x.npy", npy_that_claims("(10, 28, 28)")),
    "a shape beyond all memory": member("x.npy", npy_that_claims("(10000000000000, 28, 28)")),
    "a negative shape": member("x.npy", npy_that_claims("(-1, 28, 28)")),
    "a shape beyond 64 bits": member("x.npy", npy_that_claims(f"({10**30}, 28, 28)")),
    "a password": member("x.npy", npy_that_claims("(1, 28, 28)"), flag_bits=1),
    "an unknown compression": member("x.npy", npy_that_claims("(1, 28, 28)"), compress_type=99),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused(content):
    with pytest.raises(DigitsError, match=r"^digits\.npz: "):
        sent(("digits.npz", content))


def test_what_unpacks_too_large_is_refused_before_it_is_unpacked(monkeypatch):
    packed = npz(x=grey(90_000, 28, 28))
    assert len(packed) < 100_000
    monkeypatch.setattr(zipfile.ZipExtFile, "read1", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(DigitsError, match="70,560,000 bytes unpacked, at most 67,108,864"):
        sent(("digits.npz", packed))


def test_a_file_larger_than_an_upload_may_be_is_refused():
    with pytest.raises(DigitsError):
        sent(("digits.npz", npz(x=grey(20, 28, 28)) + bytes(MAX_UPLOAD)))


def test_a_pictures_name_does_not_decide_what_it_is(some):
    with pytest.raises(DigitsError, match="no digits in it"):
        sent(("digits.csv", png(some.images[0])))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_pictures_without_ink_are_refused(kind):
    with pytest.raises(DigitsError, match="black, without any ink"):
        brought(x=np.zeros((20, 28, 28), kind))


def test_few_grey_levels_are_stretched_and_that_is_said(train_digits):
    found = brought(x=train_digits.images[:20] // 17)
    assert found.parts[None].images.max() == 255
    assert "up to 15, are stretched" in str(found.notes[0])
