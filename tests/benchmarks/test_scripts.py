"""The scripts of this folder, which no gate runs: what they use of the package is there."""

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if not path.name.startswith("test_"))


@pytest.fixture
def script(request, monkeypatch):
    """A script and its module, imported as its siblings would."""
    path = request.param
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    spec = importlib.util.spec_from_file_location(f"benchmarks_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # where dataclasses look for it
    spec.loader.exec_module(module)
    return path, module


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem, indirect=True)
def test_what_a_script_imports_and_calls_is_there(script):
    path, module = script
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("denoiser"):
            for alias in node.names:
                __import__(node.module, fromlist=[alias.name])
                assert hasattr(sys.modules[node.module], alias.name), alias.name
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used = getattr(module, node.value.id, None)
            if isinstance(used, ModuleType):
                assert hasattr(used, node.attr), f"{node.value.id}.{node.attr}"
