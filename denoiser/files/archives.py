"""What lies in files that a stranger made: in folders, zips, tars and gzips, within bounds.

A zip in a tar in a gzip is one list of files, each with its name and a way to read it.
What is claimed is checked before anything is unpacked, nothing is unpacked beyond what is
asked for, and no name is ever used as a path. What computers leave in folders for
themselves is passed over. Knows nothing of what the files hold.
"""

import gzip
import io
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple, NoReturn, cast

from denoiser.errors import DenoiserError
from denoiser.files import zips
from denoiser.files.atomic import MAX_UPLOAD

MAX_ENTRIES = 20_000
MAX_DEPTH = 3  # a zip in a tar in a gzip
MAX_NAME = 200  # letters
MAX_TAR = 96 * 2**20  # bytes, without its compression
MAX_ABOUT = 2**16  # bytes about one file in a tar
SAYING_MORE = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE,
               tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)  # fmt: skip
BLOCK = 2**20
ZIP, GZIP, TAR, TAR_AT = b"PK\x03\x04", b"\x1f\x8b", b"ustar", 257
HEAD = 512
LEFT_BEHIND = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin"}


class Upload(NamedTuple):
    """A file that a visitor sent: its name, which is only looked at, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Bounds:
    """How much there may be.

    Attributes:
        files: All files together.
        unpacked: Bytes that all files are said to have together, and that one may have.
    """

    files: int = MAX_ENTRIES
    unpacked: int = 256 * 2**20


@dataclass(frozen=True)
class Entry:
    """A file among others.

    Attributes:
        path: Its name and those of the folders that it lies in, with "/" between them.
        open: Opens it; may raise what zipfile, gzip, zlib and tarfile raise.
        place: Where it lies on this machine; None for one that was sent or lies in an archive.
    """

    path: str
    open: Callable[[], IO[bytes]]
    place: Path | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """Its path in parts, the file's name last."""
        return PurePosixPath(self.path).parts

    @property
    def suffix(self) -> str:
        """The ending of its name with the dot, in small letters; "" for none."""
        return PurePosixPath(self.path).suffix.lower()

    def head(self, size: int = HEAD) -> bytes:
        """Return its first bytes."""
        with self.open() as file:
            return file.read(size)

    def read(self, most: int) -> bytes:
        """Return all of it.

        Raises:
            ValueError: It has more than `most` bytes.
        """
        with self.open() as file:
            content = file.read(most)
            if len(content) == most and file.read(1):
                raise ValueError(f"expected at most {most:,} bytes")
        return content


@contextmanager
def opened(
    source: Path | Sequence[Upload], refused: Callable[..., DenoiserError], bounds: Bounds
) -> Iterator[list[Entry]]:
    """List all files for the length of a block.

    Args:
        source: A file or folder of this machine, or what a visitor sent.
        refused: Makes the error out of a message and its values, as `DenoiserError` has them.
        bounds: What is refused before it is unpacked.

    Raises:
        DenoiserError: Made by `refused`, whatever goes wrong in the block.
    """
    with ExitStack() as stack:
        opening = _Opening(stack, refused, bounds)
        try:
            yield list(opening.all_of(_given(source)))
        except DenoiserError:
            raise
        except Exception as error:  # on damaged files the libraries raise many types
            raise refused("It cannot be read: it is damaged or incomplete. Save or send it again.",
                          detail=f"{type(error).__name__}: {error}") from error  # fmt: skip


def is_left_behind(path: str) -> bool:
    """Whether a file or a folder that it lies in is hidden, or was made by a system for itself."""
    parts = PurePosixPath(path).parts
    return any(part.startswith(".") or part.lower() in LEFT_BEHIND for part in parts)


def _given(source: Path | Sequence[Upload]) -> Iterator[Entry]:
    if not isinstance(source, Path):
        for name, content in source:
            yield Entry(_named(name), partial(io.BytesIO, content))
    elif source.is_dir():
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            name = path.relative_to(source).as_posix()
            yield Entry(name, partial(_on_disk, path), path)
    else:
        yield Entry(source.name, partial(_on_disk, source), source)


def _on_disk(path: Path) -> IO[bytes]:
    return path.open("rb")


def _named(name: str) -> str:
    return name.replace("\\", "/")[-MAX_NAME:].lstrip("/") or "file"


