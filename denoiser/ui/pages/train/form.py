"""The settings of a training as a form: presets, fields, what they would make, and Start.

Fields are made from what `config.Setting` says of each setting. A field's value lives in the
session under the name of its setting, so that a preset can fill it, and what differs from the
preset in the URL, so that a reload brings it back; digits of one's own are to be chosen again.
What is impossible is refused beside the field it belongs to, all of it at once. The form starts
nothing itself.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from denoiser.config import RECIPES, Choice, Setting, TrainConfig, from_values
from denoiser.runs.store import RunStore
from denoiser.ui.components.noise_sliders import noise_sliders
from denoiser.ui.components.share import note_refused
from denoiser.ui.pages.train.durations import digit_counts
from denoiser.ui.pages.train.form_values import checked, from_query, heeded, to_query, values_of
from denoiser.ui.pages.train.own_digits import OWN, choice_of, own_digits, own_help, source_of
from denoiser.ui.pages.train.start import start_here
from denoiser.ui.session import noises, state
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.text import _
from denoiser.ui.session.told import are_shown

ORDER = ("device", "tutorial", "fast", "best")
COLUMNS = 3
KEY = "train_{}"
_PRESET = "train_preset"
_FILLED = "train_filled"  # how often
_RECIPE = "recipe"  # in the URL


def train_form(
    store: RunStore, start: Callable[[TrainConfig], str], kind: type[TrainConfig] = TrainConfig
) -> None:
    """Show the form.

    Args:
        store: Its finished runs say how fast this machine is.
        start: Starts a training and shows it; returns why it could not, if it could not.
        kind: The class of settings whose fields are shown.
    """
    _presets(kind)
    with st.container(key="train_form"):
        left, right = st.columns([3, 2], gap="large")
        with left:
            values, places = _fields(kind)
        _keep_in_url(kind)
        config, problems = checked(values, kind)
        for name, problem in problems.items():
            places[name].markdown(f":red[:material/error: {problem}]")
        with right, st.container(border=True):
            noise_sliders(values["noise"], values["seed"] or 0, _keep_noise, _filled)
            start_here(config, store, start)


# Presets


def _presets(kind: type[TrainConfig]) -> None:
    titles = {
        "device": _("Quick: in seconds"),
        "tutorial": _("Tutorial: to the letter"),
        "fast": _("Fast: as good, sooner"),
        "best": _("Best: longer, better"),
    }
    if _PRESET not in st.session_state:
        st.session_state[_PRESET] = ORDER[0]
    if KEY.format("epochs") not in st.session_state:
        _fill_from_url(kind)
    with st.container(horizontal=True, vertical_alignment="center", key="train_presets"):
        st.segmented_control(
            _("Start from"), ORDER, format_func=titles.__getitem__, key=_PRESET, required=True,
            persist_state="session", on_change=_fill_preset, args=(kind,),
            label_visibility="collapsed", wrap=True,
        )  # fmt: skip
        if changed := _changed(kind):
            st.caption(_("changed: {fields}").format(fields=", ".join(changed)), width="content")
            st.button(_("Undo changes"), key="train_undo", type="tertiary",
                      icon=":material/undo:", on_click=_fill_preset, args=(kind,))  # fmt: skip


def _fill_from_url(kind: type[TrainConfig]) -> None:
    """Fill the form as its link says, or with the first preset."""
    query = st.query_params.to_dict()
    if query.get(_RECIPE) in ORDER:
        st.session_state[_PRESET] = query[_RECIPE]
    _fill_preset(kind)
    values, refused = from_query(query, kind)
    for name, value in values.items():
        st.session_state[KEY.format(name)] = value
    note_refused(refused)


def _keep_in_url(kind: type[TrainConfig]) -> None:
    """Put what was changed into the URL, so that a reload or a link brings it back."""
    preset = values_of(_preset(kind))
    shown = (*heeded(kind, st.session_state[KEY.format("network")]), "noise")
    values = {name: st.session_state[KEY.format(name)] for name in shown}
    recipe = st.session_state[_PRESET]
    query = {_RECIPE: recipe} if recipe != ORDER[0] else {}
    state.replace_in_url((_RECIPE, *preset, *noises.FIELDS), query | to_query(values, preset))


def _preset(kind: type[TrainConfig]) -> TrainConfig:
    return from_values(kind(), vars(RECIPES[st.session_state[_PRESET]]))


def _fill_preset(kind: type[TrainConfig]) -> None:
    fill_from(_preset(kind))


def fill_from(config: TrainConfig) -> None:
    """Put the settings of `config` into the form's fields."""
    if choice_of(config.data) == OWN:
        state.keep_own_digits(config.data)
    for name, value in values_of(config).items():
        st.session_state[KEY.format(name)] = value
    st.session_state[_FILLED] = _filled() + 1


