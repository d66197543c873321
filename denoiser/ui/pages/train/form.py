"""The settings of a training as a form: presets, fields, what they would make, and Start.

A field's value lives in the session under the name of its setting, so that a
preset can fill it. What is impossible is refused beside the field it belongs
to, all of it at once. The form starts nothing itself.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import streamlit as st

from denoiser.config import DENOISERS, RECIPES, TrainConfig
from denoiser.data.digits import SIDE
from denoiser.errors import DenoiserError
from denoiser.models import sizes
from denoiser.models.store import BLUEPRINTS
from denoiser.runs import datasets
from denoiser.runs.store import RunStore
from denoiser.ui.components.noise_sliders import noise_sliders
from denoiser.ui.pages.train.durations import digit_counts, duration_text, estimate
from denoiser.ui.pages.train.own_digits import (
    OWN,
    choice_of,
    own_digits,
    own_help,
    problem_of,
    source_of,
)
from denoiser.ui.session import state
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.text import _, localized

ORDER = ("quick", "tutorial", "fast", "best")
MAX_FILTER, MAX_FILTERS = 256, 2  # 28 can be halved twice
RANGES = {  # of this page, within those of TrainConfig
    "epochs": (1, 100),
    "batch_size": (1, 512),
    "learning_rate": (1e-6, 1.0),
    "seed": (0, 2**32 - 1),
    "latent_dim": (1, 256),
}
MAX_DIGITS = 10_000_000  # of a source of which nobody knows yet how many it has
FIELD_OF = {"width": "filters", "height": "filters", "latentDim": "latent_dim"}
_KEY = "train_{}"
_PRESET = "train_preset"
_FILLED = "train_filled"  # how often


def train_form(home: RunStore, start: Callable[[TrainConfig], str]) -> None:
    """Show the form.

    Args:
        home: Its finished runs say how fast this machine is.
        start: Starts a training and shows it; returns why it could not, if it could not.
    """
    _presets()
    with st.container(key="train_form"):
        left, right = st.columns([3, 2], gap="large")
        with left:
            values, places = _fields()
        values["noise"] = _noise()
        config, problems = checked(values)
        for name, place in places.items():
            if name in problems:
                place.markdown(f":red[:material/error: {problems[name]}]")
        with right, st.container(border=True):
            noise_sliders(_noise(), values["seed"] or 0, _keep_noise, _filled)
            _summary(config, home, start)


# Presets


def _presets() -> None:
    titles = {
        "quick": _("Quick: a minute in class"),
        "tutorial": _("Tutorial: to the letter"),
        "fast": _("Fast: as good, sooner"),
        "best": _("Best: longer, better"),
    }
    if _PRESET not in st.session_state:
        st.session_state[_PRESET] = ORDER[0]
    if _KEY.format("epochs") not in st.session_state:
        _fill_preset()
    with st.container(horizontal=True, vertical_alignment="center", key="train_presets"):
        st.segmented_control(
            _("Start from"),
            ORDER,
            format_func=titles.get,
            key=_PRESET,
            required=True,
            persist_state="session",
            on_change=_fill_preset,
            label_visibility="collapsed",
            wrap=True,
        )
        if changed := _changed():
            st.caption(_("changed: {fields}").format(fields=", ".join(changed)), width="content")
            st.button(_("Undo changes"), key="train_undo", type="tertiary",
                      icon=":material/undo:", on_click=_fill_preset)  # fmt: skip


def _fill_preset() -> None:
    fill_from(RECIPES[st.session_state[_PRESET]])


def fill_from(config: TrainConfig) -> None:
    """Put the settings of `config` into the form's fields."""
    if choice_of(config.data) == OWN:
        state.keep_own_digits(config.data)
    for name, value in _values_of(config).items():
        st.session_state[_KEY.format(name)] = value
    st.session_state[_FILLED] = _filled() + 1


def _filled() -> int:
    return st.session_state.get(_FILLED, 0)


def _values_of(config: TrainConfig) -> dict[str, Any]:
    data = choice_of(config.data)
    counts = digit_counts(config.data if data == OWN else data)
    count = counts[0] if counts else config.limit or datasets.MIN_DIGITS
    return {
        "network": config.network if config.network in DENOISERS else DENOISERS[0],
        "data": data,
        "limit": min(config.limit or count, count),
        "epochs": min(config.epochs, RANGES["epochs"][1]),
        "batch_size": config.batch_size,
        "learning_rate": float(config.learning_rate),
        "optimizer": config.optimizer,
        "schedule": config.schedule,
        "fresh_noise": config.fresh_noise,
        "growing_noise": config.growing_noise,
        "seed": config.seed,
        "filters": ", ".join(map(str, config.filters)),
        "latent_dim": config.latent_dim,
        "noise": Noise(config.noise, config.noise_parameters),
    }


