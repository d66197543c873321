"""Settings from a TOML file, read one by one and checked.

Knows TOML's types, not what a lesson is.
"""

from collections.abc import Mapping
from typing import Any

from denoiser.errors import LessonError

REQUIRED = object()  # in place of a default


def _refused(message: str, table: "Table", name: str, **values: Any) -> LessonError:
    return LessonError(message, place=table.place, name=name, **values)


class Table:
    """A table of settings. What is wrong in it is reported by the setting's place in the file.

    Attributes:
        values: The settings by name.
        place: Where the table is, with a point at the end; "" for the file's top.
    """

    def __init__(self, values: Mapping[str, Any], place: str = "") -> None:
        self.values, self.place, self._read = values, place, set[str]()

    def take(self, name: str, kinds: tuple[type, ...], expected: str, default: Any) -> Any:
        """Return a setting of one of some types, or its default where it is missing.

        Args:
            name: Of the setting.
            kinds: The types that it may have, exactly.
            expected: These types in words.
            default: For a missing setting; `REQUIRED` for none.

        Raises:
            LessonError: It is missing and has no default, or is of another type. All
                methods here raise it.
        """
        self._read.add(name)
        value = self.values.get(name, default)
        if value is REQUIRED:
            raise _refused(
                "{place}{name}: expected {expected}, got nothing", self, name, expected=expected
            )
        if value is not default and (type(value) not in kinds):
            raise _refused(
                "{place}{name}: expected {expected}, got {value}",
                self, name, expected=expected, value=repr(value),
            )  # fmt: skip
        return value

    def text(self, name: str, default: object = REQUIRED) -> str:
        """Return a text."""
        return str(self.take(name, (str,), "a text", default))

    def number(self, name: str) -> float:
        """Return a number."""
        return float(self.take(name, (int, float), "a number", REQUIRED))

    def flag(self, name: str) -> bool:
        """Return whether something is so; it is not where nothing is said."""
        return bool(self.take(name, (bool,), "true or false", False))

    def whole(self, name: str, low: int, high: int) -> int:
        """Return a whole number in [low, high]."""
        value = self.take(name, (int,), f"a whole number from {low} to {high}", REQUIRED)
        if not low <= value <= high:
            raise _refused(
                "{place}{name}: expected a whole number from {low} to {high}, got {value}",
                self, name, low=low, high=high, value=value,
            )  # fmt: skip
        return int(value)

    def one_of(self, name: str, allowed: tuple[str, ...], default: object = REQUIRED) -> str:
        """Return one of the allowed texts."""
        value = self.text(name, default)
        if value not in allowed:
            raise _refused(
                "{place}{name}: expected one of {expected}, got {value}",
                self, name, expected=", ".join(allowed), value=repr(value),
            )  # fmt: skip
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of at least two texts."""
        values = self.take(name, (list,), "a list of texts", REQUIRED)
        if len(values) < 2 or not all(isinstance(value, str) for value in values):
            raise _refused(
                "{place}{name}: expected two texts or more, got {values}",
                self, name, values=repr(values),
            )  # fmt: skip
        return tuple(values)

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return a list of at least two numbers."""
        values = self.take(name, (list,), "a list of numbers", REQUIRED)
        if len(values) < 2 or not all(type(value) in (int, float) for value in values):
            raise _refused(
                "{place}{name}: expected two numbers or more, got {values}",
                self, name, values=repr(values),
            )  # fmt: skip
        return tuple(map(float, values))

    def table(self, name: str) -> "Table":
        """Return a table inside this one."""
        values = self.take(name, (dict,), f"a table [{self.place}{name}]", REQUIRED)
        return Table(values, f"{self.place}{name}.")

    def tables(self, name: str) -> "list[Table]":
        """Return a list of tables."""
        values = self.take(name, (list,), f"tables [[{name}]]", REQUIRED)
        if not all(isinstance(value, dict) for value in values):
            raise _refused(
                "{place}{name}: expected tables [[{name}]], got {values}",
                self, name, values=repr(values),
            )  # fmt: skip
        return [Table(value, f"{name}[{i}].") for i, value in enumerate(values)]

    def tables_by_name(self, name: str) -> "dict[str, Table]":
        """Return the tables inside a table; none where that is missing."""
        if name not in self.values:
            return {}
        tables = self.table(name)
        return {key: tables.table(key) for key in tables.values}

    def rest(self) -> dict[str, Any]:
        """Return the settings that have not been read yet."""
        rest = {name: value for name, value in self.values.items() if name not in self._read}
        self._read.update(rest)
        return rest

    def finish(self) -> None:
        """Refuse settings that have not been read: there are none of such a name."""
        if rest := self.rest():
            raise LessonError(
                "{value}: unknown settings {rest}",
                value=self.place.rstrip(".") or "lesson",
                rest=sorted(rest),
            )
