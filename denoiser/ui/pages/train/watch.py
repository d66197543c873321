"""One run on the page: its name, its settings, why it ended, how it stands, what can be done.

What changes while it trains is one fragment that looks at the run's folder
every second, and seldom once it has ended and might be resumed.
"""

import streamlit as st

from denoiser.config import TrainConfig
from denoiser.runs import names
from denoiser.runs.history import Status
from denoiser.runs.run import Run
from denoiser.ui.pages.train.actions import actions, one_click_fix
from denoiser.ui.pages.train.form import fill_from
from denoiser.ui.pages.train.progress import progress
from denoiser.ui.pages.train.settings_text import network_titles, summary
from denoiser.ui.session import state
from denoiser.ui.session.problem import plain, show_problem
from denoiser.ui.session.text import _, localized

POLL_SECONDS = {"queued": 1.0, "running": 1.0, "stopped": 5.0, "failed": 5.0}


def watch(run: Run) -> None:
    """Show a run, as it trains or as it ended.

    Raises:
        RunError: Its folder cannot be read, or is gone.
    """
    status, config = run.status(), run.config
    st.title(plain(names.name_of(run, _)), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="run_settings"):
        if status.loaded:
            said = _("Trained elsewhere: how is not known here")
            said = f"{names.network_text(config, _)} · {said}"
        else:
            said = summary(config)
        stands = _how_it_stands(config, status)
        st.caption(f"**{stands}** · {said} · {_('run')} {run.id}", width="content")
        if not status.loaded:
            st.button(_("Use these settings"), key="run_settings_use", type="tertiary",
                      on_click=_use_settings, args=(config,))  # fmt: skip
    _why_it_ended(run, status)
    st.fragment(progress, run_every=POLL_SECONDS.get(status.state))(run, status.state)
    actions(run, status)


def _how_it_stands(config: TrainConfig, status: Status) -> str:
    titles = {
        "queued": _("{network}, waiting for its turn"),
        "running": _("{network} in training"),
        "finished": _("{network}, trained"),
        "stopped": _("{network}, stopped"),
        "failed": _("{network}, failed"),
    }
    if status.device:
        titles |= {
            "finished": _("{network}, trained on a device"),
            "stopped": _("{network}, stopped on a device"),
        }
    network = network_titles().get(config.network, config.network)
    title = _("{network}, from a file") if status.loaded else titles[status.state]
    return title.format(network=network)


def _use_settings(config: TrainConfig) -> None:
    fill_from(config)
    state.leave_run()


def _why_it_ended(run: Run, status: Status) -> None:
    if status.state == "failed":
        with st.container(key="run_failure"):
            show_problem(status.reason or _("It failed."))
            one_click_fix(run, status)
    elif status.state == "stopped":
        best = run.history().best
        kept = _("The weights of its best epoch, {epoch}, are kept.") if best else ""
        reason = localized(status.reason) if status.reason else _("Stopped.")
        text = f"{reason} {kept.format(epoch=best.epoch if best else 0)}"
        st.info(text, icon=":material/stop_circle:")