def _changed() -> list[str]:
    """Return the names, as people read them, of fields that differ from the preset."""
    preset = _values_of(RECIPES[st.session_state[_PRESET]])
    labels = _labels()
    now = {name: st.session_state.get(_KEY.format(name), value) for name, value in preset.items()}
    if now["network"] != "tutorial":
        now |= {name: preset[name] for name in ("filters", "latent_dim")}
    return [labels[name].lower() for name, value in preset.items() if now[name] != value]


# Fields


def _labels() -> dict[str, str]:
    return {
        "network": _("Network"),
        "data": _("Digits"),
        "limit": _("How many"),
        "epochs": _("Epochs"),
        "batch_size": _("Batch size"),
        "learning_rate": _("Learning rate"),
        "optimizer": _("Optimizer"),
        "schedule": _("Rate over time"),
        "fresh_noise": _("Noise"),
        "growing_noise": _("Noise over time"),
        "seed": _("Seed"),
        "filters": _("Filters"),
        "latent_dim": _("Latent size"),
        "noise": _("Noise and its strength"),
    }


def _helps() -> dict[str, Any]:
    """Return the line below each field; for choices, the line of each."""
    return {
        "network": {
            "tutorial": _("Squeezes each digit through a few numbers."),
            "unet": _("Carries strokes past its bottleneck: sharper."),
        },
        "data": {
            "bundled": _("4,500 real ones that are always here."),
            "mnist": _("All 60,000: better, and much slower."),
            OWN: own_help(),
        },
        "limit": _("More: better, and slower."),
        "epochs": _("Rounds through all digits. More: better, up to a point."),
        "batch_size": _("Digits in a step. More: fewer, surer steps."),
        "learning_rate": _("Length of a step. Too large: it never settles."),
        "optimizer": {
            "adam": _("Each weight learns at a pace of its own."),
            "muon": _("Rare directions learn as fast as common ones."),
        },
        "schedule": {
            "constant": _("The same from start to end."),
            "one-cycle": _("Begins gently, then fast, ends carefully."),
        },
        "fresh_noise": {
            True: _("Drawn again every epoch: cannot be learned by heart."),
            False: _("Drawn once: the same noisy digits every epoch."),
        },
        "growing_noise": {
            False: _("At its strength from the first step."),
            True: _("Weak at first, at its strength from the middle on."),
        },
        "seed": _("Where chance begins. Same seed, same training."),
        "filters": _("Channels of each convolution. More: sharper, slower."),
        "latent_dim": _("Numbers each digit is squeezed into. More keep more."),
    }


def _choices() -> dict[str, dict[Any, str]]:
    return {
        "network": network_titles(),
        "data": {
            "bundled": _("Bundled"),
            "mnist": _("Full MNIST"),
            OWN: _("Your own digits (.npz)"),
        },
        "optimizer": {"adam": "Adam", "muon": "Muon"},
        "schedule": {"constant": _("Constant"), "one-cycle": _("One cycle")},
        "fresh_noise": {True: _("Fresh"), False: _("Fixed")},
        "growing_noise": {False: _("Constant"), True: _("Growing")},
    }


def network_titles() -> dict[str, str]:
    """Return what people call the networks."""
    return {name: _(BLUEPRINTS[name].title) for name in DENOISERS}


def _fields() -> tuple[dict[str, Any], dict[str, Any]]:
    """Show the fields; return their values, and by field's name where its error goes."""
    values: dict[str, Any] = {}
    places: dict[str, Any] = {}
    is_tutorial = st.session_state.get(_KEY.format("network")) == "tutorial"
    rows = [
        ("network", "filters", "latent_dim") if is_tutorial else ("network",),
        ("data", "limit", "seed"),
        ("epochs", "batch_size", "learning_rate"),
        ("optimizer", "schedule"),
        ("fresh_noise", "growing_noise"),
    ]
    for row in rows:
        columns = st.columns(3)
        if "data" in row and st.session_state[_KEY.format("data")] == OWN:
            _own_digits()
        for name, column in zip(row, columns, strict=False):
            with column, st.container(gap="xxsmall"):
                values[name] = _field(name)
                places[name] = st.empty()
                places[name].caption(_help(name, values[name]))
    values["data"] = source_of(values["data"])
    return {"filters": "", "latent_dim": None} | values, places


def _field(name: str) -> Any:
    label, key = _labels()[name], _KEY.format(name)
    if choices := _choices().get(name):
        # A browser answers with the label it was sent: it gets the visitor's language each time.
        st.session_state[key] = st.session_state[key]
        return st.selectbox(
            label, list(choices), format_func=choices.get, key=key, persist_state="session",
            on_change=_fit_limit if name == "data" else None,
        )  # fmt: skip
    if name == "filters":
        return st.text_input(label, key=key, persist_state="session", max_chars=40)
    shape = {"step": 0.0005, "format": "%g"} if name == "learning_rate" else {"step": 1}
    if name == "limit":
        shape = {"step": 100}
    # Without bounds: a browser keeps what is out of bounds to itself, and the old value counts.
    return st.number_input(label, key=key, persist_state="session", **shape)


