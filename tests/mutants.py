"""Files broken at random, the same for the same seed. Knows nothing of their formats."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

MAX_CHANGES = 4
SHORT = 300  # the beginning and the end, which decide most
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
TEXTS = (b"9" * 30, b"-1", b"O", b"(" * 50, b"\xff\xfe", b"'")
SIZES = (1, 4, 8, 16, 40, 400)


@dataclass(frozen=True)
class Original:
    """Something whole to damage.

    Attributes:
        content: What is damaged.
        wrap: Makes a file of it afterwards: what lies in a zip has to be damaged before it is
            packed, else only the zip's checksum would be tested.
    """

    content: bytes
    wrap: Callable[[bytes], bytes] = bytes


def mutants(originals: Sequence[Original], count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield `count` damaged files, by seeds that count on from `seed`, of each original in turn."""
    contents = [original.content for original in originals]
    for i in range(seed, seed + count):
        original = originals[i % len(originals)]
        yield original.wrap(damaged(original.content, contents, i))


def damaged(content: bytes, others: Sequence[bytes], seed: int) -> bytes:
    """Return `content` with up to four changes that the seed chooses; others lend it parts."""
    rng = random.Random(seed)
    changed = bytearray(content)
    for _ in range(rng.randint(1, MAX_CHANGES)):
        if changed:
            rng.choice(DAMAGES)(changed, rng)
    if rng.random() < 1 / 8:
        _splice(changed, rng.choice(others), rng)
    return bytes(changed)


def _place(content: bytearray, rng: random.Random) -> int:
    """Choose a place, rather one that says something than one in a field of zeros."""
    last = max(0, len(content) - 1)
    first, final = rng.randint(0, min(last, SHORT)), max(0, last - rng.randint(0, SHORT))
    place = rng.choice((rng.randint(0, last), first, final))
    for _ in range(200):
        if content[place]:
            break
        place = (place + 1) % len(content)
    return place


def _flip(content: bytearray, rng: random.Random) -> None:
    content[_place(content, rng)] ^= 1 << rng.randint(0, 7)


def _flip_many(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(2, 16)):
        _flip(content, rng)


def _byte(content: bytearray, rng: random.Random) -> None:
    content[_place(content, rng)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randint(0, 255)))


def _number(content: bytearray, rng: random.Random) -> None:
    size = rng.choice((2, 4, 8))
    place = _place(content, rng) // size * size
    value = rng.choice((*NUMBERS, rng.randint(0, len(content)), rng.randint(0, 2**64)))
    order = rng.choice(("little", "big"))
    content[place : place + size] = (value % 256**size).to_bytes(size, order)


def _text(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    content[place : place + 1] = rng.choice(TEXTS)


def _insert(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    content[place:place] = rng.randbytes(rng.choice(SIZES))


def _cut(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    del content[place : place + rng.choice(SIZES)]


def _repeat(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    content[place:place] = content[place : place + rng.choice(SIZES)]


def _move(content: bytearray, rng: random.Random) -> None:
    start, to, size = _place(content, rng), _place(content, rng), rng.choice(SIZES)
    content[to : to + size] = content[start : start + size]


def _end(content: bytearray, rng: random.Random) -> None:
    if rng.random() < 0.3:  # what is cut short fails early and hides the rest
        del content[_place(content, rng) :]


def _splice(content: bytearray, other: bytes, rng: random.Random) -> None:
    """Go on with another file from anywhere."""
    content[rng.randint(0, len(content)) :] = other[rng.randint(0, len(other)) :]


# Numbers twice: sizes, counts and addresses are what files are made of.
DAMAGES = (_flip, _flip_many, _byte, _number, _number, _text, _insert, _cut, _repeat, _move, _end)
