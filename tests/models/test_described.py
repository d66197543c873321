"""Networks as `.keras` files describe them: told by their layers, whatever wrote them down."""

import json

import pytest
from weight_files import LEAKY, chained, config_of, convolution, halves, model_of

from denoiser.config import TrainConfig
from denoiser.errors import ModelError
from denoiser.models import described, likeness

ENCODER, DECODER = halves()
FLAT = [*ENCODER, *DECODER[1:]]


def recognized(said):
    return likeness.recognized(described.network(config_of(said)))


def with_layer(place, *layers, of=FLAT):
    """The layers with others in one's place."""
    return [*of[:place], *layers, *of[place + 1 :]]


def fused(layers):
    """The layers, each activation a part of the convolution before it."""
    made = []
    for kind, options in layers:
        if kind in ("LeakyReLU", "Activation"):
            before, said = made.pop()
            one = {"module": "keras.layers", "class_name": kind, "config": options}
            made.append((before, said | {"activation": options.get("activation", one)}))
        else:
            made.append((kind, options))
    return made


def sequential(layers, **build):
    said = model_of(layers)
    for layer in said["config"]["layers"]:
        del layer["inbound_nodes"]
    del said["config"]["output_layers"]
    return said | {"class_name": "Sequential"} | build


SMALL = TrainConfig(filters=(4, 6), latent_dim=3)
NOISE, RESCALE = ("GaussianNoise", {"stddev": 0.5}), ("Rescaling", {"scale": 1 / 255, "offset": 0})
ALIKE = {
    "Keras 3": chained([ENCODER, DECODER]),
    "Keras 2": chained([ENCODER, DECODER], keras=2),
    "flat": model_of(FLAT),
    "flat, Keras 2": model_of(FLAT, keras=2),
    "Sequential": sequential(FLAT),
    "Sequential that was built": sequential(
        FLAT[1:], build_config={"input_shape": [None, 28, 28, 1]}),
    "activations in layers": model_of(fused(FLAT)),
    "in a model of its own": chained([[FLAT[0], ("Functional",
                                                 chained([ENCODER, DECODER])["config"])]]),
    "noise before it": model_of(with_layer(0, FLAT[0], NOISE)),
    "pictures of 0 to 255": model_of(with_layer(0, FLAT[0], RESCALE)),
    "pictures in a row": model_of(with_layer(
        0, ("InputLayer", {"shape": [784]}), ("Reshape", {"target_shape": [28, 28, 1]}))),
    "an answer in a row": model_of([*FLAT, ("Flatten", {})]),
    "a slope by another name": model_of(with_layer(2, ("ReLU", {"negative_slope": 0.2}))),
    "a size left open": model_of(with_layer(10, ("Reshape", {"target_shape": [7, 7, -1]}))),
    "an axis in a list": model_of(with_layer(3, ("BatchNormalization",
                                                 {"axis": [3], "epsilon": 0.001}))),
}  # fmt: skip


@pytest.mark.parametrize("said", ALIKE.values(), ids=ALIKE)
def test_the_tutorials_network_is_told_however_it_is_put_together(said):
    assert recognized(said).config == SMALL


def test_sizes_are_told_by_the_layers():
    config = recognized(chained(halves((8,), 20))).config
    assert (config.filters, config.latent_dim) == ((8,), 20)


def norm(**options):
    return ("BatchNormalization", {"axis": -1, "epsilon": 0.001} | options)


DIFFERENT = {
    "ReLU": (with_layer(2, ("ReLU", {})), r"layer 2 .*encoder.*LeakyReLU.*0\.2.* ReLU"),
    "a fused ReLU": (with_layer(1, convolution(4, activation="relu")), r"layer 2 .* ReLU"),
    "another slope": (with_layer(2, ("LeakyReLU", {"negative_slope": 0.3})), r"layer 2 .*0\.3"),
    "the slope of Keras 2": (with_layer(2, ("LeakyReLU", {"alpha": 0.1})), r"layer 2 .*0\.1"),
    "norm first": ([FLAT[0], FLAT[1], FLAT[3], FLAT[2], *FLAT[4:]], "layer 2 .*here .*BatchNorm"),
    "another activation": (with_layer(2, ("Activation", {"activation": "elu"})), "layer 2 .*elu"),
    "another epsilon": (with_layer(3, norm(epsilon=1e-5)), "layer 3 .*1e-05"),
    "norm of rows": (with_layer(3, norm(axis=1)), "layer 3 .*axis=1"),
    "norm without scale": (with_layer(3, norm(scale=False)), "layer 3 .*scale=False"),
    "other strides": (with_layer(1, convolution(4, strides=[1, 1])), r"layer 1 .*\(1, 1\)"),
    "another kernel": (with_layer(1, convolution(4, kernel_size=[5, 5])), r"layer 1 .*\(5, 5\)"),
    "another padding": (with_layer(1, convolution(4, padding="valid")), "layer 1 .*valid"),
    "holes": (with_layer(1, convolution(4, dilation_rate=[2, 2])), "layer 1 .*dilation_rate"),
    "no bias": (with_layer(1, convolution(4, use_bias=False)), "layer 1 .*use_bias=False"),
    "channels first": (with_layer(1, convolution(4, data_format="channels_first")), "channels_f"),
    "other numbers": (with_layer(1, convolution(4, dtype="int8")), "layer 1 .*int8"),
    "a decoder of its own": ([*FLAT[:11], convolution(5, "Conv2DTranspose"), *FLAT[12:]],
                             "layer 3 of the tutorial's decoder .*6.*5"),
    "another end": ([*FLAT[:-1], ("Activation", {"activation": "tanh"})],
                    "layer 10 of the tutorial's decoder"),
    "no end": (FLAT[:-1], "layer 10 of the tutorial's decoder .*missing"),
    "more at the end": ([*FLAT, ("UpSampling2D", {})], "after the last layer .*UpSampling2D"),
    "pictures of -1 to 1": (with_layer(0, FLAT[0], ("Rescaling", {"scale": 2, "offset": -1})),
                            r"layer 1 .*Rescaling\(2, -1\)"),
    "max pooling": ([FLAT[0], convolution(32, strides=[1, 1], activation="relu"),
                     ("MaxPooling2D", {"pool_size": [2, 2]}), ("UpSampling2D", {})], "layer 1 "),
}  # fmt: skip


