"""All of a program but its network and its noise: digits, weights, training, and what it shows.

It trains as `nn.training` does: the same optimizer, schedule, loss, growth of noise and
momentum of batch normalization. Random numbers are drawn in another order, so a training is
alike and not the same.
"""

import math
from collections.abc import Sequence

from denoiser.config import CLASSIFIER, TrainConfig
from denoiser.data.digits import (
    BUNDLED_PER_CLASS,
    BUNDLED_TEST_PER_CLASS,
    CLASSES,
    MNIST_SIZE,
)
from denoiser.models.code.noise import RNG
from denoiser.models.code.section import Section, commented, quoted

BUNDLED = CLASSES * BUNDLED_PER_CLASS
TRAINED = {  # digits to train on, of each source
    "bundled": BUNDLED - CLASSES * BUNDLED_TEST_PER_CLASS,
    "mnist": MNIST_SIZE,
    "mnist-held-out": MNIST_SIZE - BUNDLED,
}
SHORT_STEPS, SHORT_MOMENTUM = 1000, 0.9  # as nn.training has them; a test compares

MODULES = {"json": "json.", "math": "math.", "pathlib": "Path("}
FROM = {"pathlib": "from pathlib import Path"}
OTHERS = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers
"""

LOAD = """
# MNIST's digits, white on black, in [0, 1]: arrays of shape (digits, rows, columns, channels).
(x_train, {y_train}), (x_test, {y_test}) = keras.datasets.mnist.load_data()
x_train = x_train[..., None].astype("float32") / 255
x_test = x_test[..., None].astype("float32") / 255
"""
HELD_OUT = """
# The first 500 of each class are left out: they are the digits that the lab shows.
shown = np.concatenate([np.flatnonzero(y_train == digit)[:500] for digit in range(10)])
"""
DELETE = "{name} = np.delete({name}, shown, axis=0)"
SOURCE_SAID = {
    "bundled": "The lab trains with its bundled digits: 450 of the first 500 of each class of "
    "MNIST's training digits. These are as many, the first of the same training digits.",
    "own": "The lab trained with digits from a file. MNIST's take their place here.",
}

SHIFTS = '''
# The classifier sees no noise, but each picture somewhere else.
{rng}


def shifted(pictures):
    """Return pictures, each moved by up to two pixels."""
    moves = rng.integers(-2, 3, (len(pictures), 2))
    return np.stack([np.roll(p, m, axis=(0, 1)) for p, m in zip(pictures, moves)])
'''

WEIGHTS = '''
# A model that was downloaded from the lab need not be trained: put its file beside this program.
WEIGHTS = Path({file})


def load_weights(model, path):
    """Put the weights of a .safetensors file into a model, by their layers' names."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")  # the header's size is in the first 8 bytes
    header = json.loads(content[8:start])
    for layer in model.layers:
        for weight in layer.weights:
            begin, end = header[f"{{layer.name}}.{{weight.name}}"]["data_offsets"]
            numbers = np.frombuffer(content[start + begin : start + end], np.float32)
            weight.assign(numbers.reshape(weight.shape))


if WEIGHTS.exists():
    load_weights(model, WEIGHTS)
'''

SIZES = """
EPOCHS, BATCH = {epochs}, {batch}
STEPS = math.ceil(len(x_train) / BATCH)  # in an epoch
"""
PLAIN_SIZES = "EPOCHS, BATCH = {epochs}, {batch}"
CONSTANT = "learning_rate = {rate}"
ONE_CYCLE = """
# One cycle: the learning rate rises for a quarter of all steps, then falls to 0 along a cosine.
warm_up = max(1, round(0.25 * EPOCHS * STEPS))
learning_rate = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate={rate} / 25,
    warmup_target={rate},
    warmup_steps=warm_up,
    decay_steps=max(1, EPOCHS * STEPS - warm_up),
)
"""
ADAM = "optimizer = keras.optimizers.Adam(learning_rate)"
# Keras' own Muon takes matrices only, would make dense layers of any size orthogonal, and
# decays weights: none of it is what `nn.muon` does.
MUON = '''
class ConvMuon(keras.optimizers.Muon):
    """Keras' Muon, but for kernels of convolutions, too: as matrices (all others, channels out).

    Keras leaves them to Adam. Here only what has a side of fewer than 16 numbers is left to it.
    """

    def _should_use_adamw(self, variable):
        shape = variable.shape
        return len(shape) < 2 or min(math.prod(shape[:-1]), *shape[-2:]) < 16

    def zeropower_via_newtonschulz5(self, x, steps):
        matrix = keras.ops.reshape(x, (-1, x.shape[-1]))
        return keras.ops.reshape(super().zeropower_via_newtonschulz5(matrix, steps), x.shape)

    def lr_adjust(self, x):
        matrix = keras.ops.reshape(x, (-1, x.shape[-1]))
        return keras.ops.reshape(super().lr_adjust(matrix), x.shape)