def _filled() -> int:
    return int(st.session_state.get(_FILLED, 0))


def _changed(kind: type[TrainConfig]) -> list[str]:
    """Return the titles of the fields that differ from the preset, in small letters."""
    preset = values_of(_preset(kind))
    now = {name: st.session_state.get(KEY.format(name), value) for name, value in preset.items()}
    titles = {name: _(setting.title) for name, setting in heeded(kind, now["network"]).items()}
    titles["noise"] = _("Noise and its strength")
    return [title.lower() for name, title in titles.items() if now[name] != preset[name]]


# Fields


def _fields(kind: type[TrainConfig]) -> tuple[dict[str, Any], dict[str, DeltaGenerator]]:
    """Show the fields; return their values, and where the problem of each goes, by name."""
    values: dict[str, Any] = {}
    places: dict[str, DeltaGenerator] = {}
    shown = heeded(kind, st.session_state[KEY.format("network")])
    for row in _rows(shown):
        columns = st.columns(COLUMNS)
        if "data" in row and st.session_state[KEY.format("data")] == OWN:
            _own_digits()
        for name, column in zip(row, columns, strict=False):
            with column, st.container(gap="xxsmall"):
                choices = _choices(name, shown[name])
                values[name] = _field(name, shown[name], choices)
                places[name] = st.empty()
                places[name].caption(_help(name, shown[name], choices.get(values[name])))
    return values | {"data": source_of(values["data"]), "noise": _noise()}, places


def _rows(shown: Mapping[str, Setting]) -> Iterator[list[str]]:
    """Yield the names of the settings that stand beside each other."""
    rows: dict[str, list[str]] = {}
    for name, setting in shown.items():
        rows.setdefault(setting.row, []).append(name)
    for row in rows.values():
        yield from (row[i : i + COLUMNS] for i in range(0, len(row), COLUMNS))


def _choices(name: str, setting: Setting) -> dict[Any, Choice]:
    """Return the choices of a field by their values, in the visitor's language; {} for none."""
    found = [Choice(c.value, _(c.title), _(c.help)) for c in setting.choices]
    if name == "data":
        found = [
            Choice("bundled", _("Bundled"), _("4,500 real ones that are always here.")),
            Choice("mnist", _("Full MNIST"), _("All 60,000: better, and much slower.")),
            Choice(OWN, _("Your own digits"), own_help()),
        ]
    return {choice.value: choice for choice in found}


def _help(name: str, setting: Setting, chosen: Choice | None) -> str:
    """Return the line below a field."""
    if chosen:
        return chosen.help
    return _("More: better, and slower.") if name == "limit" else _(setting.help)


def _field(name: str, setting: Setting, choices: Mapping[Any, Choice]) -> Any:
    title, key = _(setting.title), KEY.format(name)
    if choices:
        # A browser answers with the label it was sent: it gets the visitor's language each time.
        st.session_state[key] = st.session_state[key]
        return st.selectbox(
            title, list(choices), format_func=lambda value: choices[value].title, key=key,
            persist_state="session", on_change=_fit_limit if name == "data" else None,
        )  # fmt: skip
    if setting.kind is bool:
        return st.checkbox(title, key=key, persist_state="session")
    if setting.kind in (str, tuple):
        return st.text_input(title, key=key, persist_state="session", max_chars=40)
    # Without bounds: a browser keeps what is out of bounds to itself, and the old value counts.
    step: Any = setting.step or setting.kind(1)
    return st.number_input(title, key=key, persist_state="session", step=step,
                           format="%g" if setting.kind is float else None)  # fmt: skip


def _own_digits() -> None:
    """Take a file of digits, and all of them; it runs before the field of how many is drawn."""
    if count := own_digits():
        st.session_state[KEY.format("limit")] = count


def _fit_limit() -> None:
    """Take all the digits that were chosen where there are fewer than were asked for."""
    if not are_shown(KEY.format("data"), KEY.format("limit")):
        return
    if counts := digit_counts(source_of(st.session_state[KEY.format("data")])):
        limit = st.session_state[KEY.format("limit")]
        st.session_state[KEY.format("limit")] = min(limit or counts[0], counts[0])


def _noise() -> Noise:
    noise: Noise = st.session_state[KEY.format("noise")]
    return noise


def _keep_noise(noise: Noise) -> None:
    st.session_state[KEY.format("noise")] = noise
