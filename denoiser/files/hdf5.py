"""The float32 arrays of an HDF5 file, read without the HDF5 library.

Keras keeps weights in the plainest HDF5 there is: groups as symbol tables, each
array in one piece, as little-endian float32. This module reads that and nothing
else. Links, other files, filters, chunks, virtual and shared data are not
followed, because there is no code that could: the library's parser, in C, may
crash on a hostile file or be led to other files; this one can only refuse. It
takes bytes and opens nothing.

Reference: HDF5 File Format Specification, version 3.0, sections II.A (superblock
0), III.A.1 (version 1 B-trees), III.B to D (symbol tables and local heaps) and IV.A
(version 1 object headers and their messages).
"""

import math
import struct
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MAX_PARTS = 50_000  # names, messages about what they name, and nodes between them
MAX_DEPTH = 10  # of groups, and of a group's tree
MAX_NAME = 100  # bytes
MAX_RANK = 4

# Kinds of messages about an object
SPACE, TYPE, LAYOUT, CONTINUATION, TABLE = 0x01, 0x03, 0x08, 0x10, 0x11
IGNORED = {0x00, 0x04, 0x05, 0x0C, 0x12}  # nothing, fill value, attribute, time of change
SHARED = 0x02
IN_ONE_PIECE = b"\x03\x01"
FLOAT32 = bytes.fromhex("11201f000400000000002000170800177f000000")
SYMBOLIC_LINK = 2

Names = tuple[str, ...]


def arrays(content: bytes, skipped: Collection[str] = ()) -> dict[str, np.ndarray]:
    """Return the arrays of a file by path, as `group/group/name`.

    Args:
        content: The file.
        skipped: Names of groups that are not looked into, wherever they are.

    Returns:
        Read-only float32 arrays of any shape in the memory of `content`, none of which
        overlap.

    Raises:
        ValueError: No such file as Keras writes.
    """
    return {"/".join(path): array for path, array in _Reader(content).arrays(skipped)}


