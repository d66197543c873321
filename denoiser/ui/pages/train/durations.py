"""How long a training takes, takes still, and waits: estimates, good to a factor of two."""

from collections.abc import Sequence
from dataclasses import replace

from denoiser.config import TrainConfig
from denoiser.errors import DenoiserError, RunError
from denoiser.models import sizes
from denoiser.runs import datasets
from denoiser.runs.history import RunHistory, Status
from denoiser.runs.run import Run
from denoiser.runs.store import RunStore
from denoiser.ui.session.text import _

SIZES = {"bundled": (4_500, 500), "mnist": (60_000, 10_000)}  # to train on, to validate with
RECENT_RUNS = 10
RECENT_STEPS = 40


def duration_text(seconds: float) -> str:
    """Say a duration the way one speaks: 20 seconds, a minute, 4 minutes, 2.5 hours."""
    if seconds < 45:
        return _("{count} seconds").format(count=max(5, round(seconds / 5) * 5))
    if seconds < 90:
        return _("a minute")
    if seconds < 5400:
        return _("{count} minutes").format(count=round(seconds / 60))
    return _("{count:.1f} hours").format(count=seconds / 3600)


def estimate(config: TrainConfig, store: RunStore) -> float:
    """Return about how many seconds a training takes from its start.

    Raises:
        NetworkError: Settings the architecture cannot have.
    """
    trained, validation = digit_counts(config.data) or SIZES["mnist"]
    return sizes.seconds(config, trained, rate(store), validation)


def digit_counts(source: str) -> tuple[int, int] | None:
    """Return how many digits of a source are to train on and to validate with, where known."""
    if datasets.is_kept(source):
        return datasets.counts(source)
    return SIZES.get(source)


def rate(store: RunStore) -> float:
    """Return how fast this machine trains, as `sizes.seconds` takes it: by the newest run."""
    for run in store.runs()[:RECENT_RUNS]:
        try:
            status, epochs, config = run.status(), run.history().epochs, run.config
            validation = (digit_counts(config.data) or (0, 0))[1]
            once = sizes.seconds(replace(config, epochs=1), status.digits, 1.0, validation)
        except DenoiserError:  # deleted in this moment, or damaged
            continue
        was_here = status.state == "finished" and not status.device
        if was_here and status.digits and len(epochs) > 1:
            took = (epochs[-1].time - epochs[0].time) / (len(epochs) - 1)
            if took > 0:
                return (once - sizes.START_SECONDS) / took
    return sizes.TYPICAL_RATE


def images_per_second(config: TrainConfig, history: RunHistory) -> float:
    """Return how many digits it trained on in a second lately; 0 before that can be said."""
    recent = history.steps[-RECENT_STEPS:]
    took = recent[-1].time - recent[0].time if recent else 0.0
    return (recent[-1].step - recent[0].step) * config.batch_size / took if took > 0 else 0.0


def share_done(config: TrainConfig, status: Status, history: RunHistory) -> float:
    """Return how much of a training is done, in [0, 1]."""
    total = status.steps_per_epoch * config.epochs
    return min(1.0, history.steps[-1].step / total) if total and history.steps else 0.0


def seconds_left(run: Run, store: RunStore) -> float:
    """Return about how many seconds a run still trains, by its own speed where it has one."""
    config, status, history = run.config, run.status(), run.history()
    share = share_done(config, status, history)
    if share and (measured := images_per_second(config, history)):
        return (1 - share) * config.epochs * status.digits / measured
    return estimate(config, store)


def seconds_until_start(run: Run, store: RunStore) -> float:
    """Return about how many seconds a queued run waits, where one trains at a time."""
    queue = store.queue()
    ahead = queue[: queue.index(run)] if run in queue else []
    return sum(_left(other, store) for other in [*running(store.runs()), *ahead])


def running(runs: Sequence[Run]) -> list[Run]:
    """Return those that train right now."""
    return [run for run in runs if _state(run) == "running"]


def _left(run: Run, store: RunStore) -> float:
    try:
        return seconds_left(run, store)
    except DenoiserError:
        return 0.0


def _state(run: Run) -> str:
    try:
        return run.status().state
    except RunError:
        return ""
