"""Zip files and arrays of NumPy's that a stranger made: what they claim is checked first.

A zip of 300 KB can claim to hold 300 MB, and an array's header of 100 bytes a
terabyte. Here sizes, shapes and kinds are known before anything is unpacked,
and nothing is unpacked beyond what it was said to be. Pickled objects are
never read. Knows neither digits nor weights.
"""

import io
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from denoiser.errors import DenoiserError
from denoiser.files.atomic import MAX_UPLOAD

MAX_UNPACKED = 32 * 2**20
MAX_ENTRIES = 1000
MAX_EXTRA = 1000  # bytes about one entry; zip programs write 20 to 60
MAX_HEADER = 1000  # bytes; NumPy's own are 128
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENTRY = b"PK\x01\x02"  # begins each line of a zip's table of contents
# How long its extra part is; looked ahead for, so that no other line's beginning is passed over.
_EXTRA = re.compile(re.escape(_ENTRY) + b"(?=.{26}(..))", re.DOTALL)


@dataclass(frozen=True)
class Header:
    """What a file says of an array in it, before the array is read.

    Attributes:
        shape: Of the array.
        dtype: Of the array.
        fortran_order: Whether the first axis changes fastest in the file.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran_order: bool

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return math.prod(self.shape) * self.dtype.itemsize


@contextmanager
def open_zip(
    source: bytes | Path,
    refused: Callable[..., DenoiserError],
    most_unpacked: int = MAX_UNPACKED,
    most_files: int = MAX_ENTRIES,
) -> Iterator[zipfile.ZipFile]:
    """Open a zip file for the length of a block.

    Args:
        source: Its bytes, of which there may be `MAX_UPLOAD`; or a file on this machine.
        refused: Makes the error out of a message and its values, as `DenoiserError` has them.
        most_unpacked: Bytes that all that is in it may have together.
        most_files: How many files may be in bytes.

    Raises:
        DenoiserError: Made by `refused`, whatever goes wrong in the block: on
            damaged files zipfile and NumPy raise many types.
    """
    try:
        file = source if isinstance(source, Path) else _file(source, most_files)
        with zipfile.ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > most_unpacked:
                raise refused(
                    "What is packed in this file is too large: at most {most} MB are read. Bring "
                    "less at once.",
                    most=most_unpacked // 2**20,
                    detail=f"expected at most {most_unpacked:,} bytes in it, got {size:,}",
                )
            if any(entry.compress_type not in COMPRESSIONS for entry in archive.infolist()):
                raise refused(
                    "This file is packed in an unusual way. Pack it again as an ordinary zip file.",
                    detail="expected files as they are or deflated in it",
                )
            yield archive
    except DenoiserError:
        raise
    except Exception as error:
        raise refused(
            "This file is damaged, incomplete or of another kind. Save or export it again where "
            "it comes from.",
            detail=f"expected a readable file ({error})",
        ) from error


def _file(content: bytes, most_files: int) -> IO[bytes]:
    if len(content) > MAX_UPLOAD:
        raise ValueError(f"expected at most {MAX_UPLOAD:,} bytes, got {len(content):,}")
    # As soon as the file is opened, every entry takes memory, and each extra part the square of
    # its length in time.
    if (count := content.count(_ENTRY)) > most_files:
        raise ValueError(f"expected at most {most_files:,} files in it, got {count:,}")
    extras = (int.from_bytes(size, "little") for size in _EXTRA.findall(content))
    if (longest := max(extras, default=0)) > MAX_EXTRA:
        raise ValueError(f"expected at most {MAX_EXTRA:,} bytes about a file, got {longest:,}")
    return io.BytesIO(content)


def read(archive: zipfile.ZipFile, name: str, most: int | None = None) -> bytes:
    """Return a file in a zip file, or its first `most` bytes.

    `ZipFile.read` would unpack all there is before it looks at how much there
    was said to be.

    Raises:
        KeyError: There is none of that name.
        BadZipFile: It is damaged.
    """
    size = archive.getinfo(name).file_size
    with archive.open(name) as file:
        return file.read(size if most is None else min(size, most))


def read_array(content: bytes, check: Callable[[Header], None]) -> np.ndarray:
    """Read an array as `numpy.save` writes it.

    Args:
        content: The file.
        check: Called with the header before the array is read; raises to refuse it.

    Returns:
        The array, of the header's shape and dtype, read-only, in the memory of `content`.

    Raises:
        ValueError: No such array, or one of objects, or one cut short.
    """
    file = io.BytesIO(content)
    header = read_header(file)
    check(header)
    if (there := len(content) - file.tell()) < header.nbytes:
        raise ValueError(f"expected an array of {header.nbytes:,} bytes, got {there:,}")
    flat = np.frombuffer(content, header.dtype, math.prod(header.shape), file.tell())
    return flat.reshape(header.shape, order="F" if header.fortran_order else "C")


def read_header(file: IO[bytes]) -> Header:
    """Read an array's header.

    Args:
        file: At the array's beginning; at the end it is after the header.

    Raises:
        ValueError: No such header, or one that makes no sense.
    """
    version = np.lib.format.read_magic(file)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"expected an array of format 1 or 2, got {version}")
    shape, fortran_order, dtype = readers[version](file, max_header_size=MAX_HEADER)
    if dtype.hasobject or min(shape, default=0) < 0:
        raise ValueError(f"expected an array of numbers, got {dtype} {shape}")
    return Header(shape, dtype, fortran_order)
