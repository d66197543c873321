"""Weights that somebody brought, made into a run that needs no training.

It has no history, but all that is made of a run's model can be made of it: its
page, the live panel, comparing, the command line, a zip.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from denoiser.data import digits
from denoiser.errors import ModelError
from denoiser.models import imported
from denoiser.runs import datasets
from denoiser.runs.run import Run
from denoiser.runs.store import create_atomically, new_folder

SOURCE = "bundled"  # of the digits on which it is shown and scored


def load(home: str, content: bytes, owner: str = "") -> str:
    """Make a finished run of a file of weights; return its id.

    Args:
        home: The folder of runs.
        content: A `.safetensors` or `.keras` file, as `imported.read` takes it.
        owner: Key of the visitor who brought it.

    Raises:
        ModelError: It has no weights of a network of ours.
        RunError: The disk is almost full.
    """
    from denoiser.nn import inference

    weights = imported.read(content)
    network = inference.from_imported(weights)
    folder = new_folder(Path(home))
    config = replace(
        weights.config, data=datasets.sanitize_source(weights.config.data, folder.parent)
    )
    with create_atomically(config, folder, state="finished", loaded=True, owner=owner) as run:
        _show_and_keep(run, folder.name, network)
    return folder.name


def _show_and_keep(run: Run, name: str, network: Any) -> None:
    from denoiser.jobs import train_run

    test_digits = digits.load(SOURCE, "test")
    denoised = train_run.denoise_few(network, train_run.save_samples(run, test_digits))
    if not np.isfinite(denoised).all():
        raise ModelError("weights: expected those of a network that gives numbers, it gives NaN")
    run.save_sample(0, digits.as_uint8(denoised))
    train_run.keep(
        run, network, {"name": name, "scores": train_run.scores(network, test_digits, name, SOURCE)}
    )
