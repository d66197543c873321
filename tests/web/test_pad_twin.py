"""The pad makes of a drawing the digit that `handwriting` makes of a picture of it."""

import base64
import io
from itertools import pairwise, product

import numpy as np
import pytest
from node import run_in_node
from PIL import Image, ImageDraw

from denoiser.data import handwriting

SIDE = 280  # of the pad's sheet
FINER = 4  # drawn that much larger, then made small: strokes get grey edges

# The pen's width in the sheet's pixels, and strokes: places in hundredths of the sheet, x,y.
DRAWINGS = {
    "zero": (24, "50,20 30,35 30,65 50,80 70,60 68,33 50,20"),
    "one": (24, "50,15 48,85"),
    "two": (20, "30,30 50,15 68,30 30,80 75,80"),
    "three": (24, "30,20 65,25 45,48 70,65 35,82"),
    "four, two strokes": (18, "35,15 25,55 75,55; 60,30 58,85"),
    "five, its bar apart": (16, "35,25 35,50 65,60 35,85; 42,20 70,19"),
    "six": (30, "60,15 35,50 40,80 65,75 60,55 37,60"),
    "seven": (24, "25,20 75,20 40,85"),
    "seven, small, in a corner": (12, "10,10 25,10 15,30"),
    "eight": (22, "60,25 40,20 40,40 65,60 50,85 35,65 60,25"),
    "nine, near the lower edge": (26, "70,50 50,45 45,65 65,68 70,50 66,93"),
    "one, lying": (24, "10,40 90,45"),
    "one, thin and slanted": (8, "62,7 41,93"),
    "L, its mass far from its middle": (30, "12,10 12,88; 12,88 90,88; 12,80 50,86"),
    "a dot": (40, "80,30 80,30"),
}

STEPS = list(product((True, False), repeat=2))  # fit, center
PROGRAM = """
  const results = {};
  for (const [name, sheet] of Object.entries(input.sheets)) {
    const pixels = Uint8Array.from(Buffer.from(sheet, "base64"));
    const digits = input.steps.map(([fit, center]) => digitOf(pixels, input.side, { fit, center }));
    results[name] = digits.map((digit) => Array.from(digit));
  }
  return results;
"""


def drawn(pen, strokes):
    """Draw strokes with round joins, white on black; uint8 (280, 280)."""
    picture = Image.new("L", (SIDE * FINER, SIDE * FINER))
    draw, radius = ImageDraw.Draw(picture), pen * FINER / 2
    for stroke in strokes.split("; "):
        places = (place.split(",") for place in stroke.split())
        points = [(int(x) * SIDE * FINER / 100, int(y) * SIDE * FINER / 100) for x, y in places]
        for line in pairwise(points):
            draw.line(line, fill=255, width=pen * FINER)
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.reduce(FINER))


@pytest.fixture(scope="module")
def on_pad():
    """What the pad makes of each drawing with each pair of switches; int, by name, (28, 28)."""
    sheets = {
        name: base64.b64encode(drawn(*drawing).tobytes()).decode()
        for name, drawing in DRAWINGS.items()
    }
    given = {"sheets": sheets, "side": SIDE, "steps": STEPS}
    digits = run_in_node({"handwriting.js": "{ digitOf }"}, PROGRAM, given)
    return {
        (name, *steps): np.reshape(digit, (28, 28))
        for name, results in digits.items()
        for steps, digit in zip(STEPS, results, strict=True)
    }


@pytest.mark.parametrize("off", [("lighting",), ()], ids=["clean sheet", "as a photo"])
@pytest.mark.parametrize(("fit", "center"), STEPS)
@pytest.mark.parametrize("name", DRAWINGS)
def test_pad_and_handwriting_agree(on_pad, name, fit, center, off):
    file = io.BytesIO()
    Image.fromarray(drawn(*DRAWINGS[name])).save(file, "PNG")
    off = {*off, *(() if fit else ("crop", "box")), *(() if center else ("center",))}
    (expected,) = handwriting.read(file.getvalue(), off).digits
    difference = np.abs(on_pad[name, fit, center] - expected.astype(int))
    assert difference.max() <= 1  # a photo is smoothed by a quarter of a pixel
    if "lighting" in off:
        assert difference.mean() < 0.01  # but for the last digits of sines there is no difference


def test_each_switch_changes_the_digit(on_pad):
    """Otherwise the test above could not tell whether a switch is heeded."""
    assert len({on_pad["seven, small, in a corner", *steps].tobytes() for steps in STEPS}) == 4
