"""A training really denoises, is the same for the same seed, and can be watched and stopped."""

import dataclasses
import math

import numpy as np
import pytest

from denoiser.config import TrainConfig
from denoiser.data.digits import Digits
from denoiser.data.not_digits import NOT_A_DIGIT
from denoiser.errors import ModelError
from denoiser.nn import inference, training
from denoiser.nn.training import ClassifierBatches, TrainingBatches

TINY = TrainConfig(
    data="bundled", filters=(2,), latent_dim=2, epochs=2, batch_size=16, limit=40, fresh_noise=True
)


def mse(a, b):
    return float(np.square(a - b, dtype=np.float64).mean())


def whole_epoch(batches, epoch=0):
    """All (noisy, clean) digits of one epoch of `batches`."""
    noisy, clean = zip(*(batches.batch(epoch, i) for i in range(len(batches))), strict=True)
    return np.concatenate(noisy), np.concatenate(clean)


def in_one_order(noisy, clean):
    """Sort noisy digits by the clean ones below them."""
    return noisy[np.lexsort(clean.reshape(len(clean), -1).T)]


# What it learns


@pytest.fixture(scope="module")
def learned(train_digits, held_out):
    """A U-Net after two short epochs, and its history."""
    config = TrainConfig(
        network="unet", data="bundled", limit=800, epochs=2, batch_size=16, fresh_noise=True,
        optimizer="muon", learning_rate=2e-2, schedule="one-cycle",
    )  # fmt: skip
    return training.train(config, train_digits, held_out[:100])


@pytest.mark.slow
def test_a_short_training_denoises_digits_it_has_not_seen(learned, train_digits, held_out, noisy):
    clean = held_out.clean
    denoised = inference.denoise(learned[0], noisy)
    assert mse(denoised, clean) < mse(noisy, clean) / 8
    assert mse(denoised, clean) < mse(train_digits.clean.mean(0), clean) / 2


@pytest.mark.slow
def test_the_loss_falls(learned):
    history = learned[1]
    assert len(history.loss) == len(history.val_loss) == 2
    assert history.loss[1] < history.loss[0] / 1.5


@pytest.mark.slow
def test_val_loss_is_the_error_under_the_noise_that_pictures_show(learned, held_out):
    network, history = learned
    clean = held_out.clean[:100]
    shown = training.validation_noise(TrainConfig(), clean)
    denoised = inference.denoise(network, shown)
    assert history.val_loss[-1] == pytest.approx(mse(denoised, clean), rel=1e-3)


@pytest.mark.slow
def test_the_classifier_learns_to_name_digits(train_digits, held_out):
    config = TrainConfig(
        network="classifier", data="bundled", limit=600, epochs=2, batch_size=8, learning_rate=2e-3
    )
    _, history = training.train(config, train_digits, held_out[:20])
    guessing = math.log(10)
    assert history.loss[1] < guessing / 2


# The same again


@pytest.fixture(scope="module")
def tiny(train_digits, held_out):
    """Train the tiny network, with changed settings."""

    def run(**changed):
        config = dataclasses.replace(TINY, **changed)
        return training.train(config, train_digits, held_out[:20])

    return run


@pytest.fixture(scope="module")
def first(tiny):
    """The history of a tiny training, and the batches of each epoch in their order."""
    epochs = {}

    class Recorded(TrainingBatches):
        def batch(self, epoch, step):
            batch = super().batch(epoch, step)
            epochs.setdefault(epoch, []).append(batch)
            return batch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "TrainingBatches", Recorded)
        _, history = tiny()
    return history, list(epochs.values())


@pytest.mark.slow
def test_the_same_seed_gives_the_same_history(first, tiny):
    assert tiny()[1] == first[0]


@pytest.mark.slow
def test_another_seed_gives_another_history(first, tiny):
    history = tiny(seed=1)[1]
    assert history.loss[0] != first[0].loss[0]
    assert history.val_loss[0] != first[0].val_loss[0]


def test_each_epoch_sees_each_of_the_first_digits_once(first, train_digits):
    expected = sorted(image.tobytes() for image in train_digits.clean[: TINY.limit])
    assert len(first[1]) == TINY.epochs
    for batches in first[1]:
        clean = np.concatenate([clean for _, clean in batches])
        assert sorted(image.tobytes() for image in clean) == expected


def test_each_epoch_has_an_order_and_noise_of_its_own(first):
    one, two = (
        [np.concatenate(part) for part in zip(*batches, strict=True)] for batches in first[1]
    )
    assert mse(one[1], two[1]) > 0
    assert mse(in_one_order(*one), in_one_order(*two)) > 0.1


