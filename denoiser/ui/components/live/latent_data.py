"""What the browser needs for the map of a model's codes, as tensors of a container."""

import io

import numpy as np
import streamlit as st
from PIL import Image

from denoiser.data.digits import SIDE
from denoiser.models import latent_map

_COLUMNS = 40
_GREYS = 16  # a picture is as large as a thumb: more would only be more to send


@st.cache_resource(show_spinner=False)
def latent_tensors(name: str) -> dict[str, np.ndarray]:
    """Return the map of the shipped model called `name`; {} where there is none.

    Returns:
        `map/codes`, `map/mean`, `map/components` and `map/shares`, float32, as `LatentMap` has
        them; `map/labels`, uint8, shape (n,); `map/sheet`, uint8, shape (bytes,): a PNG of
        the digits, in their order, 40 in a row. All in all less than 200 kB.

    Raises:
        ModelError: The map is damaged.
        DigitsError: The bundled digits cannot be read.
    """
    found = latent_map.load(name)
    if found is None:
        return {}
    tensors = {f"map/{key}": value for key, value in vars(found).items() if key != "places"}
    return tensors | {"map/sheet": _sheet(latent_map.mapped_digits().images)}


def _sheet(images: np.ndarray) -> np.ndarray:
    """Return a PNG of digits, uint8, shape (bytes,), of pictures that are uint8, (n, 28, 28)."""
    rows = images.reshape(-1, _COLUMNS, SIDE, SIDE).transpose(0, 2, 1, 3)
    greys = np.round(rows.reshape(-1, _COLUMNS * SIDE) / 255 * (_GREYS - 1)).astype(np.uint8)
    sheet = Image.frombytes("P", greys.shape[::-1], greys.tobytes())
    sheet.putpalette([round(255 * grey / (_GREYS - 1)) for grey in range(_GREYS) for _ in "rgb"])
    file = io.BytesIO()
    sheet.save(file, "PNG", bits=4, optimize=True)
    return np.frombuffer(file.getvalue(), np.uint8)
