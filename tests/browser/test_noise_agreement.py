"""Noise in the browser is what it is in Python: as much of each kind, in the same places."""

import base64
import json

import numpy as np
import pytest

from denoiser import web
from denoiser.data import digits
from denoiser.data.noise import KINDS, add_noise
from denoiser.ui.components import live
from denoiser.ui.session import noises

DIGITS = 200
EXACT = [kind.name for kind in KINDS.values() if not kind.is_random]
# Pillow computes JPEG's waves in whole numbers, so that some are rounded the other way.
GREY_LEVEL = 1.01 / 255

# Imports the module that the app serves, and draws noise on digits, each with a stream of its own.
RUN = """async ([module, kinds, kind, parameters, bytes]) => {
  const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  const { drawNoise } = await import(url);
  const clean = Float64Array.from(atob(bytes), (c) => c.charCodeAt(0) / 255);
  const noisy = new Float32Array(clean.length);
  for (let i = 0; i < clean.length / 784; i++) {
    const picture = new Float64Array(784);
    const apply = drawNoise(kind, JSON.parse(kinds), 7, i);
    apply(clean.subarray(i * 784, (i + 1) * 784), parameters, picture);
    noisy.set(picture, i * 784);
  }
  return btoa(Array.from(new Uint8Array(noisy.buffer), (b) => String.fromCharCode(b)).join(""));
}"""


@pytest.fixture(scope="module")
def clean():
    return digits.bundled("test")[:DIGITS].clean


def in_browser(page, clean, kind, parameters):
    pictures = base64.b64encode(np.rint(clean * 255).astype(np.uint8)).decode()
    arguments = [
        web.bundle(live.FOLDER / "panel.js"),
        json.dumps(noises.described()),
        kind,
        dict(parameters),
        pictures,
    ]
    page.goto("about:blank")
    content = base64.b64decode(page.evaluate(RUN, arguments))
    noisy = np.frombuffer(content, np.float32).reshape(clean.shape)
    assert noisy.min() >= 0
    assert noisy.max() <= 1
    return noisy


def described(noisy, clean):
    """Return what noise did to paper, to ink and to their edges: means and spreads."""
    places = {"paper": clean == 0, "edges": (clean > 0) & (clean < 0.9), "ink": clean >= 0.9}
    return {
        f"{place} {what.__name__}": what(noisy[where])
        for place, where in places.items()
        for what in (np.mean, np.std)
    }


def settings():
    for kind in KINDS.values():
        defaults = kind.validate({})
        middle = {p.name: (p.minimum + p.maximum) / 2 for p in kind.parameters}
        yield pytest.param(kind.name, defaults, id=f"{kind.name}-default")
        if kind.is_random:
            yield pytest.param(kind.name, middle, id=f"{kind.name}-middle")


@pytest.mark.parametrize(("kind", "parameters"), settings())
def test_browser_and_python_do_the_same_to_paper_and_ink(page, clean, kind, parameters):
    ours = described(in_browser(page, clean, kind, parameters), clean)
    # Both are draws of 200 pictures; where a whole picture shares a draw they differ by that much.
    theirs = described(add_noise(clean, np.random.default_rng(0), kind, **parameters), clean)
    shares_a_draw = kind in ("drift", "any", "paper", "scanner")
    assert ours == pytest.approx(theirs, abs=0.05 if shares_a_draw else 0.01)


@pytest.mark.parametrize("kind", EXACT)
def test_browser_and_python_agree_where_nothing_is_random(page, clean, kind):
    for parameter in KINDS[kind].parameters:
        for value in np.linspace(parameter.minimum, parameter.maximum, 4).round():
            values = {parameter.name: float(value)}
            expected = add_noise(clean, np.random.default_rng(0), kind, **values)
            difference = np.abs(in_browser(page, clean, kind, values) - expected)
            assert np.mean(difference <= GREY_LEVEL) > 0.95, values
            assert difference.mean() < GREY_LEVEL, values
