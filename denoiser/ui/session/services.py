"""The folder of runs and the engine, as the pages use them: one of each for the whole server."""

import atexit
from typing import TYPE_CHECKING

import streamlit as st

from denoiser.classroom import store as classes
from denoiser.classroom.store import Classroom
from denoiser.classroom.teachers import Teachers
from denoiser.classroom.trainings import ClassTrainings
from denoiser.errors import RunError
from denoiser.runs import store as runs
from denoiser.runs.run import Run
from denoiser.runs.store import RunStore

if TYPE_CHECKING:
    from denoiser.engine.client import Engine


@st.cache_resource(show_spinner=False)
def run_store() -> RunStore:
    """Return the folder of all runs."""
    return runs.default_store()


def is_gone(run: Run) -> bool:
    """Whether a run was deleted."""
    try:
        return run_store().run(run.id) != run
    except RunError:
        return True


@st.cache_resource(show_spinner=False)
def classroom() -> Classroom:
    """Return all classes, in a file beside the runs."""
    return Classroom(run_store().folder / classes.FILE)


@st.cache_resource(show_spinner=False)
def class_trainings() -> ClassTrainings:
    """Return what all classes train, in the same file."""
    return ClassTrainings(run_store().folder / classes.FILE)


@st.cache_resource(show_spinner=False)
def teachers() -> Teachers:
    """Return the devices of teachers, in the same file."""
    return Teachers(run_store().folder / classes.FILE)


@st.cache_resource(show_spinner=False)
def engine() -> "Engine":
    """Return the engine; the first call starts it, in the background."""
    from denoiser.engine.client import Engine  # loads Dask, which the home page does not wait for

    opened = Engine(run_store())
    atexit.register(opened.close)
    return opened
