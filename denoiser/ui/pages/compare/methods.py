"""What can be compared: shipped models, the models of runs that have ended, and filters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from denoiser.config import CLASSIFIER
from denoiser.data.filters import FILTERS
from denoiser.errors import ModelError, RunError
from denoiser.models.store import Model
from denoiser.runs.history import Status
from denoiser.runs.run import Run
from denoiser.runs.store import RunStore
from denoiser.ui.session.text import _

MOST_RUNS = 100

History = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Method:
    """A model or a filter, as the page knows it.

    Attributes:
        name: As the URL has it.
        title: As people read it.
        identity: Changes when the weights do.
        history: Returns loss and val_loss by epoch; None for what was not trained.
        load: Returns what `comparison.measure` takes; raises `ModelError`.
        note: Why its scores may be too good; "" for no reason.
    """

    name: str
    title: str
    identity: str
    history: Callable[[], History | None]
    load: Callable[[], str | Model]
    note: str = ""


def methods(shipped: Sequence[Model], store: RunStore) -> dict[str, Method]:
    """Return all methods by name: shipped models, then filters, then runs, newest first."""
    found = [*map(_of_model, shipped), *map(_of_filter, FILTERS), *_of_runs(store)]
    return {method.name: method for method in found}


def _of_model(model: Model) -> Method:
    title = _(model.card["title"])
    return Method(model.name, title, model.name, lambda: model.card["history"], lambda: model.name)


def _of_filter(name: str) -> Method:
    return Method(name, _(FILTERS[name].title), name, lambda: None, lambda: name)


def _of_runs(store: RunStore) -> list[Method]:
    found: list[Method] = []
    for run in store.runs():
        try:
            status = run.status()
            if status.state in ("finished", "stopped") and run.has_model():
                found += [_of_run(run, status)] if run.config.network != CLASSIFIER else []
        except RunError:  # deleted in this moment, or damaged
            continue
        if len(found) == MOST_RUNS:
            break
    return found


def _of_run(run: Run, status: Status) -> Method:
    return Method(
        name=run.id,
        title=_("Run {id} ({network})").format(id=run.id[:4], network=run.config.network),
        identity=f"{run.id}-{status.attempt}",  # a run that is resumed has other weights then
        history=lambda: _history(run),
        load=lambda: _model(run),
        note=_note(run, status),
    )


def _note(run: Run, status: Status) -> str:
    if status.loaded:
        return _("was trained elsewhere, perhaps on these digits, too")
    return _("was trained on these digits, too") if run.config.data == "mnist" else ""


def _model(run: Run) -> Model:
    try:
        return run.model()
    except ModelError as error:
        raise ModelError(
            "The weights of run {id} are gone or damaged. Train it again, or leave it out.",
            id=run.id, detail=error.detail,
        ) from None  # fmt: skip


def _history(run: Run) -> History | None:
    epochs = run.history().epochs
    if not epochs:  # it was trained elsewhere
        return None
    return {
        "loss": [epoch.loss for epoch in epochs],
        "val_loss": [epoch.val_loss for epoch in epochs],
    }
