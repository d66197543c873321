"""Picture files of every kind that is read, and of many kinds that are refused."""

import io
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from hostile_pictures import chunk, encoded, png
from PIL import ExifTags, Image, ImageFile

from denoiser.errors import DigitsError
from denoiser.files import pictures
from denoiser.files.atomic import MAX_UPLOAD
from denoiser.files.formats import ANOTHER_FORMAT
from denoiser.files.pictures import DAMAGED, TOO_LARGE


def assert_refused(data, code, **options):
    """It is refused with a code, and with a sentence that says what to do."""
    with pytest.raises(DigitsError) as caught:
        pictures.read(data, **options)
    assert caught.value.code == code
    assert re.search(
        r"\b([Ss]end|[Oo]pen|[Ss]ave|[Ww]ait|[Uu]npack|screenshot)\b", str(caught.value)
    )
    return caught.value


@pytest.fixture(scope="module")
def gradient():
    """A picture that no turn or flip leaves as it is: uint8 (24, 32)."""
    y, x = np.mgrid[0:24, 0:32]
    return (4 * x + 5 * y).astype(np.uint8)


def read(data, **options):
    return np.asarray(pictures.read(data, **options))


def grey_of(data, **options):
    colors = read(data, **options)
    assert colors.dtype == np.uint8
    assert (colors == colors[..., :1]).all()
    return colors[..., 0]


