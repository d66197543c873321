"""Train: set up a training, start it, watch it learn."""

import streamlit as st

from denoiser.errors import RunError
from denoiser.ui.components.device_list import device_list
from denoiser.ui.components.device_supplies import device_supplies
from denoiser.ui.pages.layout import page_layout
from denoiser.ui.pages.train.actions import start_and_watch
from denoiser.ui.pages.train.device import watch_on_device
from denoiser.ui.pages.train.form import train_form
from denoiser.ui.pages.train.runs_list import runs_list
from denoiser.ui.pages.train.watch import watch
from denoiser.ui.session import device, state
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.text import _

with page_layout(_("Train"), "train"):
    if run_id := state.run_id():
        try:
            watch(run_store().run(run_id))
        except RunError as error:
            st.title(_("No such training"), anchor=False)
            show_problem(error)
            st.button(_("To all trainings"), key="all_runs", on_click=state.leave_run)
    elif device_run := device.run_id():
        watch_on_device(device_run)
    else:
        st.title(_("Train a network"), anchor=False)
        device_supplies()
        train_form(run_store(), start_and_watch)
        st.header(_("Trainings"), anchor=False)
        device_list()
        runs_list()
    engine()
