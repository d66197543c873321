"""Pictures of digits in folders, on disk or packed, as people and their systems make them."""

import numpy as np
import pytest
from digit_files import pictures, png, tarred, write_all, zipped
from PIL import Image

from denoiser.data import own_digits
from denoiser.data.digits import Digits
from denoiser.data.own_digits import names
from denoiser.errors import DigitsError
from denoiser.files.archives import Upload


@pytest.fixture(scope="module")
def some(train_digits):
    """Twenty bundled digits with labels."""
    return train_digits[:20]


def sent(name, content, limits=own_digits.OF_VISITORS):
    return own_digits.read([Upload(name, content)], limits)


def by_content(digits):
    """Return digits in an order of their own, to compare sets."""
    order = sorted(range(len(digits)), key=lambda i: digits.images[i].tobytes())
    return digits[np.array(order)]


def same(found, expected):
    found, expected = by_content(found), by_content(expected)
    np.testing.assert_array_equal(found.images, expected.images)
    if expected.labels is None:
        assert found.labels is None
    else:
        np.testing.assert_array_equal(found.labels, expected.labels)


LEFT_BEHIND = {
    "3/._0001.png": b"\0\5\x16\7 Mac OS X", ".DS_Store": b"\0\0\0\1Bud1", "3/.DS_Store": b"",
    "__MACOSX/3/._0001.png": b"\0\5\x16\7", "3/Thumbs.db": b"\xd0\xcf", "desktop.ini": b"[",
    ".git/3/0001.png": b"", "3/.0001.png": b"",
}  # fmt: skip


def test_a_folder_is_read_alike_on_disk_and_in_a_zip_and_in_a_tar_and_inside_others(some, tmp_path):
    files = pictures(some) | LEFT_BEHIND
    nested = {f"my digits/new/{name}": content for name, content in files.items()}
    for found in (
        own_digits.read(write_all(tmp_path / "plain", files)),
        own_digits.read(write_all(tmp_path / "nested", nested)),
        sent("digits.zip", zipped(files)),
        sent("digits.zip", zipped(nested)),
        sent("digits.tar.gz", tarred(files)),
        sent("digits.tgz", tarred(nested)),
        sent("backup.zip", zipped({"digits.tar.gz": tarred(files)})),
        sent("digits.zip", zipped({name.replace("/", "\\"): c for name, c in files.items()})),
    ):
        same(found.parts[None], some)
        assert not found.notes


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train/{label}", "test/{label}"),
        ("training/{label}", "testing/{label}"),
        ("mnist_png/Training/{label}", "mnist_png/Testing/{label}"),
        ("train/class_{label}", "valid/class_{label}"),
        ("trainingSet/trainingSet/{label}", "testSet/testSet/{label}"),
        ("{label}/train", "{label}/val"),
    ],
)
def test_splits_are_used_as_they_are_named(some, train, test):
    files = pictures(some[:12], train) | pictures(some[12:], test)
    found = sent("train_and_test.zip", zipped(files | {"preview.png": png(some.images[0])}))
    same(found.split("train"), some[:12])
    same(found.split("test"), some[12:])
    assert "Not used: 1 of the files" in str(found.notes[0])


def test_pictures_to_test_with_need_no_labels(some):
    files = pictures(some[:12], "train/{label}") | pictures(some[12:], "test")
    found = sent("kaggle.zip", zipped(files))
    same(found.split("train"), some[:12])
    same(found.split("test"), Digits(some[12:].images, None))


@pytest.mark.parametrize(
    "folder", ["class_{label}", "digit-{label}", "Label {label}", "{label:02}", "n{label}"]
)
def test_labels_are_found_in_the_names_of_folders(some, folder):
    same(sent("digits.zip", zipped(pictures(some, folder))).parts[None], some)


@pytest.mark.parametrize(
    ("folder", "label"),
    [
        ("three", 3), ("3_three", 3), ("Three (3)", 3), ("zero", 0), ("class9", 9), ("digit 0", 0),
        ("batch_3", None), ("10", None), ("3 and 4", None), ("34", None), ("", None), ("img", None),
        ("page 3", None), ("threes", None), ("三", None),
    ],
)  # fmt: skip
def test_a_folder_names_one_label_or_none(folder, label):
    assert names.label_of([folder]) == label
    assert names.label_of(["train", folder, "scans"]) == label


def test_one_picture_without_a_label_leaves_all_without(some):
    files = pictures(some) | {"other/1.png": png(some.images[0])}
    assert sent("digits.zip", zipped(files)).parts[None].labels is None


def test_a_part_of_a_folder_has_every_class_in_it(train_digits):
    found = sent("digits.zip", zipped(pictures(train_digits[:400]))).parts[None]
    assert len(set(found[:60].labels)) == 10


