"""Files of a few digits, as people have them; and as trainings of a few seconds take them."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from denoiser.data.digits import Digits

IDX_KINDS = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
KAGGLE = [f"pixel{i}" for i in range(784)]


def save_digits(folder: Path, train: Digits, test: Digits) -> Path:
    """Write digits to train on and to test, with their labels, as an `.npz`; return its path."""
    path = folder / "digits.npz"
    np.savez(path, x_train=train.images, y_train=train.labels,
             x_test=test.images, y_test=test.labels)  # fmt: skip
    return path


def npz(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def idx(array: np.ndarray) -> bytes:
    """Return an array as MNIST's files have it."""
    kind = f"{array.dtype.kind}{array.dtype.itemsize}"
    head = struct.pack(f">HBB{array.ndim}I", 0, IDX_KINDS[kind], array.ndim, *array.shape)
    return head + array.astype(f">{kind}").tobytes()


def csv(
    images: np.ndarray, labels: np.ndarray | None = None, header: list[str] | None = None,
    separator: str = ",", end: str = "\n", form: str = "%d",
) -> bytes:  # fmt: skip
    """Return digits as a table, a row a digit: its label first, if it has one."""
    rows = images.reshape(len(images), -1)
    rows = rows if labels is None else np.column_stack([labels, rows])
    lines = [separator.join(form % value for value in row) for row in rows]
    return end.join([*([separator.join(header)] if header else []), *lines, ""]).encode()


def png(image: np.ndarray | Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    picture.save(buffer, kind)
    return buffer.getvalue()


def pictures(digits: Digits, folder: str = "{label}") -> dict[str, bytes]:
    """Return digits as pictures by their paths, each in the folder of its label."""
    labels = np.zeros(len(digits), np.uint8) if digits.labels is None else digits.labels
    return {
        f"{folder.format(label=label)}/{i:04}.png": png(image)
        for i, (image, label) in enumerate(zip(digits.images, labels, strict=True))
    }


def write_all(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder; return it."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    """Return files as a `.tar.gz`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return gzip.compress(buffer.getvalue())
