"""Lessons: what a class is asked, predicts, tries and is shown, read from files and checked.

A lesson is a Markdown file that opens with its settings, TOML between two lines
of `+++`, and goes on with its sections, each below a `## heading`. Whoever adds a
file to the folder adds a lesson; CONTRIBUTING.md describes the format.

No text states a figure about a model itself: it names one of the lesson's facts,
`{like_this}`, and a fact says how it is measured (a curve's last value), so that whoever runs
tests/test_lessons.py knows whether it is true. Knows neither pages nor languages.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from denoiser import assets
from denoiser.config import CLASSIFIER, DENOISERS, RECIPES, TrainConfig, from_values
from denoiser.data.filters import FILTERS, NOISY
from denoiser.data.noise import kind_named
from denoiser.errors import DenoiserError, LessonError
from denoiser.models.store import BLUEPRINTS

FOLDER = assets.LESSONS
SECTIONS = ("question", "experiment", "reveal", "discussion", "teacher")
PREDICTIONS = ("number", "choice", "sketch")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FENCE = "+++"
_PLACE = re.compile(r"\{(\w+)\}")
_MODELS = tuple(name for name in BLUEPRINTS if name != CLASSIFIER)
_REQUIRED = object()


@dataclass(frozen=True)
class Setup:
    """One way the live panel can stand.

    Attributes:
        title: On its button.
        settings: `model`, `digit`, `seed`, `noise` and the noise's parameters, by name;
            what is missing takes its default.
    """

    title: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """A fact: what a model or filter scores on the held-out digits under a noise.

    Attributes:
        measure: "read" or "unread", per cent that the classifier reads right or wrong, "mse",
            or "strokes", per cent of blank pages on which it paints one.
        of: A shipped model's or a filter's name, or "noisy" for the untouched pictures.
        noise: The kind's name.
        parameters: All of the kind's parameters.
        value: What it is.
        tolerance: How far a measurement may be from `value`.
    """

    measure: str
    of: str
    noise: str
    parameters: Mapping[str, float]
    value: float
    tolerance: float


@dataclass(frozen=True)
class Curve:
    """A fact: `val_loss` after each epoch of a training.

    Attributes:
        config: What is trained, and how.
        value: One number an epoch.
        tolerance: How far a measurement may be from each, as a share of it.
    """

    config: TrainConfig
    value: tuple[float, ...]
    tolerance: float


@dataclass(frozen=True)
class Prediction:
    """What a student says before seeing.

    Attributes:
        kind: "number", "choice", or "sketch" of a curve.
        question: Asked beside the field.
        low, high: Of a number; a sketch ends at `high`, and begins at 0.
        unit: Of a number.
        choices: Texts to choose from; () for others.
        answer: What is true: a number, the place of a choice, or a curve.
    """

    kind: str
    question: str
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    choices: tuple[str, ...] = ()
    answer: float | tuple[float, ...] = 0.0


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes:
        name: In links; the file's, without its number.
        title, summary: On the list of lessons.
        minutes: How long it takes.
        prediction: What is predicted.
        setups: Ways the live panel can stand, the first one first; at least one.
        training: The settings of a training to start; None where there is none.
        facts: By the name that stands for them in texts.
        sections: Markdown by the names in `SECTIONS`, facts filled in.
    """

    name: str
    title: str
    summary: str
    minutes: int
    prediction: Prediction
    setups: tuple[Setup, ...]
    training: TrainConfig | None
    facts: Mapping[str, Score | Curve]
    sections: Mapping[str, str]


def lessons(
    folder: Path = FOLDER, translate: Callable[[str], str] = str
) -> tuple[list[Lesson], list[LessonError]]:
    """Read all lessons of a folder, in the order of their files' names.

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
    """Read one lesson.

    Raises:
        LessonError: It is none; the message names the file, the place, what was
            expected and what came.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), re.sub(r"^\d+-", "", path.stem), translate)
    except (OSError, UnicodeDecodeError, DenoiserError) as error:
        raise LessonError("{file}: {error}", file=path.name, error=error) from None