class _BoundedTarInfo(tarfile.TarInfo):
    """A file's entry in a tar that does not say megabytes about itself."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_BoundedTarInfo":
        about = super().frombuf(buf, encoding, errors)
        if about.type in SAYING_MORE and about.size > MAX_ABOUT:
            raise ValueError(f"expected at most {MAX_ABOUT:,} bytes about a file")
        return about


class _Opening:
    """Opens archives in archives, and counts what they claim."""

    def __init__(
        self, stack: ExitStack, refused: Callable[..., DenoiserError], bounds: Bounds
    ) -> None:
        self._stack, self._refused, self._bounds = stack, refused, bounds
        self._files = self._claimed = 0

    def all_of(self, entries: Iterator[Entry], depth: int = 0) -> Iterator[Entry]:
        for entry in entries:
            if is_left_behind(entry.path):
                continue
            inside = self._inside(entry) if depth < MAX_DEPTH else None
            if inside is None:
                yield entry
            else:
                yield from self.all_of(inside, depth + 1)

    def _inside(self, entry: Entry) -> Iterator[Entry] | None:
        """Return what lies in an archive; None for any other file."""
        if entry.suffix in (".png", ".jpg", ".jpeg", ".npy"):  # thousands, and none is an archive
            return None
        head = entry.head()
        if head.startswith(ZIP):
            return self._of_zip(entry)
        if head.startswith(GZIP):
            return self._of_gzip(entry)
        if head[TAR_AT:].startswith(TAR):
            return self._of_tar(entry)
        return None

    def _of_zip(self, entry: Entry) -> Iterator[Entry]:
        archive = self._stack.enter_context(zips.open_zip(
            entry.place or entry.read(MAX_UPLOAD), self._unpackable, self._bounds.unpacked,
            self._bounds.files,
        ))  # fmt: skip
        for info in archive.infolist():
            self._count(info.file_size)
            if not info.is_dir():
                yield Entry(f"{entry.path}/{_named(info.filename)}", partial(archive.open, info))

    def _of_gzip(self, entry: Entry) -> Iterator[Entry]:
        self._count(0)
        name = entry.path[:-4] + ".tar" if entry.suffix == ".tgz" else entry.path
        yield Entry(name.removesuffix(".gz"), partial(_ungzipped, entry))

    def _of_tar(self, entry: Entry) -> Iterator[Entry]:
        unpacked = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        headers = 0  # a file has up to three
        with entry.open() as file:
            while block := file.read(BLOCK):
                headers += block.count(TAR)
                if unpacked.tell() > MAX_TAR:
                    self._too_large(MAX_TAR)
                if headers > 3 * self._bounds.files:
                    self._too_many()
                unpacked.write(block)
        unpacked.seek(0)
        archive = self._stack.enter_context(
            tarfile.TarFile(fileobj=unpacked, tarinfo=_BoundedTarInfo)
        )
        for info in archive:
            self._count(info.size)
            if info.isreg() and not info.issparse():
                yield Entry(f"{entry.path}/{_named(info.name)}", partial(_in_tar, archive, info))

    def _count(self, size: int) -> None:
        self._files, self._claimed = self._files + 1, self._claimed + size
        if self._files > self._bounds.files:
            self._too_many()
        if self._claimed > self._bounds.unpacked:
            self._too_large(self._bounds.unpacked)

    def _unpackable(self, message: str, **values: Any) -> DenoiserError:
        problem = DenoiserError(message, **values)
        return self._refused(
            "It cannot be unpacked: it is damaged, too large, or packed in an unusual way. Pack it "
            "again as an ordinary .zip.", detail=f"{problem} {problem.detail}".rstrip(),
        )  # fmt: skip

    def _too_many(self) -> NoReturn:
        raise self._refused(
            "It holds more than {most:,} files, which is more than is read here. "
            "Bring fewer of them.", most=self._bounds.files,
        )  # fmt: skip

    def _too_large(self, most: int) -> NoReturn:
        raise self._refused(
            "It unpacks to more than {most:,} bytes, which is more than is read here. "
            "Bring less of it.", most=most,
        )  # fmt: skip


def _ungzipped(entry: Entry) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=entry.open(), mode="rb"))


def _in_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(info)
    if file is None:
        raise ValueError("expected a file")
    return file
