"""The table of scores: a row a method, the best of each column marked, and as a file.

What is still computed keeps its place, so that nothing moves when it comes.
"""

import math
from dataclasses import dataclass
from html import escape

import streamlit as st

from denoiser.data.filters import NOISY
from denoiser.jobs import comparison
from denoiser.jobs.comparison import Measured
from denoiser.ui.components import colors
from denoiser.ui.pages.compare.results import Comparison
from denoiser.ui.session.text import _

WAITING = "…"
NONE = "–"


@dataclass(frozen=True)
class Column:
    """A score: how it is called and written, and whether more of it is better."""

    title: str
    score: str
    format: str
    more_is_better: bool = True

    def value(self, measured: Measured) -> float:
        """Return the score of what was measured."""
        return float(getattr(measured.scores, self.score))

    def text(self, measured: Measured) -> str:
        """Return the score as it is written; a dash for the endless PSNR of equal pictures."""
        value = self.value(measured)
        return format(value, self.format) if math.isfinite(value) else NONE


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("MSE"), "mse", ".4f", more_is_better=False),
        Column(_("PSNR in dB"), "psnr", ".1f"),
        Column(_("SSIM"), "ssim", ".3f"),
        Column(_("Read right"), "reading_accuracy", ".1%"),
    )


def score_table(compared: Comparison) -> None:
    """Show how each method scored, and at the end what doing nothing scores."""
    st.html(
        f'<div class="compare-table" style="{colors.inks()}" tabindex="0" role="region" '
        f'aria-label="{escape(_("Scores"))}">'
        f"<table><thead><tr>{_heads()}</tr></thead><tbody>{_rows(compared)}</tbody></table></div>"
    )


def _heads() -> str:
    count = len(comparison.held_out())
    first = escape(_("On {count} held-out digits").format(count=count))
    hints = {True: _("more is better"), False: _("less is better")}
    return f'<th scope="col">{first}</th>' + "".join(
        f'<th scope="col">{escape(column.title)}'
        f"<small>{escape(hints[column.more_is_better])}</small></th>"
        for column in _columns()
    )


def _rows(compared: Comparison) -> str:
    rows = [_row(compared, c.name, c.title, c.about, c.note) for c in compared.chosen]
    rows.append(_row(compared, NOISY, _("Noisy, nothing done")))
    return "".join(rows)


def _row(compared: Comparison, name: str, title: str, *notes: str) -> str:
    remark = "".join(f"<small>{escape(note)}</small>" for note in notes if note)
    cells = "".join(_cell(compared, name, column) for column in _columns())
    kind = ' class="noisy"' if name == NOISY else ""
    return f'<tr{kind}><th scope="row">{escape(title)}{remark}</th>{cells}</tr>'


def _cell(compared: Comparison, name: str, column: Column) -> str:
    if name not in compared.measured:
        return f"<td>{NONE if compared.results[name].done() else WAITING}</td>"
    text = column.text(compared.measured[name])
    if name == NOISY or text != _best(compared, column):
        return f"<td>{text}</td>"
    return f'<td class="best"><span title="{escape(_("best"))}">{text}</span></td>'


def _best(compared: Comparison, column: Column) -> str | None:
    """Return the best text of a column, so that equal ones are best together; None alone."""
    rivals = [compared.measured[c.name] for c in compared.chosen if c.name in compared.measured]
    if len(rivals) < 2:
        return None
    choose = max if column.more_is_better else min
    return column.text(choose(rivals, key=column.value))


def file(compared: Comparison) -> str:
    """Return the table of a complete comparison as comma-separated values."""
    rows = [(_plain(c.title), compared.measured[c.name].scores) for c in compared.chosen]
    rows.append((_("Noisy, nothing done"), compared.measured[NOISY].scores))
    noise = compared.request.noise
    return comparison.to_csv(rows, noise.kind, noise.parameters)


def _plain(title: str) -> str:
    """Return a title that no spreadsheet takes for a formula: who named a run is a stranger."""
    return f"'{title}" if title[0] in "=+-@" else title
