"""User-facing text in the visitor's language, through gettext.

Catalogs lie in `assets/locale/<language>/LC_MESSAGES/denoiser.mo`. A language
without a catalog, and a message without a translation, stay English.
"""

import gettext
from functools import cache
from pathlib import Path

import streamlit as st

LOCALE = Path(__file__).resolve().parents[2] / "assets" / "locale"


def _(message: str) -> str:
    """Return `message` in the language of the visitor's browser."""
    return _catalog(st.context.locale or "en").gettext(message)


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    languages = [language.replace("-", "_")]
    return gettext.translation("denoiser", LOCALE, languages, fallback=True)
