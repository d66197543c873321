"""The Compare page's parts: what is asked, what is known of it, and how it is shown.

The page shows at once all it has; what workers still compute is looked for
every second, and no longer once it is there.
"""

from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from denoiser import figures
from denoiser.data.filters import FILTERS
from denoiser.jobs import comparison
from denoiser.models.store import Model
from denoiser.ui.pages.compare import pictures, table
from denoiser.ui.pages.compare.methods import Method, methods
from denoiser.ui.pages.compare.noise_map import noise_map
from denoiser.ui.pages.compare.request import ComparisonRequest, ask
from denoiser.ui.pages.compare.results import Comparison, look_up, try_again
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.text import _, localized

STYLE = Path(__file__).with_name("compare.css")
POLL_SECONDS = 1


def comparison_of(shipped: Sequence[Model]) -> None:
    """Show the controls, and how those who were chosen compare.

    Args:
        shipped: The shipped models that denoise.
    """
    st.html(STYLE)
    offered = methods(shipped, run_store())
    request = ask(offered)
    chosen = [offered[name] for name in request.names]
    is_polling = not look_up(request, chosen).is_done
    results = st.fragment(_results, run_every=POLL_SECONDS if is_polling else None)
    results(request, chosen, is_polling)
    noise_map(shipped)
    _curves(chosen)


def _results(request: ComparisonRequest, chosen: Sequence[Method], is_polling: bool) -> None:
    compared = look_up(request, chosen)
    if is_polling and compared.is_done:
        st.rerun()  # the whole page, which then looks no longer
    _status(compared)
    table.score_table(compared)
    _failures(compared)
    st.subheader(_("The same eight digits"), anchor=False)
    pictures.digits_side_by_side(compared)
    _downloads(compared)


def _status(compared: Comparison) -> None:
    """Say in one line how it stands; the line stays when all is done."""
    done, all_ = len(compared.measured) + len(compared.failures), len(compared.results)
    busy = _("Computing on {count} held-out digits: {done} of {all} done …")
    text = _("Computed on {count} held-out digits, for all under the same noise.")
    turning = "" if compared.is_done else '<span class="turning"></span>'
    line = (text if compared.is_done else busy).format(
        count=len(comparison.held_out()), done=done, all=all_
    )
    st.html(f'<p class="compare-status" role="status">{turning}{escape(line)}</p>')
    if not compared.is_done and (problem := engine().problem):
        show_problem(problem, is_warning=True)


def _failures(compared: Comparison) -> None:
    """Say what failed, each reason once, and offer to ask again."""
    titles = {method.name: method.title for method in compared.chosen}
    failed: dict[str, list[str]] = {}
    for name, error in compared.failures.items():
        failed.setdefault(localized(error), []).append(titles.get(name, _("Noisy")))
    errors = {localized(error): error for error in compared.failures.values()}
    for why, whom in failed.items():
        lead = _("Could not be scored: {whom}").format(whom=", ".join(whom))
        show_problem(errors[why], lead)
    retry = partial(try_again, compared)
    if failed and st.button(_("Try again"), icon=":material/refresh:", on_click=retry):
        st.rerun()


def _downloads(compared: Comparison) -> None:
    is_complete = compared.is_complete
    name = f"comparison-{compared.request.noise.slug}"
    with st.container(horizontal=True, key="compare_downloads"):
        st.download_button(
            _("Table as CSV"),
            table.file(compared) if is_complete else "",
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            disabled=not is_complete,
            icon=":material/table:",
        )
        st.download_button(
            _("Figure as PNG"),
            pictures.file(compared) if is_complete else "",
            f"{name}.png",
            "image/png",
            on_click="ignore",
            disabled=not is_complete,
            icon=":material/image:",
        )


def _curves(chosen: Sequence[Method]) -> None:
    learned = {method.title: method.history() for method in chosen}
    histories = {title: history for title, history in learned.items() if history}
    st.subheader(_("How they learned"), anchor=False)
    if not histories:
        st.write(_("Filters do not learn: choose a model to see how its loss fell."))
        return
    st.write(
        _(
            "Train loss solid, val loss dashed; lower is better. Each was trained and validated "
            "under its own noise and on its own digits, so the table above is the fairer judge."
        )
    )
    st.plotly_chart(
        figures.loss_curves(histories, _),
        key="compare_curves",
        height=420,
        config={"displayModeBar": False},
        alt=_("Loss over epochs of {titles}").format(titles=", ".join(histories)),
    )


def how_compared() -> None:
    """Say how the comparison is made, and what each filter does."""
    with st.expander(_("How this is measured")):
        st.markdown(_method().format(count=len(comparison.held_out()), seed=comparison.SEED))
        st.markdown(
            "\n".join(f"- **{_(found.title)}:** {_(found.summary)}" for found in FILTERS.values())
        )


def _method() -> str:
    return _(
        "- **Digits:** {count} of the bundled MNIST digits. No shipped model has seen them, nor "
        "has a training on the bundled digits; a training on the whole of MNIST has, and its row "
        "says so. The eight that are shown are the first of their kind.\n"
        "- **Noise:** of the chosen kind, clipped to [0, 1], drawn once (seed {seed}) and the "
        "same for all.\n"
        "- **Read right:** the share of pictures that the shipped digit reader takes for what "
        "they are. It was trained on clean digits only.\n"
        "- **Filters** do not learn, but they are told the noise: its mean brightens and clipping "
        "shifts, so pictures are first mapped linearly, such that black is 0 and white is 1 on "
        "average. Their strengths were chosen once, for the tutorial's noise, which most models "
        "were trained for, too. Models are told nothing."
    )