# What is read


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP"])
def test_what_was_written_is_read(gradient, kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    np.testing.assert_array_equal(grey_of(encoded(gradient, kind, **options)), gradient)


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_a_jpeg_is_read(gradient, options):
    found = grey_of(encoded(gradient, "JPEG", quality=95, **options))
    assert np.abs(found.astype(int) - gradient).max() <= 6


def test_a_file_is_read_from_its_path_whatever_its_ending(gradient, tmp_path):
    (tmp_path / "picture.txt").write_bytes(encoded(gradient))
    np.testing.assert_array_equal(grey_of(tmp_path / "picture.txt"), gradient)


AS_HELD = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).T,
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", AS_HELD)
def test_a_photo_is_turned_upright_unless_that_is_switched_off(gradient, orientation, kind):
    held = np.ascontiguousarray(AS_HELD[orientation](gradient))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}.get(kind, {})
    data = encoded(held, kind, exif=exif, **options)
    for upright, expected in ((True, gradient), (False, held)):
        found = grey_of(data, upright=upright)
        assert found.shape == expected.shape
        assert np.abs(found.astype(int) - expected).max() <= 6


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_leaves_the_picture_as_it_is(gradient, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    np.testing.assert_array_equal(grey_of(encoded(gradient, exif=exif)), gradient)


def test_one_bit_is_black_and_white(gradient):
    found = grey_of(encoded(Image.fromarray(gradient > 100)))
    np.testing.assert_array_equal(found, np.where(gradient > 100, 255, 0))


def test_16_bits_are_scaled_not_clipped():
    deep = np.array([[0, 255, 257, 32768, 65535]], np.uint16)
    assert grey_of(encoded(deep)).tolist() == [[0, 1, 1, 128, 255]]


def test_a_grey_of_16_bits_can_stand_for_transparent():
    data = png(2, 1, 16, 0, zlib.compress(b"\0\0\0\1\2"), extra=chunk(b"tRNS", b"\1\2"))
    assert grey_of(data).tolist() == [[0, 255]]
    assert grey_of(data, paper=None).tolist() == [[0, 1]]


@pytest.mark.parametrize("bits", [8, 16])
def test_colors_of_8_and_16_bits(bits):
    wide = (lambda *v: bytes(v)) if bits == 8 else (lambda *v: bytes(b for x in v for b in (x, x)))
    data = png(2, 1, bits, 2, zlib.compress(b"\0" + wide(255, 0, 10, 1, 2, 3)))
    assert read(data).tolist() == [[[255, 0, 10], [1, 2, 3]]]


def test_a_palette_gives_its_colors():
    picture = Image.new("P", (2, 1))
    picture.putpalette([9, 8, 7, 200, 100, 50])
    picture.putdata([1, 0])
    assert read(encoded(picture)).tolist() == [[[200, 100, 50], [9, 8, 7]]]
    assert read(encoded(picture, transparency=0)).tolist() == [[[200, 100, 50], [255, 255, 255]]]
    assert read(encoded(picture, transparency=bytes([0, 255]))).tolist() == [
        [[200, 100, 50], [255, 255, 255]]
    ]


def test_cmyk_is_read_as_its_colors():
    found = read(encoded(Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "JPEG", quality=95))
    assert np.abs(found.astype(int) - [0, 255, 255]).max() < 12


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize(("alpha", "expected"), [(0, 255), (255, 0), (127, 128)])
def test_transparency_lies_on_white_unless_that_is_switched_off(mode, alpha, expected):
    picture = Image.new(mode, (4, 4), (0,) * (len(mode) - 1) + (alpha,))
    assert (grey_of(encoded(picture)) == expected).all()
    assert (grey_of(encoded(picture), paper=None) == 0).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_read(gradient, kind):
    frames = [Image.fromarray(255 - gradient), Image.new("L", (32, 24))]
    data = encoded(
        Image.fromarray(gradient), kind, save_all=True, append_images=frames, lossless=True
    )
    np.testing.assert_array_equal(grey_of(data), gradient)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
@pytest.mark.parametrize("size", [(2500, 1700), (1700, 2500)])
def test_a_large_picture_is_scaled_down_and_looks_the_same(kind, size):
    y, x = np.mgrid[0 : 1 : size[1] * 1j, 0 : 1 : size[0] * 1j]
    large = np.rint(255 * (x + y) / 2).astype(np.uint8)
    found = grey_of(encoded(large, kind, lossless=True))
    height, width = found.shape
    assert max(width, height) == 1000
    assert abs(width * size[1] - height * size[0]) <= 2 * max(size)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    assert np.abs(found - 255 * (x + y) / 2).max() < 8


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_a_long_narrow_picture_keeps_at_least_a_line(kind):
    assert pictures.read(encoded(Image.new("RGB", (9000, 2)), kind)).size == (1000, 1)


def test_all_pixels_stay_where_no_side_is_asked_for():
    assert pictures.read(encoded(Image.new("L", (2500, 30))), side=None).size == (2500, 30)


def test_a_large_jpeg_is_decoded_small(monkeypatch):
    decoded = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(
        ImageFile.ImageFile, "load", lambda self: decoded.append(self.size) or load(self)
    )
    pictures.read(encoded(Image.new("RGB", (4000, 3000)), "JPEG"))
    assert decoded[0] == (1000, 750)


# What is refused


@pytest.mark.parametrize("kind", ["PPM", "SGI", "TGA"])
def test_other_formats_are_refused_and_the_known_ones_named(gradient, kind):
    error = assert_refused(encoded(gradient, kind), ANOTHER_FORMAT)
    assert "JPEG, PNG, WebP or BMP" in str(error)


@pytest.mark.parametrize("data", [b"\0", b"a picture of a 7", b"\x89PNG", b"BM", b"\xff\xd8\xff"])
def test_what_is_no_picture_is_refused(data):
    assert_refused(data, DAMAGED if data.startswith(pictures.SIGNATURES) else ANOTHER_FORMAT)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_a_picture_cut_off_anywhere_is_refused(kind):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    data = encoded(noise, kind)
    for length in range(16, len(data) - 64, max(1, len(data) // 60)):
        assert_refused(data[:length], DAMAGED)


def test_more_than_16_mib_are_refused_before_they_are_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was parsed"))
    (tmp_path / "large.png").write_bytes(bytes(MAX_UPLOAD + 1))
    for source in (bytes(MAX_UPLOAD + 1), tmp_path / "large.png"):
        assert "16 MB" in str(assert_refused(source, TOO_LARGE))


@pytest.mark.parametrize(("kind", "side"), [("PNG", 5001), ("JPEG", 5001), ("WEBP", 3600)])
def test_a_real_picture_of_too_many_pixels_is_refused_before_they_are_decoded(
    kind, side, monkeypatch
):
    data = encoded(Image.new("1", (side, side)).convert("L"), kind)
    monkeypatch.setattr(
        ImageFile.ImageFile, "load", lambda _: pytest.fail("its pixels were decoded")
    )
    assert f"{side:,}x{side:,}" in assert_refused(data, TOO_LARGE).detail


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(DigitsError, match=r"none\.png: It cannot be opened: No such file"):
        pictures.read(tmp_path / "none.png")


@pytest.mark.parametrize(
    "error",
    [MemoryError(), SyntaxError("x"), NotImplementedError(), RecursionError(), ValueError("x")],
    ids=repr,
)
def test_whatever_a_parser_raises_is_an_error_for_the_user(gradient, monkeypatch, error):
    def fail(_):
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    assert type(error).__name__ in assert_refused(encoded(gradient), DAMAGED).detail


def test_the_endings_are_those_of_the_formats():
    known = Image.registered_extensions()
    assert {known[ending] for ending in pictures.SUFFIXES} == set(pictures.FORMATS)
    assert Path("photo.JPG").suffix.lower() in pictures.SUFFIXES


def test_a_picture_to_look_at_is_small_upright_and_shows_ink_of_any_colour():
    drawn = Image.new("RGBA", (3000, 2000), (0, 0, 0, 0))
    drawn.paste("white", (0, 0, 1500, 1000))
    drawn.paste("black", (1500, 1000, 3000, 2000))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    file = encoded(drawn, "PNG", exif=exif)
    found = pictures.preview(file)
    assert found.size == (2000, 3000)
    assert pictures.preview(file, upright=False).size == (3000, 2000)
    shown, small = (Image.open(io.BytesIO(data)) for data in (found.picture, found.thumbnail))
    assert (shown.format, shown.size, small.size) == ("JPEG", (667, 1000), (85, 128))
    right, left = (shown.convert("L").getpixel((x, 100)) for x in (600, 60))
    assert right > 250  # the white that was at the top left
    assert 50 < left < 200  # what was transparent
