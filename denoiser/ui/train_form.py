"""The settings of a training as a form: presets, fields, what they would make, and Start.

A field's value lives in the session under the name of its setting, so that a
preset can fill it. What is impossible is refused beside the field it belongs to.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from denoiser import digits, figures, sizes
from denoiser.config import DENOISERS, RECIPES, SCHEDULES, TrainConfig
from denoiser.errors import ConfigError, DenoiserError
from denoiser.noise import add_noise
from denoiser.runs import Home
from denoiser.ui.text import _

PRESETS = ("quick", "tutorial", "best")
MAX_EPOCHS, MAX_BATCH, MAX_FILTER, MAX_LATENT = 100, 512, 256, 256
MAX_PARAMETERS = 4_000_000  # 16 MB of weights: what a model may have
PREVIEWED = 8
ZOOM = 4  # so that the browser does not blur the pixels
SIZES = {"bundled": (4_500, 500), "mnist": (60_000, 10_000)}
_KEY = "train_{}"
_PRESET = "train_preset"


def train_form(home: Home) -> tuple[TrainConfig | None, bool]:
    """Show the form.

    Args:
        home: Its finished runs say how fast this machine is.

    Returns:
        The settings, None while they are impossible; and whether Start was pressed.
    """
    _presets()
    left, right = st.columns([3, 2], gap="large")
    with left:
        values, places = _fields()
    config, problem = _checked(values)
    if problem:
        name, _sep, message = problem.partition(": ")
        places.get(name, places["network"]).error(message or problem)
    with right, st.container(border=True):
        return config, _summary(config, values, home)


# Presets


def _presets() -> None:
    titles = {
        "quick": _("Quick: a minute in class"),
        "tutorial": _("Tutorial: to the letter"),
        "best": _("Best: longer, better"),
    }
    if _PRESET not in st.session_state:
        st.session_state[_PRESET] = PRESETS[0]
    if _KEY.format("epochs") not in st.session_state:
        _fill(RECIPES[st.session_state[_PRESET]])
    st.segmented_control(
        _("Start from"),
        PRESETS,
        format_func=titles.get,
        key=_PRESET,
        required=True,
        persist_state="session",
        on_change=lambda: _fill(RECIPES[st.session_state[_PRESET]]),
        help=_("Fills in all fields below; change what you like afterwards."),
    )


def _fill(config: TrainConfig) -> None:
    for name, value in _values_of(config).items():
        st.session_state[_KEY.format(name)] = value


def fill_from(config: TrainConfig) -> None:
    """Put the settings of `config` into the form's fields."""
    _fill(config)


def _values_of(config: TrainConfig) -> dict[str, Any]:
    return {
        "network": config.network,
        "filters": ", ".join(map(str, config.filters)),
        "latent_dim": config.latent_dim,
        "mean": config.noise_parameters["mean"],
        "std": config.noise_parameters["std"],
        "fresh_noise": config.fresh_noise,
        "epochs": min(config.epochs, MAX_EPOCHS),
        "batch_size": config.batch_size,
        "learning_rate": config.learning_rate,
        "schedule": config.schedule,
        "seed": config.seed,
        "data": config.data if config.data in SIZES else "bundled",
        "limit": config.limit or SIZES.get(config.data, SIZES["bundled"])[0],
    }


# Fields


def _fields() -> tuple[dict[str, Any], dict[str, Any]]:
    """Show the fields; return their values, and by field's name where its error goes."""
    values: dict[str, Any] = {}
    places: dict[str, Any] = {}

    def field(name: str, column: Any, show: Callable[..., Any], label: str, **options: Any) -> None:
        with column:
            values[name] = show(label, key=_KEY.format(name), persist_state="session", **options)
            places[name] = st.empty()

    network, data, limit = st.columns(3)
    field(
        "network",
        network,
        st.selectbox,
        _("Network"),
        options=DENOISERS,
        format_func=_network_title,
        help=_("The architecture. The U-Net carries strokes past its bottleneck and is sharper."),
    )
    field(
        "data",
        data,
        st.selectbox,
        _("Digits"),
        options=list(SIZES),
        format_func=_data_title,
        help=_(
            "Bundled: 4,500 real MNIST digits, always there. Full MNIST: 60,000, slower; "
            "downloaded once, or read from where DENOISER_MNIST says."
        ),
    )
    field(
        "limit",
        limit,
        st.number_input,
        _("How many"),
        min_value=32,
        max_value=SIZES[values["data"]][0],
        step=100,
        help=_("Train on the first so many digits. More: better and slower."),
    )
    mean, std, fresh = st.columns(3)
    field(
        "mean",
        mean,
        st.slider,
        _("Noise mean"),
        min_value=0.0,
        max_value=1.0,
        step=0.01,
        help=_("Brightness added to every pixel. More: a brighter fog."),
    )
    field(
        "std",
        std,
        st.slider,
        _("Noise std"),
        min_value=0.0,
        max_value=1.0,
        step=0.01,
        help=_("How much the noise differs from pixel to pixel. More: wilder static."),
    )
    field(
        "fresh_noise",
        fresh,
        st.selectbox,
        _("Noise is drawn"),
        options=[True, False],
        format_func=lambda fresh: _("again every epoch") if fresh else _("once, as the tutorial"),
        help=_(
            "Drawn again, the network never sees the same noisy picture twice, and cannot "
            "learn it by heart."
        ),
    )
    epochs, batch, rate = st.columns(3)
    field(
        "epochs",
        epochs,
        st.number_input,
        _("Epochs"),
        min_value=1,
        max_value=MAX_EPOCHS,
        help=_("How often it goes through all digits. More: better, up to a point, and longer."),
    )
    field(
        "batch_size",
        batch,
        st.number_input,
        _("Batch size"),
        min_value=1,
        max_value=MAX_BATCH,
        help=_("Digits in a step. Fewer: more steps, each less certain of its direction."),
    )
    field(
        "learning_rate",
        rate,
        st.number_input,
        _("Learning rate"),
        min_value=1e-6,
        max_value=1.0,
        step=0.0005,
        format="%g",
        help=_(
            "How far each step goes. Too small: it takes forever. Too large: it never gets there."
        ),
    )
    schedule, seed, latent = st.columns(3)
    field(
        "schedule",
        schedule,
        st.selectbox,
        _("Learning rate over time"),
        options=SCHEDULES,
        format_func=lambda s: _("constant") if s == "constant" else _("one cycle: up, then down"),
        help=_("One cycle begins gently, goes fast in the middle and ends carefully."),
    )
    field(
        "seed",
        seed,
        st.number_input,
        _("Seed"),
        min_value=0,
        max_value=2**32 - 1,
        help=_("Where all chance begins. The same seed and settings give the same training."),
    )
    if values["network"] == "tutorial":
        field(
            "latent_dim",
            latent,
            st.number_input,
            _("Latent size"),
            min_value=1,
            max_value=MAX_LATENT,
            help=_("How many numbers each digit must pass through. More keep more of it."),
        )
        filters, _rest = st.columns([1, 2])
        field(
            "filters",
            filters,
            st.text_input,
            _("Filters"),
            help=_("Channels of each convolution, as 32, 64. Each halves the picture's side."),
        )
    return values, places  # fmt: skip


