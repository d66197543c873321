"""`code`: a training, or a model, as a program that runs without the lab."""

import argparse
from pathlib import Path

from denoiser.cli import flags, inputs
from denoiser.cli.parser import Parser, one_of
from denoiser.config import RECIPES
from denoiser.files.atomic import write_whole
from denoiser.models import code
from denoiser.models.code import Program

PYTHON, NOTEBOOK = ".py", ".ipynb"


def add(parser: Parser) -> None:
    """Add the command."""
    made = parser.add_command(
        "code", _code, "Write the Keras program of a recipe or a model: it runs without the lab.",
        details="Without -o, the program is printed. It needs TensorFlow, Keras and NumPy.",
    )  # fmt: skip
    source = made.add_mutually_exclusive_group()
    source.add_argument(
        "--recipe", type=one_of(RECIPES), default="tutorial", metavar="NAME",
        help=f"settings of the training: {', '.join(RECIPES)} (tutorial)",
    )  # fmt: skip
    source.add_argument("--model", metavar="NAME", help=flags.MODEL_HELP)
    made.add_argument(
        "--notebook", action="store_true",
        help="a Jupyter notebook in place of a script; a name that ends in .ipynb says so, too",
    )  # fmt: skip
    made.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help=f"{PYTHON} or {NOTEBOOK} file to write"
    )


def _code(options: argparse.Namespace) -> None:
    output: Path | None = options.output
    is_notebook = options.notebook or (output and output.suffix.lower() == NOTEBOOK)
    if output:
        inputs.check_writable(output, {NOTEBOOK if is_notebook else PYTHON})
    program = _program(options)
    text = program.notebook if is_notebook else program.python
    if output:
        write_whole(output, text.encode())
        print(f"{program.title}: {output}")
    else:
        print(text, end="")


def _program(options: argparse.Namespace) -> Program:
    if options.model is None:
        return code.of_config(RECIPES[options.recipe], options.recipe)
    model = inputs.find_model(options.model)
    return code.of_config(model.config, model.name)
