"""Train: set up a training, start it, watch it learn."""

import streamlit as st

from denoiser.errors import RunError
from denoiser.ui import state
from denoiser.ui.frame import frame
from denoiser.ui.home import engine, home
from denoiser.ui.runs_list import runs_list
from denoiser.ui.text import _, told
from denoiser.ui.train_form import train_form
from denoiser.ui.watch import start_and_watch, watch

with frame(_("Train"), "train"):
    if run_id := state.run_id():
        try:
            watch(home().run(run_id))
        except RunError as error:
            st.title(_("No such training"), anchor=False)
            st.error(told(error), icon=":material/search_off:")
            st.button(_("To all trainings"), key="all_runs", on_click=state.leave_run)
    else:
        st.title(_("Train a network"), anchor=False)
        train_form(home(), start_and_watch)
        runs_list()
    engine()
