"""A kind of noise is described once: one that is added to `KINDS` is found everywhere."""

from collections.abc import Mapping

import noise_table
import numpy as np
import pytest

from denoiser.cli import flags
from denoiser.cli.main import parser
from denoiser.config import TrainConfig
from denoiser.data.noise import ANY, KINDS, Kind, Parameter, add_noise, mixture
from denoiser.errors import ConfigError
from denoiser.jobs import comparison
from denoiser.ui.session import noises
from denoiser.ui.session.noises import Noise


def draw_haze(
    rng: np.random.Generator, count: int, height: int, width: int
) -> Mapping[str, np.ndarray]:
    return {"light": rng.random(count)}


def apply_haze(clean: np.ndarray, draws: Mapping[str, np.ndarray], density: float) -> np.ndarray:
    covered = density * draws["light"][:, None, None]
    return clean * (1 - covered) + covered


HAZE = Kind(
    "haze",
    "Haze",
    "Moist air between lens and digit.",
    (Parameter("density", "Density", 20, 0, 50, 0.5, "of the air", "drops"),),
    draw_haze,
    lambda clean, draws, density: apply_haze(clean, draws, density / 50),
)


@pytest.fixture(autouse=True)
def haze(monkeypatch):
    """The one edit."""
    monkeypatch.setitem(KINDS, "haze", HAZE)


def test_digits_can_be_covered_with_it(held_out):
    clean = held_out.clean[:5]
    noisy = add_noise(clean, np.random.default_rng(0), "haze", density=50)
    assert (noisy >= clean).all()
    assert len(np.unique(noisy.min(axis=(1, 2)))) == 5  # each has a draw of its own


def test_any_noise_may_be_of_it(held_out):
    assert mixture()["haze"] > 0
    assert sum(mixture().values()) == pytest.approx(1)
    draws = KINDS[ANY].draw(np.random.default_rng(0), 300, 28, 28)
    assert draws["haze.light"].shape == draws["haze.parts"].ravel().shape
    noisy = KINDS[ANY].apply(np.zeros((300, 28, 28), np.float32), draws, strength=1.0)
    hazy = np.flatnonzero(draws["kind"] == list(mixture()).index("haze"))
    expected = draws["haze.parts"].ravel() * draws["haze.light"]
    np.testing.assert_allclose(noisy[hazy, 0, 0], expected, atol=1e-6)


@pytest.mark.parametrize("command", ["train", "evaluate --model unet"])
def test_the_command_line_takes_it_and_its_parameters(command):
    options = parser().parse_args(f"{command} --noise haze --noise-density 30".split())
    assert flags.noise(options) == ("haze", {"density": 30})
    chosen = parser().commands[command.split()[0]]
    assert "haze          density 0 to 50 (20)" in chosen.format_help()


def test_a_training_takes_it_within_its_bounds():
    config = TrainConfig(noise="haze")
    assert config.noise_parameters == {"density": 20}
    with pytest.raises(ConfigError, match="density: expected a number from 0 to 50, got 51"):
        TrainConfig(noise="haze", noise_parameters={"density": 51})


def test_the_browser_is_told_of_its_slider():
    told = next(kind for kind in noises.described() if kind["name"] == "haze")
    assert told["title"] == "Haze"
    assert told["share"] == pytest.approx(mixture()["haze"])
    slider = told["parameters"][0]
    assert (slider["name"], slider["maximum"], slider["unit"]) == ("density", 50, "drops")
    assert slider["decimals"] == 1


def test_a_link_can_ask_for_it():
    asked = Noise.parse({"noise": "haze", "density": "12.5"})
    assert asked == Noise("haze", {"density": 12.5})
    assert asked.to_query() == {"noise": "haze", "density": "12.5"}
    assert asked.text == "Haze, density 12.5"


def test_models_can_be_compared_under_it():
    noisy = comparison.noisy_digits("haze", {"density": 50.0})
    assert noisy.min() > 0


def test_the_readmes_table_gets_its_row():
    row = "| `haze` | Moist air between lens and digit. | `--noise-density` 0 to 50 drops (20) |\n"
    assert row in noise_table.table()
