"""The program of a training, run: its network, noise and steps are the lab's."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import random_networks
import tensorflow as tf

from denoiser.config import RECIPES, TrainConfig
from denoiser.data.digits import Digits
from denoiser.data.noise import KINDS, add_noise
from denoiser.models import architectures, code, layers
from denoiser.models import store as models
from denoiser.models.architectures import ARCHITECTURES
from denoiser.nn import inference, networks, training
from denoiser.nn.muon import ConvMuon

TOLERANCE = 1e-6
SEEDS = range(25)
DIGITS, DRAWS = 150, 12  # of a test of noise
MOST_ERRORS = 5  # standard errors that two means of the same distribution may differ by
TINY = {"limit": 64, "epochs": 2, "batch_size": 16}


def run(program, *names, **given):
    """Run sections of a program after its imports; return what they define."""
    space = dict(given)
    for name in ("imports", *names):
        exec(compile(program.section(name).source, name, "exec"), space)
    return space


def network_of(program):
    return run(program, "network")["model"]


def assert_same_network(made, ours, shape):
    """Compare a network of a program with the lab's: layers, sizes, and answers."""
    assert networks.weights(made).keys() == networks.weights(ours).keys()
    assert made.count_params() == ours.count_params()
    assert made.output_shape == ours.output_shape
    tensors = networks.weights(ours)
    networks.set_weights(made, tensors)
    pictures = np.random.default_rng(0).random((3, *shape), np.float32)
    np.testing.assert_allclose(made(pictures), ours(pictures), atol=TOLERANCE, rtol=TOLERANCE)


# The network


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_network_of_an_architecture_is_the_labs(name):
    config = TrainConfig(network=name)
    made, ours = network_of(code.of_config(config)), networks.build(config)
    flat = networks.build_model(name, architectures.layers_of(config))
    assert [layer.name for layer in made.layers] == [layer.name for layer in flat.layers]
    assert [layer.output.shape for layer in made.layers] == [
        layer.output.shape for layer in flat.layers
    ]
    assert_same_network(made, ours, (28, 28, 1))


@pytest.mark.parametrize("name", models.BLUEPRINTS)
def test_a_shipped_models_file_can_be_loaded_into_its_program(name, tmp_path, monkeypatch):
    model = models.load(name)
    program = code.of_config(model.config, name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{name}.safetensors").symlink_to(models.SHIPPED / f"{name}.safetensors")
    made = run(program, "network", "weights")["model"]
    pictures = np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
    np.testing.assert_allclose(made(pictures), inference.to_keras(model)(pictures), atol=TOLERANCE)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_network_of_any_layers_is_the_labs(seed):
    drawn = random_networks.network(seed)
    made, ours = network_of(code.program(drawn, TrainConfig())), networks.build_model("x", drawn)
    networks.set_weights(ours, random_networks.weights(drawn, seed))
    assert [layer.name for layer in made.layers] == [layer.name for layer in ours.layers]
    assert made.count_params() == layers.parameters(drawn)
    assert_same_network(made, ours, drawn[0].shape)


@pytest.mark.parametrize("recipe", RECIPES)
def test_batch_normalization_averages_over_as_many_steps_as_the_labs(recipe):
    config = replace(RECIPES[recipe], growing_noise=False, fresh_noise=True)
    count = {"bundled": 4500, "mnist": 60_000}[config.data]
    steps = -(-min(config.limit or count, count) // config.batch_size) * config.epochs
    expected = training.SHORT_MOMENTUM if steps < training.SHORT_STEPS else 0.99
    norms = [layer for layer in network_of(code.of_config(config)).layers
             if isinstance(layer, keras.layers.BatchNormalization)]  # fmt: skip
    assert {norm.momentum for norm in norms} == {expected}


# The noise


@pytest.fixture(scope="module")
def clean(held_out):
    return held_out.clean[:DIGITS]


def noisy_by_program(kind, clean, parameters, seed=0):
    program = code.of_config(TrainConfig(noise=kind, noise_parameters=parameters, seed=seed))
    made = run(program, "noise")["add_noise"](clean[..., None])
    assert made.dtype == np.float32
    assert made.shape == (*clean.shape, 1)
    assert made.min() >= 0
    assert made.max() <= 1
    return made[..., 0]


def cases():
    """Each kind by default, with the most of all its parameters, and in between."""
    for kind in KINDS.values():
        yield pytest.param(kind.name, {}, id=kind.name)
        for part in (0.3, 1.0):
            values = {p.name: _between(p, part) for p in kind.parameters}
            yield pytest.param(kind.name, values, id=f"{kind.name}-{part}")


def _between(parameter, part):
    value = parameter.minimum + part * (parameter.maximum - parameter.minimum)
    return round(round(value / parameter.step) * parameter.step, 9)


def measures(noisy, clean):
    """Measure what tells one distribution of pictures from another; float64."""
    noisy = noisy.astype(np.float64)
    means, contrasts = noisy.mean(axis=(1, 2)), noisy.std(axis=(1, 2))
    return np.array([
        noisy.mean(), noisy.std(),
        (noisy == 0).mean(), (noisy == 1).mean(),  # which are clipped
        noisy[clean > 0.5].mean(), noisy[clean > 0.5].std(),
        noisy[clean == 0].std(),
        *np.quantile(means, [0.1, 0.5, 0.9]), *np.quantile(contrasts, [0.1, 0.5, 0.9]),
        noisy.mean(axis=1).std(axis=1).mean(), noisy.mean(axis=2).std(axis=1).mean(),
        np.abs(np.diff(noisy, axis=1)).mean(), np.abs(np.diff(noisy, axis=2)).mean(),
    ])  # fmt: skip


def deviations(made, ours, clean):
    """Return by how many standard errors each measure of two sets of draws differs."""
    made, ours = (np.stack([measures(noisy, clean) for noisy in drawn]) for drawn in (made, ours))
    error = np.sqrt(made.var(axis=0, ddof=1) / len(made) + ours.var(axis=0, ddof=1) / len(ours))
    return np.abs(made.mean(axis=0) - ours.mean(axis=0)) / (error + 1e-7)


@pytest.mark.parametrize(("kind", "parameters"), cases())
def test_noise_is_drawn_from_the_labs_distribution(kind, parameters, clean):
    if not KINDS[kind].is_random:
        made = noisy_by_program(kind, clean, parameters)
        np.testing.assert_array_equal(made, add_noise(clean, rng(0), kind, **parameters))
        return
    made = [noisy_by_program(kind, clean, parameters, seed) for seed in range(DRAWS)]
    ours = [add_noise(clean, rng(100 + seed), kind, **parameters) for seed in range(DRAWS)]
    assert deviations(made, ours, clean).max() < MOST_ERRORS


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("gaussian", {"std": 0.51}),
        ("poisson", {"dark": 0.6}),
        ("salt-pepper", {"salt": 0.52}),
        ("scanner", {"streaks": 0.17}),
        ("paper", {"creases": 3}),
    ],
)
def test_a_distribution_that_differs_a_little_would_be_found_out(kind, parameters, clean):
    made = [noisy_by_program(kind, clean, {}, seed) for seed in range(DRAWS)]
    ours = [add_noise(clean, rng(100 + seed), kind, **parameters) for seed in range(DRAWS)]
    assert deviations(made, ours, clean).max() > MOST_ERRORS


