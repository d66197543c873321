"""Two sides that take turns: a process for each, and rates measured one after another.

Knows neither networks nor what is measured.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
CALL_SECONDS = 1.0


class BenchmarkProcess:
    """A process of its own that answers one call at a time."""

    def __init__(self, prepare: Callable[[], None] | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=prepare)

    def __call__(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what `function` returns there, or raise what it raises."""
        return self._pool.submit(function, *arguments).result()

    def __enter__(self) -> "BenchmarkProcess":
        return self

    def __exit__(self, *raised: object) -> None:
        """End the process."""
        self._pool.shutdown()


def in_turns(
    measures: Mapping[str, Callable[[], float]],
    rounds: int,
    tell: Callable[[str], None] = lambda text: None,
) -> list[dict[str, float]]:
    """Measure everything once in each round, one after another, and return the rounds.

    `tell` gets a line of text after each measure.
    """
    turns: list[dict[str, float]] = []
    for turn in range(1, rounds + 1):
        turns.append({})
        for name, measure in measures.items():
            turns[-1][name] = measure()
            tell(f"{turn}/{rounds} {name} {turns[-1][name]:,.0f}")
    return turns


def typical(turns: Sequence[Mapping[str, float]], name: str, base: str) -> tuple[float, float]:
    """Return the median of a measure, and the median of its ratios to `base` in each turn."""
    rate = statistics.median(turn[name] for turn in turns)
    return rate, statistics.median(turn[name] / turn[base] for turn in turns)


def compared(turns: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the medians of both sides' images a second, and of their ratios in each turn."""
    rate, ratio = typical(turns, "ours", "stock")
    stock = statistics.median(turn["stock"] for turn in turns)
    return {"ratio": ratio, "stock_images_per_s": stock, "our_images_per_s": rate}


def rate(work: Callable[[], Any], amount: float) -> float:
    """Return how much is done a second, by the median of calls.

    Args:
        work: Called once before the clock runs, and then for `CALL_SECONDS`.
        amount: What one call does.
    """
    work()
    times: list[float] = []
    while sum(times) < CALL_SECONDS:
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return amount / statistics.median(times)
