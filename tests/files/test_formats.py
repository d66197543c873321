"""Files that are sent where a picture belongs: each kind is named, with its way out."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from denoiser.errors import DigitsError
from denoiser.files import pictures
from denoiser.files.formats import ANOTHER_FORMAT


def saved(kind):
    file = io.BytesIO()
    Image.fromarray(np.full((9, 9), 128, np.uint8)).convert("RGB").save(file, kind)
    return file.getvalue()


def iso(brand, *others):
    brands = b"".join(other.encode() for other in others)
    return (16 + len(brands)).to_bytes(4, "big") + b"ftyp" + brand.encode() + bytes(4) + brands


def zipped(name):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(name, "x")
    return file.getvalue()


KINDS = {
    "heic": (iso("heic", "mif1", "heic"), r"HEIC.*Most Compatible"),
    "heif of a mac": (iso("mif1", "mif1", "heix"), r"HEIC.*Export > JPEG"),
    "avif": (saved("AVIF"), r"AVIF.*JPEG or PNG"),
    "avif as heif": (iso("mif1", "mif1", "avif"), r"AVIF.*JPEG or PNG"),
    "pdf": (saved("PDF"), r"PDF.*screenshot"),
    "gif": (saved("GIF"), r"GIF.*PNG"),
    "tiff": (saved("TIFF"), r"TIFF.*JPEG or PNG"),
    "raw": (iso("crx ", "isom"), r"raw photo.*JPEG or PNG"),
    "jpeg 2000": (saved("JPEG2000"), r"format.*JPEG or PNG"),
    "icon": (saved("ICO"), r"format.*JPEG or PNG"),
    "postscript": (saved("EPS"), r"format.*JPEG or PNG"),
    "svg": (b'<?xml version="1.0"?>\n<!-- a 7 -->\n<svg xmlns="x"></svg>', r"SVG.*PNG"),
    "word": (zipped("word/document.xml"), r"word processor.*screenshot"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), r"word processor.*screenshot"),
    "rtf": (rb"{\rtf1 7}", r"word processor.*screenshot"),
    "zip": (zipped("7.jpg"), r"zip.*Unpack"),
    "video of a phone": (iso("qt  ", "qt  "), r"video.*screenshot"),
    "mp4": (iso("isom", "mp42"), r"video.*screenshot"),
    "webm": (b"\x1aE\xdf\xa3" + bytes(40), r"video.*screenshot"),
    "web page": (b"\n<!DOCTYPE html><title>7</title>", r"web page.*save the picture"),
    "empty": (b"", r"empty.*send it again"),
}


@pytest.mark.parametrize(("content", "said"), KINDS.values(), ids=KINDS)
def test_each_kind_is_named_with_its_way_out(content, said):
    with pytest.raises(DigitsError, match=said) as caught:
        pictures.read(content)
    assert caught.value.code == ANOTHER_FORMAT
    assert "starts with" in caught.value.detail


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_what_is_read_is_no_other_format(kind):
    assert pictures.read(saved(kind)).size == (9, 9)


def test_a_long_beginning_of_a_comment_costs_nothing():
    with pytest.raises(DigitsError):
        pictures.read(b"<!--" + b"--><!--" * 10**6)
