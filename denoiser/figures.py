"""Pictures and plots of digits and losses, as arrays, figures and files.

Knows arrays and histories, not where they came from or where they are shown.
"""

import io
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

PLOT_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".svg", ".pdf"}
# Readable on light and dark, different for colour-blind readers, and neither amber nor teal,
# which mean noisy and denoised.
CURVE_COLORS = ("#7A68D9", "#C2589B", "#6B7785", "#3B8FD4")
MAX_STEP_POINTS = 400
SMOOTHING = 0.8
TUTORIAL_VAL_LOSS = 0.0157  # as the tutorial logs it after its 25 epochs
CURVE_SYMBOLS = ("circle", "square", "diamond", "triangle-up")
MAX_EPOCH_TICKS = 12
LABEL_LETTERS, MANY_LINES = 26, 4  # of a row's label on paper


def montage(noisy: np.ndarray, denoised: np.ndarray) -> np.ndarray:
    """Stack digits into the tutorial's picture: a row a digit, noisy left, denoised right.

    Args:
        noisy: Float in [0, 1], shape (n, 28, 28).
        denoised: Float in [0, 1], shape (n, 28, 28).

    Returns:
        uint8 in [0, 255], shape (28 n, 56).

    Example:
        >>> montage(np.ones((8, 28, 28)), np.zeros((8, 28, 28))).shape
        (224, 56)
    """
    pairs = np.concatenate([noisy, denoised], axis=2)
    return (pairs.reshape(-1, pairs.shape[2]) * 255).astype(np.uint8)


def save_loss_plot(loss: Sequence[float], val_loss: Sequence[float], path: Path) -> None:
    """Write the tutorial's plot, train and val loss over epochs, as a picture file.

    Raises:
        OSError: The file cannot be written.
        ValueError: The file's ending is no picture format.
    """
    from matplotlib import style  # takes a second to load: only where it is needed
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with style.context("ggplot"):
        figure = Figure()
        axes = figure.subplots()
        epochs = np.arange(len(loss))
        axes.plot(epochs, loss, label="train_loss")
        axes.plot(epochs, val_loss, label="val_loss")
        if len(loss) == 1:
            for line in axes.lines:
                line.set_marker("o")
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
        axes.set_title("Training Loss")
        axes.set_xlabel("Epoch #")
        axes.set_ylabel("Loss (MSE)")
        axes.legend(loc="upper right")
        figure.savefig(path)


