"""How well a device learns, and in how much processor time: the browser's engine, run by Node.

    python tests/benchmarks/bench_device_training.py quality [seeds]
    python tests/benchmarks/bench_device_training.py speed [rounds]

`quality` trains the recipes below on the bundled digits, in one process of Node (the JavaScript
engine of Chromium), as many seeds each. Prints the seconds of processor time until the network is
trained, and the MSE of its answers on the bundled test digits and, with DENOISER_MNIST, on the
official ones, under the tutorial's noise. Keras works the MSE out from the device's weights.

`speed` measures training steps, batches of 32: pictures a second of processor time on one core, of
this engine, of stock Keras' `fit` and of the lab's fastest step, in turns.
"""

import base64
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from device_tasks import READ_IN_NODE, task  # noqa: E402
from node import run_in_node  # noqa: E402

from denoiser.config import TrainConfig  # noqa: E402
from denoiser.data import digits  # noqa: E402
from denoiser.data.noise import add_noise  # noqa: E402
from denoiser.models import architectures, layers  # noqa: E402
from denoiser.nn import networks  # noqa: E402

SMALL = TrainConfig(
    network="unet-small", fresh_noise=True, optimizer="muon", learning_rate=2e-2,
    schedule="one-cycle", limit=1500, epochs=1, batch_size=4,
)  # fmt: skip
TUTORIAL = replace(SMALL, network="tutorial", growing_noise=True, limit=4500)
RECIPES = {
    "small U-Net, 700 x 1": replace(SMALL, limit=700),
    "small U-Net, 1,500 x 1": SMALL,
    "small U-Net, 1,500 x 2": replace(SMALL, epochs=2, batch_size=8, learning_rate=3e-2),
    "small U-Net, 2,000 x 2": replace(
        SMALL, limit=2000, epochs=2, batch_size=8, learning_rate=3e-2
    ),
    "small U-Net, 1,500 x 4": replace(SMALL, epochs=4, batch_size=8, learning_rate=3e-2),
    "small U-Net, 4,500 x 2": replace(
        SMALL, limit=4500, epochs=2, batch_size=16, learning_rate=3e-2
    ),
    "small U-Net, 4,500 x 5": replace(
        SMALL, limit=4500, epochs=5, batch_size=16, learning_rate=3e-2
    ),
    "U-Net, 1,500 x 8": replace(SMALL, network="unet", epochs=8, batch_size=32),
    "tutorial, 4,500 x 10": replace(TUTORIAL, epochs=10, batch_size=32),
}
LEARN = (
    READ_IN_NODE
    + """
const before = process.cpuUsage();
const training = new DeviceTraining(input);
training.step();
const first = process.cpuUsage(before);
while (!training.hasEnded) training.step();
const all = process.cpuUsage(before);
const tensors = Object.fromEntries(Object.entries(training.trainer.tensors()).map(
  ([name, { data }]) => [name, Buffer.from(data.buffer).toString("base64")]));
const bytesUsed = training.trainer.kernel.size + training.network.room.kernel.size;
const seconds = (spent) => (spent.user + spent.system) / 1e6;
return { seconds: seconds(all), first: seconds(first), tensors, bytesUsed };
"""
)
STEPS = (
    READ_IN_NODE
    + """
const { trainer, batches } = new DeviceTraining(input);
const { noisy, clean } = batches.batch(0, 0);
for (let i = 0; i < 5; i++) trainer.step(noisy, clean, 1e-3);
const before = process.cpuUsage();
const count = 40;
for (let i = 0; i < count; i++) trainer.step(noisy, clean, 1e-3);
const { user, system } = process.cpuUsage(before);
return count * 32 / ((user + system) / 1e6);
"""
)
PATIENCE_S = 600


def main() -> None:
    """Measure what is asked for."""
    given = sys.argv[1:]
    what, count = (*given, *("quality", "3")[len(given) :])
    {"quality": quality, "speed": speed, "keras": keras_rate}[what](count)


