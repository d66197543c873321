"""How every page says that something went wrong: an icon, a sentence, and the rest folded below it.

The sentence says what happened, why, and what to do; a way on is drawn after it by the page.
"""

import re
from html import escape

import streamlit as st

from denoiser.errors import DenoiserError
from denoiser.ui.session.text import _, localized

# What Streamlit's Markdown takes for more than itself; a colon only before a name, as in :red[.
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#$~|]|:(?=[A-Za-z])")
_FOLDED = """
<style>
.problem-detail { margin-top: -0.5rem; font-size: 0.875rem; }
.problem-detail summary { width: max-content; padding: 0.25rem; cursor: pointer; }
.problem-detail pre { margin: 0.25rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
</style>
<details class="problem-detail"><summary>{title}</summary><pre>{detail}</pre></details>
"""


def show_problem(problem: BaseException | str, lead: str = "", *, is_warning: bool = False) -> None:
    """Say what went wrong.

    Args:
        problem: An error, or a sentence in the visitor's language.
        lead: In the visitor's language, before the sentence: what it is about.
        is_warning: The page goes on without what is missing.
    """
    sentence = problem if isinstance(problem, str) else localized(problem)
    text = f"**{plain(lead)}**: {plain(sentence)}" if lead else plain(sentence)
    if is_warning:
        st.warning(text, icon=":material/warning:")
    else:
        st.error(text, icon=":material/error:")
    if detail := _detail(problem):
        st.html(_FOLDED.replace("{title}", escape(_("Details"))).replace("{detail}", detail))


def plain(text: str) -> str:
    """Return a text with all characters escaped that mean something in Markdown."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _detail(problem: BaseException | str) -> str:
    """Return the technical part as HTML; "" for none. It holds no path of the server."""
    if isinstance(problem, DenoiserError):
        return escape(problem.detail)
    if isinstance(problem, OSError):
        return escape(problem.strerror or type(problem).__name__)
    return escape(type(problem).__name__) if isinstance(problem, BaseException) else ""
