"""Digits on pages: exercise books, forms, sums, dates, notes on desks; and pictures of nothing."""

import json
from pathlib import Path

import featureless
import numpy as np
import page_kinds
import pytest
from hostile_pictures import encoded
from page_scores import Score, score
from PIL import Image, ImageDraw

import pages
from denoiser.data import digits
from denoiser.data.handwriting import MAX_DIGITS, read
from denoiser.errors import DigitsError
from denoiser.nn import inference

CASES = Path(__file__).resolve().parents[1] / "cases" / "handwriting"
TRUTH = json.loads((CASES / "truth.json").read_text())
PAGES = 4  # of each kind
SIDE = 600
EMPTY = 4


@pytest.fixture(scope="module")
def classifier():
    return inference.load_keras("classifier")


@pytest.fixture(scope="module")
def people():
    bundled = digits.load("bundled", "test")
    return bundled.images, bundled.labels


def found_on(data):
    try:
        return read(data)
    except DigitsError as error:
        if error.code != "nothing":
            raise
        return None


@pytest.mark.parametrize("name", TRUTH)
def test_the_digits_of_a_picture_are_read_in_order(classifier, name):
    """Of more than 32 the others are said to be too many."""
    found = read(CASES / name)
    labels = inference.classify(classifier, found.digits / np.float32(255)).argmax(1)
    expected = TRUTH[name]["digits"]
    assert "".join(map(str, labels)) == expected[:MAX_DIGITS]
    too_many = [left.reason for left in found.left_out].count("too many")
    assert too_many == max(0, len(expected) - MAX_DIGITS)


@pytest.mark.parametrize("kind", page_kinds.KINDS)
def test_digits_are_found_on_every_kind_of_page(people, kind):
    """Bounds are wide as pages are few; bench_pages.py measures on many."""
    total = Score()
    for seed in range(PAGES):
        page = pages.page(kind, np.random.default_rng([7, seed]), SIDE, people)
        found = found_on(page.data)
        count = 0 if found is None else len(found.digits)
        total += score(page, found, np.zeros(count, int))
    assert total.found >= 0.85 * total.all
    assert total.invented <= 1 + 0.04 * total.all
    assert total.silent <= (3 if kind == "touching" else 1)  # a one may hide at its neighbour


@pytest.mark.parametrize("kind", featureless.KINDS)
def test_nothing_is_read_from_nothing(kind):
    pictures = [
        featureless.picture(kind, np.random.default_rng([3, seed]), 400) for seed in range(EMPTY)
    ]
    found = [found_on(picture) for picture in pictures]
    assert sum(one is not None and len(one.digits) > 0 for one in found) <= 1


def drawn(*lines, side=400, width=8):
    sheet = Image.new("L", (side, side), 235)
    for line in lines:
        ImageDraw.Draw(sheet).line(line, 30, width, "curve")
    return sheet


def seven(x, y, height):
    return [(x, y), (x + 0.55 * height, y), (x + 0.2 * height, y + height)]


def reasons(found):
    return sorted(left.reason for left in found.left_out)


def test_a_line_alone_is_a_digit_and_beside_one_a_sign():
    bar = [(40, 200), (120, 200)]
    assert len(read(encoded(drawn(bar))).digits) == 1
    found = read(encoded(drawn(bar, seven(180, 130, 140))))
    assert len(found.digits) == 1
    assert reasons(found) == ["sign"]


def test_a_ring_is_a_line_and_what_is_in_it_a_digit():
    sheet = drawn(seven(160, 130, 140))
    ImageDraw.Draw(sheet).ellipse([60, 60, 340, 340], outline=30, width=8)
    found = read(encoded(sheet))
    assert len(found.digits) == 1
    assert found.boxes[0][2] < 120
    assert reasons(found) == ["line"]


def test_a_tap_brings_a_sign_in():
    found = read(encoded(drawn([(40, 200), (120, 200)], seven(180, 130, 140))), taps=[(80, 200)])
    assert len(found.digits) == 2
    assert not found.left_out


@pytest.mark.parametrize(
    ("lefts", "width", "pen"), [((80, 170), 100, 9), ((120, 185), 75, 14)], ids=["touch", "overlap"]
)
def test_two_that_touch_and_cannot_be_told_apart_are_doubtful(lefts, width, pen):
    sheet = drawn()
    for left in lefts:
        ImageDraw.Draw(sheet).ellipse([left, 120, left + width, 280], outline=30, width=pen)
    found = read(encoded(sheet))
    assert len(found.digits) == 2 or found.doubtful == (0,)


