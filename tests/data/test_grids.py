"""Digits in files of the user: arrays and grids of digits, read and written again."""

import numpy as np
import pytest
from PIL import Image

from denoiser.data import grids
from denoiser.data.grids import Grid
from denoiser.errors import DigitsError


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


@pytest.mark.parametrize("shape", [(6, 28, 28), (6, 784), (6, 28, 28, 1)])
def test_arrays_of_whole_numbers_and_of_other_shapes_are_read(tmp_path, held_out, shape):
    np.save(tmp_path / "digits.npy", held_out.images[:6].reshape(shape))
    np.testing.assert_allclose(grids.read(tmp_path / "digits.npy").digits, held_out.clean[:6])


def test_a_rounding_error_beyond_white_is_white(tmp_path, grid):
    np.save(tmp_path / "digits.npy", grid.digits * 1.0000005)
    assert grids.read(tmp_path / "digits.npy").digits.max() == 1


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.full((2, 28, 28), np.nan), "NaN"),
        (np.full((2, 28, 28), -3.0), "negative"),
        (np.zeros((28, 28, 2)), "moveaxis"),
    ],
)
def test_an_array_that_cannot_be_read_is_refused_for_what_it_is(tmp_path, array, said):
    np.save(tmp_path / "digits.npy", array)
    with pytest.raises(DigitsError, match=said):
        grids.read(tmp_path / "digits.npy")


def test_an_array_that_was_cut_short_is_said_to_be(tmp_path, grid):
    grids.write(tmp_path / "digits.npy", grid)
    content = (tmp_path / "digits.npy").read_bytes()
    (tmp_path / "digits.npy").write_bytes(content[:-100])
    with pytest.raises(DigitsError, match="damaged or incomplete") as caught:
        grids.read(tmp_path / "digits.npy")
    assert "mmap" not in str(caught.value)
