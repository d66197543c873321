"""One run on the page: how it stands, its curves, its digits, and what can be done with it."""

from dataclasses import replace
from typing import Any

import streamlit as st

from denoiser import figures
from denoiser.config import TrainConfig
from denoiser.errors import DenoiserError, RunError
from denoiser.runs import UNFINISHED, Run, RunHistory, Status
from denoiser.ui import state
from denoiser.ui.guests import guest_name
from denoiser.ui.home import engine, home
from denoiser.ui.text import _
from denoiser.ui.time_machine import time_machine
from denoiser.ui.train_form import duration_text, fill_from
from denoiser.ui.visitor import has_pin, may_control, unlock, visitor

POLL_SECONDS = 1.0
CHART_HEIGHT = 400
RECENT_STEPS = 40


def watch(run: Run) -> None:
    """Show a run, as it trains or as it ended."""
    status = run.status()
    st.title(_title(run.config), anchor=False)
    st.caption(f"{_settings(run.config)} · {_('run')} {run.id}")
    is_live = status.state in UNFINISHED
    st.fragment(_progress, run_every=POLL_SECONDS if is_live else None)(run, status.state)
    _actions(run, status)


def _title(config: TrainConfig) -> str:
    network = {"tutorial": _("Tutorial autoencoder"), "unet": _("U-Net")}[config.network]
    return _("{network} in training").format(network=network)


def _settings(config: TrainConfig) -> str:
    noise = config.noise_parameters
    return _(
        "{data} digits, noise mean {mean:g}, std {std:g}, {epochs} epochs, batches of {batch}, "
        "learning rate {rate:g}"
    ).format(
        data=config.data, mean=noise["mean"], std=noise["std"], epochs=config.epochs,
        batch=config.batch_size, rate=config.learning_rate,
    )  # fmt: skip


# How it stands


def _progress(run: Run, shown_state: str) -> None:
    """Show what changes while it trains; the page is drawn anew when its state changes."""
    try:
        status, history = run.status(), run.history()
    except RunError as error:
        st.error(str(error), icon=":material/deployed_code_alert:")
        return
    if status.state != shown_state:
        st.rerun()
    _headline(run, status, history)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _curves(run, status, history)
    with right:
        _samples(run, status)


def _headline(run: Run, status: Status, history: RunHistory) -> None:
    done = history.steps[-1].step if history.steps else 0
    total = status.steps_per_epoch * run.config.epochs
    share = min(1.0, done / total) if total else 0.0
    if status.state == "finished":
        best = history.epochs[-1].val_loss if history.epochs else float("nan")
        st.success(_("Finished: val loss {val_loss:.4f}.").format(val_loss=best),
                   icon=":material/check_circle:")  # fmt: skip
    elif status.state == "failed":
        st.error(status.reason, icon=":material/error:")
    elif status.state == "stopped":
        st.info(status.reason or _("Stopped."), icon=":material/stop_circle:")
    else:
        st.progress(share, text=_live_text(run, status, history, share))


def _live_text(run: Run, status: Status, history: RunHistory, share: float) -> str:
    if status.state == "queued":
        return _queue_text(run)
    if not history.steps or not status.steps_per_epoch:
        return _("Getting ready: loading digits, building the network …")
    if run.is_stop_requested(status.attempt):
        return _("Stopping …")
    last = history.steps[-1]
    rate = _images_per_second(run, history)
    left = (1 - share) * run.config.epochs * status.digits / rate if rate else 0.0
    return _("Epoch {epoch} of {epochs} · {rate:.0f} images/s · about {left} left").format(
        epoch=last.epoch, epochs=run.config.epochs, rate=rate, left=duration_text(left)
    )


def _queue_text(run: Run) -> str:
    if engine().problem:
        return _("Waiting for the engine: {problem}").format(problem=engine().problem)
    position = home().position(run)
    is_busy = any(other.status().state == "running" for other in home().runs()[:20])
    if position <= 1 and not is_busy:
        return _("Starting …")
    return _(
        "Number {position} in the queue. It starts by itself; this page can be closed."
    ).format(position=position)


def _images_per_second(run: Run, history: RunHistory) -> float:
    recent = history.steps[-RECENT_STEPS:]
    took = recent[-1].time - recent[0].time
    return (recent[-1].step - recent[0].step) * run.config.batch_size / took if took > 0 else 0.0


# What it learned


