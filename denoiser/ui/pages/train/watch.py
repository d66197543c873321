"""One run on the page: how it stands, its curves, its digits, and what can be done with it.

What changes while it trains is one fragment that looks at the run's folder
every second, and seldom once it has ended and might be resumed. It draws
nothing anew that is as it was.
"""

from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from denoiser import figures
from denoiser.config import TrainConfig
from denoiser.errors import DenoiserError, RunError
from denoiser.runs.history import UNFINISHED, RunHistory, Status
from denoiser.runs.run import Run
from denoiser.ui.components.curves import curves
from denoiser.ui.components.share import copy_link
from denoiser.ui.components.time_machine import time_machine
from denoiser.ui.pages.train import durations
from denoiser.ui.pages.train.durations import duration_text
from denoiser.ui.pages.train.form import fill_from, network_titles, number_text
from denoiser.ui.session import state
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.pin import pin_field
from denoiser.ui.session.run_models import run_model_name
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.text import _, localized
from denoiser.ui.session.visitor import has_pin, may_control, visitor

POLL_SECONDS = {"queued": 1.0, "running": 1.0, "stopped": 5.0, "failed": 5.0}
PACK_SECONDS = 60
CHART_HEIGHT = 360
HEADING_HEIGHT = 32
COMPARED = ("tutorial", "unet", "median")


def watch(run: Run) -> None:
    """Show a run, as it trains or as it ended.

    Raises:
        RunError: Its folder cannot be read, or is gone.
    """
    status, config = run.status(), run.config
    st.title(_title(config, status), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="run_settings"):
        said = _("Trained elsewhere: how is not known here") if status.loaded else _settings(config)
        st.caption(f"{said} · {_('run')} {run.id}", width="content")
        if not status.loaded:
            st.button(_("Use these settings"), key="run_settings_use", type="tertiary",
                      on_click=_use_settings, args=(config,))  # fmt: skip
    _why_it_ended(run, status)
    st.fragment(_progress, run_every=POLL_SECONDS.get(status.state))(run, status.state)
    _actions(run, status)


def _title(config: TrainConfig, status: Status) -> str:
    titles = {
        "queued": _("{network}, waiting for its turn"),
        "running": _("{network} in training"),
        "finished": _("{network}, trained"),
        "stopped": _("{network}, stopped"),
        "failed": _("{network}, failed"),
    }
    network = network_titles().get(config.network, config.network)
    title = _("{network}, from a file") if status.loaded else titles[status.state]
    return title.format(network=network)


def _settings(config: TrainConfig) -> str:
    digits = {"bundled": _("bundled digits"), "mnist": _("MNIST")}.get(config.data, _("own digits"))
    count = f"{config.limit:,} " if config.limit else ""
    return count + _(
        "{digits} · noise: {noise}, {fresh} · batches of {batch} · learning rate {rate}"
    ).format(
        digits=digits, noise=Noise(config.noise, config.noise_parameters).text,
        batch=config.batch_size, fresh=_draws(config),
        rate=number_text(config.learning_rate),
    )  # fmt: skip


def _draws(config: TrainConfig) -> str:
    if config.growing_noise:
        return _("fresh and growing") if config.fresh_noise else _("fixed and growing")
    return _("fresh") if config.fresh_noise else _("fixed")


def _use_settings(config: TrainConfig) -> None:
    fill_from(config)
    state.leave_run()


# How it stands


def _why_it_ended(run: Run, status: Status) -> None:
    if status.state == "failed":
        with st.container(key="run_failure"):
            st.error(localized(status.why) or _("It failed."), icon=":material/error:")
            _one_click_fix(run, status)
    elif status.state == "stopped":
        best = run.history().best
        kept = _("The weights of its best epoch, {epoch}, are kept.") if best else ""
        why = localized(status.why) or _("Stopped.")
        text = f"{why} {kept.format(epoch=best.epoch if best else 0)}"
        st.info(text, icon=":material/stop_circle:")


def _progress(run: Run, shown_state: str) -> None:
    """Show what changes while it trains; the page is drawn anew when its state changes."""
    try:
        status, history = run.status(), run.history()
        if status.state != shown_state:
            st.rerun()
        _head(run, status, history)
        if status.loaded:
            _samples(run, status)
            return
        left, right = st.columns([3, 2], gap="large")
        with left:
            _curves(run, status, history)
        with right:
            _samples(run, status)
    except RunError as error:  # somebody deleted it in this moment
        st.error(localized(error), icon=":material/search_off:")


