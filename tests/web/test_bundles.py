"""Every component's JavaScript comes as one module that a browser reads."""

import shutil
import subprocess

import pytest

from denoiser import web

FOLDER = web.FOLDER.parent / "ui" / "components"
ENTRIES = [
    path
    for path in sorted(FOLDER.rglob("*.js"))
    if "export default" in path.read_text(encoding="utf-8")
]


def faults(module, folder):
    """Return what Node finds wrong with a module, such as a name that stands for two things."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    path = folder / "bundle.mjs"
    path.write_text(module, encoding="utf-8")
    return subprocess.run(
        [node, "--check", path], capture_output=True, text=True, check=False
    ).stderr


def test_every_component_has_an_entry():
    folders = {path.parent for path in FOLDER.rglob("*.js")}
    assert {path.parent for path in ENTRIES} == folders
    assert len(ENTRIES) == len(folders)


@pytest.mark.parametrize("name", ["training_worker", "device_run", "device_store"])
def test_what_a_page_starts_besides_is_one_module(name, tmp_path):
    module = web.bundle(web.FOLDER / f"{name}.js")
    assert not faults(module, tmp_path)
    assert "\nimport " not in module


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.stem)
def test_a_bundle_is_one_module_without_imports(entry, tmp_path):
    module = web.bundle(entry)
    assert not faults(module, tmp_path)
    assert module.count("export default") == 1
    assert "\nimport " not in module


def test_a_name_in_two_modules_is_found(tmp_path):
    for name in ("one", "other"):
        (tmp_path / f"{name}.js").write_text("function twice() {}\n", encoding="utf-8")
    entry = tmp_path / "entry.js"
    entry.write_text('import { } from "./one.js";\nimport { } from "./other.js";\n')
    assert "'twice' has already been declared" in faults(web.bundle(entry), tmp_path)


def test_imports_are_followed_once_and_come_first(tmp_path):
    sources = {
        "entry": 'import {\n  b,\n} from "./b.js";\nimport { c } from "./c.js";\nb(c);\n',
        "b": 'import { c } from "./c.js";\nimport values from "./v.json" with { type: "json" };\n'
        "export const b = (x) => x + c + values.v;\n",
        "c": "export const c = 1;\n",
    }
    for name, source in sources.items():
        (tmp_path / f"{name}.js").write_text(source, encoding="utf-8")
    (tmp_path / "v.json").write_text('{"v": 2}', encoding="utf-8")
    module = web.bundle(tmp_path / "entry.js")
    starts = ["export const c = 1;", 'const values = {"v": 2};', "export const b", "b(c);"]
    places = [module.index(start) for start in starts]
    assert places == sorted(places)
    assert module.count("const c") == 1
    assert not faults(module, tmp_path)


def test_a_circle_of_imports_is_refused(tmp_path):
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n', encoding="utf-8")
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\n', encoding="utf-8")
    with pytest.raises(ValueError, match="import each other"):
        web.bundle(tmp_path / "a.js")
