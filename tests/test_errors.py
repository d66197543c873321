"""Errors: what they say, with their values, whatever these are."""

import json

from denoiser.errors import MAX_LETTERS, DenoiserError, ModelError, RunError


def test_a_message_is_filled_in():
    assert str(RunError("run {id}: {count:,} digits", id="x", count=1234)) == "run x: 1,234 digits"


def test_without_values_braces_are_their_own():
    assert str(RunError("expected {a}")) == "expected {a}"


def test_a_message_can_be_told_in_another_language():
    error = RunError("{count} digits", count=3)
    assert error.localized({"{count} digits": "{count} Ziffern"}.get) == "3 Ziffern"


def test_an_error_inside_is_told_in_the_same_language():
    error = ModelError.about("weights")("expected {a}", a=1)
    assert str(error) == "weights: expected 1"
    words = {"{what}: {problem}": "{what}: {problem}", "expected {a}": "erwartet: {a}"}
    assert error.localized(words.get) == "weights: erwartet: 1"


def test_values_cannot_bring_places_of_their_own():
    assert str(RunError("got {value}", value="{secret}")) == "got {secret}"


def test_only_the_beginning_of_an_endless_message_is_told():
    assert len(str(DenoiserError("got {value}", value="x" * 10**6))) == MAX_LETTERS + 1


def test_what_an_error_says_goes_through_json_and_back_with_code_and_field():
    made = ModelError.about("weights")("expected {a}, got {b}", code="c", field="f", a=1, b="x{y}")
    again = DenoiserError.from_json(json.loads(json.dumps(made.to_json())))
    assert str(again) == str(made) == "weights: expected 1, got x{y}"
    assert (again.code, again.field) == (made.code, made.field) == ("c", "f")
    assert again == made
    assert hash(again) == hash(made)


def test_what_an_earlier_version_wrote_has_neither_code_nor_field():
    read = DenoiserError.from_json({"message": "expected {a}", "values": {"a": 1}})
    assert (str(read), read.code, read.field) == ("expected 1", "", "")


def test_errors_are_equal_that_say_the_same():
    assert RunError("{a}", a=1) == DenoiserError("{a}", a=1)
    assert RunError("{a}", a=1) not in (RunError("{a}", a=2), RunError("{a}", code="c", a=1), "1")
