"""Lessons: a question, a prediction, an experiment, and what is true."""

from denoiser.errors import ModelError
from denoiser.ui.pages.layout import page_layout
from denoiser.ui.pages.lessons import all_lessons, lesson_list, walk_through
from denoiser.ui.pages.lessons.worksheet import worksheet
from denoiser.ui.session import state
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.shipped import classifier, denoisers
from denoiser.ui.session.text import _

with page_layout(_("Lessons")):
    lessons = all_lessons()
    if chosen := next((lesson for lesson in lessons if lesson.name == state.lesson()), None):
        try:
            if state.is_worksheet():
                worksheet(chosen)
            else:
                walk_through(chosen, denoisers(), classifier())
        except ModelError as error:
            show_problem(error)
    else:
        lesson_list(lessons)