class _Reader:
    """One file, and how much of it was looked at."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self._parts_left = MAX_PARTS
        self._bytes_left = len(content)
        self._seen: set[int] = set()

    def arrays(self, skipped: Collection[str]) -> Iterator[tuple[Names, np.ndarray]]:
        if self._bytes(0, len(SIGNATURE)) != SIGNATURE:
            raise ValueError("expected an HDF5 file")
        version, *sizes, base, root = _unpacked("<8xB4xBB9xQ32xQ", self._content)
        if (version, *sizes, base) != (0, 8, 8, 0):
            raise ValueError(f"expected an HDF5 file of version 0, got version {version}")
        for name, address in self._children(self._messages(root)):
            yield from self._walk(address, (name,), skipped)

    def _walk(
        self, address: int, path: Names, skipped: Collection[str]
    ) -> Iterator[tuple[Names, np.ndarray]]:
        if path[-1] in skipped:
            return
        if len(path) > MAX_DEPTH:
            raise ValueError(f"expected groups at most {MAX_DEPTH} deep")
        messages = self._messages(address)
        if TABLE not in messages:
            yield path, self._array(messages, "/".join(path))
            return
        for name, child in self._children(messages):
            yield from self._walk(child, (*path, name), skipped)

    # Messages about a group or an array

    def _messages(self, address: int) -> dict[int, memoryview]:
        if address in self._seen:
            raise ValueError("expected each group and array in one place, one is in two")
        self._seen.add(address)
        version, size = self._unpacked("<B7xI", address)
        if version != 1:
            raise ValueError(f"expected object headers of version 1, got {version}")
        messages: dict[int, memoryview] = {}
        blocks = [(address + 16, size)]
        for kind, body in self._in_blocks(blocks):
            if kind == CONTINUATION:
                blocks.append(_unpacked("<QQ", body))
            elif kind in (SPACE, TYPE, LAYOUT, TABLE):
                messages[kind] = body
            elif kind not in IGNORED:
                raise ValueError(f"expected plain groups and arrays, got a message of kind {kind}")
        return messages

    def _in_blocks(self, blocks: list[tuple[int, int]]) -> Iterator[tuple[int, memoryview]]:
        """Give the messages in blocks, of which there may be more while this runs."""
        for start, size in blocks:
            block, place = self._bytes(start, size), 0
            while place + 8 <= len(block):
                self._count_part()
                kind, length, flags = _unpacked("<HHB", block, place)
                if flags & SHARED:
                    raise ValueError("expected nothing that is shared")
                yield kind, block[place + 8 : place + 8 + length]
                place += 8 + length

    # Groups

    def _children(self, messages: dict[int, memoryview]) -> Iterator[tuple[str, int]]:
        if TABLE not in messages:
            raise ValueError("expected a group")
        tree, heap = _unpacked("<QQ", messages[TABLE])
        signature, version, size, start = self._unpacked("<4sB3xQ8xQ", heap)
        if (signature, version) != (b"HEAP", 0):
            raise ValueError("expected a group's names")
        names = self._bytes(start, size)
        for table in self._leaves(tree):
            yield from self._entries(table, names)

    def _leaves(self, address: int, level: int | None = None) -> Iterator[int]:
        self._count_part()
        signature, kind, found_level, count = self._unpacked("<4sBBH", address)
        if (signature, kind) != (b"TREE", 0) or level not in (None, found_level):
            raise ValueError("expected a group's tree")
        if found_level > MAX_DEPTH:
            raise ValueError(f"expected a group's tree at most {MAX_DEPTH} deep")
        # Each child is between two keys, which say what names it has.
        for (child,) in struct.iter_unpack("<8xQ", self._bytes(address + 24, 16 * count)):
            if found_level:
                yield from self._leaves(child, found_level - 1)
            else:
                yield child

    def _entries(self, address: int, names: memoryview) -> Iterator[tuple[str, int]]:
        self._count_part()
        signature, version, count = self._unpacked("<4sBxH", address)
        if (signature, version) != (b"SNOD", 1):
            raise ValueError("expected a group's symbols")
        entries = self._bytes(address + 8, 40 * count)
        for name, child, cached in struct.iter_unpack("<QQI20x", entries):
            self._count_part()  # here, since a table may be in many places of a tree
            if cached == SYMBOLIC_LINK:
                raise ValueError("expected no links, got one")
            yield _text(names, name), child

    # Arrays

    def _array(self, messages: dict[int, memoryview], path: str) -> np.ndarray:
        if not {SPACE, TYPE, LAYOUT} <= set(messages):
            raise ValueError(f"{path}: expected an array")
        if messages[TYPE][: len(FLOAT32)] != FLOAT32:
            raise ValueError(f"{path}: expected float32 numbers")
        if messages[LAYOUT][: len(IN_ONE_PIECE)] != IN_ONE_PIECE:
            raise ValueError(
                f"{path}: expected an array in one piece, neither packed nor elsewhere"
            )
        shape = _shape(messages[SPACE])
        start, size = _unpacked("<2xQQ", messages[LAYOUT])
        if size != 4 * math.prod(shape):
            raise ValueError(f"{path}: expected {4 * math.prod(shape)} bytes, got {size}")
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise ValueError("expected arrays that do not overlap")
        return np.frombuffer(self._bytes(start, size), "<f4").reshape(shape)

    # Bytes

    def _bytes(self, start: int, size: int) -> memoryview:
        if start + size > len(self._content):
            raise ValueError("expected a whole file, it ends too early")
        return self._content[start : start + size]

    def _unpacked(self, layout: str, start: int) -> tuple[Any, ...]:
        return struct.unpack(layout, self._bytes(start, struct.calcsize(layout)))

    def _count_part(self) -> None:
        self._parts_left -= 1
        if self._parts_left < 0:
            raise ValueError(f"expected at most {MAX_PARTS:,} parts")


def _unpacked(layout: str, content: memoryview, start: int = 0) -> tuple[Any, ...]:
    try:
        return struct.unpack_from(layout, content, start)
    except struct.error:
        raise ValueError("expected a whole file, it ends too early") from None


def _shape(space: memoryview) -> tuple[int, ...]:
    version, rank = _unpacked("<BB", space)
    if version not in (1, 2) or rank > MAX_RANK:
        raise ValueError(f"expected at most {MAX_RANK} dimensions, got {rank}")
    shape: tuple[int, ...] = _unpacked(f"<{rank}Q", space, 8 if version == 1 else 4)
    if not all(0 < count < 2**31 for count in shape):
        raise ValueError(f"expected sizes above zero, got {shape}")
    return shape


def _text(names: memoryview, start: int) -> str:
    name, end, _ = bytes(names[start : start + MAX_NAME + 1]).partition(b"\0")
    if not name or not end:
        raise ValueError(f"expected names of 1 to {MAX_NAME} bytes")
    return name.decode("ascii")
