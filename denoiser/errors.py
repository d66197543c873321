"""The errors a user can meet. Each message says what was expected and what came.

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

MAX_LETTERS = 1000


class DenoiserError(Exception):
    """Base of every error whose message is written for the user, who sees its beginning.

    What came is often part of it, and a file may say a megabyte where a word is expected.
    """

    def __str__(self) -> str:
        text = super().__str__()
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
