"""What becomes of hostile files: the user's error, soon, and in little memory. Nothing else.

    python tests/benchmarks/fuzz.py TARGET [--count 5000] [--seed 0]
    python tests/benchmarks/fuzz.py limits    the largest pictures there may be, undamaged
    python tests/benchmarks/fuzz.py bombs     small files that would be large or slow

A target is a list of whole files and what reads them (`TARGETS`). They are read, then
damaged at random (tests/mutants.py) and read again; figures are printed, and the status
is 1 if a file raised anything but the target's error, took over 2 s, or if memory grew
by 256 MiB. A mutant's number is the seed that makes it again, as the only one of
`--count 1`. Each bomb (tests/bombs.py) has to be refused in 0.5 s and 64 MiB.
Linux only: memory is read from /proc.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import golden_files  # noqa: E402
import golden_pictures  # noqa: E402
import hostile_pictures  # noqa: E402
from bombs import (  # noqa: E402
    BOMBS,
    DEVICE_RUNS,
    DUDS,
    FOLDERS,
    IDX,
    NPZ,
    PICTURES,
    TABLES,
    WEIGHTS,
    Reader,
)
from mutants import Original, mutants  # noqa: E402

from denoiser.data import handwriting  # noqa: E402

MAX_SECONDS = 2
MAX_GROWTH = 256 * 2**20
BOMB_SECONDS = 0.5
BOMB_GROWTH = 64 * 2**20
HANDWRITING = Reader("handwriting", handwriting.read, PICTURES.error)
READ, REFUSED = "read", "refused"


@dataclass(frozen=True)
class Target:
    """Files that are whole, what reads one, and how many mutants of them to read."""

    originals: Callable[[], list[Original]]
    reader: Reader
    count: int = 5000


def _whole(files: Callable[[], list[bytes]]) -> Callable[[], list[Original]]:
    return lambda: [Original(content) for content in files()]


TARGETS = {
    "pictures": Target(_whole(golden_pictures.files), HANDWRITING),
    "npz": Target(golden_files.npz, NPZ),
    "tables": Target(golden_files.tables, TABLES),
    "idx": Target(golden_files.idx_files, IDX),
    "folders": Target(golden_files.folders, FOLDERS, count=2000),
    "weights": Target(golden_files.weights, WEIGHTS),
    "device-runs": Target(golden_files.device_runs, DEVICE_RUNS),
    "limits": Target(_whole(hostile_pictures.largest), HANDWRITING, count=0),
}


@dataclass(frozen=True)
class Result:
    """What became of one file.

    Attributes:
        outcome: READ, REFUSED, or the error that should not have been.
        text: What the refusal says, its technical part too.
        seconds: How long that took.
    """

    outcome: str
    text: str
    seconds: float


def result(reader: Reader, content: bytes) -> Result:
    """Read one file."""
    started = time.perf_counter()
    outcome, text = READ, ""
    try:
        reader.read(content)
    except reader.error as error:
        outcome, text = REFUSED, f"{error}\n{error.detail}"
    except Exception as error:  # whatever it is: this is what is looked for
        outcome = repr(error)[:200]
    return Result(outcome, text, time.perf_counter() - started)


def main() -> int:
    """Read hostile files and print what became of them; return 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=(*TARGETS, "bombs"))
    parser.add_argument("--count", type=int, help="mutants to read")
    parser.add_argument("--seed", type=int, default=0, help="of the first of them")
    options = parser.parse_args()
    if options.target == "bombs":
        return int(not _bombs_are_refused())
    target = TARGETS[options.target]
    count = target.count if options.count is None else options.count
    return int(not _mutants_are_refused(options.target, count, options.seed))


def _mutants_are_refused(name: str, count: int, seed: int) -> bool:
    target = TARGETS[name]
    originals = target.originals()
    whole = [original.wrap(original.content) for original in originals]
    result(target.reader, whole[0])  # also loads what is loaded once
    before = _restart_peak_memory()
    damaged = mutants(originals, count, seed)
    results = [result(target.reader, data) for data in chain(whole, damaged)]
    growth = _peak_memory() - before
    _print_broken(results, seed - len(whole))
    outcomes = Counter(found.outcome for found in results)
    seconds = [found.seconds for found in results]
    print(f"{len(whole)} {name}, {count} mutants: {dict(outcomes)}")
    print(f"seconds: median {np.median(seconds):.4f}, longest {max(seconds):.3f}")
    print(f"memory grew by {growth / 2**20:.0f} MiB")
    kept = set(outcomes) <= {READ, REFUSED}
    return kept and max(seconds) <= MAX_SECONDS and growth <= MAX_GROWTH


def _print_broken(results: Iterable[Result], first: int) -> None:
    for i, found in enumerate(results, first):
        if found.outcome not in (READ, REFUSED) or found.seconds > MAX_SECONDS:
            print(f"mutant {i}: {found.outcome} after {found.seconds:.2f} s")


def _bombs_are_refused() -> bool:
    for name in (name for name in TARGETS if name != "limits"):  # loads what is loaded once
        result(TARGETS[name].reader, TARGETS[name].originals()[0].content)
    print(f"{'bomb':54} {'bytes':>10} {'opened':>17} {'s':>6} {'MiB':>4}  says")
    kept = []
    for reader, bombs in BOMBS.items():
        for kind, bomb in bombs.items():
            found, cheap = _shown(f"{reader.name}: {kind}", reader, bomb.build(), bomb.cost)
            kept.append(cheap and found.outcome == REFUSED and bomb.explains(found.text))
    for kind, build in DUDS.items():
        found, cheap = _shown(f"{PICTURES.name}: {kind}", PICTURES, build(), "not looked at")
        kept.append(cheap and found.outcome == READ)
    print(
        f"{sum(kept)} of {len(kept)} as it should be, {len(DUDS)} of them read, each in less "
        f"than {BOMB_SECONDS} s and {BOMB_GROWTH // 2**20} MiB"
    )
    return all(kept)


def _shown(kind: str, reader: Reader, content: bytes, cost: str) -> tuple[Result, bool]:
    """Print the line of one file; return what became of it, and whether that took little."""
    found, growth = measured(reader, content)
    size, text = f"{len(content):10,} {cost:>17}", found.text[:90] or found.outcome
    print(f"{kind:54} {size} {found.seconds:6.3f} {growth / 2**20:4.0f}  {text}")
    return found, found.seconds < BOMB_SECONDS and growth < BOMB_GROWTH


def measured(reader: Reader, content: bytes) -> tuple[Result, int]:
    """Read one file; return also by how many bytes that made the process grow."""
    before = _restart_peak_memory()
    found = result(reader, content)
    return found, _peak_memory() - before


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
