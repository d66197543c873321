"""What a lesson is: what a class is asked, predicts, tries and is shown.

No text states a figure about a model itself: it names one of the lesson's facts,
`{like_this}`, and a fact says how it is measured, so that tests/classroom/test_lessons.py can
measure it again. Knows neither files nor pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from denoiser.config import TrainConfig

SECTIONS = ("question", "experiment", "reveal", "discussion", "teacher")
PREDICTIONS = ("number", "choice", "sketch")


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
            "strokes", per cent of blank pages on which it paints one, or "noise_left", how much
            of a layer's output is noise: per cent of what it is for the clean digits.
        of: A shipped model's or a filter's name, or "noisy" for the untouched pictures.
        noise: The kind's name.
        parameters: All of the kind's parameters.
        value: What it is.
        tolerance: How far a measurement may be from `value`.
        layer: Of the model, by its name: what "noise_left" is of; "" where it is of none.
        off: Channels of that layer that are zero meanwhile, from 0.
    """

    measure: str
    of: str
    noise: str
    parameters: Mapping[str, float]
    value: float
    tolerance: float
    layer: str = ""
    off: tuple[int, ...] = ()


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


Fact = Score | Curve


@dataclass(frozen=True)
class Prediction:
    """What a student says before seeing.

    Attributes:
        kind: "number", "choice", or "sketch" of a curve.
        question: Asked beside the field.
        low, high: Of a number; a sketch ends at `high`, and begins at 0.
        unit: Of a number.
        choices: Texts to choose from; () for others.
        answer: What is true: a number, or the place of a choice, from 0.
        curve: What is true of a sketch: one number an epoch; () for others.
    """

    kind: str
    question: str
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    choices: tuple[str, ...] = ()
    answer: float = 0.0
    curve: tuple[float, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes:
        name: In links; the file's, without its number.
        title, summary: On the list of lessons.
        minutes: How long it takes.
        prediction: What is predicted.
        setups: Ways the live panel can stand, the first one first; at least one.
        is_inside: Whether the network is open below the panel.
        training: The settings of a training to start; None where there is none.
        shares: The same with one setting changed, for the students of a class to share out; ()
            where all train the same.
        shared: The name of that setting; "" for none.
        facts: By the name that stands for them in texts.
        sections: Markdown by the names in `SECTIONS`, facts filled in.
    """

    name: str
    title: str
    summary: str
    minutes: int
    prediction: Prediction
    setups: tuple[Setup, ...]
    is_inside: bool
    training: TrainConfig | None
    shared: str
    shares: tuple[TrainConfig, ...]
    facts: Mapping[str, Fact]
    sections: Mapping[str, str]
