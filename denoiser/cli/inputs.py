"""What a command is given by name: runs, models, and files that it is to write."""

import tempfile
from collections.abc import Collection
from pathlib import Path

from denoiser.config import CLASSIFIER
from denoiser.errors import ConfigError, ModelError
from denoiser.models import architectures, foreign, imported, layers
from denoiser.models import store as models
from denoiser.models.store import Model
from denoiser.runs.run import STATUS, Run
from denoiser.runs.store import default_store

WEIGHTS = (".keras", ".safetensors")


def find_run(name: str) -> Run | None:
    """Return the run that a folder or an id names; None if there is none."""
    for folder in (Path(name), default_store().folder / name):
        if (folder / STATUS).is_file():
            return Run(folder)
    return None


def find_model(name: str) -> Model:
    """Return the model that is called so.

    Args:
        name: Of a file of weights; of a run, by its folder or id, as it was after an epoch
            where `@` and a number follow; or of a shipped model.

    Raises:
        ModelError: There is none, or the file has no weights of a network that denoises.
        RunError: The run has not made one, or keeps none of that epoch.
    """
    path = Path(name)
    if path.is_file() or path.suffix.lower() in WEIGHTS:
        return _from_file(path)
    if name and path.is_dir():
        return _from_folder(path)
    if run := find_run(name):
        return run.model()
    run_name, at, epoch = name.rpartition("@")
    if at and epoch.isdecimal() and (run := find_run(run_name)):
        return run.snapshot(int(epoch))
    return models.load(name)


def _from_folder(path: Path) -> Model:
    run = Run(path)
    if run.has_model() or (path / STATUS).is_file():
        return run.model()
    why = foreign.refusal_of_folder([entry.name for entry in path.iterdir()])
    raise ModelError("{path}: {why}", path=path, why=why)


def _from_file(path: Path) -> Model:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            "{path}: expected a file of weights that can be read ({error})",
            path=path, error=error.strerror,
        ) from error  # fmt: skip
    try:
        weights = imported.read(content)
    except ModelError as error:
        raise ModelError("{path}: {error}", path=path, error=error) from error
    graph = layers.graph(architectures.layers_of(weights.config))
    return Model(path.stem, {}, weights.config, weights.tensors, graph)


def find_denoiser(name: str) -> Model:
    """Return the model called so, as `find_model` does, but refuse the classifier."""
    model = find_model(name)
    if model.config.network == CLASSIFIER:
        raise ModelError("model: expected one that denoises, got the classifier")
    return model


def check_writable(path: Path, suffixes: Collection[str]) -> None:
    """Refuse a file that could not be written, before hours of work depend on it.

    Raises:
        ConfigError: Its name ends in none of `suffixes`, its folder is missing, it is a folder
            itself, or the system does not let it be written.
    """
    if path.suffix.lower() not in suffixes:
        endings = ", ".join(sorted(suffixes))
        raise ConfigError(
            "{path}: expected a name that ends in one of {endings}", path=path, endings=endings
        )
    folder = path.absolute().parent
    if not folder.is_dir():
        raise ConfigError(
            "{path}: expected a folder that exists, got {parent}", path=path, parent=path.parent
        )
    try:
        is_new = not path.exists()
        with path.open("ab"):  # only trying tells; what is in it stays
            pass
        if is_new:
            path.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def check_folder(path: Path) -> None:
    """Refuse a folder into which nothing could be written; one that is missing is made.

    Raises:
        ConfigError: The system does not let it be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        "{path}: expected a place that can be written to ({error})",
        path=path, error=error.strerror or error,
    )  # fmt: skip
