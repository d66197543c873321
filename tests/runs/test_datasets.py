"""Digits that visitors brought: what is kept of them, how much of it, and what leads to it."""

import os
from pathlib import Path

import numpy as np
import pytest
from digit_files import idx, npz

from denoiser.config import TrainConfig
from denoiser.data import digits
from denoiser.errors import DigitsError, RunError
from denoiser.files.archives import Upload
from denoiser.runs import datasets
from denoiser.runs.store import RunStore


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def keep(store, content, name="digits.npz"):
    return datasets.keep(str(store.folder), [Upload(name, content)])


def some(held_out, count=50, first=0):
    return held_out[first : first + count]


def kept(store, part):
    return keep(store, npz(x=part.images, y=part.labels))


def files(store):
    return sorted((store.folder / datasets.FOLDER).iterdir())


def test_kept_digits_are_the_ones_that_were_brought(store, held_out):
    part = some(held_out)
    source = kept(store, part)
    assert datasets.is_kept(source)
    assert datasets.counts(source) == (45, 5)
    for split in ("train", "test"):
        is_test = np.arange(50) % 10 == 9
        chosen = part[is_test if split == "test" else ~is_test]
        found = digits.load(source, split)
        np.testing.assert_array_equal(found.images, chosen.images)
        np.testing.assert_array_equal(found.labels, chosen.labels)


def test_digits_without_labels_and_with_a_split_of_their_own_are_kept_so(store, held_out):
    content = npz(x_train=some(held_out, 40).images, x_test=some(held_out, 7).clean)
    source = keep(store, content)
    assert datasets.counts(source) == (40, 7)
    assert digits.load(source, "train").labels is None


def test_the_same_digits_are_kept_once(store, held_out):
    assert kept(store, some(held_out)) == kept(store, some(held_out))
    assert len(files(store)) == 1


def test_what_else_is_in_the_file_is_not_kept(store, held_out):
    keep(store, npz(x=some(held_out).images, secret=np.uint8([1] * 999)))
    with np.load(files(store)[0]) as arrays:
        assert set(arrays) == {"x_train", "x_test", "about"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip", "no digits in it"),
        (npz(pictures=np.zeros((50, 28))), r"this one has \(50, 28\)"),
        (npz(x=np.zeros((50, 32, 32))), r"this one has \(50, 32, 32\)"),
        (npz(x=np.ones((34, 28, 28))), "At least 32 digits are needed.*There are 31, and 3 more"),
        (npz(x=np.ones((9, 28, 28))), "10 digits are needed.*there are 9"),
        (npz(x_train=np.ones((34, 28, 28))), "There are 31"),
        (npz(x=np.array([{}] * 50, object)), "damaged"),
        (npz(x=np.zeros((90_000, 28, 28), np.uint8)), "at most 67,108,864"),
        (idx(np.zeros(50, np.uint8)), "labels in it, but no digits"),
    ],
)
def test_what_are_no_digits_is_refused_and_leaves_nothing(store, content, words):
    with pytest.raises(DigitsError, match=words):
        keep(store, content)
    assert not store.folder.exists() or not list(store.folder.rglob("*.npz"))


def said(source):
    return " ".join(map(str, datasets.about(source).notes))


def test_what_was_done_to_digits_is_kept_with_them(store, held_out):
    part = some(held_out)
    source = keep(store, npz(x=255.0 - part.images))
    assert said(source) == (
        "Their values, up to 255, are divided by 255. They were black on white; now they are "
        "white on black, as MNIST's are. Every tenth is kept to validate with. Labels are "
        "missing: training needs none, but how many are read right cannot be said."
    )
    assert said(keep(store, npz(x_train=part.images, x_test=part.images[:3], y_train=part.labels,
                                y_test=part.labels[:3]))) == ""  # fmt: skip
    np.testing.assert_array_equal(datasets.first(source, 7), part.images[:7])
    np.testing.assert_array_equal(datasets.first(source, 60), digits.load(source, "train").images)


def test_black_and_white_can_be_exchanged_there_and_back(store, held_out):
    part = some(held_out)
    source = keep(store, npz(x=255 - part.images, y=part.labels))
    assert datasets.about(source).is_inverted
    other = datasets.inverted(str(store.folder), source)
    assert not datasets.about(other).is_inverted
    assert datasets.about(other).was_black_on_white
    for split in ("train", "test"):  # trained on as the visitor wants it, not inverted again
        one, two = digits.load(source, split), digits.load(other, split)
        np.testing.assert_array_equal(one.images, 255 - two.images)
        np.testing.assert_array_equal(one.labels, two.labels)
    assert datasets.inverted(str(store.folder), other) == source


