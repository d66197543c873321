"""Digits that somebody brings, in the files that they have them in, made into ours.

Arrays (`.npz`, `.npy`), MNIST's own files (idx), tables (`.csv`) and pictures in folders are
read, alone, several together, and packed in zip, tar and gzip. What they hold is found out
from the content, and what it is for from names: `train/3/0001.png`. All of it is made uint8,
(n, 28, 28), white ink on black; what had to be done for that is said, none of it in silence.
Every file is taken for hostile: sizes are known before anything is read.

    names    what the names of files and folders say
    arrays   shapes, kinds and ranges of numbers
    tables   CSV
    singles  a picture of one digit
    ink      white on black, or black on white
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from denoiser.data.digit_arrays import Digits, Split
from denoiser.data.own_digits import ink
from denoiser.data.own_digits.gathered import Gathered, Limits, gather
from denoiser.errors import DigitsError
from denoiser.files import archives
from denoiser.files.archives import Bounds, Upload

OF_THIS_MACHINE = Limits(512 * 2**20, None, Bounds(files=10**6, unpacked=2**31))
OF_VISITORS = Limits(64 * 2**20, 200_000_000, Bounds())
SPLIT_OFF = 10  # every tenth digit is for validation where no others are
MIXED = 0.1  # of a set, in the other colours than the rest: worth a word
MOST_NAMED = 5
INVERTED = "inverted"  # code of a note
KEPT = "about"  # an array that is in no file but those of this lab, which are as they should be


@dataclass(frozen=True)
class Brought:
    """Digits that somebody brought.

    Attributes:
        parts: Digits by the split that they were named for; None for no split.
        notes: What was done to them, in the order that it was; sentences for people.
        is_inverted: Whether they were black on white.
    """

    parts: Mapping[Split | None, Digits]
    notes: tuple[DigitsError, ...]
    is_inverted: bool

    def both(self) -> tuple[Digits, Digits]:
        """Return digits to train on and digits to validate with.

        Where the file has but one kind, every tenth digit is for validation.

        Raises:
            DigitsError: There are fewer than ten of them.
        """
        if "train" in self.parts and "test" in self.parts:
            return self.parts["train"], self.parts["test"]
        (digits,) = self.parts.values()
        if len(digits) < SPLIT_OFF:
            raise DigitsError(
                "{least} digits are needed, {trained} to train on and one to validate with; "
                "there are {count}. Bring more.",
                least=SPLIT_OFF, trained=SPLIT_OFF - 1, count=len(digits),
            )  # fmt: skip
        is_test = np.arange(len(digits)) % SPLIT_OFF == SPLIT_OFF - 1
        return digits[~is_test], digits[is_test]

    def split(self, split: Split) -> Digits:
        """Return the digits of one split; those of a file that is all for testing are no others.

        Raises:
            DigitsError: There are none to train on, or `both` raised it.
        """
        if set(self.parts) == {"test"}:
            if split == "test":
                return self.parts["test"]
            raise DigitsError(
                "There are only digits to test with, none to train on. Name them x, "
                "or bring x_train, too."
            )
        return self.both()[split == "test"]


def read(source: Path | Sequence[Upload], limits: Limits = OF_THIS_MACHINE) -> Brought:
    """Read digits.

    Args:
        source: A file or folder of this machine, or files that a visitor sent.
        limits: How much of it there may be.

    Raises:
        DigitsError: They cannot be read, are too many, or no digits; it begins with the name
            of what was brought.
    """
    refused = DigitsError.about(_name_of(source))
    with archives.opened(source, refused, limits.bounds) as entries:
        is_alone = not (source.is_dir() if isinstance(source, Path) else len(source) > 1)
        is_ours = isinstance(source, Path) and any(e.parts[-1] == f"{KEPT}.npy" for e in entries)
        gathered = gather(entries, refused, limits, is_alone)
    return Brought(gathered.parts, (), False) if is_ours else _looked_at(gathered)


def _name_of(source: Path | Sequence[Upload]) -> str:
    if isinstance(source, Path):
        return str(source)
    names = [name for name, _ in source]
    more = "…" if len(names) > MOST_NAMED else ""
    return ", ".join(name[:100] for name in names[:MOST_NAMED]) + more


def _looked_at(gathered: Gathered) -> Brought:
    """Return digits as they are, or inverted where most of them are black on white."""
    parts, notes = gathered.parts, list(gathered.notes)
    dark = np.concatenate([ink.black_on_white(digits.images) for digits in parts.values()])
    is_inverted = bool(dark.mean() > 0.5)
    if is_inverted:
        notes.append(DigitsError("They were black on white; now they are white on black, as "
                                 "MNIST's are.", code=INVERTED))  # fmt: skip
        parts = {split: inverted(digits) for split, digits in parts.items()}
    if MIXED < dark.mean() < 1 - MIXED:
        notes.append(DigitsError(
            "{count:,} of them were black on white, {others:,} white on black: make all of them "
            "alike for good results.", count=int(dark.sum()), others=int((~dark).sum()),
        ))  # fmt: skip
    return Brought(parts, tuple(notes), is_inverted)


def inverted(digits: Digits) -> Digits:
    """Return digits with black for white."""
    return Digits(255 - digits.images, digits.labels)
