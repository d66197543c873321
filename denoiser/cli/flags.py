"""Flags that commands share: the settings of a training, noise, models and digits.

The flags of settings are made from `config.SETTINGS` and those of noise from `noise.KINDS`,
so that a setting or a kind that is added there is one here, too.
"""

import argparse
from collections.abc import Mapping
from typing import Any

from denoiser.cli.parser import Parser, one_of
from denoiser.config import RECIPES, SETTINGS, Setting
from denoiser.data.digits import SOURCES
from denoiser.data.noise import KINDS, Kind, kind_named, parameter_names

NOISE_PREFIX = "noise_"
DATA_HELP = f"{', '.join(SOURCES)}, or a file or folder: arrays, .csv, idx, pictures"
MODEL_HELP = (
    "a shipped model's name, a run's id or folder, with @N after its Nth epoch, "
    "or a .keras or .safetensors file"
)
MORE_HELP = {"data": DATA_HELP}  # what the terminal says of a setting besides its help
METAVARS = {int: "N", float: "X", str: "NAME", tuple: "N"}


def flag_of(name: str) -> str:
    """Return the flag of a setting, such as "--batch-size"."""
    return f"--{name.replace('_', '-')}"


def add_settings(
    parser: Parser,
    settings: Mapping[str, Setting] = SETTINGS,
    defaults: object = RECIPES["tutorial"],
) -> None:
    """Add a flag for each setting; a flag that is not given leaves no trace in the options.

    Args:
        parser: Of the command.
        settings: By the name of the field, as in `config.SETTINGS`.
        defaults: Where the values stand that the help shows, as attributes.
    """
    group = parser.add_argument_group(
        "settings, which replace those of the recipe (the tutorial's in brackets)"
    )
    for name, setting in settings.items():
        default = getattr(defaults, name, None)
        help = setting_help(setting, default, MORE_HELP.get(name, ""))
        group.add_argument(
            flag_of(name), dest=name, default=argparse.SUPPRESS,
            help=help.replace("%", "%%"), **_takes(setting),
        )  # fmt: skip


def _takes(setting: Setting) -> dict[str, Any]:
    """Return how argparse reads the flag of a setting."""
    if setting.kind is bool:
        return {"action": argparse.BooleanOptionalAction}
    if setting.choices:
        values = [choice.value for choice in setting.choices]
        return {"type": one_of(values), "metavar": METAVARS[setting.kind]}
    if setting.kind is tuple:
        return {"type": int, "nargs": "+", "metavar": METAVARS[tuple]}
    return {"type": setting.kind, "metavar": METAVARS[setting.kind]}


def setting_help(setting: Setting, default: Any, more: str = "") -> str:
    """Return what the terminal says of a setting: help, bounds, unit or choices, and default."""
    said = setting.help
    if setting.choices and setting.kind is not bool:
        more = " or ".join(str(choice.value) for choice in setting.choices)
    elif setting.minimum is not None and setting.maximum is not None:
        bounds = f"{_number(setting.minimum)} to {_number(setting.maximum)}"
        more = f"{bounds} {setting.unit}".rstrip()
    said += f" {more}" if more else ""
    return said if default is None else f"{said} ({_shown(default)})"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def setting_values(
    options: argparse.Namespace, settings: Mapping[str, Setting] = SETTINGS
) -> dict[str, Any]:
    """Return the settings that were given as flags, by name."""
    given = vars(options)
    return {name: given[name] for name in settings if name in given}


def add_noise(parser: Parser) -> None:
    """Add `--noise` and the parameters of every kind, which a table in the help explains."""
    group = parser.add_argument_group(
        "noise",
        "each parameter is a flag, as --noise-mean 0.3: from least to most (default)\n"
        + "\n".join(f"{kind.name:13} {_parameters(kind)}" for kind in KINDS.values()),
    )
    group.add_argument(
        "--noise", type=one_of(KINDS), default=argparse.SUPPRESS, metavar="KIND",
        help="one of these kinds",
    )  # fmt: skip
    for name in parameter_names():
        group.add_argument(
            f"--noise-{name}", dest=NOISE_PREFIX + name, type=float, metavar="X",
            default=argparse.SUPPRESS, help=argparse.SUPPRESS,
        )  # fmt: skip


def _parameters(kind: Kind) -> str:
    return ", ".join(
        f"{p.name} {p.minimum:g} to {p.maximum:g} ({p.default:g})" for p in kind.parameters
    )


def noise_parameters(options: argparse.Namespace) -> dict[str, float]:
    """Return the parameters of noise that were given as flags, by name."""
    given = vars(options)
    return {
        name: given[NOISE_PREFIX + name] for name in parameter_names()
        if NOISE_PREFIX + name in given
    }  # fmt: skip


def noise(options: argparse.Namespace) -> tuple[str, dict[str, float]]:
    """Return the kind of noise that was asked for, the tutorial's by default, and its parameters.

    Raises:
        ConfigError: A parameter that the kind does not have, or a value out of its range.
    """
    kind = getattr(options, "noise", RECIPES["tutorial"].noise)
    return kind, kind_named(kind).validate(noise_parameters(options))


def add_model(parser: Parser) -> None:
    """Add `--model`, which has to be given."""
    parser.add_argument(
        "--model", required=True, metavar="NAME",
        help=MODEL_HELP,
    )  # fmt: skip


def add_data(parser: Parser, default: str) -> None:
    """Add `--data`, where clean digits come from."""
    parser.add_argument(
        "--data", default=default, metavar="NAME", help=f"clean digits: {DATA_HELP} ({default})"
    )


def add_json(parser: Parser, what: str = "print JSON") -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help=what)
