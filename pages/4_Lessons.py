"""Lessons: a question, a prediction, an experiment, and what is true."""

import streamlit as st

from denoiser.errors import ModelError
from denoiser.ui import state
from denoiser.ui.frame import frame
from denoiser.ui.lessons import all_lessons, lesson_list, walk_through
from denoiser.ui.lessons.worksheet import worksheet
from denoiser.ui.shipped import denoisers, reader
from denoiser.ui.text import _, told

with frame(_("Lessons")):
    lessons = all_lessons()
    if chosen := next((lesson for lesson in lessons if lesson.name == state.lesson()), None):
        try:
            if state.is_worksheet():
                worksheet(chosen)
            else:
                walk_through(chosen, denoisers(), reader())
        except ModelError as error:
            st.error(told(error), icon=":material/deployed_code_alert:")
    else:
        lesson_list(lessons)
