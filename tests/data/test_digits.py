"""Where clean digits come from: the bundled ones, MNIST, files of one's own, and bad input."""

import io
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image

from denoiser.data import digits
from denoiser.data.digits import CLASSES, Digits
from denoiser.errors import DigitsError


@pytest.fixture(scope="module")
def some(train_digits):
    """Twenty bundled digits with labels."""
    return train_digits[:20]


@pytest.fixture
def write(tmp_path):
    """Write arrays into an `.npz` file and return its path."""

    def write(**arrays):
        path = tmp_path / "digits.npz"
        np.savez(path, **arrays)
        return path

    return write


def rows(images):
    return {image.tobytes() for image in images}


# Bundled


def test_bundled_digits_are_split_into_4500_and_500(train_digits, held_out):
    assert (len(train_digits), len(held_out)) == (4500, 500)
    for part in (train_digits, held_out):
        assert part.images.shape == (len(part), 28, 28)
        assert part.images.dtype == part.labels.dtype == np.uint8
        assert part.images.max() == 255


def test_bundled_digits_have_every_class_equally_often(train_digits, held_out):
    assert np.bincount(train_digits.labels).tolist() == [450] * CLASSES
    assert np.bincount(held_out.labels).tolist() == [50] * CLASSES


def test_no_held_out_digit_is_trained_on(train_digits, held_out):
    assert not rows(train_digits.images) & rows(held_out.images)


def test_the_bundled_split_is_the_same_every_time(held_out):
    digits.all_bundled.cache_clear()
    again = digits.load("bundled", "test")
    np.testing.assert_array_equal(again.images, held_out.images)
    np.testing.assert_array_equal(again.labels, held_out.labels)


def test_a_prefix_of_the_bundled_digits_has_every_class_in_it(train_digits, held_out):
    assert set(train_digits[:100].labels) == set(held_out[:100].labels) == set(range(CLASSES))


def test_a_nearest_mean_finds_most_labels_right(train_digits, held_out):
    means = np.stack([train_digits.clean[train_digits.labels == c].mean(0) for c in range(CLASSES)])
    distances = np.square(held_out.clean[:, None] - means).sum((2, 3))
    assert (distances.argmin(1) == held_out.labels).mean() > 0.7


def test_clean_digits_are_floats_from_0_to_1(held_out):
    assert held_out.clean.dtype == np.float32
    assert (held_out.clean.min(), held_out.clean.max()) == (0, 1)


def test_a_selection_keeps_digits_and_labels_together(held_out):
    threes = held_out[held_out.labels == 3]
    assert len(threes) == 50
    assert set(threes.labels) == {3}
    unlabelled = Digits(held_out.images, None)[5:7]
    assert len(unlabelled) == 2
    assert unlabelled.labels is None


# Files of one's own


def same(loaded, images, labels):
    np.testing.assert_array_equal(loaded.images, images)
    assert loaded.images.dtype == np.uint8
    if labels is None:
        assert loaded.labels is None
    else:
        np.testing.assert_array_equal(loaded.labels, labels)
        assert loaded.labels.dtype == np.uint8


def test_a_file_with_both_splits_gives_each(write, some):
    path = write(
        x_train=some.images[:15], y_train=some.labels[:15],
        x_test=some.images[15:], y_test=some.labels[15:],
    )  # fmt: skip
    same(digits.load(str(path), "train"), some.images[:15], some.labels[:15])
    same(digits.load(str(path), "test"), some.images[15:], some.labels[15:])


def test_a_file_with_one_array_gives_every_tenth_digit_as_test(write, some):
    path = write(x=some.images, y=some.labels)
    test, rest = np.arange(20) % 10 == 9, np.arange(20) % 10 != 9
    same(digits.load(str(path), "test"), some.images[test], some.labels[test])
    same(digits.load(str(path), "train"), some.images[rest], some.labels[rest])


def test_labels_may_be_missing(write, some):
    same(digits.load(str(write(x_test=some.images)), "test"), some.images, None)


