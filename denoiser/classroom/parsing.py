"""From the text of a lesson's file to a lesson.

The text opens with settings, TOML between two lines of `+++`, and goes on with sections, each
below a `## heading`; CONTRIBUTING.md describes the format. Knows neither files, pages nor
languages.
"""

import re
import tomllib
from collections.abc import Callable, Mapping

from denoiser.classroom.lesson import (
    PREDICTIONS,
    SECTIONS,
    Curve,
    Fact,
    Lesson,
    Prediction,
    Score,
    Setup,
)
from denoiser.classroom.tables import REQUIRED, Table
from denoiser.config import CLASSIFIER, DENOISERS, RECIPES, SETTINGS, TrainConfig, from_values
from denoiser.data.filters import FILTERS, NOISY
from denoiser.data.noise import kind_named
from denoiser.errors import DenoiserError, LessonError
from denoiser.models.store import BLUEPRINTS

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FENCE = "+++"
_PLACE = re.compile(r"\{(\w+)\}")
MAX_SHARES = 12
_OF_MODELS = ("read", "unread", "mse", "strokes", "val_loss")
_OF_LAYERS = ("noise_left", "read", "mse")  # what is measured of a fact that names a layer
_MODELS = tuple(name for name in BLUEPRINTS if name != CLASSIFIER)

Facts = Mapping[str, Fact]
Translate = Callable[[str], str]


def parse(text: str, name: str, translate: Translate = str) -> Lesson:
    """Make a lesson of a file's text.

    Args:
        text: The whole file.
        name: What the lesson is called in links.
        translate: Called with every text that people read, a paragraph at a time.

    Raises:
        LessonError: It is none; the message says which setting or section is wrong.
    """
    if not NAME.fullmatch(name):
        raise LessonError("expected a name of a-z, 0-9 and hyphens, got {name}", name=repr(name))
    start, fence, rest = text.replace("\r\n", "\n").partition(f"{_FENCE}\n")
    settings, end, body = rest.partition(f"\n{_FENCE}\n")
    if start or not fence or not end:
        raise LessonError("expected settings between two lines of {fence}", fence=_FENCE)
    try:
        table = Table(tomllib.loads(settings))
    except tomllib.TOMLDecodeError as error:
        raise LessonError("settings: {error}", error=error) from None
    facts = {fact: _fact(of) for fact, of in table.tables_by_name("facts").items()}
    training = _training(table.table("training")) if "training" in table.values else None
    shared, shares = _shares(table, training)
    lesson = Lesson(
        name=name,
        title=translate(table.text("title")),
        summary=translate(table.text("summary")),
        minutes=table.whole("minutes", 1, 60),
        prediction=_prediction(table.table("prediction"), facts, translate),
        setups=tuple(_setup(of, translate) for of in table.tables("setups")),
        is_inside=table.flag("inside"),
        training=training,
        shared=shared,
        shares=shares,
        facts=facts,
        sections=_sections(body, facts, translate),
    )
    table.finish()
    if not lesson.setups:
        raise LessonError("expected at least one of [[setups]]")
    return lesson


def _prediction(table: Table, facts: Facts, translate: Translate) -> Prediction:
    kind = table.one_of("kind", PREDICTIONS)
    question = _filled(translate(table.text("question")), facts)
    read = {"number": _number, "choice": _choice, "sketch": _sketch}[kind]
    prediction = read(question, table, facts, translate)
    table.finish()
    return prediction


def _number(question: str, table: Table, facts: Facts, translate: Translate) -> Prediction:
    low, high = table.number("low"), table.number("high")
    scores = {name: fact.value for name, fact in facts.items() if not isinstance(fact, Curve)}
    answer = scores[table.one_of("answer", tuple(scores))]
    if not low <= answer <= high or low >= high:
        raise LessonError(
            "prediction: expected low <= answer <= high, got {low:g}, {answer:g}, {high:g}",
            low=low,
            answer=answer,
            high=high,
        )
    unit = table.text("unit", "")
    unit = translate(unit) if unit else ""
    return Prediction("number", question, low, high, unit, answer=answer)


def _choice(question: str, table: Table, facts: Facts, translate: Translate) -> Prediction:
    choices = table.texts("choices")
    answer = table.text("answer")
    if answer not in choices:
        raise LessonError(
            "prediction.answer: expected one of the choices, got {answer}", answer=repr(answer)
        )
    translated = tuple(map(translate, choices))
    return Prediction("choice", question, choices=translated, answer=choices.index(answer))


