"""Write the README's table of noise kinds, which is made from their descriptions.

python tests/noise_table.py
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from denoiser.data.noise import KINDS, Kind, Parameter  # noqa: E402

README = ROOT / "README.md"
HEAD = "| `--noise` | what it is | parameters |\n|---|---|---|\n"


def table(kinds: Mapping[str, Kind] = KINDS) -> str:
    """Return the table in Markdown: a row a kind."""
    return HEAD + "".join(_row(kind) for kind in kinds.values())


def _row(kind: Kind) -> str:
    parameters = ", ".join(_described(parameter) for parameter in kind.parameters)
    return f"| `{kind.name}` | {kind.summary} | {parameters} |\n"


def _described(parameter: Parameter) -> str:
    ends = f"{parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}".rstrip()
    return f"`--noise-{parameter.name}` {ends} ({parameter.default:g})"


def main() -> None:
    """Put the table in the place of the one that the README has."""
    text = README.read_text(encoding="utf-8")
    written, found = re.subn(re.escape(HEAD) + r"(\|.*\n)*", lambda _: table(), text)
    assert found == 1, "expected one table of noise kinds in the README"
    README.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
