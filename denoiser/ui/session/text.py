"""User-facing text in the visitor's language, through gettext.

Catalogs lie in `assets/locale/<language>/LC_MESSAGES/denoiser.mo`. A message without a
translation stays English. The language is the one in the URL (`?lang=zh`), else the one
that the visitor chose, else their browser's. Its keys in session and URL are kept here
and not in `state`, which says things itself.
"""

import gettext
from functools import cache

import streamlit as st

from denoiser import assets
from denoiser.errors import DenoiserError

LOCALE = assets.LOCALE
LANGUAGES = {"en": "English", "zh": "中文"}  # as each calls itself
DOMAIN = "denoiser"
KEY = "lang"  # in session and URL


def _(message: str) -> str:
    """Return `message` in the visitor's language."""
    return _catalog(language()).gettext(message)


def localized(error: BaseException) -> str:
    """Return what an error says to a visitor, in their language, without paths of the server."""
    if isinstance(error, DenoiserError):
        return error.localized(_)
    if isinstance(error, OSError):
        return _(
            "The lab could not read or write a file; its disk may be full or its folder closed to "
            "it. Try again, and if that does not help, tell who runs this lab."
        )
    return _(
        "Something in the lab failed that should not fail. Try again, and if that does not help, "
        "tell who runs this lab."
    )


def language() -> str:
    """Return the visitor's language, a name in `LANGUAGES`."""
    chosen = st.query_params.get(KEY)
    if chosen in LANGUAGES:
        st.session_state[KEY] = chosen
        return chosen
    return st.session_state.get(KEY) or _nearest(st.context.locale)


def chosen_language() -> str | None:
    """Return the language that the URL or the visitor chose; None where it is the browser's."""
    return language() and st.session_state.get(KEY)


def choose_language(name: str) -> None:
    """Speak this language from now on; it is in the URL."""
    st.session_state[KEY] = st.query_params[KEY] = name


def _nearest(locale: str | None) -> str:
    name = (locale or "").replace("_", "-").split("-")[0].lower()
    return name if name in LANGUAGES else "en"


@cache
def _catalog(name: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [name], fallback=True)
