"""A visitor's picture file, read within limits: upright 8-bit pixels, or a `DigitsError`.

The file is taken for hostile. Its size, pixels and parts are bounded before they
cost anything; 25 million pixels in, a picture of a thousand a side out, in about
200 MiB. Knows nothing of digits, ink or networks.
"""

import io
import re
import warnings
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin, UnidentifiedImageError

from denoiser.errors import DigitsError
from denoiser.files import formats
from denoiser.files.atomic import MAX_UPLOAD

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"BM")  # and "WEBP", from the ninth byte on
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
MAX_PIXELS = 25_000_000
MAX_SIDE = 30_000
# Pillow holds four copies of a WebP picture while it decodes one.
MAX_WEBP_PIXELS = 12_500_000
WORKING_SIDE = 1000
THUMBNAIL_SIDE = 128
SEEN_THROUGH = "#a0a0a0"  # black ink and white ink can both be seen on it
DAMAGED, TOO_LARGE = "damaged", "too large"  # codes of errors
FULL_SIZE = "full size"  # key of a picture's `info`

# A PNG's text is not used; Pillow would unpack 64 MiB of it.
PngImagePlugin.MAX_TEXT_MEMORY = 4 * 2**20

# Parts that cost time out of proportion to their bytes. A progressive JPEG has about ten scans,
# each of which goes over the whole picture.
MAX_READS = 50_000
MAX_SCANS = 40
MAX_EXIFS = 16
JPEG_SCAN = re.compile(rb"\xff\xda\x00(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")

TILE = 512
# Exif 2.32, tag 0x0112: how the camera was held.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {UPRIGHT[orientation] for orientation in (5, 6, 7, 8)}  # width becomes height


