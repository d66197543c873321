"""Show me the code: a program section by section, to copy, and as a file to run."""

import streamlit as st

from denoiser.models.code import Program
from denoiser.ui.session.text import _

PYTHON, NOTEBOOK = ".py", ".ipynb"


def show_code(program: Program, key: str = "code") -> None:
    """Show a program's sections, each with its title, and offer the program as a file.

    Args:
        program: As `models.code` writes it.
        key: Of the downloads' row, and what the buttons' keys begin with; another for each
            program on a page.
    """
    st.caption(
        _(
            "This program makes the network and trains it with the same settings. It runs without "
            "the lab, where TensorFlow, Keras and NumPy are installed."
        )
    )
    with st.container(horizontal=True, key=key):
        st.download_button(
            _("Download as Python"),
            program.python,
            f"{program.name}{PYTHON}",
            "text/x-python",
            key=f"{key}_python",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            _("Download as Jupyter notebook"),
            program.notebook,
            f"{program.name}{NOTEBOOK}",
            "application/x-ipynb+json",
            key=f"{key}_notebook",
            on_click="ignore",
            icon=":material/book_2:",
        )
    for section in program.sections:
        st.subheader(_(section.title), anchor=False)
        st.code(section.source, language="python", line_numbers=True)