def test_nothing_that_a_visitor_sends_passes_for_what_is_kept(store, held_out):
    part = some(held_out)
    about = np.frombuffer(b'{"notes": [{"message": "{a.__class__}"}]}', np.uint8)
    source = keep(store, npz(x=255 - part.images, about=about))
    assert datasets.about(source).is_inverted
    assert "__class__" not in said(source)


def test_digits_that_an_earlier_version_kept_are_used_as_they_are(store, held_out, tmp_path):
    path = tmp_path / datasets.FOLDER / "abcdefabcdef.npz"
    path.parent.mkdir()
    np.savez_compressed(path, x_train=some(held_out).images, x_test=some(held_out, 5).images)
    assert datasets.about(str(path)) == datasets.About()
    assert datasets.counts(str(path)) == (50, 5)


def test_mnist_itself_is_taken_and_the_shorter_way_is_said(store, mnist_file):
    source = keep(store, mnist_file.read_bytes(), "mnist.npz")
    assert datasets.counts(source) == (60_000, 10_000)
    assert "“Full MNIST”" in said(source)


def aged(source, age):
    os.utime(source, (10**9 - age, 10**9 - age))


def test_the_oldest_that_no_run_uses_go_first(store, held_out, monkeypatch):
    monkeypatch.setattr(datasets, "MAX_KEPT", 3)
    used, old, new = (kept(store, some(held_out, 50, first)) for first in (0, 50, 100))
    for age, source in enumerate((new, old, used)):
        aged(source, age)
    store.create(TrainConfig(data=used))
    newest = kept(store, some(held_out, 50, 150))
    assert {str(path) for path in files(store)} == {used, new, newest}


def test_there_is_a_limit_on_bytes_too(store, held_out, monkeypatch):
    first = kept(store, some(held_out, 50, 0))
    monkeypatch.setattr(datasets, "MAX_KEPT_BYTES", Path(first).stat().st_size * 3 // 2)
    second = kept(store, some(held_out, 50, 50))
    assert [str(path) for path in files(store)] == [second]


def test_digits_that_runs_use_are_never_removed_for_others(store, held_out, monkeypatch):
    monkeypatch.setattr(datasets, "MAX_KEPT", 1)
    used = kept(store, some(held_out))
    store.create(TrainConfig(data=used))
    with pytest.raises(DigitsError, match="no room for more"):
        kept(store, some(held_out, 50, 50))
    assert [str(path) for path in files(store)] == [used]
    assert kept(store, some(held_out)) == used


def test_a_full_disk_is_told(store, held_out, monkeypatch):
    monkeypatch.setattr("denoiser.runs.store.MIN_FREE_BYTES", 2**70)
    with pytest.raises(RunError, match="MB are free"):
        kept(store, some(held_out))


def test_digits_that_are_gone_are_not_kept(store, held_out):
    source = kept(store, some(held_out))
    files(store)[0].unlink()
    assert not datasets.is_kept(source)
    with pytest.raises(DigitsError, match="readable"):
        datasets.counts(source)


@pytest.mark.parametrize("source", ["bundled", "mnist", "/home/me/own.npz", "/etc/.data"])
def test_other_sources_are_not_kept_ones(store, source):
    assert not datasets.is_kept(source)
    assert datasets.resolve_source(source, store.folder) == source


def test_kept_digits_are_found_under_another_name_of_the_folder(store, held_out, tmp_path):
    source = kept(store, some(held_out))
    there = store.folder.rename(tmp_path / "mounted")
    assert not datasets.is_kept(source)
    assert datasets.is_kept(datasets.resolve_source(source, there))


def test_a_source_in_somebodys_file_leads_to_nothing_but_kept_digits(store, held_out):
    source = kept(store, some(held_out))
    assert datasets.sanitize_source("bundled", store.folder) == "bundled"
    assert datasets.sanitize_source(f"/another/lab/{source[-16:]}", store.folder) == source
    for path in ("/etc/passwd", "/srv/pictures", "../../x.npz", "~/digits.npz", "a\0b", "x" * 9000):
        adopted = datasets.sanitize_source(path, store.folder)
        assert adopted == str(store.folder / datasets.FOLDER / "elsewhere.npz")
        with pytest.raises(DigitsError, match="does not exist"):
            digits.load(adopted, "train")
