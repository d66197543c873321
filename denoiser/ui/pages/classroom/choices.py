"""What a class is to train: where its settings start from, and what differs.

One setting may have several values, which are shared out: each student has one of them. All that
is possible is known before it starts, and said beside the field.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from denoiser.classroom.trainings import MAX_EPOCHS, MAX_SHARES
from denoiser.config import RECIPES, SETTINGS, Setting, TrainConfig
from denoiser.data.noise import KINDS, Parameter
from denoiser.errors import ConfigError, DenoiserError
from denoiser.models import sizes
from denoiser.runs import datasets
from denoiser.ui.pages.train.durations import SIZES
from denoiser.ui.pages.train.form import KEY
from denoiser.ui.pages.train.form_values import checked, heeded
from denoiser.ui.pages.train.own_digits import source_of
from denoiser.ui.pages.train.settings_text import range_text
from denoiser.ui.session.device import SOURCE, why_not
from denoiser.ui.session.text import _, localized

DEVICE, TUTORIAL, FORM = "device", "tutorial", "form"
NOTHING, NOISE = "", "std"
# Small enough for a minute on a tablet, large enough that latent sizes differ in what they reach.
BASES = {
    TUTORIAL: replace(RECIPES["tutorial"], data=SOURCE, limit=1500, epochs=4),
    DEVICE: RECIPES["device"],
}
EXAMPLES = {
    "latent_dim": "4, 16, 64",
    "learning_rate": "0.0001, 0.001, 0.01",
    "limit": "100, 500, 1500",
    "epochs": "1, 2, 4, 8",
    "batch_size": "8, 32, 128",
    NOISE: "0.25, 0.5, 1",
}
_SEPARATORS = re.compile(r"[\s,;，、；]+")


def base_titles() -> dict[str, str]:
    """Return what settings can start from, by name; the form's where this visitor has one."""
    titles = {
        TUTORIAL: _("The tutorial's network, fewer digits"),
        DEVICE: _("Quick: a small U-Net"),
    }
    if KEY.format("network") in st.session_state:
        titles[FORM] = _("As set on the Train page")
    return titles


def base_config(name: str) -> tuple[TrainConfig | None, str]:
    """Return the settings that a name of `base_titles` stands for, or why a class has none."""
    if name != FORM:
        return BASES[name], ""
    fields = {field: st.session_state.get(KEY.format(field)) for field in (*SETTINGS, "noise")}
    config, _problems = checked(fields | {"data": source_of(str(fields["data"]))})
    if config is None:
        return None, _("The Train page's form has a red line: mend it there first.")
    if reason := why_not(config):
        return None, reason
    if config.epochs > MAX_EPOCHS:
        return None, _("A class trains for at most {most} epochs.").format(most=MAX_EPOCHS)
    return config, _too_large(config)


def difference_titles(base: TrainConfig) -> dict[str, str]:
    """Return what can differ from student to student, by name; `NOTHING` first."""
    said = {NOTHING: _("Nothing: all train the same")}
    described = heeded(type(base), base.network)
    said |= {name: _(described[name].title) for name in EXAMPLES if name in described}
    return said | ({NOISE: _("Strength of the noise (std)")} if _std(base) else {})


def shared_out(base: TrainConfig, name: str, text: str) -> tuple[list[TrainConfig], str]:
    """Return the settings that are shared out, or what is wrong with the values.

    Args:
        base: All of them but for what differs.
        name: What differs, of `difference_titles(base)`.
        text: Its values, as somebody typed them.

    Returns:
        One for each value, in their order, each once; and the problem, "" for none.
    """
    if name == NOTHING:
        return [base], ""
    parts = [*dict.fromkeys(filter(None, _SEPARATORS.split(text)))]
    if not 1 <= len(parts) <= MAX_SHARES:
        return [], _("1 to {most} values are possible.").format(most=MAX_SHARES)
    try:
        shares = [_with(base, name, part) for part in parts]
    except (ValueError, OverflowError, ConfigError):
        return [], _possible(base, name)
    except DenoiserError as error:  # what only the network itself knows
        return [], localized(error)
    problem = next(filter(None, map(_too_large, shares)), "")
    return ([], problem) if problem else (_each_once(shares), "")


def _each_once(settings: Sequence[TrainConfig]) -> list[TrainConfig]:
    return [config for i, config in enumerate(settings) if config not in settings[:i]]


def _with(base: TrainConfig, name: str, part: str) -> TrainConfig:
    """Return the base with one value of what differs.

    Raises:
        ValueError: It is no number.
        ConfigError: What differs cannot have this value.
    """
    if name == NOISE:
        return replace(base, noise_parameters={**base.noise_parameters, NOISE: float(part)})
    setting = _narrowed(name)
    return replace(base, **{name: setting.validate(name, setting.kind(part))})


def _possible(base: TrainConfig, name: str) -> str:
    bounds = (_std(base) if name == NOISE else None) or _narrowed(name)
    low, high = bounds.minimum, bounds.maximum
    assert low is not None, f"expected {name} to have bounds"
    assert high is not None, f"expected {name} to have bounds"
    return range_text(low, high)


def _std(base: TrainConfig) -> Parameter | None:
    return next((p for p in KINDS[base.noise].parameters if p.name == NOISE), None)


def _narrowed(name: str) -> Setting:
    """Return a setting with the bounds that it has on a device of a class."""
    setting = SETTINGS[name]
    if name == "epochs":
        return replace(setting, maximum=MAX_EPOCHS)
    if name == "limit":
        return replace(setting, minimum=datasets.MIN_DIGITS, maximum=SIZES[SOURCE][0])
    return setting


def _too_large(config: TrainConfig) -> str:
    """Return what is wrong with a network of more numbers than the lab keeps; "" for nothing."""
    count = sizes.parameters(config)
    if count <= sizes.MAX_PARAMETERS:
        return ""
    text = _("{count:,} parameters are too many here: at most {most:,}.")
    return text.format(count=count, most=sizes.MAX_PARAMETERS)
