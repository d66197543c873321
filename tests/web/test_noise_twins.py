"""The kinds of noise in Python and in JavaScript: the same draws make the same picture."""

import numpy as np
import pytest
from node import run_in_node

from denoiser.data import digits
from denoiser.data.noise import ANY, KINDS, Kind, mixture
from denoiser.data.noise_kinds import draw_nothing
from denoiser.ui.session import noises

CLOSE = 1e-6
SIDE = 28
PICTURES = 12
DRAWS = 400
MODULES = {
    "noise.js": "{ applyDraws, drawNoise, drawsOf, TWINS }",
    "random.js": "{ uniforms }",
}
# Adds noise to pictures, each with draws of its own, under several settings.
APPLY = """
  const { kind, kinds, clean, draws, settings } = input;
  return settings.map((parameters) => clean.map((picture, i) => {
    const noisy = new Float64Array(picture.length);
    applyDraws(kind, kinds, draws[i])(picture, parameters, noisy);
    return Array.from(noisy);
  }));
"""
DRAW = """
  const { kind, kinds, count } = input;
  return Array.from({ length: count }, (_, i) => {
    const draws = Object.entries(drawsOf(kind, kinds, uniforms(7, i)));
    return Object.fromEntries(draws.map(([name, numbers]) => [name, Array.from(numbers)]));
  });
"""
over_kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)