@pytest.mark.parametrize("kind", ["uint8", "int64"])
def test_labels_may_be_any_whole_numbers(write, some, kind):
    path = write(x_test=some.images, y_test=some.labels.astype(kind))
    same(digits.load(str(path), "test"), some.images, some.labels)


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_floats_from_0_to_1_become_the_same_digits(write, some, kind):
    path = write(x_test=some.images.astype(kind) / 255)
    same(digits.load(str(path), "test"), some.images, None)


def test_floats_become_the_nearest_grey(write):
    path = write(x_test=np.full((1, 28, 28), 0.999))
    assert (digits.load(str(path), "test").images == 255).all()


def test_a_channel_axis_is_dropped(write, some):
    same(digits.load(str(write(x_test=some.images[..., None])), "test"), some.images, None)


def test_a_compressed_file_is_read_too(tmp_path, some):
    np.savez_compressed(tmp_path / "digits.npz", x_test=some.images)
    same(digits.load(str(tmp_path / "digits.npz"), "test"), some.images, None)


def grey(*shape, kind="uint8"):
    return np.zeros(shape, kind)


WRONG_ARRAYS = {
    "no digits": ({"pictures": grey(20, 28, 28)}, "expected an array 'x' or 'x_train', got pict"),
    "nothing": ({}, "expected an array 'x' or 'x_train', got none"),
    "32x32": ({"x": grey(20, 32, 32)}, r"shape \(n, 28, 28\), got \(20, 32, 32\)"),
    "flat": ({"x": grey(20, 784)}, r"shape \(n, 28, 28\), got \(20, 784\)"),
    "one digit": ({"x": grey(28, 28)}, r"shape \(n, 28, 28\), got \(28, 28\)"),
    "a number": ({"x": np.uint8(3)}, r"shape \(n, 28, 28\), got \(\)"),
    "color": ({"x": grey(20, 28, 28, 3)}, r"got \(20, 28, 28, 3\)"),
    "empty": ({"x": grey(0, 28, 28)}, "at least one digit, got none"),
    "too few": ({"x": grey(9, 28, 28)}, "at least 10 digits to split, got 9"),
    "integers": ({"x": grey(20, 28, 28, kind="int64")}, "uint8 or float digits, got int64"),
    "text": ({"x": grey(20, 28, 28, kind="U3")}, "uint8 or float digits, got <U3"),
    "nan": ({"x": grey(20, 28, 28, kind="f4") + np.nan}, r"in \[0, 1\]"),
    "infinite": ({"x": grey(20, 28, 28, kind="f4") - np.inf}, r"in \[0, 1\]"),
    "floats to 255": ({"x": grey(20, 28, 28, kind="f4") + 255}, r"in \[0, 1\]"),
    "negative": ({"x": grey(20, 28, 28, kind="f4") - 0.1}, r"in \[0, 1\]"),
    "fewer labels": ({"x": grey(20, 28, 28), "y": grey(19)}, r"20.*labels, got uint8 \(19"),
    "flat labels": ({"x": grey(20, 28, 28), "y": grey(20, 10)}, r"20.*labels, got uint8 \(20, 10"),
    "float labels": ({"x": grey(20, 28, 28), "y": grey(20, kind="f4")}, "labels, got float32"),
    "label 10": ({"x": grey(20, 28, 28), "y": grey(20) + 10}, "from 0 to 9, got 10 to 10"),
    "label -1": ({"x": grey(20, 28, 28), "y": grey(20, kind="i8") - 1}, "0 to 9, got -1 to -1"),
}


@pytest.mark.parametrize(("arrays", "words"), WRONG_ARRAYS.values(), ids=WRONG_ARRAYS)
def test_wrong_arrays_are_refused_with_what_came(write, arrays, words):
    path = write(**arrays)
    with pytest.raises(DigitsError, match=words):
        digits.load(str(path), "train")


