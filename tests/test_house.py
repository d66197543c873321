"""The rules of the house: who may import what, and what stays out of the web process."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from denoiser import errors
from denoiser.errors import DenoiserError

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "denoiser"
MOST_LINES = 400

# A room imports from rooms before its own, not from its neighbours in a group.
ORDER = (
    {"errors", "assets", "metrics", "web"},
    {"figures", "files"},
    {"data"},
    {"config"},
    {"models"},
    {"runs", "classroom"},
    {"nn"},
    {"jobs"},
    {"engine"},
    {"benchmark"},
    {"ui", "cli"},
    {"__main__"},
)
UI_ORDER = ("session", "components", "pages")
TENSORFLOW = {"tensorflow", "keras"}
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
SHAPE = re.compile(r"\bshape\b|\(n,")
DTYPE = re.compile(r"\bu?int\d*\b|\b[Ff]loats?\d*\b|\bwhole numbers\b|\bdtypes?\b", re.IGNORECASE)
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
        """The room of our package; None for the package itself and others."""
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


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
WEB = [path for path in MODULES if room_of(path) == "ui"]
WEB += [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
ALL = sorted({*MODULES, *WEB, PACKAGE / "__init__.py"})
WRITTEN = sorted(
    path
    for suffix in ("*.py", "*.js", "*.css", "*.c")
    for path in (*PACKAGE.rglob(suffix), *(ROOT / "pages").rglob(suffix))
    if path.name != "kernel_plain.js"  # made of kernel/*.c
)


def test_every_room_has_its_place_in_the_order():
    assert {room_of(path) for path in MODULES} == set().union(*ORDER)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_only_from_rooms_before_it(path):
    room = room_of(path)
    for used in imports_of(path):
        if used.room and used.room != room:
            assert rank(used.room) < rank(room), f"{room} imports {used.name}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "ui").glob("*/**/*.py")), ids=name_of)
def test_inside_ui_imports_go_from_pages_to_components_to_session(path):
    place = UI_ORDER.index(path.relative_to(PACKAGE).parts[1])
    for used in imports_of(path):
        if used.name.startswith("denoiser.ui."):
            assert UI_ORDER.index(used.name.split(".")[2]) <= place, used.name


@pytest.mark.parametrize("path", sorted((PACKAGE / "ui" / "components").rglob("*.py")), ids=name_of)
def test_components_are_handed_what_a_class_hides(path):
    assert not [used.name for used in imports_of(path) if "classroom" in used.name.split(".")]


def test_no_two_modules_import_each_other_in_a_circle():
    graph = {
        module_of(path): {used.name for used in imports_of(path) if used.room} - {module_of(path)}
        for path in MODULES
    }
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError for a circle


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_no_file_is_too_long_to_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", sorted(set(ALL) - set(WEB)), ids=name_of)
def test_streamlit_is_imported_only_by_the_web_part(path):
    assert "streamlit" not in {used.top for used in imports_of(path)}


@pytest.mark.parametrize("path", [p for p in ALL if "nn" not in p.parts], ids=name_of)
def test_outside_of_nn_no_import_loads_tensorflow(path):
    at_once = [used for used in imports_of(path) if used.at_once]
    assert not [used.name for used in at_once if used.top in TENSORFLOW or used.room == "nn"]


@pytest.mark.parametrize("path", WEB, ids=name_of)
def test_the_web_part_never_runs_a_network_itself(path):
    assert not [used.name for used in imports_of(path) if used.room == "nn"]


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_every_package_that_is_imported_is_asked_for(path):
    asked_for = set(re.findall(r"^[\w-]+", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    used = {imported.top for imported in imports_of(path)} - sys.stdlib_module_names - {"denoiser"}
    assert {PACKAGE_OF.get(name, name) for name in used} <= asked_for


def loaded_by(code: str, packages: set[str]) -> str:
    code += f"\nimport sys; print(sorted({packages} & set(sys.modules)))"
    run = [sys.executable, "-c", code]
    return subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_loading_all_that_is_not_nn_leaves_tensorflow_and_streamlit_unloaded():
    light = [module_of(p) for p in MODULES if room_of(p) not in ("nn", "ui", "__main__")]
    code = f"import {', '.join(light)}\n"
    code += "from denoiser.data import digits; digits.load('bundled', 'test')"
    assert loaded_by(code, {"tensorflow", "keras", "streamlit"}) == "[]"


def test_the_home_page_waits_for_neither_dask_nor_pandas():
    code = (
        "import denoiser.ui.pages.denoise.explanation, denoiser.ui.components.live\n"
        "import denoiser.ui.session.run_models, denoiser.ui.session.shipped"
    )
    assert loaded_by(code, {"dask", "distributed", "pandas", "tensorflow"}) == "[]"


def public_parts(node: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """Yield the public functions and classes of a module, and the methods of these classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public_parts(child)


def annotations_of(part: Definition) -> list[str]:
    """Return the types of a function's arguments and answer, or of a class' attributes."""
    if isinstance(part, ast.ClassDef):
        found = [child.annotation for child in part.body if isinstance(child, ast.AnnAssign)]
    else:
        arguments = [*part.args.posonlyargs, *part.args.args, *part.args.kwonlyargs]
        found = [*(argument.annotation for argument in arguments), part.returns]
    return [ast.unparse(annotation) for annotation in found if annotation]


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_what_is_public_is_documented_with_the_shape_and_dtype_of_arrays(path):
    module = ast.parse(path.read_text(encoding="utf-8"))
    of_module = ast.get_docstring(module) or ""  # may say it for all that is in it
    for part in public_parts(module):
        doc = ast.get_docstring(part)
        assert doc, f"{part.name}: expected a docstring"
        if any("ndarray" in text for text in annotations_of(part)):
            for word in (SHAPE, DTYPE):
                assert word.search(doc + of_module), f"{part.name}: expected {word.pattern}"


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