'''
USE_MUON = "optimizer = ConvMuon(learning_rate, weight_decay=None, adam_weight_decay=None)"
COMPILE = "model.compile(optimizer, loss={loss})"

FIXED = """
# The noise is drawn once: the same noisy digits in every epoch.
noisy_test = add_noise(x_test)
noisy_train = [add_noise(x_train[i : i + 1000]) for i in range(0, len(x_train), 1000)]
noisy_train = np.concatenate(noisy_train)
"""
FRESH = """
# The noise is drawn again for each batch, so it cannot be learned by heart.
noisy_test = add_noise(x_test)
"""
BATCHES = '''
def batches():
    """Yield every epoch's batches of noisy and clean digits, in an order of its own."""
    for {epoch} in range(EPOCHS):
        order = rng.permutation(len(x_train))
        for step in range(STEPS):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            clean = x_train[chosen]
{noisy}            yield noisy, clean
'''
CONSTANT_NOISE = "            noisy = {noisy}\n"
GROWING_NOISE = """\
            noisy = {noisy}
            # The noise grows: 0.3 of it at first, all of it from the middle of the training on.
            grown = min(1, 0.3 + 1.4 * (epoch + step / STEPS) / EPOCHS)
            noisy = clean + np.float32(grown) * (noisy - clean)
"""
CLASSIFIER_BATCHES = '''
# The lab also trains with as many pictures that are no digits, class 10, which it draws itself:
# scribbles, letters, pieces of digits. This program has none of them.
def batches():
    """Yield every epoch's batches of moved digits and their classes, in an order of its own."""
    for _ in range(EPOCHS):
        order = rng.permutation(len(x_train))
        for step in range(STEPS):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            yield shifted(x_train[chosen]), y_train[chosen]