def test_pickled_objects_are_never_loaded(write):
    path = write(x=np.array([{"digit": 3}] * 20, dtype=object))
    with pytest.raises(DigitsError, match="readable"):
        digits.load(str(path), "train")


def test_a_missing_source_is_refused_and_the_known_ones_are_named(tmp_path):
    with pytest.raises(DigitsError, match=r"bundled, mnist.*, which does not exist"):
        digits.load(str(tmp_path / "none.npz"), "train")


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "digits.csv").write_text("0,0,0")
    with pytest.raises(DigitsError, match=r"an \.npz file or a folder.*digits\.csv"):
        digits.load(str(tmp_path / "digits.csv"), "train")


@pytest.mark.parametrize("content", [b"", b"0,0,0", b"PK\x03\x04 no zip"], ids=repr)
def test_what_is_no_npz_inside_is_refused(tmp_path, content):
    (tmp_path / "digits.npz").write_bytes(content)
    with pytest.raises(DigitsError, match="readable"):
        digits.load(str(tmp_path / "digits.npz"), "train")


def test_a_file_cut_off_anywhere_is_refused(tmp_path, some):
    np.savez_compressed(tmp_path / "digits.npz", x=some.images)
    whole = (tmp_path / "digits.npz").read_bytes()
    for length in range(0, len(whole), 97):
        (tmp_path / "digits.npz").write_bytes(whole[:length])
        with pytest.raises(DigitsError, match="readable"):
            digits.load(str(tmp_path / "digits.npz"), "train")


def test_a_file_damaged_anywhere_is_refused_or_read_but_never_crashes(tmp_path, some):
    np.savez_compressed(tmp_path / "digits.npz", x=some.images)
    whole = (tmp_path / "digits.npz").read_bytes()
    refused = 0
    for place in range(0, len(whole), 13):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (tmp_path / "digits.npz").write_bytes(damaged)
        try:
            digits.load(str(tmp_path / "digits.npz"), "train")
        except DigitsError:
            refused += 1
    assert refused > 100


