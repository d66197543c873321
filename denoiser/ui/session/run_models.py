"""Models made by runs, beside the shipped ones: the URL names `model=RUN` or `model=RUN@EPOCH`."""

import re
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from denoiser.config import CLASSIFIER
from denoiser.errors import DenoiserError
from denoiser.models.store import Model
from denoiser.runs import names
from denoiser.runs.run import Run
from denoiser.ui.session import state
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.services import is_gone, run_store
from denoiser.ui.session.text import _

NAME = re.compile(r"([a-z0-9]{12})(?:@(\d{1,5}))?")


def run_model_name(run_id: str, epoch: int | None = None) -> str:
    """Return what the URL calls a run's model, or its snapshot after an epoch."""
    return run_id if epoch is None else f"{run_id}@{epoch}"


def run_models() -> list[Model]:
    """Return the run's model that the URL names, or named last in this session; [] for none."""
    name = state.run_model()
    if name is None or not (found := NAME.fullmatch(name)):
        return []
    run_id, number = found.groups()
    epoch = None if number is None else int(number)
    try:
        status = run_store().run(run_id).status()
        # A run that is resumed makes its model again.
        made_by = status.attempt, status.state, status.loaded
        model = _load(run_id, epoch, made_by)
    except DenoiserError as error:
        show_problem(error, is_warning=True)
        _ways_on(run_id)
        return []
    if model.config.network == CLASSIFIER:
        return []
    return [_described(model, run_store().run(run_id), epoch, status.loaded)]


def kept_epochs(name: str) -> list[int]:
    """Return the epochs of a run whose weights are kept, by the name of one of its models.

    Args:
        name: As the URL has it; of any model.

    Returns:
        Numbers from 0, rising; [] for a model that no run here made.
    """
    if not (found := NAME.fullmatch(name)):
        return []
    try:
        run = run_store().run(found[1])
        return [epoch for epoch in run.snapshots() if run.has_weights(epoch)]
    except DenoiserError:
        return []


def is_of_same_run(name: str, names: Sequence[str]) -> bool:
    """Whether a model's name is that of a run of which another model is among `names`."""
    found = NAME.fullmatch(name)
    others = (NAME.fullmatch(other) for other in names)
    return found is not None and any(other and other[1] == found[1] for other in others)


def _ways_on(run_id: str) -> None:
    is_here = not is_gone(Run(run_store().folder / run_id))
    label = _("To this training") if is_here else _("To all trainings")
    query = state.carried() | ({"run": run_id} if is_here else {})
    st.page_link(
        "pages/1_Train.py", label=label, icon=":material/arrow_forward:", query_params=query
    )


@st.cache_resource(show_spinner=False, max_entries=32)
def _load(run_id: str, epoch: int | None, made_by: tuple[int, str, bool]) -> Model:
    run = run_store().run(run_id)
    return run.model() if epoch is None else run.snapshot(epoch)


def _described(model: Model, run: Run, epoch: int | None, is_loaded: bool) -> Model:
    title = names.name_of(run, _)
    if is_loaded:
        summary = _("Weights that were trained elsewhere, kept as run {run}.").format(run=run.id)
    elif epoch is None:
        summary = _("The model that run {run} made.").format(run=run.id)
    else:
        title = _("{name}, after epoch {epoch}").format(name=title, epoch=epoch)
        summary = _("Run {run} as it was after epoch {epoch}.").format(run=run.id, epoch=epoch)
    summary = f"{names.network_text(model.config, _)}. {summary}"
    card = model.card | {"title": title, "summary": summary}
    return replace(model, name=run_model_name(run.id, epoch), card=card)