def speed(rounds: str) -> None:
    """Print the medians of the rates of all sides, and their ratios."""
    for network, optimizer in (("tutorial", "adam"), ("unet", "muon"), ("unet-small", "muon")):
        config = TrainConfig(network=network, optimizer=optimizer, limit=32)
        rates: dict[str, list[float]] = {"device": [], "stock": [], "lab": []}
        for _ in range(int(rounds)):
            rates["device"].append(float(_on_device(STEPS, config)))
            for side in ("stock", "lab"):
                rates[side].append(_rate_of_keras(network, optimizer, side))
        found = {side: statistics.median(of_side) for side, of_side in rates.items()}
        print(
            f"{network:12s} {found['device']:5.0f} pictures/s of one core; stock fit "
            f"{found['stock']:5.0f} ({found['device'] / found['stock']:.2f}x), the lab's step "
            f"{found['lab']:5.0f} ({found['device'] / found['lab']:.2f}x)",
            flush=True,
        )


def _rate_of_keras(network: str, optimizer: str, side: str) -> float:
    """Measure in a process of its own, on the core that this one is on."""
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, "keras", f"{network} {optimizer} {side}"],
        env=os.environ | threads, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def keras_rate(asked: str) -> None:
    """Print the rate of one side of TensorFlow."""
    from denoiser.nn import training

    network, optimizer, side = asked.split()
    config = TrainConfig(network=network, optimizer=optimizer, epochs=1000, limit=3200)
    pictures = digits.bundled("train").clean[:32, ..., None]
    step = training.Training(config, digits.bundled("train"), digits.bundled("test")).train_on
    if side == "stock":
        model = networks.build(config)
        model.compile(optimizer=training.OPTIMIZERS[optimizer](1e-3), loss="mse")
        many = np.concatenate([pictures] * 40)
        turn = lambda: model.fit(many, many, batch_size=32, verbose=0)  # noqa: E731
    else:
        turn = lambda: [float(step(pictures, pictures)) for _ in range(40)]  # noqa: E731
    turn()
    started = time.process_time()
    turn()
    print(40 * 32 / (time.process_time() - started))


def quality(count: str) -> None:
    """Print a line for each recipe and seed."""
    seeds = int(count)
    tests = {name: digits.load(name, "test").clean for name in _sources()}
    for title, config in RECIPES.items():
        for seed in range(seeds):
            found = _on_device(LEARN, replace(config, seed=seed))
            scores = ", ".join(
                f"{name} {_mse(config, found['tensors'], clean):.4f}"
                for name, clean in tests.items()
            )
            print(
                f"{title:24s} seed {seed}: {found['seconds']:6.2f} s, first step "
                f"{found['first']:.2f} s, {found['bytesUsed'] / 2**20:.0f} MB; MSE {scores}",
                flush=True,
            )


def _sources() -> tuple[str, ...]:
    return ("bundled", "mnist") if os.environ.get("DENOISER_MNIST") else ("bundled",)


def _on_device(program: str, config: TrainConfig) -> Any:
    modules = {"device_training.js": "{ DeviceTraining }"}
    return run_in_node(modules, program, task(config), patience_s=PATIENCE_S)


def _mse(config: TrainConfig, sent: dict[str, str], clean: np.ndarray) -> float:
    model = networks.build(config)
    shapes = layers.weights(architectures.layers_of(config))
    networks.set_weights(model, {
        name: np.frombuffer(base64.b64decode(text), np.float32).reshape(shapes[name].shape)
        for name, text in sent.items()
    })  # fmt: skip
    noisy = add_noise(clean, np.random.default_rng(7))
    answers = model.predict(noisy[..., None], batch_size=500, verbose=0)[..., 0]
    return float(np.mean((answers - clean) ** 2))


if __name__ == "__main__":
    main()
