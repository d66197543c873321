"""Settings from URLs and browsers."""

import pytest

from denoiser.ui.state import DIGITS, MAX_SEED, Settings

MODELS = ["tutorial", "unet"]
DEFAULT = Settings("tutorial")


@pytest.mark.parametrize(
    "settings",
    [
        DEFAULT,
        Settings("unet", digit=0, mean=0.0, std=1.0, seed=0),
        Settings("tutorial", digit=DIGITS - 1, mean=0.29, std=0.07, seed=MAX_SEED),
    ],
)
def test_query_round_trip(settings):
    assert Settings.parse(settings.to_query(MODELS), MODELS) == settings


def test_defaults_stay_out_of_the_query():
    assert DEFAULT.to_query(MODELS) == {}
    assert Settings("unet", std=0.3).to_query(MODELS) == {"model": "unet", "std": "0.3"}


def test_every_valid_value_is_kept_beside_invalid_ones():
    parsed = Settings.parse({"digit": "7", "mean": "nan", "seed": 5, "other": "x"}, MODELS)
    assert parsed == Settings("tutorial", digit=7, seed=5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "reader"),
        ("model", ["tutorial"]),
        ("model", None),
        ("digit", -1),
        ("digit", DIGITS),
        ("digit", "1.5"),
        ("digit", float("inf")),
        ("digit", {}),
        ("mean", -0.01),
        ("mean", "1.01"),
        ("mean", float("nan")),
        ("mean", "1e999"),
        ("std", ""),
        ("std", []),
        ("seed", MAX_SEED + 1),
        ("seed", "9" * 5000),
    ],
)
def test_an_invalid_value_falls_back_to_its_default(field, value):
    assert Settings.parse({field: value}, MODELS) == DEFAULT


def test_noise_is_rounded_to_the_sliders_step():
    assert Settings.parse({"mean": 0.123456}, MODELS).mean == 0.12
