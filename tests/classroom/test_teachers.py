"""Devices of teachers, and wrong PINs: nobody finds the PIN by trying, and nobody is locked out."""

import itertools
import stat
import threading
import time
from types import SimpleNamespace

import pytest

from denoiser.classroom import file, teachers
from denoiser.classroom.store import Classroom
from denoiser.classroom.teachers import (
    ADDRESS,
    ALL,
    FIRST,
    FORGET_S,
    KNOWN_S,
    ROLE_S,
    VISITOR,
    Attempts,
    Teachers,
    is_same,
)

HERE = "10.0.0.4"


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def attempts(clock):
    return Attempts(clock)


def wrong(attempts, count, address, device=None):
    """Give so many wrong PINs, each as another visitor, as fast as they are taken."""
    for number in range(count):
        while wait := attempts.take(device or f"{address}-{number}", address, is_known=False):
            attempts._clock.now += wait


# Wrong PINs


def test_mistakes_are_free_and_then_waits_double_up_to_a_minute(attempts, clock):
    for _ in range(VISITOR.free):
        assert attempts.take("a", HERE, is_known=False) == 0
    waits = []
    for _ in range(9):
        waits.append(attempts.take("a", HERE, is_known=False))
        clock.now += waits[-1]
        assert attempts.take("a", HERE, is_known=False) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_wrong_pins_of_others_do_not_keep_a_device_with_another_address_waiting(attempts):
    for number in range(200):
        wrong(attempts, 30, f"10.0.1.{number}")
    assert attempts.take("teacher", HERE, is_known=False) == 0


def test_wrong_pins_of_others_never_keep_a_teachers_own_device_waiting(attempts):
    wrong(attempts, 500, HERE)
    assert attempts.take("teacher", HERE, is_known=True) == 0


def test_a_class_at_one_address_keeps_a_new_device_waiting_for_half_a_minute_at_most(attempts):
    wrong(attempts, 500, HERE)
    assert 0 < attempts.take("teacher", HERE, is_known=False) <= ADDRESS.longest


def test_who_comes_anew_for_each_try_still_waits(attempts, clock):
    begun = clock.now
    wrong(attempts, 1000, HERE)
    assert (clock.now - begun) / 1000 > 0.9 * ADDRESS.longest


@pytest.mark.parametrize(
    "addresses",
    [
        [f"2001:db8::{n:x}" for n in range(1, 300)],
        [f"::ffff:{HERE}", HERE],
    ],
)
def test_addresses_of_one_network_count_as_one(attempts, addresses):
    for address, number in zip(itertools.cycle(addresses), range(ADDRESS.free)):
        attempts.take(str(number), address, is_known=False)
    assert attempts.take("new", addresses[-1], is_known=False) > 0


def test_many_addresses_together_are_bounded_too(attempts, clock):
    begun, tries = clock.now, 0
    while clock.now < begun + 600:
        taken = [attempts.take(f"{tries}-{n}", f"10.0.2.{n}", is_known=False) for n in range(100)]
        tries += taken.count(0)
        clock.now += 5
    assert tries <= 100 * FIRST + ALL.free + 600 / ALL.longest


def test_tries_at_the_same_moment_are_counted_one_by_one(attempts):
    taken = []
    threads = [
        threading.Thread(target=lambda: taken.append(attempts.take("a", HERE, is_known=False)))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(0) == VISITOR.free


def test_a_right_pin_counts_nothing_and_an_hour_clears(attempts, clock):
    for _ in range(100):
        assert attempts.take("a", HERE, is_known=False) == 0
        attempts.forgive("a", HERE, is_known=False)
    wrong(attempts, VISITOR.free, HERE, "a")
    assert attempts.take("a", HERE, is_known=False) > 0
    clock.now += FORGET_S
    assert attempts.take("a", HERE, is_known=False) == 0
    assert len(attempts._wrong) == 2


@pytest.mark.parametrize("pin", ["", "471", "47111", "４７１１", "x" * 100])
def test_only_the_pin_is_the_pin(pin):
    assert not is_same(pin, "4711")
    assert not is_same(pin, "")
    assert is_same("4711", "4711")


# Devices


@pytest.fixture
def store(tmp_path):
    return Teachers(tmp_path / "classroom.sqlite")


def test_a_device_is_a_teachers_for_half_a_day_and_known_for_a_year(store, monkeypatch):
    store.add("device", "4711")
    now = time.time()
    for after, is_teacher, is_known in [
        (ROLE_S - 60, True, True),
        (ROLE_S + 60, False, True),
        (KNOWN_S - 60, False, True),
        (KNOWN_S + 60, False, False),
    ]:
        monkeypatch.setattr(teachers, "time", SimpleNamespace(time=lambda at=now + after: at))
        assert store.has("device", "4711") == is_teacher
        assert store.knows("device") == is_known


def test_another_pin_ends_the_role_and_so_does_leaving_it(store):
    store.add("device", "4711")
    assert not store.has("device", "0815")
    assert not store.has("another", "4711")
    store.dismiss("device")
    assert not store.has("device", "4711")
    assert store.knows("device")


def test_the_file_holds_neither_pin_nor_secret_and_is_the_accounts_own(store, tmp_path):
    store.add("a-secret-of-a-device", "471147114711")
    files = [path for path in tmp_path.iterdir() if path.name.startswith("classroom")]
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"471147114711" not in path.read_bytes()
        assert b"a-secret-of-a-device" not in path.read_bytes()


def test_nothing_is_asked_of_a_file_that_is_not_there(store, tmp_path):
    assert not store.has("device", "4711")
    assert not store.knows("device")
    assert not list(tmp_path.iterdir())


def test_a_file_of_an_earlier_version_gets_the_table(store, tmp_path, monkeypatch):
    monkeypatch.setattr(file, "VERSION", 1)
    path = tmp_path / "classroom.sqlite"
    code = Classroom(path).open_class()
    with file.connected(path) as connection:
        connection.execute("DROP TABLE teachers")
    path.chmod(0o644)
    monkeypatch.undo()
    store.add("device", "4711")
    assert store.has("device", "4711")
    assert Classroom(path).find(code)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
