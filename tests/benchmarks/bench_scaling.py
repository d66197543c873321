"""How fast a training of the tutorial's network goes with threads, batches, digits, neighbours.

    DENOISER_MNIST=mnist.npz python tests/benchmarks/bench_scaling.py

Images a second of the recipe `fast`, everything in turns, each number of threads
in a process of its own; then two such trainings side by side, a thread each and
all threads each. A neighbour's share of the machine is what counts, so both are
shown together.
"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from denoiser.benchmark.sides import our_rate  # noqa: E402
from denoiser.benchmark.turns import BenchmarkProcess, in_turns, typical  # noqa: E402
from denoiser.engine import memory  # noqa: E402

BATCHES = (8, 16, 64, 128, 256)
DIGITS = (2_000, 10_000)
LONG = {"epochs": 100}  # enough to be compiled, however few steps an epoch has


def with_threads(count: int) -> None:
    """Prepare a process that computes with so many threads."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(count)
    tf.config.threading.set_inter_op_parallelism_threads(count)
    memory.keep_freed()


def together(sides: list[BenchmarkProcess], data: str) -> float:
    """Return the images a second of all sides, which train at the same time."""
    with ThreadPoolExecutor(len(sides)) as threads:
        waiting = [threads.submit(side, our_rate, data) for side in sides]
        return sum(rate.result() for rate in waiting)


def main() -> None:
    """Measure in turns and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    data, cores = arguments.data, os.cpu_count() or 1
    with ExitStack() as stack:
        sides = {
            (threads, i): stack.enter_context(BenchmarkProcess(partial(with_threads, threads)))
            for threads in (1, cores)
            for i in range(2)
        }
        every = sides[cores, 0]
        measures = {
            "1 thread": partial(sides[1, 0], our_rate, data),
            f"{cores} threads": partial(every, our_rate, data),
            "two trainings, 1 thread each": partial(together, [sides[1, 0], sides[1, 1]], data),
            f"two trainings, {cores} threads each": partial(
                together, [every, sides[cores, 1]], data
            ),
        }
        measures |= {
            f"batch {size}": partial(every, partial(our_rate, data, batch_size=size, **LONG))
            for size in BATCHES
        }
        measures |= {
            f"{count:,} digits": partial(every, partial(our_rate, data, limit=count, **LONG))
            for count in DIGITS
        }
        in_turns(measures, 1)  # the first one compiles
        turns = in_turns(measures, arguments.rounds, tell=partial(print, flush=True))
    for name in measures:
        rate, ratio = typical(turns, name, f"{cores} threads")
        print(f"{name:36} {rate:6,.0f} images/s {ratio:6.2f}x")


if __name__ == "__main__":
    main()
