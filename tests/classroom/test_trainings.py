"""What a class trains: shares are even, curves are bounded, and all of it goes with the class."""

import itertools
import json
import math
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

from denoiser.classroom import store as room
from denoiser.classroom import trainings
from denoiser.classroom.store import Classroom, student_key
from denoiser.classroom.trainings import (
    MAX_AT_ONCE,
    MAX_EPOCHS,
    MAX_POINTS,
    MAX_SHARES,
    STATUSES,
    ClassTrainings,
    DeviceCurve,
)
from denoiser.config import TrainConfig

BASE = TrainConfig(data="bundled", limit=64, epochs=4)
LATENTS = tuple(replace(BASE, latent_dim=latent) for latent in (4, 16, 64))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / room.FILE


@pytest.fixture
def classroom(path):
    return Classroom(path)


@pytest.fixture
def class_trainings(path):
    return ClassTrainings(path)


@pytest.fixture
def code(classroom):
    return classroom.open_class()


@pytest.fixture
def number(class_trainings, code):
    return class_trainings.start(code, LATENTS)


@pytest.fixture
def report(class_trainings, code, number):
    """A function that reports as a student who has joined; all but what is given is harmless."""
    class_trainings.join(code, number, "a")

    def reports(points=((0.5, 0.1),), val_losses=(), status="running", student="a", of=number):
        return class_trainings.report(code, of, student, points, val_losses, status)

    return reports


def test_a_class_trains_nothing_until_it_is_started(class_trainings, code):
    assert class_trainings.find(code) is None
    assert class_trainings.curves(code) == []
    assert class_trainings.start(code, LATENTS) == 1
    assert class_trainings.find(code) == trainings.ClassTraining(1, LATENTS, True)
    for hostile in ("", code.lower(), "' OR 1=1", "A" * 10**6):
        assert class_trainings.find(hostile) is None


def test_nobody_who_only_looks_makes_a_file(tmp_path):
    assert ClassTrainings(tmp_path / "f").find("ABCDEF") is None
    assert list(tmp_path.iterdir()) == []


def test_all_settings_come_back_as_they_were(class_trainings, code):
    for config in (
        replace(BASE, noise_parameters={"std": 0.25}),
        replace(BASE, network="unet-small", optimizer="muon", fresh_noise=True, filters=(8, 16)),
        replace(BASE, noise="poisson", noise_parameters={}, limit=None),
    ):
        class_trainings.start(code, [config])
        assert class_trainings.find(code).settings == (config,)


def test_stopping_and_going_on_change_only_that(class_trainings, code, number):
    class_trainings.join(code, number, "a")
    class_trainings.stop(code)
    assert class_trainings.find(code) == trainings.ClassTraining(number, LATENTS, False)
    class_trainings.go_on(code)
    assert class_trainings.find(code) == trainings.ClassTraining(number, LATENTS, True)
    assert len(class_trainings.curves(code)) == 1


def test_a_new_training_has_a_new_number_and_no_curves_also_after_a_clear(
    class_trainings, code, number
):
    class_trainings.join(code, number, "a")
    second = class_trainings.start(code, LATENTS[:1])
    assert class_trainings.curves(code) == []
    class_trainings.join(code, second, "a")
    class_trainings.clear(code)
    assert class_trainings.find(code) is None
    assert class_trainings.curves(code) == []
    class_trainings.go_on(code)
    assert class_trainings.find(code) is None
    third = class_trainings.start(code, LATENTS)
    assert number < second < third


@pytest.mark.parametrize("students", [1, 2, 29, 30, 31])
@pytest.mark.parametrize("shares", [1, 2, 3, MAX_SHARES])
def test_shares_are_even_and_those_who_come_again_keep_theirs(
    class_trainings, code, students, shares
):
    number = class_trainings.start(code, [BASE] * shares)
    keys = [student_key(str(i), code) for i in range(students)]
    had = [class_trainings.join(code, number, key) for key in keys]
    counts = [had.count(place) for place in range(shares)]
    assert max(counts) - min(counts) <= 1
    assert sorted(counts, reverse=True) == counts  # the first among equals
    assert [class_trainings.join(code, number, key) for key in reversed(keys)] == had[::-1]
    assert sorted(curve.share for curve in class_trainings.curves(code)) == sorted(had)


def test_whoever_is_late_joins_no_training_that_is_over(class_trainings, classroom, code, number):
    other = class_trainings.start(code, LATENTS)
    assert class_trainings.join(code, number, "a") is None
    assert class_trainings.join("ABCDEF", other, "a") is None
    class_trainings.clear(code)
    assert class_trainings.join(code, other, "a") is None
    classroom.close(code)
    assert class_trainings.join(code, other, "a") is None
    assert class_trainings.start(code, LATENTS) == 0
    assert class_trainings.find(code) is None


