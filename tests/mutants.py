"""Files broken at random, the same for the same seed. Knows nothing of their formats."""

from collections.abc import Iterator, Sequence

import numpy as np

MAX_CHANGES = 16
MAX_PIECE = 64


def mutants(originals: Sequence[bytes], count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield `count` files, each an original with one kind of damage."""
    for i in range(count):
        rng = np.random.default_rng([seed, i])
        data = originals[rng.integers(len(originals))]
        yield DAMAGES[rng.integers(len(DAMAGES))](data, originals, rng)


def _flipped(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for place in _places(data, rng):
        changed[place] ^= 1 << rng.integers(8)
    return bytes(changed)


def _flipped_at_the_start(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    """Headers decide most: there, each byte counts."""
    return _flipped(data[:128], _, rng) + data[128:]


def _set_to_extremes(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for place in _places(data, rng):
        changed[place] = (0, 1, 0x7F, 0x80, 0xFF)[rng.integers(5)]
    return bytes(changed)


def _cut_off(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    return data[: rng.integers(len(data))]


def _without_a_piece(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    start = rng.integers(len(data))
    return data[:start] + data[start + rng.integers(1, MAX_PIECE) :]


def _with_bytes_inserted(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    place = rng.integers(len(data))
    return data[:place] + rng.bytes(rng.integers(1, MAX_PIECE)) + data[place:]


def _with_a_piece_moved(data: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    start, place = rng.integers(len(data), size=2)
    piece = data[start : start + rng.integers(1, 16 * MAX_PIECE)]
    return data[:place] + piece + data[place + rng.integers(2) * len(piece) :]


def _spliced(data: bytes, originals: Sequence[bytes], rng: np.random.Generator) -> bytes:
    other = originals[rng.integers(len(originals))]
    return data[: rng.integers(len(data))] + other[rng.integers(len(other)) :]


def _places(data: bytes, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(len(data), size=rng.integers(1, MAX_CHANGES))


DAMAGES = (
    _flipped,
    _flipped_at_the_start,
    _set_to_extremes,
    _cut_off,
    _without_a_piece,
    _with_bytes_inserted,
    _with_a_piece_moved,
    _spliced,
)
