"""What can be compared: shipped models, the models of runs that have ended, and filters."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from denoiser.config import CLASSIFIER
from denoiser.data.filters import FILTERS
from denoiser.errors import ModelError, RunError
from denoiser.models.store import Model
from denoiser.runs import names
from denoiser.runs.history import Status
from denoiser.runs.run import Run
from denoiser.runs.store import ID, RunStore
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
        about: Of which network it is, where its title does not say so.
        note: Why its scores may be too good; "" for no reason.
    """

    name: str
    title: str
    identity: str
    history: Callable[[], History | None]
    load: Callable[[], str | Model]
    about: str = ""
    note: str = ""

    @property
    def is_run(self) -> bool:
        """Whether it is the model of a run."""
        return ID.fullmatch(self.name) is not None


def methods(shipped: Sequence[Model], store: RunStore) -> dict[str, Method]:
    """Return all methods by name: shipped models, then filters, then runs, newest first."""
    found = [*map(_of_model, shipped), *map(_of_filter, FILTERS), *_of_runs(store)]
    return {method.name: method for method in _told_apart(found)}


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


def _told_apart(found: Sequence[Method]) -> list[Method]:
    """Return the methods with a part of its id on each run's title that others have, too."""
    count = Counter(method.title for method in found)
    return [
        replace(method, title=f"{method.title} ({method.name[:4]})")
        if method.is_run and count[method.title] > 1 else method
        for method in found
    ]  # fmt: skip


def _of_run(run: Run, status: Status) -> Method:
    return Method(
        name=run.id,
        title=names.name_of(run, _),
        identity=f"{run.id}-{status.attempt}",  # a run that is resumed has other weights then
        history=lambda: _history(run),
        load=lambda: _model(run),
        about=names.network_text(run.config, _),
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
