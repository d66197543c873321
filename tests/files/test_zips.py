"""Zips and arrays of strangers: what is claimed is refused before it costs anything."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest
from hostile_zips import claiming, empty_extras, entries, npy
from weight_files import zip_of

from denoiser.errors import DigitsError
from denoiser.files import zips
from denoiser.files.atomic import MAX_UPLOAD

LITTLE = 8 * 2**20  # bytes that a refusal may take


refused = DigitsError.about("zip")


def read_all(content, **options):
    with zips.open_zip(content, refused, **options) as archive:
        return {name: zips.read(archive, name) for name in archive.namelist()}


def saved(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def read(content):
    return zips.read_array(content, lambda header: None)


@pytest.mark.parametrize("compression", zips.COMPRESSIONS)
def test_a_zip_comes_out_as_it_went_in(compression):
    files = {"a": b"abc", "b": bytes(5000)}
    assert read_all(zip_of(files, compression)) == files


def test_an_error_in_the_block_is_said_as_one_of_ours():
    with (
        pytest.raises(DigitsError, match=r"expected a readable file \(no digits\)"),
        zips.open_zip(zip_of({}), refused),
    ):
        raise ValueError("no digits")


def test_more_bytes_than_may_be_sent_are_refused():
    with pytest.raises(DigitsError, match="at most 16,777,216 bytes, got 16,777,3"):
        read_all(zip_of({"a": bytes(MAX_UPLOAD)}))


def test_little_may_be_said_about_a_file_and_much_is_refused_wherever_it_stands():
    assert read_all(entries(["a"], extra=empty_extras(zips.MAX_EXTRA))) == {"a": b""}
    large = entries(["a"], extra=empty_extras(2 * zips.MAX_EXTRA))
    table = large.index(b"PK\x01\x02")
    for content in (large, large[:table] + b"PK\x01\x02" + large[table:]):
        with pytest.raises(DigitsError, match="at most 1,000 bytes about a file, got 2,000"):
            read_all(content)


def test_a_file_that_holds_more_than_it_says_is_cut_there_and_refused():
    small = claiming("a", bytes(2**24), 5)
    tracemalloc.start()
    with pytest.raises(DigitsError, match="readable"):
        read_all(small)
    assert tracemalloc.get_traced_memory()[1] < LITTLE
    tracemalloc.stop()


ARRAYS = {
    "bytes": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
    "floats in the other order": np.asfortranarray(np.arange(6, dtype=">f8").reshape(2, 3)),
    "a number": np.float32(3),
    "none": np.zeros((0, 28, 28), np.uint8),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_array_comes_out_as_it_went_in(array):
    found = read(saved(array))
    assert (found.shape, found.dtype) == (array.shape, array.dtype)
    np.testing.assert_array_equal(found, array)


CLAIMS = {
    "a terabyte": npy("|u1", (10**12,)),
    "more than there are numbers for": npy("|u1", (10**30,)),
    "many axes": npy("|u1", (2,) * 60),
    "less than none": npy("|u1", (-1, 28)),
    "large entries": npy("<U1000000000", (1,)),
    "entries in entries": npy("|V2000000000", (28,)),
    "objects": saved(np.array([{}], object)),
    "an unknown kind": npy("|q7", (1,)),
    "code for a kind": npy("__import__('os')", (1,)),
    "code for a shape": npy("|u1", "__import__('os').getcwd()"),
    "a shape that is a name": npy("|u1", "x"),
    "a long header": npy("|u1", "(" + "1," * 1000 + ")"),
    "brackets in brackets": npy("|u1", "(" * 400 + ")" * 400),
    "a later format": npy("|u1", (1,), b"\0").replace(b"NUMPY\x01", b"NUMPY\x03"),
    "a header that ends nowhere": b"\x93NUMPY\x02\x00\xff\xff\xff\xff{",
    "less than it says": npy("|u1", (10,), bytes(9)),
    "nothing": b"",
}


@pytest.mark.parametrize("content", CLAIMS.values(), ids=CLAIMS)
def test_an_array_that_claims_too_much_is_refused_before_it_takes_memory(content):
    zipped = zip_of({"x": content})
    tracemalloc.start()
    with (
        pytest.raises(DigitsError, match="expected a readable file"),
        zips.open_zip(zipped, refused) as archive,
    ):
        read(zips.read(archive, "x"))
    assert tracemalloc.get_traced_memory()[1] < LITTLE
    tracemalloc.stop()


def test_what_is_said_of_an_array_is_checked_before_there_is_one(monkeypatch):
    monkeypatch.setattr(np, "frombuffer", lambda *_: pytest.fail("it was read"))

    def check(header):
        assert (header.shape, header.dtype, header.nbytes) == ((1000,), np.uint8, 1000)
        raise DigitsError("no digits")

    with pytest.raises(DigitsError, match="no digits"):
        zips.read_array(saved(np.zeros(1000, np.uint8)), check)


def test_the_beginning_of_a_file_can_be_read_alone():
    with zips.open_zip(zip_of({"a": bytes(5000)}, zipfile.ZIP_DEFLATED), refused) as archive:
        assert zips.read(archive, "a", 10) == bytes(10)
