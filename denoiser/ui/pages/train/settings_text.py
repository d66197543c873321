"""The settings of a training in words: names of networks, numbers, and the summary of a run."""

from collections.abc import Mapping
from typing import Any

from denoiser.config import SETTINGS, Setting, TrainConfig, settings
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.text import _


def network_titles() -> dict[str, str]:
    """Return what pages call the networks, by name."""
    return {choice.value: _(choice.title) for choice in SETTINGS["network"].choices}


def summary(config: TrainConfig) -> str:
    """Return the line that says how a run was trained, as far as each setting has a say in it."""
    described = settings(type(config))
    said = [
        _said(setting, getattr(config, name))
        for name, setting in described.items()
        if setting.summary and setting.is_heeded_by(config.network)
    ]
    return " · ".join([_digits(config), _noise(config), *said])


def _digits(config: TrainConfig) -> str:
    count = f"{config.limit:,} " if config.limit else ""
    titles = {"bundled": _("bundled digits"), "mnist": _("MNIST")}
    return count + titles.get(config.data, _("own digits"))


def _noise(config: TrainConfig) -> str:
    if config.growing_noise:
        drawn = _("fresh and growing") if config.fresh_noise else _("fixed and growing")
    else:
        drawn = _("fresh") if config.fresh_noise else _("fixed")
    noise = Noise(config.noise, config.noise_parameters).text
    return _("noise: {noise}, {fresh}").format(noise=noise, fresh=drawn)


def changes_text(changes: Mapping[str, Any]) -> str:
    """Say the settings that are to be changed, by name, and what they will be."""
    if changes == {"data": "bundled"}:
        return _("the bundled digits")
    return ", ".join(_said(SETTINGS[name], value) for name, value in changes.items())


def _said(setting: Setting, value: Any) -> str:
    title = {choice.value: choice.title for choice in setting.choices}.get(value)
    text = _(title).lower() if title else number_text(value)
    template = _(setting.summary) if setting.summary else f"{_(setting.title).lower()} {{value}}"
    return template.format(value=text)


def range_text(low: float, high: float) -> str:
    """Say which numbers a field takes."""
    text = _("{low} to {high} is possible.")
    return text.format(low=number_text(low), high=number_text(high))


def number_text(number: Any) -> str:
    """Write a number as people do, without an exponent; anything else as it is."""
    if isinstance(number, float):
        return f"{number:.7f}".rstrip("0").rstrip(".")
    return f"{number:,}" if isinstance(number, int) else str(number)
