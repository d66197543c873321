"""A section of a program: lines of code, and the layer of the network that each belongs to."""

import json
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

WIDTH = 100
TITLES = {
    "imports": "Imports",
    "digits": "Digits",
    "noise": "Noise",
    "shifts": "Shifts",
    "network": "Network",
    "weights": "Weights",
    "training": "Training",
    "result": "Result",
}


@dataclass(frozen=True)
class Section:
    """Lines of code that do one thing.

    Attributes:
        name: A key of `TITLES`; unlike any other in the program.
        lines: Of code, without line ends.
        layers: The layer that each line belongs to, None for none; () where no line has one.
    """

    name: str
    lines: tuple[str, ...]
    layers: tuple[str | None, ...] = ()

    @classmethod
    def of(cls, name: str, *texts: str) -> Self:
        """Make a section of texts; between two of them stands an empty line, or more.

        Args:
            name: As the attribute.
            *texts: Lines of code; "" leaves nothing behind. Before and after functions and
                classes there are two empty lines, as Python's style guide has it.
        """
        written = [text.strip("\n") for text in texts if text.strip("\n")]
        lines: list[str] = []
        for before, text in zip(["", *written], written, strict=False):
            gap = 2 if _defines(before) or _defines(text) else 1
            lines += [""] * (gap if before else 0) + text.split("\n")
        return cls(name, tuple(lines))

    @property
    def title(self) -> str:
        """What it is called, for people."""
        return TITLES[self.name]

    @property
    def source(self) -> str:
        """The lines as one text, without a line end after the last."""
        return "\n".join(self.lines)

    def lines_of(self, layer: str) -> tuple[int, ...]:
        """Return the lines that belong to a layer, from 1."""
        return tuple(i for i, owner in enumerate(self.layers, 1) if owner == layer)

    def layer_of(self, line: int) -> str | None:
        """Return the layer that a line belongs to, from 1; None where it belongs to none."""
        return self.layers[line - 1] if 1 <= line <= len(self.layers) else None


def _defines(text: str) -> bool:
    first = next((line for line in text.split("\n") if not line.startswith("#")), "")
    return first.startswith(("def ", "class "))


def commented(text: str) -> str:
    """Return a text as lines of comment."""
    return textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ")


def quoted(text: str) -> str:
    """Return a text as Python writes it, in double quotes."""
    return json.dumps(text)


def tuple_of(values: Iterable[object]) -> str:
    """Return a tuple of values as Python writes it, by `repr`."""
    return repr(tuple(values))
