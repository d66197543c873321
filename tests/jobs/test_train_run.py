"""A run carried out: what it leaves, how it goes on after a death, how it says what failed."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf
from digit_files import save_digits

from denoiser.config import RECIPES, TrainConfig
from denoiser.data.digits import DOWNLOAD_FAILED
from denoiser.errors import RunError
from denoiser.jobs import archive, run_training, train_run
from denoiser.jobs.divergence import DIVERGED, Divergence
from denoiser.nn import inference, training
from denoiser.runs.run import SAMPLES, Run
from denoiser.runs.store import RunStore

pytestmark = pytest.mark.slow
STEPS = 5  # an epoch: 40 digits in batches of 8
EPOCHS = 3


@pytest.fixture(scope="module")
def config(tmp_path_factory, train_digits, held_out):
    path = save_digits(tmp_path_factory.mktemp("data"), train_digits[:40], held_out[:40])
    return TrainConfig(
        data=str(path), filters=(2,), latent_dim=2, batch_size=8, epochs=EPOCHS, fresh_noise=True,
        learning_rate=3e-3, schedule="one-cycle",
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory, config):
    """A run that nothing interrupted."""
    run = RunStore(tmp_path_factory.mktemp("whole")).create(config)
    train_run.train_run(run)
    return run


@pytest.fixture
def run(tmp_path, config):
    return RunStore(tmp_path).create(config)


@pytest.fixture(autouse=True)
def _eagerly():
    """Spare each of these trainings, of a few steps, the making of a graph."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


class Death(BaseException):
    """What ends a process as suddenly as a signal."""


def dying_at(epoch, step):
    def die(now_epoch, now_step, _loss):
        if (now_epoch, now_step) == (epoch, step):
            raise Death

    return die


def losses(run):
    history = run.history()
    return (
        [(step.step, step.epoch, pytest.approx(step.loss, rel=1e-5)) for step in history.steps],
        [
            (e.epoch, pytest.approx(e.loss, rel=1e-5), pytest.approx(e.val_loss, rel=1e-5))
            for e in history.epochs
        ],
    )


def assert_same_training(run, other):
    assert losses(run) == losses(other)
    for name, tensor in other.model().tensors.items():
        np.testing.assert_allclose(run.model().tensors[name], tensor, atol=1e-6)


# Few digits


@pytest.mark.parametrize(
    ("recipe", "trained", "validated"),
    [("tutorial", 36, 3), ("fast", 9, 1), ("quick", 10, 2)],
)
def test_few_digits_are_trained_on_and_shown(
    tmp_path, train_digits, held_out, recipe, trained, validated
):
    data = save_digits(tmp_path, train_digits[:trained], held_out[:validated])
    config = dataclasses.replace(
        RECIPES[recipe], data=str(data), limit=None, filters=(2,), latent_dim=2, epochs=1,
    )  # fmt: skip
    run = RunStore(tmp_path / "runs").create(config)
    train_run.train_run(run)
    assert run.status().state == "finished", run.status().reason
    assert run.clean_samples().shape == run.samples(1).shape == (validated, 28, 28)
    assert run.model().card["scores"]["count"] == validated
    again = archive.unpack(str(tmp_path / "other"), archive.pack(str(run.folder)))
    assert len(Run(tmp_path / "other" / again).clean_samples()) == validated


# A whole run


def test_a_finished_run_has_all_that_was_promised(whole):
    assert whole.status().state == "finished"
    assert (whole.status().steps_per_epoch, whole.status().digits) == (STEPS, 40)
    assert [s.step for s in whole.history().steps] == list(range(1, STEPS * EPOCHS + 1))
    assert [e.epoch for e in whole.history().epochs] == [1, 2, 3]
    assert whole.snapshots() == [0, 1, 2, 3]
    for name in ("model.safetensors", "model.keras", "card.json"):
        assert (whole.folder / name).stat().st_size > 0
    assert not whole.is_locked()


def test_its_card_has_history_and_scores(whole):
    card = whole.model().card
    assert card["history"]["val_loss"] == [e.val_loss for e in whole.history().epochs]
    assert card["scores"]["count"] == 40
    assert f"--model {whole.id}" in card["scores"]["command"]


