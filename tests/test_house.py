"""The rules of the house: who may import what, and what stays out of the web process."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from denoiser import errors
from denoiser.errors import DenoiserError

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "denoiser"

# An import goes from right to left only: never to a later group, nor to a neighbour in its own.
ORDER = (
    {"errors"},
    {"classroom", "fast", "files", "hdf5", "memory", "muon"},
    {"distribute", "packed"},
    {"noise"},
    {"filters"},
    {"config", "pictures"},
    {"digits", "metrics"},
    {"handwriting"},
    {"sizes"},
    {"networks"},
    {"training"},
    {"models"},
    {"foreign", "runs"},
    {"datasets", "inference"},
    {"comparison", "runner"},
    {"figures", "lessons", "progress"},
    {"archive", "engine", "loading"},
    {"ui"},
    {"benchmark"},
    {"__main__"},
)
HEAVY = {"benchmark", "distribute", "fast", "muon", "networks", "training", "inference", "runner"}
TENSORFLOW = {"tensorflow", "keras"}
PACKAGE_OF = {"PIL": "pillow", "skimage": "scikit-image"}


@dataclass(frozen=True)
class Import:
    """One imported module, and whether importing its importer is enough to load it."""

    name: str
    at_once: bool

    @property
    def top(self) -> str:
        return self.name.split(".")[0]

    @property
    def room(self) -> str | None:
        """The module of our package, `ui` for all in it; None for the package and others."""
        parts = self.name.split(".")
        return parts[1] if parts[0] == "denoiser" and len(parts) > 1 else None


def imports_of(path: Path) -> list[Import]:
    return list(_imports(ast.parse(path.read_text(encoding="utf-8")), at_once=True))


def _imports(node: ast.AST, at_once: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, at_once) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "expected absolute imports"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield Import(inner if _is_ours(inner) else str(node.module), at_once)
    lazy = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or _is_type_checking(node)
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, at_once and not lazy)


def _is_ours(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rank(room: str) -> int:
    return next(place for place, group in enumerate(ORDER) if room in group)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
WEB = [path for path in MODULES if room_of(path) == "ui"]
WEB += [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
ALL = sorted({*MODULES, *WEB, PACKAGE / "__init__.py"})


def test_every_module_has_its_place_in_the_order():
    assert {room_of(path) for path in MODULES} == set().union(*ORDER)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_modules_before_it(path):
    room = room_of(path)
    for used in imports_of(path):
        if used.room and not used.room == room == "ui":
            assert rank(used.room) < rank(room), f"{room} imports {used.name}"


@pytest.mark.parametrize("path", sorted(set(ALL) - set(WEB)), ids=name_of)
def test_streamlit_is_imported_only_by_the_web_part(path):
    assert "streamlit" not in {used.top for used in imports_of(path)}


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_tensorflow_is_imported_only_by_those_who_run_networks(path):
    found = [used for used in imports_of(path) if used.top in TENSORFLOW]
    if path.parent == PACKAGE and path.stem == "digits":
        assert not any(used.at_once for used in found)
    elif path.parent != PACKAGE or path.stem not in HEAVY:
        assert not found


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_importing_a_module_that_runs_no_network_loads_none_that_does(path):
    if path.parent == PACKAGE and path.stem in HEAVY:
        return
    assert not [used.name for used in imports_of(path) if used.at_once and used.room in HEAVY]


@pytest.mark.parametrize("path", WEB, ids=name_of)
def test_the_web_part_never_runs_a_network_itself(path):
    assert not [used.name for used in imports_of(path) if used.room in HEAVY]


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_every_package_that_is_imported_is_asked_for(path):
    asked_for = set(re.findall(r"^[\w-]+", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    used = {imported.top for imported in imports_of(path)} - sys.stdlib_module_names - {"denoiser"}
    assert {PACKAGE_OF.get(name, name) for name in used} <= asked_for


def test_listing_models_leaves_tensorflow_and_streamlit_unloaded():
    code = """
import sys
from denoiser import archive, comparison, config, datasets, digits, engine, figures, filters
from denoiser import foreign, handwriting, hdf5, loading, metrics, models, noise, packed, pictures
from denoiser import progress, runs, sizes
import denoiser.__main__
models.names()
digits.load("bundled", "test")
print(sorted({"tensorflow", "keras", "streamlit"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_home_page_waits_for_neither_dask_nor_pandas():
    code = """
import sys
import denoiser.ui.explanation, denoiser.ui.guests, denoiser.ui.live, denoiser.ui.shipped
print(sorted({"dask", "distributed", "pandas", "tensorflow"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_every_error_belongs_to_the_one_tree():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass)
               if c.__module__ == errors.__name__]  # fmt: skip
    assert len(classes) > 1
    assert all(issubclass(c, DenoiserError) for c in classes)


@pytest.mark.parametrize("path", sorted(set(ALL) - {PACKAGE / "errors.py"}), ids=name_of)
def test_error_classes_live_only_in_the_errors_module(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base) for base in node.bases]
            assert not [base for base in bases if base.endswith(("Error", "Exception"))]
