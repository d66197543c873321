"""Class: for the teacher, behind a PIN."""

import streamlit as st

from denoiser.errors import ClassroomError
from denoiser.ui.classroom.teacher import teacher_page
from denoiser.ui.frame import frame
from denoiser.ui.lessons import all_lessons
from denoiser.ui.text import _, told

with frame(_("Class")):
    try:
        teacher_page(all_lessons())
    except ClassroomError as error:
        st.error(told(error), icon=":material/database_off:")
