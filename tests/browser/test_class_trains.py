"""A teacher and students, each in a browser of their own: the class trains on its own devices."""

import re

import pytest
from app_server import running_app
from axe import expect_no_faults
from device import LAB, LEARNS
from panel import PATIENCE
from playwright.sync_api import expect

from denoiser.ui.pages.classroom.choices import EXAMPLES

PIN = "4711"
SOON = 6_000  # milliseconds; 2 s are asked for, on a machine that does nothing else
VIEWPORT = {"width": 1366, "height": 1600}  # a list of choices closes where the page scrolls
EXAMPLE_OF = {"Epochs": EXAMPLES["epochs"], "How many": EXAMPLES["limit"]}
RECORDS = f"[...({LAB}?.records.values() ?? [])]"


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """An app with a folder of its own, and without an engine: devices need none."""
    home = str(tmp_path_factory.mktemp("class"))
    nowhere = {"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:9"}
    with running_app(DENOISER_TEACHER_PIN=PIN, DENOISER_HOME=home, **nowhere) as server:
        yield server


@pytest.fixture(scope="module")
def people(chromium, own_server):
    """Return a function that gives another person's tab, with cookies of its own."""
    contexts, errors = [], []

    def person(path=""):
        contexts.append(chromium.browser.new_context(viewport=VIEWPORT))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{own_server.url}/{path}")
        expect(page.get_by_role("link", name="Lessons")).to_be_visible(timeout=PATIENCE)
        return page

    yield person
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="module")
def room(people):
    """A teacher and two students of their class, one of them on another page."""
    teacher = people()
    code = open_class(teacher)
    return teacher, join(people, "", code), join(people, "Lessons", code)


def open_class(teacher):
    teacher.get_by_role("link", name="For teachers").click()
    teacher.get_by_label("PIN").fill(PIN)
    teacher.get_by_label("PIN").press("Enter")
    teacher.get_by_role("button", name="Open a class").click()
    code = teacher.get_by_role("heading", name=re.compile("^Class [A-Z]{6}$"))
    expect(code).to_be_visible(timeout=PATIENCE)
    return code.inner_text().removeprefix("Class ")


def share_out(teacher, what, values):
    """Choose what differs, unless it is chosen already, and start; wait for each answer."""
    choice = teacher.get_by_role("combobox", name="What differs")
    field = teacher.get_by_label("Values to share out")
    if choice.input_value() != what:
        choice.click()
        teacher.get_by_role("option", name=what).click()
        expect(field).to_have_value(EXAMPLE_OF[what])
    field.fill(values)
    field.press("Enter")
    shown = [re.compile(rf"\b{value}\b") for value in values.split(", ")]
    expect(teacher.locator(".shares li")).to_have_text(shown)
    teacher.get_by_role("button", name="Start for all").click()


def line(student):
    return student.locator(".part")


def join(people, path, code):
    student = people(f"{path}?class={code}")
    expect(student.get_by_role("button", name="Leave")).to_be_visible(timeout=PATIENCE)
    return student


def records(student):
    """Return what the tab knows of its trainings: (id, epochs, status, steps done)."""
    return student.evaluate(
        f"{RECORDS}.map(({{ id, task, status, losses }}) =>"
        " [id, task.config.epochs, status, losses.length])"
    )


def newest(student):
    return records(student)[-1]


def kept(student):
    """Return how many trainings the browser keeps."""
    return student.evaluate(f"{LAB}.all().then((all) => all.length)")


def expect_to_learn(student):
    """Wait until the newest training of a tab takes steps."""
    before = newest(student)[3]
    student.wait_for_function(f"(n) => {RECORDS}.at(-1).losses.length > n", arg=before)


def expect_to_wait(student):
    student.wait_for_function(f"{RECORDS}.every((r) => r.status === 'paused')", timeout=SOON)
    student.wait_for_timeout(300)  # for the steps that were under way
    before = newest(student)[3]
    student.wait_for_timeout(300)
    assert newest(student)[3] == before


def curves(teacher):
    return teacher.locator(".class-curves [data-lines] path:not([data-points='0'])")


def cells(teacher, setting):
    row = teacher.locator(".class-results tr").filter(has_text=setting)
    return row.get_by_role("cell")


def test_devices_begin_stop_and_go_on_as_the_teacher_wishes(room):
    teacher, one, other = room
    share_out(teacher, "Epochs", "20, 40")
    for student in (one, other):
        expect(line(student)).to_contain_text(re.compile("Your class trains: [24]0 epochs"))
    expect(curves(teacher)).to_have_count(2, timeout=LEARNS)
    curves(teacher).first.evaluate("path => (path.mark = 1)")
    assert {newest(student)[1] for student in (one, other)} == {20, 40}
    teacher.get_by_role("button", name="Stop all").click()
    for student in (one, other):
        expect(line(student)).to_contain_text("Your class waits", timeout=SOON)
        expect_to_wait(student)
    teacher.get_by_role("button", name="Go on").click()
    for student in (one, other):
        expect(line(student)).to_contain_text("Your class trains", timeout=SOON)
        expect_to_learn(student)
    assert curves(teacher).first.evaluate("path => path.mark")  # drawn anew it would blink
    teacher.get_by_role("button", name="Clear", exact=True).click()
    for student in (one, other):
        expect(line(student)).to_be_hidden(timeout=SOON)
        expect_to_wait(student)


def test_neither_a_reload_nor_another_page_begins_it_twice_or_loses_it(room):
    teacher, one, other = room
    share_out(teacher, "Epochs", "30, 50")
    for student in (one, other):
        expect(line(student)).to_contain_text(re.compile("trains: [35]0 epochs · epoch"))
    ids = [newest(student)[0] for student in (one, other)]
    before = kept(one)
    one.reload()
    other.get_by_role("link", name="Watch").click()
    expect(other.get_by_role("heading", level=1)).to_contain_text("epochs", timeout=PATIENCE)
    expect(line(one)).to_contain_text("epoch 1", timeout=PATIENCE)
    for student in (one, other):
        expect_to_learn(student)
    assert [newest(student)[0] for student in (one, other)] == ids
    assert kept(one) == before
    assert ids[1] in other.url
    expect(teacher.get_by_text("0 of 2 have ended")).to_be_visible(timeout=SOON)
    expect(cells(teacher, "30 epochs").first).to_have_text("1")


def test_two_classes_train_apart_and_the_table_has_what_each_share_reached(room, people):
    first, *students = room
    second = people()
    stranger = join(people, "Lessons", open_class(second))
    share_out(first, "How many", "64, 128")
    expect(first.get_by_text("2 of 2 have ended")).to_be_visible(timeout=LEARNS)
    for setting in ("64 bundled digits", "128 bundled digits"):
        expect(cells(first, setting)).to_have_text(["1", "1", *2 * [re.compile(r"0\.\d{4}")]])
    for student in students:
        expect(line(student)).to_contain_text("Your device has trained")
        assert newest(student)[2] == "ended"
    counts = [len(records(student)) for student in students]
    assert records(stranger) == []
    expect(second.locator(".no-training")).to_be_visible()
    share_out(second, "How many", "32")
    expect(second.get_by_text("1 of 1 have ended")).to_be_visible(timeout=LEARNS)
    assert len(records(stranger)) == 1
    assert [len(records(student)) for student in students] == counts
    expect(first.get_by_text("2 of 2 have ended")).to_be_visible()
    first.mouse.move(0, 0)
    expect_no_faults(first)
