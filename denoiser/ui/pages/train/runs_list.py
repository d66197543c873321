"""All runs, the newest first, and a way in for one that was exported."""

import time
from concurrent.futures import Future
from html import escape
from urllib.parse import urlencode

import streamlit as st

from denoiser.errors import RunError
from denoiser.jobs import archive
from denoiser.runs import names
from denoiser.runs.history import UNFINISHED, Status
from denoiser.runs.run import Run
from denoiser.ui.components.upload import upload
from denoiser.ui.pages.train.durations import duration_text
from denoiser.ui.session import state
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.text import _
from denoiser.ui.session.visitor import owns, visitor

SHOWN = 20
POLL_SECONDS = 3.0
DAY = 86_400


def runs_list() -> None:
    """List the newest runs of all visitors, with a link to each."""
    st.subheader(_("On the lab's computer"), anchor=False)
    is_live = any(_state(run) in UNFINISHED for run in run_store().runs()[:SHOWN])
    st.fragment(_list, run_every=POLL_SECONDS if is_live else None)()
    _import()


def _list() -> None:
    rows = list(filter(None, map(_row, run_store().runs()[:SHOWN])))
    if rows:
        st.html(_table(rows))
    else:
        st.caption(_("None yet. The first one appears here, for everybody who opens this page."))


def _table(rows: list[str]) -> str:
    heads = [_("Training"), _("State"), _("Epochs"), _("Val loss"), _("Started")]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return (
        f'<div class="runs" role="region" aria-label="{escape(_("Trainings"))}" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(run: Run) -> str:
    try:
        status, config, history = run.status(), run.config, run.history()
        mine = f' <span class="mine">{escape(_("yours"))}</span>' if owns(run) else ""
    except RunError:  # it is being deleted
        return ""
    link = f"./Train?{urlencode(state.carried() | {'run': run.id})}"
    about = escape(f"{names.network_text(config, _)} · {run.id[:4]}")
    best = history.best
    cells = [
        f'<a href="{escape(link)}" target="_self">{escape(names.name_of(run, _))}</a>{mine}'
        f"<small>{about}</small>",
        f'<span class="state {status.state}">{escape(_state_text(run, status))}</span>',
        "–" if status.loaded else f"{len(history.epochs)} / {config.epochs}",
        f"{best.val_loss:.4f}" if best else "–",
        escape(_age(status)),
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _age(status: Status) -> str:
    age = max(0.0, time.time() - status.created)
    if age >= 2 * DAY:
        return _("{count} days ago").format(count=round(age / DAY))
    # Whole minutes: what is written anew each second would be drawn anew each second.
    return _("just now") if age < 60 else _("{age} ago").format(age=duration_text(age))


def _state(run: Run) -> str:
    try:
        return run.status().state
    except RunError:
        return ""


def _state_text(run: Run, status: Status) -> str:
    if status.state == "queued":
        return _("number {position} in the queue").format(position=run_store().position(run))
    if status.loaded:
        return _("loaded from a file")
    if status.device:
        is_whole = status.state == "finished"
        return _("finished on a device") if is_whole else _("stopped on a device")
    return {
        "running": _("training"),
        "stopped": _("stopped"),
        "finished": _("finished"),
        "failed": _("failed"),
    }[status.state]


def _import() -> None:
    with st.expander(_("Open an exported training")):
        run_id = upload(_("The zip that Export made"), ["zip"], "run_zip", _submit)
    if run_id is not None:
        state.open_run(run_id)
        st.rerun()


def _submit(content: bytes) -> Future[str]:
    return engine().submit(archive.unpack, str(run_store().folder), content, visitor())
