"""Settings that are shared out: what tells them apart, and what a student makes of their share."""

from collections.abc import Sequence
from dataclasses import replace

from denoiser.config import SETTINGS, TrainConfig
from denoiser.data.noise import KINDS
from denoiser.runs import names
from denoiser.ui.session.text import _

CHANCES = 1000  # seeds, of which each student has one


def of_student(config: TrainConfig, student: str) -> TrainConfig:
    """Return a student's settings: those of their share, with a seed of their own.

    With one seed for all, devices of one share would draw the same curve, bit by bit.

    Args:
        config: Of the share.
        student: Their `student_key`.
    """
    most = int(SETTINGS["seed"].bounds[1])
    return replace(config, seed=(config.seed + int(student[:8], 16) % CHANCES) % (most + 1))


def labels(settings: Sequence[TrainConfig]) -> list[str]:
    """Return what tells each of some settings from the others, in words: "latent 4".

    Where nothing does, there is one, and it is called by all its settings.
    """
    differing = [name for name in SETTINGS if len({getattr(c, name) for c in settings}) > 1]
    said = [
        [_setting_text(config, name) for name in differing]
        + [
            f"{_(parameter.title).lower()} {config.noise_parameters[parameter.name]:g}"
            for parameter in KINDS[config.noise].parameters
            if len({other.noise_parameters.get(parameter.name) for other in settings}) > 1
        ]
        for config in settings
    ]
    return [
        ", ".join(parts) or names.title(config, _)
        for parts, config in zip(said, settings, strict=True)
    ]


def _setting_text(config: TrainConfig, name: str) -> str:
    if name == "limit":
        return names.digits_text(config, _)
    return names.setting_text(SETTINGS[name], getattr(config, name), _)
