"""The lessons in a folder: a file more is a lesson more.

A file that is no lesson hides no other: what is wrong with it is returned beside the lessons.
Knows neither pages nor languages.
"""

import re
from collections.abc import Callable
from pathlib import Path

from denoiser import assets
from denoiser.classroom import parsing
from denoiser.classroom.lesson import Lesson
from denoiser.errors import DenoiserError, LessonError

FOLDER = assets.LESSONS


def lessons(
    folder: Path = FOLDER, translate: Callable[[str], str] = str
) -> tuple[list[Lesson], list[LessonError]]:
    """Read all lessons of a folder, in the order of their files' names.

    Args:
        folder: Of Markdown files, one a lesson.
        translate: Called with every text that people read, a paragraph at a time.

    Returns:
        Those that can be read, and what is wrong with the others.
    """
    found: list[Lesson] = []
    problems: list[LessonError] = []
    for path in sorted(folder.glob("*.md")):
        try:
            found.append(read(path, translate))
        except LessonError as error:
            problems.append(error)
    return found, problems


def read(path: Path, translate: Callable[[str], str] = str) -> Lesson:
    """Read one lesson; the arguments are a file and those of `lessons`.

    Raises:
        LessonError: It is none; the message names the file, the place, what was expected
            and what is there.
    """
    try:
        return parsing.parse(
            path.read_text(encoding="utf-8"), re.sub(r"^\d+-", "", path.stem), translate
        )
    except (OSError, UnicodeDecodeError, DenoiserError) as error:
        raise LessonError(
            "The lesson in {file} is left out: there is a mistake in its file. Who wrote it reads "
            "in the details what is wrong where.",
            file=path.name, detail=getattr(error, "strerror", None) or str(error),
        ) from None  # fmt: skip
