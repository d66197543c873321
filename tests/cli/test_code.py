"""`code`: the program of a recipe, a shipped model, a run or a file, printed or written."""

import json

import pytest

from denoiser.cli.main import main
from denoiser.config import RECIPES
from denoiser.models import code
from denoiser.models import store as models
from denoiser.runs.run import Run


def test_the_tutorials_program_is_printed(capsys):
    assert main(["code"]) == 0
    assert capsys.readouterr().out == code.of_config(RECIPES["tutorial"], "tutorial").python


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_program_of_a_recipe_is_written(recipe, tmp_path, capsys):
    path = tmp_path / "mine.py"
    assert main(["code", "--recipe", recipe, "-o", str(path)]) == 0
    program = code.of_config(RECIPES[recipe], recipe)
    assert path.read_text(encoding="utf-8") == program.python
    assert capsys.readouterr().out == f"{program.title}: {path}\n"


@pytest.mark.parametrize("name", models.names())
def test_the_program_of_a_model_looks_for_its_file(name, capsys):
    assert main(["code", "--model", name]) == 0
    assert f'WEIGHTS = Path("{name}.safetensors")' in capsys.readouterr().out


def test_the_program_of_a_file_of_weights_is_of_its_network(capsys):
    path = models.SHIPPED / "unet.safetensors"
    assert main(["code", "--model", str(path)]) == 0
    assert 'name="unet")' in capsys.readouterr().out


def test_the_program_of_a_run_has_its_settings(trained, capsys):
    assert main(["code", "--model", str(trained.run)]) == 0
    config = Run(trained.run).config
    assert capsys.readouterr().out == code.of_config(config, trained.run.name).python


@pytest.mark.parametrize("flags", [["--notebook"], []])
def test_a_notebook_is_written(flags, tmp_path):
    path = tmp_path / "mine.ipynb"
    assert main(["code", *flags, "-o", str(path)]) == 0
    assert json.loads(path.read_text(encoding="utf-8"))["nbformat"] == 4


def test_a_notebook_is_printed(capsys):
    assert main(["code", "--notebook"]) == 0
    assert json.loads(capsys.readouterr().out)["nbformat"] == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--notebook", "-o", "x.py"], "expected a name that ends in one of .ipynb"),
        (["-o", "x.txt"], "expected a name that ends in one of .py"),
        (["-o", "none/x.py"], "expected a folder that exists"),
        (["--model", "nothing"], "model: expected one of"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_file(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["code", *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_recipe_and_a_model_at_once_are_wrong_use(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["code", "--recipe", "best", "--model", "unet"])
    assert ended.value.code == 2
    assert "not allowed with" in capsys.readouterr().err
