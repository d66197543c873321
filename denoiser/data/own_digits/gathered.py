"""What is in files of digits, gathered: which of them count, what each is for, all of it read.

Arrays and tables come before pictures: a folder with both has the pictures to look at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

import numpy as np

from denoiser.data.digit_arrays import Digits, Split
from denoiser.data.own_digits import arrays, names, singles, tables
from denoiser.data.own_digits.arrays import PIXELS, Refused
from denoiser.data.own_digits.names import Role
from denoiser.errors import DenoiserError, DigitsError
from denoiser.files import idx, pictures, zips
from denoiser.files.archives import Bounds, Entry
from denoiser.files.atomic import MAX_UPLOAD
from denoiser.files.zips import Header

MOST_NAMED = 8
MAX_LETTERS = 300
STARTS_OF_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM")


@dataclass(frozen=True)
class Limits:
    """How much may be brought.

    Attributes:
        unpacked: Bytes that all digits may have together, as they are saved.
        pixels: Of all pictures together; None for no limit.
        bounds: Of the files.
    """

    unpacked: int
    pixels: int | None
    bounds: Bounds


@dataclass(frozen=True)
class Gathered:
    """Digits as they were brought, in our form.

    Attributes:
        parts: By the split that they are named for; None for no split.
        notes: What was done to them, for people.
    """

    parts: dict[Split | None, Digits]
    notes: tuple[DigitsError, ...]


@dataclass(frozen=True)
class _Piece:
    """An array of digits or labels in a file.

    Attributes:
        path: Of its file.
        split: What the names say that it is for.
        role: What it holds; None where only its shape can say it.
        header: What is known before it is read; None for a table.
        load: Reads it: digits, and labels of a table; or labels alone.
    """

    path: str
    split: Split | None
    role: Role | None
    header: Header | None
    load: Callable[[], tuple[np.ndarray, np.ndarray | None]]


def gather(entries: Sequence[Entry], refused: Refused, limits: Limits, is_alone: bool) -> Gathered:
    """Read the digits in files.

    Args:
        entries: All files.
        refused: Makes the error out of a message and its values.
        limits: What is refused before it is read.
        is_alone: Whether all of them came in one file, whose own name says nothing.

    Raises:
        DenoiserError: Made by `refused`.
        Exception: Of many kinds, where a file is damaged.
    """
    gathered = _Gathering(refused, limits, is_alone).of(entries)
    if not any(digits.images.any() for digits in gathered.parts.values()):
        raise refused("Every picture in it is black, without any ink. Look where they come from.")
    return gathered


@dataclass
class _Gathering:
    refused: Refused
    limits: Limits
    is_alone: bool
    unfit: list[DenoiserError] = field(default_factory=list)  # tables that are none of digits

    def of(self, entries: Sequence[Entry]) -> Gathered:
        found = [piece for entry in entries if (piece := self._piece(entry))]
        if images := self._images_of(found):
            return self._of_arrays(images, found, len(entries))
        if files := [entry for entry in entries if _is_picture(entry)]:
            return self._of_pictures(files, len(entries))
        for piece in found:
            if piece.header and piece.header.ndim > 1:
                arrays.check_images(self.refused, piece.header)
        if found and all(piece.header and arrays.is_of_labels(piece.header) for piece in found):
            raise self.refused("There are labels in it, but no digits. Bring the file of the "
                               "digits, too.")  # fmt: skip
        if self.unfit:
            raise self.unfit[0]
        raise self._nothing([piece.path for piece in found] or [entry.path for entry in entries])

    def _nothing(self, paths: Sequence[str]) -> DenoiserError:
        listed = ", ".join(_short(path) for path in paths[:MOST_NAMED])[:MAX_LETTERS]
        return self.refused(
            "There are no digits in it that can be read here, but: {listed}. Bring arrays (.npz "
            "with x, or x_train and x_test), a table (.csv), MNIST's files (idx), or PNG, JPEG, "
            "WebP or BMP pictures in folders called 0 to 9.", listed=listed or "–",
        )  # fmt: skip

    def _parts_of(self, entry: Entry) -> tuple[str, ...]:
        return entry.parts[1:] if self.is_alone else entry.parts

    # Arrays and tables

    def _piece(self, entry: Entry) -> _Piece | None:
        """Return what is known of an array or a table before it is read; None for others."""
        if entry.suffix in pictures.SUFFIXES:
            return None
        split = names.split_of(self._parts_of(entry))
        if entry.suffix == ".npy":
            with entry.open() as file:
                header = zips.read_header(file)
            role = names.role_of(PurePosixPath(entry.path).stem)
            return _Piece(entry.path, split, role, header, partial(_load_npy, entry, header))
        head = entry.head(tables.HEAD)
        if idx.is_idx(head):
            return _Piece(entry.path, split, None, idx.header(head), partial(_load_idx, entry))
        if entry.suffix in tables.SUFFIXES and tables.is_text(head):
            columns = tables.columns_of(head)
            if isinstance(columns, tables.Columns):
                load = partial(tables.read, entry, columns, self.refused, self.limits.unpacked)
                return _Piece(entry.path, split, "images", None, load)
            self.unfit.append(self.refused(
                "{file} has {count:,} columns. A row is one digit here: 784 numbers from 0 to "
                "255, and maybe its label.", file=_short(entry.path), count=columns,
            ))  # fmt: skip
        return None

    def _images_of(self, found: Sequence[_Piece]) -> list[_Piece]:
        """Return the pieces that hold digits: those called so, else those of such a shape."""
        images = [piece for piece in found if piece.role == "images"]
        if not images:
            images = [piece for piece in found if piece.role is None and piece.header
                      and arrays.is_of_digits(piece.header)]  # fmt: skip
        named = [piece for piece in images if piece.split]
        return named or images

    def _of_arrays(self, images: Sequence[_Piece], found: Sequence[_Piece], count: int) -> Gathered:
        self._check_size(images)
        loaded = [piece.load() for piece in images]
        scales = [arrays.scale_of(self.refused, digits) for digits, _ in loaded]
        parts: dict[Split | None, Digits] = {}
        read = len(images)
        for split in dict.fromkeys(piece.split for piece in images):
            mine = [i for i, piece in enumerate(images) if piece.split == split]
            pixels = _joined([scales[i].pixels(loaded[i][0]) for i in mine])
            labels = [given for i in mine if (given := loaded[i][1]) is not None]
            if not labels:
                labels = self._labels_for(split, len(pixels), images, found)
                read += len(labels)
            parts[split] = self._labelled(pixels, labels)
        notes = {scale.note.args: scale.note for scale in scales if scale.note}
        return Gathered(parts, (*notes.values(), *_passed_over(count - read)))

    def _check_size(self, images: Sequence[_Piece]) -> None:
        size = 0
        for piece in images:
            if piece.header:
                arrays.check_images(self.refused, piece.header)
                size += piece.header.nbytes
        if size > self.limits.unpacked:
            raise self.refused(
                "Its digits have {size:,} bytes unpacked, at most {most:,} are read here. Bring "
                "fewer, or save them as bytes: x.astype('uint8').",
                size=size, most=self.limits.unpacked,
            )  # fmt: skip

    def _labels_for(
        self, split: Split | None, count: int, images: Sequence[_Piece], found: Sequence[_Piece]
    ) -> list[np.ndarray]:
        """Return the labels that come in arrays of their own, as far as there are any."""
        mine = [(piece, piece.header) for piece in found if piece.split == split and piece.header]
        labels = [(piece, header) for piece, header in mine if piece.role == "labels"]
        if not labels and not any(piece.role for piece in images):  # all are told by their shapes
            labels = [(piece, header) for piece, header in mine
                      if piece.role is None and arrays.is_of_labels(header)]  # fmt: skip
        if len(labels) == 1:
            arrays.check_labels(self.refused, count, labels[0][1])
        for _, header in labels:
            arrays.check_labels(self.refused, header.shape[0] if header.shape else 0, header)
        return [piece.load()[0] for piece, _ in labels]

    def _labelled(self, pixels: np.ndarray, labels: Sequence[np.ndarray]) -> Digits:
        if not labels:
            return Digits(pixels, None)
        checked = _joined([arrays.as_labels(self.refused, each) for each in labels])
        if len(checked) != len(pixels):
            raise self.refused("There are {count:,} digits, but {labels:,} labels: each digit "
                               "needs one, or leave all of them out.",
                               count=len(pixels), labels=len(checked))  # fmt: skip
        return Digits(pixels, checked)

    # Pictures

    def _of_pictures(self, files: Sequence[Entry], count: int) -> Gathered:
        folders = {file.path: self._parts_of(file)[:-1] for file in files}
        splits = {path: names.split_of(parts) for path, parts in folders.items()}
        named = [file for file in files if splits[file.path]] or list(files)
        self._check_pictures(named)
        # By class, as folders are, a part of them would lack classes.
        named = [named[i] for i in np.random.default_rng(0).permutation(len(named))]
        parts: dict[Split | None, Digits] = {}
        scaled = unlabelled = 0
        for split in dict.fromkeys(splits[file.path] for file in named):
            mine = [file for file in named if splits[file.path] == split]
            read = [self._single(file) for file in mine]
            scaled += sum(single.is_scaled for single in read)
            labels = [names.label_of(folders[file.path]) for file in mine]
            known = None if None in labels else np.array(labels, np.uint8)
            if any(label is not None for label in labels):
                unlabelled += labels.count(None)
            parts[split] = Digits(np.stack([single.image for single in read]), known)
        notes = [DigitsError("{count:,} pictures are scaled to 28x28; their proportions are kept.",
                             count=scaled)] if scaled else []  # fmt: skip
        if unlabelled:
            notes.append(DigitsError("Their labels are not used: {count:,} of the pictures lie in "
                                     "no folder called 0 to 9.", count=unlabelled))  # fmt: skip
        return Gathered(parts, (*notes, *_passed_over(count - len(named))))

    def _check_pictures(self, files: Sequence[Entry]) -> None:
        if len(files) * PIXELS > self.limits.unpacked:
            raise self.refused("There are {count:,} pictures, at most {most:,} are read here. "
                               "Bring fewer.", count=len(files),
                               most=self.limits.unpacked // PIXELS)  # fmt: skip
        if self.limits.pixels is None:
            return
        pixels = 0
        for file in files:
            pixels += pictures.pixels(file.read(MAX_UPLOAD))
            if pixels > self.limits.pixels:
                raise self.refused(
                    "Its pictures have more than {most:,} pixels together, which is more than is "
                    "read here. Scale them down: 28x28 are enough.", most=self.limits.pixels,
                )  # fmt: skip

    def _single(self, file: Entry) -> singles.Single:
        try:
            return singles.read(file.read(MAX_UPLOAD))
        except DigitsError as error:
            raise self.refused("{file}: {problem}", file=_short(file.path), problem=error) from None


def _is_picture(entry: Entry) -> bool:
    if entry.suffix in pictures.SUFFIXES:
        return True
    return not entry.suffix and entry.head(4).startswith(STARTS_OF_PICTURES)


def _load_npy(entry: Entry, header: Header) -> tuple[np.ndarray, None]:
    content = entry.read(header.nbytes + 2 * zips.MAX_HEADER)
    return zips.read_array(content, lambda _: None), None


def _load_idx(entry: Entry) -> tuple[np.ndarray, None]:
    with entry.open() as file:
        return idx.read_array(file), None


def _joined(pieces: Sequence[np.ndarray]) -> np.ndarray:
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _passed_over(count: int) -> list[DigitsError]:
    if not count:
        return []
    return [DigitsError("Not used: {count:,} of the files or arrays in it.", count=count)]


def _short(path: str) -> str:
    return path if len(path) <= 60 else f"…{path[-59:]}"
