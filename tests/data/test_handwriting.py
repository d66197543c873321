"""From any picture to digits the MNIST way, step by step, with each step off, and at the limits."""

import contextlib
import pickle

import numpy as np
import photos
import pytest
from hostile_pictures import encoded
from PIL import ExifTags, Image
from scipy import ndimage

from denoiser.data import handwriting
from denoiser.data.handwriting import DIGIT_STEPS, MAX_DIGITS, REASONS, SHEET_STEPS, STEPS, read
from denoiser.errors import ConfigError, DigitsError
from denoiser.nn import inference

NEARLY = 3
PHOTOS = 40


def enlarged(digit, side=200):
    return np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC))


def on_sheet(digit, top, left, shape=(400, 600)):
    """A digit, white on black, at a place of a larger sheet."""
    sheet = np.zeros(shape, np.uint8)
    sheet[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return sheet


def only(found):
    assert found.digits.shape == (1, 28, 28)
    assert found.digits.dtype == np.uint8
    return found.digits[0]


def difference(one, other):
    return np.abs(one.astype(int) - other).mean()


def reasons(found):
    assert {left_out.reason for left_out in found.left_out} <= set(REASONS)
    return [left_out.reason for left_out in found.left_out]


def hits(box, point):
    x, y, width, height = box
    return x <= point[0] < x + width and y <= point[1] < y + height


def extent(digit):
    """Height and width of a digit's ink."""
    rows, columns = digit.any(1).nonzero()[0], digit.any(0).nonzero()[0]
    return np.ptp(rows) + 1, np.ptp(columns) + 1


@pytest.fixture(scope="module")
def photo(held_out):
    """A photographed digit in strong shadow."""
    return photos.photograph(held_out.images[3], np.random.default_rng(1))


@pytest.fixture(scope="module")
def classifier():
    return inference.load_keras("classifier")


def labels_of(classifier, digits):
    return inference.classify(classifier, digits / np.float32(255)).argmax(1)


# Where digits are


@pytest.mark.parametrize("scale", [1, 3])
def test_boxes_are_in_the_pixels_of_the_picture_as_it_was_sent(held_out, scale):
    """A picture of more than a thousand pixels is read smaller than it is."""
    sheet = on_sheet(enlarged(held_out.images[0]), 150, 320)
    large = np.kron(sheet, np.ones((scale, scale), np.uint8))
    (box,) = read(encoded(large)).boxes
    rows, columns = np.nonzero(large.max(1) > 64)[0], np.nonzero(large.max(0) > 64)[0]
    x, y, width, height = box
    ink = (columns[0], rows[0], np.ptp(columns) + 1, np.ptp(rows) + 1)
    np.testing.assert_allclose((x, y, width, height), ink, atol=6 * scale)
    assert x + width <= large.shape[1]
    assert y + height <= large.shape[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_lie_in_the_upright_picture(held_out, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    sheet = on_sheet(enlarged(held_out.images[0]), 20, 900, (300, 1300))
    found = read(encoded(sheet, exif=exif))
    ((x, y, width, height),) = found.boxes
    shown = found.sheet_steps["lighting"]
    share = max(sheet.shape) / max(shown.shape)
    inside = shown[int(y / share) : int((y + height) / share) + 1,
                   int(x / share) : int((x + width) / share) + 1]  # fmt: skip
    assert inside.sum() > 0.95 * shown.sum()
    assert width < 300
    assert height < 300


def test_what_is_left_out_is_said(held_out):
    """Of 40 digits 32 are read; of ink at the edge only what is as large as a digit counts."""
    digit = held_out.images[0]
    many = np.vstack([np.hstack([np.pad(digit, 6)] * 10)] * 4)
    found = read(encoded(many))
    assert len(found.digits) == MAX_DIGITS
    assert reasons(found) == ["too many"] * 8
    row = np.hstack([np.pad(enlarged(digit), 20)] * 3)
    cut = read(encoded(row[:, :-120]))
    assert len(cut.digits) == 2
    assert reasons(cut) == ["cut off"]
    assert hits(cut.left_out[0].box, (590, 120))
    row[:, -3:] = 255  # the edge of a table, taller than a digit could be
    row = np.pad(row, ((300, 300), (0, 0)), mode="edge")
    assert "cut off" not in reasons(read(encoded(row)))


def test_a_tap_takes_a_digit_out_and_brings_one_in(held_out):
    row = np.hstack([np.pad(enlarged(held_out.images[0]), 20)] * 3)[:, :-120]
    data, first, last = encoded(row), (120, 120), (590, 120)
    found = read(data, taps=[first, last, (2, 2)])
    assert len(found.digits) == 2
    assert reasons(found) == ["removed"]
    assert hits(found.left_out[0].box, first)
    assert any(hits(box, last) for box in found.boxes)
    np.testing.assert_array_equal(read(data, taps=[first] * 2).digits, read(data).digits)
    nothing = read(data, taps=[first, (360, 120)])
    assert nothing.digits.shape == (0, 28, 28)
    assert nothing.boxes.shape == (0, 4)
    assert len(nothing.left_out) == 3


def test_a_digit_that_was_tapped_is_never_one_too_many(held_out):
    many = np.vstack([np.hstack([np.pad(held_out.images[0], 6)] * 10)] * 4)
    for taps in ([(380, 140)], [(380, 140)] * 3):
        found = read(encoded(many), taps=taps)
        assert len(found.digits) == MAX_DIGITS
        assert any(hits(box, taps[0]) for box in found.boxes)


# One digit


@pytest.mark.parametrize("paper", ["black", "white"])
def test_a_digit_of_mnist_comes_out_nearly_the_same(held_out, paper):
    errors = []
    for image in held_out.images[:60]:
        found = read(encoded(image if paper == "black" else 255 - image))
        errors.append(difference(found.digits[0], image))
    assert np.mean(errors) < NEARLY


@pytest.mark.parametrize(("top", "left"), [(0, 0), (200, 400), (10, 250)])
@pytest.mark.parametrize("paper", ["black", "white"])
def test_where_a_digit_lies_makes_no_difference(held_out, paper, top, left):
    large = enlarged(held_out.images[0])
    sheets = on_sheet(large, top, left), on_sheet(large, 100, 200)
    sheets = sheets if paper == "black" else [255 - sheet for sheet in sheets]
    assert difference(*(only(read(encoded(sheet))) for sheet in sheets)) < 1


def test_a_digit_fills_20_pixels_and_its_mass_lies_in_the_middle(held_out):
    for image in held_out.images[:20]:
        digit = only(read(encoded(on_sheet(enlarged(image), 30, 300))))
        assert max(extent(digit)) == 20
        assert digit.max() == 255
        assert np.abs(np.subtract(ndimage.center_of_mass(digit), 14)).max() <= 0.51


def test_colored_and_transparent_ink_is_read(held_out):
    large = enlarged(held_out.images[0])
    expected = only(read(encoded(on_sheet(large, 100, 200))))
    ink = on_sheet(large, 100, 200)[..., None]
    red = np.concatenate([np.full_like(ink, 255), 255 - ink, 255 - ink], 2)
    drawn = np.concatenate([np.zeros((*ink.shape[:2], 3), np.uint8), ink], 2)
    for picture in (red, drawn):
        assert difference(only(read(encoded(picture))), expected) < NEARLY


def test_strokes_keep_their_grey_edges(photo):
    digit = only(read(photo))
    assert ((digit > 30) & (digit < 225)).sum() > 20


def test_the_paper_around_a_photographed_digit_is_black(photo):
    assert np.median(only(read(photo))) == 0
    assert np.median(read(photo).sheet_steps["lighting"]) == 0


@pytest.mark.slow
def test_photographed_digits_are_read_nearly_as_well_as_the_originals(held_out, classifier):
    chosen = held_out[:PHOTOS]
    found = [
        read(photos.photograph(image, np.random.default_rng(i)))
        for i, image in enumerate(chosen.images)
    ]
    assert [len(f.digits) for f in found].count(1) >= PHOTOS - 1
    right = (labels_of(classifier, np.stack([f.digits[0] for f in found])) == chosen.labels).mean()
    assert right >= 0.95 * (labels_of(classifier, chosen.images) == chosen.labels).mean()


# Several


@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (2, 5), (4, 8), (3, 1)])
def test_digits_on_one_sheet_come_in_reading_order(held_out, classifier, rows, columns):
    chosen = held_out[: rows * columns]
    grid = chosen.images.reshape(rows, columns, 28, 28)
    found = read(photos.sheet(grid, np.random.default_rng(0))).digits
    assert len(found) == rows * columns
    assert (labels_of(classifier, found) == chosen.labels).mean() >= 0.9


def test_a_row_that_slopes_stays_a_row():
    sheet = np.zeros((600, 1000), np.uint8)
    for i in range(8):
        for row in (0, 250):
            top = 40 + row + 25 * i
            sheet[top : top + 90, 60 + 110 * i : 80 + 110 * i] = 255
            sheet[top : top + 15, 60 + 110 * i : 60 + 110 * i + 10 * (i + 1)] = 255
    widths = [extent(digit)[1] for digit in read(encoded(sheet)).digits]
    assert len(widths) == 16
    assert widths[:8] == widths[8:] == sorted(widths[:8])


def test_the_bar_of_a_five_belongs_to_it_and_specks_do_not():
    sheet = np.zeros((300, 500), np.uint8)
    for left in (60, 300):
        sheet[90:230, left : left + 20] = 255
        sheet[210:230, left : left + 80] = 255
        sheet[65:82, left + 10 : left + 90] = 255
    whole = read(encoded(sheet))
    sheet[270:273, 30:33] = sheet[20:22, 220:223] = 255
    for found in (whole, read(encoded(sheet))):
        assert len(found.digits) == 2
        assert all(extent(digit)[0] == 20 for digit in found.digits)
    np.testing.assert_array_equal(whole.digits[0], whole.digits[1])


def test_the_edges_of_a_paper_on_a_table_are_no_digits(held_out):
    large = enlarged(held_out.images[0])
    expected = only(read(encoded(255 - on_sheet(large, 100, 200))))
    table = np.full((560, 800), 40, np.uint8)
    table[60:460, 90:690] = 255 - np.minimum(on_sheet(large, 100, 200), 215)
    assert difference(only(read(encoded(table))), expected) < 2 * NEARLY


def test_there_are_at_most_32_digits():
    sheet = np.zeros((700, 700), np.uint8)
    for top in range(20, 680, 90):
        for left in range(20, 680, 90):
            sheet[top : top + 50, left : left + 12] = 255
    assert len(read(encoded(sheet)).digits) == MAX_DIGITS


# Steps


def test_each_step_is_shown_small(photo):
    found = read(photo)
    assert tuple(found.sheet_steps) == SHEET_STEPS
    assert [tuple(steps) for steps in found.digit_steps] == [DIGIT_STEPS]
    assert SHEET_STEPS + DIGIT_STEPS == STEPS
    for name, preview in (found.sheet_steps | found.digit_steps[0]).items():
        assert preview.dtype == np.uint8
        assert max(preview.shape) <= 240
        assert preview.ndim == (3 if name == "orientation" else 2)
    assert max(found.digit_steps[0]["box"].shape) == 20
    np.testing.assert_array_equal(found.digit_steps[0]["center"], found.digits[0])


@pytest.mark.parametrize("off", [*([step] for step in STEPS), STEPS, STEPS[::2], STEPS[1::2]])
def test_without_a_step_there_still_are_digits(held_out, photo, off):
    sheet = photos.sheet(held_out.images[:6].reshape(2, 3, 28, 28), np.random.default_rng(0))
    small = encoded(held_out.images[0])
    for data in (photo, sheet, small, encoded(255 - held_out.images[0])):
        found = read(data, off)
        assert found.digits.shape[1:] == (28, 28)
        assert 1 <= len(found.digits) <= MAX_DIGITS
        assert len(found.digit_steps) == len(found.digits)


def test_without_orientation_a_photo_stays_as_it_was_held(held_out):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    upright = on_sheet(enlarged(held_out.images[0]), 100, 200)
    held = np.ascontiguousarray(np.rot90(upright))
    data = encoded(held, exif=exif)
    np.testing.assert_array_equal(read(data).digits, read(encoded(upright)).digits)
    np.testing.assert_array_equal(read(data, ["orientation"]).digits, read(encoded(held)).digits)


def test_without_grey_red_ink_is_not_seen(held_out):
    ink = on_sheet(enlarged(held_out.images[0]), 100, 200)[..., None]
    red = np.concatenate([np.full_like(ink, 255), 255 - ink, 255 - ink], 2)
    assert len(read(encoded(red)).digits) == 1
    with pytest.raises(DigitsError, match="nothing on it stands out"):
        read(encoded(red), ["grey"])


def test_without_paper_ink_stays_dark(held_out, photo):
    assert only(read(photo, ["paper"])).mean() > only(read(photo)).mean() + 50
    white_ink = encoded(held_out.images[0])
    np.testing.assert_array_equal(read(white_ink, ["paper"]).digits, read(white_ink).digits)


def test_without_lighting_shadows_stay(photo):
    with_it, without = read(photo), read(photo, ["lighting"])
    assert without.sheet_steps["lighting"].std() < with_it.sheet_steps["lighting"].std()
    assert np.median(without.sheet_steps["lighting"]) > 50
    assert difference(without.digits[0], with_it.digits[0]) > 5 * NEARLY


def test_without_crop_a_digit_is_as_small_as_on_the_sheet(held_out):
    data = encoded(on_sheet(enlarged(held_out.images[0], 100), 20, 30))
    assert max(extent(only(read(data, ["crop"])) > 50)) <= 5


def test_without_box_a_one_becomes_as_wide_as_high(held_out):
    one = held_out.images[held_out.labels == 1][0]
    assert extent(only(read(encoded(one))))[1] < 16
    assert extent(only(read(encoded(one), ["box"]))) == (28, 28)


def test_without_center_a_digit_stays_in_its_corner(held_out):
    large = enlarged(held_out.images[0])
    for top, left, corner in ((0, 0, 0), (200, 400, 28)):
        digit = only(read(encoded(on_sheet(large, top, left)), ["center"]))
        assert np.abs(np.subtract(ndimage.center_of_mass(digit), corner)).max() < 14
        assert np.abs(np.subtract(ndimage.center_of_mass(digit), 14)).max() > 2


def test_a_whole_sheet_is_centered_without_losing_ink():
    sheet = np.zeros((280, 280), np.uint8)
    sheet[100:260, 30:50] = sheet[240:260, 30:200] = 255
    file = encoded(sheet)
    as_drawn, centered = (only(read(file, ["crop", "box", *off])) for off in (["center"], []))
    assert np.abs(np.subtract(ndimage.center_of_mass(as_drawn), 14)).max() > 4
    assert np.abs(np.subtract(ndimage.center_of_mass(centered), 14)).max() <= 0.51
    assert centered.sum() == as_drawn.sum()


def test_an_unknown_step_is_refused(photo):
    with pytest.raises(ConfigError, match=r"expected steps among .*got \['blur'\]"):
        read(photo, ["blur", "crop"])


# Limits


def blank(shade, kind="PNG"):
    return encoded(np.full((300, 400), shade, np.uint8), kind)


def grainy():
    paper = photos.on_paper(np.zeros((500, 700), np.float32), np.random.default_rng(0))
    return photos.jpeg(photos.in_uneven_light(paper, np.random.default_rng(2)))


BLANK = {
    "white": lambda: blank(255),
    "black": lambda: blank(0),
    "grey jpeg": lambda: blank(128, "JPEG"),
    "one pixel": lambda: encoded(np.zeros((1, 1), np.uint8)),
    "transparent": lambda: encoded(np.zeros((28, 28, 4), np.uint8)),
    "a photo of paper": grainy,
}


@pytest.mark.parametrize("data", BLANK.values(), ids=BLANK)
@pytest.mark.parametrize("off", [(), ("lighting",), ("paper", "crop")], ids=str)
def test_blank_paper_is_refused(data, off):
    with pytest.raises(DigitsError, match="nothing on it stands out") as caught:
        read(data(), off)
    assert caught.value.code == "nothing"


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (1, 900), (900, 1), (3, 3), (28, 1000)])
def test_odd_shapes_give_a_digit_or_an_error_for_the_user(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for off in ((), *([step] for step in STEPS)):
        with contextlib.suppress(DigitsError):
            assert read(encoded(picture), off).digits.shape[1:] == (28, 28)


def test_what_was_found_travels_to_other_processes(photo):
    found = read(photo)
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.digits, found.digits)
    assert len(pickle.dumps(found)) < 2**20


def test_a_drawing_is_laid_into_a_digits_pixels_as_a_page_is(held_out):
    sheet = on_sheet(enlarged(held_out.images[3]), 20, 200)
    drawn = handwriting.digit_of(sheet / np.float32(255))
    assert drawn.dtype == np.uint8
    assert difference(drawn, only(read(encoded(sheet)))) < NEARLY
    assert not handwriting.digit_of(np.zeros((50, 70), np.float32)).any()


def test_the_previews_of_many_digits_stay_small(held_out):
    grid = held_out.images[:32].reshape(4, 8, 28, 28)
    found = read(photos.sheet(grid, np.random.default_rng(0)))
    assert len(pickle.dumps(found)) < 2**20


def test_the_contract_says_what_each_step_off_does():
    assert all(f"            {step}: " in handwriting.read.__doc__ for step in STEPS)
