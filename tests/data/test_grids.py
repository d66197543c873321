"""Digits in files of the user: arrays and grids of digits, read and written again."""

import numpy as np
import pytest
from PIL import Image

from denoiser.data import grids
from denoiser.data.grids import Grid


@pytest.fixture
def grid(held_out):
    """Six digits in two rows."""
    return Grid(held_out.clean[:6], 2, 3)


def test_a_picture_is_read_row_by_row(tmp_path, held_out, grid):
    rows = [np.hstack(held_out.images[:3]), np.hstack(held_out.images[3:6])]
    Image.fromarray(np.vstack(rows)).save(tmp_path / "grid.png")
    found = grids.read(tmp_path / "grid.png")
    assert (found.rows, found.columns) == (2, 3)
    assert found.digits.dtype == np.float32
    np.testing.assert_allclose(found.digits, grid.digits, atol=1e-6)


@pytest.mark.parametrize("name", ["grid.png", "GRID.BMP", "grid.webp"])
def test_a_picture_that_was_written_is_read_as_it_was(tmp_path, grid, name):
    grids.write(tmp_path / name, grid)
    found = grids.read(tmp_path / name)
    assert (found.rows, found.columns) == (grid.rows, grid.columns)
    at_most = 0.2 if name.endswith("webp") else 0.51 / 255  # WebP loses a little
    assert np.abs(found.digits - grid.digits).max() <= at_most


@pytest.mark.parametrize("side", [28, 56, 280, 300, 1000])
def test_a_square_picture_is_one_digit(tmp_path, held_out, side):
    digit = Image.fromarray(held_out.images[0])
    digit.resize((side, side), Image.Resampling.NEAREST).save(tmp_path / "one.png")
    found = grids.read(tmp_path / "one.png")
    assert found.digits.shape == (1, 28, 28)
    exact = side % 28 == 0
    np.testing.assert_allclose(found.digits[0], held_out.clean[0], atol=1e-6 if exact else 0.2)


def test_a_square_picture_is_a_grid_where_that_is_said(tmp_path, held_out):
    rows = [np.hstack(held_out.images[i : i + 2]) for i in (0, 2)]
    Image.fromarray(np.vstack(rows)).save(tmp_path / "grid.png")
    found = grids.read(tmp_path / "grid.png", grid=True)
    assert (found.rows, found.columns) == (2, 2)
    np.testing.assert_allclose(found.digits, held_out.clean[:4], atol=1e-6)


@pytest.mark.parametrize("name", ["digits.npy", "DIGITS.NPY"])
def test_an_array_keeps_its_digits_but_not_their_grid(tmp_path, grid, name):
    grids.write(tmp_path / name, grid)
    found = grids.read(tmp_path / name)
    np.testing.assert_array_equal(found.digits, grid.digits)
    assert (found.rows, found.columns) == (6, 1)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_floats_become_single_precision(tmp_path, grid, dtype):
    np.save(tmp_path / "digits.npy", grid.digits.astype(dtype))
    found = grids.read(tmp_path / "digits.npy").digits
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, grid.digits, atol=1e-3)
