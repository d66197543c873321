"""A lesson whose setting a class shares out: its training, and what the class found."""

import pytest
from visit import checked, opened, press, teacher

from denoiser.classroom import lessons
from denoiser.classroom.trainings import ClassTrainings
from denoiser.ui.pages.lessons import training

LESSONS = "pages/4_Lessons.py"
SHARED = [lesson for lesson in lessons.lessons()[0] if lesson.shares]
RATES = next(lesson for lesson in SHARED if lesson.shared == "learning_rate")


@pytest.fixture
def class_trainings(classroom):
    return ClassTrainings(classroom._path)


@pytest.fixture
def offered(monkeypatch):
    """Return the trainings that pages offer to start on the device, each with its name."""
    offered = []
    monkeypatch.setattr(
        training, "start_on_device", lambda config, **rest: offered.append((config, rest))
    )
    return offered


def at_step(lesson, step, **query):
    return opened(LESSONS, lesson=lesson.name, step=str(step), **query)


@pytest.fixture
def predicted(monkeypatch):
    """Visitors have made every prediction."""
    monkeypatch.setattr("denoiser.ui.session.state.prediction", lambda lesson: 1)


@pytest.mark.parametrize("lesson", SHARED, ids=lambda lesson: lesson.name)
def test_a_student_trains_the_value_they_choose(predicted, offered, lesson):
    app = at_step(lesson, 1)
    assert offered[-1][0] in lesson.shares
    app.button_group(key=f"lesson_{lesson.name}_share").set_value(1).run()
    config, said = offered[-1]
    assert config == lesson.shares[1]
    assert said["name"].startswith(f"{lesson.title} · ")


def test_what_was_trained_is_shown_and_in_the_panel(predicted, offered):
    app = at_step(RATES, 1)
    offered[-1][1]["started"]("abcdefghijkl")
    app.session_state[f"lesson_{RATES.name}_trained"] = "abcdefghijkl"
    checked(app.run())
    names = [part.proto.component_name for part in app.get("bidi_component")]
    assert sum(name.endswith(("curves", "time_machine")) for name in names) == 2
    sent = [p.proto.bytes for p in app.get("bidi_component") if p.proto.HasField("bytes")]
    assert any(b"device-abcdefghijkl" in content for content in sent)


def test_the_teacher_shares_out_what_the_lesson_says_with_one_click(classroom, class_trainings):
    app, opened_code = teacher()
    classroom.teach(opened_code, RATES.name)
    checked(app.run())
    press(app, "class_start")
    assert class_trainings.find(opened_code).settings == RATES.shares


def test_what_the_class_found_is_in_the_reveal(classroom, class_trainings, predicted):
    code = classroom.open_class()
    number = class_trainings.start(code, RATES.shares)
    class_trainings.join(code, number, "somebody")
    class_trainings.report(code, number, "somebody", [[0.5, 0.1]], [[1, 0.03]], "running")
    classroom.reveal(code, RATES.name)
    app = at_step(RATES, 2, **{"class": code})
    assert "What your class found" in [title.value for title in app.subheader]
    tables = [part.proto.body for part in app.get("html") if "class-results" in part.proto.body]
    assert any("learning rate 0.00001" in body and "0.0300" in body for body in tables)
    alone = at_step(RATES, 2)
    assert "What your class found" not in [title.value for title in alone.subheader]