def rng(seed):
    return np.random.default_rng(seed)


def test_every_digit_gets_noise_of_its_own(clean):
    twice = np.stack([clean[0], clean[0]])
    for name, kind in KINDS.items():
        if kind.is_random:
            first, second = noisy_by_program(name, twice, {}, seed=1)
            assert (first != second).any(), name


# The training


@pytest.fixture
def few(train_digits, monkeypatch):
    """MNIST, as Keras loads it, is 96 digits to train on and 24 to test."""
    images, labels = train_digits.images[:120], train_digits.known_labels[:120]
    split = (images[:96], labels[:96]), (images[96:], labels[96:])
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: split)
    return split


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


TRAININGS = {
    "tutorial": TrainConfig(**TINY, filters=(4, 8)),
    "tutorial muon one-cycle": TrainConfig(
        **TINY, filters=(4, 8), optimizer="muon", schedule="one-cycle", learning_rate=1e-2
    ),
    "fresh any": TrainConfig(**TINY, filters=(4,), noise="any", fresh_noise=True),
    "growing": TrainConfig(**TINY, filters=(4,), growing_noise=True),
    "fresh growing": TrainConfig(**TINY, filters=(4,), growing_noise=True, fresh_noise=True),
    "small unet": replace(RECIPES["device"], limit=64, epochs=2),
    "classifier": TrainConfig(**TINY, network="classifier"),
}


@pytest.mark.parametrize("config", TRAININGS.values(), ids=TRAININGS)
def test_a_whole_program_runs_and_learns(config, few, in_folder, capsys):
    space = {"__name__": "__main__"}
    config = replace(config, batch_size=8, epochs=4)
    exec(compile(code.of_config(config).python, "program.py", "exec"), space)
    loss = space["history"].history["loss"]
    assert len(loss) == len(space["history"].history["val_loss"]) == 4
    assert loss[-1] < loss[0]
    assert space["optimizer"].iterations.numpy() == 4 * 8
    picture = tf.io.decode_png((in_folder / "digits.png").read_bytes())
    assert len(set(picture.numpy().ravel())) > 2
    printed = capsys.readouterr().out
    assert ("read as" if config.network == "classifier" else "mean squared error") in printed


