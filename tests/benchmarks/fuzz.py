"""What becomes of damaged files: the user's error, soon, and in little memory. Nothing else.

    python tests/benchmarks/fuzz.py pictures [--count 5000] [--seed 0]
    python tests/benchmarks/fuzz.py limits --count 0    the largest pictures there may be

A target is a list of whole files and what reads them (`TARGETS`). They are read, then
damaged at random (tests/mutants.py) and read again; figures are printed, and the status
is 1 if a file raised anything but the target's error, took over 2 s, or if memory grew
by 256 MiB. Linux only: memory is read from /proc.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import golden_pictures  # noqa: E402
import hostile_pictures  # noqa: E402
from mutants import mutants  # noqa: E402

from denoiser import handwriting  # noqa: E402
from denoiser.errors import DigitsError  # noqa: E402

MAX_SECONDS = 2
MAX_GROWTH = 256 * 2**20


@dataclass(frozen=True)
class Target:
    """Files that are whole, what reads one, and the error that it may raise."""

    originals: Callable[[], list[bytes]]
    read: Callable[[bytes], object]
    error: type[Exception]


TARGETS = {
    "pictures": Target(golden_pictures.files, handwriting.read, DigitsError),
    "limits": Target(hostile_pictures.largest, handwriting.read, DigitsError),
}


def main() -> int:
    """Damage, read, print; return 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--count", type=int, default=5000, help="mutants to read")
    parser.add_argument("--seed", type=int, default=0, help="of the damage")
    options = parser.parse_args()
    target = TARGETS[options.target]
    originals = target.originals()
    _outcome(target, originals[0])  # also loads what is loaded once
    before = _restart_peak_memory()
    outcomes, seconds = Counter(), []
    damaged = mutants(originals, options.count, options.seed)
    for i, data in enumerate(chain(originals, damaged), -len(originals)):
        started = time.perf_counter()
        outcome = _outcome(target, data)
        seconds.append(time.perf_counter() - started)
        outcomes[outcome] += 1
        if outcome not in ("read", "refused") or seconds[-1] > MAX_SECONDS:
            print(f"mutant {i}: {outcome} after {seconds[-1]:.2f} s")
    growth = _peak_memory() - before
    print(f"{len(originals)} {options.target}, {options.count} mutants: {dict(outcomes)}")
    print(f"seconds: median {np.median(seconds):.3f}, longest {max(seconds):.2f}")
    print(f"memory grew by {growth / 2**20:.0f} MiB")
    kept = set(outcomes) <= {"read", "refused"}
    return int(not kept or max(seconds) > MAX_SECONDS or growth > MAX_GROWTH)


def _outcome(target: Target, data: bytes) -> str:
    try:
        target.read(data)
    except target.error:
        return "refused"
    except Exception as error:  # whatever it is: this is what is looked for
        return repr(error)[:200]
    return "read"


def _restart_peak_memory() -> int:
    """Forget how much memory the process has had, as proc(5) says; return what it has now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak_memory()


def _peak_memory() -> int:
    """Bytes that the process has had at most since then."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.exit(main())
