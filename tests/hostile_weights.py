"""HDF5 and safetensors made by hand: what libraries refuse to write, and what readers must refuse.

The HDF5 here is what `denoiser.hdf5` reads, so that its parts may lie on each other.
"""

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from weight_files import h5_of

from denoiser.files import hdf5

NOWHERE = 2**64 - 1
NO_NUMBERS = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}


class _Hdf5:
    """An HDF5 file that grows part by part."""

    def __init__(self) -> None:
        self._content = bytearray(96)  # room for the superblock

    def add(self, part: bytes) -> int:
        """Add a part; return its address."""
        self._content += bytes(-len(self._content) % 8)
        address = len(self._content)
        self._content += part
        return address

    def object(self, *messages: tuple[int, bytes]) -> int:
        body = b"".join(struct.pack("<HHB3x", kind, len(m), 0) + m for kind, m in messages)
        return self.add(struct.pack("<BxHII4x", 1, len(messages), 1, len(body)) + body)

    def table(self, entries: Sequence[tuple[int, int]]) -> int:
        """Add where names lie in the names and what they name."""
        lines = b"".join(struct.pack("<QQI20x", name, child, 0) for name, child in entries)
        return self.add(struct.pack("<4sBxH", b"SNOD", 1, len(entries)) + lines)

    def tree(self, children: Sequence[int], level: int = 0) -> int:
        kids = b"".join(struct.pack("<QQ", 0, child) for child in children) + bytes(8)
        head = struct.pack("<4sBBHQQ", b"TREE", 0, level, len(children), NOWHERE, NOWHERE)
        return self.add(head + kids)

    def group(self, tree: int, names: bytes) -> int:
        heap = struct.pack("<4sB3xQQQ", b"HEAP", 0, len(names), 0, self.add(names))
        return self.object((hdf5.TABLE, struct.pack("<QQ", tree, self.add(heap))))

    def number(self, messages: int = 0, shape: Sequence[int] = ()) -> int:
        """Add an array that holds one number, with messages about it that say nothing."""
        nothing = self.add(bytes(8 * messages))
        space = struct.pack(f"<BB6x{len(shape)}Q", 1, len(shape), *shape)
        size = 4 * int(np.prod(shape, dtype=object))
        return self.object(
            (hdf5.SPACE, space),
            (hdf5.TYPE, hdf5.FLOAT32 + bytes(4)),
            (hdf5.LAYOUT, hdf5.IN_ONE_PIECE + struct.pack("<QQ6x", self.add(bytes(4)), size)),
            (hdf5.CONTINUATION, struct.pack("<QQ", nothing, 8 * messages)),
        )

    def whole(self, root: int) -> bytes:
        versions = struct.pack("<8sBBBBBBBxHHI", hdf5.SIGNATURE, 0, 0, 0, 0, 0, 8, 8, 4, 16, 0)
        places = struct.pack("<QQQQ", 0, NOWHERE, len(self._content), NOWHERE)
        self._content[:80] = versions + places + struct.pack("<QQ8x", 0, root)
        return bytes(self._content)


def one_table_in_many_places(tables: int, entries: int) -> bytes:
    """Return a group that lists the same names again and again, of what is passed over."""
    file, names = _Hdf5(), bytes(8) + b"optimizer\0"
    table = file.table([(8, 0)] * entries)
    return file.whole(file.group(file.tree([table] * tables), names))


def tree_of_many_levels(levels: int) -> bytes:
    file = _Hdf5()
    tree = file.tree([])
    for level in range(1, levels):
        tree = file.tree([tree], level)
    return file.whole(file.group(tree, bytes(8)))


def numbers_with_messages(count: int, messages: int) -> bytes:
    """Return many arrays of one number each, with many messages about each."""
    file, names, entries = _Hdf5(), bytes(8), []
    for i in range(count):
        entries.append((len(names), file.number(messages)))
        names += b"%d\0" % i
    return file.whole(file.group(file.tree([file.table(entries)]), names))


def array_that_claims(*shape: int) -> bytes:
    file = _Hdf5()
    table = file.table([(8, file.number(shape=shape))])
    return file.whole(file.group(file.tree([table]), bytes(8) + b"a\0"))


def messages_in_a_circle() -> bytes:
    """Return a file with a header that goes on in itself."""
    content = bytearray(h5_of({"a": np.float32(1)}))
    root = struct.unpack_from("<Q", content, 64)[0]
    struct.pack_into("<HHB3xQQ", content, root + 16, hdf5.CONTINUATION, 16, 0, root + 16, 24)
    return bytes(content)


def arrays_in_one_place(count: int, size: int) -> bytes:
    """Return arrays that all lie where the first does: a thousand of 16 MB would be 16 GB."""
    arrays = [np.full(size, i, "f4").tobytes() for i in range(count)]
    content = h5_of({f"a{i}": np.frombuffer(array, "f4") for i, array in enumerate(arrays)})
    first, *others = map(content.index, arrays)
    for other in others:
        content = content.replace(struct.pack("<Q", other), struct.pack("<Q", first))
    for array in arrays[1:]:
        assert content.index(array) > first
        content = content.replace(array, b"")
    return content


def safetensors(
    header: dict[str, Any] | bytes, data: bytes = b"", size: int | None = None
) -> bytes:
    """Return a safetensors file with this header, or one said to be of another size."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


def tensor(shape: list[int], end: int = 4) -> dict[str, Any]:
    return {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}


def with_settings(text: str) -> bytes:
    return safetensors({"__metadata__": {"config": text}, "a": NO_NUMBERS})