def test_with_the_file_of_a_model_beside_it_a_program_trains_nothing(few, in_folder):
    (in_folder / "plain.safetensors").symlink_to(models.SHIPPED / "plain.safetensors")
    space = {"__name__": "__main__"}
    config = replace(models.load("plain").config, data="mnist")
    exec(compile(code.of_config(config, "plain").python, "program.py", "exec"), space)
    assert "history" not in space
    clean = space["x_test"][:8]
    assert np.square(space["denoised"] - clean).mean() < 0.02


def test_digits_that_the_lab_holds_out_are_left_out(monkeypatch):
    labels = np.repeat(np.arange(10, dtype=np.uint8), 503)
    order = rng(0).permutation(len(labels))
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(len(labels)) // 256, np.arange(len(labels)) % 256
    split = (images, labels[order]), (images[:20], labels[order][:20])
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: split)
    program = code.of_config(TrainConfig(network="classifier", data="mnist-held-out"))
    space = run(program, "digits")
    first = np.concatenate([np.flatnonzero(labels[order] == c)[:500] for c in range(10)])
    expected = np.setdiff1d(np.arange(len(labels)), first)
    np.testing.assert_array_equal(np.rint(255 * space["x_train"][..., 0]), images[expected])
    np.testing.assert_array_equal(space["y_train"], labels[order][expected])


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_learning_rate_is_the_labs_at_every_step(recipe):
    config = replace(RECIPES[recipe], epochs=2, batch_size=10)
    steps = 7
    space = _trained_sections(config, np.zeros((65, 28, 28, 1), np.float32))
    ours = training.learning_rate(config, steps)
    for step in range(2 * steps):
        made = space["learning_rate"]
        expected = ours(step) if callable(ours) else ours
        assert float(made(step) if callable(made) else made) == pytest.approx(float(expected))


def _trained_sections(config, x_train):
    """Run the training section of a program, but nothing is trained."""
    program = code.of_config(config)

    class Weights:
        def exists(self):
            return True

    given = {"x_train": x_train, "x_test": x_train[:5], "WEIGHTS": Weights()}
    return run(program, "noise", "network", "training", **given)


@pytest.mark.parametrize("fresh", [False, True])
def test_noise_grows_as_the_labs_does(fresh):
    quiet = {"bits": 7}  # a kind without chance: batches can be told apart by their digits alone
    config = TrainConfig(noise="quantization", noise_parameters=quiet, growing_noise=True,
                         fresh_noise=fresh, epochs=4, batch_size=10)  # fmt: skip
    images = rng(0).integers(0, 256, (35, 28, 28), dtype=np.uint8)
    ours = training.TrainingBatches(config, Digits(images, None))
    space = _trained_sections(config, ours.clean[..., None])
    made = list(space["batches"]())
    assert len(made) == 4 * len(ours)
    for i, (noisy, clean) in enumerate(made):
        grown = ours._grown(i // len(ours), i % len(ours))
        full = add_noise(clean[..., 0], rng(0), "quantization", **quiet)[..., None]
        np.testing.assert_allclose(noisy, clean + grown * (full - clean), atol=TOLERANCE)


def test_every_digit_comes_once_an_epoch_in_another_order():
    config = TrainConfig(fresh_noise=True, epochs=2, batch_size=10)
    x_train = rng(0).random((35, 28, 28, 1), np.float32)
    batches = [clean for _, clean in _trained_sections(config, x_train)["batches"]()]
    assert [len(batch) for batch in batches] == [10, 10, 10, 5] * 2
    first, second = np.concatenate(batches[:4]), np.concatenate(batches[4:])
    assert not np.array_equal(first, second)
    for epoch in (first, second):
        np.testing.assert_array_equal(np.sort(epoch.sum(axis=(1, 2, 3))),
                                      np.sort(x_train.sum(axis=(1, 2, 3))))  # fmt: skip


def test_steps_of_its_optimizer_are_those_of_the_labs_muon():
    config = replace(RECIPES["quick"], schedule="constant", learning_rate=0.01)
    space = _trained_sections(config, np.zeros((40, 28, 28, 1), np.float32))
    shapes = [(3, 3, 1, 16), (3, 3, 16, 32), (1, 1, 64, 16), (2, 2, 16, 32), (784, 64), (64, 15),
              (64,), (11, 64)]  # fmt: skip
    begun = [rng(i).normal(size=shape).astype(np.float32) for i, shape in enumerate(shapes)]
    made, ours = ([keras.Variable(value) for value in begun] for _ in range(2))
    optimizers = [(space["optimizer"].from_config(space["optimizer"].get_config()), made),
                  (ConvMuon(0.01), ours)]  # fmt: skip
    for step in range(3):
        gradients = [rng([step, i]).normal(size=s).astype(np.float32) for i, s in enumerate(shapes)]
        for optimizer, variables in optimizers:
            optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], variables)
    for before, a, b in zip(begun, made, ours, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), atol=1e-5)
        assert np.abs(np.asarray(a) - before).max() > 1e-3
