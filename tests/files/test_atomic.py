"""Files that are there whole or not at all, and how large one may be that a visitor brings."""

import os
import tomllib
from pathlib import Path

import pytest

from denoiser.files.atomic import MAX_UPLOAD, write_whole

SETTINGS = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"


def test_a_file_is_written_and_its_folder_made(tmp_path):
    path = tmp_path / "a" / "b" / "weights.bin"
    write_whole(path, b"\x00\x01")
    assert path.read_bytes() == b"\x00\x01"


def test_a_file_is_replaced_and_nothing_else_stays(tmp_path):
    path = tmp_path / "card.json"
    write_whole(path, b"a long first version")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


def test_others_may_read_the_file(tmp_path):
    write_whole(tmp_path / "card.json", b"{}")
    assert (tmp_path / "card.json").stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=repr)
def test_the_old_file_stays_when_writing_fails(tmp_path, monkeypatch, error):
    path = tmp_path / "card.json"
    write_whole(path, b"old")

    def fail(_descriptor):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(error)):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_cannot_take_the_place_of_a_folder(tmp_path):
    (tmp_path / "card.json").mkdir()
    with pytest.raises(OSError, match=r"card\.json"):
        write_whole(tmp_path / "card.json", b"{}")
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]


def test_browsers_send_as_much_as_readers_take():
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    assert settings["server"]["maxUploadSize"] * 2**20 == MAX_UPLOAD
