"""Lessons: what a file must hold, and that no shipped lesson lies."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from activations import activations

from denoiser import metrics
from denoiser.classroom import lessons, parsing
from denoiser.classroom.lesson import SECTIONS, Curve, Score
from denoiser.config import CLASSIFIER, RECIPES
from denoiser.data import digits
from denoiser.data.filters import NOISY
from denoiser.data.noise import add_noise
from denoiser.errors import LessonError
from denoiser.jobs import comparison
from denoiser.nn import inference
from denoiser.nn.training import train
from denoiser.ui.session import device, state
from denoiser.ui.session.noises import PARAMETERS

SETTINGS = """
title = "A title"
summary = "A summary"
minutes = 5

[prediction]
kind = "number"
question = "How many?"
low = 0
high = 100
answer = "read"

[facts.read]
measure = "read"
of = "noisy"
value = 10
tolerance = 1

[[setups]]
title = "A set-up"
"""
BODY = "\n\n".join(f"## {name.capitalize()}\n\nText of {name}." for name in SECTIONS)
SHIPPED, PROBLEMS = lessons.lessons()
FACTS = [
    pytest.param(fact, id=f"{lesson.name}-{name}")
    for lesson in SHIPPED
    for name, fact in lesson.facts.items()
]
STROKE_PIXELS = 10


def file(settings=SETTINGS, body=BODY):
    return f"+++\n{settings}\n+++\n{body}\n"


def parsed(**changes):
    return parsing.parse(file(**changes), "a-lesson")


# The format


def test_a_file_is_read_whole():
    lesson = parsed(body=BODY.replace("Text of reveal.", "It is {read}.\n\nSo there."))
    assert (lesson.name, lesson.title, lesson.minutes) == ("a-lesson", "A title", 5)
    assert lesson.prediction.answer == 10
    assert lesson.sections["reveal"] == "It is 10.\n\nSo there."
    assert lesson.sections["teacher"] == "Text of teacher."
    assert lesson.setups[0].settings == {"noise": "gaussian", "mean": 0.5, "std": 0.5}
    assert lesson.training is None


def test_every_text_that_people_read_is_translated_a_paragraph_at_a_time():
    asked = []

    def translate(text):
        asked.append(text)
        return text.upper()

    body = BODY.replace("Text of reveal.", "It is {read}.\n\nSo there.")
    lesson = parsing.parse(file(body=body.replace("{read}", "ten")), "a-lesson", translate)
    assert {"A title", "A summary", "How many?", "A set-up", "It is ten.", "So there."} <= set(
        asked
    )
    assert lesson.sections["reveal"] == "IT IS TEN.\n\nSO THERE."
    assert "" not in asked


def test_windows_line_ends_make_no_difference():
    assert parsing.parse(file().replace("\n", "\r\n"), "a-lesson") == parsed()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "A title"', "", "title: expected a text, got nothing"),
        ('title = "A title"', "title = 5", "title: expected a text, got 5"),
        ("minutes = 5", "minutes = 0", "minutes: expected a whole number from 1 to 60, got 0"),
        ("minutes = 5", "minutes = true", "minutes: expected a whole number"),
        ("minutes = 5", "minutes = 5\ncolour = 1", "unknown settings ['colour']"),
        ('kind = "number"', 'kind = "song"', "prediction.kind: expected one of number"),
        ("low = 0", "low = 50", "expected low <= answer <= high, got 50, 10, 100"),
        ('answer = "read"', 'answer = "raed"', "prediction.answer: expected one of read"),
        ('measure = "read"', 'measure = "beauty"', "facts.read.measure: expected one of read"),
        ('of = "noisy"', 'of = "magic"', "facts.read.of: expected one of noisy"),
        ("value = 10", "value = 10\nstdd = 1", "facts.read.noise: gaussian noise"),
        ("value = 10", "value = 10\nstd = 7", "expected a number from 0 to 1, got 7"),
        ("value = 10", 'value = "10"', "facts.read.value: expected a number, got '10'"),
        ("[[setups]]", "[setups]", "expected tables [[setups]]"),
        ('title = "A set-up"', 'title = "A"\nmodel = "m"', "setups[0].model: expected one of"),
        ('title = "A set-up"', 'title = "A"\ndigit = -1', "setups[0].digit: expected a whole"),
        ("minutes = 5", "minutes = = 5", "settings: "),
        ("[[setups]]", '[training]\nrecipe = "slow"\n[[setups]]', "training.recipe: expected one"),
        (
            "[[setups]]",
            '[training]\nrecipe = "quick"\nepochs = 0\n[[setups]]',
            "training.epochs: expected a whole number from 1",
        ),
        ("[[setups]]", "[shares]\n[[setups]]", "shares: expected a [training]"),
        *[
            (
                "[[setups]]",
                f'[training]\nrecipe = "quick"\n[shares]\n{shares}\n[[setups]]',
                f"shares{said}",
            )
            for shares, said in [
                ('setting = "colour"\nvalues = [1, 2]', ".setting: expected one of network"),
                ('setting = "epochs"', ".values: expected a list of values, got nothing"),
                ('setting = "epochs"\nvalues = [1]', ".values: expected 2 to 12 values, got 1"),
                ('setting = "epochs"\nvalues = [1, 0]', ".epochs: expected a whole number from 1"),
                ('setting = "epochs"\nvalues = [1, "2"]', ".epochs: expected a whole number"),
                ('setting = "epochs"\nvalues = [1, 2]\nmore = 1', ": unknown settings"),
            ]
        ],
    ],
)
def test_what_is_wrong_with_settings_is_said(old, new, said):
    assert old in SETTINGS
    with pytest.raises(LessonError, match=re.escape(said)):
        parsed(settings=SETTINGS.replace(old, new, 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected settings between two lines of +++"),
        (f"Hello\n{file()}", "expected settings between two lines of +++"),
        (file().replace("\n+++\n## ", "\n## "), "expected settings between two lines"),
        (
            file(body=BODY.replace("## Reveal", "## Answer")),
            "expected the sections ## Question",
        ),
        (file(body=f"Hello\n{BODY}"), "expected the sections"),
        (file(body=BODY.replace("Text of reveal.", "")), "## Reveal: expected some text"),
        (
            file(body=BODY.replace("Text of reveal.", "{raed}")),
            "{raed}: expected the name of a fact",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text, said):
    with pytest.raises(LessonError, match=re.escape(said)):
        parsing.parse(text, "a-lesson")


def test_one_bad_file_hides_no_other(tmp_path):
    (tmp_path / "10-good.md").write_text(file())
    (tmp_path / "20-bad.md").write_text("nothing")
    (tmp_path / "30-binary.md").write_bytes(b"\xff\xfe")
    (tmp_path / "40-Name!.md").write_text(file())
    found, problems = lessons.lessons(tmp_path)
    assert [lesson.name for lesson in found] == ["good"]
    assert [problem.values["file"] for problem in problems] == [
        "20-bad.md", "30-binary.md", "40-Name!.md",
    ]  # fmt: skip


def test_shares_are_the_training_with_one_setting_changed():
    settings = '[training]\nrecipe = "device"\n[shares]\nsetting = "limit"\nvalues = [50, 100]\n'
    lesson = parsed(settings=SETTINGS.replace("[[setups]]", f"{settings}[[setups]]"))
    assert lesson.shared == "limit"
    assert lesson.shares == tuple(replace(RECIPES["device"], limit=n) for n in (50, 100))
    assert parsed().shares == ()


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.name)
def test_what_a_lesson_trains_can_be_trained_on_a_device(lesson):
    for config in (lesson.training, *lesson.shares):
        if config:
            assert device.why_not(config) == ""
            assert not device.is_hopeless(config)


def test_a_choice_knows_its_answer():
    settings = (
        SETTINGS.replace('"number"', '"choice"')
        .replace("low = 0\nhigh = 100", "")
        .replace('answer = "read"', 'choices = ["more", "less"]\nanswer = "less"')
    )
    prediction = parsed(settings=settings).prediction
    assert prediction.choices == ("more", "less")
    assert prediction.answer == 1
    with pytest.raises(LessonError, match="one of the choices, got 'lots'"):
        parsed(settings=settings.replace('answer = "less"', 'answer = "lots"'))


# What is shipped


def test_all_shipped_lessons_can_be_read():
    assert not PROBLEMS
    assert len({lesson.name for lesson in SHIPPED}) == len(SHIPPED) >= 5


@pytest.mark.parametrize("lesson", SHIPPED, ids=lambda lesson: lesson.name)
def test_a_shipped_lesson_sets_the_panel_up_as_it_says(lesson):
    models = ["tutorial", "unet", "unet-any", "plain"]
    for setup in lesson.setups:
        parsed = state.Settings.parse(setup.settings, models)
        for name, value in setup.settings.items():
            found = parsed.noise.kind if name == "noise" else getattr(parsed, name, None)
            if name in PARAMETERS:
                found = parsed.noise.parameters[name]
            assert found == value


@cache
def measured(of, noise, parameters):
    return comparison.measure(of, noise, dict(parameters)).scores


def strokes(fact):
    """Return the per cent of blank pages under noise on which a model paints a stroke."""
    blank = np.zeros((500, 28, 28), np.float32)
    noisy = add_noise(blank, np.random.default_rng(comparison.SEED), fact.noise, **fact.parameters)
    answers = inference.denoise(inference.load_keras(fact.of), noisy)
    return 100 * ((answers > 0.5).sum(axis=(1, 2)) >= STROKE_PIXELS).mean()


def found_inside(fact):
    """Measure a fact on a layer: its noise, or the answers while channels of it are zero."""
    clean = digits.bundled("test").clean
    rng = np.random.default_rng(comparison.SEED)
    noisy = add_noise(clean, rng, fact.noise, **fact.parameters)
    if fact.measure == "noise_left":
        with_noise, without = (activations(fact.of, x)[fact.layer] for x in (noisy, clean))
        return 100 * np.linalg.norm(with_noise - without) / np.linalg.norm(without)

    def switched_off(numbers):
        numbers[..., list(fact.off)] = 0
        return numbers

    answers = activations(fact.of, noisy, fact.layer, switched_off)["denoised"][..., 0]
    if fact.measure == "mse":
        return np.square(answers - clean).mean()
    probabilities = inference.classify(inference.load_keras(CLASSIFIER), answers)
    return 100 * metrics.reading_accuracy(digits.bundled("test").labels, probabilities)


def found_by(fact):
    if fact.layer:
        return found_inside(fact)
    if fact.measure == "strokes":
        return strokes(fact)
    scores = measured(fact.of, fact.noise, tuple(fact.parameters.items()))
    if fact.measure == "mse":
        return scores.mse
    read = 100 * scores.reading_accuracy
    return read if fact.measure == "read" else 100 - read


@pytest.mark.slow
@pytest.mark.parametrize("fact", FACTS)
def test_what_a_lesson_says_is_true(fact):
    if isinstance(fact, Score):
        assert found_by(fact) == pytest.approx(fact.value, abs=fact.tolerance)
    else:
        assert isinstance(fact, Curve)
        _, history = train(fact.config, digits.bundled("train"), digits.bundled("test"))
        early = len(fact.value) // 2  # processors round differently, which a high rate enlarges
        first, last = history.val_loss[:early], history.val_loss[early:]
        assert first == pytest.approx(fact.value[:early], rel=4 * fact.tolerance)
        assert last == pytest.approx(fact.value[early:], rel=fact.tolerance)


@pytest.mark.parametrize("fact", FACTS)
def test_a_facts_tolerance_leaves_no_room_for_a_lie(fact):
    if isinstance(fact, Curve):
        most = 0.2
    else:
        most = {"mse": 0.1 * fact.value, "strokes": 5, "noise_left": 3}.get(fact.measure, 2)
    assert 0 < fact.tolerance <= most


def test_no_lesson_states_a_reading_accuracy_that_is_no_fact():
    for path in sorted(Path(lessons.FOLDER).glob("*.md")):
        body = path.read_text(encoding="utf-8").split("+++\n")[2]
        assert not re.findall(r"\d+(?:\.\d+)?(?: of 100| ?%| per cent)", body), path.name


def test_untouched_pictures_are_among_the_contestants():
    assert NOISY == comparison.NOISY
