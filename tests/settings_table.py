"""Write the README's table of settings, which is made from their descriptions.

python tests/settings_table.py
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from denoiser.cli.flags import flag_of  # noqa: E402
from denoiser.config import SETTINGS, Setting, TrainConfig  # noqa: E402

README = ROOT / "README.md"
HEAD = "| flag | what it is | values | default |\n|---|---|---|---|\n"


def table(settings: Mapping[str, Setting] = SETTINGS, defaults: object = TrainConfig()) -> str:
    """Return the table in Markdown: a row a setting, its default from the attributes of one."""
    return HEAD + "".join(_rows(settings, defaults))


def _rows(settings: Mapping[str, Setting], defaults: object) -> Iterator[str]:
    for name, setting in settings.items():
        default = _text(getattr(defaults, name))
        yield f"| `{flag_of(name)}` | {setting.help} | {_values(setting)} | {default} |\n"


def _values(setting: Setting) -> str:
    if setting.kind is bool:
        return "yes, or no with `--no-…`"
    if setting.choices:
        return ", ".join(_text(choice.value) for choice in setting.choices)
    if setting.minimum is None:
        return "see below"
    numbers = f"{_text(setting.minimum)} to {_text(setting.maximum)} {setting.unit}".rstrip()
    return f"1 to {setting.most} numbers, {numbers} each" if setting.kind is tuple else numbers


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no", None: "all"}[value]
    if isinstance(value, tuple):
        return " ".join(map(_text, value))
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:,}" if isinstance(value, int) else f"`{value}`"


def main() -> None:
    """Put the table where the README has one."""
    text = README.read_text(encoding="utf-8")
    start = text.index(HEAD)
    end = re.compile(r"^(?!\|)", re.MULTILINE).search(text, start).start()
    README.write_text(text[:start] + table() + text[end:], encoding="utf-8")


if __name__ == "__main__":
    main()
