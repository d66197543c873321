"""The JavaScript that components share: networks, noise, weights, a pad, charts.

Streamlit's inline components take one script each. `bundle` makes one of a module and all
that it imports, found by following its imports; so no list of modules stands anywhere.
This package knows no component and no page.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
_IMPORT = re.compile(
    r'^import\s+(?P<names>\{[^}]*\}|\w+)\s+from\s+"(?P<path>\.[^"]+)"(?:\s+with\s[^;]+)?;\n', re.M
)
_WORKER = re.compile(r'new URL\("(?P<path>\.[^"]+)", import\.meta\.url\)')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (?P<name>\w+))", re.M)


def bundle(entry: Path) -> str:
    """Return a JavaScript module and all that it imports as one module.

    Each imported module keeps its names to itself, as modules do: it becomes a function that is
    called once and returns what it exports.

    A worker is named as in any module, `new URL("./worker.js", import.meta.url)`. It shares the
    modules that the page has: its program is made there, of the text of these functions.

    Args:
        entry: A file. Its relative imports, and theirs, come before it, each file once, in
            the order of their dependence; a JSON file becomes a constant.

    Raises:
        ValueError: Modules import one another in a circle.
        OSError: An imported file is missing.

    Example:
        >>> bundle(FOLDER / "network.js").count("function buildNetwork")
        1
    """
    imported: dict[Path, tuple[str, str]] = {}
    text = _joined(entry.resolve(), (), imported)
    return "\n".join([*(code for _name, code in imported.values()), text])


def _joined(path: Path, importers: tuple[Path, ...], imported: dict[Path, tuple[str, str]]) -> str:
    """Return a module that takes what it imports from constants; what these are goes before it.

    Args:
        path: Of the module.
        importers: Those on the way to it.
        imported: By path: the constant, and the code that makes it.
    """

    def taken(found: re.Match[str]) -> str:
        other = (path.parent / found["path"]).resolve()
        if other in (*importers, path):
            raise ValueError(f"modules import each other: {[p.name for p in (*importers, path)]}")
        if other not in imported:
            code = _made(other, (*importers, path), imported)
            name = f"module_{len(imported)}_{other.stem}"
            imported[other] = name, _kept(name, code, other)
        return f"const {found['names'].replace(' as ', ': ')} = {imported[other][0]};\n"

    def started(found: re.Match[str]) -> str:
        return _program((path.parent / found["path"]).resolve(), imported)

    return _WORKER.sub(started, _IMPORT.sub(taken, path.read_text(encoding="utf-8")))


def _kept(name: str, code: str, path: Path) -> str:
    """Return what makes a constant of an imported file, and of its function where it has one."""
    if path.suffix == ".json":
        return f"const {name} = {code};\n"
    return f"const make_{name} = {code};\nconst {name} = make_{name}();\n"


def _program(path: Path, imported: dict[Path, tuple[str, str]]) -> str:
    """Return an expression of the address of a worker's program, made of what is imported."""
    code = _joined(path, (), imported)
    alone: dict[Path, tuple[str, str]] = {}
    _joined(path, (), alone)
    parts = [
        f'"const {name} = ", JSON.stringify({name}), ";\\n"'
        if other.suffix == ".json"
        else f'"const {name} = (", String(make_{name}), ")();\\n"'
        for other, (name, _code) in imported.items()
        if other in alone
    ]
    parts.append(f'"(", String(() => {{\n{code}\n}}), ")();"')
    text = ",\n  ".join(parts)
    return f'URL.createObjectURL(new Blob([\n  {text},\n], {{ type: "text/javascript" }}))'


def _made(path: Path, importers: tuple[Path, ...], imported: dict[Path, tuple[str, str]]) -> str:
    """Return an imported file's value, or a function that returns what it exports."""
    if path.suffix == ".json":
        return path.read_text(encoding="utf-8").strip()
    text = _joined(path, importers, imported)
    names = ", ".join(found["name"] for found in _EXPORT.finditer(text))
    return f"() => {{\n{_EXPORT.sub('', text)}\nreturn {{ {names} }};\n}}"


def style(*paths: Path) -> str:
    """Return style sheets as one, in their order."""
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)