# Batches


def batches_of(digits, kind=TrainingBatches, **changed):
    return kind(dataclasses.replace(TINY, limit=None, **changed), digits)


def test_fixed_noise_is_the_same_each_epoch(train_digits):
    batches = batches_of(train_digits[:50], fresh_noise=False)
    (noisy, clean), (again, clean_again) = whole_epoch(batches, 0), whole_epoch(batches, 1)
    assert mse(clean, clean_again) > 0
    np.testing.assert_array_equal(in_one_order(noisy, clean), in_one_order(again, clean_again))


def test_fresh_noise_is_another_each_epoch(train_digits):
    batches = batches_of(train_digits[:50], fresh_noise=True)
    one, two = (in_one_order(*whole_epoch(batches, epoch)) for epoch in range(2))
    assert mse(one, two) > 0.1


def test_fresh_noise_never_comes_back_at_the_same_place():
    black = Digits(np.zeros((32, 28, 28), np.uint8), None)
    batches = batches_of(black, fresh_noise=True)
    one, two = (whole_epoch(batches, epoch)[0] for epoch in range(2))
    assert mse(one, two) > 0.1
    assert mse(one[:16], one[16:]) > 0.1


@pytest.mark.parametrize("fresh", [True, False])
def test_growing_noise_begins_weak_and_has_its_strength_from_the_middle_on(train_digits, fresh):
    settings = {"fresh_noise": fresh, "epochs": 4, "batch_size": 50}
    growing = batches_of(train_digits[:50], growing_noise=True, **settings)
    full = batches_of(train_digits[:50], **settings)
    shares = []
    for epoch in range(4):
        (noisy, clean), (wanted, _clean) = whole_epoch(growing, epoch), whole_epoch(full, epoch)
        shares.append((noisy - clean).std() / (wanted - clean).std())
    assert shares == pytest.approx([0.3, 0.65, 1, 1], abs=1e-5)


def test_growing_noise_grows_within_an_epoch(train_digits):
    growing = batches_of(train_digits[:50], growing_noise=True, epochs=1)
    batches = [growing.batch(0, step) for step in range(3)]
    noises = [np.abs(noisy - clean).mean() for noisy, clean in batches]
    assert noises == sorted(noises)
    assert noises[2] > 1.5 * noises[0]


