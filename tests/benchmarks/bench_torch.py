"""The training step of the tutorial's network: ours beside PyTorch's, taking turns in one run.

PyTorch is no dependency; it lives in an environment of its own:

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    DENOISER_MNIST=mnist.npz python tests/benchmarks/bench_torch.py /tmp/torch/bin/python

PyTorch trains the same network on a batch that lies ready, with fused Adam, on
all cores, channels first and last, at several sizes of batch. Our step alone is
measured like that, too, with Adam; and "ours, training" as the lab trains, in
batches of 32 that are drawn and made noisy meanwhile, with Muon. The figure to
hold: our step at its best batch is at least as fast as PyTorch's at its best.
"""

import argparse
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BATCHES = (32, 64, 128, 256)
LAYOUTS = ("contiguous_format", "channels_last")
TIMED_DIGITS = 4_096
WARM_UP = 3
EPOCHS = 25  # long enough to be compiled at every size of batch


def network():
    """Build the tutorial's network; TensorFlow's "same" pads below and right."""
    from torch import nn

    def down(inputs, outputs):
        return [nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(inputs, outputs, 3, 2), *normed(outputs)]

    def up(inputs, outputs):
        return [
            nn.ConvTranspose2d(inputs, outputs, 3, 2, padding=1, output_padding=1),
            *normed(outputs),
        ]

    def normed(channels):
        return nn.LeakyReLU(0.2), nn.BatchNorm2d(channels)

    latent = [nn.Flatten(), nn.Linear(3136, 16), nn.Linear(16, 3136), nn.Unflatten(1, (64, 7, 7))]
    out = [nn.ConvTranspose2d(32, 1, 3, 1, 1), nn.Sigmoid()]
    return nn.Sequential(*down(1, 32), *down(32, 64), *latent, *up(64, 64), *up(64, 32), *out)


def rate(step, batch):
    """Return the images a second of a step."""
    count = TIMED_DIGITS // batch
    started = time.perf_counter()
    for _ in range(count):
        step()
    return count * batch / (time.perf_counter() - started)


def torch_steps(batch, layout):
    """Return a function that measures the images a second of PyTorch's steps."""
    import torch

    layout = getattr(torch, layout)
    model = network().to(memory_format=layout)
    noisy, clean = (torch.rand(batch, 1, 28, 28).to(memory_format=layout) for _ in range(2))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.mse_loss(model(noisy), clean)
        loss.backward()
        optimizer.step()
        return loss.item()

    for _ in range(WARM_UP):
        step()
    return partial(rate, step, batch)


@cache
def our_step(data, batch):
    """Return our compiled step and a batch that lies ready."""
    from denoiser.benchmark.sides import recipes
    from denoiser.data.digits import load
    from denoiser.nn.training import Training

    digits = load(data, "train")
    config = replace(recipes(data)["fast"], optimizer="adam", batch_size=batch, epochs=EPOCHS)
    training = Training(config, digits, digits[:1])
    inputs, targets = training.batches.batch(0, 0)
    return lambda: float(training.train_on(inputs, targets))


def our_step_rate(data, batch):
    """Measure the images a second of our step, in a process of ours."""
    step = our_step(data, batch)
    step()
    return rate(step, batch)


def serve():
    """Answer each line, a batch and a layout, with images a second."""
    steps = {}
    for line in sys.stdin:
        batch, layout = line.split()
        if line not in steps:
            steps[line] = torch_steps(int(batch), layout)
        print(steps[line](), flush=True)


class Torch:
    """PyTorch in a process of another environment."""

    def __init__(self, python):
        self._process = subprocess.Popen(
            [python, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rate(self, batch, layout):
        self._process.stdin.write(f"{batch} {layout}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self._process.stdin.close()
        self._process.wait()


def main() -> int:
    """Measure in turns, print medians, return 1 if PyTorch's best is faster than ours."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("python", nargs="?", help="a Python that has PyTorch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return 0
    if not arguments.python:
        parser.error("expected the path of a Python that has PyTorch")
    sys.path.insert(0, str(ROOT))
    from denoiser.benchmark.sides import our_rate, stock_rate
    from denoiser.benchmark.turns import BenchmarkProcess, in_turns, typical
    from denoiser.engine import memory

    with (
        Torch(arguments.python) as torch,
        BenchmarkProcess() as stock,
        BenchmarkProcess(memory.keep_freed) as ours,
    ):
        kinds = {
            f"PyTorch, batch {batch:3}, {layout}": partial(torch.rate, batch, layout)
            for batch in BATCHES
            for layout in LAYOUTS
        }
        steps = {
            f"ours, batch {batch:3}": partial(ours, our_step_rate, arguments.data, batch)
            for batch in BATCHES[:3]
        }
        others = {
            "ours, training": partial(ours, our_rate, arguments.data),
            "stock": partial(stock, stock_rate, arguments.data),
        }
        measures = kinds | steps | others
        in_turns(measures, 1)  # the first one compiles
        turns = in_turns(measures, arguments.rounds, tell=partial(print, flush=True))
    rates = {name: statistics.median(turn[name] for turn in turns) for name in measures}
    for name, found in rates.items():
        print(f"median {name:36} {found:6,.0f} images/s")
    theirs, mine = max(kinds, key=rates.get), max(steps, key=rates.get)
    ratios = {name: typical(turns, name, theirs)[1] for name in (mine, "ours, training")}
    for name, ratio in ratios.items():
        print(f"{name} against {theirs}: {ratio:.2f}x")
    return ratios[mine] < 1


if __name__ == "__main__":
    sys.exit(main())