def _sketch(question: str, table: Table, facts: Facts, translate: Translate) -> Prediction:
    high = table.number("high")
    curves = {name: fact.value for name, fact in facts.items() if isinstance(fact, Curve)}
    curve = curves[table.one_of("answer", tuple(curves))]
    if max(curve) > high:
        raise LessonError(
            "prediction.high: expected at least {max:g}, got {high:g}", max=max(curve), high=high
        )
    return Prediction("sketch", question, high=high, curve=curve)


def _setup(table: Table, translate: Translate) -> Setup:
    title = translate(table.text("title"))
    table.one_of("model", _MODELS, _MODELS[0])
    for name in ("digit", "seed"):
        if name in table.values:
            table.whole(name, 0, 2**32 - 1)
    noise, parameters = _noise(table)
    kept = {name: table.values[name] for name in ("model", "digit", "seed") if name in table.values}
    return Setup(title, kept | {"noise": noise} | parameters)


def _noise(table: Table) -> tuple[str, dict[str, float]]:
    """Take the kind of noise, and all that is left as its parameters."""
    noise = table.text("noise", "gaussian")
    try:
        return noise, kind_named(noise).validate(table.rest())
    except DenoiserError as error:
        raise LessonError("{place}noise: {error}", place=table.place, error=error) from None


def _fact(table: Table) -> Fact:
    layer = table.text("layer", "")
    measure = table.one_of("measure", _OF_LAYERS if layer else _OF_MODELS)
    tolerance = table.number("tolerance")
    if measure == "val_loss":
        curve, training = table.numbers("value"), _training(table.table("training"))
        table.finish()
        if len(curve) != training.epochs:
            raise LessonError("{place}value: expected a number for each epoch", place=table.place)
        return Curve(training, curve, tolerance)
    of = table.one_of("of", _MODELS if layer else (NOISY, *_MODELS, *FILTERS))
    off = _channels(table) if layer else ()
    value = table.number("value")
    noise, parameters = _noise(table)
    return Score(measure, of, noise, parameters, value, tolerance, layer, off)


def _channels(table: Table) -> tuple[int, ...]:
    off = table.take("off", (list,), "a list of channels", [])
    if not all(type(channel) is int and channel >= 0 for channel in off):
        raise LessonError("{place}off: expected a list of channels, from 0", place=table.place)
    return tuple(off)


def _training(table: Table) -> TrainConfig:
    recipe = RECIPES[table.one_of("recipe", tuple(RECIPES))]
    try:
        config = from_values(recipe, table.rest())
    except DenoiserError as error:
        raise LessonError("{place}{error}", place=table.place, error=error) from None
    if config.network not in DENOISERS:
        raise LessonError("{place}network: expected one that denoises", place=table.place)
    return config


def _shares(lesson: Table, training: TrainConfig | None) -> tuple[str, tuple[TrainConfig, ...]]:
    """Take the setting that students share out; return its name and a training for each value."""
    if "shares" not in lesson.values:
        return "", ()
    table = lesson.table("shares")
    if training is None:
        raise LessonError("shares: expected a [training] whose setting is shared out")
    name = table.one_of("setting", tuple(SETTINGS))
    values = table.take("values", (list,), "a list of values", REQUIRED)
    table.finish()
    if not 2 <= len(values) <= MAX_SHARES:
        raise LessonError(
            "{place}values: expected 2 to {most} values, got {count}",
            place=table.place, most=MAX_SHARES, count=len(values),
        )  # fmt: skip
    try:
        return name, tuple(from_values(training, {name: value}) for value in values)
    except DenoiserError as error:
        raise LessonError("{place}{error}", place=table.place, error=error) from None


def _sections(body: str, facts: Facts, translate: Translate) -> dict[str, str]:
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


def _filled(text: str, facts: Facts) -> str:
    def value(place: re.Match[str]) -> str:
        if (fact := facts.get(place[1])) is None:
            raise LessonError("{place}: expected the name of a fact", place=place[0])
        return f"{fact.value[-1] if isinstance(fact, Curve) else fact.value:g}"

    return _PLACE.sub(value, text)