def member(name, content, **changed):
    """Return a zip file with one member; `changed` attributes are put on its entry."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
        for attribute, value in changed.items():
            setattr(archive.infolist()[0], attribute, value)
    return file.getvalue()


def npy_that_claims(shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n" + b"\0" * 784


HOSTILE_ZIPS = {
    "a member that is no array": member("x", b"hello"),
    "an array of another kind": member("x.npy", b"hello"),
    "a shape beyond the data": member("x.npy", npy_that_claims("(10, 28, 28)")),
    "a shape beyond all memory": member("x.npy", npy_that_claims("(10000000000000, 28, 28)")),
    "a negative shape": member("x.npy", npy_that_claims("(-1, 28, 28)")),
    "a shape beyond 64 bits": member("x.npy", npy_that_claims(f"({10**30}, 28, 28)")),
    "a password": member("x.npy", npy_that_claims("(1, 28, 28)"), flag_bits=1),
    "an unknown compression": member("x.npy", npy_that_claims("(1, 28, 28)"), compress_type=99),
}


@pytest.mark.parametrize("content", HOSTILE_ZIPS.values(), ids=HOSTILE_ZIPS)
def test_a_hostile_file_is_refused(tmp_path, content):
    (tmp_path / "digits.npz").write_bytes(content)
    with pytest.raises(DigitsError, match=r"digits\.npz: expected"):
        digits.load(str(tmp_path / "digits.npz"), "train")


def test_a_file_that_unpacks_too_large_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "digits.npz", x=grey(2000, 28, 28))
    packed = (tmp_path / "digits.npz").stat().st_size
    assert packed < 100_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(DigitsError, match="expected at most 100,000 bytes in it, got 1,568"):
        digits.from_npz(tmp_path / "digits.npz", "train", 100_000)


# Folders of pictures


def save_pictures(folder, images, endings=("png",)):
    folder.mkdir(exist_ok=True)
    for i, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{i:03}.{endings[i % len(endings)]}")


def test_pictures_in_a_folder_come_in_the_order_of_their_names(tmp_path, some):
    save_pictures(tmp_path, some.images)
    same(digits.from_folder(tmp_path), some.images, None)
    same(digits.load(str(tmp_path), "test"), some.images[[9, 19]], None)
    assert len(digits.load(str(tmp_path), "train")) == 18


def test_pictures_of_every_format_are_read(tmp_path, some):
    save_pictures(tmp_path, some.images[:5], ("png", "jpg", "jpeg", "webp", "BMP"))
    loaded = digits.from_folder(tmp_path)
    errors = np.square(loaded.clean - some[:5].clean).mean((1, 2))
    assert loaded.images.shape == (5, 28, 28)
    assert errors.max() < 0.01


def test_pictures_of_any_size_and_color_become_grey_28x28(tmp_path, some):
    for i, image in enumerate(some.images[:2]):
        large = Image.fromarray(image).resize((100, 100)).convert("RGB")
        large.save(tmp_path / f"{i}.png")
    loaded = digits.from_folder(tmp_path)
    assert np.square(loaded.clean - some[:2].clean).mean() < 0.01


def test_sub_folders_called_0_to_9_give_the_labels(tmp_path, some):
    for label in range(CLASSES):
        save_pictures(tmp_path / str(label), some.images[some.labels == label])
    loaded = digits.from_folder(tmp_path)
    np.testing.assert_array_equal(loaded.labels, np.sort(some.labels))
    assert len(loaded) == len(some)


def test_sub_folders_of_other_names_give_no_labels(tmp_path, some):
    save_pictures(tmp_path / "1", some.images[:2])
    save_pictures(tmp_path / "ten", some.images[2:4])
    assert digits.from_folder(tmp_path).labels is None


def test_other_files_in_a_folder_are_passed_over(tmp_path, some):
    save_pictures(tmp_path, some.images[:3])
    (tmp_path / "notes.txt").write_text("my digits")
    assert len(digits.from_folder(tmp_path)) == 3


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(DigitsError, match="expected PNG, JPEG, WebP or BMP pictures, got none"):
        digits.load(str(tmp_path), "train")


def test_a_folder_with_too_few_pictures_to_split_is_refused(tmp_path, some):
    save_pictures(tmp_path, some.images[:3])
    with pytest.raises(DigitsError, match="at least 10 digits to split, got 3"):
        digits.load(str(tmp_path), "train")


def test_a_broken_picture_is_refused_by_name(tmp_path, some):
    save_pictures(tmp_path, some.images)
    whole = (tmp_path / "007.png").read_bytes()
    (tmp_path / "007.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DigitsError, match=r"007\.png: expected a readable picture"):
        digits.load(str(tmp_path), "train")


@pytest.mark.parametrize("kind", ["TIFF", "EPS", "GIF", "PPM"])
def test_a_picture_of_another_format_is_refused_whatever_its_ending(tmp_path, some, kind):
    Image.fromarray(some.images[0]).save(tmp_path / "digit.png", kind)
    with pytest.raises(DigitsError, match=r"digit\.png: expected a readable picture"):
        digits.from_folder(tmp_path)


def test_a_picture_that_unpacks_too_large_is_refused(tmp_path, some, monkeypatch):
    save_pictures(tmp_path, some.images[:1])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(DigitsError, match=r"000\.png: expected a readable picture"):
        digits.from_folder(tmp_path)


# MNIST


@pytest.fixture
def local_mnist(write, some, monkeypatch):
    """A small file in the place of MNIST's."""
    path = write(
        x_train=some.images[:15], y_train=some.labels[:15],
        x_test=some.images[15:], y_test=some.labels[15:],
    )  # fmt: skip
    monkeypatch.setenv("DENOISER_MNIST", str(path))


