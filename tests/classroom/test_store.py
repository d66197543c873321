"""What a class has answered is kept, counted, and forgotten when the teacher says so."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from denoiser.classroom import store as room
from denoiser.classroom.store import CODE, CONTROLS, MAX_STUDENTS, Class, Classroom, student_key
from denoiser.errors import ClassroomError

LESSON, OTHER = "what-noise-is", "bottleneck"


@pytest.fixture
def classroom(tmp_path):
    return Classroom(tmp_path / "home" / room.FILE)


@pytest.fixture
def code(classroom):
    return classroom.open_class()


def test_a_class_is_found_by_its_code_alone(classroom, code):
    assert CODE.fullmatch(code)
    assert classroom.find(code) == Class(code, frozenset(), "")
    for hostile in ("", code.lower(), code + "A", "' OR 1=1", "../../x", "A" * 10**6):
        assert classroom.find(hostile) is None


def test_nobody_who_only_looks_makes_a_file(tmp_path):
    assert Classroom(tmp_path / "f").find("ABCDEF") is None
    assert list(tmp_path.iterdir()) == []


def test_what_the_teacher_chose_is_kept(classroom, code):
    classroom.hide(code, ["train", "model", "nonsense"])
    classroom.teach(code, LESSON)
    assert classroom.find(code) == Class(code, frozenset({"train", "model"}), LESSON)
    classroom.hide(code, CONTROLS)
    assert classroom.find(code).hidden == frozenset(CONTROLS)


def test_a_student_who_answers_again_has_one_answer(classroom, code):
    student = student_key("visitor", code)
    assert classroom.answer(code, LESSON, student, 10)
    assert classroom.answer(code, LESSON, student, 20.5)
    assert classroom.answers(code, LESSON) == [20.5]
    assert classroom.round(code, LESSON).answers == 1


def test_classes_and_lessons_know_nothing_of_each_other(classroom, code):
    other = classroom.open_class()
    classroom.answer(code, LESSON, "a", 1)
    classroom.answer(other, LESSON, "a", 2)
    classroom.answer(code, OTHER, "a", [0.1, 0.2])
    classroom.reveal(code, LESSON)
    assert classroom.answers(code, LESSON) == [1]
    assert classroom.answers(other, LESSON) == [2]
    assert classroom.answers(code, OTHER) == [[0.1, 0.2]]
    assert not classroom.round(other, LESSON).is_revealed
    assert not classroom.round(code, OTHER).is_revealed
    classroom.clear(code, LESSON)
    classroom.close(code)
    assert classroom.answers(other, LESSON) == [2]


def test_one_student_has_another_key_in_another_class():
    assert student_key("visitor", "ABCDEF") != student_key("visitor", "ABCDEG")
    assert "visitor" not in student_key("visitor", "ABCDEF")


def test_clearing_begins_a_new_round_that_is_not_revealed(classroom, code):
    classroom.answer(code, LESSON, "a", 1)
    classroom.reveal(code, LESSON)
    before = classroom.round(code, LESSON)
    classroom.clear(code, LESSON)
    after = classroom.round(code, LESSON)
    assert (before.is_revealed, before.answers) == (True, 1)
    assert (after.is_revealed, after.answers) == (False, 0)
    assert after.number > before.number
    classroom.reveal(code, LESSON)
    classroom.reveal(code, LESSON, False)
    assert classroom.round(code, LESSON) == after


def test_a_class_that_is_over_takes_nothing(classroom, code):
    classroom.answer(code, LESSON, "a", 1)
    classroom.close(code)
    assert classroom.find(code) is None
    assert not classroom.answer(code, LESSON, "a", 1)
    classroom.reveal(code, LESSON)
    assert classroom.answers(code, LESSON) == []
    assert classroom.round(code, LESSON) == room.Round(0, False, 0)


def test_more_students_than_a_school_has_are_refused(classroom, code, monkeypatch):
    monkeypatch.setattr(room, "MAX_STUDENTS", 3)
    assert [classroom.answer(code, LESSON, str(i), i) for i in range(5)] == 3 * [True] + 2 * [False]
    assert classroom.answer(code, LESSON, "0", 7)
    assert classroom.answers(code, LESSON) == [7, 1, 2]
    assert MAX_STUDENTS >= 50


def test_the_oldest_class_gives_way(classroom, monkeypatch):
    monkeypatch.setattr(room, "MAX_CLASSES", 2)
    first, second, third = (classroom.open_class() for _ in range(3))
    assert classroom.find(first) is None
    assert classroom.find(second)
    assert classroom.find(third)


def test_a_whole_class_at_once_loses_no_answer(classroom, code):
    with ThreadPoolExecutor(16) as threads:
        kept = list(threads.map(lambda i: classroom.answer(code, LESSON, f"{i:02}", i), range(50)))
    assert all(kept)
    assert classroom.answers(code, LESSON) == list(range(50))


def _answer_from_elsewhere(path, code, first):
    for i in range(first, first + 20):
        Classroom(path).answer(code, LESSON, f"{i:02}", i)


def test_two_processes_share_a_file(classroom, code):
    spawn = get_context("spawn")
    others = [
        spawn.Process(target=_answer_from_elsewhere, args=(classroom._path, code, first))
        for first in (0, 20)
    ]
    for process in others:
        process.start()
    for process in others:
        process.join(60)
    assert classroom.answers(code, LESSON) == list(range(40))


def test_wiping_leaves_nothing_in_any_file(classroom, code):
    student = student_key("visitor", code)
    classroom.answer(code, LESSON, student, [0.123456789])
    folder = classroom._path.parent
    traces = (code.encode(), student.encode(), b"0.123456789")
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    assert all(trace in written for trace in traces)
    classroom.wipe()
    left = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not any(trace in left for trace in traces)
    assert classroom.find(code) is None
    assert classroom.open_class()


def test_closing_a_class_leaves_none_of_its_answers_readable(classroom, code):
    classroom.answer(code, LESSON, "a", 1)
    classroom.close(code)
    with sqlite3.connect(classroom._path) as file:
        assert file.execute("SELECT count(*) FROM answers").fetchone() == (0,)


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\0" + b"x" * 5000])
def test_a_damaged_file_is_said_to_be(classroom, content):
    classroom._path.parent.mkdir()
    classroom._path.write_bytes(content)
    for act in (classroom.open_class, classroom.wipe, lambda: classroom.find("ABCDEF")):
        with pytest.raises(ClassroomError, match="cannot read or keep its classes"):
            act()


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ClassroomError, match="cannot read or keep"):
        Classroom(tmp_path / "file" / room.FILE).open_class()
