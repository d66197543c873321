"""Flags and help: made from settings and noise, short, in groups, on one page."""

import pytest

from denoiser import __version__
from denoiser.cli import flags
from denoiser.cli.main import main, parser
from denoiser.cli.parser import Parser
from denoiser.config import SETTINGS, Choice, Setting
from denoiser.data.noise import KINDS

PAGE = 66  # lines


@pytest.fixture
def help_of(monkeypatch):
    """The help of a command on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    return lambda name: parser().commands[name].format_help()


def test_the_version_says_name_and_number(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == f"denoiser {__version__}"


@pytest.mark.parametrize("prog", ["denoiser", "python -m denoiser"])
def test_help_shows_the_program_as_it_was_called(prog, capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"], prog)
    assert capsys.readouterr().out.startswith(f"usage: {prog} train [options]\n")


def test_the_help_names_every_command_and_the_exit_codes():
    text = parser().format_help()
    assert "1 the work failed, 2 wrong use or bad input" in text
    for name in parser().commands:
        assert f"\n    {name}" in text


def test_the_help_of_train_fits_a_page(help_of):
    assert len(help_of("train").splitlines()) <= PAGE


@pytest.mark.parametrize("name", parser().commands)
def test_no_help_shows_what_only_python_understands(name, help_of):
    for words in ("None", "SUPPRESS", "default:", "False"):
        assert words not in help_of(name)


def test_the_help_has_a_row_for_each_kind_of_noise(help_of):
    rows = help_of("noise").splitlines()
    for kind in KINDS.values():
        (row,) = (row for row in rows if row.split()[:1] == [kind.name])
        for p in kind.parameters:
            assert f"{p.name} {p.minimum:g} to {p.maximum:g} ({p.default:g})" in row


def test_every_setting_has_a_flag_that_the_help_explains(help_of):
    text = " ".join(help_of("train").split())
    for name, setting in SETTINGS.items():
        assert flags.flag_of(name) in text
        assert setting.help in text


# A setting that is added has a flag


PRETEND = {
    "warmth": Setting("Warmth", "How warm, 100% at most.", int, unit="degrees", minimum=1,
                      maximum=9000),
    "colour": Setting("Colour", "Which.", str,
                      choices=(Choice("red", "Red", "R"), Choice("blue", "Blue", "B"))),
    "size": Setting("Size", "How large.", int, choices=(Choice(1, "1", ""), Choice(2, "2", ""))),
    "sharp": Setting("Sharp", "Whether.", bool),
    "many": Setting("Many", "Some.", tuple, minimum=1, maximum=9, most=3),
}  # fmt: skip


class Defaults:
    warmth, colour, sharp, many = 30, "red", False, (1, 2)


@pytest.fixture
def pretend():
    made = Parser(prog="pretend")
    flags.add_settings(made, PRETEND, Defaults())
    return made


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("", {}),
        ("--warmth 7", {"warmth": 7}),
        ("--colour blue", {"colour": "blue"}),
        ("--size 2", {"size": 2}),
        ("--no-sharp", {"sharp": False}),
        ("--many 1 2 3 --sharp", {"many": [1, 2, 3], "sharp": True}),
    ],
)
def test_a_new_setting_has_a_flag(pretend, given, values):
    assert flags.setting_values(pretend.parse_args(given.split()), PRETEND) == values


def test_its_help_says_bounds_unit_choices_and_default(pretend):
    text = " ".join(pretend.format_help().split())
    assert "--warmth N How warm, 100% at most. 1 to 9,000 degrees (30)" in text
    assert "--colour NAME Which. red or blue (red)" in text
    assert "--many N [N ...] Some. 1 to 9 (1 2)" in text
    assert "Whether. (no)" in text


def test_a_value_that_it_does_not_have_is_refused(pretend, capsys):
    with pytest.raises(SystemExit):
        pretend.parse_args(["--colour", "bleu"])
    assert "expected one of red, blue; got 'bleu'; did you mean blue?" in capsys.readouterr().err


def test_flags_are_listed_without_help_and_commands(pretend):
    assert [flag.dest for flag in pretend.flags()] == list(PRETEND)
    assert parser().flags() == []
