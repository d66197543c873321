"""Settings from URLs and browsers."""

import pytest

from denoiser.data.noise import KINDS
from denoiser.ui.session.noises import Noise, flatten, parse_sent
from denoiser.ui.session.state import DIGITS, MAX_SEED, Settings

MODELS = ["tutorial", "unet"]
DEFAULT = Settings("tutorial")


@pytest.mark.parametrize(
    "settings",
    [
        DEFAULT,
        Settings("unet", digit=0, noise=Noise.parse({"mean": 0, "std": 1}), seed=0),
        Settings("tutorial", digit=DIGITS - 1, noise=Noise.parse({"std": 0.07}), seed=MAX_SEED),
        *(Settings("unet", noise=Noise.parse({"noise": kind})) for kind in KINDS),
        Settings("unet", noise=Noise.parse({"noise": "poisson", "stops": 2.5, "dark": 3.1})),
    ],
)
def test_query_round_trip(settings):
    assert Settings.parse(settings.to_query(MODELS), MODELS) == settings


def test_defaults_stay_out_of_the_query():
    assert DEFAULT.to_query(MODELS) == {}
    noisy = Settings("unet", noise=Noise.parse({"noise": "speckle", "std": 0.3}))
    assert noisy.to_query(MODELS) == {"model": "unet", "noise": "speckle", "std": "0.3"}


def test_every_valid_value_is_kept_beside_invalid_ones():
    parsed = Settings.parse({"digit": "7", "mean": "nan", "seed": 5, "other": "x"}, MODELS)
    assert parsed == Settings("tutorial", digit=7, seed=5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "classifier"),
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
        ("noise", "loud"),
        ("noise", ["gaussian"]),
        ("stops", 3),
        ("seed", MAX_SEED + 1),
        ("seed", "9" * 5000),
    ],
)
def test_an_invalid_value_falls_back_to_its_default(field, value):
    assert Settings.parse({field: value}, MODELS) == DEFAULT


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({}, []),
        ({"model": "unet", "digit": "7", "mean": "0.3", "seed": "0"}, []),
        ({"noise": "poisson", "stops": "6.6", "std": "of another kind"}, []),
        ({"model": "<script>", "digit": "-1", "seed": "x"}, ["model", "digit", "seed"]),
        ({"noise": "loud", "mean": "nan", "std": "9" * 5000}, ["noise", "mean", "std"]),
    ],
)
def test_a_link_that_cannot_be_used_is_told_by_its_fields(values, refused):
    assert Settings.parse(values, MODELS).refused(values) == refused


@pytest.mark.parametrize(
    ("kind", "name", "value", "expected"),
    [
        ("gaussian", "mean", 0.123456, 0.12),
        ("poisson", "stops", "6.6", 6.5),
        ("jpeg", "compression", 50.4, 50),
    ],
)
def test_noise_is_rounded_to_the_sliders_step(kind, name, value, expected):
    noise = Settings.parse({"noise": kind, name: value}, MODELS).noise
    assert noise.parameters[name] == expected


def test_what_the_panel_is_told_is_what_it_may_tell_again():
    told = Settings("unet", digit=3, noise=Noise.parse({"noise": "paper", "creases": 5}))
    assert Settings.parse(flatten(told.to_panel()), MODELS) == told


@pytest.mark.parametrize("sent", [None, 7, [], {"parameters": 7}, {"noise": {}, "parameters": {}}])
def test_anything_a_browser_sends_is_some_noise(sent):
    assert parse_sent(sent) == Noise()


def test_noise_is_told_in_words_and_in_a_files_name():
    noise = Noise.parse({"noise": "poisson"})
    assert noise.text == "Poisson, underexposure 8, dark counts 0.5"
    assert noise.slug == "poisson-stops-8-dark-0.5"
