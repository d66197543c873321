"""All runs, the newest first, and a way in for one that was exported."""

import time
from html import escape

import streamlit as st

from denoiser.errors import DenoiserError, RunError
from denoiser.runs import Run, Status
from denoiser.ui import state
from denoiser.ui.home import engine, home
from denoiser.ui.text import _
from denoiser.ui.train_form import duration_text
from denoiser.ui.visitor import owns, visitor

SHOWN = 20
IMPORT_SECONDS = 60


def runs_list() -> None:
    """List the newest runs with links to each."""
    st.header(_("Trainings"), anchor=False)
    runs = home().runs()[:SHOWN]
    if not runs:
        st.caption(_("None yet. The first one appears here, for everybody who opens this page."))
    else:
        st.html(_table(runs))
    _import()


def _table(runs: list[Run]) -> str:
    heads = [_("Training"), _("State"), _("Epochs"), _("Val loss"), _("Started")]
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    return (
        f'<div class="runs"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(filter(None, map(_row, runs)))}</tbody></table></div>"
    )


def _row(run: Run) -> str:
    try:
        status, config, epochs = run.status(), run.config, run.history().epochs
    except RunError:  # it is being deleted
        return ""
    val_loss = f"{min(e.val_loss for e in epochs):.4f}" if epochs else "–"
    mine = f" <b>{escape(_('yours'))}</b>" if owns(run) else ""
    link = f'<a href="./Train?run={run.id}" target="_self">{config.network} {run.id[:4]}</a>{mine}'
    age = duration_text(max(0.0, time.time() - status.created))
    cells = [link, escape(_state_text(run, status)), f"{len(epochs)}/{config.epochs}", val_loss,
             escape(_("{age} ago").format(age=age))]  # fmt: skip
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _state_text(run: Run, status: Status) -> str:
    if status.state == "queued":
        return _("number {position} in the queue").format(position=home().position(run))
    return {
        "running": _("training"),
        "stopped": _("stopped"),
        "finished": _("finished"),
        "failed": _("failed"),
    }[status.state]


def _import() -> None:
    with st.expander(_("Open an exported training")):
        file = st.file_uploader(_("The zip that Export made"), type="zip", key="run_zip")
        if file is None or file.file_id == state.imported_file():
            return
        state.keep_imported_file(file.file_id)
        try:
            task = engine().submit(
                "denoiser.archive:unpack", str(home().folder), file.getvalue(), visitor()
            )
            with st.spinner(_("Reading it …")):
                run_id = task.result(timeout=IMPORT_SECONDS)
        except (DenoiserError, TimeoutError) as error:
            st.error(str(error) or _("It took too long; try again."), icon=":material/error:")
            return
        state.open_run(run_id)
        st.rerun()
