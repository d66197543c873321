"""Class: for the teacher, behind a PIN."""

from denoiser.errors import ClassroomError
from denoiser.ui.pages.classroom.teacher import teacher_page
from denoiser.ui.pages.layout import page_layout
from denoiser.ui.pages.lessons import all_lessons
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.text import _

with page_layout(_("Class")):
    try:
        teacher_page(all_lessons())
    except ClassroomError as error:
        show_problem(error)
