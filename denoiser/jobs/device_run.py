"""A training that a visitor's device hands over, kept as a run or made a file for Keras.

What came is rebuilt: the network is built by our code, and what is said of its quality is
measured here once more. The device is believed only what it alone can know: its losses, and what
its samples looked like on the way.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from denoiser.data import digits
from denoiser.data.digits import Digits
from denoiser.errors import RunError
from denoiser.jobs import results
from denoiser.jobs.import_model import SOURCE
from denoiser.models import architectures, layers
from denoiser.models.store import Model
from denoiser.runs import datasets, handover, names
from denoiser.runs.handover import Handover
from denoiser.runs.history import Epoch, RunHistory, Step
from denoiser.runs.run import KERAS, Run
from denoiser.runs.store import create_atomically, new_folder

if TYPE_CHECKING:
    import keras


def keep(folder: str, content: bytes, owner: str = "") -> str:
    """Make a run of a training that a device hands over; return its id.

    Args:
        folder: The folder of runs.
        content: As `handover.read` takes it.
        owner: Key of the visitor whose device it is.

    Raises:
        RunError: It is no such training, or the disk is almost full.
        ModelError: Its network's answers are no numbers.
    """
    handed = handover.read(content)
    network = _network(handed)
    source = datasets.sanitize_source(handed.config.data, Path(folder))
    config = replace(handed.config, data=source)
    run_folder = new_folder(Path(folder))
    with create_atomically(config, run_folder, owner=owner, **_status(handed)) as run:
        names.rename(run, handed.name)
        _keep_history(run, handed.history)
        _keep_snapshots(run, handed)
        _keep_model(run, run_folder.name, network)
    return run_folder.name


def to_keras(content: bytes) -> bytes:
    """Return the weights that a device hands over as a `.keras` file; nothing is kept.

    Args:
        content: As `handover.read` takes it.

    Raises:
        RunError: It is no such training.
        ModelError: Its network's answers are no numbers.
    """
    handed = handover.read(content)
    network = _network(handed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / KERAS
        results.save_keras(network, handed.config, path)
        return path.read_bytes()


def _network(handed: Handover) -> "keras.Model":
    """Build the network with its weights; raise `ModelError` where it answers no numbers."""
    from denoiser.nn import inference

    network = inference.from_imported(handed.model)
    noisy = Digits(handed.noisy, None).clean
    inference.finite(results.denoise_few(network, noisy))
    return network


def _status(handed: Handover) -> dict[str, Any]:
    early = RunError("It was kept before it had ended. Its device can go on with it.")
    return {
        "state": "finished" if handed.has_ended else "stopped",
        "reason": None if handed.has_ended else early,
        "created": handed.begun,
        "steps_per_epoch": handed.steps_per_epoch,
        "digits": handed.digits,
        "device": True,
    }


def _keep_history(run: Run, history: RunHistory) -> None:
    lines: tuple[Step | Epoch, ...] = (*history.steps, *history.epochs)
    for line in lines:
        run.append(line)


def _keep_snapshots(run: Run, handed: Handover) -> None:
    graph = layers.graph(architectures.layers_of(run.config))
    run.save_samples(handed.noisy, handed.clean)
    for epoch, samples in sorted(handed.samples.items()):
        if weights := handed.snapshots.get(epoch):
            model = Model(run.id, {}, run.config, weights.tensors, graph)
            run.save_snapshot(epoch, model, samples)
        else:
            run.save_sample(epoch, samples)


def _keep_model(run: Run, name: str, network: "keras.Model") -> None:
    test_digits, best = digits.load(SOURCE, "test"), run.history().best
    facts = {
        "name": name,
        "kept_epoch": best.epoch if best else 0,
        "scores": results.scores(network, test_digits, name, SOURCE),
        results.MEASURED_VAL_LOSS: results.val_loss(network, run.config, test_digits),
    }
    results.keep(run, network, facts)
