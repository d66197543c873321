"""The program of a training: Keras and NumPy code that runs without the lab.

A training's network, digits, noise and steps are written as the code that a teacher would
write, in sections, each of which is a cell of a notebook. It runs from start to end where only
TensorFlow, Keras and NumPy are installed. The same settings give the same text, and every
number in it is the lab's to the last bit. This module runs nothing and knows no TensorFlow;
`tests/nn/test_code_runs.py` holds that what it writes does what the lab does.

    section   a section: lines of code, and which layer each belongs to
    network   the layers
    noise     a kind of noise, in NumPy
    training  digits, weights, training, and what comes out
    notebook  the same as a notebook
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from denoiser.config import CLASSIFIER, SETTINGS, TrainConfig
from denoiser.models import architectures, layers
from denoiser.models.code import network, noise, notebook, training
from denoiser.models.code.section import TITLES, Section
from denoiser.models.layers import Layer

__all__ = ["TITLES", "Program", "Section", "of_config", "program"]

KERAS = "3.15"  # the least version that is known to do
CELL = "# %% "  # begins a section of a .py file; editors show cells there


@dataclass(frozen=True)
class Program:
    """A program, in sections.

    Attributes:
        name: Of its file, without suffix: ASCII letters, digits, ".", "_" and "-".
        title: What it is, in a line.
        about: What is to know before it runs, in lines of Markdown.
        sections: In the order in which they run.
    """

    name: str
    title: str
    about: tuple[str, ...]
    sections: tuple[Section, ...]

    def section(self, name: str) -> Section:
        """Return the section called `name`; raise `KeyError` where there is none."""
        return {section.name: section for section in self.sections}[name]

    def lines_of(self, layer: str) -> tuple[int, ...]:
        """Return the lines of section "network" that belong to a layer, from 1; () for none."""
        return self.section("network").lines_of(layer)

    def layer_of(self, line: int) -> str | None:
        """Return the layer that a line of section "network" belongs to; None for none.

        Args:
            line: From 1.
        """
        return self.section("network").layer_of(line)

    @property
    def python(self) -> str:
        """The program as the text of a `.py` file."""
        about = "\n".join(self.about)
        parts = [f'"""{self.title}.\n\n{about}\n"""\n\n']
        for section in self.sections:
            parts.append(f"{CELL}{section.title}\n{section.source}\n")
            parts.append("\n" if section.name == "imports" else "\n\n")
        return "".join(parts[:-1])

    @property
    def notebook(self) -> str:
        """The program as the text of an `.ipynb` file: a cell of code a section."""
        return notebook.written(self.title, self.about, self.sections)


def of_config(config: TrainConfig, name: str = "model") -> Program:
    """Write the program of a training, or of a model that was trained so.

    Args:
        config: Settings of the training.
        name: Of the model: its weights are looked for in `<name>.safetensors`.

    Raises:
        NetworkError: Settings the architecture cannot have.

    Example:
        >>> print(of_config(TrainConfig(), "tutorial").section("network").lines[6])
        x = layers.Conv2D(32, 3, strides=2, padding="same", name="encoder_conv_1")(inputs)
    """
    return program(architectures.layers_of(config), config, name)


def program(made_of: Sequence[Layer], config: TrainConfig, name: str = "model") -> Program:
    """Write the program of a network of any layers, trained as `config` says.

    Args:
        made_of: The network; digits go in, and digits or, for the classifier, classes come out.
        config: Settings of the training; those that only describe a network are not heeded.
        name: As `of_config` has it.

    Raises:
        ValueError: The layers make no network (see `layers.place`).
    """
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "model"
    is_classifier = config.network == CLASSIFIER
    sections = (
        training.digits(config),
        training.shifts(config) if is_classifier else noise.section(config),
        network.section(made_of, config.network, config.seed, training.momentum(config)),
        training.weights(stem),
        training.training(config),
        training.result(config),
    )
    return Program(
        stem,
        f"{_title(config.network)} in Keras: {layers.parameters(made_of):,} parameters",
        (
            "Written by Denoising Lab. It runs as it stands, after",
            f'`pip install tensorflow "keras>={KERAS}" numpy`.',
        ),
        (training.imports(sections), *sections),
    )


def _title(name: str) -> str:
    choices = {choice.value: choice.title for choice in SETTINGS["network"].choices}
    return choices.get(name, "Digit classifier")
