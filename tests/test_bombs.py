"""Small files that would cost much: refused for what they are, in little memory.

`python tests/benchmarks/fuzz.py bombs` shows them with times.
"""

import sys

import pytest
from benchmarks.fuzz import BOMB_GROWTH, READ, REFUSED, measured, result
from bombs import BOMBS, DUDS, PICTURES

from denoiser.errors import MAX_LETTERS

ALL = [
    pytest.param(reader, bomb, id=f"{reader.name}: {kind}")
    for reader, bombs in BOMBS.items()
    for kind, bomb in bombs.items()
]


def costing_little(reader, content):
    """What became of a file; where memory can be measured, it has to take little."""
    if sys.platform != "linux":
        return result(reader, content)
    found, growth = measured(reader, content)
    assert growth < BOMB_GROWTH
    return found


@pytest.mark.parametrize(("reader", "bomb"), ALL)
def test_a_bomb_is_refused_for_what_it_is_in_few_words_and_little_memory(reader, bomb):
    found = costing_little(reader, bomb.build())
    assert found.outcome == REFUSED
    assert bomb.explains(found.text)
    assert len(found.text) <= MAX_LETTERS + 1


@pytest.mark.parametrize("build", DUDS.values(), ids=DUDS)
def test_what_would_blow_up_is_left_alone_where_the_rest_is_read(build):
    assert costing_little(PICTURES, build()).outcome == READ