def test_more_students_than_a_school_has_are_refused(class_trainings, code, number, monkeypatch):
    monkeypatch.setattr(trainings, "MAX_STUDENTS", 3)
    shares = [class_trainings.join(code, number, str(i)) for i in range(5)]
    assert shares == [0, 1, 2, None, None]
    assert class_trainings.join(code, number, "1") == 1


@pytest.mark.parametrize(
    "settings",
    [[], [BASE] * (MAX_SHARES + 1), [replace(BASE, epochs=MAX_EPOCHS + 1)]],
    ids=["none", "too many", "too long"],
)
def test_what_cannot_be_shared_out_is_refused(class_trainings, code, settings):
    with pytest.raises(ValueError, match="expected"):
        class_trainings.start(code, settings)
    assert class_trainings.find(code) is None


def test_what_is_new_is_appended_and_what_is_known_may_come_again(class_trainings, code, report):
    assert report([[0.1, 0.2], [0.5, 0.1]], [], "running")
    assert report([[0.3, 0.7], [0.5, 0.9], [1.25, 0.05]], [[1, 0.08]], "running")
    assert report([], [[1, 0.5], [2, 0.04]], "ended")
    (curve,) = class_trainings.curves(code)
    assert curve == DeviceCurve(0, ((0.1, 0.2), (0.5, 0.1), (1.25, 0.05)), (0.08, 0.04), "ended")
    assert curve.best == 0.04
    assert DeviceCurve(0).best is None


def test_a_report_of_another_training_or_of_nobody_changes_nothing(class_trainings, code, report):
    assert not report(student="b")
    assert not report(of=7)
    class_trainings.start(code, LATENTS)
    assert not report()
    assert class_trainings.curves(code) == []


NO_NUMBERS = (
    None, True, "0.1", [0.1], {}, math.nan, math.inf, -math.inf, -0.1, 10**400, 1j, 1e-9, 11.0,
)  # fmt: skip
NO_STATUS = (None, "", "Ended", 1, ["ended"], "ended; DROP TABLE curves", "x" * 10**6)
NO_PAIRS = (
    None, 1, "12", {}, {"0": [0.5, 0.1]}, [[0.5]], [[0.5, 0.1, 1]], [0.5, 0.1], ["ab"], [None],
    [{"0": 0.5, "1": 0.1}],
)  # fmt: skip
NO_PLACES = (None, True, "1", [1], math.nan, math.inf, 0, -1, 10**400, 5, 4.001)


def hostile_reports():
    """Return reports that differ from a harmless one in one place, each in every way there is."""
    yield from ({"status": status} for status in NO_STATUS)
    yield from ({what: pairs} for what in ("points", "val_losses") for pairs in NO_PAIRS)
    yield from ({"points": [[0.5, loss]]} for loss in NO_NUMBERS)
    yield from ({"val_losses": [[1, loss]]} for loss in NO_NUMBERS)
    yield from ({"points": [[x, 0.1]]} for x in NO_PLACES)
    yield from ({"val_losses": [[epoch, 0.1]]} for epoch in (*NO_PLACES, 1.0, 2, 4))
    yield {"points": [[0.5, 0.1], [0.5, 0.1]]}
    yield {"points": [[0.5, 0.1], [0.25, 0.1]]}
    yield {"val_losses": [[1, 0.1], [1, 0.1]]}
    yield {"val_losses": [[1, 0.1], [3, 0.1]]}
    step = 4 / (2 * MAX_AT_ONCE)
    yield {"points": [[(i + 1) * step, 0.1] for i in range(MAX_AT_ONCE + 1)]}
    for points, losses in itertools.product(NO_PAIRS[:3], NO_PAIRS[:3]):
        yield {"points": points, "val_losses": losses, "status": "ended"}


HOSTILE = list(hostile_reports())


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: repr(hostile)[:60])
def test_what_is_no_report_is_refused_whole(class_trainings, code, report, hostile):
    harmless = {"points": [[0.5, 0.1]], "val_losses": [[1, 0.1]], "status": "paused"}
    assert not report(**(harmless | hostile))
    assert class_trainings.curves(code) == [DeviceCurve(0)]
    assert report(**harmless)


def test_the_harmless_report_beside_each_hostile_one_is_taken_in_every_state(report):
    for status in STATUSES:
        assert report([[0.5, 0.1]], [[1, 0.1]], status)


