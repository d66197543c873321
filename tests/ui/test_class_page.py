"""The Class page and lessons in a class, without a browser."""

import pytest
from streamlit.runtime.context import ContextProxy
from visit import CHOICE, NUMBER, PIN, SHIPPED, SKETCH, checked, opened, press, teacher

from denoiser.classroom import store as room
from denoiser.ui.components import share
from denoiser.ui.pages.classroom.answers import fitting
from denoiser.ui.session.visitor import COOKIE, PIN_VARIABLE

CLASS, LESSONS, TRAIN = "pages/5_Class.py", "pages/4_Lessons.py", "pages/1_Train.py"


def titles(app):
    return [title.value for title in app.title]


def links(app):
    return [link.proto.label for link in app.get("page_link")]


def test_without_a_pin_nobody_opens_a_class(classroom, monkeypatch):
    app = opened(CLASS)
    checked(app.text_input(key="teacher_pin").set_value("0000").run())
    assert app.error[0].value == "That is not the PIN."
    assert not [button for button in app.button if button.key == "open_class"]
    monkeypatch.delenv(PIN_VARIABLE)
    app = opened(CLASS)
    assert not app.text_input
    assert f"{PIN_VARIABLE}=" in app.code[0].value


@pytest.fixture
def device(monkeypatch):
    """A function that says which visitor's cookie browsers send from now on, and from where."""

    def sends(secret, address="10.0.0.4"):
        monkeypatch.setattr(ContextProxy, "cookies", {COOKIE: secret * 43})
        monkeypatch.setattr(ContextProxy, "ip_address", address)

    return sends


def give(pin, page=CLASS):
    app = opened(page)
    return checked(app.text_input(key="teacher_pin").set_value(pin).run())


def is_teacher(app):
    return any(button.key == "leave_role" for button in app.button)


def test_a_teacher_is_one_after_a_reload_and_in_each_tab_until_they_leave_the_role(
    classroom, device
):
    device("a")
    app = give(PIN)
    again, other = opened(CLASS), opened(LESSONS)
    assert is_teacher(app)
    assert is_teacher(again)
    assert is_teacher(other)
    assert PIN not in str(again.query_params)
    device("b")
    assert not is_teacher(opened(CLASS))
    press(again, "leave_role")
    assert not is_teacher(again)
    assert not is_teacher(checked(app.run()))
    device("a")
    assert not is_teacher(opened(CLASS))


def test_the_role_ends_with_the_pin_it_was_given_for(classroom, device, monkeypatch):
    device("a")
    give(PIN)
    monkeypatch.setenv(PIN_VARIABLE, "0815")
    assert not is_teacher(opened(CLASS))


def test_wrong_pins_of_others_lock_no_teacher_out(classroom, device):
    device("t")
    give(PIN)
    for number in range(30):
        device("abcdef"[number % 6], f"10.0.0.{100 + number % 6}")
        give("0000")
    assert "Too many wrong PINs from here" in give(PIN).error[0].value
    device("n", "10.0.0.7")  # a teacher's new tablet
    assert is_teacher(give(PIN))
    for number in range(30):
        device(chr(ord("A") + number % 26), "10.0.0.4")
        give("0000")
    device("m", "10.0.0.4")
    assert not is_teacher(give(PIN))
    device("t")  # and the one of before, at the same address
    press(opened(CLASS), "leave_role")
    assert is_teacher(give(PIN))


def test_a_teacher_opens_a_class_and_shares_its_link(classroom):
    app, code = teacher()
    assert titles(app) == [f"Class {code}"]
    assert classroom.find(code)
    checked(app.selectbox(key="class_lesson").select(CHOICE.name).run())
    assert f"class={code}&lesson={CHOICE.name}" in app.code[0].value
    assert classroom.find(code).lesson == CHOICE.name


def test_of_several_addresses_a_teacher_chooses_the_next(classroom, monkeypatch):
    monkeypatch.setattr(share, "lan_addresses", lambda: ["10.0.0.4", "10.0.0.9"])
    monkeypatch.setattr(ContextProxy, "url", "http://localhost:8501/Class")
    app, _code = teacher()
    assert "http://10.0.0.4:8501/" in app.code[0].value
    checked(app.get_by_key("class_link_address").set_value("10.0.0.9").run())
    assert "http://10.0.0.9:8501/" in app.code[0].value


@pytest.mark.parametrize("lesson", [NUMBER, CHOICE, SKETCH], ids=lambda lesson: lesson.name)
def test_answers_of_every_kind_are_shown_and_what_is_true_only_once_revealed(classroom, lesson):
    app, code = teacher()
    true = lesson.prediction
    answer = list(true.curve) if lesson is SKETCH else int(true.answer)
    classroom.answer(code, lesson.name, "a", answer)
    classroom.answer(code, lesson.name, "b", "nonsense from an older lesson")
    checked(app.selectbox(key="class_lesson").select(lesson.name).run())
    assert "Answers: **1**" in [text.value for text in app.markdown]
    before = shown(app)
    press(app, "class_reveal")
    assert classroom.round(code, lesson.name).is_revealed
    assert shown(app) != before
    press(app, "class_clear")
    assert classroom.answers(code, lesson.name) == []


def shown(app):
    """Return the charts as they were sent."""
    components = [part.proto.json for part in app.get("bidi_component") if part.proto.json]
    return [part.value for part in app.get("html")] + components


