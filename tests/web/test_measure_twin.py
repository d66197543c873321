"""What maps that are off cost, as the browser measures it, is what Keras gives without them."""

import base64

import numpy as np
import pytest
from node import run_in_node

from denoiser import metrics
from denoiser.data import digits
from denoiser.models import store as models
from denoiser.nn import inference, networks
from denoiser.ui.session.noises import described

MEASURED = 100
NOISE = {"noise": "gaussian", "parameters": {"mean": 0.0, "std": 0.5}, "seed": 5}
MODULES = {
    "inside/measure.js": "{ Bench, Reader }",
    "inside/noisy_digits.js": "{ NoisyDigits }",
    "noise.js": "{ drawNoise }",
}
SCORES = """
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const tensor = ([name, { shape, numbers }]) =>
  [name, { shape, data: new Float32Array(bytes(numbers).buffer) }];
const model = ({ graph, tensors }) =>
  ({ graph, tensors: Object.fromEntries(Object.entries(tensors).map(tensor)) });
const pixels = bytes(input.digits);
const digits = new NoisyDigits(pixels, bytes(input.labels), input.kinds);
digits.take(input.noise);
const bench = new Bench(model(input.model), new Reader(model(input.reader), input.least), digits);
const done = (work) => { let step; do step = work.next(); while (!step.done); return step.value; };
const { noise, parameters, seed } = input.noise;
const noisy = digits.some(0, 100);
// As the gallery draws it: a digit's number is its stream.
const picture = new Float64Array(784);
drawNoise(noise, input.kinds, seed, 37)(digits.clean(37), parameters, picture);
return {
  scores: input.questions.map((off) => done(bench.scores(off))),
  ranking: done(bench.rank(input.layer)).map(({ mse }) => mse),
  noisy: Buffer.from(noisy.slice().buffer).toString("base64"),
  likeGallery: picture.every((number, i) => Math.fround(number) === noisy[37 * 784 + i]),
};
"""
QUESTIONS = {
    "tutorial": [
        {},
        {"encoder_norm_1": [0, 5, 31]},
        {"encoder_norm_1": [0, 5, 31], "decoder_norm_2": [3, 4]},
        {"encoder_norm_1": [0, 5, 31], "decoder_norm_2": [3], "latent": [2]},
        {"decoder_reshape": [7, 8]},
    ],
    "unet": [
        {"full_1_relu": [2]},
        {"full_1_relu": [2, 7]},
        {"low_add": [0, 63], "half_add": [11]},
        {"low_add": [0, 63], "half_add": [11, 12], "whole_dense_1_relu": [1]},
    ],
}
LAYERS = {"tutorial": "latent", "unet": "half_add"}  # to rank


def model_of(name):
    model = models.load(name)
    tensors = {
        key: {"shape": list(tensor.shape), "numbers": text_of(tensor)}
        for key, tensor in model.tensors.items()
    }
    return {"graph": model.graph, "tensors": tensors}


def text_of(numbers):
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode()


def without(name, pictures, off):
    """What the network gives in Keras while channels of its layers are zero."""
    in_keras = {layer.name: layer for layer in networks.flat_layers(inference.load_keras(name))}
    values = {}
    for node in models.load(name).graph:
        inputs = [values[before] for before in node["inputs"]]
        value = pictures[..., None].copy()
        if inputs:
            value = np.array(in_keras[node["name"]](inputs if len(inputs) > 1 else inputs[0]))
        value[..., off.get(node["name"], [])] = 0
        values[node["name"]] = value
    return values["denoised"][..., 0]


@pytest.mark.parametrize("name", QUESTIONS)
def test_scores_are_those_of_the_same_digits_in_keras(name):
    chosen = digits.bundled("test")[:MEASURED]
    found = run_in_node(MODULES, SCORES, {
        "model": model_of(name), "reader": model_of("classifier"), "least": metrics.LEAST_DIGIT,
        "digits": text_of(chosen.images), "labels": text_of(chosen.labels), "noise": NOISE,
        "kinds": described(), "questions": QUESTIONS[name], "layer": LAYERS[name],
    })  # fmt: skip
    assert found["likeGallery"]
    noisy = np.frombuffer(base64.b64decode(found["noisy"]), np.float32).reshape(-1, 28, 28)
    classifier = inference.load_keras("classifier")
    for off, scores in zip(QUESTIONS[name], found["scores"], strict=True):
        answers = without(name, noisy, off)
        assert abs(metrics.mse(chosen.clean, answers).mean() - scores["mse"]) < 1e-6, off
        assert abs(metrics.psnr(chosen.clean, answers).mean() - scores["psnr"]) < 1e-3, off
        read = metrics.readings(np.asarray(classifier(answers[..., None]))[:, :10])
        assert abs(np.sum(read == chosen.labels) - scores["read"]) <= 1, off
        assert scores["count"] == MEASURED
    for channel, mse in enumerate(found["ranking"][:-1][:6]):
        answers = without(name, noisy, {LAYERS[name]: [channel]})
        assert abs(metrics.mse(chosen.clean, answers).mean() - mse) < 1e-6, channel
