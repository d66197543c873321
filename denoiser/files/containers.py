"""Safetensors containers that a stranger made: texts and tensors, within a bound known first.

The format lets a header have 100 MB, and would have it parsed before anything in it is looked
at. What the tensors are for, others know.
"""

import json
from typing import Any

import numpy as np
from safetensors.numpy import load as from_safetensors

MAX_HEADER = 2**20  # bytes: names, shapes and texts; those of 50 snapshots take 300 KB
_SIZE_BYTES = 8  # at the beginning: how long the header is


def may_be_one(content: bytes) -> bool:
    """Whether bytes begin as a container whose header is short enough to be read."""
    return len(content) >= _SIZE_BYTES and _header_size(content) <= MAX_HEADER


def read(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return a container's texts and tensors, both by name.

    Args:
        content: `may_be_one` has to say so of it.

    Returns:
        Texts, and arrays of any shape and dtype, which lie in no memory of `content`.

    Raises:
        Exception: Of many types, where it is damaged or none.
    """
    if not may_be_one(content):
        raise ValueError(f"expected a safetensors header of at most {MAX_HEADER:,} bytes")
    tensors = from_safetensors(content)
    header = json.loads(content[_SIZE_BYTES : _SIZE_BYTES + _header_size(content)])
    return header.get("__metadata__", {}), tensors


def _header_size(content: bytes) -> int:
    return int.from_bytes(content[:_SIZE_BYTES], "little")
