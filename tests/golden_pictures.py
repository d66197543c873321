"""Whole picture files of every kind that is read, each with a digit on it."""

import io

import numpy as np
import photos
from PIL import ExifTags, Image, ImageOps, PngImagePlugin

from denoiser.data import digits

SIDE = 120
LARGE = (4000, 3000)


def files() -> list[bytes]:
    """Return one file of each format, mode and option."""
    photo = Image.open(io.BytesIO(photos.photograph(_digit(0), np.random.default_rng(0))))
    color = photo.convert("RGB").resize((SIDE, SIDE))
    grey = color.convert("L")
    black = grey.convert("1", dither=Image.Dither.NONE)
    clear = color.copy()
    clear.putalpha(ImageOps.invert(grey))  # ink alone, as drawing programs save it
    deep = Image.fromarray(np.asarray(grey, np.uint16) * 257)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "a digit", zip=True)
    animated = {"save_all": True, "append_images": [grey, color]}
    return [
        *(_file(p, "PNG") for p in (color, grey, clear, deep, clear.convert("LA"))),
        *(_file(p, "PNG") for p in (black, color.convert("P"))),
        _file(grey.convert("P"), "PNG", transparency=3),
        _file(color, "PNG", exif=exif, pnginfo=text),
        _file(color, "PNG", **animated),
        _file(color, "JPEG", exif=exif),
        _file(grey, "JPEG"),
        _file(color, "JPEG", progressive=True, subsampling=0),
        _file(color.convert("CMYK"), "JPEG"),
        _file(color.resize(LARGE), "JPEG", progressive=True),
        _file(color, "MPO", **animated),
        _file(clear, "WEBP", exif=exif),
        _file(clear, "WEBP", lossless=True),
        _file(color, "WEBP", **animated),
        *(_file(p, "BMP") for p in (color, clear, grey, black)),
        _file(Image.fromarray(_digit(1)), "PNG"),
        photos.sheet([[_digit(2), _digit(3)], [_digit(4), _digit(5)]], np.random.default_rng(0)),
    ]


def _digit(i: int) -> np.ndarray:
    return digits.bundled("test").images[i]


def _file(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