def loss_curves(
    histories: Mapping[str, Mapping[str, Sequence[float]]], translate: Callable[[str], str] = str
) -> dict[str, Any]:
    """Draw loss over epochs as a Plotly figure: train loss solid, val loss dashed.

    Args:
        histories: For each model's title a history with `loss` and `val_loss`.
        translate: Called with each text of the figure.

    Returns:
        A Plotly figure as a plain dict, which Streamlit draws without checking it again.
    """
    dashes = {"loss": "solid", "val_loss": "dash"}
    names = {"loss": translate("train loss"), "val_loss": translate("val loss")}
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": escape(title, quote=False),  # Plotly takes it for HTML
            "legendgroup": title,
            "showlegend": key == "loss",
            "x": list(range(1, len(history[key]) + 1)),
            "y": list(history[key]),
            "line": {"dash": dash, "color": color, "width": 2},
            "marker": {"symbol": symbol, "size": 7},
            "hovertemplate": f"{names[key]} %{{y:.5f}}",
        }
        for (title, history), color, symbol in zip(
            histories.items(), cycle(CURVE_COLORS), cycle(CURVE_SYMBOLS), strict=False
        )
        for key, dash in dashes.items()
    ]
    longest = max((len(history["loss"]) for history in histories.values()), default=1)
    layout = {
        "xaxis": {
            "title": {"text": translate("epoch")},
            "dtick": -(-longest // MAX_EPOCH_TICKS) or 1,
        },
        "yaxis": {
            "title": {"text": translate("loss (MSE)")},
            "type": "log",
            "dtick": "D2",
            "tickformat": ".3f",
        },
        "margin": {"l": 60, "r": 20, "t": 10, "b": 50},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        "hovermode": "x unified",
    }
    return {"data": traces, "layout": layout}


def training_curves(
    steps: Sequence[tuple[float, float]], epochs: Sequence[tuple[int, float, float]], total: int
) -> dict[str, tuple[list[float], list[float | None]]]:
    """Return the curves of a running training in few points, none of which moves later.

    Args:
        steps: (epoch, loss), the epoch with a fraction, in order.
        epochs: (epoch, loss, val_loss), in order.
        total: Epochs there will be.

    Returns:
        x and y of `step` (smoothed), `loss` and `val_loss`; None for what is no number. Only
        the newest point of `step` is replaced when the training goes on.
    """
    numbers = [float(epoch) for epoch, *_ in epochs]
    return {
        "step": _thinned(_smoothed(steps), total),
        "loss": (numbers, [_finite(loss) for _, loss, _ in epochs]),
        "val_loss": (numbers, [_finite(val_loss) for *_, val_loss in epochs]),
    }


def _finite(value: float) -> float | None:
    """Return a number as JSON has it, to 5 digits; None for what is none."""
    return float(f"{value:.5g}") if math.isfinite(value) else None


def _smoothed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Average exponentially, without the start's bias towards zero (Kingma, Ba: Adam, 3)."""
    smoothed, total, weight = [], 0.0, 0.0
    for x, value in points:
        total = SMOOTHING * total + (1 - SMOOTHING) * value
        weight = SMOOTHING * weight + 1 - SMOOTHING
        smoothed.append((x, total / weight))
    return smoothed


def _thinned(
    points: Sequence[tuple[float, float]], total: int
) -> tuple[list[float], list[float | None]]:
    """Keep the first point in each MAX_STEP_POINTS-th of all epochs, and the newest; x and y."""
    first = {math.floor(x * MAX_STEP_POINTS / total): (x, y) for x, y in reversed(points)}
    kept = sorted({*first.values(), *points[-1:]})
    return [round(x, 4) for x, _ in kept], [_finite(y) for _, y in kept]


def side_by_side(pictures: np.ndarray, gap: int) -> np.ndarray:
    """Put pictures in one row.

    Args:
        pictures: uint8, grey (n, height, width) or in colour (n, height, width, 3).
        gap: Transparent columns between two of them.

    Returns:
        uint8 with red, green, blue and opacity, shape (height, n (width + gap) - gap, 4).
    """
    if pictures.ndim == 3:
        pictures = np.repeat(pictures[..., None], 3, axis=3)
    opaque = np.pad(pictures, ((0, 0), (0, 0), (0, 0), (0, 1)), constant_values=255)
    spaced = np.pad(opaque, ((0, 0), (0, 0), (0, gap), (0, 0)))
    return np.concatenate(spaced, axis=1)[:, : -gap or None]


def rgb(color: str) -> tuple[int, int, int]:
    """Return the red, green and blue of "#rrggbb", each in [0, 255]."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def comparison_figure(
    rows: Sequence[tuple[str, np.ndarray]], title: str, legend: Mapping[str, tuple[int, int, int]]
) -> bytes:
    """Draw rows of pictures with their labels on white, to print.

    Args:
        rows: Label and pictures of each row, uint8, shape (n, height, width) or
            (n, height, width, 3).
        title: Above all.
        legend: Colours by what they mean, below all.

    Returns:
        A PNG file.
    """
    from matplotlib.figure import Figure  # takes a second to load: only where it is needed
    from matplotlib.patches import Patch

    height = 0.9 * len(rows)
    figure = Figure(figsize=(9.5, height + 1), dpi=150, facecolor="white")
    axes = figure.subplots(len(rows), squeeze=False)[:, 0]
    for place, (label, pictures) in zip(axes, rows, strict=True):
        place.imshow(side_by_side(pictures, 1), interpolation="nearest")
        place.set_axis_off()
        text = "\n".join(textwrap.fill(line, LABEL_LETTERS) for line in label.splitlines())
        place.text(-6, 14, text, ha="right", va="center", color="black", parse_math=False,
                   fontsize=11 if text.count("\n") < MANY_LINES else 8)  # fmt: skip
    patches = [
        Patch(facecolor=(red / 255, green / 255, blue / 255), edgecolor="#555555", label=text)
        for text, (red, green, blue) in legend.items()
    ]
    figure.suptitle(title, fontsize=13, y=1 - 0.2 / (height + 1), va="top")
    figure.legend(handles=patches, loc="lower center", ncols=len(patches), frameon=False)
    margin = 0.55 / (height + 1)
    figure.subplots_adjust(left=0.24, right=0.98, top=1 - margin, bottom=margin, hspace=0.06)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
