"""What the names of files and folders say of the digits in them: the split, the label, the role.

Names are those that people and well-known collections use: `train/3/0001.png`,
`testing/class_3`, `t10k-labels-idx1-ubyte`, `x_train`, `mnist_test.csv`.
"""

import re
from collections.abc import Sequence
from typing import Literal

from denoiser.data.digit_arrays import CLASSES, Split

Role = Literal["images", "labels"]

SPLITS: dict[str, Split] = {
    **dict.fromkeys(("train", "training", "trainset", "trainingset"), "train"),
    **dict.fromkeys(("test", "testing", "tests", "testset", "t10k", "val", "valid", "validation",
                     "validate", "dev", "eval"), "test"),
}  # fmt: skip
ROLES: dict[str, Role] = {
    **dict.fromkeys(("x", "images", "image", "imgs", "data", "digits", "pixels"), "images"),
    **dict.fromkeys(("y", "labels", "label", "targets", "target"), "labels"),
}
UNNAMED: dict[str, Role] = {"arr_0": "images", "arr_1": "labels"}  # as numpy.savez calls them
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
BESIDE_A_LABEL = {"class", "c", "digit", "digits", "label", "number", "num", "n", "no", "nr", "zip"}
_TOKEN = re.compile(r"t10k|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def split_of(parts: Sequence[str]) -> Split | None:
    """Return the split that a path says its digits belong to, by the last part that names one.

    Example:
        >>> split_of(["train_and_test", "training", "3"]), split_of(["trainingSet", "3"])
        ('train', 'train')
        >>> split_of(["t10k-images-idx3-ubyte"]), split_of(["digits", "3"])
        ('test', None)
    """
    for part in reversed(parts):
        found = {SPLITS[token] for token in _tokens(part) if token in SPLITS}
        if len(found) == 1:
            return found.pop()
    return None


def role_of(name: str) -> Role | None:
    """Return what an array of this name holds; None where the name does not say it.

    Example:
        >>> role_of("x_train"), role_of("train_labels"), role_of("arr_0"), role_of("secret")
        ('images', 'labels', 'images', None)
    """
    found = {ROLES[token] for token in _tokens(name) if token in ROLES}
    if "labels" in found:
        return "labels"
    return "images" if found else UNNAMED.get(name)


def label_of(folders: Sequence[str]) -> int | None:
    """Return the label, 0 to 9, that the innermost of these folders names that names one.

    Example:
        >>> label_of(["train", "class_3"]), label_of(["3_three"]), label_of(["07"])
        (3, 3, 7)
        >>> label_of(["Eight"]), label_of(["batch_3"]), label_of(["12"])
        (8, None, None)
    """
    for folder in reversed(folders):
        labels = set()
        for token in _tokens(folder):
            if token in WORDS:
                labels.add(WORDS.index(token))
            elif token.isdecimal():
                labels.add(int(token[:9]))
            elif token not in BESIDE_A_LABEL:
                break
        else:
            if len(labels) == 1 and (label := labels.pop()) < CLASSES:
                return label
    return None


def _tokens(name: str) -> list[str]:
    return [token.lower() for token in _TOKEN.findall(name)]
