"""What each trick of the recipe `fast` is worth: all of them, then each left out.

    DENOISER_MNIST=mnist.npz python tests/benchmarks/bench_tricks.py speed
    DENOISER_MNIST=mnist.npz python tests/benchmarks/bench_tricks.py quality --seeds 0 1 2

`speed` measures images a second of training steps, each variant in a process of
its own, taking turns. `quality` trains each variant from new weights and scores
it on the official test digits under noise that no training saw.
"""

import argparse
import math
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from denoiser.benchmark.sides import our_rate, our_training  # noqa: E402
from denoiser.benchmark.turns import BenchmarkProcess, in_turns, typical  # noqa: E402
from denoiser.config import RECIPES  # noqa: E402
from denoiser.engine import memory  # noqa: E402

SPEED = (
    "nothing",
    "XLA",
    "Im2ColConv2D",
    "Col2ImConv2DTranspose",
    "MatmulBatchNormalization",
    "keep_freed",
    "all of them",
)
QUALITY = {
    "nothing": {},
    "Muon (Adam, 3e-3)": {"optimizer": "adam", "learning_rate": 3e-3},
    "one-cycle (constant, 2e-3)": {"schedule": "constant", "learning_rate": 2e-3},
    "fresh noise": {"fresh_noise": False},
    "growing noise": {"growing_noise": False},
    "batches of 64 (32)": {"batch_size": 32},
}


def leave_out(trick: str) -> None:
    """Prepare a process in which one trick is not done."""
    from denoiser.nn import fast, training

    every = trick == "all of them"
    if every or trick == "XLA":
        training.COMPILED_DIGITS = math.inf
    if every or trick == "keep_freed":
        memory.keep_freed = lambda: None
    memory.keep_freed()
    fast.FASTER = tuple(kind for kind in fast.FASTER if not every and kind.__name__ != trick)


def speed(data: str, rounds: int) -> None:
    """Print the median images a second of each variant and its ratio to all tricks."""
    with ExitStack() as stack:
        sides = {
            trick: stack.enter_context(BenchmarkProcess(partial(leave_out, trick)))
            for trick in SPEED
        }
        measures = {trick: partial(side, our_rate, data) for trick, side in sides.items()}
        in_turns(measures, 1)  # the first one compiles
        turns = in_turns(measures, rounds, tell=partial(print, flush=True))
    for trick in SPEED:
        rate, ratio = typical(turns, trick, "nothing")
        print(f"without {trick:28} {rate:6,.0f} images/s {ratio:6.2f}x")


def quality(data: str, seeds: list[int]) -> None:
    """Print the test MSE of each variant, a seed each."""
    with BenchmarkProcess(memory.keep_freed) as ours:
        for trick, changes in QUALITY.items():
            config = replace(RECIPES["fast"], data=data, **changes)
            found = [ours(our_training, replace(config, seed=seed)) for seed in seeds]
            scores = (f"{training['mse']:.5f}" for training in found)
            print(f"without {trick:28}", *scores, flush=True)


def main() -> None:
    """Measure one of the two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("speed", "quality"))
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    arguments = parser.parse_args()
    if arguments.what == "speed":
        speed(arguments.data, arguments.rounds)
    else:
        quality(arguments.data, arguments.seeds)


if __name__ == "__main__":
    main()
