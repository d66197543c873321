"""Picture files made by hand: what libraries refuse to write, and what readers must refuse."""

import io
import struct
import zlib
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
    """Return a WebP file of small pictures on a canvas that claims a size."""
    data = webp_frames(2)
    canvas = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    at = data.index(b"VP8X") + 12
    return data[:at] + canvas + data[at + 6 :]


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


def frames(count: int) -> bytes:
    """Return an animated PNG of many pictures."""
    size, pixels = 64, zlib.compress(bytes(65 * 64))
    start = png(size, size)[:33]  # up to the first chunk
    control = struct.pack(">IIIIHHBB", size, size, 0, 0, 1, 10, 0, 0)
    parts = [start, chunk(b"acTL", struct.pack(">II", count, 0))]
    parts += [chunk(b"fcTL", struct.pack(">I", 0) + control), chunk(b"IDAT", pixels)]
    for i in range(1, 2 * count - 2, 2):
        parts.append(chunk(b"fcTL", struct.pack(">I", i) + control))
        parts.append(chunk(b"fdAT", struct.pack(">I", i + 1) + pixels))
    return b"".join(parts) + chunk(b"IEND")


def webp_frames(count: int) -> bytes:
    """Return an animated WebP of many pictures."""
    pair = [Image.new("L", (64, 64), grey) for grey in (0, 255)]
    data = encoded(pair[0], "WEBP", save_all=True, append_images=pair[1:])
    frame = data[data.rindex(b"ANMF") :]
    body = data[8:] + (count - 2) * frame
    return b"RIFF" + struct.pack("<I", len(body)) + body


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