def _curves(run: Run, status: Status, history: RunHistory) -> None:
    if not history.steps:
        with st.container(height=CHART_HEIGHT, border=True):
            st.caption(_("The loss will be drawn here, step by step."))
        return
    log = st.toggle(
        _("Logarithmic scale"),
        value=True,
        key="watch_log",
        help=_("Shows small improvements late in training as large as early ones."),
    )
    per_epoch = max(1, status.steps_per_epoch)
    figure = figures.training_curves(
        [(step.step / per_epoch, step.loss) for step in history.steps],
        [(e.epoch, e.loss, e.val_loss) for e in history.epochs],
        run.config.epochs,
        log=log,
    )
    st.plotly_chart(figure, key=f"curves_{run.id}", height=CHART_HEIGHT,
                    config={"displayModeBar": False},
                    alt=_("Train loss and val loss over epochs"))  # fmt: skip


def _samples(run: Run, status: Status) -> None:
    if run.snapshots():
        time_machine(run)
    elif status.state in UNFINISHED:
        st.caption(_("Eight digits will clear up here, epoch by epoch."))


# What can be done


def _actions(run: Run, status: Status) -> None:
    _one_click_fix(run, status)
    with st.container(horizontal=True, key="run_actions"):
        if may_control(run):
            _control(run, status)
        if run.has_model() and status.state not in UNFINISHED:
            st.page_link("app.py", label=_("Try it"), icon=":material/tune:",
                         query_params={"model": guest_name(run.id)})  # fmt: skip
            st.page_link("pages/2_Compare.py", label=_("Compare it"), icon=":material/compare:")
            _export(run)
        st.button(_("New training"), key="run_new", icon=":material/add:",
                  on_click=state.leave_run)  # fmt: skip
    if not may_control(run):
        _stranger()


def _control(run: Run, status: Status) -> None:
    if status.state in UNFINISHED:
        _button(_("Stop"), "stop", run, icon=":material/stop:",
                help=_("Ends it now and keeps its best weights. It can be resumed."))  # fmt: skip
        return
    if status.state in ("stopped", "failed"):
        _button(_("Resume"), "resume", run, icon=":material/play_arrow:",
                help=_("Goes on where it stopped."))  # fmt: skip
    with st.popover(_("Delete"), icon=":material/delete:"):
        st.write(_("The run, its curves and its weights will be gone for good."))
        _button(_("Delete for good"), "delete", run, type="primary")


def _button(label: str, action: str, run: Run, **options: Any) -> None:
    st.button(label, key=f"run_{action}", on_click=act, args=(action, run.id), **options)


def act(action: str, run_id: str) -> None:
    """Stop, resume or delete a run, if this visitor may; say so if not."""
    try:
        run = home().run(run_id)
        if not may_control(run):
            raise RunError(_("Only who started this training, or the teacher, may do that."))
        if action == "stop":
            run.request_stop()
        elif action == "resume":
            home().resume(run)
            engine().wake()
        else:
            run.delete()
            state.leave_run()
    except DenoiserError as error:
        st.toast(str(error), icon=":material/block:")


def _one_click_fix(run: Run, status: Status) -> None:
    if status.state != "failed" or not status.fix:
        return
    changes = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in status.fix.items())
    st.button(
        _("Start again with {changes}").format(changes=changes),
        key="run_fix", type="primary", on_click=_start_fixed, args=(run.id,),
    )  # fmt: skip


def _start_fixed(run_id: str) -> None:
    run = home().run(run_id)
    config = replace(run.config, **run.status().fix)
    fill_from(config)
    begin(config)


def begin(config: TrainConfig) -> None:
    """Put a training in the queue and show it; say why where that cannot be."""
    try:
        run = home().create(config, visitor())
    except (DenoiserError, OSError) as error:
        st.toast(str(error), icon=":material/block:", duration="long")
        return
    engine().wake()
    state.open_run(run.id)


def _export(run: Run) -> None:
    def packed() -> bytes:
        return engine().submit("denoiser.archive:pack", str(run.folder)).result(timeout=60)

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
    st.caption(_("You are watching. Only who started this training can stop or delete it."))
    if not has_pin():
        return
    with st.popover(_("I am the teacher"), icon=":material/school:"):
        pin = st.text_input(_("PIN"), type="password", key="teacher_pin")
        if pin and unlock(pin):
            st.rerun()
        if pin:
            st.error(_("That is not the PIN."))
