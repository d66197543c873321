"""Collect every text that people read, bring the catalogs up to date, and compile them.

    python tests/catalogs.py

Texts come from three places: from the code, where they stand in `_()` or are the message
of an error; from what is told of by name (settings, models, kinds of noise, filters), which
pages translate where they show it; and from the lessons, a paragraph at a time. A text that
changed is to be translated again. The command says which are missing, and ends with 1 then.
Knows nothing of what a text means.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from denoiser import config, errors  # noqa: E402
from denoiser.classroom import lessons  # noqa: E402
from denoiser.data.filters import FILTERS  # noqa: E402
from denoiser.data.noise import KINDS  # noqa: E402
from denoiser.models.code import TITLES  # noqa: E402
from denoiser.models.store import BLUEPRINTS  # noqa: E402
from denoiser.ui.session.text import DOMAIN, LANGUAGES, LOCALE  # noqa: E402

CODE = ("denoiser", "pages")
ERRORS = [name for name, kind in vars(errors).items()
          if isinstance(kind, type) and issubclass(kind, errors.DenoiserError)]  # fmt: skip
MAKERS = ["_", "translate", "refused", "_refused"]  # functions whose first argument is such a text
TERMINAL = "denoiser/cli/"  # speaks English


@dataclass(frozen=True)
class Text:
    """A text to translate, and in which file of the project it stands."""

    message: str
    file: str


def texts() -> Iterator[Text]:
    """Yield every text, some more than once, in an order that stays."""
    yield from _of_code()
    yield from _of_names()
    for path in sorted(lessons.FOLDER.glob("*.md")):
        found: list[str] = []
        lessons.read(path, lambda text, found=found: found.append(text) or text)
        yield from (Text(text, str(path.relative_to(ROOT))) for text in found)


def _of_code() -> Iterator[Text]:
    for path in [ROOT / "app.py", *(path for place in CODE for path in _files(ROOT / place))]:
        name = str(path.relative_to(ROOT))
        if not name.startswith(TERMINAL):
            found = _messages(ast.parse(path.read_text(encoding="utf-8")))
            yield from (Text(message, name) for message in found)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _messages(module: ast.Module) -> list[str]:
    """Return the first arguments of all calls that take a text to translate.

    Babel's own extractor does not look into f-strings before Python 3.12.
    """
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and node.args]
    taking = [call for call in calls if _name(call.func) in (*ERRORS, *MAKERS)]
    first = [call.args[0] for call in sorted(taking, key=lambda call: call.lineno)]
    texts = [argument.value for argument in first if isinstance(argument, ast.Constant)]
    return [text for text in texts if text and isinstance(text, str)]


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def _of_names() -> Iterator[Text]:
    yield from (Text(text, "denoiser/config.py") for text in of_settings(config.SETTINGS))
    for blueprint in BLUEPRINTS.values():
        yield Text(blueprint.title, "denoiser/models/store.py")
        yield Text(blueprint.summary, "denoiser/models/store.py")
    for kind in KINDS.values():
        of_kind = [kind.title, kind.summary]
        for parameter in kind.parameters:
            of_kind += [parameter.title, parameter.help, parameter.unit]
        yield from (Text(text, "denoiser/data/noise.py") for text in of_kind if text)
    for chosen in FILTERS.values():
        yield Text(chosen.title, "denoiser/data/filters.py")
        yield Text(chosen.summary, "denoiser/data/filters.py")
    yield from (Text(title, "denoiser/models/code/section.py") for title in TITLES.values())


def of_settings(settings: Mapping[str, config.Setting]) -> Iterator[str]:
    """Yield what pages and errors say of settings."""
    yield from config.MESSAGES.values()
    for setting in settings.values():
        yield from filter(None, (setting.title, setting.help, setting.summary))
        for choice in setting.choices:
            yield from (choice.title, choice.help)


def template() -> Catalog:
    """Return the catalog of all texts, none of them translated."""
    catalog = _empty()
    for text in texts():
        # Without line numbers: a catalog would change with every line of code.
        catalog.add(text.message, locations=[(text.file, 0)])
    return catalog


def _empty(language: str | None = None) -> Catalog:
    catalog = Catalog(language, domain=DOMAIN, charset="utf-8", fuzzy=False)
    catalog.header_comment = "# Texts of the Denoising Lab. Made by: python tests/catalogs.py"
    return catalog


def po_path(language: str) -> Path:
    """Return where a language's catalog lies; the compiled one is beside it."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalog(language: str) -> Catalog:
    """Return a language's catalog; an empty one where there is none yet."""
    path = po_path(language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def missing(catalog: Catalog) -> list[str]:
    """Return the texts that a catalog leaves untranslated, or only guesses."""
    return [m.id for m in catalog if m.id and (not m.string or m.fuzzy)]


def update(language: str) -> Catalog:
    """Bring a language's catalog up to date, write and compile it, and return it."""
    catalog = read_catalog(language)
    catalog.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=100, include_lineno=False)
    compile_catalog(language)
    return catalog


def compile_catalog(language: str) -> None:
    """Compile what is written of a language's catalog."""
    with po_path(language).with_suffix(".mo").open("wb") as file:
        write_mo(file, read_catalog(language))


def main() -> None:
    """Update all catalogs; say what is missing."""
    untranslated = 0
    for language in LANGUAGES:
        if language == "en":
            continue
        found = missing(update(language))
        untranslated += len(found)
        print(f"{language}: {len(found)} not translated", *found, sep="\n  ")
    sys.exit(untranslated > 0)


if __name__ == "__main__":
    main()
