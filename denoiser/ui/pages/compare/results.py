"""What methods scored, computed on a worker once for all visitors.

A result belongs to a method and a noise, so a visitor who swaps one method, or asks
for what another visitor asked for, does not wait again. The cache holds nothing about
visitors.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import streamlit as st

from denoiser.data.filters import NOISY
from denoiser.errors import DenoiserError
from denoiser.jobs import comparison
from denoiser.jobs.comparison import Measured
from denoiser.models.store import Model
from denoiser.ui.pages.compare.methods import Method
from denoiser.ui.pages.compare.request import ComparisonRequest
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.services import engine

MOST = 500

Key = tuple[str, str, tuple[float, ...]]


class ResultCache:
    """Results by method and noise; the one that was unused for longest is dropped first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._futures: OrderedDict[Key, Future[Measured]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, key: Key, submit: Callable[[], "Future[Measured]"]) -> "Future[Measured]":
        """Return the result for a key, done or not; `submit` is called if it is new."""
        with self._lock:
            if key not in self._futures:
                self._futures[key] = _submitted(submit)
            self._futures.move_to_end(key)
            while len(self._futures) > self._most:
                self._futures.popitem(last=False)
            return self._futures[key]

    def forget_failures(self, keys: Iterable[Key]) -> None:
        """Drop failed results, so that they are computed when they are asked for again."""
        with self._lock:
            for key in keys:
                future = self._futures.get(key)
                if future and future.done() and future.exception():
                    del self._futures[key]


def _submitted(submit: Callable[[], "Future[Measured]"]) -> "Future[Measured]":
    try:
        return submit()
    except DenoiserError as error:
        failed: Future[Measured] = Future()
        failed.set_exception(error)
        return failed


@st.cache_resource(show_spinner=False)
def _answers() -> ResultCache:
    return ResultCache()


@dataclass(frozen=True)
class Comparison:
    """A request and its results so far.

    Attributes:
        question: What is compared, under which noise.
        chosen: The methods, in the order of the request.
        answers: The result of each method and of "noisy", by name.
    """

    question: ComparisonRequest
    chosen: tuple[Method, ...]
    answers: dict[str, "Future[Measured]"]

    @property
    def is_done(self) -> bool:
        """Whether nothing is computed any more."""
        return all(answer.done() for answer in self.answers.values())

    @property
    def measured(self) -> dict[str, Measured]:
        """The results that are there, by name."""
        done = {name: answer for name, answer in self.answers.items() if answer.done()}
        return {name: answer.result() for name, answer in done.items() if not answer.exception()}

    @property
    def failures(self) -> dict[str, BaseException]:
        """Why methods could not be scored, by name."""
        done = {name: answer for name, answer in self.answers.items() if answer.done()}
        return {name: error for name, answer in done.items() if (error := answer.exception())}

    @property
    def is_complete(self) -> bool:
        """Whether there are methods, and all results are there."""
        return bool(self.chosen) and len(self.measured) == len(self.answers)


def look_up(question: ComparisonRequest, chosen: Sequence[Method]) -> Comparison:
    """Return the results of a request; what is new is sent to a worker."""
    loads = [lambda: NOISY, *(method.load for method in chosen)]
    names = [NOISY, *(method.name for method in chosen)]
    found = {
        name: _answers().ask(key, partial(_submit, load, question.noise))
        for name, load, key in zip(names, loads, _keys(question, chosen), strict=True)
    }
    return Comparison(question, tuple(chosen), found)


def _submit(load: Callable[[], str | Model], noise: Noise) -> "Future[Measured]":
    return engine().submit(comparison.measure, load(), noise.kind, noise.parameters)


def try_again(compared: Comparison) -> None:
    """Compute again what failed."""
    _answers().forget_failures(_keys(compared.question, compared.chosen))


def _keys(question: ComparisonRequest, chosen: Sequence[Method]) -> list[Key]:
    identities = [NOISY, *(method.identity for method in chosen)]
    noise = question.noise.kind, tuple(question.noise.parameters.values())
    return [(identity, *noise) for identity in identities]
