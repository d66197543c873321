"""The maps of codes: they are what Keras' encoder gives, and the command makes them again."""

from functools import cache

import numpy as np
import pytest

from denoiser import assets
from denoiser.cli.main import main
from denoiser.data import digits
from denoiser.data.digits import BUNDLED_TEST_PER_CLASS, CLASSES
from denoiser.data.noise import add_noise
from denoiser.errors import ModelError
from denoiser.jobs.latent_map import SEED
from denoiser.models import latent_map
from denoiser.models import store as models
from denoiser.nn import inference

MOST_BYTES = 64_000
ROUNDING = 2**-11  # of a float16
KERNELS = 1e-3  # TensorFlow's sums differ by so much between processors
over_names = pytest.mark.parametrize("name", latent_map.NAMES)
shipped = cache(latent_map.load)


def unlike(found, expected):
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def test_every_model_with_a_latent_vector_has_a_map_and_no_other():
    graphs = {name: models.load(name).graph for name in models.names()}
    latent = [name for name, graph in graphs.items() if any(n["name"] == "latent" for n in graph)]
    assert sorted(latent_map.NAMES) == sorted(latent)
    assert sorted(path.stem for path in assets.LATENT_MAPS.iterdir()) == sorted(latent)
    assert latent_map.load("unet") is None


@over_names
def test_a_map_is_small_and_has_every_class_alike(name):
    assert latent_map.path_of(name).stat().st_size <= MOST_BYTES
    found = shipped(name)
    assert found.codes.shape == (1000, 16)
    assert np.bincount(found.labels).tolist() == [latent_map.PER_CLASS] * CLASSES


@over_names
def test_the_codes_are_those_that_keras_encoder_gives(name):
    found = shipped(name)
    pictures = digits.all_bundled()[found.places]
    assert np.array_equal(pictures.labels, found.labels)
    noises = {"tutorial": {}, "plain": {"mean": 0, "std": 0}}
    seen = add_noise(pictures.clean, np.random.default_rng(SEED), "gaussian", **noises[name])
    codes = inference.encode(inference.load_keras(name), seen)
    assert unlike(found.codes, codes) <= ROUNDING + KERNELS


@over_names
def test_the_components_are_the_directions_of_most_variance(name):
    found = shipped(name)
    assert np.allclose(found.components @ found.components.T, np.eye(2), atol=1e-6)
    covariance = np.cov(found.codes, rowvar=False)
    variances = np.linalg.eigvalsh(covariance)[::-1]
    along = np.einsum("ij,jk,ik->i", found.components, covariance, found.components)
    assert np.allclose(along, variances[:2], rtol=1e-4)
    assert np.allclose(found.shares, variances[:2] / variances.sum(), rtol=1e-4)
    assert np.allclose(found.mean, found.codes.mean(axis=0), rtol=1e-4, atol=0.01)


def test_the_command_makes_a_shipped_map_again(tmp_path, capsys):
    assert main(["latent-map", "tutorial", "--folder", str(tmp_path)]) == 0
    assert "tutorial: 1,000 codes" in capsys.readouterr().out
    again, before = latent_map.load("tutorial", tmp_path), shipped("tutorial")
    for name in ("labels", "places"):
        assert np.array_equal(getattr(again, name), getattr(before, name))
    for name in ("codes", "mean", "components", "shares"):
        assert unlike(getattr(again, name), getattr(before, name)) <= ROUNDING + KERNELS


def test_the_mapped_digits_include_the_test_digits(held_out):
    shown = {picture.tobytes() for picture in latent_map.mapped_digits().images}
    assert sum(picture.tobytes() in shown for picture in held_out.images) == (
        CLASSES * BUNDLED_TEST_PER_CLASS
    )


def test_a_damaged_map_is_refused(tmp_path):
    whole = latent_map.path_of("tutorial").read_bytes()
    for content in (b"", whole[:100], whole * 3):
        latent_map.path_of("x", tmp_path).write_bytes(content)
        with pytest.raises(ModelError, match="damaged"):
            latent_map.load("x", tmp_path)


def test_a_network_without_a_latent_vector_has_no_codes(held_out):
    with pytest.raises(ModelError, match="latent vector"):
        inference.encode(inference.load_keras("unet"), held_out.clean[:1])
