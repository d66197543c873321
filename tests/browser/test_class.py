"""A teacher and three students, each in a browser of their own."""

import re

import pytest
from app_server import running_app
from axe import expect_no_faults
from engine_tools import tls_settings, variables, wait_until
from panel import PATIENCE
from playwright.sync_api import expect

from denoiser.classroom import lessons
from denoiser.engine.place import EngineLock

PIN = "4711"
LESSON = next(x for x in lessons.lessons()[0] if x.prediction.kind == "number")


@pytest.fixture(scope="module")
def own_server(tmp_path_factory, engine):
    """An app with a folder of its own, whose trainings the engine of the other tests would do."""
    wait_until(lambda: engine.ready, "the engine is ready")
    lock = EngineLock.of(engine.store)
    home = str(tmp_path_factory.mktemp("class"))
    with running_app(
        DENOISER_TEACHER_PIN=PIN,
        DENOISER_HOME=home,
        DASK_SCHEDULER_ADDRESS=lock.read()[0],
        **variables(tls_settings(lock.folder)),
    ) as server:
        yield server


@pytest.fixture
def people(chromium, own_server):
    """Return a function that gives another person's tab, with cookies of its own."""
    contexts = []

    def person(path=""):
        contexts.append(chromium.browser.new_context(viewport={"width": 1366, "height": 768}))
        page = contexts[-1].new_page()
        page.goto(f"{own_server.url}/{path}")
        expect(page.get_by_role("link", name="Lessons")).to_be_visible(timeout=PATIENCE)
        return page

    yield person
    for context in contexts:
        context.close()


def open_class(teacher):
    teacher.get_by_role("link", name="For teachers").click()
    teacher.get_by_label("PIN").fill(PIN)
    teacher.get_by_label("PIN").press("Enter")
    teacher.get_by_role("button", name="Open a class").click()
    code = teacher.get_by_role("heading", name=re.compile("^Class [A-Z]{6}$"))
    expect(code).to_be_visible(timeout=PATIENCE)
    choose_lesson(teacher)
    return code.inner_text().removeprefix("Class ")


def choose_lesson(teacher):
    teacher.get_by_role("combobox", name="Lesson").click()
    teacher.get_by_role("option", name=LESSON.title).click()
    expect_answers(teacher, 0)


def expect_answers(teacher, count, timeout=PATIENCE):
    said = teacher.get_by_text(re.compile(rf"^Answers: {count}$"))
    expect(said).to_be_visible(timeout=timeout)


def begin(student):
    student.get_by_role("link", name="Lessons").click()
    student.get_by_role("button", name=f"Your class: {LESSON.title}").click(timeout=PATIENCE)
    expect(student.get_by_role("spinbutton")).to_be_visible()


def predict(student, value):
    student.get_by_role("spinbutton").fill(str(value))
    student.get_by_role("button", name="That is my prediction").click()


def expect_how_the_server_is(teacher):
    """Look at it with three students and the teacher there."""
    teacher.get_by_text("How the server is").click()
    expect(teacher.locator(".health dd").first).to_have_text("4", timeout=PATIENCE)
    worker = teacher.get_by_text(re.compile("Worker for trainings: idle"))
    expect(worker).to_be_visible(timeout=PATIENCE)


def test_a_class_predicts_and_sees_together(people):
    teacher = people()
    code = open_class(teacher)
    students = [people(f"Lessons?class={code}&lesson={LESSON.name}") for _ in range(3)]
    for i, student in enumerate(students):
        expect(student.get_by_role("spinbutton")).to_be_visible(timeout=PATIENCE)
        predict(student, 31 + i)
        expect_answers(teacher, i + 1, timeout=PATIENCE)
    expect_how_the_server_is(teacher)
    expect_no_faults(teacher)
    for student in students:
        expect(student.get_by_text("Your teacher shows to all at once")).to_be_visible()
        expect(student.get_by_role("button", name="3. See")).to_be_disabled()
    teacher.reload()  # the role is kept, and so is the class
    expect_answers(teacher, 3)
    assert PIN not in teacher.url
    late, elsewhere = people(f"Lessons?class={code}&lesson={LESSON.name}"), people(f"?class={code}")
    expect(late.get_by_role("spinbutton")).to_be_visible(timeout=PATIENCE)
    teacher.get_by_role("button", name="Reveal to all").click()
    for i, student in enumerate(students):
        expect(student.get_by_text("You said")).to_be_visible(timeout=PATIENCE)
        expect(student.get_by_text(f"{31 + i} of 100").first).to_be_visible()
    for student in (late, elsewhere):
        student.get_by_role("link", name="The answer is there").click(timeout=PATIENCE)
        expect(student.get_by_text("Discuss", exact=True)).to_be_visible(timeout=PATIENCE)
    late.close()
    elsewhere.close()
    teacher.get_by_role("button", name="Clear answers").click()
    expect_answers(teacher, 0)
    for student in students:
        expect(student.get_by_role("spinbutton")).to_be_visible(timeout=PATIENCE)
    predict(students[0], 50)
    expect_answers(teacher, 1, timeout=PATIENCE)


def test_two_classes_hear_nothing_of_each_other_and_a_wipe_ends_both(people):
    first, second = people(), people()
    codes = [open_class(teacher) for teacher in (first, second)]
    student = people(f"?class={codes[0]}")
    begin(student)
    predict(student, 33)
    expect_answers(first, 1, timeout=PATIENCE)
    expect_answers(second, 0)
    second.get_by_role("button", name="End the class").click()
    wipe = second.get_by_role("button", name="Wipe everything")
    expect(wipe).to_be_disabled()
    second.get_by_text("I want to delete all of them").click()
    wipe.click()
    expect(second.get_by_role("button", name="Open a class")).to_be_visible(timeout=PATIENCE)
    student.get_by_role("link", name="Denoise").click()
    expect(student.get_by_text("That class is over")).to_be_visible(timeout=PATIENCE)


def test_students_do_not_see_what_the_teacher_hides(people):
    teacher = people()
    code = open_class(teacher)
    for name in ("Train", "Kinds of noise"):
        teacher.get_by_test_id("stButtonGroup").get_by_role("button", name=name).click()
    student = people(f"?class={code}")
    expect(student.get_by_role("link", name="Compare")).to_be_visible()
    expect(student.get_by_role("link", name="Train")).to_have_count(0)
    expect(student.get_by_label("Mean", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(student.locator("#noise-kind")).to_be_hidden()
    expect(teacher.get_by_role("link", name="Train")).to_be_visible()
