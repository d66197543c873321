"""A program as a Jupyter notebook: nbformat 4.5, as JSON.

The format's documentation: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

import json
from collections.abc import Sequence
from typing import Any

from denoiser.models.code.section import Section

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def written(title: str, about: Sequence[str], sections: Sequence[Section]) -> str:
    """Return a notebook's text: a cell with its title before each section's cell of code.

    Args:
        title: Of the notebook.
        about: Lines of Markdown below it.
        sections: In their order; their names become the cells' ids.
    """
    cells = [_markdown("about", "\n".join([f"# {title}", "", *about]))]
    for section in sections:
        cells.append(_markdown(f"{section.name}-title", f"## {section.title}"))
        cells.append(_code(section.name, section.source))
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1) + "\n"


def _markdown(cell_id: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": _lines(text)}


def _code(cell_id: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    """Return lines as notebooks have them: each but the last with its line end."""
    return text.splitlines(keepends=True)