'''
FIT = """
if not WEIGHTS.exists():
    history = model.fit(
        noisy_train,
        x_train,
        batch_size=BATCH,
        epochs=EPOCHS,
        validation_data=(noisy_test, x_test),
    )
"""
FIT_BATCHES = """
if not WEIGHTS.exists():
    history = model.fit(
        batches(),
        steps_per_epoch=STEPS,
        epochs=EPOCHS,
        shuffle=False,  # the batches come in an order of their own
        validation_data=({inputs}, {targets}),
    )
"""

ROWS = """
# Rows of noisy, denoised and clean digits, from the top, in digits.png.
denoised = model.predict(noisy_test[:8], verbose=0)
rows = [noisy_test[:8], denoised, x_test[:8]]
picture = np.vstack([np.hstack(row) for row in rows])
picture = np.uint8(np.rint(255 * picture)).repeat(4, axis=0).repeat(4, axis=1)
tf.io.write_file("digits.png", tf.io.encode_png(picture))
"""
ERRORS = """
for name, digits in {"noisy": rows[0], "denoised": rows[1]}.items():
    print(f"mean squared error, {name}: {np.mean((digits - rows[2]) ** 2):.4f}")
"""
READINGS = """
# Ten digits, what each is, and what it was taken for; 10 stands for "no digit".
probabilities = model.predict(x_test[:10], verbose=0)
picture = np.uint8(255 * np.hstack(x_test[:10])).repeat(4, axis=0).repeat(4, axis=1)
tf.io.write_file("digits.png", tf.io.encode_png(picture))
print("digits: ", y_test[:10])
print("read as:", probabilities.argmax(axis=1))
"""
SHOW = """
if "get_ipython" in globals():  # a notebook shows the picture, too
    from IPython.display import Image, display

    display(Image("digits.png"))
"""


def imports(sections: Sequence[Section]) -> Section:
    """Write the imports of what sections use."""
    code = "\n".join(section.source for section in sections)
    used = [FROM.get(name, f"import {name}") for name, use in MODULES.items() if use in code]
    return Section.of("imports", "\n".join(used), OTHERS)


def digits(config: TrainConfig) -> Section:
    """Write where the digits come from: `x_train`, `x_test` and, for the classifier, classes."""
    is_classifier = config.network == CLASSIFIER
    is_held_out = config.data == "mnist-held-out"
    load = LOAD.format(
        y_train="y_train" if is_classifier or is_held_out else "_",
        y_test="y_test" if is_classifier else "_",
    )
    kept = ["x_train", "y_train"] if is_classifier else ["x_train"]
    held_out = [HELD_OUT.strip("\n"), *(DELETE.format(name=name) for name in kept)]
    said = SOURCE_SAID.get(config.data if config.data in TRAINED else "own")
    limited = [commented(said)] if said else []
    if config.limit or config.data == "bundled":  # of MNIST, which has more than are bundled
        limited += [f"{name} = {name}[:{_count(config)}]" for name in kept]
    return Section.of(
        "digits", load, "\n".join(held_out) if is_held_out else "", "\n".join(limited)
    )


def _count(config: TrainConfig) -> int:
    """Return how many digits a training has; as many as MNIST where that is not known."""
    most = TRAINED.get(config.data, MNIST_SIZE)
    return min(config.limit or most, most)


def shifts(config: TrainConfig) -> Section:
    """Write what the classifier sees in place of noise: `shifted(pictures)`."""
    return Section.of("shifts", SHIFTS.format(rng=RNG.format(seed=config.seed)))


def momentum(config: TrainConfig) -> float | None:
    """Return the momentum of batch normalization; None for Keras' own.

    Keras' averages over hundreds of steps, of which a short training has too few.
    """
    steps = config.epochs * math.ceil(_count(config) / config.batch_size)
    return SHORT_MOMENTUM if steps < SHORT_STEPS else None


def weights(name: str) -> Section:
    """Write how the weights of a model are loaded into `model`, where its file is there."""
    return Section.of("weights", WEIGHTS.format(file=quoted(f"{name}.safetensors")))


def training(config: TrainConfig) -> Section:
    """Write the training of `model`; after it ran, `history` holds its losses."""
    is_classifier = config.network == CLASSIFIER
    in_batches = is_classifier or config.fresh_noise or config.growing_noise
    needs_steps = in_batches or config.schedule == "one-cycle"
    sizes = (SIZES if needs_steps else PLAIN_SIZES).format(
        epochs=config.epochs, batch=config.batch_size
    )
    schedule = ONE_CYCLE if config.schedule == "one-cycle" else CONSTANT
    is_muon = config.optimizer == "muon"
    loss = "sparse_categorical_crossentropy" if is_classifier else "mean_squared_error"
    use = f"{USE_MUON if is_muon else ADAM}\n{COMPILE.format(loss=quoted(loss))}"
    rate = schedule.format(rate=repr(config.learning_rate)).strip("\n")
    return Section.of("training", sizes, rate, MUON if is_muon else "", use, *_fitted(config))


def _fitted(config: TrainConfig) -> list[str]:
    if config.network == CLASSIFIER:
        return [CLASSIFIER_BATCHES, FIT_BATCHES.format(inputs="x_test", targets="y_test")]
    noise = FRESH if config.fresh_noise else FIXED
    if not (config.fresh_noise or config.growing_noise):
        return [noise, FIT]
    grows = config.growing_noise
    made = (GROWING_NOISE if grows else CONSTANT_NOISE).format(
        noisy="add_noise(clean)" if config.fresh_noise else "noisy_train[chosen]"
    )
    batches = BATCHES.format(noisy=made, epoch="epoch" if grows else "_")
    return [noise, batches, FIT_BATCHES.format(inputs="noisy_test", targets="x_test")]


def result(config: TrainConfig) -> Section:
    """Write what shows what `model` learned."""
    texts = (READINGS,) if config.network == CLASSIFIER else (ROWS, ERRORS)
    return Section.of("result", *texts, SHOW)