@pytest.mark.usefixtures("local_mnist")
def test_mnist_is_read_from_a_local_file_where_one_is_named(some):
    same(digits.load("mnist", "train"), some.images[:15], some.labels[:15])
    same(digits.load("mnist", "test"), some.images[15:], some.labels[15:])
    same(digits.load("mnist-held-out", "test"), some.images[15:], some.labels[15:])


def test_a_wrong_local_mnist_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DENOISER_MNIST", str(tmp_path / "none.npz"))
    with pytest.raises(DigitsError, match=r"none\.npz: expected a readable"):
        digits.load("mnist", "train")


def test_otherwise_mnist_comes_from_keras(some, monkeypatch):
    monkeypatch.delenv("DENOISER_MNIST", raising=False)
    train = some.images[:15], some.labels[:15].astype(np.int64)
    test = some.images[15:], some.labels[15:].astype(np.int64)
    monkeypatch.setattr("keras.datasets.mnist.load_data", lambda: (train, test))
    same(digits.load("mnist", "train"), *train)
    same(digits.load("mnist", "test"), *test)


def test_a_failed_download_names_the_ways_without_network(monkeypatch):
    def fail():
        raise Exception("URL fetch failure on mnist.npz: no route to host")

    monkeypatch.delenv("DENOISER_MNIST", raising=False)
    monkeypatch.setattr("keras.datasets.mnist.load_data", fail)
    with pytest.raises(DigitsError, match="no route to host") as error:
        digits.load("mnist", "train")
    for way in ("--data FILE", "DENOISER_MNIST=FILE", "--data bundled"):
        assert way in str(error.value)


@pytest.fixture(scope="module")
def extra(held_out):
    """Three digits of each class that are not bundled: inverted ones."""
    chosen = [np.flatnonzero(held_out.labels == c)[:3] for c in range(CLASSES)]
    chosen = np.concatenate(chosen)
    return Digits(255 - held_out.images[chosen], held_out.labels[chosen])


@pytest.fixture
def mnist_like(write, extra, monkeypatch):
    """Name a file as MNIST whose train split has the bundled digits of each class, then extras."""

    def place(change=lambda bundled: None, labelled=True):
        bundled = digits.all_bundled().images.copy()
        change(bundled)
        images, labels = [], []
        for c in range(CLASSES):
            images += [bundled[500 * c : 500 * (c + 1)], extra.images[extra.labels == c]]
            labels += [np.full(503, c, np.uint8)]
        arrays = {"x_train": np.concatenate(images), "y_train": np.concatenate(labels)}
        if not labelled:
            del arrays["y_train"]
        monkeypatch.setenv("DENOISER_MNIST", str(write(**arrays)))

    return place


def test_held_out_mnist_is_exactly_what_is_not_bundled(mnist_like, extra):
    mnist_like()
    assert len(digits.load("mnist", "train")) == 5030
    same(digits.load("mnist-held-out", "train"), extra.images, extra.labels)


def blacken_one(bundled):
    bundled[1234] = 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"change": blacken_one}, "expected MNIST's training set, got other digits"),
        ({"labelled": False}, "expected labelled digits"),
    ],
    ids=["another digit", "no labels"],
)
def test_digits_that_are_not_mnist_cannot_be_held_out(mnist_like, change, words):
    mnist_like(**change)
    with pytest.raises(DigitsError, match=words):
        digits.load("mnist-held-out", "train")


@pytest.mark.usefixtures("local_mnist")
def test_too_few_digits_cannot_be_held_out():
    with pytest.raises(DigitsError, match="expected MNIST's training set"):
        digits.load("mnist-held-out", "train")


def test_the_real_mnist_without_the_bundled_digits_is_55000(mnist_file):
    assert mnist_file.is_file()
    assert len(digits.load("mnist", "train")) == 60_000
    assert len(digits.load("mnist", "test")) == 10_000
    rest = digits.load("mnist-held-out", "train")
    assert len(rest) == 55_000
    assert not rows(rest.images) & rows(digits.load("bundled", "test").images)
