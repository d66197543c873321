"""The JavaScript that components share: networks, noise, weights, a pad, charts.

Streamlit's inline components take one script each. `bundle` makes one of a module and all
that it imports, found by following its imports; so no list of modules stands anywhere.
This package knows no component and no page.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import\s[^"]*?from\s+"(?P<path>\.[^"]+)"(?P<json>\s+with\s[^;]+)?;\n', re.M)
_JSON_NAME = re.compile(r"import\s+(\w+)\s+from")


def bundle(entry: Path) -> str:
    """Return a JavaScript module and all that it imports as one module.

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
    joined: dict[Path, str] = {}
    _append(entry.resolve(), (), joined)
    return "\n".join(joined.values())


def _append(path: Path, importers: tuple[Path, ...], joined: dict[Path, str]) -> None:
    if path in importers:
        raise ValueError(f"modules import each other: {[p.name for p in (*importers, path)]}")
    if path in joined:
        return
    text = path.read_text(encoding="utf-8")
    for found in _IMPORT.finditer(text):
        imported = (path.parent / found["path"]).resolve()
        if found["json"]:
            name = _JSON_NAME.match(found[0])
            if imported not in joined and name:
                content = imported.read_text(encoding="utf-8").strip()
                joined[imported] = f"const {name[1]} = {content};\n"
        else:
            _append(imported, (*importers, path), joined)
    joined[path] = _IMPORT.sub("", text)


def style(*paths: Path) -> str:
    """Return style sheets as one, in their order."""
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)
