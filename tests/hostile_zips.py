"""Zips and arrays made by hand: what libraries refuse to write, and what readers must refuse."""

import struct
import zipfile
import zlib

from weight_files import zip_of

MIB = 2**20
ENTRY, END = b"PK\x01\x02", b"PK\x05\x06"
ZIP64_EXTRA, UNKNOWN_EXTRA = 1, 0x9999


def npy(descr: object, shape: object, data: bytes = b"", version: int = 1) -> bytes:
    """Return an array's file that claims a kind and a shape, whatever it holds."""
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + data


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


def deflated(name: str, content: bytes) -> bytes:
    return zip_of({name: content}, zipfile.ZIP_DEFLATED)


def claiming(name: str, content: bytes, size: int) -> bytes:
    """Return a zip of one file that is said to unpack to `size` bytes."""
    there = struct.pack("<I", len(content))
    return patched(deflated(name, content), there, struct.pack("<I", size))


def layers(name: str, count: int) -> bytes:
    """Return a zip in a zip in a zip, with zeros at last, each under the same name."""
    content = bytes(16 * MIB)
    for _ in range(count):
        content = deflated(name, content)
    return content


def entries(names: list[str], content: bytes = b"", size: int = 0, extra: bytes = b"") -> bytes:
    """Return a zip whose files all lie in the same place, deflated.

    After "A better zip bomb", David Fifield, 2019.
    """
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(content) + packer.flush()
    about = struct.pack("<HHHHHIII", 20, 0, 8, 0, 33, zlib.crc32(content), len(packed), size)
    first = names[0].encode()
    local = b"PK\x03\x04" + about + struct.pack("<HH", len(first), 0) + first + packed
    lines = [ENTRY + b"\x14\0" + about
             + struct.pack("<HHHHHII", len(name), len(extra), 0, 0, 0, 0, 0)
             + name.encode() + extra for name in names]  # fmt: skip
    table = b"".join(lines)
    count = len(names) % 2**16
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(table), len(local), 0)
    return local + table + END + end


def of_zip64(name: str, size: int) -> bytes:
    """Return a zip of one file that is said, in 64 bits, to unpack to `size` bytes."""
    return entries([name], b"", 2**32 - 1, struct.pack("<HHQ", ZIP64_EXTRA, 8, size))


def with_a_long_table(name: str) -> bytes:
    """Return a zip whose table of contents is said, in 64 bits, to have 2**62 lines and bytes."""
    content = zip_of({name: b"abc"})
    start, lost = content.index(ENTRY), 2**32 - 1
    end = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, *[2**62] * 3, start)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, content.index(END), 1)
    last = END + struct.pack("<HHHHIIH", 0, 0, 2**16 - 1, 2**16 - 1, lost, lost, 0)
    return content[: content.index(END)] + b"PK\x06\x06" + end + locator + last


def empty_extras(size: int) -> bytes:
    """Return an extra part of an entry, made of nothing but empty fields."""
    return struct.pack("<HH", UNKNOWN_EXTRA, 0) * (size // 4)
