"""Where clean digits come from: the bundled ones, MNIST, files of one's own, and bad input."""

import numpy as np
import pytest

from denoiser.data import digits
from denoiser.data.digits import CLASSES, Digits
from denoiser.errors import DigitsError


@pytest.fixture(scope="module")
def some(train_digits):
    """Twenty bundled digits with labels."""
    return train_digits[:20]


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


def same(loaded, images, labels):
    np.testing.assert_array_equal(loaded.images, images)
    assert loaded.images.dtype == np.uint8
    if labels is None:
        assert loaded.labels is None
    else:
        np.testing.assert_array_equal(loaded.labels, labels)
        assert loaded.labels.dtype == np.uint8


@pytest.fixture
def write(tmp_path):
    """Write arrays into an `.npz` file and return its path."""

    def write(**arrays):
        path = tmp_path / "digits.npz"
        np.savez(path, **arrays)
        return path

    return write


def test_a_path_gives_the_digits_that_lie_there(write, some):
    path = write(
        x_train=some.images[:15], y_train=some.labels[:15],
        x_test=some.images[15:], y_test=some.labels[15:],
    )  # fmt: skip
    same(digits.load(str(path), "train"), some.images[:15], some.labels[:15])
    same(digits.load(str(path), "test"), some.images[15:], some.labels[15:])


def test_what_is_done_to_digits_of_a_path_is_said_once(write, some, caplog):
    path = write(x_train=255 - some.images, x_test=255 - some.images)
    for found in (*digits.both(str(path)), digits.load(str(path), "train")):
        same(found, some.images, None)
    (said,) = caplog.messages
    assert said.startswith(f"{path}: They were black on white")


def test_a_missing_source_is_refused_and_the_known_ones_are_named(tmp_path):
    with pytest.raises(DigitsError, match=r"bundled, mnist.*, which does not exist"):
        digits.load(str(tmp_path / "none.npz"), "train")


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
    with pytest.raises(DigitsError, match=r"none\.npz"):
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
        arrays |= {"x_test": images[0][:1], "y_test": labels[0][:1]}
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