@pytest.fixture(scope="module")
def clean():
    """Real digits and random pictures, float32, shape (12, 28, 28)."""
    stored = digits.bundled("test")[: PICTURES // 2].clean
    return np.concatenate([stored, np.random.default_rng(1).random(stored.shape, np.float32)])


def settings_of(kind):
    """Both ends of all parameters at once, the defaults, and a few between."""
    rng = np.random.default_rng(2)
    parts = [np.zeros(2), np.ones(2), *rng.random((4, 2))]
    ranges = [
        {
            p.name: float(p.minimum + part * (p.maximum - p.minimum))
            for p, part in zip(kind.parameters, row, strict=False)
        }
        for row in parts
    ]
    return [*ranges, kind.validate({})]


def python_draws(kind, count, seed=0):
    """Draws of one picture at a time, as the browser makes them."""
    rng = np.random.default_rng(seed)
    return [kind.draw(rng, 1, SIDE, SIDE) for _ in range(count)]


def browser_draws(kind, count):
    data = {"kind": kind.name, "kinds": noises.described(), "count": count}
    return run_in_node(MODULES, DRAW, data)


def shaped(draws, kind):
    """Give what the browser drew, which is flat, the axes that Python's arrays have."""
    like = kind.draw(np.random.default_rng(0), 1, SIDE, SIDE)
    if kind.name == ANY:  # what is there depends on the kind that was drawn
        name = list(mixture())[int(draws["kind"][0])]
        own = KINDS[name].draw(np.random.default_rng(0), 1, SIDE, SIDE)
        parts = np.zeros((1, len(KINDS[name].parameters)))
        like = {"kind": np.zeros(1, np.intp)}
        like |= {f"{name}.{key}": numbers for key, numbers in {"parts": parts, **own}.items()}
    assert set(draws) == set(like)
    # `reshape` fails where the sizes differ.
    return {key: np.array(draws[key]).reshape(like[key].shape) for key in like}


def in_python(kind, clean, draws, settings):
    def clipped(picture, drawn, values):
        noisy = kind.apply(picture[None], drawn, **values)
        return np.clip(noisy, 0, 1, dtype=np.float32)[0]

    return np.stack(
        [
            [clipped(picture, drawn, values) for picture, drawn in zip(clean, draws, strict=True)]
            for values in settings
        ]
    )


def in_browser(kind, clean, draws, settings):
    flat = [{name: numbers.ravel().tolist() for name, numbers in d.items()} for d in draws]
    data = {
        "kind": kind.name,
        "kinds": noises.described(),
        "clean": clean.reshape(len(clean), -1).tolist(),
        "draws": flat,
        "settings": settings,
    }
    return np.array(run_in_node(MODULES, APPLY, data)).reshape(len(settings), *clean.shape)


@over_kinds
def test_the_same_draws_make_the_same_picture_in_both(kind, clean):
    settings = settings_of(kind)
    count = len(clean)
    from_browser = [shaped(draws, kind) for draws in browser_draws(kind, count)]
    for draws in (python_draws(kind, count), from_browser):
        ours = in_python(kind, clean, draws, settings)
        theirs = in_browser(kind, clean, draws, settings)
        assert np.abs(ours - theirs).max() <= CLOSE
        assert ours.std() > 0


@pytest.mark.parametrize("name", list(mixture()))
def test_any_noise_is_the_same_in_both_whichever_kind_is_drawn(name, clean):
    kind, place = KINDS[ANY], list(mixture()).index(name)
    found = [d for d in python_draws(kind, 300) if d["kind"][0] == place][:3]
    settings = [{"strength": 1.0}, {"strength": 0.37}]
    ours = in_python(kind, clean[4:][: len(found)], found, settings)
    theirs = in_browser(kind, clean[4:][: len(found)], found, settings)
    assert len(found) == 3
    assert np.abs(ours - theirs).max() <= CLOSE


def test_jpeg_is_the_same_grey_levels_in_both_at_every_quality(clean):
    # Next to real digits and noise: blocks of extremes, which the transform overshoots most for.
    rng = np.random.default_rng(3)
    extremes = rng.integers(2, size=(2, SIDE, SIDE)).astype(np.float32)
    pictures = np.concatenate([clean[4:8], extremes])
    settings = [{"compression": float(compression)} for compression in range(100)]
    nothing = [{}] * len(pictures)
    ours = in_python(KINDS["jpeg"], pictures, nothing, settings)
    theirs = in_browser(KINDS["jpeg"], pictures, nothing, settings)
    np.testing.assert_array_equal(np.rint(ours * 255), theirs * 255)


def test_halves_are_rounded_to_the_even_number_in_both():
    halves = np.full((1, SIDE, SIDE), 0.5, np.float32)  # 0.5 of 1, 3, 7 ... levels
    settings = [{"bits": float(bits)} for bits in range(8)]
    ours = in_python(KINDS["quantization"], halves, [{}], settings)
    assert ours[7].max() == 0  # half of 1 becomes 0
    np.testing.assert_allclose(
        in_browser(KINDS["quantization"], halves, [{}], settings), ours, atol=CLOSE
    )


def test_a_grey_that_is_just_the_scanners_threshold_is_no_ink_in_both():
    grey = np.full((1, SIDE, SIDE), 204 / 255, np.float32)
    kind, settings = KINDS["scanner"], [{"threshold": 0.8, "streaks": 0.0}]
    draws = python_draws(kind, 1)
    assert in_python(kind, grey, draws, settings).max() == 0
    assert in_browser(kind, grey.astype(np.float64), draws, settings).max() == 0


@over_kinds
def test_both_draw_numbers_of_the_same_distribution(kind):
    def joined(draws):
        names = {name for drawn in draws for name in drawn}
        return {n: np.concatenate([np.ravel(d[n]) for d in draws if n in d]) for n in names}

    ours, theirs = joined(python_draws(kind, DRAWS)), joined(browser_draws(kind, DRAWS))
    assert set(ours) == set(theirs)
    for name, numbers in ours.items():
        spread = max(float(numbers.std()), 1e-9)
        # Means and spreads of n numbers differ by a few of these from draw to draw.
        error = spread / np.sqrt(min(numbers.size, theirs[name].size))
        assert theirs[name].mean() == pytest.approx(numbers.mean(), abs=6 * error), name
        assert theirs[name].std() == pytest.approx(numbers.std(), abs=6 * error), name


def test_every_kind_has_its_twin_and_no_twin_is_left_over():
    assert set(run_in_node(MODULES, "return Object.keys(TWINS)", None)) == set(KINDS)


def test_a_kind_without_twin_is_refused_by_name_in_the_browser(monkeypatch):
    nothing = Kind("haze", "Haze", "Moist air.", (), draw_nothing, lambda clean, draws: clean)
    monkeypatch.setitem(KINDS, "haze", nothing)
    body = """
      const refused = [];
      for (const kind of ["haze", "toString"]) {
        try { drawNoise(kind, input, 1, 1); } catch (error) { refused.push(error.message); }
      }
      return refused;
    """
    refused = run_in_node(MODULES, body, noises.described())
    assert refused == [
        f'the browser cannot draw the noise "{name}": it has no twin in noise.js'
        for name in ("haze", "toString")
    ]
