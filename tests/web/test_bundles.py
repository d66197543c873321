"""Every component's JavaScript comes as one module that a browser reads."""

import shutil
import subprocess

import pytest
from node import run_in_node

from denoiser import web

FOLDER = web.FOLDER.parent / "ui" / "components"
ENTRIES = [
    path
    for path in sorted(FOLDER.rglob("*.js"))
    if "export default" in path.read_text(encoding="utf-8")
]


def faults(module, folder):
    """Return what Node finds wrong with a module."""
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


@pytest.mark.parametrize(
    "name", ["training_worker", "device_run", "device_store", "inside/measure_worker"]
)
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


def test_names_stay_in_their_modules_each_of_which_runs_once_before_who_imports_it(tmp_path):
    sources = {
        "entry": 'import {\n  b as other,\n} from "./b.js";\nimport { c } from "./c.js";\n'
        "const same = 1;\nexport default () => [other(c), same, globalThis.runs];\n",
        "b": 'import { c } from "./c.js";\nimport values from "./v.json" with { type: "json" };\n'
        "const same = 10;\nexport const b = (x) => x + c + values.v + same;\n",
        "c": "const same = 100;\nglobalThis.runs = (globalThis.runs ?? 0) + 1;\n"
        "export class C {}\nexport async function soon() {}\nexport const c = same;\n",
    }
    for name, source in sources.items():
        (tmp_path / f"{name}.js").write_text(source, encoding="utf-8")
    (tmp_path / "v.json").write_text('{"v": 2}', encoding="utf-8")
    (tmp_path / "whole.mjs").write_text(web.bundle(tmp_path / "entry.js"), encoding="utf-8")
    answer = run_in_node({"whole.mjs": "run"}, "return run();", None, tmp_path)
    assert answer == [212, 1, 1]


def test_a_worker_is_made_on_the_page_of_the_modules_that_it_shares(tmp_path):
    sources = {
        "page": 'import { shared } from "./shared.js";\n'
        "export default () => [shared(1), "
        'new URL("./worker.js", import.meta.url)];\n',
        "worker": 'import { shared } from "./shared.js";\nimport { own } from "./own.js";\n'
        "globalThis.answer = [shared(2), own];\n",
        "shared": 'import values from "./v.json" with { type: "json" };\n'
        "export const shared = (x) => `${x} ${values.v}`; // once\n",
        "own": "globalThis.runs = (globalThis.runs ?? 0) + 1;\nexport const own = runs;\n",
    }
    for name, source in sources.items():
        (tmp_path / f"{name}.js").write_text(source, encoding="utf-8")
    (tmp_path / "v.json").write_text('{"v": "\\"2\\""}', encoding="utf-8")
    whole = web.bundle(tmp_path / "page.js")
    assert whole.count("// once") == 1
    (tmp_path / "whole.mjs").write_text(whole, encoding="utf-8")
    body = """
        const [here, url] = page();
        const { resolveObjectURL } = await import("node:buffer");
        const program = await resolveObjectURL(url).text();
        await import(`data:text/javascript,${encodeURIComponent(program)}`);
        return [here, globalThis.answer];
    """
    answer = run_in_node({"whole.mjs": "page"}, body, None, tmp_path)
    assert answer == ['1 "2"', ['2 "2"', 2]]  # each side has modules of its own


def test_a_circle_of_imports_is_refused(tmp_path):
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n', encoding="utf-8")
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\n', encoding="utf-8")
    with pytest.raises(ValueError, match="import each other"):
        web.bundle(tmp_path / "a.js")