def parse(text: str, name: str, translate: Callable[[str], str] = str) -> Lesson:
    """Make a lesson of a file's text.

    Args:
        text: The whole file.
        name: What the lesson is called in links.
        translate: Gets every text that people read, a paragraph at a time.

    Raises:
        LessonError: It is none.
    """
    if not NAME.fullmatch(name):
        raise LessonError("expected a name of a-z, 0-9 and hyphens, got {name}", name=repr(name))
    start, fence, rest = text.replace("\r\n", "\n").partition(f"{_FENCE}\n")
    settings, end, body = rest.partition(f"\n{_FENCE}\n")
    if start or not fence or not end:
        raise LessonError("expected settings between two lines of {fence}", fence=_FENCE)
    try:
        table = _Table(tomllib.loads(settings))
    except tomllib.TOMLDecodeError as error:
        raise LessonError("settings: {error}", error=error) from None
    facts = {fact: _fact(of) for fact, of in table.tables_by_name("facts")}
    lesson = Lesson(
        name=name,
        title=translate(table.text("title")),
        summary=translate(table.text("summary")),
        minutes=table.whole("minutes", 1, 60),
        prediction=_prediction(table.table("prediction"), facts, translate),
        setups=tuple(_setup(of, translate) for of in table.tables("setups")),
        training=_training(table.table("training", None)),
        facts=facts,
        sections=_sections(body, facts, translate),
    )
    table.finish()
    if not lesson.setups:
        raise LessonError("expected at least one of [[setups]]")
    return lesson


# Parts


class _Table:
    """A table of settings; says which of them is wrong, and which nobody asked for."""

    def __init__(self, values: Mapping[str, Any], place: str = "") -> None:
        self.values, self.place, self._asked = values, place, set[str]()

    def take(self, name: str, kinds: tuple[type, ...], expected: str, default: Any) -> Any:
        self._asked.add(name)
        value = self.values.get(name, default)
        if value is _REQUIRED:
            raise LessonError(
                "{place}{name}: expected {expected}, got nothing",
                place=self.place,
                name=name,
                expected=expected,
            )
        if value is not default and (type(value) not in kinds):
            raise LessonError(
                "{place}{name}: expected {expected}, got {value}",
                place=self.place,
                name=name,
                expected=expected,
                value=repr(value),
            )
        return value

    def text(self, name: str, default: Any = _REQUIRED) -> str:
        return self.take(name, (str,), "a text", default)

    def number(self, name: str, default: Any = _REQUIRED) -> float:
        return self.take(name, (int, float), "a number", default)

    def whole(self, name: str, low: int, high: int) -> int:
        value = self.take(name, (int,), f"a whole number from {low} to {high}", _REQUIRED)
        if not low <= value <= high:
            raise LessonError(
                "{place}{name}: expected a whole number from {low} to {high}, got {value}",
                place=self.place,
                name=name,
                low=low,
                high=high,
                value=value,
            )
        return value

    def one_of(self, name: str, allowed: tuple[str, ...], default: Any = _REQUIRED) -> str:
        value = self.text(name, default)
        if value not in allowed:
            expected = ", ".join(allowed)
            raise LessonError(
                "{place}{name}: expected one of {expected}, got {value}",
                place=self.place,
                name=name,
                expected=expected,
                value=repr(value),
            )
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.take(name, (list,), "a list of texts", _REQUIRED)
        if len(values) < 2 or not all(isinstance(value, str) for value in values):
            raise LessonError(
                "{place}{name}: expected two texts or more, got {values}",
                place=self.place,
                name=name,
                values=repr(values),
            )
        return tuple(values)

    def numbers(self, name: str) -> tuple[float, ...]:
        values = self.take(name, (list,), "a list of numbers", _REQUIRED)
        if len(values) < 2 or not all(type(value) in (int, float) for value in values):
            raise LessonError(
                "{place}{name}: expected two numbers or more, got {values}",
                place=self.place,
                name=name,
                values=repr(values),
            )
        return tuple(map(float, values))

    def table(self, name: str, default: Any = _REQUIRED) -> Any:
        value = self.take(name, (dict,), f"a table [{self.place}{name}]", default)
        return value if value is default else _Table(value, f"{self.place}{name}.")

    def tables(self, name: str) -> "list[_Table]":
        values = self.take(name, (list,), f"tables [[{name}]]", _REQUIRED)
        if not all(isinstance(value, dict) for value in values):
            raise LessonError(
                "{place}{name}: expected tables [[{name}]], got {values}",
                place=self.place,
                name=name,
                values=repr(values),
            )
        return [_Table(value, f"{name}[{i}].") for i, value in enumerate(values)]

    def tables_by_name(self, name: str) -> "list[tuple[str, _Table]]":
        tables = self.table(name, None)
        return [(key, tables.table(key)) for key in tables.values] if tables else []

    def rest(self) -> dict[str, Any]:
        """Return the settings that nobody has asked for yet."""
        rest = {name: value for name, value in self.values.items() if name not in self._asked}
        self._asked.update(rest)
        return rest

    def finish(self) -> None:
        if rest := self.rest():
            raise LessonError(
                "{value}: nobody knows {rest}", value=self.place or "settings", rest=sorted(rest)
            )


