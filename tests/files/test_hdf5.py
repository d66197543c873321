"""Our reader of HDF5: the arrays that the library wrote, and nothing that only looks like them."""

import h5py
import numpy as np
import pytest
from weight_files import autoencoder, h5_of

from denoiser.files import hdf5

ARRAYS = {
    "layers/conv2d/vars/0": np.arange(72, dtype="f4").reshape(3, 3, 2, 4),
    "layers/conv2d/vars/1": np.float32([1, 2, 3, 4]),
    "number": np.float32(7),
}


def test_arrays_come_out_as_they_went_in():
    found = hdf5.arrays(h5_of(ARRAYS))
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], array)


def test_groups_of_many_arrays_are_read_whole():
    many = {f"layers/conv2d_{i}/vars/0": np.full(2, i, "f4") for i in range(500)}
    found = hdf5.arrays(h5_of(many))
    assert {name: array[1] for name, array in found.items()} == {n: a[0] for n, a in many.items()}


def test_skipped_groups_are_not_looked_into():
    content = h5_of(ARRAYS, lambda file: file.create_dataset("optimizer/vars/0", data=17))
    assert set(hdf5.arrays(content, skipped={"optimizer"})) == set(ARRAYS)


def test_arrays_take_no_memory_of_their_own():
    content = h5_of(ARRAYS)
    assert not any(array.flags.owndata for array in hdf5.arrays(content).values())


def with_data(**options):
    return lambda file: file.create_dataset("bad", (64, 64), "f4", **options)


def virtual(file):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("bad", layout)


def of_kind(kind):
    return lambda file: file.create_dataset("bad", (4,), kind)


def link(target):
    return lambda file: file.__setitem__("bad", target)


BAD = {
    "a file elsewhere": link(h5py.ExternalLink("/etc/passwd", "/x")),
    "a symbolic link": link(h5py.SoftLink("/layers")),
    "a symbolic link to nowhere": link(h5py.SoftLink("/none")),
    "data elsewhere": with_data(external=[("/etc/passwd", 0, 64 * 64 * 4)]),
    "virtual data": virtual,
    "gzip": with_data(compression="gzip"),
    "lzf": with_data(compression="lzf"),
    "shuffled": with_data(shuffle=True),
    "checksummed": with_data(fletcher32=True),
    "chunks": with_data(chunks=(8, 8)),
    "no numbers": lambda file: file.create_dataset("bad", (0, 3), "f4"),
    "an empty space": lambda file: file.create_dataset("bad", data=h5py.Empty("f4")),
    "objects": of_kind(h5py.special_dtype(vlen=bytes)),
    "ragged arrays": of_kind(h5py.vlen_dtype(np.float32)),
    "references": of_kind(h5py.ref_dtype),
    "compounds": of_kind([("a", "f4")]),
    "doubles": of_kind("f8"),
    "halves": of_kind("f2"),
    "the other order of bytes": of_kind(">f4"),
    "whole numbers": of_kind("i4"),
    "five dimensions": lambda file: file.create_dataset("bad", (1, 1, 1, 1, 1), "f4"),
    "a named kind": lambda file: file.__setitem__("bad", np.dtype("f4")),
    "a long name": lambda file: file.create_group("a" * 200),
    "a name beyond ASCII": lambda file: file.create_group("ä"),
    "new groups": lambda file: file.create_group("bad", track_order=True),
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_whatever_else_the_library_can_write_is_refused(change):
    content = h5_of(ARRAYS, change)
    with pytest.raises(ValueError, match=r"expected|ascii"):
        hdf5.arrays(content)


@pytest.mark.parametrize("options", [{"libver": "latest"}, {"userblock_size": 512}])
def test_a_file_of_another_version_is_refused(options):
    with pytest.raises(ValueError, match="expected an HDF5 file"):
        hdf5.arrays(h5_of(ARRAYS, **options))


def test_more_parts_than_a_network_has_are_refused(monkeypatch):
    monkeypatch.setattr(hdf5, "MAX_PARTS", 20)
    with pytest.raises(ValueError, match="at most 20 parts"):
        hdf5.arrays(h5_of(autoencoder()))


def test_a_file_cut_off_anywhere_is_refused():
    content = h5_of(autoencoder((2,), 2))
    whole = len(hdf5.arrays(content))
    for length in range(0, len(content), 37):
        try:
            assert len(hdf5.arrays(content[:length])) == whole
        except ValueError:
            continue
        assert length > len(content) // 2  # the end is room that nothing lies in
