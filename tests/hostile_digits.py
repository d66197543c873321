"""Files of digits made by hand, as no program writes them: idx that lies, tars without end."""

import gzip
import io
import struct
import tarfile
from collections.abc import Mapping


def idx_that_claims(*shape: int) -> bytes:
    """Return the beginning of an idx file of bytes, and nothing of its array."""
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)


def gzips(content: bytes, count: int) -> bytes:
    """Return a gzip that unpacks to some content so many times."""
    return gzip.compress(content, 9) * count


def tar_of(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return buffer.getvalue()


def tar_with_a_long_name(size: int) -> bytes:
    """Return a tar of one file, whose name has so many letters."""
    about = tarfile.TarInfo("x" * size)
    return about.tobuf(tarfile.GNU_FORMAT) + bytes(1024)
