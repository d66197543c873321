"""Errors: what they say, with their values, whatever these are."""

import json
import pickle

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


def test_what_an_earlier_version_wrote_has_no_code_field_or_detail():
    read = DenoiserError.from_json({"message": "expected {a}", "values": {"a": 1}})
    assert (str(read), read.code, read.field, read.detail) == ("expected 1", "", "", "")


def test_errors_are_equal_that_say_the_same():
    assert RunError("{a}", a=1) == DenoiserError("{a}", a=1)
    assert RunError("{a}", a=1) not in (RunError("{a}", a=2), RunError("{a}", code="c", a=1), "1")


def test_the_technical_part_is_apart_from_the_sentence_and_goes_through_json():
    made = RunError("The file is damaged.", detail="header: {not a place}")
    assert str(made) == "The file is damaged."
    again = DenoiserError.from_json(json.loads(json.dumps(made.to_json())))
    assert again.detail == made.detail == "header: {not a place}"
    assert again == made != RunError("The file is damaged.")


def test_the_technical_part_of_an_error_inside_is_told():
    inner = ModelError.about("weights")("It does not fit.", detail="(3, 3)")
    assert (str(inner), inner.detail) == ("weights: It does not fit.", "(3, 3)")
    assert RunError("Failed: {why}", why=inner).detail == "(3, 3)"
    assert RunError("Failed: {why}", why=inner, detail="own").detail == "own"


def test_the_technical_part_is_in_a_traceback_and_survives_a_process():
    error = pickle.loads(pickle.dumps(RunError("It failed.", detail="errno 28")))
    assert (error.detail, error.__notes__) == ("errno 28", ["errno 28"])
