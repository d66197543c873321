"""Files of visitors, damaged in thousands of ways: none may do more than be refused.

    python tests/benchmarks/fuzz_files.py npz 5000
    python tests/benchmarks/fuzz_files.py weights 2000

Prints how many damaged files were read, how many refused, the slowest and the
growth of memory; ends with status 1 if one raised anything but our errors, took
longer than `SLOW_S`, or they took more than `GROWN_BYTES` together. Every file
is damaged by a seed of its own, which is printed with what went wrong. What is
inside a zip is damaged and packed again, else only zip's checksum would be
tested. Linux or macOS, which say how much memory a process had at most.
"""

import argparse
import io
import random
import resource
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors.numpy import save as to_safetensors

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from weight_files import autoencoder, h5_of, keras_of, zip_of  # noqa: E402

from denoiser import digits, foreign, packed  # noqa: E402
from denoiser.config import TrainConfig  # noqa: E402
from denoiser.errors import DenoiserError  # noqa: E402

SLOW_S = 2.0
GROWN_BYTES = 256 * 2**20
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
# A whole file, and what reads it; that raises nothing but a DenoiserError.
Target = tuple[bytes, Callable[[bytes], object]]


def npz() -> Iterator[Target]:
    """Yield files of digits: zips, and arrays that go into one once they are damaged."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 28, 28)).astype(np.uint8)
    labels = np.arange(40) % 10
    split = {"x_train": images[:30], "x_test": images[30:], "y_train": labels[:30]}
    for save in (np.savez, np.savez_compressed):
        yield _saved(save, **split), _read_digits
    yield _saved(np.savez_compressed, x=images / np.float32(255), y=labels), _read_digits
    yield _saved(np.save, images), lambda array: _read_digits(zip_of({"x.npy": array}))
    yield _saved(np.save, labels), _with_labels(_saved(np.save, images))


def _with_labels(images: bytes) -> Callable[[bytes], object]:
    return lambda labels: _read_digits(zip_of({"x.npy": images, "y.npy": labels}))


def _saved(save: Callable, *arrays: np.ndarray, **named: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    save(buffer, *arrays, **named)
    return buffer.getvalue()


def _read_digits(content: bytes) -> None:
    for split in ("train", "test"):
        digits.from_npz(content, split, packed.MAX_UNPACKED)


def weights() -> Iterator[Target]:
    """Yield files of weights: of both kinds, and HDF5 that goes into a zip once it is damaged."""
    tensors = autoencoder((2, 3), 2)
    h5 = h5_of(tensors, lambda file: file.create_dataset("optimizer/vars/0", data=1))
    yield h5, _read_inside
    yield h5_of({path: tensor.ravel()[:1] for path, tensor in tensors.items()}), _read_inside
    yield keras_of(h5), foreign.read
    settings = TrainConfig(filters=(2, 3), latent_dim=2).to_json()
    yield to_safetensors(tensors, metadata={"config": settings, "graph": "[]"}), foreign.read
    telling = {"encoder_conv_1.kernel": np.ones((3, 3, 1, 2)), "latent.kernel": np.ones((392, 2))}
    yield to_safetensors({k: v.astype(np.float32) for k, v in telling.items()}), foreign.read


def _read_inside(h5: bytes) -> None:
    foreign.read(keras_of(h5))


TARGETS: dict[str, Callable[[], Iterator[Target]]] = {"npz": npz, "weights": weights}


# Damage


def damaged(content: bytes, seed: int) -> bytes:
    """Return `content` with up to four changes that the seed chooses."""
    rng = random.Random(seed)
    changed = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        rng.choice((_flip, _byte, _number, _number, _text, _cut, _repeat, _move, _end))(
            changed, rng
        )
    return bytes(changed)


def _place(content: bytearray, rng: random.Random) -> int:
    """Choose a place, rather one that says something than one in a field of zeros."""
    last = max(0, len(content) - 1)
    places = [
        rng.randint(0, last),
        rng.randint(0, min(last, 300)),
        max(0, last - rng.randint(0, 300)),
    ]
    place = rng.choice(places)
    for _ in range(200):
        if not content or content[place]:
            break
        place = (place + 1) % len(content)
    return place


def _flip(content: bytearray, rng: random.Random) -> None:
    if content:
        content[_place(content, rng)] ^= 1 << rng.randint(0, 7)


def _byte(content: bytearray, rng: random.Random) -> None:
    if content:
        content[_place(content, rng)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randint(0, 255)))


def _number(content: bytearray, rng: random.Random) -> None:
    size, form = rng.choice(((2, "<H"), (4, "<I"), (8, "<Q")))
    place = _place(content, rng) // size * size
    value = rng.choice((*INTERESTING, rng.randint(0, len(content)), rng.randint(0, 2**64)))
    content[place : place + size] = struct.pack(form, value % 256**size)


def _text(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    content[place : place + 1] = rng.choice((b"9" * 30, b"-1", b"O", b"(" * 50, b"\xff\xfe", b"'"))


def _cut(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    del content[place : place + rng.choice((1, 4, 8, 40, 400))]


def _repeat(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    content[place:place] = content[place : place + rng.choice((1, 8, 40, 400))]


def _move(content: bytearray, rng: random.Random) -> None:
    start, to, size = _place(content, rng), _place(content, rng), rng.choice((8, 16, 40))
    content[to : to + size] = content[start : start + size]


def _end(content: bytearray, rng: random.Random) -> None:
    if rng.random() < 0.3:  # what is cut short fails early and hides the rest
        del content[_place(content, rng) :]


# What becomes of it


@dataclass
class Outcome:
    """What became of many damaged files."""

    read: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


def fuzz(targets: Iterator[Target], count: int, first_seed: int = 0) -> Outcome:
    """Damage files `count` times, in turn, and read each."""
    outcome, chosen = Outcome(), list(targets)
    for seed in range(first_seed, first_seed + count):
        content, read = chosen[seed % len(chosen)]
        content = damaged(content, seed)
        started = time.perf_counter()
        try:
            read(content)
            outcome.read += 1
        except DenoiserError:
            outcome.refused += 1
        except Exception:
            outcome.wrong.append(f"seed {seed}: {traceback.format_exc(limit=-3)}")
        outcome.slowest_s = max(outcome.slowest_s, time.perf_counter() - started)
    return outcome


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main() -> int:
    """Run one target; return 1 if something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0, help="of the first damaged file")
    options = parser.parse_args()
    targets = list(TARGETS[options.target]())
    for content, read in targets:
        read(content)
    before = _peak_bytes()
    outcome = fuzz(iter(targets), options.count, options.seed)
    grown = _peak_bytes() - before
    print(*outcome.wrong, sep="\n", file=sys.stderr)
    print(
        f"{options.target}: {options.count} damaged, {outcome.read} read, "
        f"{outcome.refused} refused, {len(outcome.wrong)} wrong; "
        f"slowest {outcome.slowest_s:.3f} s, memory grew by {grown / 2**20:.0f} MiB"
    )
    return int(bool(outcome.wrong) or outcome.slowest_s > SLOW_S or grown > GROWN_BYTES)


if __name__ == "__main__":
    sys.exit(main())
