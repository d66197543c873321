"""What the browser is sent of a map of codes."""

import io

import numpy as np
import pytest
from PIL import Image

from denoiser.models import latent_map
from denoiser.ui.components.live import latent_data

MOST_BYTES = 200_000
READ = (np.uint8, np.float32)  # what denoiser/web/safetensors.js reads
tensors_of = latent_data.latent_tensors.__wrapped__  # without Streamlit's cache


@pytest.mark.parametrize("name", latent_map.NAMES)
def test_a_map_is_sent_whole_and_is_small(name):
    tensors = tensors_of(name)
    assert {tensor.dtype.type for tensor in tensors.values()} <= set(READ)
    assert sum(tensor.nbytes for tensor in tensors.values()) < MOST_BYTES
    assert np.array_equal(tensors["map/codes"], latent_map.load(name).codes)


def test_the_sheet_holds_the_digits_in_their_order():
    sheet = Image.open(io.BytesIO(tensors_of("plain")["map/sheet"].tobytes())).convert("L")
    images = latent_map.mapped_digits().images
    for digit in (0, 41, 999):
        left, top = digit % 40 * 28, digit // 40 * 28
        shown = np.array(sheet.crop((left, top, left + 28, top + 28)), int)
        assert np.abs(shown - images[digit]).max() <= 9  # of 16 greys


def test_a_model_without_a_map_sends_none():
    assert tensors_of("unet") == {}
    assert tensors_of("a training's") == {}