@pytest.mark.parametrize(("layers", "words"), DIFFERENT.values(), ids=DIFFERENT)
@pytest.mark.parametrize("keras", [2, 3])
def test_the_first_layer_that_differs_is_named_and_what_is_taken(layers, words, keras):
    with pytest.raises(ModelError, match=words) as refused:
        recognized(model_of(layers, keras=keras))
    assert "takes the tutorial's autoencoder and its own U-Net" in str(refused.value)


def test_a_class_of_ones_own_is_not_what_it_is_called():
    said = model_of(FLAT)
    said["config"]["layers"][1] |= {"module": "my.layers", "registered_name": "Mine>Conv2D"}
    with pytest.raises(ModelError, match=r"layer 1 .*here it is Conv2D of my"):
        recognized(said)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (ENCODER, "only the encoder"),
        (DECODER, "only the decoder"),
        (halves((4, 6), 3, side=32)[0], "pictures of 32x32 pixels"),
        ([*halves((4, 6), 3, side=32)[0], *DECODER[1:]], "pictures of 32x32 pixels"),
        ([("InputLayer", {"shape": [28, 28, 3]}), *FLAT[1:]], r"28x28 pixels \(channels: 3\)"),
    ],
)
def test_halves_and_other_sizes_are_said(layers, words):
    with pytest.raises(ModelError, match=words):
        recognized(model_of(layers))


def test_a_layer_that_is_used_twice_is_said():
    said = model_of(FLAT)
    said["config"]["layers"][2]["inbound_nodes"] *= 2
    with pytest.raises(ModelError, match=r"layer 2 .*2 times"):
        recognized(said)


@pytest.mark.parametrize("keras", [2, 3])
def test_a_norm_of_each_batch_is_said(keras):
    said = model_of(FLAT, keras=keras)
    (call,) = said["config"]["layers"][3]["inbound_nodes"]
    (call["kwargs"] if keras == 3 else call[0][3])["training"] = True
    with pytest.raises(ModelError, match=r"layer 3 .*here it is BatchNorm.* training=True"):
        recognized(said)


def test_noise_that_is_put_on_after_a_training_too_is_said():
    said = model_of([FLAT[0], NOISE, *FLAT[1:]])
    said["config"]["layers"][1]["inbound_nodes"][0]["kwargs"]["training"] = True
    with pytest.raises(ModelError, match=r"layer 1 .*here it is GaussianNoise with training=True"):
        recognized(said)


def test_another_input_is_not_the_first():
    said = model_of([FLAT[0], FLAT[0], *FLAT[1:]])
    said["config"]["layers"][1]["inbound_nodes"] = []
    with pytest.raises(ModelError, match="layer 1 "):
        recognized(said)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"\xff{", b"[" * 10**5, b'{"config": {"layers": {}}}', b'"layers"',
     b'{"class_name": "Mine", "config": {"units": 3}}'],
)  # fmt: skip
def test_a_text_that_lists_no_layers_describes_nothing(text):
    assert described.network(text) is None


def changed(**layer):
    said = model_of(FLAT)
    said["config"]["layers"][1] |= layer
    return said


STRANGE = {
    "no config": changed(config=None),
    "no filters": changed(config={"name": "a"}),
    "words for numbers": changed(config=FLAT[1][1] | {"name": "a", "filters": "many"}),
    "infinitely many": changed(config=FLAT[1][1] | {"name": "a", "filters": 1e999}),
    "three sides": changed(config=FLAT[1][1] | {"name": "a", "kernel_size": [3, 3, 3]}),
    "fed by none": changed(inbound_nodes=[[["nobody", 0, 0, {}]]]),
    "fed by words": changed(inbound_nodes="x"),
    "no class": changed(class_name=None),
    "2,000 layers": model_of([FLAT[0], *[LEAKY] * 2000]),
}


@pytest.mark.parametrize("said", STRANGE.values(), ids=STRANGE)
def test_what_keras_would_not_write_is_no_accident(said):
    with pytest.raises((ValueError, ModelError)):
        recognized(said)


def test_models_in_models_have_an_end():
    said = FLAT
    for _ in range(described.MAX_DEPTH + 2):
        said = [FLAT[0], ("Functional", model_of(said)["config"])]
    with pytest.raises(ValueError, match="at most 10 deep"):
        recognized(model_of(said))
    deep = '{"config": {"layers": [' * 5000
    assert described.network(deep.encode()) is None


def test_a_large_description_takes_little_time():
    said = model_of([FLAT[0], *[("Mine", {"x": "y" * 500})] * 900])
    assert len(json.dumps(said)) > 2**19
    with pytest.raises(ModelError, match="layer 1"):
        recognized(said)
