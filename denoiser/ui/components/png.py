"""Pictures within a page's HTML."""

import base64
import io

import numpy as np
from PIL import Image


def data_uri(pixels: np.ndarray) -> str:
    """Return a picture as a PNG in an address that an `img` takes.

    Args:
        pixels: uint8, shape (height, width) or (height, width, 3).
    """
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
