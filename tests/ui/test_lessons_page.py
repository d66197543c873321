"""The Lessons page without a browser."""

import shutil

import pytest
from visit import CHOICE, NUMBER, SHIPPED, SKETCH, checked, opened, press

from denoiser.classroom import lessons
from denoiser.ui.components.sketch import parse_sent
from denoiser.ui.pages import lessons as parts
from denoiser.ui.pages.train.form import KEY

PAGE = "pages/4_Lessons.py"


def predict(app, lesson):
    """Say the middle of what is possible, or the first choice."""
    if lesson.prediction.kind == "number":
        app.number_input[0].set_value((lesson.prediction.low + lesson.prediction.high) / 2).run()
    elif lesson.prediction.kind == "choice":
        app.radio[0].set_value(0).run()
    else:
        app.session_state[f"lesson_{lesson.name}_predicted"] = lesson.prediction.curve
        app.query_params["step"] = "1"
        return checked(app.run())
    return press(app, "lesson_predict")


def texts(app):
    return "\n".join(element.value for element in (*app.markdown, *app.title, *app.warning))


def paragraph(lesson, section):
    return lesson.sections[section].split("\n\n")[0]


def test_the_list_has_every_lesson_with_its_question_of_time():
    app = opened(PAGE)
    assert [b.key for b in app.button if b.key.startswith("begin_")] == [
        f"begin_{lesson.name}" for lesson in SHIPPED
    ]
    assert any(f"{SHIPPED[0].minutes} minutes" in caption.value for caption in app.caption)


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.name)
def test_a_lesson_goes_from_its_prediction_over_the_panel_to_what_is_true(lesson):
    app = press(opened(PAGE), f"begin_{lesson.name}")
    assert app.query_params["lesson"] == lesson.name
    assert paragraph(lesson, "question") in texts(app)
    assert paragraph(lesson, "reveal") not in texts(app)
    app = predict(app, lesson)
    assert paragraph(lesson, "experiment") in texts(app)
    assert [b.label for b in app.button if b.key.startswith("lesson_setup_")] == [
        setup.title for setup in lesson.setups
    ]
    app = press(app, "lesson_next")
    assert paragraph(lesson, "reveal") in texts(app)
    assert paragraph(lesson, "discussion") in texts(app)


@pytest.mark.parametrize("step", ["1", "2"])
def test_nothing_is_shown_before_it_is_predicted(step):
    app = opened(PAGE, lesson=NUMBER.name, step=step)
    assert paragraph(NUMBER, "question") in texts(app)
    assert paragraph(NUMBER, "reveal") not in texts(app)
    assert app.button(key="lesson_step_2").disabled


@pytest.mark.parametrize("lesson", [NUMBER, CHOICE, SKETCH], ids=lambda lesson: lesson.name)
def test_without_a_guess_the_lesson_waits(lesson):
    app = press(opened(PAGE, lesson=lesson.name), "lesson_predict")
    assert "guess is enough" in app.error[0].value
    assert "step" not in app.query_params


def test_an_impossible_number_is_refused_with_what_is_possible():
    app = opened(PAGE, lesson=NUMBER.name)
    app.number_input[0].set_value(NUMBER.prediction.high + 1).run()
    app = press(app, "lesson_predict")
    assert "0 to 100 is possible" in app.error[0].value


def test_the_gap_to_the_truth_is_shown():
    app = opened(PAGE, lesson=NUMBER.name)
    app.number_input[0].set_value(NUMBER.prediction.answer + 5).run()
    app = press(press(app, "lesson_predict"), "lesson_next")
    assert [metric.label for metric in app.metric] == ["You said", "It is"]
    assert "5 apart." in texts(app)


def test_one_can_go_back_and_the_guess_is_still_there():
    app = predict(opened(PAGE, lesson=NUMBER.name), NUMBER)
    app = press(app, "lesson_step_0")
    assert app.number_input[0].value == 50


def test_a_setup_sets_the_panel_up():
    lesson = next(lesson for lesson in SHIPPED if len(lesson.setups) > 1)
    app = predict(opened(PAGE, lesson=lesson.name), lesson)
    app = press(app, "lesson_setup_1")
    for name, value in lesson.setups[1].settings.items():
        if name in app.query_params:
            assert app.query_params[name] == (f"{value:g}" if type(value) is float else str(value))
    assert app.query_params["lesson"] == lesson.name


def test_a_lessons_training_fills_the_form_of_the_train_page():
    lesson = next(lesson for lesson in SHIPPED if lesson.training)
    app = predict(opened(PAGE, lesson=lesson.name), lesson)
    app.button(key="lesson_set_up").click().run()
    assert app.session_state[KEY.format("epochs")] == lesson.training.epochs
    assert app.session_state[KEY.format("fresh_noise")] == lesson.training.fresh_noise


@pytest.mark.parametrize("name", ["no-such", "<b>x</b>", "x" * 5000, ""])
def test_an_unknown_lesson_falls_back_to_the_list(name):
    app = opened(PAGE, lesson=name)
    assert any(b.key.startswith("begin_") for b in app.button)


@pytest.mark.parametrize("step", ["-1", "7", "x", "1e9"])
def test_a_step_that_is_none_is_the_first(step):
    app = opened(PAGE, lesson=NUMBER.name, step=step)
    assert paragraph(NUMBER, "question") in texts(app)


def test_a_teachers_own_file_appears_and_a_broken_one_is_named(monkeypatch, tmp_path):
    for path in lessons.FOLDER.glob("*.md"):
        shutil.copy(path, tmp_path)
    (tmp_path / "99-broken.md").write_text("nothing")
    read = lessons.lessons
    monkeypatch.setattr(parts.lessons, "lessons", lambda translate: read(tmp_path, translate))
    app = opened(PAGE)
    assert "99-broken.md" in app.warning[0].value
    assert len([b for b in app.button if b.key.startswith("begin_")]) == len(SHIPPED)


@pytest.mark.parametrize(
    "sent", [None, "x", 5, [], [0.1] * 2, [0.1, None, 0.1], [0.1, float("nan"), 0.1], [True] * 3]
)
def test_a_sketch_that_is_none_is_not_taken(sent):
    assert parse_sent(sent, (0.1, 0.2, 0.3), 1.0) is None


def test_a_sketch_begins_where_it_must_and_stays_on_the_paper():
    assert parse_sent([7, -1, 9], (0.1, 0.2, 0.3), 1.0) == (0.1, 0.0, 1.0)
