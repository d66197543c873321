"""The state of the server: open pages, trainings, workers, memory."""

from html import escape
from typing import TYPE_CHECKING

import psutil
import streamlit as st
from streamlit import runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat

from denoiser.ui.pages.train import durations
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.text import _, localized

if TYPE_CHECKING:
    from denoiser.engine.client import WorkerHealth

POLL_SECONDS = 2.0
SCARCE_BYTES = 500 * 10**6  # about what one more training takes


@st.fragment(run_every=POLL_SECONDS)
def health() -> None:
    """Show the state of the server, with advice where memory is scarce."""
    computer, own = psutil.virtual_memory(), psutil.Process().memory_info().rss
    figures = {
        _("Open pages"): sessions(),
        _("Trainings running"): len(durations.running(run_store().runs())),
        _("Trainings waiting"): len(run_store().queue()),
        _("Memory of the pages"): _size(own),
        _("Memory free"): _size(computer.available),
    }
    items = "".join(
        f"<div><dt>{escape(k)}</dt><dd>{escape(str(v))}</dd></div>" for k, v in figures.items()
    )
    st.html(f'<dl class="health">{items}</dl>')
    st.caption(" · ".join(map(_described, engine().workers)) or _no_workers())
    if computer.available < SCARCE_BYTES:
        st.warning(
            _("Memory is scarce: stop a training, or close other programs."),
            icon=":material/memory:",
        )


def sessions() -> int:
    """Return how many pages are open at this server."""
    if not runtime.exists():
        return 0
    found = runtime.get_instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY])
    return sum(s.value for s in found[ACTIVE_SESSIONS_FAMILY] if isinstance(s, GaugeStat))


def _described(worker: "WorkerHealth") -> str:
    return _("{name}: {state}, {memory}").format(
        name=_("Worker for trainings") if worker.trains else _("Worker for all else"),
        state=_("at work") if worker.is_busy else _("idle"),
        memory=_size(worker.memory),
    )


def _no_workers() -> str:
    if problem := engine().problem:
        return _("The engine is away: {problem}").format(problem=localized(problem))
    return _("The engine starts. That takes some seconds, the first time longer …")


def _size(count: int) -> str:
    return _("{count:.1f} GB").format(count=count / 10**9)
