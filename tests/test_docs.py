"""What the README and CONTRIBUTING say is true: commands, flags, numbers, dependencies, links."""

import argparse
import re
import shlex
from pathlib import Path

import noise_table
import pytest
import settings_table

from denoiser import __version__, assets
from denoiser.cli import flags
from denoiser.cli import main as command_line
from denoiser.config import CLASSIFIER, RECIPES
from denoiser.data.filters import FILTERS, NOISY
from denoiser.data.noise import KINDS
from denoiser.jobs import comparison
from denoiser.models import store as models

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
START = "pip install -r requirements.txt && streamlit run app.py"
INSTALL = "pip install . && denoiser app"
TEST = "pip install -r requirements.txt -r tests/requirements.txt && pytest"
COMMANDS = [name for name in command_line.parser().commands if name != "engine"]
DENOISERS = [name for name in models.BLUEPRINTS if name != CLASSIFIER]


def requirements(file):
    """The lines of a requirements file that name packages, without comments."""
    lines = (line.split("#")[0].strip() for line in (ROOT / file).read_text().splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def package(line):
    return re.split(r"[=<>!~; ]", line)[0]


def rows(text):
    """The rows of all tables in Markdown, as lists of cells without code marks."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`*") for cell in line.strip("|").split("|")] for line in lines]


def code_lines(text):
    """The lines of all code blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]


def command(name):
    return command_line.parser().commands[name]


# Commands


def test_the_readme_starts_installs_and_tests_the_lab_with_one_command_each():
    lines = [line for line in code_lines(README) if line.startswith("pip ")]
    assert lines == [START, INSTALL, TEST]


def test_the_gate_runs_the_readmes_test_command():
    assert TEST in (ROOT / ".ci" / "run").read_text().splitlines()


@pytest.mark.parametrize(
    "line", [line for line in code_lines(README) if line.startswith("denoiser ")]
)
def test_the_command_line_takes_what_the_readme_shows(line):
    assert command_line.parser().parse_args(shlex.split(line)[1:]).run


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_of_a_command_has_a_help_text(name):
    text = command(name).format_help()
    for flag in command(name).flags():
        if flag.help == argparse.SUPPRESS:  # the table of noise says what it does
            assert f"{flag.dest.removeprefix(flags.NOISE_PREFIX)} " in text.split("--noise-")[1]
        else:
            assert flag.help, flag.dest


def test_the_readme_names_every_flag_of_train():
    for flag in command("train").flags():
        long = next(name for name in flag.option_strings if name.startswith("--"))
        assert re.search(rf"{long}\b(?!-)", README), long


def test_the_readme_names_every_command_and_recipe():
    for name in COMMANDS:
        assert f"denoiser {name}" in README
    for recipe in RECIPES:
        assert f"`{recipe}`" in README


def test_the_readmes_table_of_settings_is_the_one_that_the_code_makes():
    assert f"\n\n{settings_table.table()}\n" in README


# Numbers


@pytest.mark.parametrize("name", DENOISERS)
def test_the_readmes_table_has_the_numbers_of_each_card(name):
    scores = models.load(name).card["scores"]
    expected = [
        name,
        f"{scores['mse']:.5f}",
        f"{scores['psnr']:.2f}",
        f"{scores['ssim']:.3f}",
        f"{scores['reading_accuracy']:.2%}",
    ]
    assert expected in rows(README)


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_says_what_one_model_makes_of_each_noise(kind):
    scores = comparison.read_noise_map(assets.NOISE_MAP)["scores"]
    ours, theirs = scores["unet-any"][kind], [scores[name][kind] for name in FILTERS]
    least = min(found["mse"] for found in theirs)
    most = max(found["reading_accuracy"] for found in theirs)
    expected = [
        kind,
        f"{scores[NOISY][kind]['reading_accuracy']:.1%}",
        f"{least:.4f}, {most:.1%}",
        f"{ours['mse']:.4f}, {ours['reading_accuracy']:.1%}",
    ]
    assert expected in rows(README)


def test_the_readme_says_how_well_the_reader_reads():
    accuracy = models.load(CLASSIFIER).card["scores"]["reading_accuracy"]
    assert re.search(rf"(?<![\d.]){accuracy * 100:.2f} ?%", README)


@pytest.mark.parametrize("name", RECIPES)
def test_the_readmes_recipes_are_those_of_the_code(name):
    recipe = RECIPES[name]
    row = next(row for row in rows(README) if row[0] == name and len(row) == 6)
    assert row[1] == recipe.network
    assert row[2].lower() == recipe.data
    assert row[3].startswith("fresh") == recipe.fresh_noise
    assert row[3].endswith("growing") == recipe.growing_noise
    assert row[4] == f"{recipe.epochs}, {recipe.batch_size}"
    assert row[5].lower().startswith(recipe.optimizer)
    assert ("one-cycle" in row[5]) == (recipe.schedule == "one-cycle")
    assert float(row[5].split()[-1]) == recipe.learning_rate


def test_the_changelog_knows_this_version():
    assert re.search(rf"^## {re.escape(__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.M)


# Dependencies


@pytest.mark.parametrize("file", ["requirements.txt", "tests/requirements.txt", "constraints.txt"])
def test_every_dependency_is_pinned(file):
    assert requirements(file)
    for line in requirements(file):
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", line), line


def test_every_direct_dependency_has_its_reason():
    reasons = {row[0]: row[-1] for row in rows(CONTRIBUTING)}
    for line in requirements("requirements.txt"):
        assert len(reasons.get(package(line), "")) > 5, line
    for line in requirements("tests/requirements.txt"):
        assert f"`{package(line)}`" in CONTRIBUTING, line


def test_no_reason_is_left_of_a_dependency_that_is_gone():
    table = CONTRIBUTING.split("why we have it |")[1]
    named = {row[0] for row in rows(table) if not set(row[0]) <= {"-"}}
    assert named == {package(line) for line in requirements("requirements.txt")}


def test_direct_dependencies_have_the_versions_of_the_constraints():
    constraints = set(requirements("constraints.txt"))
    assert set(requirements("requirements.txt")) <= constraints
    assert set(requirements("tests/requirements.txt")) <= constraints


# Links


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md"])
def test_local_links_lead_somewhere(file):
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / file).read_text(encoding="utf-8"))
    for link in links:
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link


def test_contributing_says_what_every_room_holds():
    table = CONTRIBUTING.split("| room | holds |")[1].split("\n\n")[0]
    for path in (ROOT / "denoiser").iterdir():
        if path.is_dir() and (path / "__init__.py").exists():
            assert f"| `{path.name}/` |" in table, path.name
        elif path.suffix == ".py" and not path.name.startswith("__"):
            assert f"`{path.name}`" in table, path.name


def test_the_readmes_table_of_noise_is_the_one_that_the_code_makes():
    assert f"\n\n{noise_table.table()}\n" in README
