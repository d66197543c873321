"""Small files that cost much memory or time where they are opened as they ask for it."""

import gzip
import pickle
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from device_runs import untrained
from hostile_digits import gzips, idx_that_claims, tar_of, tar_with_a_long_name
from hostile_pictures import (
    bmp,
    chunk,
    exif_parts,
    frames,
    jpeg,
    many_scans,
    overlapping_exif,
    png,
    webp,
    webp_frames,
    whole_png,
)
from hostile_weights import (
    NO_NUMBERS,
    array_that_claims,
    arrays_in_one_place,
    messages_in_a_circle,
    numbers_with_messages,
    one_table_in_many_places,
    safetensors,
    tensor,
    tree_of_many_levels,
    with_settings,
)
from hostile_zips import (
    ENTRY,
    MIB,
    claiming,
    deflated,
    empty_extras,
    entries,
    layers,
    npy,
    of_zip64,
    with_a_long_table,
)
from weight_files import (
    fifty_deep,
    gigabyte_in_chunks,
    gigabyte_never_written,
    h5_of,
    in_itself,
    keras_of,
    zip_of,
)

from denoiser.data import own_digits
from denoiser.errors import DenoiserError, DigitsError, ModelError, RunError
from denoiser.files import pictures
from denoiser.files.archives import Upload
from denoiser.files.atomic import MAX_UPLOAD
from denoiser.models import imported
from denoiser.runs import handover


@dataclass(frozen=True)
class Reader:
    """What reads a kind of file, and the error it may raise."""

    name: str
    read: Callable[[bytes], object]
    error: type[DenoiserError]


@dataclass(frozen=True)
class Bomb:
    """A file to refuse.

    Attributes:
        build: Makes it.
        cost: What it would take to open it as it asks for it.
        words: What the refusal says, as a pattern: it has to be refused for what it is.
    """

    build: Callable[[], bytes]
    cost: str
    words: str

    def explains(self, refusal: str) -> bool:
        """Whether a refusal says what is wrong with this file."""
        return bool(re.search(self.words, refusal))


def _sent(name: str, content: bytes) -> None:
    """Read digits that a visitor sends in a file of this name."""
    own_digits.read([Upload(name, content)], own_digits.OF_VISITORS).both()


PICTURES = Reader("pictures", pictures.read, DigitsError)
NPZ = Reader("npz", partial(_sent, "digits.npz"), DigitsError)
TABLES = Reader("tables", partial(_sent, "digits.csv"), DigitsError)
IDX = Reader("idx", partial(_sent, "train-images-idx3-ubyte"), DigitsError)
FOLDERS = Reader("folders", partial(_sent, "digits.zip"), DigitsError)
WEIGHTS = Reader("weights", imported.read, ModelError)
DEVICE_RUNS = Reader("device runs", handover.read, RunError)

H5, CONFIG, DEFLATED = "model.weights.h5", "config.json", zipfile.ZIP_DEFLATED
LAYER = b"""{"class_name": "Conv2D", "inbound_nodes": [],
             "config": {"name": "a", "filters": 1, "kernel_size": [3, 3]}}"""
TENSORS = {"layers/conv2d/vars/0": np.ones((3, 3, 1, 2), "f4")}
SIZE, PARTS, LONG = r"at most [\d.]+ million", "at most 50,000 parts", "at most 33,554,432 bytes"
LARGE = "at most 268,435,456 bytes"
ZEROS = b"0," * 783 + b"0\n"  # a digit, as a row of a table


def _texts(name: bytes, count: int, size: int) -> bytes:
    """Return a PNG with many parts that unpack to zeros."""
    zeros = zlib.compress(bytes(size), 9)
    return png(8, 8, extra=b"".join(chunk(name, b"k%d\0\0" % i + zeros) for i in range(count)))


def _x(array: bytes, **others: bytes) -> bytes:
    return zip_of({"x.npy": array} | {f"{name}.npy": other for name, other in others.items()})


def _named(count: int) -> list[str]:
    return ["x.npy", *map(str, range(count - 1))]


def _described(config: bytes) -> bytes:
    return keras_of(h5_of(TENSORS), config)


def _changed(change: Callable) -> bytes:
    return keras_of(h5_of(TENSORS, change))