def _network_title(name: str) -> str:
    return {"tutorial": _("Tutorial autoencoder"), "unet": _("U-Net")}[name]


def _data_title(name: str) -> str:
    return {"bundled": _("Bundled digits"), "mnist": _("Full MNIST")}[name]


def _checked(values: dict[str, Any]) -> tuple[TrainConfig | None, str]:
    """Return the settings, or what is wrong with them, its field's name first."""
    try:
        config = _config(values)
        if (count := sizes.parameters(config)) > MAX_PARAMETERS:
            raise ConfigError(
                f"filters: expected a network of at most {MAX_PARAMETERS:,} parameters, "
                f"got {count:,}"
            )
        return config, ""
    except DenoiserError as error:
        return None, str(error)


def _config(values: dict[str, Any]) -> TrainConfig:
    kept = ("network", "data", "fresh_noise", "epochs", "batch_size", "learning_rate", "schedule",
            "seed")  # fmt: skip
    chosen = {name: values[name] for name in kept}
    if values["network"] == "tutorial":
        chosen |= {"filters": _filters(values["filters"]), "latent_dim": values["latent_dim"]}
    limit = values["limit"]
    return TrainConfig(
        **chosen,
        limit=None if limit == SIZES[values["data"]][0] else limit,
        noise_parameters={name: values[name] for name in ("mean", "std")},
    )


def _filters(text: str) -> tuple[int, ...]:
    parts = re.split(r"[,\s]+", text.strip())
    if not all(part.isdecimal() and 1 <= int(part) <= MAX_FILTER for part in parts):
        raise ConfigError(
            f"filters: expected numbers from 1 to {MAX_FILTER}, as 32, 64; got {text}"
        )
    return tuple(map(int, parts))


# What they would make


def _summary(config: TrainConfig | None, values: dict[str, Any], home: Home) -> bool:
    st.markdown(_(":orange[**Noisy**], as the network will see the digits"))
    preview = _preview(values["mean"], values["std"], values["seed"])
    st.image(preview, width="stretch", alt=_("Eight digits under this noise"))
    if config is not None:
        trained, validation = SIZES[config.data]
        duration = sizes.seconds(config, trained, rate(home), validation)
        parameters, time = _("parameters"), duration_text(duration)
        st.markdown(
            f"**{sizes.parameters(config):,}** {parameters} · "
            + _("about **{time}** on this computer").format(time=time)
        )
    return st.button(
        _("Start training"), type="primary", width="stretch", disabled=config is None,
        icon=":material/play_arrow:", key="train_start",
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=64)
def _preview(mean: float, std: float, seed: int) -> np.ndarray:
    clean = digits.bundled("test").clean[:PREVIEWED]
    noisy = add_noise(clean, np.random.default_rng(seed), mean=mean, std=std)
    pixels = np.rint(noisy * 255).astype(np.uint8).repeat(ZOOM, axis=1).repeat(ZOOM, axis=2)
    return np.concatenate([figures.side_by_side(row, ZOOM) for row in np.split(pixels, 2)])


def rate(home: Home) -> float:
    """Return how fast this machine trains, as `sizes.seconds` takes it: by the newest run."""
    for run in home.runs()[:10]:
        status, epochs = run.status(), run.history().epochs
        if status.state == "finished" and len(epochs) > 1:
            took = (epochs[-1].time - epochs[0].time) / (len(epochs) - 1)
            validation = SIZES.get(run.config.data, (0, 0))[1]
            once = replace(run.config, epochs=1)
            work = sizes.seconds(once, status.digits, 1.0, validation) - sizes.START_SECONDS
            if took > 0:
                return work / took
    return sizes.TYPICAL_RATE


def duration_text(seconds: float) -> str:
    """Say a duration the way one speaks: half a minute, 4 minutes, 2.5 hours."""
    if seconds < 45:
        return _("{count} seconds").format(count=max(5, round(seconds / 5) * 5))
    if seconds < 90:
        return _("a minute")
    if seconds < 5400:
        return _("{count} minutes").format(count=round(seconds / 60))
    return _("{count:.1f} hours").format(count=seconds / 3600)