def _head(run: Run, status: Status, history: RunHistory) -> None:
    facts = {"queued": _waiting, "running": _training}.get(status.state, _ended)
    pairs, note = facts(run, status, history)
    if not pairs and not note:
        return
    items = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in pairs)
    said = f'<p role="status">{escape(note)}</p>' if note else ""
    st.html(f'<div class="run-head"><dl>{items}</dl>{said}</div>')
    if status.state in UNFINISHED:
        st.progress(durations.share_done(run.config, status, history))


Facts = tuple[list[tuple[str, str]], str]


def _waiting(run: Run, status: Status, history: RunHistory) -> Facts:
    if engine().problem:
        return [], _("Waiting for the engine: {problem}").format(
            problem=localized(engine().problem)
        )
    if not engine().ready:
        return [], _("The engine starts. That takes some seconds, the first time longer …")
    position = run_store().position(run)
    if position <= 1 and not durations.running(run_store().runs()):
        return [], _("Starting: the engine takes it up …")
    wait = durations.seconds_until_start(run, run_store())
    pairs = [
        (_("Position in the queue"), str(max(1, position))),
        (_("Starts in about"), duration_text(wait)),
    ]
    return pairs, _("It starts by itself. This page can be closed; its link finds it again.")


def _training(run: Run, status: Status, history: RunHistory) -> Facts:
    if run.is_stop_requested(status.attempt):
        return _epochs(run, history), _("Stopping …")
    if not history.steps or not status.steps_per_epoch:
        return [], _("Starting TensorFlow, loading the digits, building the network …")
    rate = durations.images_per_second(run.config, history)
    return [
        *_epochs(run, history),
        (_("Images a second"), f"{rate:,.0f}" if rate else "…"),
        (_("Time left"), duration_text(durations.seconds_left(run, run_store())) if rate else "…"),
    ], ""


def _ended(run: Run, status: Status, history: RunHistory) -> Facts:
    if not history.steps and not status.loaded:
        return [], ""
    scores = _scores(run)
    pairs = [] if status.loaded else _epochs(run, history)
    if psnr := scores.get("psnr"):
        pairs.append((_psnr_name(run.config), f"{psnr:.1f} dB"))
    if reading := scores.get("reading_accuracy"):
        pairs.append((_("Read right"), f"{reading:.1%}"))
    return pairs, ""


def _epochs(run: Run, history: RunHistory) -> list[tuple[str, str]]:
    """Return the epoch it is in, or was in last, and the val_loss so far."""
    current = history.steps[-1].epoch if history.steps else 0
    val_loss = f"{history.epochs[-1].val_loss:.4f}" if history.epochs else "–"
    return [(_("Epoch"), f"{current} / {run.config.epochs}"), (_("Val loss"), val_loss)]


def _scores(run: Run) -> dict[str, Any]:
    try:
        return run.model().card.get("scores", {})
    except DenoiserError:  # it made no model
        return {}


def _psnr_name(config: TrainConfig) -> str:
    """Name the PSNR, with its noise where that is another than the training's."""
    usual = Noise()
    if Noise(config.noise, config.noise_parameters) == usual:
        return _("PSNR")
    return _("PSNR at noise {mean:g}, {std:g}").format(**usual.parameters)


# What it learned


def _curves(run: Run, status: Status, history: RunHistory) -> None:
    log = _heading(_("**Loss** :small[lower is better]"), with_scale=bool(history.steps))
    if not history.steps:
        _awaited(_nothing_to_draw(status))
        return
    per_epoch = _steps_per_epoch(status, history)
    lines = figures.training_curves(
        [(step.step / per_epoch, step.loss) for step in history.steps],
        [(e.epoch, e.loss, e.val_loss) for e in history.epochs],
        run.config.epochs,
    )
    curves(run.id, lines, run.config.epochs, log=log)


def _steps_per_epoch(status: Status, history: RunHistory) -> float:
    """Return how many steps an epoch has, also while a resumed run does not say so yet."""
    if status.steps_per_epoch:
        return status.steps_per_epoch
    done = [step.step for step in history.steps if step.epoch <= len(history.epochs)]
    return done[-1] / len(history.epochs) if done else history.steps[-1].step


def _heading(text: str, with_scale: bool = False) -> bool:
    """Say what is below; return whether it is to have a logarithmic scale."""
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        height=HEADING_HEIGHT,
        border=False,
    ):
        st.markdown(text, width="content")
        return with_scale and st.toggle(
            _("Logarithmic scale"), value=True, key="watch_log", persist_state="session",
            help=_("Shows small gains late in a training as large as big ones early."),
        )  # fmt: skip


