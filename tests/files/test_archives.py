"""What lies in folders and archives: listed, read, and refused before it costs anything."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile

import pytest
from digit_files import tarred, zipped

from denoiser.errors import DigitsError
from denoiser.files import archives
from denoiser.files.archives import Bounds, Upload

FILES = {"a.txt": b"abc", "b/c.txt": bytes(5000)}


def listed(content, name="pack", bounds=None):
    refused = DigitsError.about(name)
    with archives.opened([Upload(name, content)], refused, bounds or Bounds()) as entries:
        return {entry.path: entry.read(10_000) for entry in entries}


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("x.zip", zipped(FILES), "x.zip/"),
        ("x.tar.gz", tarred(FILES), "x.tar/"),
        ("x.tgz", tarred(FILES), "x.tar/"),
        ("x.tar", gzip.decompress(tarred(FILES)), "x.tar/"),
        ("x", tarred(FILES), "x/"),
        ("x.zip", zipped({"y.tar.gz": tarred(FILES)}), "x.zip/y.tar/"),
    ],
)
def test_what_is_packed_comes_out_under_its_names(name, content, place):
    found = listed(content, name)
    assert found == {f"{place}{path}": content for path, content in FILES.items()}


def test_one_gzipped_file_has_its_name_without_the_ending():
    assert listed(gzip.compress(b"abc"), "x.csv.gz") == {"x.csv": b"abc"}


def test_only_so_many_archives_are_opened_in_each_other():
    content = b"abc"
    for _ in range(5):
        content = gzip.compress(content)
    (inside,) = listed(content, "x").values()
    assert inside.startswith(archives.GZIP)


@pytest.mark.parametrize(
    "path",
    [".DS_Store", "a/.hidden/b.png", "__MACOSX/a.png", "a/Thumbs.db", "a/._b.png", "desktop.INI"],
)
def test_what_systems_leave_behind_is_passed_over(path):
    assert archives.is_left_behind(path)
    assert listed(zipped({path: b"abc"})) == {}


def test_names_are_never_used_as_paths():
    names = ["../../etc/passwd", "/etc/passwd", "..\\..\\x.png", "a" * 5000]
    found = listed(zipped(dict.fromkeys(names, b"abc")))
    assert set(found.values()) == {b"abc"}
    assert all(len(path) < 210 for path in found)


def test_links_in_a_tar_lead_nowhere():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            link = tarfile.TarInfo("x.png")
            link.type, link.linkname = kind, "/etc/passwd"
            archive.addfile(link)
    assert listed(buffer.getvalue()) == {}


def test_more_files_than_may_be_are_refused():
    files = {str(i): b"" for i in range(30)}
    for content in (zipped(files), tarred(files)):
        with pytest.raises(DigitsError, match=r"more than 20 files|cannot be unpacked"):
            listed(content, bounds=Bounds(files=20))


def test_more_bytes_than_may_be_are_refused_before_they_are_unpacked(monkeypatch):
    files = {"a": bytes(2000)}
    packed = zipped(files), tarred(files)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("it was unpacked"))
    for content in packed:
        with pytest.raises(DigitsError, match=r"more than 1,000 bytes|cannot be unpacked"):
            listed(content, bounds=Bounds(unpacked=1000))


def test_a_tar_without_end_takes_no_memory(monkeypatch):
    monkeypatch.setattr(archives, "MAX_TAR", 4 * 2**20)
    content = gzip.compress(gzip.decompress(tarred({"a": b"abc"})) + bytes(64 * 2**20), 1)
    tracemalloc.start()
    with pytest.raises(DigitsError, match="more than 4,194,304 bytes"):
        listed(content)
    assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    tracemalloc.stop()


def test_a_file_is_read_up_to_what_is_asked_for():
    with (
        archives.opened([Upload("x.gz", gzip.compress(bytes(10**7)))], DigitsError, Bounds()) as (
            e,
        ),
        pytest.raises(ValueError, match="at most 1,000 bytes"),
    ):
        e.read(1000)


def test_whatever_goes_wrong_is_said_as_one_of_ours_with_the_cause_apart():
    with (
        pytest.raises(DigitsError, match="x: It cannot be read: it is damaged") as error,
        archives.opened([], DigitsError.about("x"), Bounds()),
    ):
        raise KeyError("abc")
    assert error.value.detail == "KeyError: 'abc'"
