"""What pages and components share in the session and in the URL, with typed access.

A key that a single module uses, such as that of its fields, stays in that module; the
language's is in `text`, which this module needs. What comes from a URL or from a browser is
untrusted: a value that is not valid for its key falls back to the key's default. The URL
holds the settled settings of the live panel, so that a link reopens the same digit, model
and noise; defaults stay out of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from denoiser.ui.session import noises, text
from denoiser.ui.session.noises import Noise

T = TypeVar("T")

DIGITS = 200
MAX_SEED = 2**32 - 1
FIELDS = ("model", "digit", "seed", *noises.FIELDS)  # of the panel, in the URL

RUN_ID_LENGTH = 12  # of a run's id; shipped models have shorter names
_SETTINGS = "live_settings"
_INITIAL = "live_initial"
_RUN_MODEL = "live_run_model"
_LOADED = "own_weights_loaded"
_OWN_DIGITS = "own_digits"
_OWN_DIGIT = "own_digit"
_PICTURES = "pictures_read"
_RUN = "run"
_PROJECTOR = "projector"
_CLASS = "class"
_ROUND = "lesson_{}_round"
_WORKSHEET = "worksheet"
_LESSON = "lesson"
_STEP = "step"
_PREDICTION = "lesson_{}_predicted"
_BEGUN = "lesson_begun"
_TOKEN = "visitor_token"
_TEACHER = "visitor_is_teacher"


def _kept(key: str, default: T) -> T:
    """Return what the session keeps by a key; all that is kept there is of one type."""
    value: T = st.session_state.get(key, default)
    return value


@dataclass(frozen=True)
class Settings:
    """What the live panel shows.

    Attributes:
        model: Name of the model that denoises.
        digit: Index into the bundled test digits, in [0, DIGITS).
        noise: Its kind and parameters.
        seed: Of the noise, in [0, MAX_SEED].
    """

    model: str
    digit: int = 113
    noise: Noise = field(default_factory=Noise)
    seed: int = 42

    @classmethod
    def parse(cls, values: Mapping[str, Any], models: Sequence[str]) -> "Settings":
        """Take the valid values out of `values`, and defaults for the rest.

        Args:
            values: Numbers, or their text, by field; from anywhere.
            models: Names to choose from; the first is the default.
        """
        default = cls(model=models[0])
        model = values.get("model")
        return cls(
            model=model if isinstance(model, str) and model in models else default.model,
            digit=whole(values.get("digit"), DIGITS - 1, default.digit),
            noise=Noise.parse(values),
            seed=whole(values.get("seed"), MAX_SEED, default.seed),
        )

    def refused(self, values: Mapping[str, Any]) -> list[str]:
        """Return the fields of `values` that these settings, parsed from them, left out."""
        names = [name for name in ("model", "digit", "seed")
                 if name in values and str(values[name]) != str(getattr(self, name))]  # fmt: skip
        return names + self.noise.refused(values)

    def to_query(self, models: Sequence[str]) -> dict[str, str]:
        """Return the URL's parameters: the fields that differ from their default, as text."""
        default = Settings(model=models[0])
        changed = {name: str(value) for name in ("model", "digit", "seed")
                   if (value := getattr(self, name)) != getattr(default, name)}  # fmt: skip
        return changed | self.noise.to_query()

    def to_panel(self) -> dict[str, Any]:
        """Return what is sent to the panel: all fields, the noise as its kind and parameters."""
        others = {name: getattr(self, name) for name in ("model", "digit", "seed")}
        return others | self.noise.to_panel()