class _MeteredFile(io.BytesIO):
    """A file in memory that ends parsing in small steps, as Pillow does it in Python."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise OSError("too many parts")
        return super().read(size)


def read(
    source: bytes | Path,
    *,
    upright: bool = True,
    paper: str | None = "white",
    side: int | None = WORKING_SIDE,
) -> Image.Image:
    """Read a PNG, JPEG, WebP or BMP picture; of an animation, the first frame.

    Args:
        source: The file's content, or its path.
        upright: Turn the picture as its EXIF orientation asks for.
        paper: The colour that transparent parts are put on; None drops transparency, and the
            colours beneath it show.
        side: Pixels of the longer side of a larger picture after scaling it
            down; None keeps all pixels, and takes the memory they need.

    Returns:
        A picture in mode RGB; 16-bit pixels are divided by 257. Its `info[FULL_SIZE]` is the
        (width, height) it has in the file, turned as it is itself.

    Raises:
        DigitsError: Missing, too large, damaged, incomplete or of another format.
    """
    try:
        return _read(_limited(source), upright, paper, side)
    except DigitsError as error:
        if isinstance(source, bytes):
            raise
        raise DigitsError(
            "{file}: {problem}", file=source, problem=error, code=error.code
        ) from None  # fmt: skip


def _read(data: bytes, upright: bool, paper: str | None, side: int | None) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of oddities in EXIF: one line each, in thousands
            return _decoded(data, upright, paper, side)
    except DigitsError:
        raise
    except UnidentifiedImageError as error:
        is_ours = data.startswith(SIGNATURES) or data[8:12] == b"WEBP"
        raise _damaged(error) if is_ours else formats.refusal(data) from None
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(MAX_PIXELS, str(error)) from None
    except Exception as error:  # Pillow's parsers raise many types on damaged files
        raise _damaged(error) from error


def _damaged(error: Exception) -> DigitsError:
    return DigitsError(
        "This picture is damaged or incomplete; perhaps it was cut short on its way. Open it in "
        "another program and save it anew, or take it again.",
        code=DAMAGED,
        detail=f"{type(error).__name__}: {error}",
    )


@dataclass(frozen=True)
class Preview:
    """A picture to look at.

    Attributes:
        size: Width and height it has in the file, turned as it is itself.
        picture: A JPEG file of at most `WORKING_SIDE` pixels a side, its transparent parts grey.
        thumbnail: The same with at most `THUMBNAIL_SIDE` pixels a side.
    """

    size: tuple[int, int]
    picture: bytes
    thumbnail: bytes


def preview(content: bytes, upright: bool = True) -> Preview:
    """Return a picture as one to look at, in a size that a page sends.

    Args:
        content: The picture's file.
        upright: Turn the picture as its EXIF orientation asks for.

    Raises:
        DigitsError: As `read` has it.
    """
    picture = read(content, upright=upright, paper=SEEN_THROUGH)
    size = picture.info[FULL_SIZE]
    large = _jpeg(picture)
    picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Preview(size, large, _jpeg(picture))


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()


def pixels(content: bytes) -> int:
    """Return how many pixels a picture says it has; 0 where `read` would refuse it at once."""
    try:
        with Image.open(_MeteredFile(_limited(content)), formats=FORMATS) as picture:
            _check_pixels(picture)
            return picture.width * picture.height
    except Exception:  # `read` says what it is
        return 0


def _limited(source: bytes | Path) -> bytes:
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                source = file.read(MAX_UPLOAD + 1)
        except OSError as error:
            raise DigitsError(
                "It cannot be opened: {why}.", why=error.strerror or type(error).__name__
            ) from None
    if len(source) > MAX_UPLOAD:
        raise DigitsError(
            "This picture's file is too large: at most {most} MB are read. Send a smaller copy, or "
            "take a screenshot of it and send that.",
            code=TOO_LARGE,
            most=MAX_UPLOAD // 2**20,
            detail=f"expected at most {MAX_UPLOAD:,} bytes",
        )
    scans = sum(1 for _ in islice(JPEG_SCAN.finditer(source), MAX_SCANS + 1))  # not millions
    exifs = source.count(b"Exif\0\0")
    if scans > MAX_SCANS or exifs > MAX_EXIFS:
        raise DigitsError(
            "This picture is made of far more parts than a photo has, so it is not read. Open it "
            "in another program and save it anew.",
            detail=f"expected at most {MAX_SCANS} scans and {MAX_EXIFS} EXIF parts, "
            f"got {scans} and {exifs}",
        )
    return source


def _decoded(data: bytes, upright: bool, paper: str | None, side: int | None) -> Image.Image:
    with Image.open(_MeteredFile(data), formats=FORMATS) as picture:
        _check_pixels(picture)
        full_size = picture.size
        if side is not None:
            picture.draft(None, _fitted(picture.size, side))
        picture.load()
        small = _reduced(picture, paper, side)
        tag = picture.getexif().get(ExifTags.Base.Orientation, 0) if upright else 0
        turn = UPRIGHT.get(tag)
    if side is not None:
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
    if turn is not None:
        small = small.transpose(turn)
    small.info[FULL_SIZE] = full_size[::-1] if turn in SIDEWAYS else full_size
    return small


def _check_pixels(picture: Image.Image) -> None:
    most = MAX_WEBP_PIXELS if picture.format == "WEBP" else MAX_PIXELS
    width, height = picture.size
    if width * height > most or max(width, height) > MAX_SIDE:
        raise _too_many_pixels(most, f"{width:,}x{height:,}, of at most {MAX_SIDE:,} a side")


def _too_many_pixels(most: int, detail: str) -> DigitsError:
    return DigitsError(
        "This picture has too many pixels: at most {most:g} million are read. Send a smaller copy, "
        "or take a screenshot of it and send that.",
        code=TOO_LARGE,
        most=most / 10**6,
        detail=detail,
    )


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Scale a size so that the longer side is `side`."""
    longer = max(size)
    return max(1, size[0] * side // longer), max(1, size[1] * side // longer)


def _reduced(picture: Image.Image, paper: str | None, side: int | None) -> Image.Image:
    """Convert to RGB and scale down by a whole factor, tile by tile to save memory."""
    factor = 1 if side is None else max(1, max(picture.size) // side)
    step = factor * -(-TILE // factor)
    width, height = picture.size
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    for top in range(0, height, step):
        for left in range(0, width, step):
            box = (left, top, min(left + step, width), min(top + step, height))
            tile = _as_rgb(picture.crop(box), paper).reduce(factor)
            small.paste(tile, (left // factor, top // factor))
    return small


def _as_rgb(tile: Image.Image, paper: str | None) -> Image.Image:
    if tile.mode.startswith("I"):
        tile = _as_8_bit(tile)
    if not tile.has_transparency_data:
        return tile.convert("RGB")
    tile = tile.convert("RGBA")
    if paper:
        tile = Image.alpha_composite(Image.new("RGBA", tile.size, paper), tile)
    return tile.convert("RGB")


def _as_8_bit(tile: Image.Image) -> Image.Image:
    """Scale 16-bit grey, which Pillow would clip; a grey that stands for transparent gets alpha."""
    pixels = np.asarray(tile)
    grey = Image.fromarray(np.rint(np.clip(pixels, 0, 65535) / 257).astype(np.uint8))
    transparent = tile.info.get("transparency")
    if transparent is not None:
        grey.putalpha(Image.fromarray(np.where(pixels == transparent, 0, 255).astype(np.uint8)))
    return grey
