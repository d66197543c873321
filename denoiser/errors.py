"""The errors a user can meet. Each says in a sentence what happened, why, and what to do.

    DenoiserError
    ├── ConfigError      a setting that is no valid value for its field
    ├── DigitsError      digits that cannot be found, read or used
    ├── NetworkError     an architecture that cannot be built
    ├── ModelError       a model that is missing, damaged or does not fit
    ├── RunError         a run that cannot be found, started, resumed or read
    ├── EngineError      heavy work that cannot be carried out
    ├── LessonError      a lesson's file that is none
    └── ClassroomError   answers of a class that cannot be kept or read

Anything else that is raised is a bug of ours, not a mistake of the user's.
"""

from collections.abc import Callable, Mapping
from typing import Any

MAX_LETTERS = 1000


class DenoiserError(Exception):
    """Base of every error whose message is written for the user, who sees its beginning.

    What came is often part of it, and a file may say a megabyte where a word is expected.
    The message is for people alone: programs ask for `code` and `field`. What only those need who
    look for the cause, such as shapes and what another library said, goes into `detail`.

    Two errors of any classes are equal when they say the same.

    Args:
        message: In English, with {names} where values belong; without values its
            braces are its own.
        code: A word for programs that treat this problem in a way of its own; "" for most.
        field: The setting or option that has to change; "" where none has.
        detail: The technical part, as it is: in English, with no {names}. Pages fold it, the
            terminal says it on a line of its own. Without one it is that of the errors among
            the values.
        values: What belongs there. An error of ours among them is translated with the
            message; what is neither number nor text is turned into text.
    """

    def __init__(
        self, message: str = "", *, code: str = "", field: str = "", detail: str = "",
        **values: Any,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.code, self.field = code, field
        self.values = {
            name: value if isinstance(value, (int, float, str, DenoiserError)) else str(value)
            for name, value in values.items()
        }
        inner = [value for value in values.values() if isinstance(value, DenoiserError)]
        self.detail: str = _shortened(detail or "\n".join(filter(None, (e.detail for e in inner))))
        if self.detail:
            self.add_note(self.detail)  # for who reads a traceback

    @classmethod
    def about(cls, what: str) -> Callable[..., "DenoiserError"]:
        """Return a function that makes such errors, each of which says first what it is about."""

        def made(message: str, **values: Any) -> DenoiserError:
            problem = DenoiserError(message, **values)
            return cls("{what}: {problem}", code=problem.code, field=problem.field,
                       what=what, problem=problem)  # fmt: skip

        return made

    def localized(self, translate: Callable[[str], str]) -> str:
        """Return the message in another language.

        Args:
            translate: Gets the message as it was written, with {names}.
        """
        values = {
            name: value.localized(translate) if isinstance(value, DenoiserError) else value
            for name, value in self.values.items()
        }
        message = self.args[0] and translate(self.args[0])  # gettext gives its header for ""
        return _shortened(message.format(**values) if values else message)

    def to_json(self) -> dict[str, Any]:
        """Return the message, its values, code, field and detail as JSON can hold them."""
        values = {k: v.to_json() if isinstance(v, DenoiserError) else v
                  for k, v in self.values.items()}  # fmt: skip
        return {
            "message": self.args[0], "values": values, "code": self.code, "field": self.field,
            "detail": self.detail,
        }  # fmt: skip

    @staticmethod
    def from_json(written: Mapping[str, Any]) -> "DenoiserError":
        """Return the error that `to_json` wrote, also in earlier versions.

        Only for what this lab wrote itself: a message is a format, which can do harm.
        """
        values: dict[str, Any] = {
            k: DenoiserError.from_json(v) if isinstance(v, dict) else v
            for k, v in written["values"].items()
        }
        others = {name: written.get(name, "") for name in ("code", "field", "detail")}
        return DenoiserError(written["message"], **others, **values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DenoiserError) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.args, self.code, self.field))

    def __str__(self) -> str:
        return self.localized(str)


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_LETTERS else f"{text[:MAX_LETTERS]}…"


class ConfigError(DenoiserError):
    """A setting that is no valid value for its field."""


class DigitsError(DenoiserError):
    """Digits that cannot be found, read or used."""


class NetworkError(DenoiserError):
    """An architecture that cannot be built from its settings."""


class ModelError(DenoiserError):
    """A model that is missing, damaged or does not fit its network."""


class RunError(DenoiserError):
    """A run that cannot be found, started, resumed or read."""


class EngineError(DenoiserError):
    """Heavy work that cannot be carried out."""


class LessonError(DenoiserError):
    """A file of a lesson that does not make one."""


class ClassroomError(DenoiserError):
    """Answers of a class that cannot be kept or read."""
