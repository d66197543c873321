"""The map: what each model was trained on against what it is tested on, computed beforehand.

A cell opens the comparison above with that model and that noise, and so its digits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

import streamlit as st

from denoiser import assets
from denoiser.data.filters import FILTERS, NOISY
from denoiser.data.noise import KINDS
from denoiser.errors import ModelError
from denoiser.jobs import comparison
from denoiser.models.store import Model
from denoiser.ui.components import colors
from denoiser.ui.session import state
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.text import _, localized

Scores = Mapping[str, Mapping[str, float]]  # by kind of noise


@dataclass(frozen=True)
class Row:
    """A method of the map.

    Attributes:
        name: As in the map and in the URL.
        title: On the page.
        note: What it was trained on.
        group: "noisy", "model" or "filter".
    """

    name: str
    title: str
    note: str
    group: str


def noise_map(shipped: Sequence[Model]) -> None:
    """Show the map, or how to make it where there is none.

    Args:
        shipped: The shipped models that denoise.
    """
    st.subheader(_("Trained on one noise, tested on another"), anchor=False)
    try:
        made = comparison.read_noise_map(assets.NOISE_MAP)
    except ModelError as error:
        st.info(localized(error), icon=":material/grid_off:")
        return
    st.markdown(_explained())
    rows = [row for row in _rows(shipped) if row.name in made["scores"]]
    st.html(_table(rows, made["scores"]))
    st.caption(
        _(
            "On {count:,} official test digits, each noise at its default strength: `{command}`. "
            "The digits above are others, so their scores differ a little."
        ).format(count=made["digits"], command=made["command"])
    )


def _explained() -> str:
    return _(
        "Is a page easier to read for a machine once it is denoised? The first row says what share "
        "of noisy digits the reader reads right, every other row what share it reads after "
        "denoising; below stands the MSE, and the best of each column is underlined. **Choose a "
        "cell to see its digits.**"
    )


def _rows(shipped: Sequence[Model]) -> list[Row]:
    models = [Row(m.name, _(m.card["title"]), _trained_on(m), "model") for m in shipped]
    filters = [Row(name, _(found.title), "", "filter") for name, found in FILTERS.items()]
    return [Row(NOISY, _("Noisy, nothing done"), "", "noisy"), *models, *filters]


def _trained_on(model: Model) -> str:
    config = model.config
    if not any(config.noise_parameters.values()):
        return _("trained on clean digits")
    return _("trained on: {noise}").format(noise=_(KINDS[config.noise].title))


def _table(rows: Sequence[Row], scores: Mapping[str, Scores]) -> str:
    head = "".join(f'<th scope="col">{escape(_(kind.title))}</th>' for kind in KINDS.values())
    best = {kind: _best([scores[row.name].get(kind) for row in rows]) for kind in KINDS}
    body = "".join(_row(row, scores[row.name], best) for row in rows)
    label = escape(_("Share read right and MSE, by model and noise"))
    return (
        f'<div class="noise-map" style="{colors.inks()}; {colors.page()}" tabindex="0" '
        f'role="region" aria-label="{label}"><table>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _best(found: Sequence[Mapping[str, float] | None]) -> float:
    return max((scores["reading_accuracy"] for scores in found if scores), default=1.0)


def _row(row: Row, scores: Scores, best: Mapping[str, float]) -> str:
    note = f"<small>{escape(row.note)}</small>" if row.note else ""
    cells = "".join(_cell(row, kind, scores.get(kind), best[kind]) for kind in KINDS)
    return f'<tr class="{row.group}"><th scope="row">{escape(row.title)}{note}</th>{cells}</tr>'


def _cell(row: Row, kind: str, scores: Mapping[str, float] | None, best: float) -> str:
    if scores is None:  # a kind that is newer than the map
        return "<td></td>"
    share = scores["reading_accuracy"]
    read, mse = f"{share:.1%}", f"{scores['mse']:.4f}"
    mark = ' class="best"' if share == best else ""
    text = f"<b>{read}</b><small>{mse}</small>"
    if row.name != NOISY:
        label = _("{title} under {noise}: {read} read right, MSE {mse}").format(
            title=row.title, noise=_(KINDS[kind].title), read=read, mse=mse
        )
        asked = {"names": row.name} | Noise.parse({"noise": kind}).to_query()
        query = urlencode(state.carried() | asked)
        text = f'<a href="?{escape(query)}" target="_self" title="{escape(label)}">{text}</a>'
    return f'<td{mark} style="--read: {share:.0%}">{text}</td>'
