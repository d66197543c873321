"""What can be done with a run: start, stop, resume, repair, try, compare, name, delete."""

from dataclasses import replace
from typing import Any

import streamlit as st

from denoiser.config import TrainConfig
from denoiser.errors import DenoiserError, RunError
from denoiser.jobs import archive
from denoiser.runs import names
from denoiser.runs.history import UNFINISHED, Status
from denoiser.runs.run import Run
from denoiser.ui.components.share import copy_link
from denoiser.ui.pages.train.form import fill_from
from denoiser.ui.pages.train.settings_text import changes_text
from denoiser.ui.session import state
from denoiser.ui.session.pin import pin_field
from denoiser.ui.session.run_models import run_model_name
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.text import _, localized
from denoiser.ui.session.visitor import has_pin, may_control, visitor

PACK_SECONDS = 60
_NAME = "run_name"
# Shipped models, by the run's network.
BASELINES = {"tutorial": "tutorial", "unet": "unet", "unet-small": "unet"}


def actions(run: Run, status: Status) -> None:
    """Show the buttons and links that this visitor has for a run as it stands."""
    has_ended = status.state not in UNFINISHED
    controls = may_control(run)
    with st.container(horizontal=True, vertical_alignment="center", key="run_actions"):
        if controls and not has_ended:
            _button(_("Stop"), "stop", run, icon=":material/stop:", type="primary",
                    help=_("Ends it and keeps its best weights. It can be resumed."))  # fmt: skip
        if controls and status.state in ("stopped", "failed") and not status.device:
            _button(_("Resume"), "resume", run, icon=":material/play_arrow:",
                    help=_("Goes on where it stopped."))  # fmt: skip
        if has_ended and run.has_model():
            _use(run)
        copy_link()
        st.button(_("New training"), key="run_new", icon=":material/add:",
                  on_click=state.leave_run)  # fmt: skip
        if controls:
            _rename(run)
        if controls and has_ended:
            _delete(run)
    if not controls:
        _stranger()


def _use(run: Run) -> None:
    carried = state.carried()
    compared = ",".join((run.id, BASELINES.get(run.config.network, "tutorial")))
    st.page_link("app.py", label=_("Try it"), icon=":material/tune:",
                 query_params=carried | {"model": run_model_name(run.id)})  # fmt: skip
    st.page_link("pages/2_Compare.py", label=_("Compare"), icon=":material/compare:",
                 query_params=carried | {"names": compared})  # fmt: skip
    _export(run)


def _rename(run: Run) -> None:
    with st.popover(_("Rename"), icon=":material/edit:"):
        st.session_state.setdefault(_NAME, names.given(run))
        st.text_input(
            _("Name"), key=_NAME, max_chars=names.MAX_LETTERS, on_change=act,
            args=("rename", run.id), placeholder=names.title(run.config, _),
            help=_("Everybody sees it. Without one, the run is called by its settings."),
        )  # fmt: skip


def _delete(run: Run) -> None:
    with st.popover(_("Delete"), icon=":material/delete:"):
        st.write(_("The run, its curves and its weights will be gone for good."))
        _button(_("Delete for good"), "delete", run, type="primary")


def _button(label: str, action: str, run: Run, **options: Any) -> None:
    st.button(label, key=f"run_{action}", on_click=act, args=(action, run.id), **options)


def act(action: str, run_id: str) -> None:
    """Rename, stop, resume or delete a run, if this visitor may; say so if not."""
    try:
        run = run_store().run(run_id)
        if not may_control(run):
            raise RunError("Only who started this training, or the teacher, may do that.")
        if action == "rename":
            names.rename(run, st.session_state.get(_NAME, names.given(run)))
        elif action == "stop":
            run.request_stop()
        elif action == "resume":
            run_store().resume(run)
            engine().wake()
        elif run.status().state in UNFINISHED:  # resumed meanwhile, in another tab
            raise RunError("It trains again. Stop it first.")
        else:
            run.delete()
            state.forget_run_model(run_id)
            state.leave_run()
    except (DenoiserError, OSError) as error:
        st.toast(localized(error), icon=":material/block:", duration="long")


def start_and_watch(config: TrainConfig) -> str:
    """Put a training in the queue and show it; return why, where that cannot be."""
    problem = _begin(config)
    if not problem:
        st.rerun()
    return problem


def _begin(config: TrainConfig) -> str:
    try:
        run = run_store().create(config, visitor())
    except (DenoiserError, OSError) as error:
        return localized(error)
    engine().wake()
    state.open_run(run.id)
    return ""


def one_click_fix(run: Run, status: Status) -> None:
    """Offer to start a failed run again with the settings that would help, where some would."""
    if not status.fix:
        return
    st.button(
        _("Start again with {changes}").format(changes=changes_text(status.fix)),
        key="run_fix", type="primary", icon=":material/replay:",
        on_click=_start_fixed, args=(run.id,),
    )  # fmt: skip


def _start_fixed(run_id: str) -> None:
    try:
        run = run_store().run(run_id)
        config = replace(run.config, **run.status().fix)
        problem = _begin(config)
    except DenoiserError as error:
        problem = localized(error)
    if problem:
        st.toast(problem, icon=":material/block:", duration="long")
    else:
        fill_from(config)


def _export(run: Run) -> None:
    def packed() -> bytes:
        return engine().submit(archive.pack, str(run.folder)).result(timeout=PACK_SECONDS)

    st.download_button(
        _("Export"),
        packed,
        file_name=f"{run.id}.zip",
        mime="application/zip",
        on_click="ignore",
        icon=":material/download:",
        help=_("Settings, history, curves, samples, card and weights in one zip."),
    )


def _stranger() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="run_stranger"):
        st.caption(
            _("You are watching. Only who started this training, or the teacher, can end it."),
            width="content",
        )
        if not has_pin():
            return
        with st.popover(_("I am the teacher"), icon=":material/school:", type="tertiary"):
            pin_field()
