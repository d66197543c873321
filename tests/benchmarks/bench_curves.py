"""Quality against training time: the tutorial as written, our recipes, and the U-Net.

    DENOISER_MNIST=mnist.npz python tests/benchmarks/bench_curves.py assets/training_time.svg

Trains each to its end, one after another, half an hour in all. MSE is that of the
official test digits under a fixed noise that no training saw; both sides measure
it after each epoch, and that time counts. Wants a quiet machine.
"""

import argparse
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from denoiser.benchmark.sides import stock_set_up  # noqa: E402
from denoiser.benchmark.turns import BenchmarkProcess  # noqa: E402
from denoiser.config import RECIPES, TrainConfig  # noqa: E402
from denoiser.data.digits import load  # noqa: E402
from denoiser.engine import memory  # noqa: E402
from denoiser.figures import CURVE_COLORS, TUTORIAL_VAL_LOSS  # noqa: E402

Curve = list[tuple[float, float]]  # (seconds, test MSE) after each epoch
TICKS = (5, 10, 20, 60, 120, 300, 600, 1200)


def stock_curve(data: str) -> Curve:
    """Train the tutorial's recipe with stock Keras."""
    import keras

    from denoiser.nn.training import validation_noise

    config, test = RECIPES["tutorial"], load(data, "test").clean
    validation = validation_noise(config, test)[..., None], test[..., None]
    network, noisy, clean = stock_set_up(data)
    curve, started = [], time.perf_counter()
    told = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: _mark(curve, started, logs["val_loss"])
    )
    network.fit(
        noisy, clean, batch_size=config.batch_size, epochs=config.epochs,
        validation_data=validation, callbacks=[told], verbose=0,
    )  # fmt: skip
    return evened(curve)


def evened(curve: Curve) -> Curve:
    """Return a curve each of whose epochs takes the median of them.

    Stock Keras does some epochs in twice the time of the others on the same quiet
    machine; whether they come early or late is chance.
    """
    ends = [0.0, *(seconds for seconds, _mse in curve)]
    epoch = median(end - start for start, end in pairwise(ends))
    return [((i + 1) * epoch, mse) for i, (_seconds, mse) in enumerate(curve)]


def our_curve(config: TrainConfig) -> Curve:
    """Train one of our recipes."""
    from denoiser.nn.training import Callbacks, train

    digits, test = load(config.data, "train"), load(config.data, "test")
    curve, started = [], time.perf_counter()
    callbacks = Callbacks(on_epoch=lambda epoch, logs: _mark(curve, started, logs["val_loss"]))
    train(config, digits, test, callbacks)
    return curve


def _mark(curve: Curve, started: float, mse: float) -> None:
    curve.append((time.perf_counter() - started, float(mse)))
    print(f"{curve[-1][0]:8.1f} s {mse:.5f}", file=sys.stderr, flush=True)


def curves(data: str) -> dict[str, Curve]:
    """Train them all and return their curves by title."""
    ours = {
        "ours, the same network (fast)": RECIPES["fast"],
        "U-Net, 3,000 digits (sprint)": RECIPES["sprint"],
        "U-Net, three epochs (best)": replace(RECIPES["best"], epochs=3),
    }
    with BenchmarkProcess() as stock:
        found = {"tutorial, stock Keras": stock(stock_curve, data)}
    for title, config in ours.items():
        with BenchmarkProcess(memory.keep_freed) as side:
            found[title] = side(our_curve, replace(config, data=data))
    return found


def draw(found: dict[str, Curve], path: Path) -> None:
    """Write the curves as a picture that can be read on light and dark pages."""
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    rcParams.update({"svg.hashsalt": "denoiser", "svg.fonttype": "none"})
    figure = Figure(figsize=(7.6, 4.2), layout="constrained", facecolor="white")
    axes = figure.subplots()
    for (title, curve), color, marker in zip(found.items(), CURVE_COLORS, "osD^", strict=True):
        seconds, errors = zip(*curve, strict=True)
        axes.plot(seconds, errors, color=color, marker=marker, markersize=5, label=title)
    axes.axhline(TUTORIAL_VAL_LOSS, color="#444", linestyle=":", linewidth=1)
    axes.annotate(f"the tutorial's {TUTORIAL_VAL_LOSS}", (TICKS[0], TUTORIAL_VAL_LOSS),
                  xytext=(2, 4), textcoords="offset points", color="#444")  # fmt: skip
    axes.set(xscale="log", xlabel="seconds of training", ylabel="MSE on the test digits")
    axes.set_xticks(TICKS, [f"{tick:,}" for tick in TICKS])
    axes.minorticks_off()
    axes.grid(color="#ddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Train, print the ends of the curves, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("picture", type=Path)
    parser.add_argument("--data", default="mnist")
    arguments = parser.parse_args()
    found = curves(arguments.data)
    for title, curve in found.items():
        arrived = [seconds for seconds, mse in curve if mse <= TUTORIAL_VAL_LOSS]
        arrival = f"{TUTORIAL_VAL_LOSS} after {arrived[0]:,.0f} s; " if arrived else ""
        print(f"{title:32} {arrival}{curve[-1][1]:.5f} after {curve[-1][0]:,.0f} s")
    draw(found, arguments.picture)


if __name__ == "__main__":
    main()