def _own_digits() -> None:
    """Take a file of digits, and all of them; it runs before the field of how many is drawn."""
    if count := own_digits():
        st.session_state[_KEY.format("limit")] = count


def _fit_limit() -> None:
    """Take all the digits that were chosen where there are fewer than were asked for."""
    if counts := digit_counts(source_of(st.session_state[_KEY.format("data")])):
        limit = st.session_state[_KEY.format("limit")]
        st.session_state[_KEY.format("limit")] = min(limit or counts[0], counts[0])


def _help(name: str, value: Any) -> str:
    text = _helps()[name]
    return text[value] if isinstance(text, Mapping) else text


def _noise() -> Noise:
    return st.session_state[_KEY.format("noise")]


def _keep_noise(noise: Noise) -> None:
    st.session_state[_KEY.format("noise")] = noise


# What they would make


def checked(values: Mapping[str, Any]) -> tuple[TrainConfig | None, dict[str, str]]:
    """Return the settings that a form's values stand for, or what is wrong with them.

    Args:
        values: By the field's name; numbers may be None, filters are text.

    Returns:
        The settings, None where they are impossible; and problems by the field's name.
    """
    problems = dict(_problems(values))
    if problems:
        return None, problems
    try:
        config = _config(values)
        count = sizes.parameters(config)
    except DenoiserError as error:  # what only the network itself knows
        name, _sep, message = localized(error).partition(": ")
        name = FIELD_OF.get(name, name)
        return None, {name if name in values else "network": message or localized(error)}
    if count > sizes.MAX_PARAMETERS:
        text = _("{count:,} parameters are too many here: at most {most:,}.")
        return None, {"filters": text.format(count=count, most=sizes.MAX_PARAMETERS)}
    return config, {}


def _problems(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    is_tutorial = values["network"] == "tutorial"
    if problem := problem_of(values["data"]):
        yield "data", problem
    most = (digit_counts(values["data"]) or (MAX_DIGITS,))[0]
    ranges = RANGES | {"limit": (datasets.MIN_DIGITS, most)}
    for name, (low, high) in ranges.items():
        value = values[name]
        if name == "latent_dim" and not is_tutorial:
            continue
        if value is None or not low <= value <= high:
            yield name, range_text(low, high)
    if is_tutorial and (problem := _filters_problem(values["filters"])):
        yield "filters", problem


def range_text(low: float, high: float) -> str:
    """Say which numbers a field takes."""
    text = _("{low} to {high} is possible.")
    return text.format(low=number_text(low), high=number_text(high))


def number_text(number: float) -> str:
    """Write a number as people do, without an exponent."""
    return f"{number:,}" if isinstance(number, int) else f"{number:.7f}".rstrip("0").rstrip(".")


def _filters_problem(text: str) -> str:
    parts = _parts(text)
    if not all(part.isdecimal() and 1 <= int(part) <= MAX_FILTER for part in parts):
        return _("Whole numbers from 1 to {most}, as in 32, 64.").format(most=MAX_FILTER)
    if len(parts) > MAX_FILTERS:
        halved = " → ".join(f"{SIDE / 2**i:g}" for i in range(MAX_FILTERS + 2))
        return _("At most {most}, each halves the picture: {halved} is too many.").format(
            most=MAX_FILTERS, halved=halved
        )
    return ""


def _parts(text: str) -> list[str]:
    return re.split(r"[,\s]+", text.strip())


def _config(values: Mapping[str, Any]) -> TrainConfig:
    kept = ("network", "data", "fresh_noise", "growing_noise", "epochs", "batch_size",
            "optimizer", "learning_rate", "schedule", "seed")  # fmt: skip
    chosen = {name: values[name] for name in kept}
    if values["network"] == "tutorial":
        filters = tuple(map(int, _parts(values["filters"])))
        chosen |= {"filters": filters, "latent_dim": values["latent_dim"]}
    limit = values["limit"]
    return TrainConfig(
        **chosen,
        limit=None if limit == digit_counts(values["data"])[0] else limit,
        noise=values["noise"].kind,
        noise_parameters=values["noise"].parameters,
    )


def _summary(
    config: TrainConfig | None, home: RunStore, start: Callable[[TrainConfig], str]
) -> None:
    st.markdown(_("Nothing to start yet: see the red line.") if config is None
                else _size_text(config, home))  # fmt: skip
    pressed = st.button(
        _("Start training"), type="primary", width="stretch", disabled=config is None,
        icon=":material/play_arrow:", key="train_start",
    )  # fmt: skip
    if pressed and config is not None and (problem := start(config)):
        st.error(problem, icon=":material/block:")


def _size_text(config: TrainConfig, home: RunStore) -> str:
    count, time = f"{sizes.parameters(config):,}", duration_text(estimate(config, home))
    return _("**{count}** parameters · about **{time}** on this computer").format(
        count=count, time=time
    )