def test_pictures_sent_without_a_folder_are_read(some):
    files = [Upload(f"scan {i}.png", png(image)) for i, image in enumerate(some.images)]
    same(own_digits.read(files, own_digits.OF_VISITORS).parts[None], Digits(some.images, None))


@pytest.mark.parametrize("size", [(100, 140), (140, 100), (28, 40), (20, 20), (300, 300)])
def test_pictures_of_any_size_keep_their_proportions(some, size):
    width, height = size
    files = {}
    for i in range(12):
        page = Image.new("L", size, 255)
        side = min(size)
        digit = Image.fromarray(255 - some.images[i]).resize((side, side), Image.Resampling.LANCZOS)
        page.paste(digit, ((width - side) // 2, (height - side) // 2))
        files[f"{some.labels[i]}/{i}.png"] = png(page)
    found = sent("digits.zip", zipped(files))
    assert "12 pictures are scaled to 28x28; their proportions are kept" in str(found.notes[0])
    assert found.is_inverted
    scale = 28 / max(size)
    for image, label in zip(found.parts[None].images, found.parts[None].labels, strict=True):
        original = some.images[[i for i in range(12) if some.labels[i] == label]]
        expected = [np.ptp(np.nonzero(one > 100), axis=1) * min(size) / 28 * scale
                    for one in original]  # fmt: skip
        box = np.ptp(np.nonzero(image > 60), axis=1)
        assert min(np.abs(box - e).max() for e in expected) <= 3


def on_nothing(image, ink):
    """Return a digit of one colour on transparent ground."""
    picture = Image.new("RGBA", (28, 28), (ink, ink, ink, 0))
    picture.putalpha(Image.fromarray(image))
    return png(picture)


@pytest.mark.parametrize(("ink", "is_inverted"), [(0, True), (255, False)])
def test_ink_on_transparent_ground_is_seen_whatever_its_colour(some, ink, is_inverted):
    files = {f"{i}.png": on_nothing(image, ink) for i, image in enumerate(some.images)}
    found = sent("digits.zip", zipped(files))
    same(found.parts[None], Digits(some.images, None))
    assert found.is_inverted == is_inverted
    assert [str(note).startswith("They were black on white") for note in found.notes] == (
        [True] if is_inverted else []
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_pictures_of_every_format_are_read(some, kind):
    image = Image.fromarray(some.images[0]).convert("RGB")
    found = sent("digits.zip", zipped({f"{i}.{kind}": png(image, kind) for i in range(10)}))
    error = np.square(found.parts[None].clean[0] - some.clean[0]).mean()
    assert error < 0.01


@pytest.mark.parametrize("kind", ["TIFF", "EPS", "GIF", "PPM"])
def test_a_picture_of_another_format_is_refused_by_name_whatever_its_ending(some, kind):
    picture = png(some.images[0], kind)
    with pytest.raises(DigitsError, match=r"3/digit\.png: "):
        sent("digits.zip", zipped({"3/digit.png": picture}))
    with pytest.raises(DigitsError, match=r"no digits in it.*digit\.tif.*Bring arrays"):
        sent("digits.zip", zipped({"3/digit.tif": picture}))


def test_a_broken_picture_is_refused_by_name(some, tmp_path):
    files = pictures(some)
    broken = next(iter(files))
    files[broken] = files[broken][:-60]
    for read in (
        lambda: own_digits.read(write_all(tmp_path, files)),
        lambda: sent("digits.zip", zipped(files)),
    ):
        with pytest.raises(DigitsError, match=rf"{broken}: "):
            read()


def test_nothing_to_read_says_what_can_be(tmp_path):
    for files, words in (({}, "no digits in it"), ({"notes.txt": b"1"}, "notes.txt has 1 columns"),
                         ({"a.doc": b"1"}, r"but: a\.doc\. Bring arrays")):  # fmt: skip
        folder = write_all(tmp_path / str(len(str(files))), files)
        folder.mkdir(exist_ok=True)
        with pytest.raises(DigitsError, match=words):
            own_digits.read(folder)


def test_more_pixels_than_digits_need_are_refused_before_they_are_read(monkeypatch):
    large = png(Image.new("L", (4000, 4000)))
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("it was read"))
    with pytest.raises(DigitsError, match="more than 200,000,000 pixels"):
        sent("digits.zip", zipped({f"{i}.png": large for i in range(13)}))


def test_more_pictures_than_digits_may_be_are_refused(some):
    limits = own_digits.Limits(19 * 784, None, own_digits.OF_VISITORS.bounds)
    with pytest.raises(DigitsError, match="20 pictures, at most 19"):
        sent("digits.zip", zipped(pictures(some)), limits)


def test_a_picture_in_no_folder_of_a_class_costs_the_labels_and_that_is_said(some):
    files = pictures(some) | {"stray.png": png(some.images[0])}
    found = sent("digits.zip", zipped(files))
    assert found.parts[None].labels is None
    assert "1 of the pictures lie in no folder called 0 to 9" in str(found.notes[-1])