def test_a_student_waits_until_all_are_shown(classroom):
    code = classroom.open_class()
    student = opened(LESSONS, **{"class": code, "lesson": NUMBER.name})
    student.number_input[0].set_value(NUMBER.prediction.low).run()
    press(student, "lesson_predict")
    assert classroom.answers(code, NUMBER.name) == [NUMBER.prediction.low]
    assert student.button(key="lesson_step_2").disabled
    assert not [button for button in student.button if button.key == "lesson_next"]
    classroom.reveal(code, NUMBER.name)
    checked(student.run())
    assert student.metric  # nobody has to press anything
    classroom.reveal(code, NUMBER.name, False)
    checked(student.run())
    assert not student.metric
    classroom.clear(code, NUMBER.name)
    checked(student.run())
    assert student.number_input


def test_a_student_who_is_at_something_else_is_led_to_the_answer(classroom):
    code = classroom.open_class()
    classroom.teach(code, NUMBER.name)
    elsewhere, asked = opened(TRAIN, **{"class": code}), opened(LESSONS, **at(code))
    assert "The answer is there" not in links(elsewhere) + links(asked)
    classroom.reveal(code, NUMBER.name)
    for student in (elsewhere, asked):
        checked(student.run())
        assert "The answer is there" in links(student)
    assert asked.number_input  # who has not predicted yet is not torn away
    seen = opened(LESSONS, **at(code), step="2")
    assert seen.metric
    assert "The answer is there" not in links(seen)


def at(code):
    return {"class": code, "lesson": NUMBER.name}


def test_a_link_cannot_lead_past_the_teacher(classroom):
    code = classroom.open_class()
    student = opened(LESSONS, **{"class": code, "lesson": NUMBER.name, "step": "2"})
    assert student.number_input
    assert not student.metric


def test_a_student_is_led_to_the_lesson_of_the_class(classroom):
    code = classroom.open_class()
    classroom.teach(code, CHOICE.name)
    student = opened(LESSONS, **{"class": code})
    press(student, "begin_class_lesson")
    assert titles(student) == [CHOICE.title]


def test_a_hidden_page_is_not_linked_and_says_that_it_is_closed(classroom):
    code = classroom.open_class()
    classroom.hide(code, ["train"])
    student = opened(TRAIN, **{"class": code})
    assert "Train" not in links(student)
    assert "Compare" in links(student)
    assert "closed" in student.info[0].value
    assert not student.title


@pytest.mark.parametrize("code", ["ABCDEF", "<script>", "' OR 1=1 --", "x" * 500])
def test_a_class_that_is_none_changes_nothing_but_a_note(classroom, code):
    student = opened(LESSONS, **{"class": code})
    assert "over" in student.warning[0].value
    assert titles(student) == ["Lessons"]
    checked(student.run())
    assert not student.warning


def test_a_damaged_file_is_said_to_the_teacher_and_stops_no_student(classroom, tmp_path):
    (tmp_path / room.FILE).write_bytes(b"x" * 9999)
    student = opened(LESSONS, **{"class": "ABCDEF", "lesson": NUMBER.name})
    assert student.number_input
    app = opened(CLASS)
    checked(app.text_input(key="teacher_pin").set_value(PIN).run())
    press(app, "open_class")
    assert "cannot read or keep its classes" in app.error[0].value


def test_wiping_asks_first(classroom):
    app, code = teacher()
    assert app.button(key="wipe").disabled
    checked(app.checkbox(key="wipe_sure").check().run())
    press(app, "wipe")
    assert classroom.find(code) is None
    assert titles(app) == ["Class"]


def test_the_teachers_notes_are_the_teachers(classroom):
    app, code = teacher()
    app.switch_page(LESSONS)
    app.query_params["lesson"], app.query_params["step"] = NUMBER.name, "2"
    checked(app.run())
    assert [part.label for part in app.expander] == ["For the teacher"]
    classroom.reveal(code, NUMBER.name)
    student = opened(LESSONS, **{"class": code, "lesson": NUMBER.name})
    student.number_input[0].set_value(NUMBER.prediction.low).run()
    press(student, "lesson_predict")
    press(student, "lesson_next")
    assert student.metric
    assert not student.expander


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.name)
def test_a_worksheet_never_has_the_answer(classroom, lesson):
    app = opened(LESSONS, lesson=lesson.name, worksheet="1")
    assert titles(app) == [lesson.title]
    said = "\n".join(text.value for text in app.markdown)
    assert lesson.sections["question"] in said
    assert lesson.sections["reveal"] not in said
    assert lesson.sections["teacher"] not in said
    press(app, "worksheet_back")
    assert "worksheet" not in app.query_params


@pytest.mark.parametrize("value", [None, "1", True, -1, 101, float("nan"), [1], {}, 10**400])
def test_what_is_no_answer_is_left_out(value):
    assert fitting(NUMBER.prediction, [value]) == []
    assert fitting(SKETCH.prediction, [value]) == []


def test_the_teacher_sees_how_the_server_is(classroom):
    app, _code = teacher()
    shown = "".join(html.proto.body for html in app.get("html"))
    for name in ("Open pages", "Trainings running", "Trainings waiting", "Memory free"):
        assert name in shown
    assert "GB" in shown
