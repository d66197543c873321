"""Files that are sent where a picture belongs: which kind each is, and how it becomes a picture.

Told by their first bytes, never by their name. Nothing of them is decoded.
"""

import re
from collections.abc import Callable, Sequence

from denoiser.errors import DigitsError

BRANDS_AT, BRANDS_END = 8, 64  # in an ISO file: the main brand, and those that it is also read as
HEIC = re.compile(rb"hei[cxms]|hev[cxms]|mif1|msf1")
AVIF = re.compile(rb"avi[fs]")
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"FUJIFILMCCD-RAW")
CAMERA = re.compile(rb"crx ")
OTHER_PICTURES = (b"\0\0\0\x0cJXL ", b"\xff\x0a", b"\0\0\0\x0cjP  ", b"8BPS", b"\0\0\1\0", b"%!PS")
VIDEO = (b"\x1aE\xdf\xa3", b"FLV\x01", b"\0\0\x01\xba", b"0&\xb2u")
OFFICE = re.compile(rb"(word|xl|ppt)/|mimetypeapplication/vnd\.oasis|Index/Document\.iwa")
HTML = re.compile(rb"\s*(<!doctype html|<html)", re.I)
ANOTHER_FORMAT = "another format"
SEEN = 4096  # bytes of a file that are looked at


def _is_of(brands: re.Pattern[bytes]) -> Callable[[bytes], object]:
    return lambda head: head[4:8] == b"ftyp" and brands.search(head[BRANDS_AT:BRANDS_END])


def _is_video(head: bytes) -> bool:
    is_riff = head[:4] == b"RIFF" and head[8:12] == b"AVI "
    return head[4:8] in (b"ftyp", b"moov", b"mdat") or is_riff or head.startswith(VIDEO)


def _is_office(head: bytes) -> object:
    is_zipped = head.startswith(b"PK\x03\x04") and OFFICE.search(head)
    return is_zipped or head.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf"))


def _is_svg(head: bytes) -> object:
    return head.lstrip().startswith(b"<") and re.search(rb"<svg[\s>]", head)


# The first that fits says it. A picture in another format is best saved anew where it comes from.
_KINDS: Sequence[tuple[Callable[[bytes], object], DigitsError]] = (
    (lambda head: not head, DigitsError(
        "This file is empty: it has no bytes at all. Perhaps it was still being copied or "
        "downloaded; wait until it can be opened, and send it again."
    )),
    (_is_of(AVIF), DigitsError(
        "This picture is in the AVIF format, which the lab does not read. Open it and save or "
        "export it as JPEG or PNG, or take a screenshot of it and send that."
    )),
    (_is_of(HEIC), DigitsError(
        "This photo is in Apple's HEIC format, which the lab does not read. Send it as JPEG: on "
        "an iPhone choose Settings > Camera > Formats > Most Compatible and take it again; on a "
        "Mac open it in Preview and choose File > Export > JPEG; or take a screenshot of it."
    )),
    (lambda head: head.startswith(b"%PDF"), DigitsError(
        "This is a PDF document, not a picture. Open the page with the digits and take a "
        "screenshot of it, or export that page as JPEG or PNG."
    )),
    (lambda head: head.startswith((b"GIF87a", b"GIF89a")), DigitsError(
        "This picture is a GIF, which the lab does not read. Save it as PNG, or take a screenshot "
        "of it and send that."
    )),
    (lambda head: head.startswith(TIFF) or _is_of(CAMERA)(head), DigitsError(
        "This picture is in the TIFF format, or a camera's raw photo, which the lab does not "
        "read. Save or export it as JPEG or PNG, or have the scanner make JPEG files."
    )),
    (lambda head: head.startswith(OTHER_PICTURES), DigitsError(
        "This picture is in a format that the lab does not read. Open it in the program it comes "
        "from, and save or export it as JPEG or PNG."
    )),
    (_is_svg, DigitsError(
        "This is an SVG drawing: lines to be drawn, not a picture of them. Export it as PNG, or "
        "take a screenshot of it and send that."
    )),
    (_is_office, DigitsError(
        "This is a document of a word processor or the like, not a picture. Open it and take a "
        "screenshot of the digits, or save the picture in it as JPEG or PNG."
    )),
    (lambda head: head.startswith(b"PK\x03\x04"), DigitsError(
        "This is a zip file, not a picture. Unpack it, and send the pictures that are in it."
    )),
    (_is_video, DigitsError(
        "This is a video or a moving picture. Pause it where the digits can be seen and take a "
        "screenshot, or take a photo instead."
    )),
    (HTML.match, DigitsError(
        "This is a web page, not a picture: perhaps the link was saved instead of what it shows. "
        "Open it, save the picture itself, and send that."
    )),
)  # fmt: skip

_UNKNOWN = DigitsError(
    "This file is no picture that the lab knows, or its beginning is damaged. Send a photo or a "
    "screenshot as JPEG, PNG, WebP or BMP."
)


def refusal(content: bytes) -> DigitsError:
    """Return what to say of a file that is no picture we read: what it is, and the way on."""
    head = content[:SEEN]
    found = next((problem for is_one, problem in _KINDS if is_one(head)), _UNKNOWN)
    return DigitsError(
        "{problem}", problem=found, code=ANOTHER_FORMAT, detail=f"starts with {head[:16]!r}"
    )
