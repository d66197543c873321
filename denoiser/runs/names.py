"""What runs are called: the name that somebody gave one, else what its settings have of their own.

The name lies in the run's folder, in a file of its own: its trainer writes the status at any
moment. Texts are translated by what a caller hands over; pages know the language, this module
does not.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from denoiser.config import RECIPES, SETTINGS, Setting, TrainConfig, from_values, settings
from denoiser.data.noise import KINDS
from denoiser.errors import RunError
from denoiser.files.atomic import write_whole
from denoiser.models.store import BLUEPRINTS
from denoiser.runs.run import Run

FILE = "name.txt"
MAX_LETTERS = 60
MOST_SAID = 4  # a run that differs in more is nobody's recipe; its page says them all
SEPARATOR = " · "
Translate = Callable[[str], str]


def given(run: Run) -> str:
    """Return the name that somebody gave a run, a line of plain text; "" for none."""
    try:
        text = (run.folder / FILE).read_text(encoding="utf-8")
    except (OSError, ValueError):  # none, or none that can be read
        return ""
    return cleaned(text)[:MAX_LETTERS]


def rename(run: Run, name: str) -> None:
    """Give a run a name; "" takes it away, so that it is called by its settings again.

    Raises:
        RunError: The name is longer than `MAX_LETTERS`.
        OSError: It cannot be written.
    """
    text = cleaned(name)
    if len(text) > MAX_LETTERS:
        raise RunError(
            "A training's name has at most {most} letters; this one has {count}.",
            most=MAX_LETTERS, count=len(text),
        )  # fmt: skip
    if text:
        write_whole(run.folder / FILE, text.encode())
    else:
        (run.folder / FILE).unlink(missing_ok=True)


def cleaned(name: str) -> str:
    """Return a name as one line: without what cannot be seen or turns the writing around."""
    shown = (" " if c.isspace() else c for c in name if c.isspace() or _is_shown(c))
    return re.sub(" +", " ", "".join(shown)).strip()


def _is_shown(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "C"


def name_of(run: Run, translate: Translate = str) -> str:
    """Return what a run is called.

    Raises:
        RunError: Its settings or its status cannot be read.
    """
    return given(run) or title(run.config, translate, is_loaded=run.status().loaded)


def title(config: TrainConfig, translate: Translate = str, *, is_loaded: bool = False) -> str:
    """Return the recipe that is nearest and what differs from it: "Tutorial · latent 4 · 8 epochs".

    Args:
        config: Of the run.
        translate: Gets each text in English.
        is_loaded: Whether its weights came from a file: then of its settings only the
            network's are known.
    """
    described = settings(type(config))
    if is_loaded:
        network = _network_title(config.network, translate)
        first = translate("From a file: {network}").format(network=network)
        names = [n for n, setting in described.items() if setting.row == described["network"].row]
        base = type(config)(network=config.network)
        return SEPARATOR.join([first, *_differences(config, base, names, translate)])
    recipe = min(RECIPES, key=lambda name: _distance(config, RECIPES[name]))
    differing = [*_differences(config, RECIPES[recipe], [*described], translate)]
    if (
        dict(config.noise_parameters) != KINDS["gaussian"].validate({})
        or config.noise != "gaussian"
    ):
        differing.append(_noise_text(config, translate))
    more = ["…"] if len(differing) > MOST_SAID else []
    return SEPARATOR.join([recipe_title(recipe, translate), *differing[:MOST_SAID], *more])


def network_text(config: TrainConfig, translate: Translate = str) -> str:
    """Return a run's network with all that makes it: "Tutorial autoencoder · latent 4 · ..."."""
    described = settings(type(config))
    of_network = [
        setting_text(setting, getattr(config, name), translate)
        for name, setting in described.items()
        if setting.row == described["network"].row
        and name != "network"
        and setting.is_heeded_by(config.network)
    ]
    return SEPARATOR.join([_network_title(config.network, translate), *of_network])


def _network_title(network: str, translate: Translate) -> str:
    titles = {choice.value: choice.title for choice in SETTINGS["network"].choices}
    return translate(titles.get(network) or BLUEPRINTS[network].title)


def recipe_title(recipe: str, translate: Translate = str) -> str:
    """Return what people call a recipe."""
    titles = {
        "tutorial": translate("Tutorial"),
        "device": translate("Quick, small"),
        "quick": translate("Quick"),
        "fast": translate("Fast"),
        "sprint": translate("Sprint"),
        "best": translate("Best"),
    }
    return titles.get(recipe, recipe)


def _distance(config: TrainConfig, recipe: TrainConfig) -> tuple[bool, int]:
    """Return how far a recipe is; a network is not made of another one by settings."""
    differing = _differences(config, recipe, [*settings(type(config))], str)
    return config.network != recipe.network, len(differing)


def _differences(
    config: TrainConfig, base: TrainConfig, names: Sequence[str], translate: Translate
) -> list[str]:
    """Say those settings in `names` that the network heeds and that are others in `base`."""
    described, base = settings(type(config)), from_values(type(config)(), vars(base))
    said: dict[str, None] = {}  # each once, in their order
    for name in names:
        setting, value = described[name], getattr(config, name)
        if value == getattr(base, name) or not setting.is_heeded_by(config.network):
            continue
        is_digits = name in ("data", "limit")  # said as one
        text = (
            digits_text(config, translate) if is_digits else setting_text(setting, value, translate)
        )
        said[text] = None
    return [*said]


def digits_text(config: TrainConfig, translate: Translate = str) -> str:
    """Return on what a run is trained: "1,500 bundled digits"."""
    titles = {"bundled": translate("bundled digits"), "mnist": translate("MNIST")}
    source = titles.get(config.data, translate("own digits"))
    return f"{config.limit:,} {source}" if config.limit else source


def _noise_text(config: TrainConfig, translate: Translate) -> str:
    kind = KINDS[config.noise]
    defaults = kind.validate({})
    changed = [
        f"{translate(p.title).lower()} {config.noise_parameters[p.name]:g}"
        for p in kind.parameters if config.noise_parameters[p.name] != defaults[p.name]
    ]  # fmt: skip
    return ", ".join([translate(kind.title).lower(), *changed])


def setting_text(setting: Setting, value: Any, translate: Translate = str) -> str:
    """Return a setting with its value: "latent 4"."""
    chosen = {choice.value: choice.title for choice in setting.choices}.get(value)
    text = translate(chosen).lower() if chosen else number_text(value)
    if setting.summary:
        return translate(setting.summary).format(value=text)
    return f"{translate(setting.title).lower()} {text}"


def number_text(number: Any) -> str:
    """Write a number, or several, as people do, without an exponent; anything else as it is."""
    if isinstance(number, tuple):
        return ", ".join(map(number_text, number))
    if isinstance(number, float):
        return f"{number:.7f}".rstrip("0").rstrip(".")
    return (
        f"{number:,}" if isinstance(number, int) and not isinstance(number, bool) else str(number)
    )
