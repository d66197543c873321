"""Damaged files of visitors; `python tests/benchmarks/fuzz_files.py` damages thousands."""

import pytest
from benchmarks.fuzz_files import TARGETS, damaged, fuzz

COUNT = 150


@pytest.mark.parametrize("name", TARGETS)
def test_undamaged_files_are_read(name):
    for content, read in TARGETS[name]():
        read(content)


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files_are_read_or_refused_with_an_error_of_ours(name):
    outcome = fuzz(TARGETS[name](), COUNT)
    assert outcome.wrong == []
    assert outcome.read + outcome.refused == COUNT
    assert outcome.refused > COUNT // 3


def test_damage_is_the_same_for_the_same_seed():
    content = bytes(range(256))
    assert damaged(content, 3) == damaged(content, 3) != damaged(content, 4) != content
    assert all(isinstance(damaged(b"", seed), bytes) for seed in range(50))