def _awaited(text: str) -> None:
    """Keep a picture's place until there is something to draw."""
    with st.container(height=CHART_HEIGHT, border=True, horizontal_alignment="center",
                      vertical_alignment="center"):  # fmt: skip
        st.caption(text, text_alignment="center")


def _nothing_to_draw(status: Status) -> str:
    if status.state in UNFINISHED:
        return _("The loss will be drawn here, step by step, as soon as the training begins.")
    return _("It ended before its first step: there is no loss to draw.")


def _samples(run: Run, status: Status) -> None:
    _heading(_("**Eight digits** :small[as the network saw them]"))
    if run.snapshots():
        time_machine(run)
    elif status.state in UNFINISHED:
        _awaited(_("They will clear up here, epoch by epoch."))
    else:
        _awaited(_("There are none: it ended too early."))


# What can be done


def _actions(run: Run, status: Status) -> None:
    has_ended = status.state not in UNFINISHED
    controls = may_control(run)
    with st.container(horizontal=True, vertical_alignment="center", key="run_actions"):
        if controls and not has_ended:
            _button(_("Stop"), "stop", run, icon=":material/stop:", type="primary",
                    help=_("Ends it and keeps its best weights. It can be resumed."))  # fmt: skip
        if controls and status.state in ("stopped", "failed"):
            _button(_("Resume"), "resume", run, icon=":material/play_arrow:",
                    help=_("Goes on where it stopped."))  # fmt: skip
        if has_ended and run.has_model():
            _use(run)
        copy_link()
        st.button(_("New training"), key="run_new", icon=":material/add:",
                  on_click=state.leave_run)  # fmt: skip
        if controls and has_ended:
            _delete(run)
    if not controls:
        _stranger()


def _use(run: Run) -> None:
    carried, names = state.carried(), ",".join((run.id, *COMPARED))
    st.page_link("app.py", label=_("Try it"), icon=":material/tune:",
                 query_params=carried | {"model": run_model_name(run.id)})  # fmt: skip
    st.page_link("pages/2_Compare.py", label=_("Compare"), icon=":material/compare:",
                 query_params=carried | {"names": names})  # fmt: skip
    _export(run)


def _delete(run: Run) -> None:
    with st.popover(_("Delete"), icon=":material/delete:"):
        st.write(_("The run, its curves and its weights will be gone for good."))
        _button(_("Delete for good"), "delete", run, type="primary")


def _button(label: str, action: str, run: Run, **options: Any) -> None:
    st.button(label, key=f"run_{action}", on_click=act, args=(action, run.id), **options)


def act(action: str, run_id: str) -> None:
    """Stop, resume or delete a run, if this visitor may; say so if not."""
    try:
        run = run_store().run(run_id)
        if not may_control(run):
            raise RunError("Only who started this training, or the teacher, may do that.")
        if action == "stop":
            run.request_stop()
        elif action == "resume":
            run_store().resume(run)
            engine().wake()
        elif run.status().state in UNFINISHED:  # resumed meanwhile, in another tab
            raise RunError("It trains again. Stop it first.")
        else:
            run.delete()
            state.leave_run()
    except (DenoiserError, OSError) as error:
        st.toast(localized(error), icon=":material/block:", duration="long")


def start_and_watch(config: TrainConfig) -> str:
    """Put a training in the queue and show it; return why, where that cannot be."""
    if problem := _begin(config):
        return problem
    st.rerun()
    return ""


def _begin(config: TrainConfig) -> str:
    try:
        run = run_store().create(config, visitor())
    except (DenoiserError, OSError) as error:
        return localized(error)
    engine().wake()
    state.open_run(run.id)
    return ""


def _one_click_fix(run: Run, status: Status) -> None:
    if not status.fix:
        return
    st.button(
        _("Start again with {changes}").format(changes=_changes_text(status.fix)),
        key="run_fix", type="primary", icon=":material/replay:",
        on_click=_start_fixed, args=(run.id,),
    )  # fmt: skip


def _changes_text(fix: dict[str, Any]) -> str:
    if fix == {"data": "bundled"}:
        return _("the bundled digits")
    names = {"learning_rate": _("learning rate"), "batch_size": _("batches of")}
    return ", ".join(
        f"{names.get(name, name.replace('_', ' '))} {number_text(value)}"
        for name, value in fix.items()
    )


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
        task = engine().submit("denoiser.jobs.archive:pack", str(run.folder))
        return task.result(timeout=PACK_SECONDS)

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
