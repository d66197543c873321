"""The folder of runs and the engine, as the pages use them: one of each for the whole server."""

import atexit
from typing import TYPE_CHECKING

import streamlit as st

from denoiser import classroom as classes
from denoiser import runs
from denoiser.classroom import Classroom
from denoiser.runs import Home

if TYPE_CHECKING:
    from denoiser.engine import Engine


@st.cache_resource(show_spinner=False)
def home() -> Home:
    """Return the folder of all runs."""
    return runs.default_home()


@st.cache_resource(show_spinner=False)
def classroom() -> Classroom:
    """Return all classes, in a file beside the runs."""
    return Classroom(home().folder / classes.FILE)


@st.cache_resource(show_spinner=False)
def engine() -> "Engine":
    """Return the engine; the first call starts it, in the background."""
    from denoiser.engine import Engine  # loads Dask, which the home page does not wait for

    opened = Engine(home())
    atexit.register(opened.close)
    return opened