def test_a_curve_does_not_grow_beyond_its_bounds(class_trainings, code, report):
    for first in range(0, 4 * MAX_POINTS, MAX_AT_ONCE):
        places = [(first + i + 1) / MAX_POINTS for i in range(MAX_AT_ONCE)]
        assert report([[x, 0.1] for x in places])
    assert report([], [[i + 1, 0.1] for i in range(4)])
    (curve,) = class_trainings.curves(code)
    assert len(curve.points) == MAX_POINTS
    assert len(curve.val_losses) == 4
    assert not report([], [[5, 0.1]])


def test_the_order_of_curves_says_nothing_of_who_came_when(class_trainings, code, number):
    orders = []
    for keys in itertools.permutations(("a", "b", "c")):
        number = class_trainings.start(code, [BASE])
        for key in keys:
            class_trainings.join(code, number, key)
            class_trainings.report(code, number, key, [[0.5, "abc".index(key) + 1]], [], "running")
        orders.append([curve.points[0][1] for curve in class_trainings.curves(code)])
    assert all(order == [1, 2, 3] for order in orders)


def test_classes_know_nothing_of_each_other(class_trainings, classroom, code, report):
    other = classroom.open_class()
    number = class_trainings.start(other, LATENTS)
    class_trainings.join(other, number, "a")
    assert report([[1, 0.25]])
    class_trainings.stop(other)
    assert class_trainings.find(code).is_running
    assert class_trainings.curves(other) == [DeviceCurve(0)]
    class_trainings.clear(other)
    classroom.close(other)
    assert class_trainings.curves(code)[0].points == ((1, 0.25),)


def test_a_whole_class_at_once_is_shared_out_evenly_and_loses_no_point(
    class_trainings, code, number
):
    keys = [f"{i:02}" for i in range(30)]

    def take_part(key):
        class_trainings.join(code, number, key)
        return [
            class_trainings.report(code, number, key, [[i / 4, 0.1]], [], "running")
            for i in range(1, 5)
        ]

    with ThreadPoolExecutor(16) as threads:
        taken = list(threads.map(take_part, keys))
    assert all(itertools.chain.from_iterable(taken))
    curves = class_trainings.curves(code)
    assert [len(curve.points) for curve in curves] == [4] * 30
    assert sorted(curve.share for curve in curves) == sorted([0, 1, 2] * 10)


def _take_part_elsewhere(path, code, number, first):
    for i in range(first, first + 10):
        ClassTrainings(path).join(code, number, f"{i:02}")
        ClassTrainings(path).report(code, number, f"{i:02}", [[0.5, 0.1]], [], "ended")


def test_two_processes_share_a_class(class_trainings, path, code, number):
    spawn = get_context("spawn")
    others = [
        spawn.Process(target=_take_part_elsewhere, args=(path, code, number, first))
        for first in (0, 10)
    ]
    for process in others:
        process.start()
    for process in others:
        process.join(60)
    curves = class_trainings.curves(code)
    assert sorted(curve.share for curve in curves) == sorted([0, 1, 2] * 6 + [0, 1])
    assert {curve.status for curve in curves} == {"ended"}


@pytest.mark.parametrize("end", ["clear", "close", "wipe"])
def test_what_is_cleared_or_goes_with_its_class_leaves_nothing_in_any_file(
    classroom, class_trainings, path, code, end
):
    number = class_trainings.start(code, LATENTS)
    student = student_key("visitor", code)
    class_trainings.join(code, number, student)
    class_trainings.report(code, number, student, [[0.123, 0.04567]], [[1, 0.089012]], "running")
    traces = (student.encode(), b"0.123,0.04567", b"0.089012", b"latent_dim")
    written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert all(trace in written for trace in traces)
    if end == "clear":
        class_trainings.clear(code)
    elif end == "close":
        classroom.close(code)
    else:
        classroom.wipe()
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert not any(trace in left for trace in traces)
    assert class_trainings.find(code) is None


def test_a_file_of_an_earlier_version_gets_the_new_tables_and_keeps_its_answers(
    classroom, class_trainings, path, code
):
    classroom.answer(code, "lesson", "a", 1)
    with sqlite3.connect(path) as file:
        file.executescript("DROP TABLE curves; DROP TABLE trainings; PRAGMA user_version = 2;")
    assert class_trainings.start(code, LATENTS) == 1
    assert classroom.answers(code, "lesson") == [1]


def test_what_is_kept_names_no_one(class_trainings, path, code, report):
    assert report()
    with sqlite3.connect(path) as file:
        columns = {row[1] for row in file.execute("PRAGMA table_info(curves)")}
        kept = file.execute("SELECT settings FROM trainings").fetchone()[0]
    assert columns == {"code", "student", "share", "points", "val_losses", "status"}
    assert len(json.loads(kept)) == len(LATENTS)
