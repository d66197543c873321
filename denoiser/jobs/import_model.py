"""Weights from a file, made into a run that needs no training.

It has no history, but all that is made of a run's model can be made of it: its
page, the live panel, comparing, the command line, a zip.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from denoiser.data import digits
from denoiser.jobs import results
from denoiser.models import imported
from denoiser.runs import datasets
from denoiser.runs.run import Run
from denoiser.runs.store import create_atomically, new_folder

if TYPE_CHECKING:
    import keras

SOURCE = "bundled"  # of the digits on which it is shown and scored


def load(folder: str, content: bytes, owner: str = "") -> str:
    """Make a finished run of a file of weights; return its id.

    Args:
        folder: The folder of runs.
        content: A `.safetensors` or `.keras` file, as `imported.read` takes it.
        owner: Key of the visitor who sent it.

    Raises:
        ModelError: It has no weights of a network of ours.
        RunError: The disk is almost full.
    """
    from denoiser.nn import inference

    weights = imported.read(content)
    network = inference.from_imported(weights)
    run_folder = new_folder(Path(folder))
    source = datasets.sanitize_source(weights.config.data, Path(folder))
    config = replace(weights.config, data=source)
    with create_atomically(config, run_folder, state="finished", loaded=True, owner=owner) as run:
        _show_and_keep(run, run_folder.name, network)
    return run_folder.name


def _show_and_keep(run: Run, name: str, network: "keras.Model") -> None:
    from denoiser.nn import inference

    test_digits = digits.load(SOURCE, "test")
    denoised = results.denoise_few(network, results.save_samples(run, test_digits))
    inference.finite(denoised)
    run.save_sample(0, digits.as_uint8(denoised))
    scores = results.scores(network, test_digits, name, SOURCE)
    results.keep(run, network, {"name": name, "scores": scores})