BOMBS: Mapping[Reader, Mapping[str, Bomb]] = {
    PICTURES: {
        "png of 36 Mpx": Bomb(lambda: png(6000, 6000), "36 MB", SIZE),
        "png of 169 Mpx": Bomb(lambda: png(13000, 13000), "169 MB", SIZE),
        "png of 400 Mpx": Bomb(lambda: png(20000, 20000), "400 MB", SIZE),
        "png as large as it goes": Bomb(lambda: png(2**31 - 1, 2**31 - 1), "4.6 EB", SIZE),
        "png of one line": Bomb(lambda: png(25_000_000, 1), "25 MB", SIZE),
        "png of one column": Bomb(lambda: png(1, 25_000_000), "25 MB", SIZE),
        "png, whole, 30 Mpx in 1 bit": Bomb(lambda: whole_png(6000, 5000, 1, 0), "30 MB", SIZE),
        "png, whole, 26 Mpx in 64 bits": Bomb(
            lambda: whole_png(5200, 5000, 16, 6), "208 MB", SIZE
        ),
        "png with 65 MiB of text": Bomb(lambda: _texts(b"zTXt", 65, MIB), "68 MB", "text chunks"),
        "png with a text of 16 MiB": Bomb(
            lambda: _texts(b"zTXt", 1, 16 * MIB), "17 MB", "too large"
        ),
        "png with a profile of 16 MiB": Bomb(
            lambda: _texts(b"iCCP", 1, 16 * MIB), "17 MB", "too large"
        ),
        "png of 60,000 chunks": Bomb(
            lambda: png(8, 8, extra=chunk(b"teXt") * 60_000), "60,000 parts", "too many parts"
        ),
        "jpeg of 36 Mpx": Bomb(lambda: jpeg(6000, 6000), "36 MB", SIZE),
        "jpeg of 4 Gpx": Bomb(lambda: jpeg(65500, 65500), "4.3 GB", SIZE),
        "jpeg of 200,000 markers": Bomb(
            lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 200_000, "200,000 parts", "too many parts"
        ),
        "jpeg that never begins": Bomb(
            lambda: b"\xff\xd8" + b"\xff" * MIB, "1,000,000 parts", "too many parts"
        ),
        "jpeg of 4,000 scans": Bomb(lambda: many_scans(4000), "4,000 pictures", "40 scans"),
        "jpeg of 3,000,000 scans": Bomb(
            lambda: b"\xff\xd8" + b"\xff\xda\0\x08\x01" * 3_000_000, "3,000,000 parts", "40 scans"
        ),
        "jpeg with EXIF in 10,000 parts": Bomb(
            lambda: exif_parts(10_000), "10,000 copies", "16 EXIF parts"
        ),
        "webp of 36 Mpx": Bomb(lambda: webp(6000, 6000), "144 MB", SIZE),
        "webp of 268 Mpx": Bomb(lambda: webp(16383, 16383), "1.1 GB", SIZE),
        "bmp of 36 Mpx": Bomb(lambda: bmp(6000, 6000), "108 MB", SIZE),
        "bmp of 4 Epx": Bomb(lambda: bmp(2**31 - 1, 2**31 - 1), "14 EB", SIZE),
        "bmp of 200,000 runs": Bomb(
            lambda: bmp(5000, 5000, 1, 8) + b"\1\0" * 200_000, "200,000 parts", "too many parts"
        ),
    },
    NPZ: {
        "digits that are all zeros": Bomb(
            lambda: deflated("x.npy", npy("|u1", (86_000, 28, 28), bytes(86_000 * 784))),
            "67 MB", "at most 67,108,864",
        ),
        "more bytes than are claimed": Bomb(
            lambda: claiming("x.npy", bytes(16 * MIB), 5), "17 MB", "magic|CRC"
        ),
        "fewer bytes than are claimed": Bomb(
            lambda: claiming("x.npy", bytes(3), 2**32 - 2), "4.3 GB", LARGE
        ),
        "a size in 64 bits": Bomb(lambda: of_zip64("x.npy", 2**60), "1.2 EB", LARGE),
        "a table of contents in 64 bits": Bomb(
            lambda: with_a_long_table("x.npy"), "4.6 EB", "cannot be unpacked"
        ),
        "60,000 files": Bomb(
            lambda: entries(_named(60_000)), "60,000 objects", "at most 20,000 files"
        ),
        "the beginnings of 4,000,000 files": Bomb(
            lambda: b"PK\3\4" + ENTRY * (MAX_UPLOAD // 4 - 1), "4,000,000 objects",
            "at most 20,000 files",
        ),
        "250 files, much to say about each": Bomb(
            lambda: entries(_named(250), extra=empty_extras(2**16 - 4)), "6 s",
            "at most 1,000 bytes about a file",
        ),
        "files in one place": Bomb(
            lambda: entries(_named(500), bytes(10 * MIB), 10 * MIB), "5.2 GB", LARGE
        ),
        "zeros in a zip in a zip": Bomb(lambda: layers("x.npy", 3), "17 MB", "magic"),
        "bzip2": Bomb(
            lambda: zip_of({"x.npy": bytes(MIB)}, zipfile.ZIP_BZIP2), "1 MB", "deflated"
        ),
        "lzma": Bomb(
            lambda: zip_of({"x.npy": bytes(MIB)}, zipfile.ZIP_LZMA), "1 MB", "deflated"
        ),
        "a terabyte of digits": Bomb(
            lambda: _x(npy("|u1", (10**9, 28, 28))), "784 GB", "784,000,000,000 bytes unpacked"
        ),
        "more digits than there are numbers for": Bomb(
            lambda: _x(npy("|u1", (10**30, 28, 28))), "10^33 B", "bytes unpacked"
        ),
        "labels of a terabyte": Bomb(
            lambda: _x(npy("|u1", (20, 28, 28), bytes(20 * 784)), y=npy("|u1", (10**12,))),
            "1 TB", "20 digits, but the labels",
        ),
        "wide labels of a terabyte": Bomb(
            lambda: _x(npy("|u1", (20, 28, 28), bytes(20 * 784)), y=npy("|u1", (20, 10**10))),
            "200 GB", "labels have the shape",
        ),
        "digits of gigabytes each": Bomb(
            lambda: _x(npy("<U500000000", (20, 28, 28))), "31 TB", "not as numbers"
        ),
        "objects": Bomb(
            lambda: _x(npy("|O", (20, 28, 28), pickle.dumps([]))), "any code", "array of numbers"
        ),
        "a header of gigabytes": Bomb(
            lambda: _x(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{"), "4.3 GB", "header"
        ),
        "brackets in brackets": Bomb(
            lambda: _x(npy("|u1", "(" * 30_000 + ")" * 30_000)), "the stack", "damaged"
        ),
    },
    TABLES: {
        "a line of a gigabyte": Bomb(
            lambda: gzip.compress(ZEROS) + gzips(b"0" * MIB, 1000), "1.1 GB",
            "a line of it has more",
        ),
        "zeros without end": Bomb(
            lambda: gzips(ZEROS * 1000, 1000), "1.6 GB", "more than 85,598 rows"
        ),
        "empty lines without end": Bomb(
            lambda: gzip.compress(ZEROS) + gzips(b"\n" * MIB, 1000), "1.1 GB",
            "more than 85,598 rows",
        ),
        "numbers of a megabyte": Bomb(
            lambda: ZEROS * 20 + b"9" * MIB + ZEROS, "1 MB", "a line of it has more"
        ),
        "a header of 60,000 names": Bomb(
            lambda: b",".join([b"x"] * 60_000), "60,000 names", "columns"
        ),
        "a gzip in gzips": Bomb(
            lambda: gzip.compress(gzip.compress(gzip.compress(gzips(ZEROS * 1000, 1000)))),
            "1.6 GB", "no digits in it",
        ),
    },
    IDX: {
        "a terabyte of digits": Bomb(
            lambda: idx_that_claims(10**9, 28, 28), "784 GB", "784,000,000,000 bytes unpacked"
        ),
        "as many axes as there may be": Bomb(
            lambda: idx_that_claims(*[2**32 - 1] * 4), "10^38 B", "28x28 pixels here"
        ),
        "a digit of gigabytes": Bomb(
            lambda: idx_that_claims(20, 2**16, 2**16), "86 GB", "28x28 pixels here"
        ),
        "zeros that are said to be more": Bomb(
            lambda: gzip.compress(idx_that_claims(85_000, 28, 28) + bytes(2**20)), "67 MB",
            "expected an array of 66,640,000 bytes",
        ),
    },
    FOLDERS: {
        "13 pictures of 16 Mpx": Bomb(
            lambda: zip_of({f"{i}.png": whole_png(4000, 4000, 1, 0) for i in range(13)}),
            "208 MB", "more than 200,000,000 pixels",
        ),
        "a picture of 36 Mpx": Bomb(lambda: zip_of({"1.png": png(6000, 6000)}), "36 MB", SIZE),
        "pictures in one place": Bomb(
            lambda: entries([f"{i}.png" for i in range(5000)], whole_png(28, 28, 8, 0), 900),
            "5,000 pictures", "damaged|readable",
        ),
        "a tar that unpacks to a gigabyte": Bomb(
            lambda: gzips(tar_of({"1.png": bytes(MIB)}), 1000), "1.1 GB",
            "unpacks to more than",
        ),
        "a tar of 100,000 files": Bomb(
            lambda: gzips(tar_of({"1.png": b""})[:512] * 1000, 100),
            "100,000 objects", "more than 20,000 files",
        ),
        "a tar with a name of 60 MB": Bomb(
            lambda: gzip.compress(tar_with_a_long_name(60 * MIB), 1), "60 MB",
            "at most 65,536 bytes about a file",
        ),
        "a zip in a tar in a gzip in a zip": Bomb(
            lambda: zip_of({"a.tgz": gzip.compress(tar_of({"b.zip": layers("1.png", 2)}))}),
            "17 MB", "no digits in it|readable picture",
        ),
    },
    WEIGHTS: {
        "keras: 33 MiB of zeros": Bomb(lambda: deflated(H5, bytes(33 * MIB)), "35 MB", LONG),
        "keras: a size in 64 bits": Bomb(lambda: of_zip64(H5, 2**60), "1.2 EB", LONG),
        "keras: more bytes than are claimed": Bomb(
            lambda: claiming(H5, bytes(16 * MIB), 5), "17 MB", "an HDF5 file|CRC"
        ),
        "keras: files in one place": Bomb(
            lambda: entries([H5, *_named(500)], bytes(10 * MIB), 10 * MIB), "5.2 GB", LONG
        ),
        "keras: zeros in a zip in a zip": Bomb(lambda: layers(H5, 3), "17 MB", "an HDF5 file"),
        "keras: a description of 17 MB": Bomb(
            lambda: zip_of({H5: b"", CONFIG: b'{"a": "%s"}' % bytes(16 * MIB)}, DEFLATED),
            "17 MB", "described in at most",
        ),
        "keras: a description of brackets in brackets": Bomb(
            lambda: _described(b"[" * 500_000), "the stack", "does not say which layers"
        ),
        "keras: models in models": Bomb(
            lambda: _described(b'{"class_name": "Model", "config": {"name": "x", "layers": [' * 300
                               + b"]}}" * 300),
            "the stack", "10 deep",
        ),
        "keras: 5,000 layers": Bomb(
            lambda: _described(b'{"config": {"layers": [%s]}}' % b",".join([LAYER] * 5_000)),
            "5,000 layers", "at most 1,000 layers",
        ),
        "keras: a layer fed by 150,000 others": Bomb(
            lambda: _described(b'{"config": {"layers": [%s]}}' % LAYER.replace(
                b"[]", b'[{"args": [%s]}]' % b",".join([b"[[]]"] * 150_000))),
            "150,000 lists", "neither",
        ),
        "keras: a layer of 10^4000 channels": Bomb(
            lambda: _described(b'{"config": {"layers": [%s]}}' % LAYER.replace(
                b'"filters": 1', b'"filters": 1' + b"0" * 4000)), "10^4000 numbers", "neither",
        ),
        "hdf5: a group in itself": Bomb(lambda: _changed(in_itself), "no end", "one is in two"),
        "hdf5: groups fifty deep": Bomb(lambda: _changed(fifty_deep), "the stack", "10 deep"),
        "hdf5: a gigabyte in chunks": Bomb(
            lambda: _changed(gigabyte_in_chunks), "1.1 GB", "plain groups and arrays"
        ),
        "hdf5: a gigabyte never written": Bomb(
            lambda: _changed(gigabyte_never_written), "1.1 GB", "overlap"
        ),
        "hdf5: an array of exabytes": Bomb(
            lambda: keras_of(array_that_claims(2**30, 2**30)), "4.6 EB", "overlap"
        ),
        "hdf5: arrays in one place": Bomb(
            lambda: keras_of(arrays_in_one_place(5, 100_000)), "2 MB", "overlap"
        ),
        "hdf5: messages in a circle": Bomb(
            lambda: keras_of(messages_in_a_circle()), "no end", PARTS
        ),
        "hdf5: names in many places": Bomb(
            lambda: deflated(H5, one_table_in_many_places(9000, 60_000)), "10 min", PARTS
        ),
        "hdf5: a tree of 250 levels": Bomb(
            lambda: keras_of(tree_of_many_levels(250)), "the stack", "tree at most 10 deep"
        ),
        "hdf5: 100 messages about each number": Bomb(
            lambda: keras_of(numbers_with_messages(9900, 95)), "1 s", PARTS
        ),
        "safetensors: a header of a gigabyte": Bomb(
            lambda: safetensors(b"{}", size=10**9), "1 GB", "this is neither"
        ),
        "safetensors: a header of exabytes": Bomb(
            lambda: safetensors(b"{}", size=2**63), "9.2 EB", "this is neither"
        ),
        "safetensors: an array of terabytes": Bomb(
            lambda: safetensors({"a": tensor([2**40, 2**40])}, bytes(4)), "4.8 YB", "overflow"
        ),
        "safetensors: 300,000 axes": Bomb(
            lambda: safetensors({"a": tensor([1] * 300_000)}, bytes(4)), "300,000 axes", "dimension"
        ),
        "safetensors: tensors in one place": Bomb(
            lambda: safetensors({str(i): tensor([MIB], 4 * MIB) for i in range(9000)},
                                bytes(4 * MIB)),
            "38 GB", "invalid offset",
        ),
        "safetensors: 11,000 layers": Bomb(
            lambda: safetensors({"latent.kernel": NO_NUMBERS} | {
                f"encoder_conv_{i + 1}.kernel": NO_NUMBERS for i in range(11_000)}),
            "11,000 layers", "1 to 512, got 0",
        ),
        "safetensors: brackets in brackets": Bomb(
            lambda: safetensors(b'{"a":' + b"[" * 500_000), "the stack", "recursion"
        ),
        "settings: brackets in brackets": Bomb(
            lambda: with_settings("[" * 500_000), "the stack", "expected JSON"
        ),
        "settings: a number of 900,000 digits": Bomb(
            lambda: with_settings(f'{{"epochs": {"9" * 900_000}}}'), "5 s", "expected JSON"
        ),
        "settings: a name of 900,000 letters": Bomb(
            lambda: with_settings(f'{{"network": "{"x" * 900_000}"}}'), "as much text", "xxx…"
        ),
        "settings: 300,000 layers": Bomb(
            lambda: with_settings(f'{{"filters": {[1] * 300_000}}}'), "300,000 layers", "1 to 4"
        ),
    },
    DEVICE_RUNS: {
        "16 MB that are one byte too many": Bomb(
            lambda: bytes(MAX_UPLOAD + 1), "17 MB", "at most 16 MB"
        ),
        "a header of a gigabyte": Bomb(
            lambda: safetensors(b"{}", size=10**9), "1 GB", "header of at most"
        ),
        "a header of 16 MB": Bomb(
            lambda: untrained().telling(times=[1] * 2_000_000).packed(), "2,000,000 objects",
            "header of at most",
        ),
        "40,000 steps": Bomb(
            lambda: untrained().telling(steps=[[i, 0.1] for i in range(1, 40_001)]).packed(),
            "40,000 lines", "at most 10,000",
        ),
        "brackets in brackets": Bomb(
            lambda: safetensors({"__metadata__": {"device_run": "[" * 900_000}}), "the stack",
            "recursion",
        ),
        "a time of 900,000 digits": Bomb(
            lambda: safetensors({"__metadata__": {"device_run": "9" * 900_000}}), "5 s", "4300",
        ),
        "a name of 900,000 letters for a number": Bomb(
            lambda: untrained().telling(begun="x" * 900_000).packed(), "as much text",
            "a number from 0",
        ),
        "tensors in one place": Bomb(
            lambda: safetensors({f"model/{i}": tensor([MIB], 4 * MIB) for i in range(9000)},
                                bytes(4 * MIB)),
            "38 GB", "invalid offset",
        ),
        "an array of terabytes": Bomb(
            lambda: safetensors({"model/a": tensor([2**40, 2**40])}, bytes(4)), "4.8 YB",
            "overflow",
        ),
        "999 snapshots of nothing": Bomb(
            lambda: untrained().having(**{
                f"snapshot/{i}/a": np.zeros(0, "f4") for i in range(4, 1000)}).packed(),
            "999 networks", "an epoch from 1 to 3",
        ),
        "a network that is a giant": Bomb(
            lambda: untrained().with_settings(filters=[512, 512], latent_dim=1024).packed(),
            "150 MB", "at most 4,000,000 parameters",
        ),
    },
}  # fmt: skip

# Files that say much that nobody looks at: they are read, and cost no more than others.
DUDS: Mapping[str, Callable[[], bytes]] = {
    "png whose EXIF names one megabyte 8,000 times": overlapping_exif,
    "png of 20,000 frames": lambda: frames(20_000),
    "webp of 20,000 frames": lambda: webp_frames(20_000),
}
