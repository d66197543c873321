"""The package: what the wheel holds, what it asks for, and that it works once it is installed."""

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from email import message_from_string
from pathlib import Path
from zipfile import ZipFile

import pytest

from denoiser import __version__, assets

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LAB = "denoiser/lab"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel, built without a network as `pip install .` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def names(wheel):
    with ZipFile(wheel) as file:
        return set(file.namelist())


@pytest.fixture(scope="session")
def metadata(wheel):
    with ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(file.read(name).decode())


def files_of(*paths):
    """The files in folders of the repository, those that git ignores aside."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("needs the repository, to know its files")
    return {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}


def test_the_wheel_holds_the_package_and_the_lab_and_nothing_else(names):
    public = [path for name, path in vars(assets).items() if not name.startswith("_")]
    places = [path for path in public if isinstance(path, Path) and assets.LAB in path.parents]
    assert len(places) > 3
    lab = files_of("app.py", "pages", ".streamlit", *map(str, places))
    found = {name for name in names if ".dist-info/" not in name}
    assert found == files_of("denoiser") | {f"{LAB}/{name}" for name in lab}


def test_the_package_asks_for_what_requirements_txt_names(metadata):
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = [line.split("#")[0].strip() for line in lines]
    expected = {line for line in named if line and not line.startswith("-")}
    assert set(metadata.get_all("Requires-Dist")) == expected


def test_the_package_says_what_it_is(metadata):
    assert metadata["Name"] == "denoising-lab"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert "Typing :: Typed" in metadata.get_all("Classifier")
    assert metadata.get_payload().startswith("# Denoising Lab")


def test_what_builds_the_package_is_pinned_as_for_tests():
    asked = (ROOT / "tests" / "requirements.txt").read_text(encoding="utf-8")
    for requirement in PROJECT["build-system"]["requires"]:
        assert re.search(rf"^{re.escape(requirement)}\b", asked, re.MULTILINE)


# Installed


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """Where the wheel's programs are, in an environment that has the packages of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps",
         "--no-index", "--disable-pip-version-check", str(wheel)],
        check=True, capture_output=True,
    )  # fmt: skip
    # Packages of this environment, which may be a virtual one itself, come after the wheel.
    (packages,) = folder.glob("lib/python*/site-packages")
    own = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "others.pth").write_text("\n".join(own))
    return python.parent


@pytest.fixture
def run(installed, tmp_path, monkeypatch):
    """Run the installed `denoiser` in a folder of its own; return what it prints."""
    monkeypatch.delenv("DENOISER_HOME")
    monkeypatch.delenv("PYTHONPATH", raising=False)

    def run(*arguments):
        command = [str(installed / "denoiser"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_installed_program_says_its_name_and_number(run):
    assert run("--version").strip() == f"denoiser {__version__}"


def test_the_installed_program_finds_its_models(run):
    names = {card["name"] for card in json.loads(run("models", "--json"))}
    assert names == {path.stem for path in assets.MODELS.glob("*.safetensors")}


def test_the_installed_program_trains_in_any_folder(run, tmp_path):
    printed = run("train", "--recipe", "quick", "--limit", "64", "--epochs", "1")
    assert "val_loss" in printed
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "output.png", "plot.png"}
    (made,) = json.loads(run("runs", "--json"))
    assert (made["state"], made["epochs"]) == ("finished", 1)


def test_the_installed_lab_lies_within_the_package(installed, tmp_path):
    code = "from denoiser import assets; print(assets.LAB)"
    command = [str(installed / "python"), "-c", code]
    lab = Path(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
               .stdout.strip())  # fmt: skip
    assert installed.parent in lab.parents
    for name in ("app.py", "pages/1_Train.py", ".streamlit/config.toml"):
        assert (lab / name).is_file()
