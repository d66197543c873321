"""How a run stands, its curves and its digits: what changes on its page while it trains.

It draws nothing anew that is as it was.
"""

from html import escape
from typing import Any

import streamlit as st

from denoiser import figures
from denoiser.config import TrainConfig
from denoiser.errors import DenoiserError, RunError
from denoiser.runs.history import UNFINISHED, RunHistory, Status
from denoiser.runs.run import Run
from denoiser.ui.components.curves import curves
from denoiser.ui.components.time_machine import time_machine
from denoiser.ui.pages.train import durations
from denoiser.ui.pages.train.durations import duration_text
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.services import engine, is_gone, run_store
from denoiser.ui.session.text import _, localized

CHART_HEIGHT = 360
HEADING_HEIGHT = 32
Facts = tuple[list[tuple[str, str]], str]  # names with their values, and a note


def progress(run: Run, shown_state: str) -> None:
    """Show what changes while a run trains; the page is drawn anew when its state changes.

    Args:
        run: It may be deleted at any moment.
        shown_state: The state that the rest of the page shows.
    """
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
    except RunError as error:
        if is_gone(run):  # deleted in this moment: nothing on the page is of use any more
            st.rerun()
        show_problem(error)


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


def _waiting(run: Run, status: Status, history: RunHistory) -> Facts:
    if problem := engine().problem:
        return [], _("Waiting for the engine: {problem}").format(problem=localized(problem))
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
        scores: dict[str, Any] = run.card().get("scores", {})
    except DenoiserError:  # its card is damaged
        return {}
    return scores


def _psnr_name(config: TrainConfig) -> str:
    """Name the PSNR, with its noise where that is another than the training's."""
    usual = Noise()
    if Noise(config.noise, config.noise_parameters) == usual:
        return _("PSNR")
    return _("PSNR at noise {mean:g}, {std:g}").format(**usual.parameters)


# What it learned


def _curves(run: Run, status: Status, history: RunHistory) -> None:
    log = heading(_("**Loss** :small[lower is better]"), with_scale=bool(history.steps))
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


def heading(text: str, with_scale: bool = False) -> bool:
    """Say what is below; return whether it is to have a logarithmic scale, where that is asked."""
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
    heading(_("**Digits** :small[as the network saw them]"))
    if run.snapshots():
        time_machine(run)
    elif status.state in UNFINISHED:
        _awaited(_("They will clear up here, epoch by epoch."))
    else:
        _awaited(_("There are none: it ended too early."))
