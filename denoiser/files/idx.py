"""Arrays as the files of MNIST hold them (idx): a few bytes about the array, then its numbers.

    0 0 <kind> <axes>   <length of each axis, 32 bits>...   <numbers>    all big-endian

After "The MNIST database", Y. LeCun, C. Cortes, C. Burges, "File formats". The array's shape
is known before it is read, and no more is read than that. Knows nothing of digits.
"""

import struct
from typing import IO

import numpy as np

from denoiser.files.zips import Header

KINDS = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_AXES = 4


def is_idx(head: bytes) -> bool:
    """Whether a file that begins so holds an array of this format."""
    return len(head) >= 8 and head[:2] == b"\0\0" and head[2] in KINDS and 0 < head[3] <= MAX_AXES


def header(head: bytes) -> Header:
    """Return what a file that begins so says of its array.

    Raises:
        ValueError: It is no such file, or ends there.
    """
    if not is_idx(head):
        raise ValueError("expected an array as MNIST's files have it")
    end = 4 + 4 * head[3]
    if len(head) < end:
        raise ValueError("expected the lengths of the array's axes, got its end")
    shape = struct.unpack(f">{head[3]}I", head[4:end])
    return Header(shape, np.dtype(KINDS[head[2]]), fortran_order=False)


def read_array(file: IO[bytes]) -> np.ndarray:
    """Read an array, at whose size the caller has looked.

    Args:
        file: At its beginning.

    Returns:
        The array, of the file's shape and dtype, read-only.

    Raises:
        ValueError: No such array, or one cut short.
    """
    start = file.read(4)
    about = header(start + file.read(4 * start[3] if len(start) == 4 else 0))
    content = file.read(about.nbytes)
    if len(content) < about.nbytes:
        raise ValueError(f"expected an array of {about.nbytes:,} bytes, got {len(content):,}")
    return np.frombuffer(content, about.dtype).reshape(about.shape)
