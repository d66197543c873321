"""Visiting a page without a browser, and the lessons that there are."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from denoiser.classroom import lessons

PIN = "4711"  # a teacher's
APP = Path(__file__).parents[2] / "app.py"
SHIPPED, _PROBLEMS = lessons.lessons()
NUMBER, CHOICE, SKETCH = (
    next(lesson for lesson in SHIPPED if lesson.prediction.kind == kind)
    for kind in ("number", "choice", "sketch")
)


def opened(page, **query):
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.switch_page(page)
    for name, value in query.items():
        app.query_params[name] = value
    return checked(app.run())


def checked(app):
    assert not app.exception
    return app


def press(app, key):
    return checked(app.button(key=key).click().run())


def teacher():
    """Open a class, as its teacher; return the page and the code."""
    app = opened("pages/5_Class.py")
    checked(app.text_input(key="teacher_pin").set_value(PIN).run())
    press(app, "open_class")
    return app, app.query_params["class"]