def _prediction(
    table: _Table, facts: Mapping[str, Score | Curve], translate: Callable[[str], str]
) -> Prediction:
    kind = table.one_of("kind", PREDICTIONS)
    question = _filled(translate(table.text("question")), facts)
    if kind == "number":
        low, high = float(table.number("low")), float(table.number("high"))
        answer = _answer(table, facts, Score)
        if not low <= answer <= high or low >= high:
            raise LessonError(
                "prediction: expected low <= answer <= high, got {low:g}, {answer:g}, {high:g}",
                low=low,
                answer=answer,
                high=high,
            )
        unit = table.text("unit", "")
        made = Prediction(kind, question, low, high, translate(unit) if unit else "", (), answer)
    elif kind == "choice":
        choices = table.texts("choices")
        answer = table.text("answer")
        if answer not in choices:
            raise LessonError(
                "prediction.answer: expected one of the choices, got {answer}", answer=repr(answer)
            )
        made = Prediction(
            kind, question, choices=tuple(map(translate, choices)), answer=choices.index(answer)
        )
    else:
        high, answer = float(table.number("high")), _answer(table, facts, Curve)
        if max(answer) > high:
            raise LessonError(
                "prediction.high: expected at least {max:g}, got {high:g}",
                max=max(answer),
                high=high,
            )
        made = Prediction(kind, question, high=high, answer=answer)
    table.finish()
    return made


def _answer(table: _Table, facts: Mapping[str, Score | Curve], kind: type) -> Any:
    known = tuple(name for name, fact in facts.items() if isinstance(fact, kind))
    return facts[table.one_of("answer", known)].value


def _setup(table: _Table, translate: Callable[[str], str]) -> Setup:
    title = translate(table.text("title"))
    table.one_of("model", _MODELS, _MODELS[0])
    for name in ("digit", "seed"):
        if name in table.values:
            table.whole(name, 0, 2**32 - 1)
    noise, parameters = _noise(table)
    kept = {name: table.values[name] for name in ("model", "digit", "seed") if name in table.values}
    return Setup(title, kept | {"noise": noise} | parameters)


def _noise(table: _Table) -> tuple[str, dict[str, float]]:
    """Take the kind of noise, and all that is left as its parameters."""
    noise = table.text("noise", "gaussian")
    try:
        return noise, kind_named(noise).validate(table.rest())
    except DenoiserError as error:
        raise LessonError("{place}noise: {error}", place=table.place, error=error) from None


def _fact(table: _Table) -> Score | Curve:
    measure = table.one_of("measure", ("read", "unread", "mse", "strokes", "val_loss"))
    tolerance = float(table.number("tolerance"))
    if measure == "val_loss":
        value, training = table.numbers("value"), _training(table.table("training"))
        table.finish()
        if training is None or len(value) != training.epochs:
            raise LessonError("{place}value: expected a number for each epoch", place=table.place)
        return Curve(training, value, tolerance)
    of = table.one_of("of", (NOISY, *_MODELS, *FILTERS))
    value = float(table.number("value"))
    noise, parameters = _noise(table)
    return Score(measure, of, noise, parameters, value, tolerance)


def _training(table: _Table | None) -> TrainConfig | None:
    if table is None:
        return None
    recipe = RECIPES[table.one_of("recipe", tuple(RECIPES))]
    try:
        config = from_values(recipe, table.rest())
    except DenoiserError as error:
        raise LessonError("{place}{error}", place=table.place, error=error) from None
    if config.network not in DENOISERS:
        raise LessonError("{place}network: expected one that denoises", place=table.place)
    return config


def _sections(
    body: str, facts: Mapping[str, Score | Curve], translate: Callable[[str], str]
) -> dict[str, str]:
    start, *parts = re.split(r"^## +(.+?) *\n", body, flags=re.MULTILINE)
    names = [heading.lower() for heading in parts[::2]]
    if start.strip() or names != list(SECTIONS):
        expected = ", ".join(f"## {name.capitalize()}" for name in SECTIONS)
        raise LessonError(
            "expected the sections {expected} in this order, got {names}",
            expected=expected,
            names=names,
        )
    sections = {}
    for name, text in zip(names, parts[1::2], strict=True):
        paragraphs = re.split(r"\n{2,}", text.strip())
        if not paragraphs[0]:
            raise LessonError(
                "## {capitalize}: expected some text, got nothing", capitalize=name.capitalize()
            )
        sections[name] = "\n\n".join(_filled(translate(p), facts) for p in paragraphs)
    return sections


def _filled(text: str, facts: Mapping[str, Score | Curve]) -> str:
    def value(place: re.Match[str]) -> str:
        if (fact := facts.get(place[1])) is None:
            raise LessonError("{place}: expected the name of a fact", place=place[0])
        return f"{fact.value if isinstance(fact, Score) else fact.value[-1]:g}"

    return _PLACE.sub(value, text)