def test_a_sheet_on_a_table_is_straightened_and_taps_find_their_place():
    sheet = Image.new("L", (500, 600), 25)
    sheet.paste(drawn(seven(160, 130, 140)).resize((300, 300)), (80, 200))
    sheet = sheet.rotate(8, fillcolor=25, resample=Image.Resampling.BICUBIC)
    found = read(encoded(sheet.convert("RGB")))
    assert found.sheet_corners.shape == (4, 2)
    x, y, width, height = found.boxes[0]
    tapped = read(encoded(sheet), taps=[(x + width / 2, y + height / 2)])
    assert len(tapped.digits) == 0
    assert reasons(tapped) == ["removed"]
    assert read(encoded(sheet), ["sheet"]).sheet_corners is None


def test_the_frame_of_a_leaning_stroke_on_a_turned_sheet_is_as_narrow_as_the_stroke():
    sheet = Image.new("L", (500, 600), 25)
    sheet.paste(drawn([(230, 100), (200, 310)], seven(60, 130, 140)), (50, 100))
    turned = sheet.rotate(8, fillcolor=25, resample=Image.Resampling.BICUBIC)  # now it stands
    found = read(encoded(turned))
    assert found.sheet_corners is not None
    assert found.boxes[:, 2].min() < 30


@pytest.mark.parametrize(
    ("seed", "number"), [(90210, 7), (55555, 2), (55555, 13)], ids=["spot", "shadow", "darker"]
)
def test_a_note_is_whole_in_any_light(people, seed, number):
    page = pages.numbered("note", seed, number, people)
    found = read(page.data)
    assert len(found.digits) == len(page.digits)
    assert found.sheet_corners is not None


def test_without_lines_taken_out_rulings_stay_at_digits():
    sheet = drawn(seven(60, 120, 120), seven(180, 120, 120))
    for y in (100, 180, 260, 340):
        ImageDraw.Draw(sheet).line([(0, y), (400, y)], 120, 3)
    boxes = read(encoded(sheet)).boxes
    assert len(boxes) == 2
    assert boxes[:, 2].max() < 100
    assert read(encoded(sheet), ["lines"]).boxes[:, 2].max() > 100


def shadowed(sheet, darkest=110):
    """Lay a soft shadow over the right border of a sheet."""
    x = np.arange(sheet.width)[None]
    light = 1 - (1 - darkest / 255) / (1 + np.exp(-(x - 0.8 * sheet.width) / 25))
    return Image.fromarray((np.asarray(sheet) * light).astype(np.uint8))


def test_a_soft_shadow_beside_one_digit_does_not_hide_it():
    found = read(encoded(shadowed(drawn(seven(100, 130, 110)))))
    assert len(found.digits) == 1


@pytest.mark.parametrize(("kind", "seed", "number"), [("dates", 55555, 5), ("many", 777001, 4)])
def test_a_digit_in_the_shadow_at_the_border_is_no_part_of_it(people, kind, seed, number):
    page = pages.numbered(kind, seed, number, people)
    found = read(page.data)
    counts = score(page, found, np.zeros(len(found.digits), int))
    assert counts.silent == counts.invented == 0


@pytest.mark.parametrize(("kind", "number"), [("squared", 2), ("boxes_joined", 10)])
def test_what_is_left_of_rulings_does_not_hide_clear_digits(people, kind, number):
    page = pages.numbered(kind, 4711, number, people)
    assert len(found_on(page.data).digits) >= len(page.digits) - 1


def test_ink_at_the_border_alone_is_no_digit_unless_it_fills_the_picture():
    specks = drawn([(0, 100), (14, 130)], [(200, 0), (220, 12)], [(392, 300), (400, 280)])
    assert reasons(read(encoded(specks))) == ["cut off"] * 3
    cropped = drawn(seven(10, 4, 380), width=30).crop((10, 0, 240, 400))
    assert len(read(encoded(cropped)).digits) == 1


def test_a_small_rest_of_a_digit_that_runs_off_is_said():
    sheet = drawn(seven(60, 120, 120), seven(180, 120, 120), seven(385, 120, 120))
    found = read(encoded(sheet))
    assert len(found.digits) == 2
    assert reasons(found) == ["cut off"]


def test_a_four_of_straight_strokes_among_boxes_stays_whole(people):
    page = pages.numbered("boxes_apart", 777, 5, people)
    found = read(page.data)
    total = score(page, found, np.zeros(len(found.digits), int))
    assert total.found == total.all == 4
