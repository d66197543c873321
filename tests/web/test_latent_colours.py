"""The ten colours of the latent map are told apart by those who see colours in other ways, too."""

import itertools
import re

import numpy as np
import pytest

from denoiser import web

LEAST = 0.1  # of OKLab: black and white are 1 apart
# Machado, Oliveira and Fernandes (2009), at full severity, on linear RGB.
SEEN = {
    "usual": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no blue": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
TO_LMS = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
TO_LAB = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]


def colours(theme):
    style = (web.FOLDER / "inside" / "latent_map.css").read_text(encoding="utf-8")
    found = re.findall(r"--latent-\d: light-dark\(#(\w+), #(\w+)\)", style)
    return [bytes.fromhex(pair[theme == "dark"]) for pair in found]


def oklab(colour, seen):
    srgb = np.frombuffer(colour, np.uint8) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(TO_LMS @ np.clip(np.array(seen) @ linear, 0, 1))


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_any_two_classes_are_told_apart(theme, seen):
    found = [oklab(colour, SEEN[seen]) for colour in colours(theme)]
    assert len(found) == 10
    distances = [np.linalg.norm(one - other) for one, other in itertools.combinations(found, 2)]
    assert min(distances) >= LEAST
