"""The map of a shipped model's codes, made by its encoder.

Loads TensorFlow. Knows neither who asked nor where the map goes.
"""

import numpy as np

from denoiser.data.noise import add_noise
from denoiser.models import latent_map
from denoiser.models import store as models
from denoiser.models.latent_map import LatentMap

SEED = 0  # of the noise


def latent_map_of(name: str) -> LatentMap:
    """Return the map of digits' codes by the shipped model called `name`.

    The digits are as the model met digits in training: under the noise that it was trained on.

    Raises:
        DigitsError: The bundled digits cannot be read.
        ModelError: There is no such model, or it has no latent vector.
    """
    from denoiser.nn import inference

    shown = latent_map.mapped_digits()
    config = models.load(name).config
    rng = np.random.default_rng(SEED)
    pictures = add_noise(shown.clean, rng, config.noise, **config.noise_parameters)
    codes = inference.encode(inference.load_keras(name), pictures)
    return latent_map.of_codes(codes, shown.known_labels, latent_map.mapped_places())
