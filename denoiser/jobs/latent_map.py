"""The map of a shipped model's codes, made by its encoder.

Loads TensorFlow. Knows neither who asked nor where the map goes.
"""

from denoiser.models import latent_map
from denoiser.models.latent_map import LatentMap


def latent_map_of(name: str) -> LatentMap:
    """Return the map of the clean digits' codes by the shipped model called `name`.

    Raises:
        DigitsError: The bundled digits cannot be read.
        ModelError: There is no such model, or it has no latent vector.
    """
    from denoiser.nn import inference

    shown = latent_map.mapped_digits()
    codes = inference.encode(inference.load_keras(name), shown.clean)
    return latent_map.of_codes(codes, shown.known_labels, latent_map.mapped_places())
