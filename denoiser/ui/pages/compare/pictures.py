"""The same digits clean, noisy and denoised, with their difference maps; and as a file.

Each row is one picture, and keeps its place while it is computed.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from html import escape

import numpy as np
import streamlit as st

from denoiser import figures, metrics
from denoiser.data.digits import as_uint8
from denoiser.data.filters import NOISY
from denoiser.jobs import comparison
from denoiser.ui.components import colors
from denoiser.ui.components.png import data_uri
from denoiser.ui.pages.compare.methods import Method
from denoiser.ui.pages.compare.request import ComparisonRequest
from denoiser.ui.pages.compare.results import Comparison
from denoiser.ui.session.text import _

GAP = 1  # pixels between digits


def digits_side_by_side(compared: Comparison) -> None:
    """Show the digits: clean, noisy, and two rows a method."""
    clean, noisy = _shown(compared.request)
    labels = _labels()
    rows = [
        _row(_("Clean"), "clean", clean, labels),
        _row(_("Noisy"), "noisy", noisy, _readings(compared, NOISY)),
        *(_rows_of(compared, method) for method in compared.chosen),
    ]
    st.html(
        f'<div class="compare-digits" style="{colors.inks()}">'
        f"<div>{''.join(rows)}</div>{_legend()}</div>"
    )


def _shown(request: ComparisonRequest) -> tuple[np.ndarray, np.ndarray]:
    """Return the digits clean and noisy, both uint8 (8, 28, 28)."""
    return _under_noise(request.noise.kind, tuple(request.noise.parameters.items()))


@lru_cache(maxsize=64)
def _under_noise(
    kind: str, parameters: tuple[tuple[str, float], ...]
) -> tuple[np.ndarray, np.ndarray]:
    places = comparison.shown_places()
    noisy = comparison.noisy_digits(kind, dict(parameters))
    return comparison.held_out().images[places], as_uint8(noisy[places])


def _labels() -> np.ndarray:
    labels: np.ndarray = comparison.held_out().known_labels[comparison.shown_places()]
    return labels


def _readings(compared: Comparison, name: str) -> np.ndarray | None:
    measured = compared.measured.get(name)
    return None if measured is None else measured.readings


def _rows_of(compared: Comparison, method: Method) -> str:
    measured = compared.measured.get(method.name)
    pictures = drawn = None
    if measured is not None:
        pictures, drawn = measured.pictures, _difference(compared.request, measured.pictures)
    denoised = _row(method.title, "denoised", pictures, _readings(compared, method.name))
    label = _("lost and invented")
    return denoised + _row(label, "difference", drawn, alt=f"{method.title}: {label}")


def _difference(request: ComparisonRequest, denoised: np.ndarray) -> np.ndarray:
    clean, _noisy = _shown(request)
    lost, invented = figures.rgb(colors.lost()), figures.rgb(colors.invented())
    return comparison.difference(clean, denoised, lost, invented)


def _row(
    label: str,
    kind: str,
    pictures: np.ndarray | None,
    readings: np.ndarray | None = None,
    alt: str = "",
) -> str:
    content = '<div class="waiting"></div>'
    if pictures is not None:
        data = data_uri(figures.side_by_side(pictures, GAP))
        content = f'<img src="{data}" alt="{escape(alt or label)}">'
    if kind != "difference":
        content += _reading_line(readings)
    label = f'<div class="label">{escape(label)}</div>'
    return f'<div class="strip {kind}">{label}<div>{content}</div></div>'


def _reading_line(readings: np.ndarray | None) -> str:
    labels = _labels()
    if readings is None:
        return f'<ol class="readings">{"<li>…</li>" * len(labels)}</ol>'
    items = (
        f"<li>{said}</li>" if said == label else f'<li class="wrong">{_said(said)} ✗</li>'
        for said, label in zip(readings, labels, strict=True)
    )
    return f'<ol class="readings" aria-label="{escape(_("Read as"))}">{"".join(items)}</ol>'


def _said(reading: int) -> str:
    return "–" if reading == metrics.NO_DIGIT else str(reading)


def _legend() -> str:
    """Say what the colours of a difference map and the numbers under the digits mean."""
    meanings = (
        (colors.kept(), _("Kept"), _("ink that both have")),
        (colors.lost(), _("Lost"), _("ink of the clean digit that is gone")),
        (colors.invented(), _("Invented"), _("ink that the clean digit does not have")),
    )
    swatches = "".join(
        f'<dt style="--swatch: {color}">{escape(word)}</dt><dd>{escape(meaning)}</dd>'
        for color, word, meaning in meanings
    )
    reads = _(
        "The number under a digit is what the digit reader takes it for, – for no digit, "
        "✗ if it is wrong."
    )
    return (
        f'<aside class="legend"><b>{escape(_("Lost and invented strokes"))}</b>'
        f"<dl>{swatches}</dl><p>{escape(reads)}</p></aside>"
    )


def file(compared: Comparison) -> Callable[[], bytes]:
    """Return what draws the digits of a complete comparison as a PNG file.

    It runs later, where no visitor and so no language is known.
    """
    clean, noisy = _shown(compared.request)
    rows = [(_("Clean"), clean), (_("Noisy"), noisy)]
    for method in compared.chosen:
        measured = compared.measured[method.name]
        rows.append((f"{method.title}\nMSE {measured.scores.mse:.4f}", measured.pictures))
        rows.append((_("lost and invented"), _difference(compared.request, measured.pictures)))
    title = _("Noise: {noise}").format(noise=compared.request.noise.text)
    meanings = ((colors.lost(), _("lost")), (colors.invented(), _("invented")))
    legend = {text: figures.rgb(color) for color, text in meanings}
    return partial(figures.comparison_figure, rows, title, legend)
