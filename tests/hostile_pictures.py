"""Picture files made by hand: what libraries refuse to write, and what readers must refuse."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MIB = 2**20


def encoded(picture: Image.Image | np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    """Return the file that Pillow writes of a picture."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, content: bytes = b"") -> bytes:
    """Return a chunk of a PNG file, with its checksum."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(
    width: int, height: int, bits: int = 8, color: int = 0, packed: bytes = b"", extra: bytes = b""
) -> bytes:
    """Return a PNG file that claims a size, whatever pixels it holds."""
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    body = chunk(b"IDAT", packed or zlib.compress(bytes(4096)))
    return SIGNATURE + chunk(b"IHDR", header) + extra + body + chunk(b"IEND")


def jpeg(width: int, height: int) -> bytes:
    """Return a JPEG file whose header claims a size."""
    data = encoded(Image.new("L", (8, 8)), "JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def bmp(width: int, height: int, compression: int = 0, bits: int = 24) -> bytes:
    """Return a BMP file whose header claims a size."""
    palette = bytes(1024) if bits == 8 else b""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start, 0, 0, start) + header + palette


def webp(width: int, height: int) -> bytes:
    """Return a WebP file whose canvas claims a size."""
    canvas = struct.pack("<I", 0) + (width - 1).to_bytes(3, "little")
    canvas += (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", len(canvas)) + canvas
    frame = encoded(Image.new("RGB", (8, 8)), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body + frame)) + body + frame


def whole_png(width: int, height: int, bits: int, color: int) -> bytes:
    """Return a valid PNG of zeros: a few KB that unpack to all these pixels."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[color]
    line = bytes(1 + width * bits * channels // 8)
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    return png(width, height, bits, color, packed)


def many_scans(count: int, size: tuple[int, int] = (64, 64)) -> bytes:
    """Return a progressive JPEG that goes over the picture again and again."""
    data = encoded(Image.new("L", size), "JPEG", progressive=True)
    last = data[data.rfind(b"\xff\xda") : -2]
    return data[:-2] + count * last + b"\xff\xd9"


def exif_parts(count: int) -> bytes:
    """Return a JPEG whose EXIF comes in many parts, which are joined one by one."""
    part = b"\xff\xe1" + struct.pack(">H", 10) + b"Exif\0\0MM"
    return b"\xff\xd8" + count * part + encoded(Image.new("L", (8, 8)), "JPEG")[2:]


def overlapping_exif() -> bytes:
    """Return a PNG whose EXIF has 8,000 entries that all name the same megabyte."""
    entries = b"".join(struct.pack(">HHLL", i, 7, 10**6, 10) for i in range(8000))
    exif = b"MM\0*" + struct.pack(">LH", 8, 8000) + entries + bytes(MIB)
    return png(8, 8, extra=chunk(b"eXIf", exif))


def largest() -> list[bytes]:
    """Return pictures that are read, each at a limit of pixels, depth, scans or bytes."""
    y, x = np.mgrid[0:5000, 0:5000]
    waves = Image.fromarray(((x // 7 + y // 5) % 256).astype(np.uint8))
    noise = np.random.default_rng(0).integers(0, 256, (3535, 3535, 3), dtype=np.uint8)
    return [
        encoded(Image.new("L", (28, 28))),
        *(whole_png(5000, 5000, bits, color) for bits in (8, 16) for color in (0, 2, 6)),
        whole_png(833, 30000, 8, 6),
        encoded(waves.convert("CMYK"), "JPEG", quality=40, progressive=True),
        encoded(waves.convert("RGB"), "JPEG", progressive=True, subsampling=0),
        many_scans(30, (5000, 5000)),
        encoded(noise, "WEBP", quality=60, method=0),
        encoded(noise[:2000, :2000], "WEBP", lossless=True, method=0),
        encoded(noise[:2300, :2300], "BMP"),
    ]


def _zeros(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


# Small files that cost much time or memory where they are not refused.
BOMBS: dict[str, Callable[[], bytes]] = {
    "png of 36 Mpx": lambda: png(6000, 6000),
    "png of 169 Mpx": lambda: png(13000, 13000),
    "png of 400 Mpx": lambda: png(20000, 20000),
    "png as large as it goes": lambda: png(2**31 - 1, 2**31 - 1),
    "png of one line": lambda: png(25_000_000, 1),
    "png of one column": lambda: png(1, 25_000_000),
    "png, whole, 30 Mpx in 1 bit": lambda: whole_png(6000, 5000, 1, 0),
    "png, whole, 26 Mpx in 64 bits": lambda: whole_png(5200, 5000, 16, 6),
    "png with 64 MiB of text": lambda: png(
        8, 8, extra=b"".join(chunk(b"zTXt", b"k%d\0\0" % i + _zeros(MIB)) for i in range(65))
    ),
    "png with a text of 16 MiB": lambda: png(
        8, 8, extra=chunk(b"zTXt", b"k\0\0" + _zeros(16 * MIB))
    ),
    "png with a profile of 16 MiB": lambda: png(
        8, 8, extra=chunk(b"iCCP", b"p\0\0" + _zeros(16 * MIB))
    ),
    "png of 60,000 chunks": lambda: png(8, 8, extra=chunk(b"teXt") * 60_000),
    "jpeg of 36 Mpx": lambda: jpeg(6000, 6000),
    "jpeg of 4 Gpx": lambda: jpeg(65500, 65500),
    "jpeg of 200,000 markers": lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 200_000,
    "jpeg that never begins": lambda: b"\xff\xd8" + b"\xff" * (MIB),
    "jpeg of 100 scans": lambda: many_scans(100),
    "jpeg with EXIF in 10,000 parts": lambda: exif_parts(10_000),
    "webp of 36 Mpx": lambda: webp(6000, 6000),
    "webp of 268 Mpx": lambda: webp(16383, 16383),
    "bmp of 36 Mpx": lambda: bmp(6000, 6000),
    "bmp of 4 Epx": lambda: bmp(2**31 - 1, 2**31 - 1),
    "bmp of 200,000 runs": lambda: bmp(5000, 5000, 1, 8) + b"\1\0" * 200_000,
}
