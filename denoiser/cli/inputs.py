"""What a command is given by name: runs, models, and files that it is to write."""

from collections.abc import Collection
from pathlib import Path

from denoiser.config import CLASSIFIER
from denoiser.errors import ConfigError, ModelError
from denoiser.models import store as models
from denoiser.models.store import Model
from denoiser.runs.run import STATUS, Run
from denoiser.runs.store import default_store


def find_run(name: str) -> Run | None:
    """Return the run that a folder or an id names; None if there is none."""
    for folder in (Path(name), default_store().folder / name):
        if (folder / STATUS).is_file():
            return Run(folder)
    return None


def find_model(name: str) -> Model:
    """Return the model that a folder or the id of a run names, or the shipped one called so.

    Raises:
        ModelError: There is none.
        RunError: The run has not made one yet.
    """
    if Path(name).is_dir():
        return Run(Path(name)).model()
    run = find_run(name)
    return run.model() if run else models.load(name)


def find_denoiser(name: str) -> Model:
    """Return the model called so, as `find_model` does, but refuse the classifier."""
    model = find_model(name)
    if model.config.network == CLASSIFIER:
        raise ModelError("model: expected one that denoises, got the classifier")
    return model


def check_writable(path: Path, suffixes: Collection[str]) -> None:
    """Refuse a file that could not be written, before hours of work depend on it.

    Raises:
        ConfigError: Its name ends in none of `suffixes`, or its folder is missing.
    """
    if path.suffix.lower() not in suffixes:
        endings = ", ".join(sorted(suffixes))
        raise ConfigError(
            "{path}: expected a name that ends in one of {endings}", path=path, endings=endings
        )
    if not path.absolute().parent.is_dir():
        raise ConfigError(
            "{path}: expected a folder that exists, got {parent}", path=path, parent=path.parent
        )
