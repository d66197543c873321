"""The network in the browser gives what Keras gives."""

import base64

import numpy as np
import pytest

from denoiser import web
from denoiser.config import CLASSIFIER
from denoiser.data import digits
from denoiser.data.noise import add_noise
from denoiser.models import store as models
from denoiser.nn.inference import load_keras
from denoiser.ui.components import live
from denoiser.ui.session import state

DIGITS = 32
TOLERANCE = 1e-5

# Imports the module that the app serves, unpacks a container and runs one of its networks.
RUN = """async ([module, container, network, pictures, simd]) => {
  if (!simd) WebAssembly.validate = () => false;
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  const { unpack } = await import(url);
  const run = unpack(bytes(container))[network];
  return pictures.map((picture) => Array.from(run(picture)));
}"""


@pytest.mark.parametrize(
    ("name", "simd"),
    [(name, True) for name in models.names()]
    + [(name, False) for name in ("tutorial", "unet", CLASSIFIER)],  # one of each network
)
def test_browser_agrees_with_keras(page, name, simd):
    noisy = add_noise(digits.bundled("test")[:DIGITS].clean, np.random.default_rng(0))
    is_classifier = name == CLASSIFIER
    model = models.load("tutorial" if is_classifier else name)
    classifier = models.load(CLASSIFIER)
    container = live.container(
        model, [model], classifier, state.Settings(model.name), live.test_view()
    )
    arguments = [
        web.bundle(live.FOLDER / "panel.js"),
        base64.b64encode(container).decode(),
        "classify" if is_classifier else "denoise",
        noisy.reshape(DIGITS, -1).tolist(),
        simd,
    ]
    page.goto("about:blank")
    in_browser = np.array(page.evaluate(RUN, arguments))
    in_keras = load_keras(name).predict_on_batch(noisy[..., None]).reshape(DIGITS, -1)
    assert np.abs(in_browser - in_keras).max() <= TOLERANCE
