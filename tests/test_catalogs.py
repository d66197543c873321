"""Catalogs: every text is translated, whole, and what is compiled is what was translated."""

import gettext
import io
import re
from collections import Counter

import catalogs
import pytest
from babel.messages.mofile import write_mo

from denoiser.errors import DigitsError, ModelError
from denoiser.ui.session.text import DOMAIN, LANGUAGES

OTHERS = [name for name in LANGUAGES if name != "en"]
PLACE = re.compile(r"\{[^{}]*\}")
MARKS = ("**", "`", "\n\n", ":orange[", ":green[", ":small[", "](")
BROKEN_BOLD = re.compile(r"[，。：；？！”）、]\*\*(?=[一-鿿])")  # CommonMark does not end it there


@pytest.fixture(params=OTHERS)
def catalog(request):
    return catalogs.read_catalog(request.param)


@pytest.fixture(scope="module")
def messages():
    return {text.message for text in catalogs.texts()}


def translated(catalog):
    return [message for message in catalog if message.id]


def test_texts_of_all_kinds_are_collected(messages):
    assert {
        "Train a network",  # in a page
        # of an error
        "There is no training called {id} here: it was deleted, or belongs to another lab.",
        "Salt and pepper",  # of a kind of noise
        "Tutorial autoencoder",  # of a model
        "What noise is",  # of a lesson
    } <= messages


def test_every_text_is_translated_and_nothing_else(catalog, messages):
    assert not catalogs.missing(catalog)
    assert {message.id for message in translated(catalog)} == messages


def test_translations_have_the_places_of_their_source(catalog):
    for message in translated(catalog):
        assert Counter(PLACE.findall(message.string)) == Counter(PLACE.findall(message.id))


def test_translations_have_the_markup_of_their_source(catalog):
    for message in translated(catalog):
        for mark in MARKS:
            assert message.string.count(mark) == message.id.count(mark), message.string
        assert not BROKEN_BOLD.search(message.string)


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_what_was_translated(language):
    compiled = io.BytesIO()
    write_mo(compiled, catalogs.read_catalog(language))
    assert catalogs.po_path(language).with_suffix(".mo").read_bytes() == compiled.getvalue()


def test_errors_speak_the_language_throughout():
    speak = gettext.translation(DOMAIN, catalogs.LOCALE, ["zh"]).gettext
    error = ModelError("weights: {error}", error=DigitsError("npz: expected labels, got none"))
    inner = ModelError.about("weights")("expected a network that denoises, got the digit reader")
    assert inner.localized(speak) != str(inner)
    assert "digit reader" not in inner.localized(speak)
    assert error.localized(speak).endswith("expected labels, got none")  # no text of ours: stays
