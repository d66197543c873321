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
def _cache() -> ResultCache:
    return ResultCache()


@dataclass(frozen=True)
class Comparison:
    """A request and its results so far.

    Attributes:
        request: What is compared, under which noise.
        chosen: The methods, in the order of the request.
        results: The result of each method and of "noisy", by name.
    """

    request: ComparisonRequest
    chosen: tuple[Method, ...]
    results: dict[str, "Future[Measured]"]

    @property
    def is_done(self) -> bool:
        """Whether nothing is computed any more."""
        return all(future.done() for future in self.results.values())

    @property
    def measured(self) -> dict[str, Measured]:
        """The results that are there, by name."""
        done = {name: future for name, future in self.results.items() if future.done()}
        return {name: future.result() for name, future in done.items() if not future.exception()}

    @property
    def failures(self) -> dict[str, BaseException]:
        """Why methods could not be scored, by name."""
        done = {name: future for name, future in self.results.items() if future.done()}
        return {name: error for name, future in done.items() if (error := future.exception())}

    @property
    def is_complete(self) -> bool:
        """Whether there are methods, and all results are there."""
        return bool(self.chosen) and len(self.measured) == len(self.results)


def look_up(request: ComparisonRequest, chosen: Sequence[Method]) -> Comparison:
    """Return the results of a request; what is new is sent to a worker."""
    loads = [lambda: NOISY, *(method.load for method in chosen)]
    names = [NOISY, *(method.name for method in chosen)]
    found = {
        name: _cache().ask(key, partial(_submit, load, request.noise))
        for name, load, key in zip(names, loads, _keys(request, chosen), strict=True)
    }
    return Comparison(request, tuple(chosen), found)


def _submit(load: Callable[[], str | Model], noise: Noise) -> "Future[Measured]":
    return engine().submit(comparison.measure, load(), noise.kind, noise.parameters)


def try_again(compared: Comparison) -> None:
    """Compute again what failed."""
    _cache().forget_failures(_keys(compared.request, compared.chosen))


def _keys(request: ComparisonRequest, chosen: Sequence[Method]) -> list[Key]:
    identities = [NOISY, *(method.identity for method in chosen)]
    noise = request.noise.kind, tuple(request.noise.parameters.values())
    return [(identity, *noise) for identity in identities]