@pytest.mark.parametrize("fresh", [True, False])
def test_the_same_seed_gives_the_same_batches(train_digits, fresh):
    one, two = (whole_epoch(batches_of(train_digits[:50], fresh_noise=fresh)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_batches_are_noisy_and_clean_digits_with_a_channel(train_digits):
    batches = batches_of(train_digits[:50], noise_parameters={"mean": 0.5, "std": 0.5})
    assert [len(batches.batch(0, i)[0]) for i in range(len(batches))] == [16, 16, 16, 2]
    noisy, clean = whole_epoch(batches)
    assert noisy.shape == clean.shape == (50, 28, 28, 1)
    assert noisy.dtype == clean.dtype == np.float32
    assert ((noisy >= 0) & (noisy <= 1)).all()
    assert mse(noisy, clean) == pytest.approx(0.329, abs=0.02)


def test_training_on_no_noise_shows_the_clean_digits(train_digits):
    noisy, clean = whole_epoch(
        batches_of(train_digits[:50], noise_parameters={"mean": 0.0, "std": 0.0})
    )
    np.testing.assert_array_equal(noisy, clean)


def test_validation_has_noise_of_its_own_that_never_changes(held_out):
    clean = held_out.clean[:20]
    shown = training.validation_noise(TINY, clean)
    np.testing.assert_array_equal(shown, training.validation_noise(TINY, clean))
    fixed = batches_of(held_out[:20], fresh_noise=False, batch_size=20)
    noisy, trained_on = whole_epoch(fixed)
    assert mse(in_one_order(noisy[..., 0], trained_on), in_one_order(shown, clean)) > 0.1


def shifts_of(digit):
    return {np.roll(digit, (y, x), (0, 1)).tobytes() for y in range(-2, 3) for x in range(-2, 3)}


def test_the_classifier_sees_digits_and_others_shifted_by_up_to_two_pixels(train_digits):
    digits = train_digits[:30]
    batches = batches_of(digits, ClassifierBatches, batch_size=60)
    np.testing.assert_array_equal(batches.clean[:30], digits.clean)
    pictures, labels = batches.batch(0, 0)
    assert pictures.shape == (60, 28, 28, 1)
    assert ((pictures >= 0) & (pictures <= 1)).all()
    assert 15 < (labels == NOT_A_DIGIT).sum() < 30
    originals = batches.clean[order := batches.chosen(0, 0)]
    np.testing.assert_array_equal(labels, batches.labels[order])
    np.testing.assert_array_equal(batches.labels[:30], digits.labels)
    moved = 0
    for picture, original in zip(pictures[..., 0], originals, strict=True):
        assert picture.tobytes() in shifts_of(original)
        moved += picture.tobytes() != original.tobytes()
    assert moved > 30


# Learning rate


def test_a_constant_rate_is_the_number_that_was_asked_for():
    assert training.learning_rate(TrainConfig(learning_rate=0.002), 100) == 0.002


@pytest.mark.parametrize("steps_per_epoch", [1, 50])
def test_one_cycle_rises_from_low_to_the_peak_and_falls_to_zero(steps_per_epoch):
    config = TrainConfig(schedule="one-cycle", learning_rate=0.003, epochs=4)
    schedule = training.learning_rate(config, steps_per_epoch)
    rates = [float(schedule(step)) for step in range(4 * steps_per_epoch + 1)]
    peak = rates.index(max(rates))
    assert rates[0] < 0.003 / 10
    assert rates[peak] == pytest.approx(0.003)
    assert peak == pytest.approx(0.25 * (len(rates) - 1), abs=1)
    assert rates[-1] == pytest.approx(0, abs=1e-6)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


# Watching


@pytest.mark.slow
def test_callbacks_are_called_with_steps_and_epochs_and_may_stop_early(train_digits, held_out):
    steps, epochs = [], []
    callbacks = training.Callbacks(
        lambda _, step, loss: steps.append((step, loss)),
        lambda epoch, logs: epochs.append((epoch, logs["loss"], logs["val_loss"])),
        lambda: len(steps) >= 4,
    )
    config = dataclasses.replace(TINY, epochs=5)
    trained = training.Training(config, train_digits, held_out[:20])
    history = trained.fit(callbacks)
    assert [step for step, _ in steps] == [1, 2, 3, 1]
    assert trained.stopped
    ((epoch, loss, val_loss),) = epochs  # the epoch that was left early is not reported
    assert (epoch, loss, val_loss) == (0, history.loss[0], history.val_loss[0])
    weights = [16, 16, TINY.limit - 32]  # the last batch has fewer digits
    assert loss == pytest.approx(np.average([s for _, s in steps[:3]], weights=weights), rel=1e-4)
    assert np.isfinite(inference.denoise(trained.model, held_out.clean[:2])).all()


def watched(config, digits, validation, stop_at=None, state=None, begin=(0, 0)):
    """Train from `begin`, perhaps with an earlier state, and return all that was measured."""
    steps, epochs = [], []
    callbacks = training.Callbacks(
        lambda *step: steps.append(step[-1]),
        lambda _, logs: epochs.append(logs["val_loss"]),
        lambda: len(steps) == stop_at,
    )
    trained = training.Training(config, digits, validation)
    if state is not None:
        trained.restore(state)
    trained.fit(callbacks, *begin)
    return steps, epochs, trained.state()


@pytest.mark.slow
def test_the_graph_of_a_step_is_made_once(train_digits, held_out):
    trained = training.Training(TINY, train_digits, held_out[:20])
    trained.fit()
    assert trained.train_on.experimental_get_tracing_count() == 2  # the last batch is smaller


@pytest.fixture(scope="module")
def to_be_left(train_digits, held_out):
    """A training's settings and digits, and what it measures if nobody leaves it."""
    config = dataclasses.replace(TINY, epochs=3, fresh_noise=True, schedule="one-cycle")
    arguments = config, train_digits, held_out[:20]
    return arguments, *watched(*arguments)[:2]


@pytest.mark.slow
@pytest.mark.parametrize("step", [3, 6])
def test_a_training_left_at_any_step_goes_on_as_if_it_had_not_been(to_be_left, step):
    arguments, steps, epochs = to_be_left
    before, before_epochs, state = watched(*arguments, stop_at=step)
    begin = len(before_epochs), step - 3 * len(before_epochs)
    after, after_epochs, _ = watched(*arguments, state=state, begin=begin)
    np.testing.assert_allclose(before + after, steps, rtol=1e-3)
    np.testing.assert_allclose(before_epochs + after_epochs, epochs, rtol=1e-5)


def test_another_trainings_state_is_refused(train_digits, held_out):
    small = training.Training(TINY, train_digits, held_out[:20])
    other = training.Training(
        dataclasses.replace(TINY, latent_dim=TINY.latent_dim + 1), train_digits, held_out[:20]
    )
    with pytest.raises(ModelError):
        other.restore(small.state())