def test_samples_show_what_the_snapshots_make_of_the_same_noisy_digits(whole):
    noisy = whole.noisy_samples().astype(np.float32) / 255
    assert noisy.shape == (SAMPLES, 28, 28)
    for epoch in whole.snapshots():
        denoised = inference.denoise(inference.to_keras(whole.snapshot(epoch)), noisy)
        np.testing.assert_allclose(whole.samples(epoch) / 255, denoised, atol=0.02)


def test_the_last_snapshot_is_the_model(whole):
    for name, tensor in whole.snapshot(EPOCHS).tensors.items():
        np.testing.assert_array_equal(whole.model().tensors[name], tensor)


def test_a_finished_run_is_not_trained_again(whole):
    before = whole.history()
    train_run.train_run(whole)
    assert whole.history() == before


@pytest.mark.parametrize(("seconds", "lines"), [(math.inf, [5, 10, 15]), (-1, range(1, 16))])
def test_a_long_training_has_fewer_lines_than_steps_and_a_slow_one_does_not_make_wait(
    run, monkeypatch, seconds, lines
):
    monkeypatch.setattr(run_training, "MAX_STEP_LINES", 1)
    monkeypatch.setattr(run_training, "MAX_LINE_SECONDS", seconds)
    train_run.train_run(run)
    assert [step.step for step in run.history().steps] == list(lines)


# Deaths


def test_a_run_whose_processes_died_ends_as_if_nothing_had_happened(run, whole):
    for epoch, step in [(0, 1), (1, 3), (2, STEPS)]:
        with pytest.raises(Death):
            train_run.train_run(run, on_step=dying_at(epoch, step))
        assert run.status().state == "running"
    train_run.train_run(run)
    assert run.status().state == "finished"
    assert_same_training(run, whole)


def test_a_run_may_die_in_the_middle_of_an_epoch_without_losing_it(run, whole, monkeypatch):
    monkeypatch.setattr(run_training, "CHECKPOINT_SECONDS", -1)  # a checkpoint after every step
    with pytest.raises(Death):
        train_run.train_run(run, on_step=dying_at(1, 3))
    repeated = []
    train_run.train_run(run, on_step=lambda epoch, step, loss: repeated.append((epoch, step)))
    assert repeated[0] in ((1, 3), (1, 4))
    assert_same_training(run, whole)


def test_what_a_death_left_half_written_is_removed(run):
    torn = [
        run.folder / folder / f".{name}.x1y2z3"
        for folder, name in (("checkpoint", "000000005-0.safetensors"), ("snapshots", "00001.npy"))
    ]
    with pytest.raises(Death):
        train_run.train_run(run, on_step=dying_at(1, 1))
    for path in torn:
        path.write_bytes(b"torn")
    train_run.train_run(run)
    assert run.status().state == "finished"
    assert not any(path.exists() for path in torn)


def test_a_run_whose_process_dies_again_and_again_at_one_place_is_given_up(run, monkeypatch):
    monkeypatch.setattr(train_run, "MAX_DEATHS", 2)
    for _ in range(train_run.MAX_DEATHS + 1):
        with pytest.raises(Death):
            train_run.train_run(run, on_step=dying_at(0, 1))
    train_run.train_run(run)
    assert run.status().state == "failed"
    assert "2 times at the same place" in str(run.status().reason)


def test_only_one_process_trains_a_run(run, monkeypatch):
    monkeypatch.setattr(train_run, "LOCK_PATIENCE_S", 0)
    with run.locked(), pytest.raises(RunError, match="somebody else"):
        train_run.train_run(run)


# Stop and resume


