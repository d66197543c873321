"""Damaged files of visitors; `python tests/benchmarks/fuzz.py` damages thousands."""

from functools import cache

import pytest
from benchmarks.fuzz import READ, REFUSED, TARGETS, result
from mutants import damaged, mutants

COUNT = 150
NAMES = [name for name in TARGETS if name != "limits"]


@cache
def originals(name):
    return TARGETS[name].originals()


@pytest.mark.parametrize("name", NAMES)
def test_whole_files_are_read(name):
    whole = [original.wrap(original.content) for original in originals(name)]
    assert {result(TARGETS[name].reader, content).outcome for content in whole} == {READ}


@pytest.mark.parametrize("name", NAMES)
def test_damaged_files_are_read_or_refused_with_the_users_error(name):
    reader = TARGETS[name].reader
    found = [result(reader, mutant).outcome for mutant in mutants(originals(name), COUNT)]
    assert set(found) == {READ, REFUSED}
    assert found.count(REFUSED) > COUNT // 3


def test_damage_is_the_same_for_the_same_seed_and_differs_otherwise():
    content, others = bytes(range(256)), [bytes(100)]
    once, again = ([damaged(content, others, seed) for seed in range(40)] for _ in range(2))
    assert once == again
    assert len({*once, content}) > 35
    assert all(isinstance(damaged(b"", others, seed), bytes) for seed in range(50))


def test_a_mutants_number_is_the_seed_that_makes_it_again():
    assert [*mutants(originals("npz"), 8)][7] == next(mutants(originals("npz"), 1, 7))


def test_what_lies_in_a_zip_is_damaged_before_it_is_packed():
    packed = [original for original in originals("npz") if original.wrap is not bytes]
    assert len(packed) == 2
    assert all(mutant.startswith(b"PK") for mutant in mutants(packed, 20))
