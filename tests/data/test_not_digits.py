"""What the classifier's training draws beside digits."""

import numpy as np
import pytest

from denoiser.data import drawing, not_digits, scribbles
from denoiser.data.not_digits import KINDS, NOT_A_DIGIT

DIGITS = {not_digits.printed_digit, not_digits.penned_digit, not_digits.redrawn_digit}
NOT_BOXED = {not_digits.turned, not_digits.blank, not_digits.static, not_digits.ghost}

over_kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def rng():
    return np.random.default_rng(0)


@over_kinds
def test_a_kind_draws_pictures_and_says_what_they_are(kind, train_digits):
    random = rng()
    for _ in range(20):
        picture, label = kind(random, train_digits)
        assert (picture.shape, picture.dtype) == ((28, 28), np.uint8)
        assert label in range(10) if kind in DIGITS else label == NOT_A_DIGIT


@over_kinds
def test_a_kind_draws_no_two_alike(kind, train_digits):
    random = rng()
    drawn = {kind(random, train_digits)[0].tobytes() for _ in range(20)}
    assert len(drawn) > (10 if kind is not_digits.blank else 15)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in NOT_BOXED], ids=lambda kind: kind.__name__
)
def test_what_is_drawn_lies_in_a_digits_box(kind, train_digits):
    random = rng()
    for _ in range(20):
        rows, columns = np.nonzero(kind(random, train_digits)[0] > 25)
        assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20


def test_the_same_seed_draws_the_same(train_digits):
    once, again = (not_digits.draw(train_digits, 40, rng()) for _ in range(2))
    np.testing.assert_array_equal(once.images, again.images)
    np.testing.assert_array_equal(once.labels, again.labels)


def test_some_of_what_is_drawn_are_digits_and_most_are_none(train_digits):
    drawn = not_digits.draw(train_digits, 300, rng())
    assert len(drawn) == len(drawn.labels) == 300
    assert 0.7 < (drawn.labels == NOT_A_DIGIT).mean() < 0.9


def test_digits_of_one_class_are_enough(train_digits):
    sevens = train_digits[train_digits.labels == 7]
    assert len(not_digits.draw(sevens, 60, rng())) == 60


def test_every_letter_and_sign_can_be_written():
    for text in not_digits.LETTERS + not_digits.SIGNS:
        assert drawing.printed(rng(), text).max() == 1


def test_no_font_lacks_a_digit_or_a_letter():
    """A font draws the same box for every letter that it lacks."""
    for name in drawing.FONTS:
        drawn = {drawing._glyph(text, name).tobytes() for text in "0123456789AEKRehkt"}
        assert len(drawn) == 18


@pytest.mark.parametrize("radius", [1.5, 4, 9])
def test_a_pen_is_as_wide_as_it_should_be(radius):
    line = drawing.drawn([np.array([[0, 0.5], [1, 0.5]])], radius)
    assert line[:, line.shape[1] // 2].sum() == pytest.approx(2 * 2 * radius, abs=2)
    again = drawing.with_pen(line, 3)
    assert again[:, again.shape[1] // 2].sum() == pytest.approx(7, abs=1)


@pytest.mark.parametrize("radius", drawing.PEN)
def test_no_stroke_leaves_its_sheet(radius):
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    ink = drawing.drawn([corners], radius)
    assert not any(edge.any() for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))


def test_a_curve_passes_the_places_of_its_stroke():
    stroke = np.array([[0, 0], [1, 0], [1, 1], [0, 2]], float)
    curve = drawing.rounded(stroke)
    assert all(np.abs(curve - place).sum(1).min() < 1e-9 for place in stroke)
    assert np.linalg.norm(np.diff(curve, axis=0), axis=1).max() < 0.3


@pytest.mark.parametrize("way", scribbles.WAYS, ids=lambda way: way.__name__)
def test_a_scribble_is_long(way):
    """As long as several digits' strokes, so that none is a digit but by chance."""
    random = rng()
    lengths = []
    for _ in range(20):
        strokes = drawing.tilted(random, way(random))
        lengths.append(sum(np.linalg.norm(np.diff(s, axis=0), axis=1).sum() for s in strokes))
    assert np.median(lengths) > 3
