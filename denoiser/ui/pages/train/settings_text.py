"""The settings of a training in words: names of networks, numbers, and the summary of a run."""

from collections.abc import Mapping
from typing import Any

from denoiser.config import SETTINGS, TrainConfig, settings
from denoiser.runs.names import digits_text, number_text, setting_text
from denoiser.ui.session.noises import Noise
from denoiser.ui.session.text import _


def network_titles() -> dict[str, str]:
    """Return what pages call the networks, by name."""
    return {choice.value: _(choice.title) for choice in SETTINGS["network"].choices}


def summary(config: TrainConfig) -> str:
    """Return the line that says how a run was trained, as far as each setting has a say in it."""
    described = settings(type(config))
    said = [
        setting_text(setting, getattr(config, name), _)
        for name, setting in described.items()
        if setting.summary and setting.is_heeded_by(config.network)
    ]
    return " · ".join([digits_text(config, _), _noise(config), *said])


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
    return ", ".join(setting_text(SETTINGS[name], value, _) for name, value in changes.items())


def range_text(low: float, high: float) -> str:
    """Say which numbers a field takes."""
    text = _("{low} to {high} is possible.")
    return text.format(low=number_text(low), high=number_text(high))
