"""What the values of the form's fields stand for: settings from values, and values from settings.

A value is a setting's own, but for what a field shows in another way: numbers in a text, the
name of a choice of digits, and the noise as one.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from denoiser.config import WRONG_COUNT, Setting, TrainConfig, settings
from denoiser.data.digits import SIDE
from denoiser.errors import ConfigError, DenoiserError
from denoiser.models import sizes
from denoiser.runs import datasets
from denoiser.ui.pages.train.durations import SIZES, digit_counts
from denoiser.ui.pages.train.own_digits import OWN, choice_of, problem_of
from denoiser.ui.pages.train.settings_text import range_text
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.text import _, localized

HALVINGS = (SIDE & -SIDE).bit_length() - 1  # how often a picture's side can be halved


def heeded(kind: type[TrainConfig], network: str) -> dict[str, Setting]:
    """Return the settings that a network heeds, by name."""
    return {n: setting for n, setting in settings(kind).items() if setting.is_heeded_by(network)}


def values_of(config: TrainConfig) -> dict[str, Any]:
    """Return the values of the form's fields that stand for `config`, by name."""
    values = {
        name: _shown(setting, getattr(config, name))
        for name, setting in settings(type(config)).items()
    }
    data = choice_of(config.data)
    counts = digit_counts(config.data if data == OWN else data)
    count = counts[0] if counts else config.limit or datasets.MIN_DIGITS
    limit = min(config.limit or count, count)
    noise = Noise(config.noise, config.noise_parameters)
    return values | {"data": data, "limit": limit, "noise": noise}


def to_query(values: Mapping[str, Any], preset: Mapping[str, Any]) -> dict[str, str]:
    """Return the URL's parameters for a form's values: those that differ from a preset's.

    Args:
        values: By the field's name.
        preset: The values of the preset, at least of the same fields.
    """
    query = {name: str(value) for name, value in values.items()
             if value is not None and value != preset[name] and name != "noise"}  # fmt: skip
    noise: Noise = values["noise"]
    return query | noise.to_query()


def from_query(
    query: Mapping[str, str], kind: type[TrainConfig] = TrainConfig
) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the form's fields that a URL names, and the names that have none.

    Args:
        query: The URL's parameters; from anywhere.
        kind: The class of settings.
    """
    values: dict[str, Any] = {}
    for name, setting in settings(kind).items():
        if name in query:
            values[name] = _read(name, setting, query[name])
    noise = Noise.parse(query)
    refused = [name for name, value in values.items() if value is None] + noise.refused(query)
    return {name: v for name, v in values.items() if v is not None} | {"noise": noise}, refused


def _read(name: str, setting: Setting, text: str) -> Any:
    """Return the value of a field that a text names; None where it names none."""
    if name == "data":
        return text if text in (*SIZES, OWN) else None
    if setting.choices or setting.kind is bool:
        possible = [choice.value for choice in setting.choices] or [True, False]
        return next((value for value in possible if str(value) == text), None)
    try:
        read = text if setting.kind in (str, tuple) else setting.kind(text)
        return _shown(setting, setting.validate(name, _parsed(setting, read)))
    except (ValueError, OverflowError, ConfigError):
        return None


def _shown(setting: Setting, value: Any) -> Any:
    """Return a setting's value as its field has it."""
    choices = [choice.value for choice in setting.choices]
    if choices and value not in choices:
        return choices[0]
    if setting.kind is tuple:
        return ", ".join(map(str, value))
    return float(value) if setting.kind is float else value


def checked(
    values: Mapping[str, Any], kind: type[TrainConfig] = TrainConfig
) -> tuple[TrainConfig | None, dict[str, str]]:
    """Return the settings that a form's values stand for, or what is wrong with them.

    Args:
        values: By the field's name; numbers may be None, a tuple is text, `noise` is a `Noise`.
            Those of settings that the network does not heed may be missing.
        kind: The class of settings to make.

    Returns:
        The settings, None where they are impossible; and problems by the field's name.
    """
    chosen: dict[str, Any] = {}
    problems: dict[str, str] = {}
    counts = digit_counts(values["data"])
    for name, setting in heeded(kind, values["network"]).items():
        here = _narrowed(name, setting, counts)
        try:
            chosen[name] = here.validate(name, _parsed(here, values[name]))
        except ConfigError as error:
            problems[name] = _problem(here, error)
    if problem := problem_of(values["data"]):
        problems["data"] = problem
    if problems:
        return None, problems
    if counts and chosen["limit"] == counts[0]:
        chosen["limit"] = None
    noise = values["noise"]
    try:
        config = kind(**chosen, noise=noise.kind, noise_parameters=noise.parameters)
        count = sizes.parameters(config)
    except DenoiserError as error:  # what only the network itself knows
        return None, {error.field if error.field in chosen else "network": localized(error)}
    if count > sizes.MAX_PARAMETERS:
        text = _("{count:,} parameters are too many here: at most {most:,}.")
        return None, {"filters": text.format(count=count, most=sizes.MAX_PARAMETERS)}
    return config, {}


def _narrowed(name: str, setting: Setting, counts: tuple[int, int] | None) -> Setting:
    """Return a setting with the bounds that the side of a picture and the source of digits set."""
    if name == "filters":
        return replace(setting, most=HALVINGS)
    if name == "limit":
        most = counts[0] if counts else setting.maximum
        return replace(setting, minimum=datasets.MIN_DIGITS, maximum=most, is_optional=False)
    return setting


def _parsed(setting: Setting, value: Any) -> Any:
    """Return a field's value as its setting takes it: the numbers in a text as a tuple."""
    if setting.kind is not tuple:
        return value
    parts = re.split(r"[,\s]+", value.strip())
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _problem(setting: Setting, error: ConfigError) -> str:
    """Return what a field says of a value that its setting cannot have."""
    if error.code == WRONG_COUNT:
        halved = " → ".join(f"{SIDE / 2**i:g}" for i in range(HALVINGS + 2))
        return _("At most {most}, each halves the picture: {halved} is too many.").format(
            most=setting.most, halved=halved
        )
    if setting.minimum is None or setting.maximum is None:
        return localized(error)
    if setting.kind is tuple:
        return _("Whole numbers from 1 to {most}, as in 32, 64.").format(most=setting.maximum)
    return range_text(setting.minimum, setting.maximum)
