"""Small files that would cost much: refused for what they are, in little memory.

`python tests/benchmarks/fuzz.py bombs` shows them with times.
"""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest
from benchmarks.fuzz import BOMB_GROWTH, READ, REFUSED, measured, result
from bombs import BOMBS, DUDS, PICTURES

from denoiser.errors import MAX_LETTERS

ALL = [
    pytest.param(reader, bomb, id=f"{reader.name}: {kind}")
    for reader, bombs in BOMBS.items()
    for kind, bomb in bombs.items()
]


@pytest.fixture(scope="module")
def costing_little():
    """What becomes of a file; where memory can be measured, it has to take little.

    In a process of its own: after a training, the C library of this one deals otherwise with
    memory, as `denoiser.memory` says, which no process that reads what people upload does.
    """
    if sys.platform != "linux":
        yield result
        return

    def checked(reader, content):
        found, growth = process.submit(measured, reader, content).result()
        assert growth < BOMB_GROWTH
        return found

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        yield checked


@pytest.mark.parametrize(("reader", "bomb"), ALL)
def test_a_bomb_is_refused_for_what_it_is_in_few_words_and_little_memory(
    costing_little, reader, bomb
):
    found = costing_little(reader, bomb.build())
    assert found.outcome == REFUSED
    assert bomb.explains(found.text)
    assert len(found.text) <= 2 * (MAX_LETTERS + 1) + 1  # the sentence and the technical part


@pytest.mark.parametrize("build", DUDS.values(), ids=DUDS)
def test_what_would_blow_up_is_left_alone_where_the_rest_is_read(costing_little, build):
    assert costing_little(PICTURES, build()).outcome == READ