def whole(value: Any, maximum: int, default: int) -> int:
    """Return `value`, which may be anything, as a number in [0, maximum]; else `default`."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return number if 0 <= number <= maximum else default


def open_settings(models: Sequence[str]) -> list[str]:
    """Start the page from its URL, or from the session where the URL says nothing.

    The panel is opened with these settings. They then stay as they are while
    the visitor plays, so that what the panel is sent stays the same.

    Returns:
        The fields of the URL whose values cannot be used; their defaults stand in.
    """
    session: Settings | None = _kept(_SETTINGS, None)
    if session is None or _is_in_url():
        values = st.query_params.to_dict()
    else:
        values = session.to_query(models)
    settings = Settings.parse(values, models)
    st.session_state[_INITIAL] = settings
    settle(settings, models)
    return settings.refused(values)


def initial() -> Settings:
    """Return the settings the panel was opened with; `open_settings` comes first."""
    settings: Settings = st.session_state[_INITIAL]
    return settings


def settings() -> Settings:
    """Return the settings the visitor settled on; `open_settings` comes first."""
    settled: Settings = st.session_state[_SETTINGS]
    return settled


def _is_in_url() -> bool:
    return any(key in FIELDS for key in st.query_params)


def set_up(values: Mapping[str, Any], models: Sequence[str]) -> None:
    """Settle on values by name; what is missing or impossible takes its default."""
    settle(Settings.parse(values, models), models)


def settle(settled: Settings, models: Sequence[str]) -> None:
    """Keep settings in the session and in the URL."""
    st.session_state[_SETTINGS] = settled
    replace_in_url(FIELDS, settled.to_query(models))


def replace_in_url(fields: Collection[str], query: Mapping[str, str]) -> None:
    """Put `query` into the URL in place of all of its own `fields`; the others stay."""
    others = {k: v for k, v in st.query_params.items() if k not in fields}
    replaced = others | dict(query)
    if replaced != st.query_params.to_dict():
        st.query_params.from_dict(replaced)


def projector() -> bool:
    """Whether the page is shown on a projector, as the URL says or this session chose."""
    if _PROJECTOR in st.query_params:
        st.session_state[_PROJECTOR] = st.query_params[_PROJECTOR] == "1"
    return _kept(_PROJECTOR, False)


def show_on_projector(on: bool) -> None:
    """Show pages as a projector needs them from now on, or as a desk does."""
    st.session_state[_PROJECTOR] = on
    if on:
        st.query_params[_PROJECTOR] = "1"
    else:
        st.query_params.pop(_PROJECTOR, None)


def class_code() -> str | None:
    """Return the code of the class that the URL names, or named before; it is not checked."""
    if _CLASS in st.query_params:
        st.session_state[_CLASS] = st.query_params[_CLASS].strip().upper()
    return _kept(_CLASS, None)


def join_class(code: str) -> None:
    """Be in a class from now on."""
    st.session_state[_CLASS] = st.query_params[_CLASS] = code


def leave_class() -> None:
    """Be in no class any more."""
    st.session_state.pop(_CLASS, None)
    st.query_params.pop(_CLASS, None)


def carried() -> dict[str, str]:
    """Return the URL's parameters that go along from page to page."""
    query = {
        text.KEY: text.chosen_language(),
        _CLASS: class_code(),
        _PROJECTOR: "1" if projector() else None,
    }
    return {name: value for name, value in query.items() if value}


def run_model() -> str | None:
    """Return the name of the run's model that the URL asks for, or asked for last."""
    asked = st.query_params.get("model", "")
    if len(asked) >= RUN_ID_LENGTH:
        st.session_state[_RUN_MODEL] = asked
    return _kept(_RUN_MODEL, None)


def keep_run_model(name: str) -> None:
    """Offer a run's model, or one of the device's, from now on."""
    st.session_state[_RUN_MODEL] = name


def forget_run_model(run_id: str) -> None:
    """Ask for the model of a run no longer, nor for one of its snapshots."""
    if (run_model() or "").startswith(run_id):
        del st.session_state[_RUN_MODEL]


def visitor_token() -> str | None:
    """Return the secret that tells this visitor from others; None before there is one."""
    return _kept(_TOKEN, None)


def keep_visitor_token(token: str) -> None:
    """Keep the secret that tells this visitor from others."""
    st.session_state[_TOKEN] = token


def is_teacher() -> bool:
    """Whether this visitor is a teacher."""
    return _kept(_TEACHER, False)


def be_teacher(is_one: bool) -> None:
    """Let this session do what a teacher may do, or no longer."""
    st.session_state[_TEACHER] = is_one


def run_id() -> str | None:
    """Return the id of the run that the URL asks for; it is not checked."""
    return st.query_params.get(_RUN)