def test_a_stopped_run_keeps_its_best_weights_and_goes_on_where_it_was(tmp_path, run, whole):
    def stop(epoch, step, _loss):
        if (epoch, step) == (1, 3):
            run.request_stop()

    train_run.train_run(run, on_step=stop)
    assert run.status().state == "stopped"
    best = run.history().best.epoch
    assert run.model().card["kept_epoch"] == best == 1
    for name, tensor in run.snapshot(best).tensors.items():
        np.testing.assert_array_equal(run.model().tensors[name], tensor)

    RunStore(tmp_path).resume(run)
    done = []
    train_run.train_run(run, on_step=lambda epoch, step, loss: done.append((epoch, step)))
    assert done[0] == (1, 4)
    assert_same_training(run, whole)


def test_a_run_stopped_before_its_first_epoch_keeps_what_it_has(run):
    train_run.train_run(run, should_stop=lambda: bool(run.history().steps))
    assert run.status().state == "stopped"
    assert run.history().epochs == ()
    assert run.model().card["kept_epoch"] == 0


def test_a_run_stopped_before_its_first_step_has_nothing_to_keep(run):
    train_run.train_run(run, should_stop=lambda: True)
    assert run.status().state == "stopped"
    assert not run.has_model()
    assert run.history().steps == ()


def test_a_run_that_was_stopped_while_it_waited_is_not_begun(run):
    run.request_stop()
    train_run.train_run(run)
    assert run.history().steps == ()


# Failures


def test_a_training_that_diverges_is_stopped_and_explained(tmp_path, config):
    tf.config.run_functions_eagerly(False)  # it takes many steps
    too_high = dataclasses.replace(
        config, learning_rate=1.0, schedule="constant", epochs=60, filters=(8, 8)
    )
    run = RunStore(tmp_path).create(too_high)
    train_run.train_run(run)
    assert run.status().state == "failed"
    assert run.status().reason.code == DIVERGED
    assert run.status().fix == {"learning_rate": 0.1}


def test_a_missing_file_is_named(tmp_path, config):
    run = RunStore(tmp_path).create(dataclasses.replace(config, data="nowhere.npz"))
    train_run.train_run(run)
    assert run.status().state == "failed"
    assert "nowhere.npz" in str(run.status().reason)


def test_a_disk_that_fills_up_is_said_to_be_full(run, monkeypatch):
    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Run, "save_checkpoint", no_space)
    train_run.train_run(run)
    assert run.status().state == "failed"
    assert "the disk may be full" in str(run.status().reason)
    assert run.status().reason.detail == "No space left on device"


def test_too_little_memory_asks_for_smaller_batches(run, monkeypatch):
    def no_memory(*_):
        raise MemoryError

    monkeypatch.setattr(training.Training, "fit", no_memory)
    train_run.train_run(run)
    assert "not enough memory" in str(run.status().reason)
    assert run.status().fix == {"batch_size": 4}


@pytest.mark.parametrize("path", [None, "nowhere.npz"])
def test_digits_that_cannot_be_downloaded_are_replaced_by_the_bundled_ones(
    tmp_path, config, monkeypatch, path
):
    def no_network():
        raise Exception("URL fetch failure")

    monkeypatch.delenv("DENOISER_MNIST", raising=False)
    monkeypatch.setattr("keras.datasets.mnist.load_data", no_network)
    run = RunStore(tmp_path).create(dataclasses.replace(config, data=path or "mnist"))
    train_run.train_run(run)
    status = run.status()
    assert (status.state, status.reason.code) == ("failed", "" if path else DOWNLOAD_FAILED)
    assert status.fix == ({} if path else {"data": "bundled"})


def reasons(values):
    watch = Divergence()
    return [watch.reason(value) for value in values]


def test_a_loss_that_falls_has_not_diverged():
    falling = 0.01 + 0.3 * np.exp(-np.arange(500) / 50)
    noise = np.random.default_rng(0).uniform(0.7, 1.3, 500)
    assert not any(reasons(falling * noise))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_no_number_has_diverged(bad):
    reason = reasons([0.1, bad])[-1]
    assert reason.code == "diverged"
    assert "NaN" in reason.detail


def test_a_loss_that_climbs_has_diverged():
    assert "rose" in str(reasons([0.05] * 100 + [0.6] * 60)[-1])


def test_a_single_bad_batch_is_no_divergence():
    assert not any(reasons([0.05] * 100 + [0.6] + [0.05] * 100))
