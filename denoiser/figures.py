"""Pictures and plots of digits and losses, as arrays, figures and files.

Knows arrays and histories, not where they came from or where they are shown.
"""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

PLOT_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".svg", ".pdf"}
# Readable on light and dark, told apart by colour-blind readers, and neither amber nor teal,
# which mean noisy and denoised.
CURVE_COLORS = ("#7A68D9", "#C2589B", "#6B7785", "#3B8FD4")
CURVE_SYMBOLS = ("circle", "square", "diamond", "triangle-up")


def montage(noisy: np.ndarray, denoised: np.ndarray) -> np.ndarray:
    """Stack digits into the tutorial's picture: a row a digit, noisy left, denoised right.

    Args:
        noisy: In [0, 1], shape (n, 28, 28).
        denoised: In [0, 1], shape (n, 28, 28).

    Returns:
        uint8, shape (28 n, 56).
    """
    pairs = np.concatenate([noisy, denoised], axis=2)
    return (pairs.reshape(-1, pairs.shape[2]) * 255).astype(np.uint8)


def save_loss_plot(loss: Sequence[float], val_loss: Sequence[float], path: Path) -> None:
    """Write the tutorial's plot, train and val loss over epochs, as a picture file.

    Raises:
        OSError: The file cannot be written.
        ValueError: The file's ending is no picture format.
    """
    from matplotlib import style  # takes a second to load: only for those who plot
    from matplotlib.figure import Figure

    with style.context("ggplot"):
        figure = Figure()
        axes = figure.subplots()
        epochs = np.arange(len(loss))
        axes.plot(epochs, loss, label="train_loss")
        axes.plot(epochs, val_loss, label="val_loss")
        if len(loss) == 1:
            for line in axes.lines:
                line.set_marker("o")
        axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        axes.set_title("Training Loss")
        axes.set_xlabel("Epoch #")
        axes.set_ylabel("Loss (MSE)")
        axes.legend(loc="upper right")
        figure.savefig(path)


def loss_curves(histories: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, Any]:
    """Draw loss over epochs as a Plotly figure: train loss solid, val loss dashed.

    Args:
        histories: For each model's title a history with `loss` and `val_loss`.

    Returns:
        A Plotly figure as a plain dict, which Streamlit draws without checking it again.
    """
    dashes = {"loss": "solid", "val_loss": "dash"}
    names = {"loss": "train loss", "val_loss": "val loss"}
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": title,
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
    layout = {
        "xaxis": {"title": {"text": "epoch"}, "dtick": 1},
        "yaxis": {
            "title": {"text": "loss (MSE)"},
            "type": "log",
            "dtick": "D2",
            "tickformat": ".3f",
        },
        "margin": {"l": 60, "r": 20, "t": 10, "b": 50},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        "hovermode": "x unified",
    }
    return {"data": traces, "layout": layout}