def open_run(run_id: str) -> None:
    """Show a run from now on: its id is in the URL, in place of the form's settings."""
    st.query_params.from_dict(carried() | {_RUN: run_id})


def leave_run() -> None:
    """Show no run any more."""
    st.query_params.pop(_RUN, None)


def lesson() -> str | None:
    """Return the name of the lesson that the URL asks for; it is not checked."""
    return st.query_params.get(_LESSON)


def lesson_step(steps: int) -> int:
    """Return the step of the lesson that the URL asks for, in [0, steps)."""
    return whole(st.query_params.get(_STEP), steps - 1, 0)


def open_lesson(name: str | None, step: int = 0) -> None:
    """Show a step of a lesson from now on; None for the list of lessons."""
    query = {_LESSON: name, _STEP: str(step) if name and step else None}
    replace_in_url(  # at once: each change of the place is one in the browser's history
        (*query, _WORKSHEET), {key: value for key, value in query.items() if value}
    )


def prediction(lesson: str) -> Any:
    """Return what this visitor predicted in a lesson; None before that."""
    return st.session_state.get(_PREDICTION.format(lesson))


def keep_prediction(lesson: str, value: Any) -> None:
    """Remember what this visitor predicted in a lesson; None to ask again."""
    st.session_state[_PREDICTION.format(lesson)] = value


def answered_round(lesson: str) -> tuple[str, int] | None:
    """Return the code and the round of the class in which this visitor answered; None for none."""
    return _kept(_ROUND.format(lesson), None)


def keep_answered_round(lesson: str, round_of_class: tuple[str, int]) -> None:
    """Remember in which round of which class this visitor answered."""
    st.session_state[_ROUND.format(lesson)] = round_of_class


def is_worksheet() -> bool:
    """Whether the URL asks for the lesson on paper."""
    return st.query_params.get(_WORKSHEET) == "1"


def show_worksheet(on: bool) -> None:
    """Show the lesson on paper from now on, or as it is on a screen."""
    if on:
        st.query_params[_WORKSHEET] = "1"
    else:
        st.query_params.pop(_WORKSHEET, None)


def set_up_once(name: str, values: Mapping[str, Any], models: Sequence[str]) -> None:
    """Open the live panel as a lesson or a training wants it, unless it or the URL has set it.

    Args:
        name: Of the lesson or the training.
        values: As in `set_up`.
        models: As in `Settings.parse`.
    """
    if st.session_state.get(_BEGUN) == name:
        return
    if not _is_in_url():
        set_up(values, models)
    st.session_state[_BEGUN] = name


def open_model(run_id: str) -> None:
    """Show a run's model in the panel from now on."""
    st.session_state[_LOADED] = run_id
    st.query_params["model"] = run_id


def opened_model() -> str | None:
    """Return the id of the run whose model was opened last in this session."""
    return _kept(_LOADED, None)


def own_digits() -> str | None:
    """Return the source of this visitor's own digits, for `TrainConfig`; None for none."""
    return _kept(_OWN_DIGITS, None)


def keep_own_digits(source: str) -> None:
    """Train on this source where a visitor's own digits are asked for."""
    st.session_state[_OWN_DIGITS] = source


def own_digit() -> int:
    """Return which of the digits that the visitor brought is the large one, from 0."""
    return _kept(_OWN_DIGIT, 0)


def keep_own_digit(digit: int) -> None:
    """Show this one of the visitor's digits large from now on."""
    st.session_state[_OWN_DIGIT] = digit


def steps_off(steps: Sequence[str]) -> tuple[str, ...]:
    """Return which steps from picture to digit the visitor has switched off."""
    return tuple(step for step in steps if not st.session_state.get(step_key(step), True))


def step_key(step: str) -> str:
    """Return the key of a step's switch."""
    return f"handwriting_step_{step}"


def pictures_read() -> dict[Any, Any]:
    """Return what was read from this visitor's pictures, as `keep_pictures_read` got it."""
    return _kept(_PICTURES, {})


def keep_pictures_read(read: dict[Any, Any]) -> None:
    """Keep what was read of this visitor's pictures, so that a rerun does not read them again."""
    st.session_state[_PICTURES] = read
